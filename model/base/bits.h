// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"

#include <cstddef>
#include <string>
#include <vector>

namespace ravel {

// The bits of one number, highest first, in the groups that its dtype gives them. Floats: sign, exponent, mantissa. Integers: sign (signed ones)
// and the rest, in fours. Bool and opaque: the byte.
struct BitField {
    enum Meaning : unsigned char { Sign, Exponent, Mantissa, Integer } meaning = Integer;
    std::string bits; // of '0' and '1'; integers with a blank after each four, counted from the right
};

// Of an element in native byte order; a complex element has two of them, real and imaginary.
std::vector<std::vector<BitField>> bitsOf(Dtype, const std::byte* element);
// "0 01111111 00000000000000000000000"; the two of a complex element are joined by ", ".
std::string bitsText(Dtype, const std::byte* element);
// How many bits a float has for its exponent; 0 for what is no float.
int exponentBits(Dtype);

} // namespace ravel
