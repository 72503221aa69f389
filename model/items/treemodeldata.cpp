// SPDX-License-Identifier: GPL-3.0-or-later
// TreeModel: what its cells say.
#include "items/treemodel.h"

#include "base/text.h"
#include "checkpoint/entrytext.h"
#include "checkpoint/geometry.h"
#include "items/qtext.h"
#include "items/session.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QString kindText(const Entry& entry)
{
    switch (entry.kind) {
    case EntryKind::Dict: return u"dict"_s;
    case EntryKind::OrderedDict: return u"OrderedDict"_s;
    case EntryKind::List: return u"list"_s;
    case EntryKind::Tuple: return u"tuple"_s;
    case EntryKind::Set: return u"set"_s;
    case EntryKind::None: return u"None"_s;
    case EntryKind::Bool: return u"bool"_s;
    case EntryKind::Integer: return u"int"_s;
    case EntryKind::Float: return u"float"_s;
    case EntryKind::Complex: return u"complex"_s;
    case EntryKind::String: return u"str"_s;
    case EntryKind::Bytes: return u"bytes"_s;
    case EntryKind::Class: return u"class"_s;
    case EntryKind::Object: return shown(entry.value, 80);
    case EntryKind::Tensor: return u"tensor"_s;
    case EntryKind::Reference: return TreeModel::tr("reference");
    case EntryKind::Other: return TreeModel::tr("other");
    }
    return {};
}

// What stands where a tensor has its shape.
QString valueText(const Checkpoint& checkpoint, EntryOrdinal ordinal, std::size_t limit = 200)
{
    const Entry& entry = checkpoint.entries[ordinal];
    switch (entry.kind) {
    case EntryKind::Dict:
    case EntryKind::OrderedDict:
    case EntryKind::List:
    case EntryKind::Tuple:
    case EntryKind::Set:
        return TreeModel::tr("%Ln item(s)", nullptr, static_cast<int>(entry.childCount));
    case EntryKind::None: return u"None"_s;
    case EntryKind::String: return u'"' + shown(entry.value, 200) + u'"';
    case EntryKind::Bytes: return bytesText(static_cast<std::int64_t>(entry.size));
    case EntryKind::Reference: return u"↩ "_s + shown(entry.value, 200);
    case EntryKind::Object: return toQt(entryText(checkpoint, ordinal, limit));
    default: return shown(entry.value, 200);
    }
}

// "Linear", and as a guess "Linear?".
QString layerText(const Layer* layer)
{
    if (!layer || layer->kind.empty())
        return {};
    return shown(layer->kind, 80) + (layer->isGuess ? u"?"_s : QString());
}

// "Linear, a guess: its weight ..."
QString layerReason(const Layer* layer)
{
    if (!layer || layer->kind.empty())
        return {};
    const QString kind = layer->role.empty() ? shown(layer->kind, 80) : TreeModel::tr("%1, attention %2").arg(shown(layer->kind, 80), toQt(layer->role));
    return (layer->isGuess ? TreeModel::tr("%1, a guess: %2") : TreeModel::tr("%1: %2")).arg(kind, toQt(layer->reason));
}

QString statisticsLine(const Summary& summary)
{
    if (summary.finite() == 0)
        return TreeModel::tr("no finite number");
    const QString range = TreeModel::tr("from %1 to %2").arg(numberText(summary.min), numberText(summary.max));
    return summary.finite() == 1 ? range : TreeModel::tr("mean %1, std %2, %3").arg(numberText(summary.mean), numberText(summary.std()), range);
}

QString labelText(const ParameterTree& tree, NodeOrdinal node)
{
    const ParameterTree::Node& n = tree.nodes()[node];
    const PathKey& key = tree.checkpoint().entries[n.labelEntry].key;
    const QString label = shown(tree.label(node));
    if (key.kind == PathKey::Kind::Index)
        return u'[' + label + u']';
    return label.isEmpty() ? u"\"\""_s : label;
}

// A sign for each mark: shapes, so that no colour is needed to tell them.
QString markText(int marks)
{
    QString text;
    const auto add = [&](int mark, QChar sign) {
        if (marks & mark)
            text += sign;
    };
    add(TreeModel::Edited, u'●');
    add(TreeModel::Alias, u'↪');
    add(TreeModel::ReadOnly, u'⊘');
    add(TreeModel::Unreadable, u'✕');
    add(TreeModel::Opaque, u'◇');
    return text;
}

} // namespace

