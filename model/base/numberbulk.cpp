// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/floatformat.h"
#include "base/multiversion.h"
#include "base/number.h"

#include <cmath>

namespace ravel {

namespace {

template <class T> RAVEL_INLINE inline T loadAs(const std::byte* at)
{
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

template <class T> void widen(const std::byte* __restrict elements, std::size_t n, double* __restrict out)
{
    multiversion([=]() RAVEL_INLINE {
        for (std::size_t i = 0; i < n; ++i)
            out[i] = static_cast<double>(loadAs<T>(elements + i * sizeof(T)));
    });
}

template <class F> void widenSmall(const std::byte* __restrict elements, std::size_t n, double* __restrict out)
{
    using Code = typename F::Code;
    multiversion([=]() RAVEL_INLINE {
        for (std::size_t i = 0; i < n; ++i)
            out[i] = static_cast<double>(decodeSmall<F>(loadAs<Code>(elements + i * sizeof(Code))));
    });
}

void widenBool(const std::byte* __restrict elements, std::size_t n, double* __restrict out)
{
    for (std::size_t i = 0; i < n; ++i)
        out[i] = elements[i] == std::byte { 0 } ? 0.0 : 1.0;
}

// What stands in for a value that is too large: its sign comes with it.
template <class F> std::uint32_t standIn(Overflow overflow)
{
    if (overflow == Overflow::Saturate)
        return F::maxCode;
    return F::infCode != 0 ? F::infCode : F::nanCode; // as torch converts to a format without infinity
}

template <class F>
std::int64_t narrowSmall(
    const double* __restrict values, std::size_t n, Overflow overflow, std::byte* __restrict elements)
{
    using Code = typename F::Code;
    const std::uint32_t keep = overflow == Overflow::Refuse ? 1 : 0;
    const std::uint32_t instead = standIn<F>(overflow);
    const std::uint32_t withSign = F::fnuz && instead == F::nanCode ? 0 : F::signBit;
    std::int64_t total = 0;
    multiversion([&total, values, n, elements, keep, instead, withSign]() RAVEL_INLINE {
        constexpr std::size_t chunk = 256; // short passes, each over lanes of one width
        std::uint32_t codes[chunk];
        std::uint32_t overflows[chunk];
        for (std::size_t at = 0; at < n; at += chunk) {
            const std::size_t count = n - at < chunk ? n - at : chunk;
            for (std::size_t i = 0; i < count; ++i)
                codes[i] = oddFloatBits(values[at + i]);
            for (std::size_t i = 0; i < count; ++i) {
                const Encoded<F> e = encodeSmall<F>(codes[i]);
                const std::uint32_t other = instead | (e.code & withSign);
                const std::uint32_t over = 0u - e.overflow;
                codes[i] = (other & over) | (e.code & ~over);
                overflows[i] = e.overflow;
            }
            std::uint32_t refused = 0;
            for (std::size_t i = 0; i < count; ++i) {
                const std::uint32_t old = loadAs<Code>(elements + (at + i) * sizeof(Code));
                const std::uint32_t kept = 0u - (overflows[i] & keep);
                const auto code = static_cast<Code>((old & kept) | (codes[i] & ~kept));
                std::memcpy(elements + (at + i) * sizeof(Code), &code, sizeof code);
                refused += overflows[i];
            }
            total += refused;
        }
    });
    return total;
}

std::int64_t narrowFloat(
    const double* __restrict values, std::size_t n, Overflow overflow, std::byte* __restrict elements)
{
    const std::uint32_t keep = overflow == Overflow::Refuse ? 1 : 0;
    const std::uint32_t instead = std::bit_cast<std::uint32_t>(overflow == Overflow::Saturate
            ? std::numeric_limits<float>::max() : std::numeric_limits<float>::infinity());
    std::int64_t total = 0;
    multiversion([&total, values, n, elements, keep, instead]() RAVEL_INLINE {
        constexpr std::uint32_t infinity = 0x7f800000u;
        constexpr std::uint32_t size = 0x7fffffffu;
        constexpr std::size_t chunk = 256;
        std::uint32_t nearest[chunk];
        std::uint32_t finite[chunk];
        for (std::size_t at = 0; at < n; at += chunk) {
            const std::size_t count = n - at < chunk ? n - at : chunk;
            for (std::size_t i = 0; i < count; ++i) {
                nearest[i] = std::bit_cast<std::uint32_t>(static_cast<float>(values[at + i]));
                const auto high = static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(values[at + i]) >> 32);
                finite[i] = high & size;
            }
            std::uint32_t over = 0;
            for (std::size_t i = 0; i < count; ++i) {
                // Infinite now, though the double's exponent is not the last one.
                const std::uint32_t tooLarge = (nearest[i] & size) == infinity && finite[i] < 0x7ff00000u ? 1 : 0;
                const auto old = loadAs<std::uint32_t>(elements + 4 * (at + i));
                const std::uint32_t other = keep != 0 ? old : instead | (nearest[i] & ~size);
                const std::uint32_t result = tooLarge != 0 ? other : nearest[i];
                std::memcpy(elements + 4 * (at + i), &result, sizeof result);
                over += tooLarge;
            }
            total += over;
        }
    });
    return total;
}

std::int64_t narrowComplex64(const double* values, std::size_t n, Overflow overflow, std::byte* elements)
{
    std::int64_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::byte pair[8];
        std::memcpy(pair, elements + 8 * i, 8);
        const std::int64_t over = narrowFloat(values + 2 * i, 2, overflow, pair);
        if (over == 0 || overflow != Overflow::Refuse)
            std::memcpy(elements + 8 * i, pair, 8);
        count += over != 0 ? 1 : 0;
    }
    return count;
}

} // namespace

