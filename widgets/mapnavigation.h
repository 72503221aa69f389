// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/modulebands.h"
#include "layout/selection.h"

#include <optional>
#include <vector>

namespace ravel {

// Tensors [first, last) of FlatLayout::placed().
struct PlacedRange {
    std::uint32_t first = 0, last = 0;
    bool operator==(const PlacedRange&) const = default;
};

// Where the keys lead from what is selected, in the tree of modules and tensors. No widget, no state.
class MapNavigation {
public:
    MapNavigation(const FlatLayout& layout, const ModuleBands& modules)
        : m_layout(layout)
        , m_modules(modules)
    {
    }

    // The tensors that a selection's cover touches; none where it is empty.
    std::optional<PlacedRange> touched(const std::vector<FlatRange>& cover) const;
    // True where the cover is these tensors from the first element to the last.
    bool whole(const std::vector<FlatRange>& cover, PlacedRange) const;

    std::optional<PlacedRange> parent(PlacedRange) const;
    std::optional<PlacedRange> child(PlacedRange) const;
    std::optional<PlacedRange> sibling(PlacedRange, int direction) const; // +1, -1
    std::optional<PlacedRange> tensor(std::optional<FlatIndex> from, int direction) const; // the next that is not empty

    FlatRange range(PlacedRange) const;
    Selection selection(PlacedRange) const;

private:
    PlacedRange all() const;
    bool empty(std::uint32_t placed) const;
    const FlatLayout& m_layout;
    const ModuleBands& m_modules;
};

} // namespace ravel
