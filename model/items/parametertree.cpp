// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/parametertree.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <unordered_map>

namespace ravel {

namespace {

constexpr int maxGroupDepth = 64;

bool isNumber(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Length of the first component of a dotted key: a name, and the number after it.
std::size_t componentLength(std::string_view key)
{
    const std::size_t dot = key.find('.');
    if (dot == 0 || dot == std::string_view::npos)
        return key.size();
    const std::size_t next = std::min(key.find('.', dot + 1), key.size());
    if (!isNumber(key.substr(0, dot)) && isNumber(key.substr(dot + 1, next - dot - 1)))
        return next;
    return dot;
}

} // namespace

// Makes the nodes level by level; what is still to do stands in a queue, so that no depth of a file's tree is a depth of calls.
class ParameterTree::Builder {
public:
    explicit Builder(ParameterTree& tree)
        : m_tree(tree)
        , m_entries(tree.m_checkpoint->entries)
    {
    }

    void run()
    {
        Node root;
        root.entry = 0;
        root.labelEntry = 0;
        m_tree.m_nodes.push_back(root);
        enqueueChildren(0);
        while (!m_todo.empty()) {
            const Todo todo = std::move(m_todo.front());
            m_todo.pop_front();
            expand(todo);
        }
        count();
    }

private:
    // Entries that become the children of a node; the first `prefix` bytes of their keys are said by the groups above.
    struct Todo {
        NodeOrdinal node = 0;
        std::vector<EntryOrdinal> members;
        std::size_t prefix = 0;
        int depth = 0;
    };
    struct Group {
        std::vector<EntryOrdinal> members;
        std::size_t length = 0; // of its label
        bool leaf = false;
    };

    void enqueueChildren(NodeOrdinal node)
    {
        const Entry& entry = m_entries[m_tree.m_nodes[node].entry];
        if (entry.childCount == 0)
            return;
        Todo todo;
        todo.node = node;
        todo.members.resize(entry.childCount);
        for (std::uint32_t i = 0; i < entry.childCount; ++i)
            todo.members[i] = entry.firstChild + i;
        m_todo.push_back(std::move(todo));
    }

    std::vector<Group> groups(const Todo& todo) const
    {
        std::vector<Group> groups;
        std::unordered_map<std::string_view, std::size_t> byName;
        for (const EntryOrdinal member : todo.members) {
            const PathKey& key = m_entries[member].key;
            const std::string_view rest = std::string_view(key.text).substr(todo.prefix);
            const std::size_t length = componentLength(rest);
            if (key.kind != PathKey::Kind::String || length == rest.size() || todo.depth >= maxGroupDepth) {
                groups.push_back({ { member }, rest.size(), true });
                continue;
            }
            const auto [at, isNew] = byName.try_emplace(rest.substr(0, length), groups.size());
            if (isNew)
                groups.push_back({ {}, length, false });
            groups[at->second].members.push_back(member);
        }
        return groups;
    }

    void expand(const Todo& todo)
    {
        const auto first = static_cast<NodeOrdinal>(m_tree.m_nodes.size());
        std::vector<Group> found = groups(todo);
        m_tree.m_nodes[todo.node].firstChild = first;
        m_tree.m_nodes[todo.node].childCount = static_cast<std::uint32_t>(found.size());
        for (Group& group : found) {
            const bool leaf = group.leaf || group.members.size() == 1;
            Node node;
            node.parent = todo.node;
            node.labelEntry = group.members.front();
            node.labelBegin = static_cast<std::uint32_t>(todo.prefix);
            node.labelLength = static_cast<std::uint32_t>(
                leaf ? m_entries[node.labelEntry].key.text.size() - todo.prefix : group.length);
            node.entry = leaf ? node.labelEntry : noOrdinal;
            const auto ordinal = static_cast<NodeOrdinal>(m_tree.m_nodes.size());
            m_tree.m_nodes.push_back(node);
            if (leaf)
                enqueueChildren(ordinal);
            else
                m_todo.push_back({ ordinal, std::move(group.members), todo.prefix + group.length + 1, todo.depth + 1 });
        }
    }

