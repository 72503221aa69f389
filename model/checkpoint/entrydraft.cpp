// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/entrydraft.h"

#include <algorithm>
#include <numeric>

namespace ravel {

EntryDraft::EntryDraft(EntryKind root) { m_nodes.emplace_back().kind = root; }

EntryDraft::EntryDraft(std::vector<Entry> entries)
    : m_nodes(std::move(entries))
{
}

std::uint32_t EntryDraft::add(std::uint32_t parent, PathKey key, EntryKind kind)
{
    Entry entry;
    entry.kind = kind;
    entry.key = std::move(key);
    return add(parent, std::move(entry));
}

std::uint32_t EntryDraft::add(std::uint32_t parent, Entry entry)
{
    entry.parent = parent;
    m_nodes.push_back(std::move(entry));
    return static_cast<std::uint32_t>(m_nodes.size() - 1);
}

std::uint32_t EntryDraft::graft(std::uint32_t parent, PathKey key, const std::vector<Entry>& entries, TensorOrdinal firstTensor)
{
    const auto first = static_cast<std::uint32_t>(m_nodes.size());
    for (const Entry& entry : entries) {
        Entry& copy = m_nodes.emplace_back(entry);
        copy.parent = entry.parent == noOrdinal ? parent : first + entry.parent;
        if (entry.target != noOrdinal)
            copy.target = first + entry.target;
        if (entry.tensor != noOrdinal)
            copy.tensor = firstTensor + entry.tensor;
    }
    m_nodes[first].key = std::move(key);
    return first;
}

void EntryDraft::moveTo(Checkpoint& checkpoint) &&
{
    const std::size_t count = m_nodes.size();
    // children by parent, in the order in which they came
    std::vector<std::uint32_t> begins(count + 1, 0);
    for (std::size_t i = 1; i < count; ++i)
        ++begins[m_nodes[i].parent + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    std::vector<std::uint32_t> children(count > 0 ? count - 1 : 0);
    std::vector<std::uint32_t> filled(begins.begin(), begins.end() - 1);
    for (std::uint32_t i = 1; i < count; ++i)
        children[filled[m_nodes[i].parent]++] = i;

    std::vector<EntryOrdinal> placeOf(count, noOrdinal);
    std::vector<std::uint32_t> order { 0 }; // nodes by their place: level by level
    order.reserve(count);
    placeOf[0] = 0;
    for (std::size_t at = 0; at < order.size(); ++at) {
        Entry& entry = m_nodes[order[at]];
        const std::uint32_t begin = begins[order[at]], end = begins[order[at] + 1];
        entry.childCount = end - begin;
        entry.firstChild = end > begin ? static_cast<EntryOrdinal>(order.size()) : noOrdinal;
        for (std::uint32_t i = begin; i < end; ++i) {
            placeOf[children[i]] = static_cast<EntryOrdinal>(order.size());
            order.push_back(children[i]);
        }
    }
    std::vector<Entry> entries;
    entries.reserve(count);
    for (const std::uint32_t node : order) {
        Entry& entry = entries.emplace_back(std::move(m_nodes[node]));
        entry.parent = entry.parent == noOrdinal ? noOrdinal : placeOf[entry.parent];
        entry.target = entry.target == noOrdinal ? noOrdinal : placeOf[entry.target];
        if (entry.tensor != noOrdinal)
            checkpoint.tensors[entry.tensor].entry = placeOf[node];
    }
    checkpoint.entries = std::move(entries);
}

} // namespace ravel
