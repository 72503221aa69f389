// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/quantity.h"

#include <cstddef>
#include <cstdint>

namespace ravel {

// Something that deserves a look: each kind has a shape of its own in the marks lane.
struct MapAnomaly {
    enum Kind : std::uint8_t {
        Nan,       // diamond
        Inf,       // triangle
        AllZero,   // ring: a tensor, or a part of one, of zeros alone
        Outlier,   // spike: far from the others of its tensor
        Dead,      // bar: a row or column of one value
        Duplicate, // two squares: the same numbers as another tensor
        Unusual,   // cross: unlike its siblings
    };
    static constexpr int kinds = 7;
    FlatRange range;
    Kind kind = Nan;
    std::size_t finding = 0; // whose place it is: that which its words are asked for by
};

} // namespace ravel
