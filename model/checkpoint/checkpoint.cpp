// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/checkpoint.h"

#include "base/number.h"

#include <algorithm>

namespace ravel {

struct Checkpoint::Inflated { };

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
    const Storage& storage = storages[ordinal];
    if (first.value < 0 || n.value < 0 || n.value > storage.numel.value - first.value)
        return fail(ErrorCode::Usage, "storage " + storage.id.text() + " has "
                + std::to_string(storage.numel.value) + " elements, element "
                + std::to_string(first.value + n.value - 1) + " was asked for");
    if (!storage.offset)
        return fail(ErrorCode::Unsupported, "storage " + storage.id.text() + " is compressed");
    const std::int64_t size = dtypeSize(storage.dtype);
    const ByteOffset place(storage.offset->value + first.value * size);
    const std::span<std::byte> bytes(out, static_cast<std::size_t>(n.value * size));
    RAVEL_TRY(files[storage.id.file].file->readAt(place, bytes));
    if (storage.bigEndian)
        swapBytes(storage.dtype, out, static_cast<std::size_t>(n.value));
    return {};
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
