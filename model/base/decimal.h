// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/number.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ravel {

// A decimal number as written, exactly: (negative ? -1 : 1) * 0.d1 d2 d3 ... * 10^exponent. No leading and no trailing zero digits;
// zero has none at all.
struct Decimal {
    bool negative = false;
    std::string digits;
    std::int64_t exponent = 0;
};

// "12", "-0.5", ".5", "1e3", "+1.": nothing else may stand around it.
std::optional<Decimal> parseDecimal(std::string_view);
Decimal exactDecimal(double finite); // every digit of it
int compareMagnitude(const Decimal&, const Decimal&); // -1, 0, 1

double nearestDouble(const Decimal&); // infinity beyond the largest
// Rounded to odd: towards zero, with the last bit set when that was not exact. Rounding this once more to a format of at most 51 bits
// gives what rounding the decimal itself to it would (Boldo and Melquiond 2008).
double oddDouble(const Decimal&);

// The whole number nearest to it, ties to even; `fraction` tells whether something was cut. None beyond 10^38.
std::optional<Int128> wholeNumber(const Decimal&, bool& fraction);

// "1.25e+03" as people write it: "1250"; an exponent only outside [1e-4, 1e16).
std::string plainText(std::string_view scientific);

} // namespace ravel
