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
    // added to their tensors' ordinals.
    std::uint32_t graft(std::uint32_t parent, PathKey, const std::vector<Entry>&, TensorOrdinal firstTensor);
    Entry& at(std::uint32_t node) { return m_nodes[node]; }
    std::size_t size() const { return m_nodes.size(); }

    // Lays them out as Checkpoint::entries wants them, children of one entry in the order in which they came, and tells
    // tensors their entries.
    void moveTo(Checkpoint&) &&;

private:
    std::vector<Entry> m_nodes; // parent: the draft's; firstChild and childCount unused
};

} // namespace ravel