    void count()
    {
        auto& nodes = m_tree.m_nodes;
        m_tree.m_nodeOf.assign(m_tree.m_checkpoint->tensors.size(), 0);
        for (std::size_t i = nodes.size(); i-- > 0;) {
            Node& node = nodes[i];
            const TensorOrdinal tensor = m_tree.tensorOf(static_cast<NodeOrdinal>(i));
            if (tensor != noOrdinal) {
                m_tree.m_nodeOf[tensor] = static_cast<NodeOrdinal>(i);
                ++node.tensorCount;
                if (__builtin_add_overflow(node.elements, m_tree.m_checkpoint->tensors[tensor].numel.value, &node.elements))
                    node.elements = std::numeric_limits<std::int64_t>::max();
            }
            if (node.parent == noOrdinal)
                continue;
            Node& parent = nodes[node.parent];
            parent.tensorCount += node.tensorCount;
            if (__builtin_add_overflow(parent.elements, node.elements, &parent.elements))
                parent.elements = std::numeric_limits<std::int64_t>::max();
        }
    }

    ParameterTree& m_tree;
    const std::vector<Entry>& m_entries;
    std::deque<Todo> m_todo;
};

std::shared_ptr<const ParameterTree> ParameterTree::make(std::shared_ptr<const Checkpoint> checkpoint)
{
    std::shared_ptr<ParameterTree> tree(new ParameterTree);
    tree->m_checkpoint = std::move(checkpoint);
    Builder(*tree).run();
    tree->m_layers = tellLayers(*tree->m_checkpoint);
    return tree;
}

std::string_view ParameterTree::label(NodeOrdinal ordinal) const
{
    const Node& node = m_nodes[ordinal];
    return std::string_view(m_checkpoint->entries[node.labelEntry].key.text).substr(node.labelBegin, node.labelLength);
}

TensorOrdinal ParameterTree::tensorOf(NodeOrdinal ordinal) const
{
    const EntryOrdinal entry = m_nodes[ordinal].entry;
    return entry == noOrdinal ? noOrdinal : m_checkpoint->entries[entry].tensor;
}

const Layer* ParameterTree::layerOf(NodeOrdinal node) const
{
    std::uint32_t layer = noOrdinal;
    if (const TensorOrdinal tensor = tensorOf(node); tensor != noOrdinal)
        layer = m_layers.layerOf[tensor];
    else if (m_nodes[node].entry == noOrdinal)
        layer = layerOfOwn(node);
    return layer == noOrdinal ? nullptr : &m_layers.list[layer];
}

// The layer of all tensors that are a module's own; a child `mlp.up_proj.weight` is that of a module inside.
std::uint32_t ParameterTree::layerOfOwn(NodeOrdinal group) const
{
    std::uint32_t layer = noOrdinal;
    for (std::uint32_t i = 0; i < m_nodes[group].childCount; ++i) {
        const NodeOrdinal child = m_nodes[group].firstChild + i;
        const TensorOrdinal tensor = tensorOf(child);
        if (tensor == noOrdinal || label(child).find('.') != std::string_view::npos)
            continue;
        const std::uint32_t own = m_layers.layerOf[tensor];
        if (own == noOrdinal || (layer != noOrdinal && layer != own))
            return noOrdinal;
        layer = own;
    }
    return layer;
}

std::vector<TensorOrdinal> ParameterTree::tensorsBelow(NodeOrdinal top) const
{
    std::vector<TensorOrdinal> tensors;
    tensors.reserve(m_nodes[top].tensorCount);
    std::vector<NodeOrdinal> open { top };
    while (!open.empty()) {
        const NodeOrdinal at = open.back();
        open.pop_back();
        if (const TensorOrdinal tensor = tensorOf(at); tensor != noOrdinal)
            tensors.push_back(tensor);
        for (std::uint32_t i = 0; i < m_nodes[at].childCount; ++i)
            if (const NodeOrdinal child = m_nodes[at].firstChild + i; m_nodes[child].tensorCount > 0)
                open.push_back(child);
    }
    std::sort(tensors.begin(), tensors.end());
    return tensors;
}

} // namespace ravel
