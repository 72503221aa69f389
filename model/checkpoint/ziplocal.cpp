// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/bytes.h"
#include "checkpoint/ziparchive.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::int64_t localBytes = 30;
constexpr std::uint16_t flagDescriptor = 0x0008;
constexpr std::uint32_t full32 = 0xffffffff;

// Flags that say "encrypted", "patched", "strongly encrypted" and "headers masked": readers that believe them refuse the
// entry, torch does not look.
constexpr std::uint16_t flagsOfUnreadable = 0x0001 | 0x0020 | 0x0040 | 0x2000;

tl::unexpected<Error> bad(const ZipEntry& entry, const std::string& what)
{
    return fail(ErrorCode::Format, "zip archive: entry " + inQuotes(entry.name) + ' ' + what);
}

std::string about(const ZipEntry& entry) { return "zip archive: entry " + inQuotes(entry.name) + ": "; }

struct LocalHeader {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
    std::uint64_t storedSize = 0;
    std::uint64_t size = 0;
    bool zip64 = false;
    std::string name;
};

void readLocalZip64(std::span<const std::byte> extra, LocalHeader& header)
{
    for (std::size_t at = 0; extra.size() - at >= 4;) {
        const std::size_t length = load16(&extra[at + 2]);
        if (length > extra.size() - at - 4)
            return;
        if (load16(&extra[at]) == 1) {
            header.zip64 = true;
            if (header.size == full32 && length >= 8)
                header.size = load64(&extra[at + 4]);
            if (header.storedSize == full32 && length >= 16)
                header.storedSize = load64(&extra[at + 12]);
            return;
        }
        at += 4 + length;
    }
}

Result<LocalHeader> readLocal(File& file, std::int64_t directoryPlace, ZipEntry& entry)
{
    const std::int64_t room = directoryPlace - entry.localPlace;
    if (room < localBytes)
        return bad(entry, "has its local header at byte " + std::to_string(entry.localPlace) + ", inside the central directory");
    constexpr std::int64_t usualExtra = 128;
    const std::int64_t guess = std::min(room, localBytes + static_cast<std::int64_t>(entry.name.size()) + usualExtra);
    RAVEL_ASSIGN(std::vector<std::byte> bytes, readRange(file, ByteOffset(entry.localPlace), ByteCount(guess)));
    if (textOf(std::span(bytes).first(4)) != "PK\3\4")
        return bad(entry, "has no local header at byte " + std::to_string(entry.localPlace) + ", where the central directory says it is");
    const std::int64_t nameLength = load16(&bytes[26]);
    const std::int64_t extraLength = load16(&bytes[28]);
    const std::int64_t whole = localBytes + nameLength + extraLength;
    if (whole > room || entry.storedSize > room - whole)
        return bad(entry, "of " + std::to_string(entry.storedSize) + " bytes at byte " + std::to_string(entry.localPlace + whole)
                + " runs into the central directory");
    if (whole > guess) {
        RAVEL_ASSIGN(bytes, readRange(file, ByteOffset(entry.localPlace), ByteCount(whole)));
    }
    LocalHeader header;
    header.flags = load16(&bytes[6]);
    header.method = load16(&bytes[8]);
    header.crc = load32(&bytes[14]);
    header.storedSize = load32(&bytes[18]);
    header.size = load32(&bytes[22]);
    const std::span<const std::byte> all = bytes;
    header.name = textOf(all.subspan(localBytes, static_cast<std::size_t>(nameLength)));
    readLocalZip64(all.subspan(static_cast<std::size_t>(localBytes + nameLength), static_cast<std::size_t>(extraLength)), header);
    entry.dataPlace = entry.localPlace + whole;
    entry.end = entry.dataPlace + entry.storedSize;
    return header;
}

