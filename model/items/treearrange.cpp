// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/treearrange.h"

#include "items/naturalorder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace ravel {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr NodeOrdinal between = 4096; // nodes, after which the job is asked

// Places in the order of `compare`, equal ones with the same; nodes that `has` leaves out have none.
template <class Has, class Compare> std::vector<double> ranks(std::size_t nodes, Has has, Compare compare)
{
    std::vector<NodeOrdinal> sorted;
    for (NodeOrdinal node = 1; node < nodes; ++node)
        if (has(node))
            sorted.push_back(node);
    std::stable_sort(sorted.begin(), sorted.end(), [&](NodeOrdinal a, NodeOrdinal b) { return compare(a, b) < 0; });
    std::vector<double> keys(nodes, none);
    double rank = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (i > 0 && compare(sorted[i - 1], sorted[i]) != 0)
            ++rank;
        keys[sorted[i]] = rank;
    }
    return keys;
}

int compareShapes(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b)
{
    if (a.size() != b.size())
        return a.size() < b.size() ? -1 : 1;
    return a == b ? 0 : a < b ? -1 : 1;
}

std::vector<double> textKeys(const TreeSource& source, TreeColumn column, bool flat)
{
    const ParameterTree& tree = *source.tree;
    const auto& tensors = tree.checkpoint().tensors;
    const auto tensorOf = [&](NodeOrdinal node) -> const Tensor& { return tensors[tree.tensorOf(node)]; };
    const auto isTensor = [&](NodeOrdinal node) { return tree.tensorOf(node) != noOrdinal; };
    const std::size_t n = tree.nodes().size();
    if (column == TreeColumn::Shape)
        return ranks(n, isTensor, [&](NodeOrdinal a, NodeOrdinal b) { return compareShapes(tensorOf(a).shape, tensorOf(b).shape); });
    if (column == TreeColumn::Type)
        return ranks(n, isTensor, [&](NodeOrdinal a, NodeOrdinal b) { return dtypeName(tensorOf(a).dtype).compare(dtypeName(tensorOf(b).dtype)); });
    if (flat)
        return ranks(n, isTensor, [&](NodeOrdinal a, NodeOrdinal b) { return compareNames(tensorOf(a).name, tensorOf(b).name); });
    return ranks(n, [](NodeOrdinal) { return true; }, [&](NodeOrdinal a, NodeOrdinal b) { return compareNames(tree.label(a), tree.label(b)); });
}

// Of a tensor its own, of a group the lowest in it.
std::vector<double> offsetKeys(const TreeSource& source)
{
    const auto& nodes = source.tree->nodes();
    std::vector<double> keys(nodes.size(), none);
    for (std::size_t node = nodes.size(); node-- > 1;) {
        const TensorOrdinal t = source.tree->tensorOf(static_cast<NodeOrdinal>(node));
        if (const auto listed = t == noOrdinal ? std::nullopt : source.layout->segmentOf(t))
            keys[node] = static_cast<double>(source.layout->listed()[*listed].offset.value);
        double& above = keys[nodes[node].parent];
        if (!std::isnan(keys[node]) && !(above < keys[node]))
            above = keys[node];
    }
    return keys;
}

std::vector<double> keysOf(const TreeSource& source, TreeColumn column, bool flat, const Job& job)
{
    const auto& nodes = source.tree->nodes();
    if (column == TreeColumn::Name || column == TreeColumn::Shape || column == TreeColumn::Type)
        return textKeys(source, column, flat);
    if (column == TreeColumn::Offset)
        return offsetKeys(source);
    std::vector<double> keys(nodes.size(), none);
    if (column == TreeColumn::Elements) {
        for (std::size_t i = 1; i < nodes.size(); ++i)
            if (nodes[i].tensorCount > 0)
                keys[i] = static_cast<double>(nodes[i].elements);
        return keys;
    }
    const NodeSummaries summaries = summariesOf(source, job);
    for (std::size_t i = 1; i < summaries.size(); ++i)
        if (summaries[i])
            keys[i] = columnNumber(column, *summaries[i]);
    return keys;
}

QueryStatistics statisticsOf(const Summary& s)
{
    const auto n = [](std::int64_t count) { return static_cast<double>(count); };
    const bool any = s.finite() > 0;
    return { n(s.count), n(s.finite()), n(s.nan), n(s.inf()), n(s.zeros), any ? s.min : none, any ? s.max : none, any ? s.mean : none, s.std() };
}

