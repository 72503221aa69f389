// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"
#include "base/error.h"
#include "base/io.h"
#include "base/job.h"
#include "base/quantity.h"
#include "base/sharedtext.h"
#include "checkpoint/entry.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// A file of the checkpoint: one, or one for each shard that is there, sorted by name, and then the set's index.
struct SourceFile {
    std::string path;     // as it was opened
    std::string name;     // relative to the set: what templates and `locate` show
    FileStatus status;    // at open
    std::shared_ptr<File> file;
};

// A named run of bytes of a file with the checksums that cover it (a zip entry; the whole data part of a
// safetensors file is a record without checksum).
struct Record {
    std::uint32_t file = 0;
    std::string name;
    ByteOffset offset;                    // of the stored bytes
    ByteCount storedSize;                 // in the file
    ByteCount size;                       // once inflated; the same where it is stored plain
    enum class Method : std::uint8_t { Stored, Deflated } method = Method::Stored;
    std::uint32_t crc = 0;                // CRC-32 of the inflated bytes, as the file states it
    // Where the file keeps that CRC (4 bytes, little endian): directory, data descriptor, local header. Empty: it has
    // none, or states 0 everywhere (saved without checksums), and stays so.
    std::vector<ByteOffset> crcPlaces;
    // Where a container stands inside another one: the record of the outer one whose bytes hold this one and its crcPlaces.
    // A record comes before those inside it.
    RecordOrdinal outer = noOrdinal;
};

struct StorageId {
    std::uint32_t file = 0; // ordinal of the file in the set
    std::string key;
    bool operator==(const StorageId&) const = default;
    std::string text() const; // "0:key"
};

// A storage that is put together from pieces of several files; see storagepieces.h.
struct StoragePieces;

// How a record spells the bytes of a storage: as they are, or, in pickles of old protocols, as text in which each character
// from U+0000 to U+00FF is a byte (UTF-8; Python's raw-unicode-escape; the repr of a Python 2 str without its quotes).
enum class Spelling : std::uint8_t { Plain, Utf8, RawUnicodeEscape, StringEscape };

// A contiguous run of elements of one dtype in a file. Several tensors may view one.
struct Storage {
    StorageId id;
    Dtype dtype = Dtype::Opaque;
    Count numel;
    SharedText device;                 // as saved: "cpu", "cuda:0"
    RecordOrdinal record = noOrdinal;  // that holds the bytes; none for a meta or broken storage
    ByteOffset offsetInRecord;         // of the first element, in the inflated record
    std::optional<ByteOffset> offset;  // of the first element in the file; none where the record is compressed, or spells it
    Spelling spelling = Spelling::Plain;
    ByteCount spelledSize;             // of the text, where the record spells the bytes
    bool bigEndian = false;
    bool editable = true;
    SharedText reason;                 // why it is not editable
    std::shared_ptr<const StoragePieces> pieces; // where they make it up: then it has neither record nor offset of its own
};

enum class TensorKind : std::uint8_t { Parameter, Buffer, Unknown };
std::string_view tensorKindName(TensorKind); // "parameter", "buffer", "unknown"

// Name, place, dtype, shape, stride, storage, storage offset. Never the bytes.
struct Tensor {
    std::string name;   // from the root: str(key) joined by dots, made unique with #2
    EntryOrdinal entry = noOrdinal;   // whose path is its own
    Dtype dtype = Dtype::Opaque;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> stride; // in elements; torch's, or the file format's own order
    Count numel;
    StorageOrdinal storage = noOrdinal; // none where the tensor is bad or meta
    StorageIndex storageOffset;         // of the first element
    TensorKind kind = TensorKind::Unknown;
    SharedText kindReason;       // where the kind is a guess: from what
    bool requiresGrad = false;
    bool readable = true;        // its elements can be read: storage is there and every index lies inside it
    bool editable = true;
    SharedText reason;           // why it is not readable or editable; one sentence
};

