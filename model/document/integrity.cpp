// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/integrity.h"

#include "base/text.h"
#include "save/crc.h"

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace ravel {

namespace {

constexpr std::int64_t chunkBytes = 1 << 20;

// A run of a record, of which several are summed at the same time.
struct Part {
    RecordOrdinal record = noOrdinal;
    ByteOffset offset;
    ByteCount size;
    std::uint32_t crc = 0;
};

std::vector<Part> partsOf(const Checkpoint& checkpoint)
{
    constexpr std::int64_t partBytes = 64 << 20;
    std::vector<Part> parts;
    for (RecordOrdinal r = 0; r < checkpoint.records.size(); ++r) {
        const Record& record = checkpoint.records[r];
        if (record.crcPlaces.empty() || record.method != Record::Method::Stored || record.file >= checkpoint.files.size())
            continue;
        for (std::int64_t at = 0; at == 0 || at < record.size.value; at += partBytes)
            parts.push_back({ r, record.offset + ByteCount(at), ByteCount(std::min(partBytes, record.size.value - at)), 0 });
    }
    return parts;
}

std::string hex(std::uint32_t crc)
{
    char text[16];
    std::snprintf(text, sizeof text, "%08x", crc);
    return text;
}

} // namespace

Result<std::vector<std::string>> damagedRecords(const Checkpoint& checkpoint, const Job& job, Pool& pool)
{
    std::vector<Part> parts = partsOf(checkpoint);
    std::int64_t total = 0;
    for (const Part& part : parts)
        total += part.size.value;
    std::atomic<std::int64_t> done { 0 };
    const auto sum = [&](std::int64_t i, int) -> Result<> {
        Part& part = parts[static_cast<std::size_t>(i)];
        File& file = *checkpoint.files[checkpoint.records[part.record].file].file;
        std::vector<std::byte> chunk(static_cast<std::size_t>(std::min(chunkBytes, part.size.value)));
        for (std::int64_t at = 0; at < part.size.value; at += chunkBytes) {
            RAVEL_TRY(job.check());
            const std::span<std::byte> bytes(chunk.data(), static_cast<std::size_t>(std::min(chunkBytes, part.size.value - at)));
            RAVEL_TRY(file.readAt(part.offset + ByteCount(at), bytes));
            part.crc = crc32Of(bytes, part.crc);
            job.progress(done += static_cast<std::int64_t>(bytes.size()), total);
        }
        return {};
    };
    RAVEL_TRY(pool.forEach(static_cast<std::int64_t>(parts.size()), job, sum));
    std::vector<std::string> damaged;
    for (std::size_t i = 0; i < parts.size();) {
        const Record& record = checkpoint.records[parts[i].record];
        std::uint32_t crc = parts[i].crc;
        std::size_t next = i + 1;
        for (; next < parts.size() && parts[next].record == parts[i].record; ++next)
            crc = crc32Joined(crc, parts[next].crc, parts[next].size);
        if (crc != record.crc)
            damaged.push_back("record '" + escaped(record.name, 100) + "' of " + escaped(checkpoint.files[record.file].name, 80)
                + " is damaged or altered: its CRC-32 is " + hex(crc) + ", the file states " + hex(record.crc));
        i = next;
    }
    return damaged;
}

} // namespace ravel
