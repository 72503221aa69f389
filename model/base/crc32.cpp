// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/crc32.h"

#include <algorithm>
#include <array>
#include <vector>
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
constexpr std::int64_t fold2048Low = 0x11542778a, fold2048High = 0x1322d1430;
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

// Folds what is left of a run, a multiple of 16 bytes, into 128 bits of remainder.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t foldRest(__m128i x, const std::byte* p, std::size_t n)
{
    const __m128i by128 = _mm_set_epi64x(fold128High, fold128Low);
    for (; n >= 16; p += 16, n -= 16)
        x = fold(x, by128, load(p));
    return ~reduced(x);
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
    return foldRest(fold(fold(fold(x0, by128, x1), by128, x2), by128, x3), p, n);
}

// The same four times as wide.
#define RAVEL_WIDE __attribute__((target("vpclmulqdq,avx512f,pclmul,sse4.1")))

RAVEL_WIDE inline __m512i wideLoad(const std::byte* p) { return _mm512_loadu_si512(p); }

RAVEL_WIDE inline __m512i wideFold(__m512i x, __m512i by, __m512i there)
{
    constexpr int exclusiveOr = 0x96; // of three
    return _mm512_ternarylogic_epi64(there, _mm512_clmulepi64_epi128(x, by, 0x00),
        _mm512_clmulepi64_epi128(x, by, 0x11), exclusiveOr);
}

RAVEL_WIDE inline __m512i wide(std::int64_t high, std::int64_t low)
{
    return _mm512_set_epi64(high, low, high, low, high, low, high, low);
}

// n is a multiple of 16 and at least 256.
RAVEL_WIDE std::uint32_t byWideMultiplication(const std::byte* p, std::size_t n, std::uint32_t before)
{
    const __m512i start = _mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, static_cast<std::int64_t>(~before));
    __m512i x0 = _mm512_xor_si512(wideLoad(p), start);
    __m512i x1 = wideLoad(p + 64), x2 = wideLoad(p + 128), x3 = wideLoad(p + 192);
    const __m512i by2048 = wide(fold2048High, fold2048Low);
    for (p += 256, n -= 256; n >= 256; p += 256, n -= 256) {
        x0 = wideFold(x0, by2048, wideLoad(p));
        x1 = wideFold(x1, by2048, wideLoad(p + 64));
        x2 = wideFold(x2, by2048, wideLoad(p + 128));
        x3 = wideFold(x3, by2048, wideLoad(p + 192));
    }
    const __m512i by512 = wide(fold512High, fold512Low);
    x0 = wideFold(wideFold(wideFold(x0, by512, x1), by512, x2), by512, x3);
    for (; n >= 64; p += 64, n -= 64)
        x0 = wideFold(x0, by512, wideLoad(p));
    const __m128i by128 = _mm_set_epi64x(fold128High, fold128Low);
    __m128i x = _mm512_maskz_extracti32x4_epi32(0xf, x0, 0);
    x = fold(x, by128, _mm512_maskz_extracti32x4_epi32(0xf, x0, 1));
    x = fold(x, by128, _mm512_maskz_extracti32x4_epi32(0xf, x0, 2));
    x = fold(x, by128, _mm512_maskz_extracti32x4_epi32(0xf, x0, 3));
    return foldRest(x, p, n);
}

#undef RAVEL_WIDE

using Multiply = std::uint32_t (*)(const std::byte*, std::size_t, std::uint32_t);

struct Kernel {
    Multiply multiply = nullptr;
    std::size_t least = 0; // bytes
};

Kernel narrowKernel()
{
    if (__builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"))
        return { byMultiplication, 64 };
    return {};
}

Kernel wideKernel()
{
    if (narrowKernel().multiply != nullptr && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f"))
        return { byWideMultiplication, 256 };
    return {};
}

#endif

} // namespace

std::uint32_t crc32Of(std::span<const std::byte> bytes, std::uint32_t before)
{
    const std::byte* p = bytes.data();
    std::size_t n = bytes.size();
#if defined(__x86_64__)
    static const std::array<Kernel, 2> kernels { wideKernel(), narrowKernel() };
    for (const Kernel& kernel : kernels)
        if (kernel.multiply != nullptr && n >= kernel.least) {
            const std::size_t whole = n & ~std::size_t(15);
            before = kernel.multiply(p, whole, before);
            p += whole;
            n -= whole;
        }
#endif
    return n == 0 ? before : byTable(p, n, before);
}

Result<std::uint32_t> crc32OfFile(File& file, const Job& job)
{
    constexpr std::int64_t step = 1 << 20;
    RAVEL_ASSIGN(const FileStatus status, file.status());
    std::vector<std::byte> bytes(static_cast<std::size_t>(std::min(step, status.identity.size)));
    std::uint32_t sum = 0;
    for (std::int64_t at = 0; at < status.identity.size; at += step) {
        RAVEL_TRY(job.check());
        const auto part = std::span(bytes).first(static_cast<std::size_t>(std::min(step, status.identity.size - at)));
        RAVEL_TRY(file.readAt(ByteOffset(at), part));
        sum = crc32Of(part, sum);
    }
    return sum;
}

std::string crc32Text(std::uint32_t sum)
{
    std::string text(8, '0');
    for (std::size_t i = 8; i-- > 0; sum >>= 4)
        text[i] = "0123456789abcdef"[sum & 15];
    return text;
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
