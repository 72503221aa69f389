// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace ravel {

// A checkpoint in memory, without any file format: what tests of layout, editing and statistics start from.
struct FixtureStorage {
    Dtype dtype = Dtype::Float32;
    std::vector<std::byte> bytes {}; // native byte order
};
struct FixtureTensor {
    std::string name;                 // dots make a tree of dicts
    std::uint32_t storage = 0;        // into the storages
    std::vector<std::int64_t> shape {};
    std::vector<std::int64_t> stride {}; // empty: contiguous
    std::int64_t offset = 0;
    TensorKind kind = TensorKind::Unknown;
};

std::shared_ptr<const Checkpoint> fixtureCheckpoint(
    std::vector<FixtureStorage>, const std::vector<FixtureTensor>&);

// A storage of n elements: 0, 1, 2, ... rounded to the dtype.
FixtureStorage countingStorage(Dtype, std::int64_t n);
template <class T> FixtureStorage storageOf(Dtype dtype, const std::vector<T>& values)
{
    const auto* first = reinterpret_cast<const std::byte*>(values.data());
    return { dtype, std::vector<std::byte>(first, first + values.size() * sizeof(T)) };
}

// Bytes of a safetensors file of contiguous tensors, one storage each, in the given order.
std::vector<std::byte> safetensorsBytes(const std::vector<FixtureStorage>&, const std::vector<FixtureTensor>&);

void writeBytes(const std::string& path, const std::vector<std::byte>&);
std::vector<std::byte> readBytes(const std::string& path);

} // namespace ravel
