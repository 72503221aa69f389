// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/checksums.h"

#include "base/text.h"
#include "save/crc.h"

namespace ravel {

namespace {

// The region of a checksum, which must be a place of its own.
Result<std::uint32_t> regionOfPlace(const FilePlan& plan, const Record& record, ByteOffset place)
{
    if (place.value >= 0 && place.value <= plan.size().value - 4) {
        const std::uint32_t region = plan.regionAt(place);
        if (plan.regions()[region].kind == FileRegion::Kind::Checksum
            && plan.range(region).begin == place)
            return region;
    }
    return fail(ErrorCode::Refused, "the checksum of record " + escaped(record.name, 100)
            + " at byte " + std::to_string(place.value) + " overlaps other data");
}

} // namespace

std::uint32_t littleEndian(std::span<const std::byte, 4> bytes)
{
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
}

std::array<std::byte, 4> littleEndian(std::uint32_t value)
{
    std::array<std::byte, 4> bytes {};
    for (std::size_t i = 0; i < 4; ++i)
        bytes[i] = static_cast<std::byte>(value >> (8 * i));
    return bytes;
}

Result<ExpectedChecksums> mendChecksums(const Checkpoint& checkpoint, const FilePlan& plan,
    const CrcChanges& changes, File& source, File& output)
{
    ExpectedChecksums expected;
    for (const auto& [ordinal, change] : changes) {
        const Record& record = checkpoint.records[ordinal];
        for (const ByteOffset place : record.crcPlaces) {
            RAVEL_ASSIGN(const std::uint32_t region, regionOfPlace(plan, record, place));
            std::array<std::byte, 4> bytes {};
            RAVEL_TRY(source.readAt(place, bytes));
            const std::uint32_t stored = littleEndian(bytes);
            expected[region] = stored == 0 ? 0 : stored ^ change;
            RAVEL_TRY(output.writeAt(place, littleEndian(expected[region])));
        }
    }
    return expected;
}

std::vector<CrcState> checkRecords(
    const Checkpoint& checkpoint, const FilePlan& plan, const Comparison& comparison)
{
    std::vector<CrcState> states;
    // Records that overlap each other could name the same regions again and again.
    std::size_t budget = 4 * plan.regions().size() + 1000;
    for (RecordOrdinal i = 0; i < checkpoint.records.size(); ++i) {
        const Record& record = checkpoint.records[i];
        const auto regions = plan.regionsOf(record);
        if (record.method != Record::Method::Stored || record.crcPlaces.empty() || !regions)
            continue;
        const std::size_t cost = regions->second - regions->first + 1;
        if (cost > budget)
            break;
        budget -= cost;
        const RegionSums sums = comparison.joined(plan, regions->first, regions->second);
        states.push_back({ i, sums.before, sums.after, sums.before == record.crc });
    }
    return states;
}

Result<> overwriteChecksum(const Checkpoint& checkpoint, const FilePlan& plan,
    const CrcState& state, File& output, ExpectedChecksums& expected, Comparison& comparison)
{
    const Record& record = checkpoint.records[state.record];
    for (const ByteOffset place : record.crcPlaces) {
        RAVEL_ASSIGN(const std::uint32_t region, regionOfPlace(plan, record, place));
        if (expected[region] == 0)
            continue;
        const auto bytes = littleEndian(state.after);
        RAVEL_TRY(output.writeAt(place, bytes));
        expected[region] = state.after;
        comparison.regions[region].after = crc32Of(bytes);
    }
    return {};
}

std::vector<std::string> crcWarnings(const Checkpoint& checkpoint,
    const std::vector<CrcState>& states, bool mended, const CrcChanges& touched)
{
    constexpr int most = 10;
    std::vector<std::string> warnings;
    int wrong = 0;
    for (const CrcState& state : states) {
        if (state.right || ++wrong > most)
            continue;
        const bool edited = touched.contains(state.record);
        warnings.push_back("record " + escaped(checkpoint.records[state.record].name, 150)
            + " was damaged or altered before: its CRC-32 was wrong"
            + (!edited ? "" : mended ? ", and is right now" : ", and stays wrong by as much"));
    }
    if (wrong > most)
        warnings.push_back(std::to_string(wrong - most) + " more records have a wrong CRC-32");
    return warnings;
}

} // namespace ravel
