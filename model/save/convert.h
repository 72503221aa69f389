// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/number.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace ravel {

// What a conversion of n elements lost; indices count from the first of them.
struct Conversion {
    std::int64_t lost = 0; // numbers that became others; a NaN that stays a NaN is not lost
    std::optional<std::size_t> firstLost;
    std::optional<std::size_t> firstRefused; // that has no counterpart: NaN or 300 as an int8, an imaginary part as a real
};

// The dtype as whose numbers the elements of this one count: of an opaque or quantised one the integers of its bytes.
Dtype asNumbers(Dtype);

// Elements of one dtype as another, rounded once, to nearest even: what is too large becomes infinite, fractions become the nearest
// integer (Rounding { Inf, Nearest }). Native byte order, any alignment. Elements that are refused are left as they were.
Conversion convert(Dtype from, const std::byte* in, std::size_t n, Dtype to, std::byte* out);

// Whether two elements of different dtypes are the same number, exactly; NaNs are.
bool sameNumber(const Number&, const Number&);

} // namespace ravel