void compare(const LocalHeader& local, ZipEntry& entry, ZipArchive& archive)
{
    if (local.name != entry.name)
        archive.readOnly(about(entry) + "its local header names it " + inQuotes(local.name) + "; the central directory is followed");
    if (local.method != entry.method)
        archive.readOnly(about(entry) + "the method in its local header differs: " + std::to_string(local.method) + ", in the central directory "
            + std::to_string(entry.method));
    if ((local.flags ^ entry.flags) & (flagDescriptor | flagsOfUnreadable))
        archive.readOnly(about(entry) + "the flags in its local header and in the central directory differ");
    if ((local.flags | entry.flags) & flagsOfUnreadable)
        archive.readOnly(about(entry) + "a flag bit says that it is encrypted, patched or masked (flags "
            + std::to_string(local.flags | entry.flags) + "), but it is read as plain");
    const bool later = local.flags & flagDescriptor; // then the header may hold zeros
    const auto differs = [&](std::uint64_t found, std::uint64_t stated) { return found != stated && !(later && found == 0); };
    const bool laterFull = later && local.size == full32;
    if (!laterFull && (differs(local.size, static_cast<std::uint64_t>(entry.size))
            || differs(local.storedSize, static_cast<std::uint64_t>(entry.storedSize))))
        archive.readOnly(about(entry) + "the size in its local header differs: " + std::to_string(local.storedSize)
            + " bytes, in the central directory " + std::to_string(entry.storedSize));
    if (differs(local.crc, entry.crc))
        archive.readOnly(about(entry) + "the crc checksum in its local header differs from the central directory's");
    if (entry.crc != 0 && local.crc == entry.crc)
        entry.crcPlaces.emplace_back(entry.localPlace + 14);
}

// A descriptor is a signature that may be missing, the CRC, and two sizes of 4 bytes, or of 8 where zip64 is used; nothing
// says which, so each way is tried for one that agrees with the central directory.
Result<> readDescriptor(File& file, bool zip64, ZipEntry& entry, ZipArchive& archive)
{
    constexpr std::int64_t most = 24;
    std::vector<std::byte> bytes(static_cast<std::size_t>(std::min(most, archive.directoryPlace - entry.end)));
    RAVEL_TRY(file.readAt(ByteOffset(entry.end), bytes));
    const bool marked = bytes.size() >= 4 && load32(bytes.data()) == 0x08074b50;
    for (const bool wide : { zip64, !zip64 }) {
        for (const std::size_t start : { marked ? 4u : 0u, 0u }) {
            const int width = wide ? 8 : 4;
            const std::size_t length = start + 4 + 2 * static_cast<std::size_t>(width);
            if (length > bytes.size())
                continue;
            const std::byte* at = &bytes[start];
            if (load32(at) != entry.crc || littleEndian(at + 4, width) != static_cast<std::uint64_t>(entry.storedSize)
                || littleEndian(at + 4 + width, width) != static_cast<std::uint64_t>(entry.size))
                continue;
            if (entry.crc != 0)
                entry.crcPlaces.emplace_back(entry.end + static_cast<std::int64_t>(start));
            entry.end += static_cast<std::int64_t>(length);
            return {};
        }
    }
    archive.readOnly(about(entry) + "the data descriptor behind it differs from the central directory in crc or size, or is missing");
    if (marked) // so that it does not look like a gap
        entry.end += std::min<std::int64_t>(static_cast<std::int64_t>(bytes.size()), zip64 ? 24 : 16);
    return {};
}

} // namespace

Result<> readLocalHeaders(File& file, const Job& job, ZipArchive& archive)
{
    for (ZipEntry& entry : archive.entries) {
        RAVEL_TRY(job.check());
        RAVEL_ASSIGN(const LocalHeader local, readLocal(file, archive.directoryPlace, entry));
        if (entry.crc != 0)
            entry.crcPlaces.emplace_back(entry.centralPlace + 16);
        compare(local, entry, archive);
        if (local.flags & flagDescriptor)
            RAVEL_TRY(readDescriptor(file, local.zip64 || entry.zip64, entry, archive));
    }
    return {};
}

} // namespace ravel
