// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace ravel {

// Philox 4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011); constants and rounds as in
// Random123, and checked against its kat_vectors.
//
// What a recipe's noise is made of, on any machine:
//   key      k0 = low, k1 = high 32 bits of the step's seed
//   counter  c0 = low, c1 = high 32 bits of the element's index in its storage, c2 = ordinal of the storage, c3 = 0
//   output   w0..w3; a = w0 + 2^32 w1, b = w2 + 2^32 w3
//   uniform  (floor(a / 2^12) / 2^51) - 1, in [-1, 1); the imaginary part the same from b
//   normal   Box and Muller: r = sqrt(-2 ln u) with u = (floor(a / 2^12) + 1/2) / 2^52, and an angle in the first quadrant,
//            v = (floor(b / 2^12) / 2^52) / 2 half turns; r cos(pi v), negative where bit 0 of b is set; the imaginary part
//            r sin(pi v), negative where bit 1 of b is set. ln and cos by the polynomials of noise.cpp.
struct Philox {
    using Counter = std::array<std::uint32_t, 4>;
    using Key = std::array<std::uint32_t, 2>;

    static constexpr std::uint32_t multiplier0 = 0xd2511f53, multiplier1 = 0xcd9e8d57;
    static constexpr std::uint32_t weyl0 = 0x9e3779b9, weyl1 = 0xbb67ae85; // golden ratio, sqrt(3) - 1
    static constexpr int rounds = 10;

    static constexpr Counter block(Counter c, Key key)
    {
        for (int round = 0; round < rounds; ++round) {
            const std::uint64_t p0 = std::uint64_t(multiplier0) * c[0];
            const std::uint64_t p1 = std::uint64_t(multiplier1) * c[2];
            c = { static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(p1),
                static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(p0) };
            key = { key[0] + weyl0, key[1] + weyl1 };
        }
        return c;
    }
};

} // namespace ravel
