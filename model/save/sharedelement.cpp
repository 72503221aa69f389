// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/sharedelement.h"

#include "checkpoint/geometry.h"

#include <algorithm>
#include <numeric>

namespace ravel {

std::optional<std::vector<std::int64_t>> coordinatesOf(const Tensor& tensor, StorageIndex element)
{
    std::vector<std::size_t> order(tensor.shape.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return tensor.stride[a] > tensor.stride[b]; });
    std::vector<std::int64_t> coordinates(tensor.shape.size(), 0);
    std::int64_t rest = (element - tensor.storageOffset).value;
    if (rest < 0 || tensor.numel.value == 0)
        return std::nullopt;
    for (const std::size_t d : order) {
        if (tensor.shape[d] <= 1 || tensor.stride[d] <= 0)
            continue;
        coordinates[d] = std::min(rest / tensor.stride[d], tensor.shape[d] - 1);
        rest -= coordinates[d] * tensor.stride[d];
    }
    return rest == 0 ? std::optional(coordinates) : std::nullopt;
}

std::optional<ElementPlace> sameElementElsewhere(const FlatLayout& layout, const ElementPlace& here)
{
    const Checkpoint& checkpoint = layout.checkpoint();
    const Tensor& tensor = checkpoint.tensors[here.tensor];
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        if (tensor.stride[d] == 0 && tensor.shape[d] > 1) {
            ElementPlace there = here;
            there.coordinates[d] = here.coordinates[d] == 0 ? 1 : 0;
            return there;
        }
    const StorageIndex element = toStorageIndex(tensor, here.coordinates);
    for (const Segment& segment : layout.listed()) {
        const Tensor& other = layout.tensor(segment);
        if (segment.tensor == here.tensor || other.storage != tensor.storage || other.dtype != tensor.dtype || !other.readable || !other.editable)
            continue;
        if (auto coordinates = coordinatesOf(other, element))
            return ElementPlace { segment.tensor, std::move(*coordinates) };
    }
    return std::nullopt;
}

} // namespace ravel