int TreeModel::marks(NodeOrdinal node) const
{
    int marks = node < m_edited.size() && m_edited[node] ? Edited : 0;
    const EntryOrdinal entry = m_tree->nodes()[node].entry;
    if (entry == noOrdinal)
        return marks | Group;
    if (m_tree->checkpoint().entries[entry].kind == EntryKind::Object)
        marks |= Opaque;
    const TensorOrdinal t = m_tree->tensorOf(node);
    if (t == noOrdinal)
        return marks;
    const Tensor& tensor = m_tree->checkpoint().tensors[t];
    if (!tensor.readable)
        marks |= Unreadable;
    else if (!tensor.editable)
        marks |= ReadOnly;
    const auto listed = m_layout ? m_layout->segmentOf(t) : std::nullopt;
    if (listed && m_layout->listed()[*listed].aliasOf != noOrdinal)
        marks |= Alias;
    return marks;
}

QString TreeModel::note(NodeOrdinal node) const
{
    QStringList notes;
    const int is = marks(node);
    if (is & Edited)
        notes << tr("edited");
    if (is & Alias) {
        const auto listed = m_layout->segmentOf(m_tree->tensorOf(node));
        notes << tr("= %1").arg(shown(m_layout->listed()[m_layout->listed()[*listed].aliasOf].name, 120));
    }
    if (is & Unreadable)
        notes << tr("cannot be read");
    if (is & ReadOnly)
        notes << tr("read-only");
    return notes.join(u", "_s);
}

// A tensor's straight from the pyramid, a group's once it was merged.
std::optional<Summary> TreeModel::summaryOf(NodeOrdinal node) const
{
    const TensorOrdinal t = m_tree->tensorOf(node);
    if (t == noOrdinal)
        return m_summaries && node < m_summaries->size() ? (*m_summaries)[node] : std::nullopt;
    const auto placed = m_layout ? placedOf(*m_layout, t) : std::nullopt;
    return placed ? m_pyramid->segmentSummary(*placed) : std::nullopt;
}

QString TreeModel::numberCell(NodeOrdinal node, TreeColumn column) const
{
    const TensorOrdinal t = m_tree->tensorOf(node);
    if (m_tree->nodes()[node].tensorCount == 0 || (t != noOrdinal && (!m_layout || !placedOf(*m_layout, t))))
        return {};
    const auto summary = summaryOf(node);
    if (!summary)
        return u"…"_s;
    switch (column) {
    case TreeColumn::Zeros: {
        if (summary->zeros == 0 || summary->count == 0)
            return u"0"_s;
        const double percent = 100 * columnNumber(column, *summary);
        return tr("%1 %").arg(numberText(percent, 3));
    }
    case TreeColumn::Nan: return countText(summary->nan);
    case TreeColumn::Inf: return countText(summary->inf());
    default: break;
    }
    const double number = columnNumber(column, *summary);
    return std::isnan(number) ? QString() : numberText(number, 4);
}

QString TreeModel::text(NodeOrdinal node, int column) const
{
    const ParameterTree::Node& n = m_tree->nodes()[node];
    const TensorOrdinal t = m_tree->tensorOf(node);
    if (column == Name)
        return isFlat() && t != noOrdinal ? shown(m_tree->checkpoint().tensors[t].name) : labelText(*m_tree, node);
    if (column >= Min)
        return numberCell(node, static_cast<TreeColumn>(column));
    if (column == Offset) {
        const auto listed = t == noOrdinal || !m_layout ? std::nullopt : m_layout->segmentOf(t);
        return listed ? countText(m_layout->listed()[*listed].offset.value) : QString();
    }
    if (t != noOrdinal) {
        const Tensor& tensor = m_tree->checkpoint().tensors[t];
        switch (column) {
        case Shape: return shapeText(tensor.shape);
        case Type: return toQt(dtypeName(tensor.dtype));
        case Elements: return tensor.numel.value < 100'000 ? countText(tensor.numel.value) : shortCountText(tensor.numel.value);
        default: return {};
        }
    }
    if (column == Elements && n.tensorCount > 0)
        return shortCountText(n.elements);
    if (n.entry == noOrdinal) {
        if (column == Type)
            return layerText(m_tree->layerOf(node));
        return column == Shape ? tr("%Ln tensor(s)", nullptr, static_cast<int>(n.tensorCount)) : QString();
    }
    const Entry& entry = m_tree->checkpoint().entries[n.entry];
    if (column == Shape)
        return n.tensorCount > 0 && entry.kind != EntryKind::Object
            ? tr("%Ln tensor(s)", nullptr, static_cast<int>(n.tensorCount)) : valueText(m_tree->checkpoint(), n.entry);
    return column == Type ? kindText(entry) : QString();
}

// The whole name of a tensor or an entry; a group's are the labels down to it.
QString TreeModel::pathOf(NodeOrdinal node) const
{
    const ParameterTree::Node& n = m_tree->nodes()[node];
    if (const TensorOrdinal t = m_tree->tensorOf(node); t != noOrdinal)
        return toQt(escapedWhole(m_tree->checkpoint().tensors[t].name));
    if (n.entry != noOrdinal)
        return toQt(escapedWhole(m_tree->checkpoint().entryName(n.entry)));
    const QString above = n.parent == 0 || n.parent == noOrdinal ? QString() : pathOf(n.parent);
    const QString label = toQt(escapedWhole(m_tree->label(node)));
    return above.isEmpty() ? label : above + u'.' + label;
}

