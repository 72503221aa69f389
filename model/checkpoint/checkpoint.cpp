// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/checkpoint.h"

#include "base/number.h"
#include "base/text.h"
#include "checkpoint/bytes.h"
#include "checkpoint/inflate.h"
#include "checkpoint/spelling.h"
#include "checkpoint/storagepieces.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>

namespace ravel {

namespace {

// What is wrong with the content of a file, with its name; other failures have it already.
Error inFile(const SourceFile& file, Error error)
{
    if (error.code == ErrorCode::Format || error.code == ErrorCode::Limit)
        error.message = bounded(sentence(file.path, error.message));
    return error;
}

} // namespace

struct Checkpoint::Inflated {
    static constexpr std::int64_t whole = -1;
    struct Kept {
        RecordOrdinal record = noOrdinal;
        std::int64_t place = whole; // of a text in it that spells bytes
        SharedBytes bytes;
    };
    std::mutex mutex;      // over what is kept
    std::mutex inflating;  // taken first: one at a time, since each may take as much memory as all that is kept
    std::deque<Kept> kept; // oldest first
    std::int64_t bytes = 0;

    SharedBytes find(RecordOrdinal record, std::int64_t place = whole) const
    {
        for (const Kept& one : kept)
            if (one.record == record && one.place == place)
                return one.bytes;
        return nullptr;
    }

    SharedBytes keep(RecordOrdinal record, std::int64_t place, std::vector<std::byte> content)
    {
        bytes += static_cast<std::int64_t>(content.size());
        while (!kept.empty() && bytes > Limits {}.inflatedBytes) {
            bytes -= static_cast<std::int64_t>(kept.front().bytes->size());
            kept.pop_front();
        }
        kept.push_back({ record, place, std::make_shared<const std::vector<std::byte>>(std::move(content)) });
        return kept.back().bytes;
    }
};

Checkpoint::Checkpoint()
    : m_inflated(std::make_shared<Inflated>())
{
}

std::string StorageId::text() const { return std::to_string(file) + ':' + key; }

std::string_view tensorKindName(TensorKind kind)
{
    switch (kind) {
    case TensorKind::Parameter: return "parameter";
    case TensorKind::Buffer: return "buffer";
    case TensorKind::Unknown: break;
    }
    return "unknown";
}

Result<> Checkpoint::read(StorageOrdinal ordinal, StorageIndex first, Count n, std::byte* out) const
{
    if (ordinal >= storages.size())
        return fail(ErrorCode::Usage, "there is no storage " + std::to_string(ordinal));
    return readFrom(storages[ordinal], first, n, out);
}

Result<> Checkpoint::readFrom(const Storage& storage, StorageIndex first, Count n, std::byte* out) const
{
    if (first.value < 0 || n.value < 0 || n.value > storage.numel.value - first.value)
        return fail(ErrorCode::Usage, "storage " + escaped(storage.id.text(), 80) + " has "
                + std::to_string(storage.numel.value) + " elements, element "
                + std::to_string(first.value + n.value - 1) + " was asked for");
    const std::int64_t size = dtypeSize(storage.dtype);
    const std::span<std::byte> bytes(out, static_cast<std::size_t>(n.value * size));
    if (bytes.empty())
        return {};
    if (storage.pieces && storage.pieces->compute)
        return storage.pieces->compute(first, n, out);
    if (storage.pieces)
        return storage.pieces->mosaic.read(first.value, n.value, static_cast<std::size_t>(size), out,
            [&](std::uint32_t part, StorageIndex at, Count count, std::byte* to) { return readFrom(storage.pieces->parts[part], at, count, to); });
    if (storage.offset) {
        const ByteOffset place(storage.offset->value + first.value * size);
        RAVEL_TRY(files[storage.id.file].file->readAt(place, bytes));
    } else {
        if (storage.record == noOrdinal)
            return fail(ErrorCode::Unsupported, "storage " + escaped(storage.id.text(), 80) + " has no bytes in the file");
        const bool isSpelled = storage.spelling != Spelling::Plain;
        RAVEL_ASSIGN(const SharedBytes record, isSpelled ? spelled(storage) : inflated(storage.record));
        const std::int64_t at = (isSpelled ? 0 : storage.offsetInRecord.value) + first.value * size;
        const auto have = static_cast<std::int64_t>(record->size());
        if (at < 0 || at > have || n.value * size > have - at)
            return tl::unexpected(inFile(files[storage.id.file], { ErrorCode::Format, "storage " + escaped(storage.id.text(), 80) + ": its record has only "
                    + std::to_string(have) + " bytes" }));
        std::memcpy(out, record->data() + at, bytes.size());
    }
    if (storage.bigEndian)
        swapBytes(storage.dtype, out, static_cast<std::size_t>(n.value));
    return {};
}

Result<Checkpoint::SharedBytes> Checkpoint::inflated(RecordOrdinal ordinal) const
{
    const auto known = [&] {
        const std::lock_guard lock(m_inflated->mutex);
        return m_inflated->find(ordinal);
    };
    if (SharedBytes bytes = known()) // need not wait for another record
        return bytes;
    const std::lock_guard alone(m_inflated->inflating);
    if (SharedBytes bytes = known())
        return bytes;
    const Record& record = records[ordinal];
    auto bytes = recordBytes(*files[record.file].file, record, Limits {}.inflatedBytes);
    if (!bytes)
        return tl::unexpected(inFile(files[record.file], std::move(bytes.error())));
    const std::lock_guard lock(m_inflated->mutex);
    return m_inflated->keep(ordinal, Inflated::whole, std::move(*bytes));
}

Result<Checkpoint::SharedBytes> Checkpoint::spelled(const Storage& storage) const
{
    const Record& record = records[storage.record];
    std::vector<std::byte> text;
    SharedBytes whole;
    std::string_view spelling;
    {
        const std::lock_guard lock(m_inflated->mutex);
        if (SharedBytes known = m_inflated->find(storage.record, storage.offsetInRecord.value))
            return known;
    }
    if (record.method == Record::Method::Stored) {
        RAVEL_ASSIGN(text, readRange(*files[record.file].file, record.offset + ByteCount(storage.offsetInRecord.value), storage.spelledSize));
        spelling = textOf(text);
    } else {
        RAVEL_ASSIGN(whole, inflated(storage.record));
        spelling = textOf(*whole).substr(static_cast<std::size_t>(storage.offsetInRecord.value), static_cast<std::size_t>(storage.spelledSize.value));
    }
    auto bytes = bytesOfSpelling(storage.spelling, spelling);
    if (!bytes)
        return tl::unexpected(inFile(files[record.file], std::move(bytes.error())));
    const std::lock_guard lock(m_inflated->mutex);
    return m_inflated->keep(storage.record, storage.offsetInRecord.value, std::move(*bytes));
}

Path Checkpoint::entryPath(EntryOrdinal ordinal) const
{
    Path keys;
    for (EntryOrdinal e = ordinal; e != 0 && e != noOrdinal; e = entries[e].parent)
        keys.push_back(entries[e].key);
    std::reverse(keys.begin(), keys.end());
    return keys;
}

std::string Checkpoint::entryName(EntryOrdinal ordinal) const
{
    std::string name;
    bool first = true;
    for (const PathKey& key : entryPath(ordinal)) {
        if (!first)
            name += '.';
        name += key.text;
        first = false;
    }
    return name;
}

} // namespace ravel