void toDoubles(Dtype dtype, const std::byte* elements, std::size_t n, double* out)
{
    switch (dtype) {
    case Dtype::Float64: std::memcpy(out, elements, 8 * n); return;
    case Dtype::Complex128: std::memcpy(out, elements, 16 * n); return;
    case Dtype::Float32: return widen<float>(elements, n, out);
    case Dtype::Complex64: return widen<float>(elements, 2 * n, out);
    case Dtype::Float16: return widenSmall<Float16Format>(elements, n, out);
    case Dtype::BFloat16: return widenSmall<BFloat16Format>(elements, n, out);
    case Dtype::Float8E4M3fn: return widenSmall<E4M3fnFormat>(elements, n, out);
    case Dtype::Float8E5M2: return widenSmall<E5M2Format>(elements, n, out);
    case Dtype::Float8E4M3fnuz: return widenSmall<E4M3fnuzFormat>(elements, n, out);
    case Dtype::Float8E5M2fnuz: return widenSmall<E5M2fnuzFormat>(elements, n, out);
    case Dtype::Int8:
    case Dtype::QInt8: return widen<std::int8_t>(elements, n, out);
    case Dtype::Int16: return widen<std::int16_t>(elements, n, out);
    case Dtype::Int32:
    case Dtype::QInt32: return widen<std::int32_t>(elements, n, out);
    case Dtype::Int64: return widen<std::int64_t>(elements, n, out);
    case Dtype::UInt8:
    case Dtype::QUInt8:
    case Dtype::Opaque: return widen<std::uint8_t>(elements, n, out);
    case Dtype::UInt16: return widen<std::uint16_t>(elements, n, out);
    case Dtype::UInt32: return widen<std::uint32_t>(elements, n, out);
    case Dtype::UInt64: return widen<std::uint64_t>(elements, n, out);
    case Dtype::Bool: return widenBool(elements, n, out);
    }
}

void fromDoubles(
    Dtype dtype, const double* values, std::size_t n, Overflow overflow, std::byte* elements, Fit& fit)
{
    std::int64_t over = 0;
    switch (dtype) {
    case Dtype::Float64: std::memcpy(elements, values, 8 * n); break;
    case Dtype::Complex128: std::memcpy(elements, values, 16 * n); break;
    case Dtype::Float32: over = narrowFloat(values, n, overflow, elements); break;
    case Dtype::Complex64: over = narrowComplex64(values, n, overflow, elements); break;
    case Dtype::Float16: over = narrowSmall<Float16Format>(values, n, overflow, elements); break;
    case Dtype::BFloat16: over = narrowSmall<BFloat16Format>(values, n, overflow, elements); break;
    case Dtype::Float8E4M3fn: over = narrowSmall<E4M3fnFormat>(values, n, overflow, elements); break;
    case Dtype::Float8E5M2: over = narrowSmall<E5M2Format>(values, n, overflow, elements); break;
    case Dtype::Float8E4M3fnuz: over = narrowSmall<E4M3fnuzFormat>(values, n, overflow, elements); break;
    case Dtype::Float8E5M2fnuz: over = narrowSmall<E5M2fnuzFormat>(values, n, overflow, elements); break;
    default: over = 0; break; // integers are not rounded through double: storeNumber
    }
    (overflow == Overflow::Refuse ? fit.refused : fit.saturated) += over;
}

void swapBytes(Dtype dtype, std::byte* elements, std::size_t n)
{
    const auto size = static_cast<std::size_t>(dtypeSwapSize(dtype));
    const std::size_t units = n * static_cast<std::size_t>(dtypeSize(dtype)) / size;
    const auto swapAll = [=]<class U>(U (*swap)(U)) {
        for (std::size_t i = 0; i < units; ++i) {
            const U swapped = swap(loadAs<U>(elements + i * sizeof(U)));
            std::memcpy(elements + i * sizeof(U), &swapped, sizeof(U));
        }
    };
    if (size == 2)
        swapAll(+[](std::uint16_t u) { return static_cast<std::uint16_t>(__builtin_bswap16(u)); });
    else if (size == 4)
        swapAll(+[](std::uint32_t u) { return static_cast<std::uint32_t>(__builtin_bswap32(u)); });
    else if (size == 8)
        swapAll(+[](std::uint64_t u) { return static_cast<std::uint64_t>(__builtin_bswap64(u)); });
}

} // namespace ravel
