// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/treerows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ravel {

namespace {

void sortRows(std::vector<NodeOrdinal>::iterator begin, std::vector<NodeOrdinal>::iterator end, const TreeRows::Order& order)
{
    std::stable_sort(begin, end, [&order](NodeOrdinal a, NodeOrdinal b) {
        const double x = order.keys[a], y = order.keys[b];
        if (std::isnan(x) || std::isnan(y))
            return !std::isnan(x);
        return order.descending ? x > y : x < y;
    });
}

} // namespace

std::shared_ptr<const TreeRows> TreeRows::make(
    const ParameterTree& tree, const std::optional<std::vector<NodeOrdinal>>& shown, const Order* order, bool flat)
{
    const auto& nodes = tree.nodes();
    auto rows = std::make_shared<TreeRows>();
    rows->m_flat = flat;
    rows->m_first.assign(nodes.size(), 0);
    rows->m_count.assign(nodes.size(), 0);
    rows->m_row.assign(nodes.size(), none);
    auto& list = rows->m_list;
    if (shown) {
        list = *shown;
    } else if (nodes.size() > 1) {
        list.resize(nodes.size() - 1);
        std::iota(list.begin(), list.end(), NodeOrdinal(1));
    }
    rows->m_tensors = static_cast<int>(
        std::count_if(list.begin(), list.end(), [&](NodeOrdinal node) { return tree.tensorOf(node) != noOrdinal; }));
    if (flat) {
        std::erase_if(list, [&](NodeOrdinal node) { return tree.tensorOf(node) == noOrdinal; });
        std::sort(list.begin(), list.end(), [&](NodeOrdinal a, NodeOrdinal b) { return tree.tensorOf(a) < tree.tensorOf(b); });
    }
    for (std::size_t begin = 0; begin < list.size();) { // nodes stand breadth first: siblings are neighbours
        const NodeOrdinal parent = flat ? 0 : nodes[list[begin]].parent;
        std::size_t end = begin + 1;
        while (end < list.size() && (flat || nodes[list[end]].parent == parent))
            ++end;
        if (order)
            sortRows(list.begin() + static_cast<std::ptrdiff_t>(begin), list.begin() + static_cast<std::ptrdiff_t>(end), *order);
        rows->m_first[parent] = static_cast<std::uint32_t>(begin);
        rows->m_count[parent] = static_cast<std::uint32_t>(end - begin);
        for (std::size_t i = begin; i < end; ++i)
            rows->m_row[list[i]] = static_cast<std::uint32_t>(i - begin);
        begin = end;
    }
    return rows;
}

} // namespace ravel
