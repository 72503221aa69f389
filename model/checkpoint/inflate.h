// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <vector>

namespace ravel {

// The inflated bytes of a record, stored or deflated (RFC 1951). Format where the stream is broken or gives more or fewer
// bytes than record.size says; Limit, before anything is inflated, where that is more than `limit`.
Result<std::vector<std::byte>> recordBytes(File&, const Record&, std::int64_t limit);

// The first bytes of a record, at most `count` of them; nothing after them is read.
Result<std::vector<std::byte>> recordHead(File&, const Record&, std::int64_t count);

// CRC-32 of the inflated bytes of a record, read in chunks.
Result<std::uint32_t> recordCrc(File&, const Record&, const Job&);

} // namespace ravel
