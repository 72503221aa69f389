// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/pool.h"
#include "edit/editedvector.h"
#include "layout/selection.h"
#include "stats/pyramid.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

enum class AnomalyKind : std::uint8_t { Nan, Inf, AllZero, DeadRows, DeadColumns, Outlier, Duplicate, FarFromSiblings };
constexpr int anomalyKinds = 8;
std::string_view anomalyKindName(AnomalyKind); // "nan", "inf", "zero", "dead-rows", "dead-columns", "outlier", "duplicate", "siblings"

enum class AnomalySeverity : std::uint8_t { Note, Warning, Serious };
std::string_view severityName(AnomalySeverity); // "note", "warning", "serious"

// Something in the numbers that is seldom meant. One for each tensor (or group of equal ones) and kind.
//   Nan, Inf     the tensor holds some: serious; a note in a buffer, and where it is -inf in what is called a mask.
//   AllZero      every number of a floating tensor of two elements or more is 0: a warning with two dimensions or more, else a note.
//   DeadRows     all numbers at one index of the first dimension are 0 (rows of a matrix, output channels of a convolution), and
//   DeadColumns  at one index of the second (columns, input channels); floating tensors of 2 to 5 dimensions.
//   Outlier      numbers of a floating tensor of 64 or more further than 15 interquartile ranges beyond the quartiles (Tukey, Exploratory Data
//                Analysis, 1977, calls 3 "far out"; 15 are 21 standard deviations of a normal distribution), as long as they are no more than one in a
//                thousand: more are a heavy tail. Quartiles are the sketch's, 1 % off at most.
//   Duplicate    floating tensors, not aliases, of one dtype and shape and of 16 elements or more, hold the same bytes, and not all the same number.
//   FarFromSiblings  among five or more tensors of one dtype and shape whose names differ in numbers only (layers.*.linear1.weight), of 32 elements
//                or more: the modified z-score 0.6745 (x - median) / MAD of log std or of the mean is beyond 3.5 (Iglewicz and Hoaglin, How to Detect and
//                Handle Outliers, ASQC 1993), and the difference is of a size that matters: the std a factor 2 from the median, or the
//                mean 0.5 of the median std. Optimizer states, whose numbers are no layers, are left out.
// In an optimizer's state (exp_avg) nothing but NaN and infinities is more than a note.
struct Anomaly {
    AnomalyKind kind = AnomalyKind::Nan;
    AnomalySeverity severity = AnomalySeverity::Note;
    TensorOrdinal tensor = noOrdinal;    // the first one, in flat order
    std::int64_t elements = 0;           // that it is about
    std::vector<FlatRange> ranges;       // its places, ascending, not empty; a dead column's is its whole tensor
    Selection selection;                 // what to select
    bool complete = true;                // false: there are more places than ranges and selection hold
    // By kind: how many slices are dead; the most extreme outlier; the value here ...
    double value = 0;
    double reference = 0;                // ... the fence; the siblings' median
    double score = 0;                    // the modified z-score
    bool ofMean = false;                 // FarFromSiblings: the mean, else std
    std::vector<TensorOrdinal> others;   // Duplicate: the equal ones; FarFromSiblings: the siblings, AnomalyOptions::places of them at most
    std::int64_t othersInAll = 0;
    bool operator==(const Anomaly&) const = default;
};

struct AnomalyOptions {
    bool passes = true;                  // exact passes over the numbers too: dead rows and columns, duplicates
    std::size_t places = 64;             // ranges, and siblings, listed for one anomaly, at most
    std::function<void(const std::vector<Anomaly>&)> partial = {}; // what is found so far, in flat order; from the thread that looks
};

// Everything of the above, in flat order. What the pyramid does not know yet is left out, and siblings are compared only where all are known. Reads
// no more than the blocks that hold a place, tensors with enough zeros for a dead row, and tensors whose summaries agree; progress is in bytes.
Result<std::vector<Anomaly>> findAnomalies(
    const Pyramid&, const EditedVector&, const AnomalyOptions&, const Job&, Pool& = computePool());

// How numbers are written: 4 digits, and counts in groups of three, as C has them; a window puts the user's ways in their place.
struct AnomalyNumbers {
    std::function<std::string(double)> real;
    std::function<std::string(std::int64_t)> count;
    AnomalyNumbers();
};
// Where it is and what it is, for people: "fc.weight[3, :]", "row 3 is all zero".
std::string anomalyPlace(const FlatLayout&, const Anomaly&);
std::string anomalyText(const FlatLayout&, const Anomaly&, const AnomalyNumbers& = {});

} // namespace ravel
