// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/bytes.h"
#include "checkpoint/ziparchive.h"

#include <algorithm>
#include <numeric>

namespace ravel {

namespace {

std::string lowerAscii(std::string_view name)
{
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

// Why a name could lead somewhere else if anything were extracted; empty where it is harmless.
std::string_view oddity(std::string_view name)
{
    if (name.empty())
        return "is empty";
    if (name.find('\0') != name.npos)
        return "holds a NUL byte";
    if (name.front() == '/' || name.front() == '\\')
        return "is an absolute path";
    if (name.size() > 1 && name[1] == ':')
        return "is a path with a drive letter";
    if (name.find('\\') != name.npos)
        return "is a path with backslashes";
    for (std::size_t start = 0; start <= name.size();) {
        const std::size_t slash = std::min(name.find('/', start), name.size());
        if (name.substr(start, slash - start) == "..")
            return "is a path that leaves its folder";
        start = slash + 1;
    }
    return {};
}

bool isSymbolicLink(const ZipEntry& entry)
{
    constexpr std::uint32_t typeMask = 0170000;
    constexpr std::uint32_t typeLink = 0120000;
    return (entry.attributes >> 16 & typeMask) == typeLink; // whatever system it says it is from
}

} // namespace

void ZipArchive::warn(std::string message)
{
    constexpr std::size_t most = 100;
    if (warnings.size() < most)
        warnings.push_back(std::move(message));
    else
        ++unlisted;
}

void ZipArchive::readOnly(std::string message)
{
    if (readOnlyReason.empty())
        readOnlyReason = message;
    warn(std::move(message));
}

Result<> checkZipNames(ZipArchive& archive)
{
    struct Named {
        std::string lower;
        const std::string* name;
    };
    std::vector<Named> names;
    names.reserve(archive.entries.size());
    for (const ZipEntry& entry : archive.entries) {
        names.push_back({ lowerAscii(entry.name), &entry.name });
        if (const std::string_view odd = oddity(entry.name); !odd.empty())
            archive.warn("zip archive: the name of entry " + inQuotes(entry.name) + ' ' + std::string(odd)
                + "; it is shown as text and never used as a path");
        if (isSymbolicLink(entry))
            archive.warn("zip archive: entry " + inQuotes(entry.name) + " is a symbolic link, which is not followed");
    }
    std::sort(names.begin(), names.end(),
        [](const Named& a, const Named& b) { return std::tie(a.lower, *a.name) < std::tie(b.lower, *b.name); });
    for (std::size_t i = 1; i < names.size(); ++i) {
        if (*names[i - 1].name == *names[i].name)
            return fail(ErrorCode::Format, "zip archive: duplicate entry " + inQuotes(*names[i].name)
                    + ": the central directory names it twice, and readers differ in which they take");
        if (names[i - 1].lower == names[i].lower)
            archive.readOnly("zip archive: entries " + inQuotes(*names[i - 1].name) + " and " + inQuotes(*names[i].name)
                + " differ in case only: duplicates to readers that ignore case");
    }
    return {};
}

Result<> checkZipPlaces(File& file, ZipArchive& archive)
{
    std::vector<const ZipEntry*> order;
    for (const ZipEntry& entry : archive.entries)
        order.push_back(&entry);
    std::sort(order.begin(), order.end(),
        [](const ZipEntry* a, const ZipEntry* b) { return std::tie(a->localPlace, a->end) < std::tie(b->localPlace, b->end); });
    const ZipEntry* last = nullptr; // the one that reaches furthest so far
    const auto gap = [&](std::int64_t begin, std::int64_t end) -> Result<> {
        std::vector<std::byte> start(static_cast<std::size_t>(std::min<std::int64_t>(4, end - begin)));
        RAVEL_TRY(file.readAt(ByteOffset(begin), start));
        const bool hidden = textOf(start) == "PK\3\4";
        if (begin == 0 && !hidden)
            return fail(ErrorCode::Format, "zip archive: there are " + std::to_string(end)
                    + " bytes before its first entry, which is expected at byte 0");
        archive.warn("zip archive: " + std::string(hidden ? "a hidden entry that the central directory does not list" : "a gap that belongs to no entry")
            + ", " + std::to_string(end - begin) + " bytes at byte " + std::to_string(begin));
        return {};
    };
    for (const ZipEntry* entry : order) {
        const std::int64_t end = last ? last->end : 0;
        if (entry->localPlace < end) {
            const bool same = entry->localPlace == last->localPlace;
            archive.readOnly("zip archive: entries " + inQuotes(last->name) + " and " + inQuotes(entry->name) + " overlap: "
                + (same ? "they are the same bytes" : "one lies inside the other's bytes") + ", at byte "
                + std::to_string(entry->localPlace));
        } else if (entry->localPlace > end) {
            RAVEL_TRY(gap(end, entry->localPlace));
        }
        if (!last || entry->end > last->end)
            last = entry;
    }
    if (const std::int64_t end = last ? last->end : 0; end < archive.directoryPlace)
        return gap(end, archive.directoryPlace);
    return {};
}

Result<ZipArchive> readZipArchive(File& file, const Probe& probe, const Limits& limits, const Job& job)
{
    ZipArchive archive;
    RAVEL_TRY(readZipDirectory(file, probe, limits, archive));
    RAVEL_TRY(checkZipNames(archive));
    RAVEL_TRY(readLocalHeaders(file, job, archive));
    RAVEL_TRY(checkZipPlaces(file, archive));
    if (archive.unlisted)
        archive.warnings.push_back("zip archive: and " + std::to_string(archive.unlisted) + " more warnings like these");
    return archive;
}

} // namespace ravel
