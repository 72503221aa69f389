// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/bytes.h"
#include "checkpoint/ziparchive.h"

#include <limits>
#include <optional>

namespace ravel {

namespace {

constexpr std::int64_t endBytes = 22;
constexpr std::int64_t locatorBytes = 20;
constexpr std::int64_t end64Bytes = 56;
constexpr std::int64_t centralBytes = 46;
constexpr std::uint32_t full32 = 0xffffffff;

constexpr std::string_view endSignature = "PK\5\6";
constexpr std::string_view locatorSignature = "PK\6\7";
constexpr std::string_view end64Signature = "PK\6\6";
constexpr std::string_view centralSignature = "PK\1\2";

tl::unexpected<Error> bad(const std::string& what) { return fail(ErrorCode::Format, "zip archive: " + what); }

// What the end records say of the central directory.
struct Ends {
    std::uint64_t entries = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    std::int64_t directoryEnd = 0; // where the first of the end records starts
};

bool has(std::span<const std::byte> bytes, std::size_t at, std::string_view signature)
{
    return at + signature.size() <= bytes.size() && textOf(bytes.subspan(at, signature.size())) == signature;
}

std::int64_t tailStart(const Probe& probe) { return probe.size.value - static_cast<std::int64_t>(probe.tail.size()); }

std::size_t commentEnd(std::span<const std::byte> tail, std::size_t at) { return at + endBytes + load16(&tail[at + 20]); }

// The last end record of the tail whose comment fits into the file. A second one inside the comment of an earlier one
// makes two archives of one file.
Result<std::size_t> findEnd(const Probe& probe)
{
    const std::span<const std::byte> tail = probe.tail;
    std::optional<std::size_t> found;
    for (std::size_t at = tail.size() < endBytes ? 0 : tail.size() - endBytes + 1; at-- > 0;) {
        if (!has(tail, at, endSignature) || commentEnd(tail, at) > tail.size())
            continue;
        if (!found) {
            found = at;
            continue;
        }
        const std::uint64_t directoryEnd = std::uint64_t { load32(&tail[at + 12]) } + load32(&tail[at + 16]);
        const auto place = static_cast<std::uint64_t>(tailStart(probe)) + at;
        if (commentEnd(tail, at) >= *found + endBytes && directoryEnd <= place)
            return bad("its comment holds a second end record, so that it is two archives in one: which central directory "
                       "counts is not defined");
    }
    if (!found)
        return bad("it is cut short or incomplete: the central directory is missing at its end (is the download complete?)");
    return *found;
}

Result<> readEnd64(File& file, std::int64_t locatorPlace, std::span<const std::byte> locator, Ends& ends, ZipArchive& archive)
{
    const std::uint64_t place = load64(&locator[8]);
    if (load32(&locator[4]) != 0 || load32(&locator[16]) > 1)
        return bad("the zip64 locator of its central directory speaks of several disks");
    if (place > static_cast<std::uint64_t>(locatorPlace) || static_cast<std::uint64_t>(locatorPlace) - place < end64Bytes)
        return bad("the zip64 locator points to byte " + std::to_string(place)
            + ", where no zip64 end record of a central directory fits");
    const auto at = static_cast<std::int64_t>(place);
    RAVEL_ASSIGN(const std::vector<std::byte> bytes, readRange(file, ByteOffset(at), ByteCount(end64Bytes)));
    if (!has(bytes, 0, end64Signature))
        return bad("no zip64 end record at byte " + std::to_string(place) + ", where its locator says it is; the central directory is not found");
    const std::uint64_t size = load64(&bytes[4]);
    if (size < end64Bytes - 12 || size != static_cast<std::uint64_t>(locatorPlace - at - 12))
        return bad("the zip64 end record of its central directory states a size of " + std::to_string(size) + " bytes, "
            + std::to_string(locatorPlace - at - 12) + " are there");
    if (load32(&bytes[16]) != 0 || load32(&bytes[20]) != 0 || load64(&bytes[24]) != load64(&bytes[32]))
        return bad("the zip64 end record of its central directory speaks of several disks");
    const Ends ends64 { load64(&bytes[32]), load64(&bytes[40]), load64(&bytes[48]), at };
    const auto differs = [](std::uint64_t plain, std::uint64_t full, std::uint64_t wide) { return plain != full && plain != wide; };
    if (differs(ends.entries, 0xffff, ends64.entries) || differs(ends.size, full32, ends64.size)
        || differs(ends.offset, full32, ends64.offset))
        archive.readOnly("zip archive: its zip64 end record and its plain end record differ about the central directory; the zip64 one is followed");
    ends = ends64;
    return {};
}

Result<Ends> readEnds(File& file, const Probe& probe, ZipArchive& archive)
{
    RAVEL_ASSIGN(const std::size_t at, findEnd(probe));
    const std::span<const std::byte> tail = probe.tail;
    const std::byte* end = &tail[at];
    const std::int64_t place = tailStart(probe) + static_cast<std::int64_t>(at);
    if (load16(end + 4) != 0 || load16(end + 6) != 0 || load16(end + 8) != load16(end + 10)) {
        // disks of a zip64 archive may be stated as full
        if (load16(end + 4) != 0xffff || load16(end + 6) != 0xffff)
            return bad("its end record speaks of disk " + std::to_string(load16(end + 4))
                + ", a central directory over several disks is unsupported");
    }
    Ends ends { load16(end + 10), load32(end + 12), load32(end + 16), place };
    if (const std::size_t rest = tail.size() - commentEnd(tail, at); rest > 0)
        archive.warn("zip archive: " + std::to_string(rest) + " trailing bytes after its end; they are kept");
    if (at >= locatorBytes && has(tail, at - locatorBytes, locatorSignature))
        RAVEL_TRY(readEnd64(file, place - locatorBytes, tail.subspan(at - locatorBytes, locatorBytes), ends, archive));
    return ends;
}

Result<> checkRange(const Ends& ends, const Limits& limits)
{
    const auto end = static_cast<std::uint64_t>(ends.directoryEnd);
    const std::string stated = std::to_string(ends.size) + " bytes at byte " + std::to_string(ends.offset);
    if (ends.offset > end || ends.size > end - ends.offset)
        return bad("its central directory of " + stated + " does not lie inside the file");
    if (ends.size != end - ends.offset)
        return bad("its central directory of " + stated + " does not end where the end record starts, at byte "
            + std::to_string(end) + ": there are bytes before the archive, or its offsets are wrong");
    if (ends.entries > ends.size / centralBytes)
        return bad("its end record states " + std::to_string(ends.entries) + " entries, the central directory of "
            + std::to_string(ends.size) + " bytes has room for at most " + std::to_string(ends.size / centralBytes));
    if (ends.size > static_cast<std::uint64_t>(limits.directoryBytes))
        return fail(ErrorCode::Limit, "zip archive: its central directory has " + std::to_string(ends.size)
                + " bytes, the limit is " + std::to_string(limits.directoryBytes));
    if (ends.entries > static_cast<std::uint64_t>(limits.directoryEntries))
        return fail(ErrorCode::Limit, "zip archive: its central directory has " + std::to_string(ends.entries)
                + " entries, the limit is " + std::to_string(limits.directoryEntries));
    return {};
}

// The zip64 field holds, in this order, those of size, stored size and offset that are full in the fixed part.
Result<> readZip64Field(std::span<const std::byte> extra, ZipEntry& entry, std::uint64_t (&values)[3])
{
    const std::string where = "central directory: entry " + inQuotes(entry.name);
    const bool wanted = values[0] == full32 || values[1] == full32 || values[2] == full32;
    for (std::size_t at = 0; wanted && extra.size() - at >= 4;) {
        const std::size_t length = load16(&extra[at + 2]);
        if (length > extra.size() - at - 4)
            break;
        if (load16(&extra[at]) == 1) {
            std::size_t used = 0;
            for (std::uint64_t& value : values) {
                if (value != full32)
                    continue;
                if (length - used < 8)
                    return bad(where + ": its zip64 field is too short: " + std::to_string(length) + " bytes");
                value = load64(&extra[at + 4 + used]);
                used += 8;
            }
            entry.zip64 = true;
            return {};
        }
        at += 4 + length;
    }
    if (wanted)
        return bad(where + ": a size or offset of 0xffffffff without a zip64 field");
    return {};
}

Result<std::size_t> readCentral(std::span<const std::byte> bytes, std::int64_t place, std::int64_t directoryPlace, ZipEntry& entry)
{
    const std::string where = "central directory: record at byte " + std::to_string(place);
    if (bytes.size() < centralBytes)
        return bad(where + " is cut short by the directory's end");
    if (!has(bytes, 0, centralSignature))
        return bad(where + " does not start with its signature");
    const std::size_t nameLength = load16(&bytes[28]);
    const std::size_t extraLength = load16(&bytes[30]);
    const std::size_t commentLength = load16(&bytes[32]);
    const std::size_t whole = centralBytes + nameLength + extraLength + commentLength;
    if (whole > bytes.size())
        return bad(where + ": its name, extra field and comment of " + std::to_string(whole - centralBytes)
            + " bytes run past the directory's end");
    entry.name = textOf(bytes.subspan(centralBytes, nameLength));
    entry.centralPlace = place;
    entry.flags = load16(&bytes[8]);
    entry.method = load16(&bytes[10]);
    entry.crc = load32(&bytes[16]);
    entry.attributes = load32(&bytes[38]);
    std::uint64_t values[3] = { load32(&bytes[24]), load32(&bytes[20]), load32(&bytes[42]) };
    RAVEL_TRY(readZip64Field(bytes.subspan(centralBytes + nameLength, extraLength), entry, values));
    const std::string named = "central directory: entry " + inQuotes(entry.name);
    if (const std::uint16_t disk = load16(&bytes[34]); disk != 0 && disk != 0xffff)
        return bad(named + " is on disk " + std::to_string(disk));
    const auto end = static_cast<std::uint64_t>(directoryPlace);
    if (values[2] > end)
        return bad(named + " starts at byte " + std::to_string(values[2]) + ", outside the archive");
    if (values[1] > end - values[2])
        return bad(named + " states a size of " + std::to_string(values[1]) + " bytes, which do not fit into the archive");
    if (values[0] > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return bad(named + " states an uncompressed size of " + std::to_string(values[0]) + " bytes");
    entry.size = static_cast<std::int64_t>(values[0]);
    entry.storedSize = static_cast<std::int64_t>(values[1]);
    entry.localPlace = static_cast<std::int64_t>(values[2]);
    if (entry.method == ZipEntry::Stored && entry.size != entry.storedSize)
        return bad(named + " is stored plain, but its two sizes differ: " + std::to_string(entry.storedSize) + " and "
            + std::to_string(entry.size));
    return whole;
}

} // namespace

Result<> readZipDirectory(File& file, const Probe& probe, const Limits& limits, ZipArchive& archive)
{
    RAVEL_ASSIGN(const Ends ends, readEnds(file, probe, archive));
    RAVEL_TRY(checkRange(ends, limits));
    archive.directoryPlace = static_cast<std::int64_t>(ends.offset);
    RAVEL_ASSIGN(const std::vector<std::byte> bytes,
        readRange(file, ByteOffset(archive.directoryPlace), ByteCount(static_cast<std::int64_t>(ends.size))));
    std::span<const std::byte> rest = bytes;
    archive.entries.reserve(ends.entries);
    while (archive.entries.size() < ends.entries) {
        const std::int64_t place = ends.directoryEnd - static_cast<std::int64_t>(rest.size());
        RAVEL_ASSIGN(const std::size_t used,
            readCentral(rest, place, archive.directoryPlace, archive.entries.emplace_back()));
        rest = rest.subspan(used);
    }
    if (!rest.empty())
        return bad("its central directory goes on for " + std::to_string(rest.size()) + " bytes after the "
            + std::to_string(ends.entries) + " entries that the end record states");
    return {};
}

} // namespace ravel
