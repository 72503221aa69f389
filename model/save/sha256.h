// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"
#include "base/job.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ravel {

// SHA-256, FIPS 180-4.
class Sha256 {
public:
    void add(std::span<const std::byte>);
    std::string finish(); // 64 hex digits; nothing may be added afterwards

private:
    void block(const std::byte*);
    std::array<std::uint32_t, 8> m_state { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    std::array<std::byte, 64> m_rest {};
    std::uint64_t m_length = 0; // bytes so far
};

// Of the first `size` bytes of a file.
Result<std::string> sha256Of(File&, ByteCount size, const Job&);

} // namespace ravel
