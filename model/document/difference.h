// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "document/matching.h"
#include "edit/editedvector.h"
#include "layout/flatlayout.h"

#include <memory>
#include <string>
#include <vector>

namespace ravel {

// Which numbers are meant where there are two checkpoints: those of the first, of the second, or the first minus the second.
enum class Side : std::uint8_t { A, B, Difference };

// Numbers that stand at the places of another layout: its tensors, in its shapes and under its ordinals and names, with numbers that are computed as they
// are read. Whatever reads a checkpoint (pyramid, tiles of the map, histogram, heat map, values) reads these; selections mean the same places.
struct DerivedNumbers {
    std::shared_ptr<const FlatLayout> layout; // the placed segments of the other one, at the same offsets
    EditedVector vector;
    std::vector<FlatRange> absent;            // places without a number: not in B, of another shape, or unreadable; ascending, merged
};

// What stands in B where A's layout has a tensor, in B's dtype; or A - B in double: 0 where both are NaN or the same infinity, NaN where one alone is
// NaN, infinite where one alone is infinite or both are and differ. float64, or complex128 where one of the two is complex. Where both sides read
// one file that no step touches, nothing is read. `pairs` as a Matcher makes them. Nothing bulky is read here; reading is thread-safe.
Result<DerivedNumbers> derive(Side, const FlatLayout& ofA, const EditedVector& a, const EditedVector& b, const std::vector<Matching::Pair>& pairs);

} // namespace ravel
