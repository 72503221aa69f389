// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/bits.h"

#include <cstdint>
#include <cstring>

namespace ravel {

namespace {

std::string binary(std::uint64_t value, int bits)
{
    std::string text;
    for (int bit = bits - 1; bit >= 0; --bit)
        text += (value >> bit) & 1 ? '1' : '0';
    return text;
}

std::string inFours(const std::string& bits)
{
    std::string text;
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (i > 0 && (bits.size() - i) % 4 == 0)
            text += ' ';
        text += bits[i];
    }
    return text;
}

std::vector<BitField> fieldsOf(Dtype dtype, const std::byte* number, int bytes)
{
    std::uint64_t value = 0;
    switch (bytes) { // native byte order
    case 1: value = static_cast<std::uint8_t>(*number); break;
    case 2: { std::uint16_t v; std::memcpy(&v, number, 2); value = v; break; }
    case 4: { std::uint32_t v; std::memcpy(&v, number, 4); value = v; break; }
    default: std::memcpy(&value, number, 8); break;
    }
    const std::string all = binary(value, 8 * bytes);
    if (const int exponent = exponentBits(dtype); exponent > 0) {
        const auto width = static_cast<std::size_t>(exponent);
        return { { BitField::Sign, all.substr(0, 1) }, { BitField::Exponent, all.substr(1, width) }, { BitField::Mantissa, all.substr(1 + width) } };
    }
    const bool isSigned = dtypeClass(dtype) == DtypeClass::SignedInt || dtype == Dtype::QInt8 || dtype == Dtype::QInt32;
    if (isSigned)
        return { { BitField::Sign, all.substr(0, 1) }, { BitField::Integer, inFours(all.substr(1)) } };
    return { { BitField::Integer, inFours(all) } };
}

} // namespace

int exponentBits(Dtype dtype)
{
    switch (dtype) {
    case Dtype::Float64:
    case Dtype::Complex128:
        return 11;
    case Dtype::Float32:
    case Dtype::Complex64:
    case Dtype::BFloat16:
        return 8;
    case Dtype::Float16:
    case Dtype::Float8E5M2:
    case Dtype::Float8E5M2fnuz:
        return 5;
    case Dtype::Float8E4M3fn:
    case Dtype::Float8E4M3fnuz:
        return 4;
    default:
        return 0;
    }
}

std::vector<std::vector<BitField>> bitsOf(Dtype dtype, const std::byte* element)
{
    const int parts = isComplex(dtype) ? 2 : 1, bytes = dtypeSize(dtype) / parts;
    std::vector<std::vector<BitField>> result;
    for (int i = 0; i < parts; ++i)
        result.push_back(fieldsOf(dtype, element + i * bytes, bytes));
    return result;
}

std::string bitsText(Dtype dtype, const std::byte* element)
{
    std::string text;
    for (const auto& number : bitsOf(dtype, element)) {
        if (!text.empty())
            text += ", ";
        for (std::size_t i = 0; i < number.size(); ++i)
            text += (i > 0 ? " " : "") + number[i].bits;
    }
    return text;
}

} // namespace ravel
