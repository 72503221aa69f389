// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <vector>

namespace ravel {

// The entries of a checkpoint while they are collected, in any order as long as a parent comes before its children: node 0
// is the root. `target`s are nodes of the draft.
class EntryDraft {
public:
    EntryDraft(EntryKind root = EntryKind::Dict);
    explicit EntryDraft(std::vector<Entry> entries); // of a checkpoint, to be added to

    std::uint32_t add(std::uint32_t parent, PathKey, EntryKind);
    std::uint32_t add(std::uint32_t parent, Entry);
    // The entries of another checkpoint, with all that they hold, as a child of `parent` under this key; `firstTensor` is
    // added to their tensors' ordinals. They stay together as they are, and nothing is added below them: the node stands for their root.
    std::uint32_t graft(std::uint32_t parent, PathKey, std::vector<Entry>, TensorOrdinal firstTensor);
    Entry& at(std::uint32_t node) { return m_nodes[node]; }
    std::size_t size() const { return m_nodes.size() + m_grafted; }

    // Lays them out as Checkpoint::entries wants them, children of one entry in the order in which they came, and tells
    // tensors their entries. For that they are there twice, but for grafts, which go one by one.
    void moveTo(Checkpoint&) &&;

private:
    struct Graft {
        std::uint32_t node; // of its root
        std::vector<Entry> entries;
        TensorOrdinal firstTensor;
    };
    std::vector<std::uint32_t> layOut(); // nodes by their place, level by level; tells them their children
    static void place(Graft, EntryOrdinal root, std::vector<Entry>&);

    std::vector<Entry> m_nodes; // parent: the draft's; firstChild and childCount unused
    std::vector<Graft> m_grafts;
    std::size_t m_grafted = 0; // entries in them, without roots
};

} // namespace ravel
