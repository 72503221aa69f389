// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/npyfile.h"

#include "base/text.h"
#include "checkpoint/bytes.h"
#include "checkpoint/npyarray.h"

#include <algorithm>

namespace ravel {

bool NpyFile::matches(const Probe& probe) const { return textOf(probe.head).starts_with("\x93NUMPY"); }

Result<> NpyFile::read(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint) const
{
    constexpr std::int64_t prefix = 12;
    const std::int64_t most = std::min(probe.size.value, context.limits.npyHeader + prefix);
    RAVEL_ASSIGN(const std::vector<std::byte> bytes, readRange(*checkpoint.files[0].file, ByteOffset(0), ByteCount(most)));
    const std::string what = escaped(fileNameOf(context.path), 80);
    RAVEL_ASSIGN(const NpyHeader header, parseNpyHeader(bytes, what, context.limits.npyHeader));
    Record& record = checkpoint.records.emplace_back();
    record.name = "npy";
    record.size = record.storedSize = probe.size;
    checkpoint.entries.resize(1);
    checkpoint.facts.emplace_back("descr", header.descr);
    return addNpyArray(header, 0, what, 0, checkpoint);
}

} // namespace ravel