// How much of a file is believed before it is refused; trust.md, reader policy. Settings can raise them.
struct Limits {
    std::int64_t pickleBytes = 64 << 20;          // inflated
    std::int64_t pickleMemory = 224 << 20;        // of a pickle, its objects and the tree of them; and 1 KiB more for each record
    std::int64_t opcodes = 20'000'000;
    std::int64_t stackDepth = 1'000'000;
    std::int64_t stringBytes = 16 << 20;
    std::int64_t integerBytes = 64;
    std::int64_t shownDepth = 200;
    std::int64_t entries = 20'000'000;
    std::int64_t tensors = 5'000'000;
    std::int64_t dimensions = 64;
    std::int64_t directoryBytes = 256 << 20;
    std::int64_t directoryEntries = 2'000'000;
    std::int64_t inflateRatio = 200;
    std::int64_t inflatedBytes = 256 << 20;       // of one compressed storage, held in memory while it is used
    std::int64_t safetensorsHeader = 100'000'000;
    std::int64_t npyHeader = 64 << 10;
    std::int64_t indexBytes = 64 << 20;           // of the index of a sharded set
    std::int64_t indexEntries = 250'000;
    std::int64_t shards = 10'000;
};

// One opened file, or one sharded set, as plain data that never changes. The bulk bytes stay in the file.
class Checkpoint {
public:
    std::string path;                  // as given
    std::string container;             // "zip", "legacy", "safetensors", "npy", "npz", "sharded", ...
    std::vector<SourceFile> files;
    std::vector<Entry> entries;        // never empty: entries[0] is the root
    std::vector<Tensor> tensors;       // checkpoint order: depth first as the tree names them
    std::vector<Storage> storages;     // in the order in which the tree first names them, then those nobody views
    std::vector<Record> records;
    std::vector<std::string> messages; // warnings, one sentence each, escaped
    std::vector<std::string> classes;  // every global that the pickle names, module.name, in order, once
    std::vector<std::string> calls;    // of those the ones that torch.load would have called and that are not known harmless
    std::vector<std::pair<std::string, std::string>> facts; // version, byteorder, __metadata__: shown, never acted on
    bool writable = true;              // false: opens read-only, Save and Save As of the same container are refused
    std::string readOnlyReason;

    bool isSet() const { return container == "sharded" || container == "dcp" || files.size() > 1; } // several files, which are saved into a folder

    Checkpoint();
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;

    // Reads elements [first, first + n) of a storage in native byte order, as they stand in the file. Thread-safe.
    // Range where they do not lie inside the storage; Format where the record turns out shorter than it said.
    Result<> read(StorageOrdinal, StorageIndex first, Count n, std::byte* out) const;

    // Names an entry as tensors are named: str(key) joined by dots, "" for the root.
    std::string entryName(EntryOrdinal) const;
    Path entryPath(EntryOrdinal) const;

private:
    // Bytes of compressed records and of storages that are spelled as text, kept for the next read; the oldest go when all of
    // them together exceed Limits::inflatedBytes.
    struct Inflated;
    using SharedBytes = std::shared_ptr<const std::vector<std::byte>>;
    std::shared_ptr<Inflated> m_inflated;
    Result<> readFrom(const Storage&, StorageIndex first, Count n, std::byte* out) const;
    Result<SharedBytes> inflated(RecordOrdinal) const;
    Result<SharedBytes> spelled(const Storage&) const;
};

// Opens whatever stands at `path`, told by its content; a folder by the file in it that says what belongs together.
// Nothing in it is run. Never larger in memory than its metadata. A save of a set that died is finished or undone first (savejournal.h).
Result<std::shared_ptr<const Checkpoint>> openCheckpoint(
    const std::string& path, Io& = systemIo(), const Limits& = {}, const Job& = {});

// Compares records with the CRC-32 that the file states for them; a sentence for each that differs. Reads them whole:
// opening does it for a small checkpoint, `ravel check` for any. Progress is in bytes.
Result<std::vector<std::string>> damagedRecords(const Checkpoint&, std::span<const RecordOrdinal>, const Job& = {});
Result<std::vector<std::string>> damagedRecords(const Checkpoint&, const Job& = {}); // all of them

} // namespace ravel