QString TreeModel::copyText(NodeOrdinal node, int column) const
{
    const ParameterTree::Node& n = m_tree->nodes()[node];
    const TensorOrdinal t = m_tree->tensorOf(node);
    if (column == Name)
        return pathOf(node);
    if (column == Elements)
        return n.tensorCount > 0 ? QString::number(t != noOrdinal ? m_tree->checkpoint().tensors[t].numel.value : n.elements) : QString();
    if (column == Offset) {
        const auto listed = t == noOrdinal || !m_layout ? std::nullopt : m_layout->segmentOf(t);
        return listed ? QString::number(m_layout->listed()[*listed].offset.value) : QString();
    }
    if (column < Min)
        return text(node, column);
    const auto summary = n.tensorCount > 0 ? summaryOf(node) : std::nullopt;
    if (!summary)
        return {};
    const double number = columnNumber(static_cast<TreeColumn>(column), *summary);
    switch (column) {
    case Zeros: return summary->count > 0 ? toQt(shortest(100 * number)) + u" %"_s : QString();
    case Nan: return QString::number(summary->nan);
    case Inf: return QString::number(summary->inf());
    default: return std::isnan(number) ? QString() : toQt(shortest(number));
    }
}

QString TreeModel::toolTip(NodeOrdinal node) const
{
    const TensorOrdinal t = m_tree->tensorOf(node);
    if (t == noOrdinal) {
        const EntryOrdinal entry = m_tree->nodes()[node].entry;
        if (entry == noOrdinal)
            return layerReason(m_tree->layerOf(node));
        const std::string_view more = objectNote(m_tree->checkpoint().entries[entry]);
        return shown(m_tree->checkpoint().entryName(entry)) + u'\n' + valueText(m_tree->checkpoint(), entry, 600)
            + (more.empty() ? QString() : u'\n' + toQt(more));
    }
    const Tensor& tensor = m_tree->checkpoint().tensors[t];
    QStringList lines { shown(tensor.name),
        tr("%1 %2, %3 elements").arg(toQt(dtypeName(tensor.dtype)), shapeText(tensor.shape), countText(tensor.numel.value))
            + (tensor.kind == TensorKind::Unknown ? QString() : u", "_s + toQt(tensorKindName(tensor.kind))) };
    if (!tensor.kindReason.empty())
        lines << tr("%1: %2").arg(toQt(tensorKindName(tensor.kind)), toQt(tensor.kindReason));
    else if (const KindGuess& guess = m_tree->layers().kinds[t]; guess.kind != TensorKind::Unknown)
        lines << tr("probably a %1: %2").arg(toQt(tensorKindName(guess.kind)), toQt(guess.reason));
    if (const QString layer = layerReason(m_tree->layerOf(node)); !layer.isEmpty())
        lines << layer;
    if (!isContiguous(tensor))
        lines << tr("stride %1").arg(shapeText(tensor.stride));
    if (const QString said = note(node); !said.isEmpty())
        lines << said;
    if (m_notes)
        lines << m_notes->of(t);
    if (!tensor.reason.empty())
        lines << sentenceOf({ ErrorCode::Format, tensor.reason });
    const auto listed = m_layout ? m_layout->segmentOf(t) : std::nullopt;
    if (!listed) {
        lines << tr("Not in the layout: the map cannot show it.");
        return lines.join(u'\n');
    }
    lines << tr("flat offset %1").arg(countText(m_layout->listed()[*listed].offset.value));
    if (const auto placed = m_layout->placedAt(m_layout->listed()[*listed].offset); placed && tensor.numel.value > 0)
        if (const auto summary = m_pyramid->segmentSummary(*placed))
            lines << statisticsLine(*summary);
    return lines.join(u'\n');
}

QVariant TreeModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !m_tree)
        return {};
    const NodeOrdinal node = nodeAt(index);
    switch (role) {
    case Qt::DisplayRole: return text(node, index.column());
    case Qt::ToolTipRole: return toolTip(node);
    case copyRole: return copyText(node, index.column());
    case Qt::AccessibleTextRole: {
        const QString said = index.column() == Name ? note(node) : QString();
        return said.isEmpty() ? text(node, index.column()) : text(node, Name) + u", "_s + said;
    }
    case Qt::TextAlignmentRole:
        return index.column() >= Elements ? QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case SparklineRole:
        if (index.column() == Distribution && m_tree->nodes()[node].tensorCount > 0)
            return QVariant::fromValue(sparkline(node));
        return {};
    case MarksRole: return marks(node);
    case MarkTextRole: return markText(marks(node));
    case NodeRole: return node;
    case NoteRole: return index.column() == Name ? note(node) : QString();
    case FullNameRole: {
        const EntryOrdinal entry = m_tree->nodes()[node].entry;
        const TensorOrdinal t = m_tree->tensorOf(node);
        if (t != noOrdinal)
            return shown(m_tree->checkpoint().tensors[t].name);
        return entry == noOrdinal ? text(node, Name) : shown(m_tree->checkpoint().entryName(entry));
    }
    default: return {};
    }
}

