// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"

#include <cstddef>
#include <cstdint>

namespace ravel {

// How two runs of elements differ. Mergeable, in any order.
struct ElementChanges {
    std::int64_t elements = 0; // whose bytes differ
    std::int64_t bytes = 0;
    double maxAbs = 0; // largest |after - before| of those: NaN where one is or was NaN, complex by magnitude
    ElementChanges& operator+=(const ElementChanges&);
};

// n elements of native byte order, at any alignment. `mask`, where given, has a byte for each: only those that are not 0 count.
ElementChanges measureChanges(Dtype, const std::byte* before, const std::byte* after, std::size_t n,
    const std::uint8_t* mask = nullptr);

} // namespace ravel
