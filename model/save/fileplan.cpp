// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/fileplan.h"

#include <algorithm>
#include <numeric>

namespace ravel {

struct FilePlan::Claim {
    std::int64_t begin = 0, end = 0;
    StorageOrdinal storage = noOrdinal; // none: a checksum
    bool operator<(const Claim& other) const
    {
        return begin != other.begin ? begin < other.begin : end > other.end;
    }
};

FileParts::FileParts(const Checkpoint& checkpoint)
    : m_storages(sorted(checkpoint.files.size(), checkpoint.storages.size(), [&](std::uint32_t i) { return checkpoint.storages[i].id.file; }))
    , m_records(sorted(checkpoint.files.size(), checkpoint.records.size(), [&](std::uint32_t i) { return checkpoint.records[i].file; }))
{
}

FileParts::ByFile FileParts::sorted(std::size_t files, std::size_t count, const std::function<std::uint32_t(std::uint32_t)>& fileOf)
{
    ByFile parts;
    parts.begins.assign(files + 1, 0);
    for (std::uint32_t i = 0; i < count; ++i)
        ++parts.begins[fileOf(i) + std::size_t(1)];
    std::partial_sum(parts.begins.begin(), parts.begins.end(), parts.begins.begin());
    parts.ordinals.resize(count);
    std::vector<std::uint32_t> filled(parts.begins.begin(), parts.begins.end() - 1);
    for (std::uint32_t i = 0; i < count; ++i)
        parts.ordinals[filled[fileOf(i)]++] = i;
    return parts;
}

FilePlan::FilePlan(const Checkpoint& checkpoint, std::uint32_t file)
    : FilePlan(checkpoint, FileParts(checkpoint), file)
{
}

FilePlan::FilePlan(const Checkpoint& checkpoint, const FileParts& parts, std::uint32_t file)
    : m_file(file)
    , m_size(checkpoint.files[file].status.identity.size)
    , m_ofFile(parts.storages(file).begin(), parts.storages(file).end())
    , m_records(parts.records(file).begin(), parts.records(file).end())
    , m_regionOf(m_ofFile.size(), noOrdinal)
{
    std::vector<Claim> claims = storageClaims(checkpoint);
    addChecksums(checkpoint, claims);
    std::vector<std::int64_t> cuts;
    for (const RecordOrdinal ordinal : m_records) {
        const Record& record = checkpoint.records[ordinal];
        std::int64_t end = 0;
        if (!checkedAdd(record.offset.value, record.storedSize.value, end))
            continue;
        cuts.push_back(record.offset.value);
        cuts.push_back(end);
    }
    std::sort(cuts.begin(), cuts.end());
    fill(claims, cuts);
    cutUnits();
}

// Storages that stand in the file as they are, sorted, without those that overlap an earlier one in part.
std::vector<FilePlan::Claim> FilePlan::storageClaims(const Checkpoint& checkpoint) const
{
    std::vector<Claim> all;
    for (const StorageOrdinal i : m_ofFile) {
        const Storage& storage = checkpoint.storages[i];
        std::int64_t bytes = 0, end = 0;
        if (!storage.offset || storage.numel.value <= 0
            || storage.offset->value < 0
            || !checkedMultiply(storage.numel.value, dtypeSize(storage.dtype), bytes)
            || !checkedAdd(storage.offset->value, bytes, end) || end > m_size.value)
            continue;
        all.push_back({ storage.offset->value, end, i });
    }
    std::stable_sort(all.begin(), all.end());
    std::vector<Claim> apart;
    for (const Claim& claim : all) {
        const bool same = !apart.empty() && apart.back().begin == claim.begin
            && apart.back().end == claim.end;
        if (same || apart.empty() || apart.back().end <= claim.begin)
            apart.push_back(claim);
    }
    return apart;
}

void FilePlan::addChecksums(const Checkpoint& checkpoint, std::vector<Claim>& claims) const
{
    std::vector<Claim> checksums;
    for (const RecordOrdinal ordinal : m_records)
        for (const ByteOffset place : checkpoint.records[ordinal].crcPlaces)
            if (place.value >= 0 && place.value <= m_size.value - 4)
                checksums.push_back({ place.value, place.value + 4 });
    std::sort(checksums.begin(), checksums.end());
    std::vector<Claim> merged;
    merged.reserve(claims.size() + checksums.size());
    auto storage = claims.begin();
    std::int64_t taken = 0; // what lies before is claimed
    for (const Claim& checksum : checksums) {
        for (; storage != claims.end() && storage->begin <= checksum.begin; ++storage) {
            merged.push_back(*storage);
            taken = std::max(taken, storage->end);
        }
        const bool free = checksum.begin >= taken
            && (storage == claims.end() || checksum.end <= storage->begin);
        if (!free)
            continue;
        merged.push_back(checksum);
        taken = checksum.end;
    }
    merged.insert(merged.end(), storage, claims.end());
    claims = std::move(merged);
}

// Turns claims into regions, and what lies between into Other, cut where a record begins or ends.
void FilePlan::fill(const std::vector<Claim>& claims, const std::vector<std::int64_t>& cuts)
{
    std::int64_t at = 0;
    auto cut = cuts.begin();
    const auto other = [&](std::int64_t end) {
        for (; cut != cuts.end() && *cut < end; ++cut)
            if (*cut > at) {
                m_regions.push_back({ ByteOffset(at), FileRegion::Kind::Other });
                at = *cut;
            }
        if (at < end)
            m_regions.push_back({ ByteOffset(at), FileRegion::Kind::Other });
        at = std::max(at, end);
    };
    for (const Claim& claim : claims) {
        if (claim.begin >= at) {
            other(claim.begin);
            m_regions.push_back({ ByteOffset(claim.begin),
                claim.storage == noOrdinal ? FileRegion::Kind::Checksum
                                           : FileRegion::Kind::Storage });
            at = claim.end;
        }
        if (claim.storage != noOrdinal) {
            const auto region = static_cast<std::uint32_t>(m_regions.size() - 1);
            const auto storage = std::lower_bound(m_ofFile.begin(), m_ofFile.end(), claim.storage);
            m_regionOf[static_cast<std::size_t>(storage - m_ofFile.begin())] = region;
            m_storages.emplace_back(region, claim.storage);
        }
    }
    other(m_size.value);
    std::sort(m_storages.begin(), m_storages.end());
    for (const auto& [region, storage] : m_storages)
        m_storageOrdinals.push_back(storage);
}

void FilePlan::cutUnits()
{
    constexpr std::int64_t widestElement = 16;
    for (std::int64_t at = 0; at < m_size.value;) {
        m_unitBegins.emplace_back(at);
        std::int64_t end = at + unitSize;
        if (end >= m_size.value)
            break;
        const FileRegion& region = m_regions[regionAt(ByteOffset(end))];
        if (region.kind == FileRegion::Kind::Storage)
            end -= (end - region.begin.value) % widestElement;
        else if (region.kind == FileRegion::Kind::Checksum)
            end = region.begin.value;
        at = end;
    }
}

ByteRange FilePlan::range(std::uint32_t region) const
{
    return { m_regions[region].begin,
        region + 1 < m_regions.size() ? m_regions[region + 1].begin : ByteOffset(m_size.value) };
}

std::span<const StorageOrdinal> FilePlan::storagesOf(std::uint32_t region) const
{
    const auto first = std::lower_bound(
        m_storages.begin(), m_storages.end(), std::pair(region, StorageOrdinal(0)));
    auto last = first;
    while (last != m_storages.end() && last->first == region)
        ++last;
    return { m_storageOrdinals.begin() + (first - m_storages.begin()),
        m_storageOrdinals.begin() + (last - m_storages.begin()) };
}

std::optional<std::uint32_t> FilePlan::regionOf(StorageOrdinal storage) const
{
    const auto found = std::lower_bound(m_ofFile.begin(), m_ofFile.end(), storage);
    if (found == m_ofFile.end() || *found != storage)
        return std::nullopt;
    const std::uint32_t region = m_regionOf[static_cast<std::size_t>(found - m_ofFile.begin())];
    return region == noOrdinal ? std::nullopt : std::optional(region);
}

std::uint32_t FilePlan::regionAt(ByteOffset byte) const
{
    const auto next = std::upper_bound(m_regions.begin(), m_regions.end(), byte,
        [](ByteOffset b, const FileRegion& region) { return b < region.begin; });
    return static_cast<std::uint32_t>(next - m_regions.begin() - 1);
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> FilePlan::regionsOf(
    const Record& record) const
{
    std::int64_t end = 0;
    if (record.offset.value < 0 || record.storedSize.value < 0
        || !checkedAdd(record.offset.value, record.storedSize.value, end) || end > m_size.value)
        return std::nullopt;
    const auto boundary = [&](std::int64_t byte) -> std::optional<std::uint32_t> {
        if (byte == m_size.value)
            return static_cast<std::uint32_t>(m_regions.size());
        const std::uint32_t region = regionAt(ByteOffset(byte));
        return m_regions[region].begin.value == byte ? std::optional(region) : std::nullopt;
    };
    const auto first = boundary(record.offset.value), last = boundary(end);
    if (!first || !last)
        return std::nullopt;
    return std::pair(*first, *last);
}

ByteRange FilePlan::unit(std::size_t i) const
{
    return { m_unitBegins[i],
        i + 1 < m_unitBegins.size() ? m_unitBegins[i + 1] : ByteOffset(m_size.value) };
}

std::vector<FilePiece> FilePlan::pieces(ByteRange whole) const
{
    std::vector<FilePiece> found;
    for (ByteOffset at = whole.begin; at < whole.end;) {
        const std::uint32_t region = found.empty() ? regionAt(at) : found.back().region + 1;
        const ByteOffset end = std::min(range(region).end, whole.end);
        found.push_back({ region, { at, end } });
        at = end;
    }
    return found;
}

} // namespace ravel
