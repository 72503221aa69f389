// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/sha256.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace ravel {

namespace {

constexpr std::array<std::uint32_t, 64> roundConstants { 0x428a2f98, 0x71374491, 0xb5c0fbcf,
    0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
    0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70,
    0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c,
    0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814,
    0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2 };

std::uint32_t bigEndianWord(const std::byte* p)
{
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i)
        word = word << 8 | std::to_integer<std::uint32_t>(p[i]);
    return word;
}

} // namespace

void Sha256::block(const std::byte* bytes)
{
    std::array<std::uint32_t, 64> w {};
    for (std::size_t i = 0; i < 16; ++i)
        w[i] = bigEndianWord(bytes + 4 * i);
    for (std::size_t i = 16; i < 64; ++i) {
        const std::uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + w[i - 7]
            + (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
    }
    auto [a, b, c, d, e, f, g, h] = m_state;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::uint32_t t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25))
            + ((e & f) ^ (~e & g)) + roundConstants[i] + w[i];
        const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22))
            + ((a & b) ^ (a & c) ^ (b & c));
        h = std::exchange(g, std::exchange(f, std::exchange(e, d + t1)));
        d = std::exchange(c, std::exchange(b, std::exchange(a, t1 + t2)));
    }
    const std::array<std::uint32_t, 8> added { a, b, c, d, e, f, g, h };
    for (std::size_t i = 0; i < 8; ++i)
        m_state[i] += added[i];
}

void Sha256::add(std::span<const std::byte> bytes)
{
    const std::size_t kept = m_length % 64;
    m_length += bytes.size();
    if (kept > 0) {
        const std::size_t n = std::min(64 - kept, bytes.size());
        std::copy_n(bytes.begin(), n, m_rest.begin() + static_cast<std::ptrdiff_t>(kept));
        bytes = bytes.subspan(n);
        if (kept + n < 64)
            return;
        block(m_rest.data());
    }
    for (; bytes.size() >= 64; bytes = bytes.subspan(64))
        block(bytes.data());
    std::copy(bytes.begin(), bytes.end(), m_rest.begin());
}

std::string Sha256::finish()
{
    const std::uint64_t bits = m_length * 8;
    std::vector<std::byte> tail(1 + (119 - m_length % 64) % 64 + 8);
    tail[0] = std::byte(0x80);
    for (std::size_t i = 0; i < 8; ++i)
        tail[tail.size() - 1 - i] = static_cast<std::byte>(bits >> (8 * i));
    add(tail);
    std::string hex;
    for (const std::uint32_t word : m_state)
        for (int shift = 28; shift >= 0; shift -= 4)
            hex += "0123456789abcdef"[word >> shift & 15];
    return hex;
}

Result<std::string> sha256Of(File& file, ByteCount size, const Job& job)
{
    Sha256 sum;
    std::vector<std::byte> buffer(1 << 20);
    for (std::int64_t at = 0; at < size.value;) {
        RAVEL_TRY(job.check());
        const auto n = std::min<std::int64_t>(size.value - at, 1 << 20);
        const std::span<std::byte> part(buffer.data(), static_cast<std::size_t>(n));
        RAVEL_TRY(file.readAt(ByteOffset(at), part));
        sum.add(part);
        at += n;
    }
    return sum.finish();
}

} // namespace ravel
