// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/quantity.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/layerkind.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

using NodeOrdinal = std::uint32_t; // into ParameterTree::nodes(); 0 is the root, which is not shown

// The checkpoint's entries as people think of them: a dict of dotted keys (`encoder.layers.0.linear1.weight`) is grouped by module.
// A number stays with the name before it (`layers.0`), a group of one is no group, at most 64 levels are made of one key. One flat array
// in breadth-first order: the children of a node stand one after the other, after their parent. Immutable; costs 40 bytes a node.
class ParameterTree {
public:
    struct Node {
        NodeOrdinal parent = noOrdinal;
        NodeOrdinal firstChild = noOrdinal;
        std::uint32_t childCount = 0;
        EntryOrdinal entry = noOrdinal;     // none: a group
        EntryOrdinal labelEntry = noOrdinal; // whose key holds the label, ...
        std::uint32_t labelBegin = 0, labelLength = 0; // ... there
        std::uint32_t tensorCount = 0;      // at and below
        std::int64_t elements = 0;          // of these, saturated at 2^63 - 1; an alias counts as what it is
    };

    static std::shared_ptr<const ParameterTree> make(std::shared_ptr<const Checkpoint>);

    const Checkpoint& checkpoint() const { return *m_checkpoint; }
    const std::vector<Node>& nodes() const { return m_nodes; }
    std::string_view label(NodeOrdinal) const;         // bytes as in the file
    NodeOrdinal nodeOf(TensorOrdinal t) const { return m_nodeOf[t]; }
    TensorOrdinal tensorOf(NodeOrdinal) const;         // noOrdinal where the node is no tensor
    std::vector<TensorOrdinal> tensorsBelow(NodeOrdinal) const; // ascending, the node itself among them
    const Layers& layers() const { return m_layers; }
    const Layer* layerOf(NodeOrdinal) const;           // of a tensor, or of a group of a layer's tensors; null where there is none

private:
    class Builder;
    ParameterTree() = default;
    std::uint32_t layerOfOwn(NodeOrdinal group) const; // noOrdinal where there is none
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::vector<Node> m_nodes;
    std::vector<NodeOrdinal> m_nodeOf; // by tensor
    Layers m_layers;
};

} // namespace ravel
