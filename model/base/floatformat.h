// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/number.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace ravel {

// The floating formats narrower than float32, as integer arithmetic that the compiler can vectorise. Encoding goes from double in one
// rounding: first to float32 rounded to odd (24 bits, at least two more than any of these), then to nearest even.
// float8 as in "FP8 Formats for Deep Learning" (arXiv 2209.05433) and, fnuz, arXiv 2206.02915.
template <class CodeType, int MantissaBits, int Bias, std::uint32_t MaxCode, std::uint32_t InfCode, std::uint32_t NanCode, bool Fnuz>
struct SmallFloat {
    using Code = CodeType;
    static constexpr int mantissaBits = MantissaBits;
    static constexpr int bias = Bias;
    static constexpr std::uint32_t signBit = 1u << (8 * sizeof(Code) - 1);
    static constexpr std::uint32_t maxCode = MaxCode; // the largest finite one
    static constexpr std::uint32_t infCode = InfCode; // 0: there is none
    static constexpr std::uint32_t nanCode = NanCode;
    static constexpr bool fnuz = Fnuz;                // no -0, and its code is the only NaN
    static constexpr bool sameRange = Bias == 127;    // float32's exponents
    static constexpr int shift = 23 - MantissaBits;
};

using Float16Format = SmallFloat<std::uint16_t, 10, 15, 0x7bff, 0x7c00, 0x7e00, false>;
using BFloat16Format = SmallFloat<std::uint16_t, 7, 127, 0x7f7f, 0x7f80, 0x7fc0, false>;
using E4M3fnFormat = SmallFloat<std::uint8_t, 3, 7, 0x7e, 0, 0x7f, false>;
using E5M2Format = SmallFloat<std::uint8_t, 2, 15, 0x7b, 0x7c, 0x7f, false>;
using E4M3fnuzFormat = SmallFloat<std::uint8_t, 3, 8, 0x7f, 0, 0x80, true>;
using E5M2fnuzFormat = SmallFloat<std::uint8_t, 2, 16, 0x7f, 0, 0x80, true>;

// 32 bits of float32 rounded to odd. NaN stays NaN with the top of its payload, infinity infinity.
inline std::uint32_t oddFloatBits(double value)
{
    const auto nearest = static_cast<float>(value);
    const auto bits = std::bit_cast<std::uint32_t>(nearest);
    // Sizes of doubles order as their bits do. Arithmetic rather than comparison: comparisons of doubles that select 32-bit lanes
    // are not vectorised.
    constexpr std::uint64_t sizeMask = ~std::uint64_t(0) >> 1;
    const std::uint64_t back = std::bit_cast<std::uint64_t>(static_cast<double>(nearest)) & sizeMask;
    const std::uint64_t size = std::bit_cast<std::uint64_t>(value) & sizeMask;
    const auto above = static_cast<std::uint32_t>((size - back) >> 63);
    const auto inexact = static_cast<std::uint32_t>(((size - back) | (back - size)) >> 63);
    return (bits & 0x7fffffffu) > 0x7f800000u ? bits : (bits - above) | inexact;
}

template <class F> struct Encoded {
    std::uint32_t code = 0;
    std::uint32_t overflow = 0; // 1: beyond the largest finite value (`code` is then its sign alone), infinity too where there is none
};

// Rounds what oddFloatBits gave to nearest even. Conditions are masks (0 or all ones): selections that could be branches keep the
// compiler from vectorising.
template <class F> inline Encoded<F> encodeSmall(std::uint32_t oddBits)
{
    using Mask = std::uint32_t;
    const std::uint32_t size = oddBits & 0x7fffffffu;
    const auto below = [](std::uint32_t a, std::uint32_t b) -> Mask { return 0u - ((a - b) >> 31); }; // a < b < 2^31
    constexpr std::uint32_t rebias = F::sameRange ? 0u : static_cast<std::uint32_t>(127 - F::bias);
    std::uint32_t code = (size + ((1u << (F::shift - 1)) - 1) + ((size >> F::shift) & 1u)) >> F::shift;
    code -= rebias << F::mantissaBits;
    if constexpr (!F::sameRange) {
        // Subnormal: adding a power of two whose last place is the format's smallest step lets the FPU round.
        constexpr std::uint32_t magic = static_cast<std::uint32_t>(127 + 24 - F::bias - F::mantissaBits) << 23;
        const float sum = std::bit_cast<float>(size) + std::bit_cast<float>(magic);
        const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(sum) - magic;
        const Mask small = below(size, (rebias + 1) << 23);
        code = (subnormal & small) | (code & ~small);
    }
    const Mask nan = below(0x7f800000u, size);
    const Mask inf = below(0x7f7fffffu, size) & ~nan;
    Mask overflow = below(F::maxCode, code) & ~nan;
    if constexpr (F::infCode != 0) {
        overflow &= ~inf;
        code = (F::infCode & inf) | (code & ~inf);
    }
    std::uint32_t nanCode = F::nanCode;
    if constexpr (sizeof(typename F::Code) == 2)
        nanCode |= (size >> F::shift) & ((1u << F::mantissaBits) - 1);
    code = (nanCode & nan) | (code & ~(nan | overflow));
    std::uint32_t sign = (oddBits >> 31) * F::signBit;
    if constexpr (F::fnuz)
        sign &= ~nan & (below(0, code) | overflow);
    return { code | sign, overflow & 1u };
}

// Exact, for every code.
template <class F> inline float decodeSmall(std::uint32_t code)
{
    const std::uint32_t sign = (code & F::signBit) << (32 - 8 * sizeof(typename F::Code));
    const std::uint32_t size = code & (F::signBit - 1);
    std::uint32_t bits = size << F::shift;
    if constexpr (!F::sameRange) {
        constexpr std::uint32_t rebias = static_cast<std::uint32_t>(127 - F::bias) << 23;
        constexpr std::uint32_t lowest = rebias + (1u << 23); // of 1.0 * the smallest normal
        const float subnormal = std::bit_cast<float>(bits + lowest) - std::bit_cast<float>(lowest);
        bits = size < (1u << F::mantissaBits) ? std::bit_cast<std::uint32_t>(subnormal) : bits + rebias;
    }
    constexpr std::uint32_t quiet = 0x7fc00000u;
    if constexpr (F::fnuz)
        bits = code == F::nanCode ? quiet : bits | sign;
    else if constexpr (F::infCode == 0)
        bits = (size == F::nanCode ? quiet : bits) | sign;
    else
        bits = (size >= F::infCode ? (size << F::shift) | 0x7f800000u : bits) | sign;
    return std::bit_cast<float>(bits);
}

} // namespace ravel
