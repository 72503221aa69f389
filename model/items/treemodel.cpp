// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/treemodel.h"

#include "items/qtext.h"
#include "items/session.h"

#include <algorithm>
#include <unordered_set>

namespace ravel {

TreeModel::TreeModel(Session& session, QObject* parent)
    : QAbstractItemModel(parent)
    , m_session(session)
{
    connect(&session, &Session::layoutChanged, this, &TreeModel::reset);
    connect(&session, &Session::editsChanged, this, [this] {
        m_sparklines.clear();
        m_asked.clear();
        markEdits();
        refresh(Name, ColumnCount - 1);
    });
    connect(&session, &Session::statisticsChanged, this, [this] { refresh(Distribution, Distribution); });
    reset();
}

TreeModel::~TreeModel()
{
    if (m_filterJob)
        m_filterJob->cancel();
}

void TreeModel::reset()
{
    const Document* document = m_session.document();
    const auto tree = m_session.tree();
    m_sparklines.clear();
    m_asked.clear();
    if (tree == m_tree && document) { // another layout of the same tree: rows stay
        m_layout = document->layout();
        m_pyramid = document->pyramid();
        refresh(Name, ColumnCount - 1);
        return;
    }
    beginResetModel();
    m_tree = tree;
    m_layout = document ? document->layout() : nullptr;
    m_pyramid = document ? document->pyramid() : nullptr;
    m_shown.reset();
    m_fetched.clear();
    markEdits();
    endResetModel();
    if (!m_filter.isEmpty())
        setFilter(m_filter);
}

void TreeModel::markEdits()
{
    m_edited.clear();
    const Document* document = m_session.document();
    if (!document || !m_tree)
        return;
    const EditedVector& edited = document->edited();
    const auto storages = edited.editedStorages();
    if (storages.empty())
        return;
    const std::unordered_set<StorageOrdinal> touched(storages.begin(), storages.end());
    m_edited.resize(m_tree->nodes().size());
    const Checkpoint& checkpoint = m_tree->checkpoint();
    for (TensorOrdinal t = 0; t < checkpoint.tensors.size(); ++t) {
        if (!touched.contains(checkpoint.tensors[t].storage))
            continue;
        const auto region = toRegion(checkpoint, wholeBox(checkpoint, t));
        if (!region || !edited.touches(region->storage, region->start, region->end()))
            continue;
        for (NodeOrdinal node = m_tree->nodeOf(t); node != noOrdinal && !m_edited[node]; node = m_tree->nodes()[node].parent)
            m_edited[node] = true;
    }
}

// One signal for each row that has its children out: the views repaint what they show of it.
void TreeModel::refresh(int firstColumn, int lastColumn)
{
    const auto tell = [&](const QModelIndex& parent) {
        if (const int rows = rowCount(parent); rows > 0)
            Q_EMIT dataChanged(index(0, firstColumn, parent), index(rows - 1, lastColumn, parent));
    };
    for (const NodeOrdinal node : std::as_const(m_fetched))
        tell(node == 0 ? QModelIndex() : createIndex(rowOf(node), Name, quintptr(node)));
}

void TreeModel::setFilter(const QString& text)
{
    m_filter = text;
    if (m_filterJob)
        m_filterJob->cancel();
    m_filterJob.reset();
    if (!m_tree || text.isEmpty()) {
        show(std::nullopt);
        return;
    }
    using Found = std::vector<NodeOrdinal>;
    m_filterJob = m_session.tasks()->run<Found>(
        QString(),
        [tree = m_tree, pattern = text.toStdString()](const Job& job) { return tree->matching(pattern, job); },
        [guard = QPointer<TreeModel>(this), tree = m_tree](Found found) {
            if (guard && guard->m_tree == tree)
                guard->show(std::move(found));
        });
}

void TreeModel::show(std::optional<std::vector<NodeOrdinal>> shown)
{
    beginResetModel();
    m_shown = std::move(shown);
    m_fetched.clear();
    endResetModel();
    Q_EMIT filtered();
}

int TreeModel::shownTensors() const
{
    if (!m_tree)
        return 0;
    if (!m_shown)
        return static_cast<int>(m_tree->nodes()[0].tensorCount);
    return static_cast<int>(std::count_if(
        m_shown->begin(), m_shown->end(), [&](NodeOrdinal node) { return m_tree->tensorOf(node) != noOrdinal; }));
}

std::pair<std::uint32_t, std::uint32_t> TreeModel::childrenOf(NodeOrdinal node) const
{
    const ParameterTree::Node& n = m_tree->nodes()[node];
    if (n.childCount == 0)
        return { 0, 0 };
    if (!m_shown)
        return { n.firstChild, n.firstChild + n.childCount };
    const auto first = std::lower_bound(m_shown->begin(), m_shown->end(), n.firstChild);
    const auto last = std::lower_bound(first, m_shown->end(), n.firstChild + n.childCount);
    return { static_cast<std::uint32_t>(first - m_shown->begin()), static_cast<std::uint32_t>(last - m_shown->begin()) };
}

int TreeModel::rowOf(NodeOrdinal node) const
{
    const auto [first, last] = childrenOf(m_tree->nodes()[node].parent);
    if (!m_shown)
        return static_cast<int>(node - first);
    const auto place = std::lower_bound(m_shown->begin() + first, m_shown->begin() + last, node);
    return static_cast<int>(place - (m_shown->begin() + first));
}

NodeOrdinal TreeModel::nodeAt(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<NodeOrdinal>(index.internalId()) : 0;
}

QModelIndex TreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, quintptr(at(childrenOf(nodeAt(parent)).first + static_cast<std::uint32_t>(row))));
}