// Nodes that match, with all above them, ascending.
std::vector<NodeOrdinal> matching(const TreeSource& source, const TensorQuery& query, TreeArrangement& counts, const Job& job)
{
    const ParameterTree& tree = *source.tree;
    const auto& nodes = tree.nodes();
    const Checkpoint& checkpoint = tree.checkpoint();
    bool leftOut = false; // the tensor that is asked for its numbers, by the layout
    const auto numbersOf = [&](TensorOrdinal t, QueryStatistics& statistics) {
        const auto placed = placedOf(*source.layout, t);
        if (!placed) {
            leftOut = !source.layout->segmentOf(t) && checkpoint.tensors[t].readable && checkpoint.tensors[t].numel.value > 0;
            return TensorQuery::Known::Never;
        }
        const auto summary = source.pyramid->segmentSummary(*placed);
        if (!summary)
            return TensorQuery::Known::NotYet;
        statistics = statisticsOf(*summary);
        return TensorQuery::Known::Yes;
    };
    const auto unknown = [](TensorOrdinal, QueryStatistics&) { return TensorQuery::Known::NotYet; };
    std::vector<bool> in(nodes.size());
    for (NodeOrdinal i = 1; i < nodes.size(); ++i) {
        if (i % between == 0 && job.cancelled())
            return {};
        if (nodes[i].entry == noOrdinal)
            continue; // a group is shown for what is in it
        QuerySubject subject;
        subject.ordinal = tree.tensorOf(i);
        subject.isEdited = i < source.edited.size() && source.edited[i];
        subject.isOpaque = checkpoint.entries[nodes[i].entry].kind == EntryKind::Object;
        subject.name = tree.label(i);
        if (subject.ordinal != noOrdinal) {
            subject.tensor = &checkpoint.tensors[subject.ordinal];
            subject.name = subject.tensor->name;
            subject.kind = subject.tensor->kind != TensorKind::Unknown ? subject.tensor->kind : tree.layers().kinds[subject.ordinal].kind;
            subject.layer = tree.layerOf(i);
            if (const auto listed = source.layout->segmentOf(subject.ordinal)) {
                const Segment& segment = source.layout->listed()[*listed];
                subject.offset = static_cast<double>(segment.offset.value);
                subject.isAlias = segment.aliasOf != noOrdinal;
            }
        }
        leftOut = false;
        const Truth truth = query.matches(subject, numbersOf);
        if (truth == Truth::NotYet)
            ++counts.notYet;
        else if (truth != Truth::Yes && leftOut && query.matches(subject, unknown) == Truth::NotYet)
            ++counts.outsideLayout; // its numbers would decide
        if (truth != Truth::Yes)
            continue;
        for (NodeOrdinal at = i; at != 0 && !in[at]; at = nodes[at].parent)
            in[at] = true;
    }
    std::vector<NodeOrdinal> found;
    for (NodeOrdinal i = 1; i < nodes.size(); ++i)
        if (in[i])
            found.push_back(i);
    return found;
}

} // namespace

bool showsNumbers(TreeColumn column) { return column >= TreeColumn::Min || column == TreeColumn::Distribution; }

double columnNumber(TreeColumn column, const Summary& s)
{
    switch (column) {
    case TreeColumn::Min: return s.finite() > 0 ? s.min : none;
    case TreeColumn::Max: return s.finite() > 0 ? s.max : none;
    case TreeColumn::Mean: return s.finite() > 0 ? s.mean : none;
    case TreeColumn::Distribution:
    case TreeColumn::Std: return s.std();
    case TreeColumn::Zeros: return s.count > 0 ? static_cast<double>(s.zeros) / static_cast<double>(s.count) : none;
    case TreeColumn::Nan: return static_cast<double>(s.nan);
    case TreeColumn::Inf: return static_cast<double>(s.inf());
    default: return none;
    }
}

std::optional<std::uint32_t> placedOf(const FlatLayout& layout, TensorOrdinal t)
{
    const auto listed = layout.segmentOf(t);
    if (!listed || layout.listed()[*listed].numel.value == 0)
        return std::nullopt;
    const auto placed = layout.placedAt(layout.listed()[*listed].offset);
    return placed ? std::optional(*placed) : std::nullopt;
}

NodeSummaries summariesOf(const TreeSource& source, const Job& job)
{
    const auto& nodes = source.tree->nodes();
    NodeSummaries summaries(nodes.size());
    std::vector<bool> unknown(nodes.size());
    for (NodeOrdinal node = static_cast<NodeOrdinal>(nodes.size()); node-- > 1;) {
        if (node % between == 0 && job.cancelled())
            return {};
        bool isAlias = false;
        if (const TensorOrdinal t = source.tree->tensorOf(node); t != noOrdinal) {
            const auto listed = source.layout->segmentOf(t);
            isAlias = listed && source.layout->listed()[*listed].aliasOf != noOrdinal;
            if (const auto placed = placedOf(*source.layout, t)) {
                summaries[node] = source.pyramid->segmentSummary(*placed);
                unknown[node] = !summaries[node];
            }
        }
        const NodeOrdinal above = nodes[node].parent;
        if (unknown[node]) {
            unknown[above] = true;
            summaries[node].reset();
        } else if (summaries[node] && !isAlias) {
            if (summaries[above])
                summaries[above]->merge(*summaries[node]);
            else
                summaries[above] = summaries[node];
        }
    }
    return summaries;
}

TreeArrangement arrangeTree(const TreeSource& source, const TreeWish& wish, const Job& job)
{
    TreeArrangement arrangement;
    std::optional<std::vector<NodeOrdinal>> shown;
    if (!wish.query.empty())
        shown = matching(source, wish.query, arrangement, job);
    TreeRows::Order order;
    if (wish.sortBy) {
        order.keys = keysOf(source, *wish.sortBy, wish.flat, job);
        order.descending = wish.descending;
    }
    if (!job.cancelled())
        arrangement.rows = TreeRows::make(*source.tree, shown, wish.sortBy ? &order : nullptr, wish.flat);
    return arrangement;
}

QueryWords queryWordsOf(const ParameterTree& tree)
{
    QueryWords words;
    std::array<bool, dtypeCount> seen {};
    for (const Tensor& tensor : tree.checkpoint().tensors)
        seen[static_cast<std::size_t>(tensor.dtype)] = true;
    for (std::size_t i = 0; i < seen.size(); ++i)
        if (seen[i])
            words.dtypes.emplace_back(dtypeName(static_cast<Dtype>(i)));
    std::set<std::string> kinds;
    for (const Layer& layer : tree.layers().list) {
        if (!layer.kind.empty())
            kinds.insert(layer.kind);
        if (!layer.role.empty())
            kinds.insert(layer.role);
    }
    words.kinds.assign(kinds.begin(), kinds.end());
    return words;
}

} // namespace ravel
