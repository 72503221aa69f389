// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/container.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ravel {

// An entry of a zip archive as its central directory states it, and where its parts stand in the file.
struct ZipEntry {
    enum Method : std::uint16_t { Stored = 0, Deflated = 8 };

    std::string name; // bytes as in the file; only ever text: nothing is extracted
    std::uint16_t flags = 0;
    std::uint16_t method = Stored;
    std::uint32_t crc = 0;
    std::uint32_t attributes = 0;
    std::int64_t storedSize = 0;
    std::int64_t size = 0;
    std::int64_t localPlace = 0;   // of the local header
    std::int64_t dataPlace = 0;    // of the stored bytes
    std::int64_t end = 0;          // behind the data, or behind the data descriptor
    std::int64_t centralPlace = 0; // of the directory's record
    bool zip64 = false;            // sizes came from a zip64 field
    std::vector<ByteOffset> crcPlaces; // as Record::crcPlaces
};

// A zip archive (PKWARE APPNOTE.TXT 6.3.9), read for a reader that also wants to write: everything that two parsers
// could see differently is a warning, and a reason to open read-only. The central directory is the authority.
struct ZipArchive {
    std::vector<ZipEntry> entries; // directory order
    std::vector<std::string> warnings;
    std::string readOnlyReason;    // empty: may be written
    std::int64_t directoryPlace = 0;

    void warn(std::string message);      // keeps the first hundred and counts the rest
    void readOnly(std::string message);  // warns, and keeps the first as the reason
    std::size_t unlisted = 0;            // warnings beyond the first hundred
};

// Format where the directory or an entry lies outside the file, sizes disagree with themselves, or a name is there twice.
Result<ZipArchive> readZipArchive(File&, const Probe&, const Limits&, const Job&);

// Its parts, in this order: directory; local headers and data descriptors; names, overlaps and gaps.
Result<> readZipDirectory(File&, const Probe&, const Limits&, ZipArchive&);
Result<> readLocalHeaders(File&, const Job&, ZipArchive&);
Result<> checkZipNames(ZipArchive&);
Result<> checkZipPlaces(File&, ZipArchive&);

} // namespace ravel
