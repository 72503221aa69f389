// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/densitytree.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::int64_t fan = 4;

} // namespace

DensityTree::DensityTree(std::int64_t cells)
{
    for (std::int64_t n = cells;; n = (n + fan - 1) / fan) {
        m_levels.emplace_back(static_cast<std::size_t>(n));
        if (n <= 1)
            return;
    }
}

void DensityTree::set(std::int64_t cell, Density density, std::uint8_t state)
{
    {
        const std::lock_guard lock(m_pointers);
        Node& node = m_levels.front()[static_cast<std::size_t>(cell)];
        std::swap(node.density, density); // the old one ends outside the lock
        node.state = state;
    }
    refresh(cell, cell + 1);
}

void DensityTree::clear(std::int64_t begin, std::int64_t end)
{
    {
        const std::lock_guard lock(m_pointers);
        for (std::int64_t cell = begin; cell < end; ++cell)
            m_levels.front()[static_cast<std::size_t>(cell)] = {};
    }
    refresh(begin, end);
}

std::uint8_t DensityTree::state(std::int64_t cell) const
{
    const std::lock_guard lock(m_pointers);
    return m_levels.front()[static_cast<std::size_t>(cell)].state;
}

void DensityTree::refresh(std::int64_t begin, std::int64_t end)
{
    for (std::size_t level = 1; level < m_levels.size(); ++level) {
        begin /= fan;
        end = (end + fan - 1) / fan;
        for (std::int64_t i = begin; i < end; ++i) {
            const auto first = static_cast<std::size_t>(i * fan), last = std::min(first + fan, m_levels[level - 1].size());
            std::vector<Density> below;
            Node node { {}, AllKnown };
            {
                const std::lock_guard lock(m_pointers);
                std::uint8_t some = 0;
                for (std::size_t k = first; k < last; ++k) {
                    const Node& child = m_levels[level - 1][k];
                    some |= child.state & (SomeKnown | Estimated);
                    node.state &= child.state;
                }
                node.state |= some;
                if ((node.state & AllKnown) != 0)
                    for (std::size_t k = first; k < last; ++k)
                        below.push_back(m_levels[level - 1][k].density);
            }
            if (!below.empty())
                node.density = Density::merged(below);
            const std::lock_guard lock(m_pointers);
            std::swap(m_levels[level][static_cast<std::size_t>(i)], node);
        }
    }
}

void DensityTree::collect(int level, std::int64_t index, View& view, std::uint8_t& some, std::uint8_t& all) const
{
    const Node& node = m_levels[static_cast<std::size_t>(level)][static_cast<std::size_t>(index)];
    some |= node.state;
    if (level == 0 || (node.state & AllKnown) != 0) {
        all &= node.state;
        if (!node.density.empty())
            view.parts.push_back(node.density);
        return;
    }
    all = 0;
    if ((node.state & (SomeKnown | Estimated)) == 0)
        return;
    const auto count = static_cast<std::int64_t>(m_levels[static_cast<std::size_t>(level - 1)].size());
    for (std::int64_t k = index * fan; k < std::min((index + 1) * fan, count); ++k)
        collect(level - 1, k, view, some, all);
}

DensityTree::View DensityTree::view(const std::vector<std::int64_t>& boundaries) const
{
    View view;
    view.columns.reserve(boundaries.size());
    const std::lock_guard lock(m_pointers);
    for (std::size_t i = 0; i + 1 < boundaries.size(); ++i) {
        Column column { static_cast<std::uint32_t>(view.parts.size()), 0, Unknown };
        std::uint8_t some = 0, all = AllKnown;
        std::int64_t at = boundaries[i];
        const std::int64_t end = std::min(std::max(boundaries[i + 1], at + 1), cells());
        while (at < end) {
            int level = 0;
            std::int64_t size = 1; // of the largest node that begins here and ends within
            while (static_cast<std::size_t>(level + 1) < m_levels.size() && at % (size * fan) == 0 && at + size * fan <= end) {
                size *= fan;
                ++level;
            }
            collect(level, at / size, view, some, all);
            at += size;
        }
        column.last = static_cast<std::uint32_t>(view.parts.size());
        column.state = static_cast<std::uint8_t>((some & (SomeKnown | Estimated)) | (all & AllKnown));
        view.columns.push_back(column);
    }
    return view;
}

} // namespace ravel
