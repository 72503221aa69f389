// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/modulebands.h"

#include <algorithm>

namespace ravel {

namespace {

// A band while the tree of paths is built, in preorder.
struct Node {
    ModuleBand band;
    std::uint32_t up = noOrdinal; // parent node
    std::uint32_t parts = 0;      // modules right below
    int level = 0;
    std::uint32_t place = 0;      // in its level
};

const Segment& segmentAt(const FlatLayout& layout, std::uint32_t placed)
{
    return layout.listed()[layout.placed()[placed]];
}

std::vector<Node> pathTree(const FlatLayout& layout)
{
    std::vector<Node> nodes;
    std::vector<std::uint32_t> open; // from the root down
    const auto count = static_cast<std::uint32_t>(layout.placed().size());
    for (std::uint32_t i = 0; i < count; ++i) {
        const Segment& segment = segmentAt(layout, i);
        const std::string_view name = segment.name;
        const FlatIndex end = segment.offset + segment.numel;
        std::size_t begin = 0, depth = 0;
        for (; depth < static_cast<std::size_t>(ModuleBands::deepest); ++depth) {
            const std::size_t dot = name.find('.', begin);
            if (dot == std::string_view::npos)
                break;
            if (depth < open.size()) {
                const ModuleBand& band = nodes[open[depth]].band;
                const std::string_view known = segmentAt(layout, band.first).name;
                if (known.substr(band.nameBegin, band.nameEnd - band.nameBegin) != name.substr(begin, dot - begin))
                    open.resize(depth);
            }
            if (depth == open.size()) {
                Node node;
                node.band.range = { segment.offset, end };
                node.band.first = i;
                node.band.nameBegin = static_cast<std::uint32_t>(begin);
                node.band.nameEnd = static_cast<std::uint32_t>(dot);
                node.up = open.empty() ? noOrdinal : open.back();
                if (node.up != noOrdinal)
                    ++nodes[node.up].parts;
                open.push_back(static_cast<std::uint32_t>(nodes.size()));
                nodes.push_back(node);
            }
            begin = dot + 1;
        }
        open.resize(depth);
        for (const std::uint32_t n : open) {
            nodes[n].band.last = i + 1;
            nodes[n].band.range.end = end;
        }
    }
    return nodes;
}

} // namespace

ModuleBands::ModuleBands(const FlatLayout& layout)
{
    std::vector<Node> nodes = pathTree(layout);
    std::vector<std::uint32_t> shownAs(nodes.size()); // the node that stands for it
    for (std::uint32_t n = 0; n < nodes.size(); ++n) {
        Node& node = nodes[n];
        const std::uint32_t up = node.up == noOrdinal ? noOrdinal : shownAs[node.up];
        shownAs[n] = n;
        if (up != noOrdinal) {
            Node& above = nodes[up];
            if (nodes[node.up].parts == 1 && above.band.first == node.band.first && above.band.last == node.band.last) {
                auto& shown = m_levels[static_cast<std::size_t>(above.level)][above.place];
                shown.nameEnd = node.band.nameEnd;
                shownAs[n] = up;
                continue;
            }
            node.level = above.level + 1;
            node.band.parent = above.place;
        }
        if (static_cast<std::size_t>(node.level) == m_levels.size())
            m_levels.emplace_back();
        auto& level = m_levels[static_cast<std::size_t>(node.level)];
        node.place = static_cast<std::uint32_t>(level.size());
        level.push_back(node.band);
    }
}

const ModuleBand* ModuleBands::at(int l, std::uint32_t placed) const
{
    if (l < 0 || l >= levels())
        return nullptr;
    const auto& bands = level(l);
    const auto after = std::upper_bound(bands.begin(), bands.end(), placed,
        [](std::uint32_t p, const ModuleBand& band) { return p < band.first; });
    if (after == bands.begin() || !std::prev(after)->holds(placed))
        return nullptr;
    return &*std::prev(after);
}

const ModuleBand* ModuleBands::around(std::uint32_t first, std::uint32_t last) const
{
    const ModuleBand* smallest = nullptr;
    for (int l = 0; l < levels(); ++l) {
        const ModuleBand* band = at(l, first);
        if (!band || band->last < last || (band->first == first && band->last == last))
            break;
        smallest = band;
    }
    return smallest;
}

std::optional<int> ModuleBands::levelOf(std::uint32_t first, std::uint32_t last) const
{
    for (int l = 0; l < levels(); ++l) {
        const ModuleBand* band = at(l, first);
        if (!band)
            break;
        if (band->first == first && band->last == last)
            return l;
    }
    return std::nullopt;
}

std::uint32_t ModuleBands::partEnd(int l, std::uint32_t from) const
{
    const ModuleBand* band = at(l + 1, from);
    return band ? band->last : from + 1;
}

std::string_view leafName(std::string_view name)
{
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

} // namespace ravel
