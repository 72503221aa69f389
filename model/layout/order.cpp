// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/order.h"

#include <algorithm>
#include <tuple>

namespace ravel {

namespace {

bool isNumber(const PathKey& key) { return key.kind == PathKey::Kind::Integer || key.kind == PathKey::Kind::Index; }

// Of the decimal forms of two integers of any size.
int compareIntegers(const std::string& a, const std::string& b)
{
    const bool negativeA = a.starts_with('-'), negativeB = b.starts_with('-');
    if (negativeA != negativeB)
        return negativeA ? -1 : 1;
    const int bySize = a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : a.compare(b);
    return negativeA ? -bySize : bySize;
}

int compareKeys(const PathKey& a, const PathKey& b)
{
    if (isNumber(a) != isNumber(b))
        return isNumber(a) ? -1 : 1;
    return isNumber(a) ? compareIntegers(a.text, b.text) : a.text.compare(b.text); // char_traits: as unsigned bytes
}

bool pathLess(const Path& a, const Path& b, std::size_t depth)
{
    for (std::size_t i = depth; i < a.size() && i < b.size(); ++i)
        if (const int order = compareKeys(a[i], b[i]); order != 0)
            return order < 0;
    return a.size() < b.size();
}

// Where a tensor's first stored element stands: file, the record's bytes, place in the record once inflated.
using FilePlace = std::tuple<std::uint32_t, std::int64_t, std::int64_t>;

FilePlace placeInFile(const Checkpoint& checkpoint, const Tensor& tensor)
{
    const Storage& storage = checkpoint.storages[tensor.storage];
    std::int64_t lowest = tensor.storageOffset.value;
    for (std::size_t d = 0; d < tensor.stride.size(); ++d)
        if (tensor.stride[d] < 0 && tensor.shape[d] > 0)
            lowest += tensor.stride[d] * (tensor.shape[d] - 1);
    const std::int64_t inStorage = lowest * dtypeSize(storage.dtype);
    if (storage.record == noOrdinal || storage.record >= checkpoint.records.size())
        return { storage.id.file, storage.offset ? storage.offset->value : 0, inStorage };
    return { checkpoint.records[storage.record].file, checkpoint.records[storage.record].offset.value,
        storage.offsetInRecord.value + inStorage };
}

} // namespace

void sortTensors(const Checkpoint& checkpoint, std::size_t depth, Order order, std::vector<TensorOrdinal>& tensors)
{
    if (order == Order::Sorted) {
        std::vector<std::pair<Path, TensorOrdinal>> paths;
        paths.reserve(tensors.size());
        for (const TensorOrdinal t : tensors)
            paths.emplace_back(checkpoint.entryPath(checkpoint.tensors[t].entry), t);
        std::stable_sort(paths.begin(), paths.end(), [&](const auto& a, const auto& b) { return pathLess(a.first, b.first, depth); });
        std::transform(paths.begin(), paths.end(), tensors.begin(), [](const auto& p) { return p.second; });
    } else if (order == Order::File) {
        std::vector<std::pair<FilePlace, TensorOrdinal>> placed;
        placed.reserve(tensors.size());
        for (const TensorOrdinal t : tensors)
            placed.emplace_back(placeInFile(checkpoint, checkpoint.tensors[t]), t);
        std::sort(placed.begin(), placed.end()); // checkpoint order, where two begin at one place
        std::transform(placed.begin(), placed.end(), tensors.begin(), [](const auto& p) { return p.second; });
    }
}

AliasIndex::AliasIndex(const Checkpoint& checkpoint)
    : m_checkpoint(checkpoint)
    , m_shared(checkpoint.storages.size(), false)
{
    std::vector<bool> seen(checkpoint.storages.size(), false);
    for (const Tensor& tensor : checkpoint.tensors) {
        if (tensor.storage == noOrdinal)
            continue;
        m_shared[tensor.storage] = seen[tensor.storage];
        seen[tensor.storage] = true;
    }
}

std::uint32_t AliasIndex::firstOf(TensorOrdinal ordinalOfTensor, std::uint32_t ordinal)
{
    const Tensor& tensor = m_checkpoint.tensors[ordinalOfTensor];
    if (tensor.numel.value == 0 || !m_shared[tensor.storage])
        return noOrdinal;
    Key key { tensor.storage, tensor.storageOffset, tensor.dtype, {} };
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        if (tensor.shape[d] != 1)
            key.dims.emplace_back(tensor.stride[d], tensor.shape[d]);
    std::sort(key.dims.begin(), key.dims.end());
    const auto [at, isFirst] = m_first.try_emplace(std::move(key), ordinal);
    return isFirst ? noOrdinal : at->second;
}

std::size_t AliasIndex::Hash::operator()(const Key& key) const
{
    std::uint64_t h = key.storage;
    const auto mix = [&h](std::uint64_t x) { h = (h ^ x) * 0x9e3779b97f4a7c15u, h ^= h >> 29; };
    mix(static_cast<std::uint64_t>(key.offset.value));
    for (const auto& [stride, size] : key.dims) {
        mix(static_cast<std::uint64_t>(stride));
        mix(static_cast<std::uint64_t>(size));
    }
    return h;
}

} // namespace ravel
