// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "edit/editedvector.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ravel {

// Two numbers are the same where |a - b| <= atol + rtol * |b|, as numpy.allclose has it; NaN is the same as NaN, an
// infinity as itself. With both 0: where they are equal (0 and -0 are), or have the same bytes.
struct DiffOptions {
    double rtol = 0;
    double atol = 0;
};

struct TensorDiff {
    enum class State : std::uint8_t { Same, Values, OnlyA, OnlyB, Shape, Dtype, Unreadable };
    std::string name;
    State state = State::Same;
    std::string detail;            // what A and B have, where it is not the values that differ
    std::int64_t elements = 0;     // compared
    std::int64_t different = 0;    // of these
    double maxAbs = 0;             // largest |a - b|; NaN where one is NaN or infinite and the other is not the same
    double l2 = 0;                 // root of the sum of (a - b)^2 over those where both are finite
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
    bool belowScopes = false;        // no name was in both: names were compared below each one's usual scope
    bool same() const;
};

// Compares two checkpoints by name, in chunks: memory does not grow with the tensors.
Result<CheckpointDiff> compare(const EditedVector& a, const EditedVector& b, const DiffOptions&, const Job&);

} // namespace ravel
