// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/crc.h"

#include <zlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ravel {

namespace {

std::uint32_t byTable(const std::byte* bytes, std::size_t n, std::uint32_t before)
{
    return static_cast<std::uint32_t>(
        crc32_z(before, reinterpret_cast<const unsigned char*>(bytes), n));
}

#if defined(__x86_64__)

// x^k mod P for the distances that one folding step bridges, bit-reflected, as the paper tabulates them.
constexpr std::int64_t fold512Low = 0x154442bd4, fold512High = 0x1c6e41596;
constexpr std::int64_t fold128Low = 0x1751997d0, fold128High = 0x0ccaa009e;
constexpr std::int64_t fold64 = 0x163cd6124;
constexpr std::int64_t polynomial = 0x1db710641, inverse = 0x1f7011641;

__attribute__((target("pclmul,sse4.1"))) inline __m128i load(const std::byte* p)
{
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

// Moves 128 bits of remainder on by the distance that `by` stands for, and adds what stands there.
__attribute__((target("pclmul,sse4.1"))) inline __m128i fold(__m128i x, __m128i by, __m128i there)
{
    return _mm_xor_si128(there,
        _mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00), _mm_clmulepi64_si128(x, by, 0x11)));
}

// 128 bits of remainder to 32, by a last fold and a Barrett reduction.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t reduced(__m128i x)
{
    const __m128i low32 = _mm_setr_epi32(~0, 0, ~0, 0);
    const __m128i by128 = _mm_set_epi64x(fold128High, fold128Low);
    x = _mm_xor_si128(_mm_srli_si128(x, 8), _mm_clmulepi64_si128(x, by128, 0x10));
    x = _mm_xor_si128(_mm_srli_si128(x, 4),
        _mm_clmulepi64_si128(_mm_and_si128(x, low32), _mm_set_epi64x(0, fold64), 0x00));
    const __m128i barrett = _mm_set_epi64x(inverse, polynomial);
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(x, low32), barrett, 0x10);
    quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low32), barrett, 0x00);
    return static_cast<std::uint32_t>(_mm_extract_epi32(_mm_xor_si128(x, quotient), 1));
}

// n is a multiple of 16 and at least 64.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t byMultiplication(
    const std::byte* p, std::size_t n, std::uint32_t before)
{
    __m128i x0 = _mm_xor_si128(load(p), _mm_cvtsi32_si128(static_cast<int>(~before)));
    __m128i x1 = load(p + 16), x2 = load(p + 32), x3 = load(p + 48);
    const __m128i by512 = _mm_set_epi64x(fold512High, fold512Low);
    for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
        x0 = fold(x0, by512, load(p));
        x1 = fold(x1, by512, load(p + 16));
        x2 = fold(x2, by512, load(p + 32));
        x3 = fold(x3, by512, load(p + 48));
    }
    const __m128i by128 = _mm_set_epi64x(fold128High, fold128Low);
    __m128i x = fold(fold(fold(x0, by128, x1), by128, x2), by128, x3);
    for (; n >= 16; p += 16, n -= 16)
        x = fold(x, by128, load(p));
    return ~reduced(x);
}

#endif

} // namespace

std::uint32_t crc32Of(std::span<const std::byte> bytes, std::uint32_t before)
{
    const std::byte* p = bytes.data();
    std::size_t n = bytes.size();
#if defined(__x86_64__)
    static const bool multiplies
        = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
    if (multiplies && n >= 64) {
        const std::size_t whole = n & ~std::size_t(15);
        before = byMultiplication(p, whole, before);
        p += whole;
        n -= whole;
    }
#endif
    return n == 0 ? before : byTable(p, n, before);
}

std::uint32_t crc32Joined(std::uint32_t first, std::uint32_t second, ByteCount secondLength)
{
    return static_cast<std::uint32_t>(crc32_combine64(first, second, secondLength.value));
}

std::uint32_t crc32Change(std::uint32_t runBefore, std::uint32_t runAfter, ByteCount following)
{
    return crc32Joined(runBefore ^ runAfter, 0, following);
}

} // namespace ravel
