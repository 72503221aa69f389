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

std::uint32_t EntryDraft::graft(std::uint32_t parent, PathKey key, std::vector<Entry> entries, TensorOrdinal firstTensor)
{
    const std::uint32_t node = add(parent, std::move(key), EntryKind::Other);
    entries.shrink_to_fit(); // there may be very many
    m_grafted += entries.size() - 1;
    m_grafts.push_back({ node, std::move(entries), firstTensor });
    return node;
}

std::vector<std::uint32_t> EntryDraft::layOut()
{
    const std::size_t count = m_nodes.size();
    // children by parent, in the order in which they came
    std::vector<std::uint32_t> begins(count + 1, 0);
    for (std::size_t i = 1; i < count; ++i)
        ++begins[m_nodes[i].parent + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    std::vector<std::uint32_t> children(count - 1);
    std::vector<std::uint32_t> filled(begins.begin(), begins.end() - 1);
    for (std::uint32_t i = 1; i < count; ++i)
        children[filled[m_nodes[i].parent]++] = i;

    std::vector<std::uint32_t> order { 0 };
    order.reserve(count);
    for (std::size_t at = 0; at < order.size(); ++at) {
        Entry& entry = m_nodes[order[at]];
        const std::uint32_t begin = begins[order[at]], end = begins[order[at] + 1];
        entry.childCount = end - begin;
        entry.firstChild = end > begin ? static_cast<EntryOrdinal>(order.size()) : noOrdinal;
        order.insert(order.end(), children.begin() + begin, children.begin() + end);
    }
    return order;
}

// All but its root behind what is there; the root has its place already.
void EntryDraft::place(Graft graft, EntryOrdinal root, std::vector<Entry>& entries)
{
    const auto first = static_cast<EntryOrdinal>(entries.size());
    const auto moved = [&](EntryOrdinal ordinal) { return ordinal == noOrdinal ? noOrdinal : ordinal == 0 ? root : first + ordinal - 1; };
    for (std::size_t i = 0; i < graft.entries.size(); ++i) {
        Entry entry = std::move(graft.entries[i]);
        entry.parent = moved(entry.parent);
        entry.firstChild = moved(entry.firstChild);
        entry.target = moved(entry.target);
        if (entry.tensor != noOrdinal)
            entry.tensor += graft.firstTensor;
        if (i > 0) {
            entries.push_back(std::move(entry));
            continue;
        }
        entry.parent = entries[root].parent;
        entry.key = std::move(entries[root].key);
        entries[root] = std::move(entry);
    }
}

void EntryDraft::moveTo(Checkpoint& checkpoint) &&
{
    const std::vector<std::uint32_t> order = layOut();
    std::vector<EntryOrdinal> placeOf(order.size(), noOrdinal);
    for (std::size_t i = 0; i < order.size(); ++i)
        placeOf[order[i]] = static_cast<EntryOrdinal>(i);
    std::vector<Entry> entries;
    entries.reserve(size());
    for (const std::uint32_t node : order) {
        Entry& entry = entries.emplace_back(std::move(m_nodes[node]));
        entry.parent = entry.parent == noOrdinal ? noOrdinal : placeOf[entry.parent];
        entry.target = entry.target == noOrdinal ? noOrdinal : placeOf[entry.target];
    }
    m_nodes = std::vector<Entry>();
    for (Graft& graft : m_grafts)
        place(std::move(graft), placeOf[graft.node], entries);
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i].tensor != noOrdinal)
            checkpoint.tensors[entries[i].tensor].entry = static_cast<EntryOrdinal>(i);
    checkpoint.entries = std::move(entries);
}

} // namespace ravel
