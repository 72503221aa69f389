// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"
#include "base/job.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ravel {

// CRC-32 as zip, gzip and PNG have it: reflected polynomial 0xEDB88320, all ones before, inverted after.
// `before` is the CRC of what came before these bytes. Uses carry-less multiplication where the processor has it (Gopal et
// al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009), zlib otherwise.
std::uint32_t crc32Of(std::span<const std::byte>, std::uint32_t before = 0);

// Of all that stands in a file.
Result<std::uint32_t> crc32OfFile(File&, const Job&);

// Eight hex digits, lower case: as receipts, recipes and journals write it.
std::string crc32Text(std::uint32_t);

// The CRC of two runs one after the other, from theirs.
std::uint32_t crc32Joined(std::uint32_t first, std::uint32_t second, ByteCount secondLength);

// By what the CRC of a record changes where one run of it changes: from the CRCs of that run before and after, and the bytes of the
// record that follow it. The changes of several runs are XORed with each other and with the record's CRC: the CRC is linear.
std::uint32_t crc32Change(std::uint32_t runBefore, std::uint32_t runAfter, ByteCount following);

} // namespace ravel
