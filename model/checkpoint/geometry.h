// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <span>
#include <string>
#include <vector>

namespace ravel {

// Row-major strides of a shape, as torch gives a contiguous tensor (a size of 0 counts as 1).
std::vector<std::int64_t> contiguousStride(std::span<const std::int64_t> shape);
bool isContiguous(const Tensor&); // torch's is_contiguous(): sizes of 1 do not matter, an empty tensor is

// Elements, or Format ("shape [...] needs more than 2^63 bytes") on a negative size or an overflow.
Result<Count> checkedNumel(std::span<const std::int64_t> shape, Dtype);

// Checks that every element of the view lies inside a storage of `storageNumel`; the error names the last index and the size.
Result<> checkView(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride,
    std::int64_t storageOffset, Dtype, Count storageNumel);

// Sizes or strides in a sentence, "[2, 3, 4]", cut after a dozen; and in a table, as Python writes a tuple: "(5, 10)", "(7,)", "()".
std::string listText(std::span<const std::int64_t>);
std::string tupleText(std::span<const std::int64_t>);

// Row-major position within the tensor <-> coordinates <-> index in the storage.
std::vector<std::int64_t> toCoordinates(const Tensor&, std::int64_t position);
std::int64_t toPosition(const Tensor&, std::span<const std::int64_t> coordinates);
StorageIndex toStorageIndex(const Tensor&, std::span<const std::int64_t> coordinates);
StorageIndex toStorageIndex(const Tensor&, std::int64_t position);
// Byte in the file of an element of a storage; none where its record is compressed.
std::optional<ByteOffset> toByte(const Storage&, StorageIndex);

} // namespace ravel
