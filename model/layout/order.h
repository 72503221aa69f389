// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"
#include "layout/flatlayout.h"

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ravel {

// Brings tensors, given in checkpoint order, into another; `depth` is the number of path components above the scope.
void sortTensors(const Checkpoint&, std::size_t depth, Order, std::vector<TensorOrdinal>&);

// Finds tensors that view exactly the elements of an earlier one: same storage and offset, same sizes and strides up to their order, where
// dimensions of size 1 do not count. A tensor without elements is no alias.
class AliasIndex {
public:
    explicit AliasIndex(const Checkpoint&);
    // The ordinal that the first such tensor came with; noOrdinal, and it is remembered under `ordinal`, where this is the first.
    std::uint32_t firstOf(TensorOrdinal, std::uint32_t ordinal);

private:
    struct Key {
        StorageOrdinal storage;
        StorageIndex offset;
        Dtype dtype;
        std::vector<std::pair<std::int64_t, std::int64_t>> dims; // stride, size; ascending
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key&) const;
    };
    const Checkpoint& m_checkpoint;
    std::vector<bool> m_shared; // by storage: several tensors view it
    std::unordered_map<Key, std::uint32_t, Hash> m_first;
};

} // namespace ravel
