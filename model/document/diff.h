// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/pool.h"
#include "document/matching.h"
#include "edit/editedvector.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ravel {

// Two numbers are the same where |a - b| <= atol + rtol * |b|, as numpy.allclose has it; NaN is the same as NaN, an
// infinity as itself. With both 0: where they are equal (0 and -0 are), or have the same bytes.
struct DiffOptions {
    double rtol = 0;
    double atol = 0;
};

// What two tensors of one shape differ by. Numbers are compared in double, dtypes may differ; 64-bit integers of one dtype are told apart exactly. A
// complex element is two numbers. B is the reference, as in numpy.allclose. Sums run over the places where both are finite, and a place where both are
// NaN, or the same infinity, is no difference.
//   maxAbs    max |a - b|; infinite where one alone is infinite, NaN where one alone is NaN
//   l2        ||a - b||, the root of the sum of (a - b)^2
//   relative  ||a - b|| / ||b||, the normwise relative error (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 6.2, in the
//             Frobenius norm); 0 where both are 0, infinite where ||b|| alone is
//   cosine    <a, b> / (||a|| ||b||), of the tensors as vectors; NaN where one of them is 0 and they are not equal. Equal tensors have 1.
struct TensorDiff {
    enum class State : std::uint8_t { Same, Values, OnlyA, OnlyB, Shape, Dtype, Unreadable };
    TensorOrdinal a = noOrdinal, b = noOrdinal;
    std::string name;              // in A, or in B where it is only there
    std::string nameInB;           // where it was matched to another
    State state = State::Same;
    std::string detail;            // what A and B have, where it is not the values that differ; why it was not compared
    bool compared = false;         // not where it is in one only, the shapes differ or it cannot be read: what follows means nothing then
    std::int64_t elements = 0;
    std::int64_t different = 0;    // of these
    std::int64_t first = -1, last = -1; // of the different ones, in the tensors' row-major order; -1: none
    std::int64_t notFinite = 0;    // numbers that are NaN or infinite in one and something else in the other
    double maxAbs = 0, l2 = 0, relative = 0, cosine = 1;
};
std::string_view stateName(TensorDiff::State); // "same", "values", "only in A", ...

// An entry that is no tensor: its value in A and in B, empty where it is not there.
struct EntryDiff {
    std::string name;
    std::string a, b;
};

struct CheckpointDiff {
    std::vector<TensorDiff> tensors; // in A's order, then those only in B
    std::vector<EntryDiff> entries;  // those that differ
    std::int64_t matched = 0;        // tensors
    bool belowScopes = false;        // names were compared below each one's usual scope
    bool same() const;
};

// Compares tensors that were matched, on the pool, in chunks: memory does not grow with them, and the numbers are the same for any number of threads.
// What has the same bytes is told by them; what both sides read from one file and no step has touched is not read. A tensor whose bytes cannot be
// read is Unreadable, with the reason. `found` hears of each as soon as it is known, from the thread that found out, one at a time. Progress is in
// bytes. Stops within a chunk of 65,536 elements once cancelled.
using DiffFound = std::function<void(std::size_t pair, const TensorDiff&)>;
Result<std::vector<TensorDiff>> compareTensors(const EditedVector& a, const EditedVector& b, const std::vector<Matching::Pair>&, const DiffOptions&,
    const Job&, const DiffFound& found = {}, Pool& = computePool());

// Matches and compares two checkpoints, and what is no tensor in them.
Result<CheckpointDiff> compare(const EditedVector& a, const EditedVector& b, const MatchSpec&, const DiffOptions&, const Job&);
inline Result<CheckpointDiff> compare(const EditedVector& a, const EditedVector& b, const DiffOptions& options, const Job& job)
{
    return compare(a, b, {}, options, job);
}

} // namespace ravel
