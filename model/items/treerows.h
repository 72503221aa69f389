// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/parametertree.h"

#include <memory>
#include <optional>
#include <vector>

namespace ravel {

// Which rows of a ParameterTree are shown, and in which order: all or some of them, as a tree or as a flat list of tensors, sorted by a number
// or not. Immutable; 12 bytes a node.
class TreeRows {
public:
    // Ascending keys come first, ties as in the checkpoint, NaN (nothing is known) last in either direction. By node.
    struct Order {
        std::vector<double> keys;
        bool descending = false;
    };
    // `shown`: ascending nodes, with all that is above them; none: all. In a flat list every tensor of `shown` is a child of the root.
    static std::shared_ptr<const TreeRows> make(const ParameterTree&, const std::optional<std::vector<NodeOrdinal>>& shown, const Order*, bool flat);

    bool isFlat() const { return m_flat; }
    bool holds(NodeOrdinal node) const { return node == 0 || m_row[node] != none; }
    std::uint32_t count(NodeOrdinal parent) const { return m_flat && parent != 0 ? 0 : m_count[parent]; }
    NodeOrdinal child(NodeOrdinal parent, std::uint32_t row) const { return m_list[m_first[parent] + row]; }
    std::uint32_t row(NodeOrdinal node) const { return m_row[node]; }
    NodeOrdinal parent(const ParameterTree& tree, NodeOrdinal node) const { return m_flat ? 0 : tree.nodes()[node].parent; }
    int tensors() const { return m_tensors; }
    const std::vector<NodeOrdinal>& list() const { return m_list; } // every row once, siblings side by side

private:
    static constexpr std::uint32_t none = 0xFFFFFFFFu;
    std::vector<NodeOrdinal> m_list;
    std::vector<std::uint32_t> m_first, m_count, m_row; // by node
    bool m_flat = false;
    int m_tensors = 0;
};

} // namespace ravel
