// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/npyarray.h"

#include "checkpoint/bytes.h"
#include "checkpoint/geometry.h"

#include <algorithm>

namespace ravel {

namespace {

// Column-major strides; the last dimension, if there is one for the bytes of an element, stays innermost.
std::vector<std::int64_t> fortranStride(const std::vector<std::int64_t>& shape, std::size_t dimensions)
{
    std::vector<std::int64_t> stride(shape.size(), 1);
    std::int64_t step = dimensions < shape.size() ? shape.back() : 1;
    for (std::size_t i = 0; i < dimensions; ++i) {
        stride[i] = step;
        step *= std::max<std::int64_t>(shape[i], 1);
    }
    return stride;
}

} // namespace

Result<> addNpyArray(const NpyHeader& header, RecordOrdinal ordinal, const std::string& what, EntryOrdinal place, Checkpoint& checkpoint)
{
    const Record& record = checkpoint.records[ordinal];
    Tensor tensor;
    tensor.dtype = header.dtype;
    tensor.shape = header.shape;
    if (tensor.dtype == Dtype::Opaque && header.itemSize > 1)
        tensor.shape.push_back(header.itemSize);
    const auto numel = checkedNumel(tensor.shape, tensor.dtype);
    if (!numel)
        return fail(ErrorCode::Format, what + ": npy header: " + numel.error().message);
    const std::int64_t bytes = numel->value * dtypeSize(tensor.dtype);
    const std::int64_t rest = record.size.value - header.dataOffset.value;
    if (bytes > rest)
        return fail(ErrorCode::Format, what + ": truncated: its shape needs a size of " + std::to_string(bytes) + " bytes, only "
                + std::to_string(rest) + " follow the npy header");
    if (bytes < rest)
        checkpoint.messages.push_back(what + ": " + std::to_string(rest - bytes) + " trailing bytes after its data; they are kept");
    tensor.numel = *numel;
    tensor.stride = header.fortranOrder ? fortranStride(tensor.shape, header.shape.size()) : contiguousStride(tensor.shape);
    tensor.storage = static_cast<StorageOrdinal>(checkpoint.storages.size());
    tensor.entry = place;

    Storage storage;
    storage.id = { 0, std::to_string(tensor.storage) };
    storage.dtype = tensor.dtype;
    storage.numel = tensor.numel;
    storage.device = "cpu";
    storage.record = ordinal;
    storage.offsetInRecord = header.dataOffset;
    storage.bigEndian = header.bigEndian;
    if (record.method == Record::Method::Stored)
        storage.offset = record.offset + ByteCount(header.dataOffset.value);
    else
        storage.reason = "its bytes are compressed in the archive";
    if (tensor.dtype == Dtype::Opaque) {
        storage.reason = "its elements of dtype " + inQuotes(header.descr.empty() ? "structured" : header.descr) + " are not numbers: their bytes are shown";
        checkpoint.messages.push_back(what + ": " + storage.reason);
    }
    storage.editable = tensor.editable = storage.reason.empty();
    tensor.reason = storage.reason;
    checkpoint.storages.push_back(std::move(storage));

    Entry& entry = checkpoint.entries[place];
    entry.kind = EntryKind::Tensor;
    entry.tensor = static_cast<TensorOrdinal>(checkpoint.tensors.size());
    if (place != 0)
        tensor.name = entry.key.text;
    checkpoint.tensors.push_back(std::move(tensor));
    return {};
}

} // namespace ravel