namespace {

QString columnWords(int column)
{
    switch (column) {
    case TreeModel::Distribution: return TreeModel::tr("Histogram of the values; sorts by their standard deviation");
    case TreeModel::Offset: return TreeModel::tr("Place of the first element in the flat vector");
    case TreeModel::Std: return TreeModel::tr("Standard deviation of the finite numbers, with n - 1");
    case TreeModel::Zeros: return TreeModel::tr("Share of the elements that are zero");
    case TreeModel::Nan: return TreeModel::tr("How many elements are NaN");
    case TreeModel::Inf: return TreeModel::tr("How many elements are infinite");
    default: return {};
    }
}

} // namespace

QVariant TreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole && section >= Elements)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole)
        return columnWords(section);
    return role == Qt::DisplayRole ? columnTitle(section) : QVariant();
}

QString TreeModel::columnTitle(int column)
{
    switch (column) {
    case Name: return tr("Name");
    case Distribution: return tr("Values");
    case Shape: return tr("Shape");
    case Type: return tr("Type");
    case Elements: return tr("Elements");
    case Offset: return tr("Offset");
    case Min: return tr("Min");
    case Max: return tr("Max");
    case Mean: return tr("Mean");
    case Std: return tr("Std");
    case Zeros: return tr("Zeros");
    case Nan: return tr("NaN");
    case Inf: return tr("Inf");
    default: return {};
    }
}

namespace {

// Ordinals into placed() of the segments that hold the tensors, each once.
std::vector<std::uint32_t> allPlacedOf(const FlatLayout& layout, const std::vector<TensorOrdinal>& tensors)
{
    std::vector<std::uint32_t> placed;
    for (const TensorOrdinal t : tensors)
        if (const auto at = placedOf(layout, t))
            placed.push_back(*at);
    std::sort(placed.begin(), placed.end());
    placed.erase(std::unique(placed.begin(), placed.end()), placed.end());
    return placed;
}

Sparkline mergedSparkline(const Pyramid& pyramid, const std::vector<std::uint32_t>& placed)
{
    const auto summary = pyramid.summaryOf(placed);
    const auto sketch = summary ? pyramid.sketchOf(placed) : nullptr;
    return sketch ? makeSparkline(*sketch, *summary) : Sparkline();
}

} // namespace

Sparkline TreeModel::sparkline(NodeOrdinal node) const
{
    if (const auto known = m_sparklines.constFind(node); known != m_sparklines.constEnd())
        return *known;
    const TensorOrdinal t = m_tree->tensorOf(node);
    if (t == noOrdinal)
        return groupSparkline(node);
    const auto placed = allPlacedOf(*m_layout, { t });
    if (placed.empty())
        return {};
    const Sparkline line = mergedSparkline(*m_pyramid, placed);
    if (line.known)
        m_sparklines.insert(node, line);
    return line;
}

// Merging the sketches of thousands of tensors is not the GUI thread's work: asked for once all is summarised.
Sparkline TreeModel::groupSparkline(NodeOrdinal node) const
{
    if (m_asked.contains(node) || m_pyramid->knownBlocks() < m_pyramid->blockCount())
        return {};
    m_asked.insert(node);
    auto* self = const_cast<TreeModel*>(this);
    m_session.tasks()->run<Sparkline>(
        QString(),
        [tree = m_tree, layout = m_layout, pyramid = m_pyramid, node](const Job&) {
            return mergedSparkline(*pyramid, allPlacedOf(*layout, tree->tensorsBelow(node)));
        },
        [guard = QPointer<TreeModel>(self), node, pyramid = m_pyramid, revision = m_session.revision()](Sparkline line) {
            if (!guard || guard->m_pyramid != pyramid || guard->m_session.revision() != revision)
                return;
            guard->m_asked.remove(node);
            if (!line.known)
                return;
            guard->m_sparklines.insert(node, line);
            if (guard->m_rows->holds(node) && guard->m_fetched.contains(guard->above(node))) {
                const QModelIndex cell = guard->createIndex(guard->rowOf(node), Distribution, quintptr(node));
                Q_EMIT guard->dataChanged(cell, cell, { SparklineRole });
            }
        });
    return {};
}

} // namespace ravel
