// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/checksums.h"

#include "base/crc32.h"
#include "base/text.h"

#include <set>

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

ByteOffset endOf(const Record& record) { return record.offset + record.storedSize; }

ByteCount bytesBehind(const Checkpoint& checkpoint, RecordOrdinal record, ByteOffset end)
{
    return endOf(checkpoint.records[record]) - end;
}

// What a record's change does to the one around it is only known where it lies in it as it is, checksums and all.
Result<> checkNesting(const Checkpoint& checkpoint, RecordOrdinal ordinal)
{
    const Record& record = checkpoint.records[ordinal];
    const Record& outer = checkpoint.records[record.outer];
    bool fine = record.outer < ordinal && outer.file == record.file && outer.method == Record::Method::Stored
        && outer.offset <= record.offset && endOf(record) <= endOf(outer);
    for (const ByteOffset place : record.crcPlaces)
        fine = fine && outer.offset <= place && place + ByteCount(4) <= endOf(outer);
    if (fine)
        return {};
    return fail(ErrorCode::Refused, "record " + escaped(record.name, 100) + " is not inside the record " + escaped(outer.name, 100)
            + ", whose checksum could not be mended");
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
    CrcChanges& changes, File& source, File& output)
{
    ExpectedChecksums expected;
    // An outer record has a lower ordinal than those inside it: what is added is met further on.
    for (auto at = changes.rbegin(); at != changes.rend(); ++at) {
        const auto [ordinal, change] = *at;
        const Record& record = checkpoint.records[ordinal];
        const bool inside = record.outer != noOrdinal;
        if (inside)
            RAVEL_TRY(checkNesting(checkpoint, ordinal));
        std::uint32_t outerChange = inside ? crc32Joined(change, 0, bytesBehind(checkpoint, record.outer, endOf(record))) : 0;
        for (const ByteOffset place : record.crcPlaces) {
            RAVEL_ASSIGN(const std::uint32_t region, regionOfPlace(plan, record, place));
            std::array<std::byte, 4> bytes {};
            RAVEL_TRY(source.readAt(place, bytes));
            const std::uint32_t stored = littleEndian(bytes);
            expected[region] = stored == 0 ? 0 : stored ^ change;
            const auto mended = littleEndian(expected[region]);
            RAVEL_TRY(output.writeAt(place, mended));
            if (inside)
                outerChange ^= crc32Change(crc32Of(bytes), crc32Of(mended), bytesBehind(checkpoint, record.outer, place + ByteCount(4)));
        }
        if (inside)
            changes[record.outer] ^= outerChange;
    }
    return expected;
}

std::vector<CrcState> checkRecords(
    const Checkpoint& checkpoint, const FilePlan& plan, const Comparison& comparison)
{
    std::vector<CrcState> states;
    // Records that overlap each other could name the same regions again and again.
    std::size_t budget = 4 * plan.regions().size() + 1000;
    for (const RecordOrdinal i : plan.records()) {
        const Record& record = checkpoint.records[i];
        if (record.method != Record::Method::Stored || record.crcPlaces.empty())
            continue;
        const auto regions = plan.regionsOf(record);
        if (!regions)
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

namespace {

// XORs every copy of a record's CRC with a change, in output and comparison.
Result<> changeChecksum(const Checkpoint& checkpoint, const FilePlan& plan, RecordOrdinal ordinal, std::uint32_t change, File& output,
    ExpectedChecksums& expected, Comparison& comparison)
{
    const Record& record = checkpoint.records[ordinal];
    for (const ByteOffset place : record.crcPlaces) {
        RAVEL_ASSIGN(const std::uint32_t region, regionOfPlace(plan, record, place));
        if (expected[region] == 0)
            continue;
        expected[region] ^= change;
        const auto bytes = littleEndian(expected[region]);
        RAVEL_TRY(output.writeAt(place, bytes));
        comparison.regions[region].after = crc32Of(bytes);
    }
    return {};
}

} // namespace

Result<> overwriteWrong(const Checkpoint& checkpoint, const FilePlan& plan, const std::vector<CrcState>& states,
    const CrcChanges& touched, File& output, ExpectedChecksums& expected, Comparison& comparison)
{
    std::set<RecordOrdinal> around; // records in which a checksum was overwritten
    for (std::size_t i = states.size(); i-- > 0;) {
        const CrcState& state = states[i];
        const Record& record = checkpoint.records[state.record];
        // What its checksums are off by now: from before, where they are to be mended, and from what was overwritten inside.
        std::uint32_t change = 0;
        if (!state.right && touched.contains(state.record))
            change = record.crc ^ state.before;
        if (around.contains(state.record)) {
            const auto regions = plan.regionsOf(record);
            change ^= comparison.joined(plan, regions->first, regions->second).after ^ state.after;
        }
        if (change == 0)
            continue;
        RAVEL_TRY(changeChecksum(checkpoint, plan, state.record, change, output, expected, comparison));
        if (record.outer != noOrdinal)
            around.insert(record.outer);
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
