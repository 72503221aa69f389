// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/selection.h"
#include "support/fixtures.h"
#include "support/layouts.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

namespace ravel {

using Random = std::mt19937;

inline std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) // both included
{
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(high - low + 1));
}

// A view of any kind: contiguous, transposed, expanded, with gaps, overlapping itself, empty, 0-d.
inline FixtureTensor randomView(Random& random, std::int64_t& storageSize)
{
    FixtureTensor tensor { "t", 0, {}, {}, 0, TensorKind::Unknown };
    const std::int64_t dims = pick(random, 0, 4);
    for (std::int64_t d = 0; d < dims; ++d)
        tensor.shape.push_back(pick(random, 0, 20) == 0 ? 0 : pick(random, 1, 5));
    std::vector<std::size_t> order(tensor.shape.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    const std::int64_t kind = pick(random, 0, 4);
    if (kind != 0)
        std::shuffle(order.begin(), order.end(), random);
    tensor.stride.assign(tensor.shape.size(), 1);
    std::int64_t stride = kind == 2 ? 2 : 1;
    for (std::size_t i = order.size(); i-- > 0;) {
        tensor.stride[order[i]] = kind == 3 && pick(random, 0, 1) ? 0 : kind == 4 ? pick(random, 0, 7) : stride;
        stride *= std::max<std::int64_t>(1, tensor.shape[order[i]]) + (kind == 2 ? pick(random, 0, 2) : 0);
    }
    tensor.offset = pick(random, 0, 3);
    storageSize = tensor.offset + 1 + pick(random, 0, 3);
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        storageSize += std::max<std::int64_t>(0, tensor.shape[d] - 1) * tensor.stride[d];
    return tensor;
}

// Three of one storage, named a, b and c; `storageSize` is what it has to hold.
inline std::vector<FixtureTensor> randomViews(Random& random, std::int64_t& storageSize)
{
    std::vector<FixtureTensor> views;
    storageSize = 0;
    for (const char* name : { "a", "b", "c" }) {
        std::int64_t needed = 0;
        views.push_back(randomView(random, needed));
        views.back().name = name;
        storageSize = std::max(storageSize, needed);
    }
    return views;
}

inline Slice randomSlice(Random& random, std::int64_t size)
{
    if (size == 0)
        return { 0, 0, 1, false };
    Slice slice { pick(random, 0, size - 1), 1, 1, pick(random, 0, 3) == 0 };
    if (slice.single)
        return slice;
    slice.step = pick(random, 0, 1) ? pick(random, 1, 3) : -pick(random, 1, 3);
    const std::int64_t most = slice.step > 0 ? (size - 1 - slice.start) / slice.step + 1 : slice.start / -slice.step + 1;
    slice.count = pick(random, pick(random, 0, 15) == 0 ? 0 : 1, most);
    return slice;
}

// The coordinates of a box's elements, row-major.
inline std::vector<std::vector<std::int64_t>> coordinatesOf(const Box& box)
{
    std::vector<std::vector<std::int64_t>> all { {} };
    for (const Slice& slice : box.slices) {
        std::vector<std::vector<std::int64_t>> longer;
        for (const auto& head : all)
            for (std::int64_t i = 0; i < slice.count; ++i) {
                longer.push_back(head);
                longer.back().push_back(slice.start + i * slice.step);
            }
        all = std::move(longer);
    }
    return all;
}

inline std::int64_t dot(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b)
{
    return std::inner_product(a.begin(), a.end(), b.begin(), std::int64_t(0));
}

} // namespace ravel
