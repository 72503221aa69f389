// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/number.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace ravel {

namespace {

struct IntegerRange {
    Int128 low = 0, high = 0;
};

template <class T> constexpr IntegerRange rangeOf() { return { std::numeric_limits<T>::min(), std::numeric_limits<T>::max() }; }

IntegerRange integerRange(Dtype dtype)
{
    switch (dtype) {
    case Dtype::Int8: return rangeOf<std::int8_t>();
    case Dtype::Int16: return rangeOf<std::int16_t>();
    case Dtype::Int32: return rangeOf<std::int32_t>();
    case Dtype::Int64: return rangeOf<std::int64_t>();
    case Dtype::UInt8: return rangeOf<std::uint8_t>();
    case Dtype::UInt16: return rangeOf<std::uint16_t>();
    case Dtype::UInt32: return rangeOf<std::uint32_t>();
    case Dtype::UInt64: return rangeOf<std::uint64_t>();
    default: return { 0, 1 }; // bool
    }
}

bool isSigned(Dtype dtype)
{
    return dtypeClass(dtype) == DtypeClass::SignedInt || dtype == Dtype::QInt8 || dtype == Dtype::QInt32;
}

Int128 loadInteger(Dtype dtype, const std::byte* element)
{
    const int size = dtypeSize(dtype);
    std::uint64_t bits = 0;
    switch (size) {
    case 1: bits = static_cast<std::uint8_t>(*element); break;
    case 2: { std::uint16_t u; std::memcpy(&u, element, 2); bits = u; break; }
    case 4: { std::uint32_t u; std::memcpy(&u, element, 4); bits = u; break; }
    default: std::memcpy(&bits, element, 8); break;
    }
    if (!isSigned(dtype))
        return bits;
    const int unused = 64 - 8 * size;
    return static_cast<std::int64_t>(bits << unused) >> unused;
}

void putInteger(int size, Int128 value, std::byte* element)
{
    const auto bits = static_cast<std::uint64_t>(value);
    switch (size) {
    case 1: *element = static_cast<std::byte>(bits); break;
    case 2: { const auto u = static_cast<std::uint16_t>(bits); std::memcpy(element, &u, 2); break; }
    case 4: { const auto u = static_cast<std::uint32_t>(bits); std::memcpy(element, &u, 4); break; }
    default: std::memcpy(element, &bits, 8); break;
    }
}

bool storeInteger(Dtype dtype, Int128 value, bool fraction, Rounding rounding, std::byte* element, Fit& fit)
{
    const IntegerRange range = integerRange(dtype);
    const bool outside = value < range.low || value > range.high;
    if ((fraction && rounding.fraction == Fraction::Refuse) || (outside && rounding.overflow != Overflow::Saturate)) {
        ++fit.refused;
        return false;
    }
    if (outside) {
        value = value < range.low ? range.low : range.high;
        ++fit.saturated;
    } else if (fraction) {
        ++fit.rounded;
    }
    putInteger(dtypeSize(dtype), value, element);
    return true;
}

bool storeReal(Dtype dtype, double value, Rounding rounding, std::byte* element, Fit& fit)
{
    if (std::isnan(value)) {
        ++fit.refused;
        return false;
    }
    const double whole = std::nearbyint(value); // ties to even
    constexpr double beyond = 0x1p126;
    if (std::fabs(whole) >= beyond) // only the side matters from here on
        return storeInteger(dtype, value < 0 ? -(Int128(1) << 126) : Int128(1) << 126, false, rounding, element, fit);
    return storeInteger(dtype, static_cast<Int128>(whole), whole != value, rounding, element, fit);
}

// Rounded to odd: exact up to 53 bits, else cut with the last bit set, so that one more rounding is as good as one alone.
double oddDouble(Int128 value)
{
    using Unsigned = unsigned __int128;
    const bool negative = value < 0;
    const Unsigned size = negative ? -static_cast<Unsigned>(value) : static_cast<Unsigned>(value);
    const auto high = static_cast<std::uint64_t>(size >> 64);
    const auto low = static_cast<std::uint64_t>(size);
    const int width = high != 0 ? 64 + std::bit_width(high) : std::bit_width(low);
    const int shift = width > 53 ? width - 53 : 0;
    auto kept = static_cast<std::uint64_t>(size >> shift);
    if ((static_cast<Unsigned>(kept) << shift) != size)
        kept |= 1;
    const double result = std::ldexp(static_cast<double>(kept), shift);
    return negative ? -result : result;
}

bool storeFloat(Dtype dtype, const Number& n, Overflow overflow, std::byte* element, Fit& fit)
{
    if (n.kind == Number::Kind::Complex && n.imag != 0) {
        ++fit.refused;
        return false;
    }
    double value = n.real;
    if (n.kind == Number::Kind::Integer)
        value = dtype == Dtype::Float64 ? static_cast<double>(n.integer) : oddDouble(n.integer);
    Fit own;
    fromDoubles(dtype, &value, 1, overflow, element, own);
    fit += own;
    return own.refused == 0;
}

bool storeComplex(Dtype dtype, const Number& n, Overflow overflow, std::byte* element, Fit& fit)
{
    double parts[2] = { n.real, n.kind == Number::Kind::Complex ? n.imag : 0.0 };
    if (n.kind == Number::Kind::Integer)
        parts[0] = dtype == Dtype::Complex128 ? static_cast<double>(n.integer) : oddDouble(n.integer);
    Fit own;
    fromDoubles(dtype, parts, 1, overflow, element, own);
    fit += own;
    return own.refused == 0;
}

} // namespace

Number Number::ofInteger(Int128 value) { return { Kind::Integer, value, 0, 0 }; }
Number Number::ofReal(double value) { return { Kind::Real, 0, value, 0 }; }
Number Number::ofComplex(double re, double im) { return { Kind::Complex, 0, re, im }; }

double Number::toDouble() const { return kind == Kind::Integer ? static_cast<double>(integer) : real; }

Fit& Fit::operator+=(const Fit& other)
{
    saturated += other.saturated;
    rounded += other.rounded;
    refused += other.refused;
    return *this;
}

Number loadNumber(Dtype dtype, const std::byte* element)
{
    double parts[2] = { 0, 0 };
    switch (dtypeClass(dtype)) {
    case DtypeClass::Float: toDoubles(dtype, element, 1, parts); return Number::ofReal(parts[0]);
    case DtypeClass::Complex: toDoubles(dtype, element, 1, parts); return Number::ofComplex(parts[0], parts[1]);
    case DtypeClass::Bool: return Number::ofInteger(*element == std::byte { 0 } ? 0 : 1);
    default: return Number::ofInteger(loadInteger(dtype, element));
    }
}

bool storeNumber(Dtype dtype, const Number& n, Rounding rounding, std::byte* element, Fit& fit)
{
    switch (dtypeClass(dtype)) {
    case DtypeClass::Float: return storeFloat(dtype, n, rounding.overflow, element, fit);
    case DtypeClass::Complex: return storeComplex(dtype, n, rounding.overflow, element, fit);
    case DtypeClass::Quantised:
    case DtypeClass::Opaque: break;
    default:
        if (n.kind == Number::Kind::Integer)
            return storeInteger(dtype, n.integer, false, rounding, element, fit);
        if (n.kind == Number::Kind::Real || n.imag == 0)
            return storeReal(dtype, n.real, rounding, element, fit);
    }
    ++fit.refused;
    return false;
}

} // namespace ravel
