// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/geometry.h"

#include <algorithm>
#include <limits>

namespace ravel {

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

std::string joined(std::span<const std::int64_t> values)
{
    std::string text;
    for (const std::int64_t value : values)
        text += (text.empty() ? "" : ", ") + std::to_string(value);
    return text;
}

} // namespace

std::string listText(std::span<const std::int64_t> values)
{
    constexpr std::size_t shown = 12;
    if (values.size() <= shown)
        return '[' + joined(values) + ']';
    return '[' + joined(values.first(shown)) + ", ... (" + std::to_string(values.size()) + " of them)]";
}

std::string tupleText(std::span<const std::int64_t> values)
{
    return '(' + joined(values) + (values.size() == 1 ? ",)" : ")");
}

std::vector<std::int64_t> contiguousStride(std::span<const std::int64_t> shape)
{
    std::vector<std::int64_t> stride(shape.size());
    std::int64_t step = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
        stride[d] = step;
        // Only a shape that is refused elsewhere, or that holds nothing, saturates here.
        if (!checkedMultiply(step, std::max<std::int64_t>(shape[d], 1), step))
            step = largest;
    }
    return stride;
}

bool isContiguous(const Tensor& tensor)
{
    if (tensor.numel.value == 0)
        return true;
    std::int64_t step = 1;
    for (std::size_t d = tensor.shape.size(); d-- > 0;) {
        if (tensor.shape[d] == 1)
            continue;
        if (tensor.stride[d] != step)
            return false;
        step *= tensor.shape[d];
    }
    return true;
}

Result<Count> checkedNumel(std::span<const std::int64_t> shape, Dtype dtype)
{
    bool empty = false;
    for (const std::int64_t size : shape) {
        if (size < 0)
            return fail(ErrorCode::Format, "shape " + listText(shape) + " has a negative size");
        empty = empty || size == 0;
    }
    if (empty)
        return Count(0);
    std::int64_t numel = 1;
    std::int64_t bytes = 0;
    bool fits = true;
    for (const std::int64_t size : shape)
        fits = fits && checkedMultiply(numel, size, numel);
    if (!fits || !checkedMultiply(numel, dtypeSize(dtype), bytes))
        return fail(ErrorCode::Format, "shape " + listText(shape) + " needs more than 2^63 bytes");
    return Count(numel);
}

Result<> checkView(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride,
    std::int64_t storageOffset, Dtype dtype, Count storageNumel)
{
    if (shape.size() != stride.size())
        return fail(ErrorCode::Format, "shape " + listText(shape) + " and stride " + listText(stride)
                + " differ in their number of dimensions");
    RAVEL_ASSIGN(const Count numel, checkedNumel(shape, dtype));
    if (storageOffset < 0)
        return fail(ErrorCode::Format, "the storage offset " + std::to_string(storageOffset) + " is negative");
    if (std::any_of(stride.begin(), stride.end(), [](std::int64_t s) { return s < 0; }))
        return fail(ErrorCode::Format, "stride " + listText(stride) + " is negative");
    if (numel.value == 0)
        return {};
    std::int64_t last = storageOffset;
    for (std::size_t d = 0; d < shape.size(); ++d) {
        std::int64_t reach = 0;
        if (!checkedMultiply(shape[d] - 1, stride[d], reach) || !checkedAdd(last, reach, last))
            return fail(ErrorCode::Format, "shape " + listText(shape) + " with stride " + listText(stride)
                    + " and storage offset " + std::to_string(storageOffset) + " reaches beyond 2^63 elements");
    }
    if (last >= storageNumel.value)
        return fail(ErrorCode::Format, "shape " + listText(shape) + " with stride " + listText(stride)
                + " and storage offset " + std::to_string(storageOffset) + " reaches element "
                + std::to_string(last) + " of a storage of " + std::to_string(storageNumel.value));
    return {};
}

std::vector<std::int64_t> toCoordinates(const Tensor& tensor, std::int64_t position)
{
    std::vector<std::int64_t> coordinates(tensor.shape.size());
    for (std::size_t d = tensor.shape.size(); d-- > 0;) {
        const std::int64_t size = std::max<std::int64_t>(tensor.shape[d], 1);
        coordinates[d] = position % size;
        position /= size;
    }
    return coordinates;
}

std::int64_t toPosition(const Tensor& tensor, std::span<const std::int64_t> coordinates)
{
    std::int64_t position = 0;
    for (std::size_t d = 0; d < coordinates.size(); ++d)
        position = position * tensor.shape[d] + coordinates[d];
    return position;
}

StorageIndex toStorageIndex(const Tensor& tensor, std::span<const std::int64_t> coordinates)
{
    std::int64_t index = tensor.storageOffset.value;
    for (std::size_t d = 0; d < coordinates.size(); ++d)
        index += coordinates[d] * tensor.stride[d];
    return StorageIndex(index);
}

StorageIndex toStorageIndex(const Tensor& tensor, std::int64_t position)
{
    std::int64_t index = tensor.storageOffset.value;
    for (std::size_t d = tensor.shape.size(); d-- > 0;) {
        const std::int64_t size = std::max<std::int64_t>(tensor.shape[d], 1);
        index += position % size * tensor.stride[d];
        position /= size;
    }
    return StorageIndex(index);
}

std::optional<ByteOffset> toByte(const Storage& storage, StorageIndex index)
{
    if (!storage.offset)
        return std::nullopt;
    return *storage.offset + ByteCount(index.value * dtypeSize(storage.dtype));
}

} // namespace ravel
