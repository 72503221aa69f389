// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/flatlayout.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ravel {

// An element of a tensor, by its coordinates.
struct ElementPlace {
    TensorOrdinal tensor = noOrdinal;
    std::vector<std::int64_t> coordinates;
    bool operator==(const ElementPlace&) const = default;
};

// Coordinates under which a tensor shows an element of its storage, the lowest along expanded dimensions; none where it does not, or only in
// a way that is not a walk by descending strides (windows that overlap themselves).
std::optional<std::vector<std::int64_t>> coordinatesOf(const Tensor&, StorageIndex);

// Another place in the layout that shows the same stored element: of the tensor itself where it is expanded, else of the first other
// tensor that shows it.
std::optional<ElementPlace> sameElementElsewhere(const FlatLayout&, const ElementPlace&);

} // namespace ravel
