// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/invariants.h"

#include "base/text.h"
#include "checkpoint/entrytext.h"
#include "checkpoint/geometry.h"
#include "fuzz/targets.h"
#include "layout/contents.h"
#include "support/messageform.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace ravel {

void require(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken invariant: %s\n", what);
    std::abort();
}

namespace {

std::string_view judgedInput;

void checkMessage(const std::string& message, std::string_view file)
{
    const std::string flaw = messageFlaw(message, file, judgedInput);
    if (flaw.empty())
        return;
    std::fprintf(stderr, "message: %s\n", escaped(message, 1000).c_str());
    require(false, ("the form of a message: " + flaw).c_str());
}

void checkStorages(const Checkpoint& checkpoint)
{
    for (RecordOrdinal i = 0; i < checkpoint.records.size(); ++i) {
        const Record& record = checkpoint.records[i];
        require(record.outer == noOrdinal || (record.outer < i && checkpoint.records[record.outer].file == record.file),
            "a record inside another one comes after it, in the same file");
        const std::int64_t size = checkpoint.files.at(record.file).status.identity.size;
        require(record.offset.value >= 0 && record.offset.value <= size, "a record starts in the file");
        require(record.storedSize.value >= 0 && record.storedSize.value <= size - record.offset.value, "a record ends in the file");
        for (const ByteOffset place : record.crcPlaces)
            require(place.value >= 0 && place.value <= size - 4, "a checksum stands in the file");
    }
    std::vector<std::array<std::int64_t, 3>> editable; // file, begin, end
    for (const Storage& storage : checkpoint.storages) {
        std::int64_t bytes = 0;
        require(storage.numel.value >= 0, "a storage has elements or none");
        require(checkedMultiply(storage.numel.value, dtypeSize(storage.dtype), bytes), "the bytes of a storage can be counted");
        require(storage.editable || !storage.reason.empty(), "a storage that can't be edited says why");
        if (storage.record == noOrdinal) {
            require(!storage.editable && !storage.offset, "a storage without a record is not edited");
            continue;
        }
        require(storage.record < checkpoint.records.size(), "a storage has a record");
        const Record& record = checkpoint.records[storage.record];
        require(storage.offsetInRecord.value >= 0 && bytes <= record.size.value - storage.offsetInRecord.value, "a storage lies in its record");
        require(!storage.offset || *storage.offset == record.offset + ByteCount(storage.offsetInRecord.value), "both offsets are the same place");
        require(!storage.editable || storage.offset, "what is edited stands in the file");
        if (storage.editable && bytes > 0)
            editable.push_back({ record.file, storage.offset->value, storage.offset->value + bytes });
    }
    std::sort(editable.begin(), editable.end());
    for (std::size_t i = 1; checkpoint.writable && i < editable.size(); ++i)
        require(editable[i - 1][0] != editable[i][0] || editable[i - 1][2] <= editable[i][1], "no two storages that can be edited overlap");
}

void checkTensor(const Checkpoint& checkpoint, const Tensor& tensor)
{
    require(tensor.entry < checkpoint.entries.size() && checkpoint.entries[tensor.entry].kind == EntryKind::Tensor, "a tensor has an entry");
    require((tensor.readable && tensor.editable) || !tensor.reason.empty(), "a tensor that can't be read or edited says why");
    if (!tensor.reason.empty())
        checkMessage(tensor.reason, {});
    require(!tensor.editable || tensor.readable, "what is edited can be read");
    if (!tensor.readable || tensor.storage == noOrdinal)
        return;
    const Storage& storage = checkpoint.storages.at(tensor.storage);
    require(storage.dtype == tensor.dtype, "a tensor and its storage agree on the dtype");
    require(checkView(tensor.shape, tensor.stride, tensor.storageOffset.value, tensor.dtype, storage.numel).has_value(), "a tensor lies in its storage");
    const std::int64_t some = std::min<std::int64_t>(storage.numel.value, (64 << 10) / dtypeSize(storage.dtype));
    std::vector<std::byte> bytes(static_cast<std::size_t>(some * dtypeSize(storage.dtype)));
    const bool read = checkpoint.read(tensor.storage, StorageIndex(storage.numel.value - some), Count(some), bytes.data()).has_value();
    require(read || !storage.offset, "what stands in the file can be read");
}

// What is told of it: nothing there may hang or reach outside either.
void checkExplained(const Checkpoint& checkpoint)
{
    const Contents contents = contentsOf(checkpoint);
    require(contents.layers.layerOf.size() == checkpoint.tensors.size() && contents.layers.kinds.size() == checkpoint.tensors.size(), "each tensor is told of");
    for (const OpaqueClass& object : contents.objects)
        require(isPrintable(entryText(checkpoint, object.first)), "an object is shown in what can be printed");
    require(isPrintable(entryText(checkpoint, 0)), "the root is shown in what can be printed");
}

} // namespace

void checkInvariants(const Checkpoint& checkpoint)
{
    require(!checkpoint.entries.empty(), "there is a root");
    require(checkpoint.writable == checkpoint.readOnlyReason.empty(), "read-only has a reason");
    for (const std::string& message : checkpoint.messages)
        checkMessage(message, {});
    if (!checkpoint.writable)
        checkMessage(checkpoint.readOnlyReason, {});
    checkStorages(checkpoint);
    for (const Tensor& tensor : checkpoint.tensors)
        checkTensor(checkpoint, tensor);
    checkExplained(checkpoint);
    for (std::size_t i = 0; i < checkpoint.entries.size(); ++i) {
        const Entry& entry = checkpoint.entries[i];
        require(i == 0 || entry.parent < checkpoint.entries.size(), "an entry has a parent");
        require(entry.childCount == 0 || (entry.firstChild > i && entry.firstChild + entry.childCount <= checkpoint.entries.size()), "children stand behind their parent");
        if (entry.kind == EntryKind::Tensor)
            require(entry.tensor < checkpoint.tensors.size() && checkpoint.tensors[entry.tensor].entry == i, "a tensor's entry is its own");
    }
}

void judgeMessagesAbout(std::string_view input) { judgedInput = input; }

void checkError(const Error& error, std::string_view file) { checkMessage(error.message, file); }

Limits fuzzLimits()
{
    Limits limits;
    limits.pickleBytes = 1 << 20;
    limits.opcodes = 200'000;
    limits.stackDepth = 10'000;
    limits.entries = 100'000;
    limits.inflatedBytes = 4 << 20;
    return limits;
}

} // namespace ravel
