// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"
#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ravel {

using Int128 = __int128;

// One number on its way into or out of an element: an exact integer, a double, or a complex pair.
struct Number {
    enum class Kind : std::uint8_t { Integer, Real, Complex } kind = Kind::Real;
    Int128 integer = 0;
    double real = 0; // Real, Complex
    double imag = 0; // Complex

    static Number ofInteger(Int128);
    static Number ofReal(double);
    static Number ofComplex(double, double);
    double toDouble() const; // the real part; integers rounded to nearest even
    bool operator==(const Number&) const = default;
};

// What happens to a value that the dtype cannot hold, and to a fraction given to an integer (architecture.md 8).
enum class Overflow : std::uint8_t { Refuse, Saturate, Inf };
enum class Fraction : std::uint8_t { Refuse, Nearest };
struct Rounding {
    Overflow overflow = Overflow::Refuse;
    Fraction fraction = Fraction::Refuse;
    bool operator==(const Rounding&) const = default;
};

// What became of the numbers that were stored. Mergeable.
struct Fit {
    std::int64_t saturated = 0; // clamped, or made infinite
    std::int64_t rounded = 0;   // fractions given to integers
    std::int64_t refused = 0;   // left as they were: the step fails
    Fit& operator+=(const Fit&);
};

// Elements are in native byte order, at any alignment.
Number loadNumber(Dtype, const std::byte* element);
// Rounds once, to nearest even, from the number straight to the dtype. False (and nothing stored) where it is refused.
bool storeNumber(Dtype, const Number&, Rounding, std::byte* element, Fit&);

// In bulk. A complex element is two doubles, so `out` has 2 n of them. Integers beyond 2^53 are rounded: for statistics
// and drawing only. Bool is 0 or 1 as torch reads it: any byte but 0 is 1.
void toDoubles(Dtype, const std::byte* elements, std::size_t n, double* out);
// Floating and complex dtypes only; refused elements keep their bytes and are counted.
void fromDoubles(Dtype, const double* values, std::size_t n, Overflow, std::byte* elements, Fit&);

// Swaps each swap unit of n elements in place.
void swapBytes(Dtype, std::byte* elements, std::size_t n);

// Shortest text that parses back to the same code: "-0.0312", "nan(0x7fc00001)" for a NaN that is not the canonical one,
// "-0", "inf", "1+2j", "True". C locale.
std::string elementText(Dtype, const std::byte* element);
// Decimal ("1e3", "-0", "inf", "nan", "nan(0x...)" raw code for floats, "1+2j", "True"/"1" for bool; integers also 0x...)
// to the element, rounded once from the decimal. Usage with what is wrong where it is not a number of that dtype.
Result<> parseElement(Dtype, std::string_view text, Rounding, std::byte* element);

} // namespace ravel
