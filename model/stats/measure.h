// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/pool.h"
#include "edit/editedvector.h"
#include "stats/distribution.h"
#include "stats/histogram.h"
#include "stats/sketch.h"
#include "stats/summary.h"

#include <functional>
#include <optional>
#include <vector>

namespace ravel {

constexpr double shownQuantiles[] = { 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99 };

struct Measurement {
    Summary summary;
    HigherMoments higher;               // of the same numbers; where it was asked for
    bool hasHigher = false, higherExact = true; // not exact: from a sketch
    std::int64_t population = 0;        // numbers that an estimate speaks of, where `summary` is of a sample; 0: the summary's own
    std::vector<double> quantiles;      // of shownQuantiles (linear interpolation as numpy's and torch's), of the finite numbers
    Histogram histogram;
    bool exact = true;                  // all of it; else `histogram.exact` and this say which part is an estimate
};

struct MeasureOptions {
    int bins = 256;
    std::optional<double> low = {}, high = {}; // default: min and max of the finite numbers; for Log the smallest positive number, about, and max
    BinScale scale = BinScale::Linear;
    double linear = 0;                  // of Symlog; 0: a thousandth of the largest magnitude
    bool exactQuantiles = true;         // a further pass over the sketch bins that hold them
    bool quantiles = true;
    bool histogram = true;
    bool higher = false;                // third and fourth moments, and the sum of magnitudes
    // Hears of an estimate from a sample where there is much to read, and of the exact summary with the sketch's quantiles and histogram before
    // the passes that make those exact. Called from the thread that measures.
    std::function<void(const Measurement&)> partial = {};
};

// Exact statistics of a selection, in passes over its storage on the pool; a stored element selected twice counts twice (as the
// flat vector does). Memory does not grow with the selection. The same bits for any number of threads. Progress is in bytes read.
Result<Measurement> measure(const EditedVector&, const Selection&, const MeasureOptions&, const Job&, Pool& = computePool());

// An estimate from a sample of at most `budget` elements spread evenly over the selection, marked exact = false (unless it saw all). Counts are
// those of the sample.
Result<Measurement> estimate(const EditedVector&, const Selection&, const MeasureOptions&, Count budget, const Job&);

} // namespace ravel
