// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapnavigation.h"

#include <algorithm>

namespace ravel {

PlacedRange MapNavigation::all() const { return { 0, static_cast<std::uint32_t>(m_layout.placed().size()) }; }

bool MapNavigation::empty(std::uint32_t placed) const
{
    return m_layout.listed()[m_layout.placed()[placed]].numel.value == 0;
}

std::optional<PlacedRange> MapNavigation::touched(const std::vector<FlatRange>& cover) const
{
    if (cover.empty())
        return std::nullopt;
    const auto [first, last] = m_layout.placedIn({ cover.front().begin, cover.back().end });
    if (first >= last)
        return std::nullopt;
    // A module's empty tensors leave no trace in the cover: it is meant all the same.
    std::uint32_t least = first, most = last;
    while (least > 0 && empty(least - 1))
        --least;
    while (most < all().last && empty(most))
        ++most;
    for (int level = 0; level < m_modules.levels(); ++level) {
        const ModuleBand* band = m_modules.at(level, first);
        if (!band)
            break;
        if (least <= band->first && last <= band->last && band->last <= most)
            return PlacedRange { band->first, band->last };
    }
    if (least == 0 && most == all().last)
        return all();
    return PlacedRange { first, last };
}

bool MapNavigation::whole(const std::vector<FlatRange>& cover, PlacedRange placed) const
{
    return cover.size() == 1 && cover.front() == range(placed);
}

FlatRange MapNavigation::range(PlacedRange placed) const
{
    const Segment& first = m_layout.listed()[m_layout.placed()[placed.first]];
    const Segment& last = m_layout.listed()[m_layout.placed()[placed.last - 1]];
    return { first.offset, last.offset + last.numel };
}

Selection MapNavigation::selection(PlacedRange placed) const
{
    Selection selection;
    for (std::uint32_t p = placed.first; p < placed.last; ++p)
        selection.boxes.push_back(wholeBox(m_layout.checkpoint(), m_layout.listed()[m_layout.placed()[p]].tensor));
    return selection;
}

std::optional<PlacedRange> MapNavigation::parent(PlacedRange placed) const
{
    PlacedRange at = placed;
    while (const ModuleBand* band = m_modules.around(at.first, at.last)) {
        at = { band->first, band->last };
        if (!(range(at) == range(placed)))
            return at;
    }
    if (range(all()) == range(placed))
        return std::nullopt;
    return all();
}

std::optional<PlacedRange> MapNavigation::child(PlacedRange placed) const
{
    if (placed.last - placed.first <= 1)
        return std::nullopt;
    int level = m_modules.levelOf(placed.first, placed.last).value_or(-1);
    // A module may be all of the vector: its own parts are meant then, not itself again.
    std::uint32_t end = m_modules.partEnd(level, placed.first);
    while (placed.first == 0 && end == placed.last && level + 1 < m_modules.levels())
        end = m_modules.partEnd(++level, placed.first);
    return PlacedRange { placed.first, std::min(end, placed.last) };
}

std::optional<PlacedRange> MapNavigation::sibling(PlacedRange placed, int direction) const
{
    const PlacedRange around = parent(placed).value_or(all());
    const int level = m_modules.levelOf(around.first, around.last).value_or(-1);
    std::optional<PlacedRange> before;
    for (std::uint32_t p = around.first; p < around.last;) {
        const PlacedRange part { p, m_modules.partEnd(level, p) };
        if (direction < 0 && part.last >= placed.last)
            return before;
        if (direction > 0 && part.first >= placed.last)
            return part;
        before = part;
        p = part.last;
    }
    return std::nullopt;
}

std::optional<PlacedRange> MapNavigation::tensor(std::optional<FlatIndex> from, int direction) const
{
    const auto count = static_cast<std::int64_t>(m_layout.placed().size());
    std::int64_t at = direction > 0 ? 0 : count - 1;
    if (from)
        if (const auto placed = m_layout.placedAt(*from))
            at = std::int64_t(*placed) + direction;
    for (; at >= 0 && at < count; at += direction)
        if (!empty(static_cast<std::uint32_t>(at)))
            return PlacedRange { static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + 1) };
    return std::nullopt;
}

} // namespace ravel
