// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/flatlayout.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ravel {

// A module's unbroken stretch of the flat vector: tensors [first, last) of FlatLayout::placed() whose names begin with its
// path. Where an order scatters a module, it has several.
struct ModuleBand {
    FlatRange range;
    std::uint32_t first = 0, last = 0;
    std::uint32_t parent = noOrdinal;           // in the level above
    std::uint32_t nameBegin = 0, nameEnd = 0;   // of its own part of the path, in the name of the first tensor
    bool holds(std::uint32_t placed) const { return first <= placed && placed < last; }
};

// The paths of a layout as a flame chart: one list of bands a level, each ascending. A module whose one part is a module again is
// one band with it ("model.encoder"). Deeper than `deepest` levels the rest of a path counts as the tensor's name.
class ModuleBands {
public:
    static constexpr int deepest = 64;

    ModuleBands() = default;
    explicit ModuleBands(const FlatLayout&);

    int levels() const { return static_cast<int>(m_levels.size()); }
    const std::vector<ModuleBand>& level(int l) const { return m_levels[static_cast<std::size_t>(l)]; }
    // The band at a level that holds a tensor; none where its path ends before.
    const ModuleBand* at(int level, std::uint32_t placed) const;
    // The smallest band that holds all of the tensors [first, last) and more than them; null at the top.
    const ModuleBand* around(std::uint32_t first, std::uint32_t last) const;
    // Level of the band that is exactly these tensors, the upper one where there are two; none where there is none.
    std::optional<int> levelOf(std::uint32_t first, std::uint32_t last) const;
    // The next smaller stretch that begins at tensor `from` inside a band of `level` (-1: the whole vector): a band of the next
    // level or a single tensor. [from, result).
    std::uint32_t partEnd(int level, std::uint32_t from) const;

private:
    std::vector<std::vector<ModuleBand>> m_levels;
};

// The part of a tensor's name that is not a band's: what the tensors lane shows.
std::string_view leafName(std::string_view name);

} // namespace ravel