QModelIndex TreeModel::parent(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    const NodeOrdinal above = m_tree->nodes()[nodeAt(index)].parent;
    return above == 0 ? QModelIndex() : createIndex(rowOf(above), Name, quintptr(above));
}

int TreeModel::rowCount(const QModelIndex& parent) const
{
    if (!m_tree || parent.column() > 0 || !m_fetched.contains(nodeAt(parent)))
        return 0;
    const auto [first, last] = childrenOf(nodeAt(parent));
    return static_cast<int>(last - first);
}

int TreeModel::columnCount(const QModelIndex&) const { return ColumnCount; }

bool TreeModel::hasChildren(const QModelIndex& parent) const
{
    if (!m_tree || parent.column() > 0)
        return false;
    const auto [first, last] = childrenOf(nodeAt(parent));
    return first != last;
}

bool TreeModel::canFetchMore(const QModelIndex& parent) const
{
    return hasChildren(parent) && !m_fetched.contains(nodeAt(parent));
}

void TreeModel::fetchMore(const QModelIndex& parent)
{
    if (!canFetchMore(parent))
        return;
    const auto [first, last] = childrenOf(nodeAt(parent));
    beginInsertRows(parent, 0, static_cast<int>(last - first) - 1);
    m_fetched.insert(nodeAt(parent));
    endInsertRows();
}

QModelIndex TreeModel::indexOf(NodeOrdinal node)
{
    if (!m_tree || node == 0 || node >= m_tree->nodes().size())
        return {};
    if (m_shown && !std::binary_search(m_shown->begin(), m_shown->end(), node))
        return {};
    std::vector<NodeOrdinal> above;
    for (NodeOrdinal up = m_tree->nodes()[node].parent; up != noOrdinal; up = m_tree->nodes()[up].parent)
        above.push_back(up);
    for (auto up = above.rbegin(); up != above.rend(); ++up)
        fetchMore(*up == 0 ? QModelIndex() : createIndex(rowOf(*up), Name, quintptr(*up)));
    return createIndex(rowOf(node), Name, quintptr(node));
}

Selection TreeModel::selectionOf(const QModelIndexList& rows) const
{
    std::vector<TensorOrdinal> tensors;
    for (const QModelIndex& row : rows) {
        const auto below = m_tree->tensorsBelow(nodeAt(row));
        tensors.insert(tensors.end(), below.begin(), below.end());
    }
    std::sort(tensors.begin(), tensors.end());
    tensors.erase(std::unique(tensors.begin(), tensors.end()), tensors.end());
    const auto isIn = [&](TensorOrdinal t) { return std::binary_search(tensors.begin(), tensors.end(), t); };

    Selection selection;
    for (const TensorOrdinal t : tensors) {
        if (!m_tree->checkpoint().tensors[t].readable)
            continue;
        const auto listed = m_layout->segmentOf(t);
        const std::uint32_t original = listed ? m_layout->listed()[*listed].aliasOf : noOrdinal;
        if (original != noOrdinal && isIn(m_layout->listed()[original].tensor))
            continue;
        selection.boxes.push_back(wholeBox(m_tree->checkpoint(), t));
    }
    return selection;
}

} // namespace ravel
