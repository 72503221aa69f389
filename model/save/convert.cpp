// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/convert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace ravel {

namespace {

constexpr std::size_t blockLength = 512;

// True where every number of the dtype is a double.
bool fitsDouble(Dtype dtype)
{
    return isFloat(dtype) || (dtypeSize(dtype) < 8 && !isComplex(dtype));
}

bool sameInteger(Int128 integer, double real)
{
    constexpr double limit = 0x1p126;
    return std::abs(real) < limit && static_cast<double>(static_cast<Int128>(real)) == real
        && static_cast<Int128>(real) == integer;
}

bool samePart(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void note(Conversion& conversion, std::size_t i)
{
    if (conversion.lost++ == 0)
        conversion.firstLost = i;
}

// Through doubles, in bulk: from what fits them to floating point.
void convertBulk(Dtype from, const std::byte* in, std::size_t first, std::size_t n, Dtype to, std::byte* out, Conversion& conversion)
{
    std::array<double, blockLength> wanted, got;
    toDoubles(from, in, n, wanted.data());
    Fit fit;
    fromDoubles(to, wanted.data(), n, Overflow::Inf, out, fit);
    if (to == Dtype::Float64)
        return;
    toDoubles(to, out, n, got.data());
    for (std::size_t i = 0; i < n; ++i)
        if (!samePart(wanted[i], got[i]))
            note(conversion, first + i);
}

void convertEach(Dtype from, const std::byte* in, std::size_t first, std::size_t n, Dtype to, std::byte* out, Conversion& conversion)
{
    const Rounding rounding { Overflow::Inf, Fraction::Nearest };
    for (std::size_t i = 0; i < n; ++i, in += dtypeSize(from), out += dtypeSize(to)) {
        const Number number = loadNumber(from, in);
        Fit fit;
        if (!storeNumber(to, number, rounding, out, fit)) {
            if (!conversion.firstRefused)
                conversion.firstRefused = first + i;
        } else if (!sameNumber(loadNumber(to, out), number)) {
            note(conversion, first + i);
        }
    }
}

} // namespace

Dtype asNumbers(Dtype dtype)
{
    switch (dtype) {
    case Dtype::QInt8: return Dtype::Int8;
    case Dtype::QInt32: return Dtype::Int32;
    case Dtype::QUInt8:
    case Dtype::Opaque: return Dtype::UInt8;
    default: return dtype;
    }
}

bool sameNumber(const Number& a, const Number& b)
{
    if (a.kind == Number::Kind::Integer && b.kind == Number::Kind::Integer)
        return a.integer == b.integer;
    const double imagA = a.kind == Number::Kind::Complex ? a.imag : 0;
    const double imagB = b.kind == Number::Kind::Complex ? b.imag : 0;
    if (a.kind == Number::Kind::Integer)
        return sameInteger(a.integer, b.real) && imagB == 0;
    if (b.kind == Number::Kind::Integer)
        return sameInteger(b.integer, a.real) && imagA == 0;
    return samePart(a.real, b.real) && samePart(imagA, imagB);
}

Conversion convert(Dtype from, const std::byte* in, std::size_t n, Dtype to, std::byte* out)
{
    from = asNumbers(from);
    to = asNumbers(to);
    Conversion conversion;
    if (from == to) {
        if (n > 0)
            std::memcpy(out, in, n * static_cast<std::size_t>(dtypeSize(to)));
        return conversion;
    }
    const bool bulk = fitsDouble(from) && isFloat(to);
    const auto sizeIn = static_cast<std::size_t>(dtypeSize(from)), sizeOut = static_cast<std::size_t>(dtypeSize(to));
    for (std::size_t first = 0; first < n; first += blockLength) {
        const std::size_t here = std::min(blockLength, n - first);
        (bulk ? convertBulk : convertEach)(
            from, in + first * sizeIn, first, here, to, out + first * sizeOut, conversion);
    }
    return conversion;
}

} // namespace ravel
