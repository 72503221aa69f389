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

// Another place in the layout that shows the same stored element: of the tensor itself where it is expanded, else of the first other
// tensor that shows it.
std::optional<ElementPlace> sameElementElsewhere(const FlatLayout&, const ElementPlace&);

} // namespace ravel
