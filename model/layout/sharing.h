// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/flatlayout.h"

#include <vector>

namespace ravel {

// Two places of the flat vector that show the same stored elements.
struct SharedPlaces {
    FlatRange first, second; // first.begin <= second.begin
    bool exact = true;       // false: of views that are not contiguous the whole of both; some of their elements are the same
};

// Each segment with the ones before it whose stored elements it shows again: partly overlapping views, and aliases where they are repeated. A segment that
// many others overlap is told with its nearest few. Ascending by where the first begins.
std::vector<SharedPlaces> sharedPlaces(const FlatLayout&);

// Aliases that have no place of their own, by the place they repeat: ordinals into listed(), ascending by offset.
std::vector<std::uint32_t> aliasesWithoutPlace(const FlatLayout&);

} // namespace ravel
