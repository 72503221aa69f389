// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace ravel {

// A run of bytes of a file that is one thing. It ends where the next one begins.
struct FileRegion {
    enum class Kind : std::uint8_t {
        Storage,  // the bytes of one storage, or of several that stand at exactly the same place
        Checksum, // a record's CRC-32, 4 bytes
        Other,    // all else: pickles, directories, padding, compressed records
    };
    ByteOffset begin;
    Kind kind = Kind::Other;
};

// A part of one region.
struct FilePiece {
    std::uint32_t region = 0;
    ByteRange range;
};

// Which storages and records of a checkpoint stand in which of its files, ascending: what the plans of very many files are made from.
class FileParts {
public:
    explicit FileParts(const Checkpoint&);
    std::span<const StorageOrdinal> storages(std::uint32_t file) const { return m_storages.of(file); }
    std::span<const RecordOrdinal> records(std::uint32_t file) const { return m_records.of(file); }

private:
    struct ByFile {
        std::vector<std::uint32_t> begins, ordinals;
        std::span<const std::uint32_t> of(std::uint32_t file) const
        {
            return std::span(ordinals).subspan(begins[file], begins[file + 1] - begins[file]);
        }
    };
    static ByFile sorted(std::size_t files, std::size_t count, const std::function<std::uint32_t(std::uint32_t)>& fileOf);
    ByFile m_storages, m_records;
};

// Where in one file of a checkpoint its storages and checksums stand: the whole file as regions without gaps, and cut into units of
// about 256 KiB that are worked on at once. Units end between elements. Storages that overlap others in part (such files are
// read-only) count as Other, and so do checksums that lie in a storage. Proportional to the metadata of that file, not to its size.
class FilePlan {
public:
    FilePlan(const Checkpoint&, const FileParts&, std::uint32_t file);
    FilePlan(const Checkpoint&, std::uint32_t file); // the only one to be planned

    std::uint32_t file() const { return m_file; }
    ByteCount size() const { return m_size; }
    // All that the checkpoint has in this file, ascending.
    const std::vector<StorageOrdinal>& storages() const { return m_ofFile; }
    const std::vector<RecordOrdinal>& records() const { return m_records; }
    const std::vector<FileRegion>& regions() const { return m_regions; }
    ByteRange range(std::uint32_t region) const;
    // Storages whose bytes are exactly this region, ascending; empty for another kind.
    std::span<const StorageOrdinal> storagesOf(std::uint32_t region) const;
    // The region of a storage; none where it has none (of another file, empty, compressed, overlapping another in part).
    std::optional<std::uint32_t> regionOf(StorageOrdinal) const;
    // The region that holds a byte of the file.
    std::uint32_t regionAt(ByteOffset) const;
    // Regions [first, last) that make up a record's bytes; none where a region crosses its ends.
    std::optional<std::pair<std::uint32_t, std::uint32_t>> regionsOf(const Record&) const;

    std::size_t units() const { return m_unitBegins.size(); }
    ByteRange unit(std::size_t) const;
    std::vector<FilePiece> pieces(ByteRange) const; // ascending

    static constexpr std::int64_t unitSize = 256 << 10; // what a pass works on stays in a core's cache

private:
    struct Claim;
    std::vector<Claim> storageClaims(const Checkpoint&) const;
    void addChecksums(const Checkpoint&, std::vector<Claim>&) const;
    void fill(const std::vector<Claim>&, const std::vector<std::int64_t>& cuts);
    void cutUnits();

    std::uint32_t m_file = 0;
    ByteCount m_size;
    std::vector<FileRegion> m_regions;
    std::vector<ByteOffset> m_unitBegins;
    std::vector<StorageOrdinal> m_ofFile;
    std::vector<RecordOrdinal> m_records;
    std::vector<std::uint32_t> m_regionOf; // of m_ofFile
    std::vector<std::pair<std::uint32_t, StorageOrdinal>> m_storages; // by region, then ordinal
    std::vector<StorageOrdinal> m_storageOrdinals;                    // of m_storages
};

} // namespace ravel
