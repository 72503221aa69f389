// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/sharedelement.h"

#include "checkpoint/geometry.h"
#include "layout/places.h"

namespace ravel {

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
        if (auto coordinates = firstCoordinates(other, element))
            return ElementPlace { segment.tensor, std::move(*coordinates) };
    }
    return std::nullopt;
}

} // namespace ravel
