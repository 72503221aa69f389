// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// How an entry of a zip archive is written; the defaults are those of torch.save.
struct ZipEntryOptions {
    bool deflated = false;
    bool descriptor = true;  // sizes and CRC follow the data, the local header holds 0
    bool zip64 = false;      // sizes in zip64 fields, though they would fit
    bool checksum = true;    // false: CRC 0 everywhere
    std::size_t align = 64;  // of the data, by a padded extra field; 1: no padding
    std::uint16_t flags = 0x0800;
};

// Where the parts of an entry stand in the archive.
struct ZipPlaces {
    std::size_t local = 0;
    std::size_t data = 0;
    std::size_t descriptor = 0; // 0: none
    std::size_t central = 0;
};

// Writes zip archives for tests, byte by byte: APPNOTE.TXT 6.3.9.
class ZipWriter {
public:
    void add(std::string name, std::vector<std::byte> data, ZipEntryOptions = {});
    void addText(std::string name, std::string_view text, ZipEntryOptions = {});
    // The archive; zip64 end record and locator as torch writes them always.
    std::vector<std::byte> finish(bool zip64End = true, std::string_view comment = {});

    const ZipPlaces& places(std::string_view name) const; // after finish(); asserts that the name is there
    std::size_t endPlace() const { return m_end; }        // of the plain end record
    std::size_t directoryPlace() const { return m_directory; }

private:
    struct Entry {
        std::string name;
        ZipEntryOptions options;
        std::uint32_t crc = 0;
        std::size_t stored = 0;
        std::size_t size = 0;
        ZipPlaces places;
    };
    void put(std::uint64_t value, int bytes);
    void put(std::string_view text);
    void putCentral(Entry&);

    std::vector<std::byte> m_bytes;
    std::vector<Entry> m_entries;
    std::size_t m_directory = 0;
    std::size_t m_end = 0;
};

// Overwrites bytes at a place, little endian: how tests break a file.
void patch(std::vector<std::byte>&, std::size_t at, std::uint64_t value, int bytes);

} // namespace ravel
