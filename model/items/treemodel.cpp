// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTimer>

#include "items/treemodel.h"

#include "items/qtext.h"
#include "items/session.h"

#include <algorithm>
#include <unordered_set>

namespace ravel {

namespace {

constexpr int betweenArrangements = 500; // milliseconds, while statistics come in

} // namespace

TreeModel::TreeModel(Session& session, QObject* parent)
    : QAbstractItemModel(parent)
    , m_session(session)
    , m_again(new QTimer(this))
{
    m_again->setSingleShot(true);
    m_again->setInterval(betweenArrangements);
    connect(m_again, &QTimer::timeout, this, &TreeModel::numbersCameIn);
    connect(&session, &Session::layoutChanged, this, &TreeModel::reset);
    connect(&session, &Session::editsChanged, this, [this] {
        m_sparklines.clear();
        m_asked.clear();
        m_summaries.reset();
        markEdits();
        refresh(Name, ColumnCount - 1);
        m_again->start();
    });
    connect(&session, &Session::statisticsChanged, this, [this] {
        refresh(Distribution, Distribution);
        refresh(Min, Inf);
        if (!m_again->isActive())
            m_again->start();
    });
    reset();
}

TreeModel::~TreeModel()
{
    for (const auto& job : { m_arranging, m_gathering })
        if (job)
            job->cancel();
}

void TreeModel::reset()
{
    const Document* document = m_session.document();
    const auto tree = m_session.tree();
    m_sparklines.clear();
    m_asked.clear();
    m_summaries.reset();
    if (tree == m_tree && document) { // another layout of the same tree: rows stay
        m_layout = document->layout();
        m_pyramid = document->pyramid();
        refresh(Name, ColumnCount - 1);
        if (!m_wish.query.empty() || m_wish.sortBy)
            arrange(false);
        return;
    }
    beginResetModel();
    m_tree = tree;
    m_layout = document ? document->layout() : nullptr;
    m_pyramid = document ? document->pyramid() : nullptr;
    m_words = m_tree ? queryWordsOf(*m_tree) : QueryWords();
    m_rows = m_tree ? TreeRows::make(*m_tree, std::nullopt, nullptr, m_wish.flat) : nullptr;
    m_notYet = m_outside = 0;
    m_fetched.clear();
    markEdits();
    endResetModel();
    if (m_tree && (!m_wish.query.empty() || m_wish.sortBy))
        arrange(true);
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
        if (m_rows->holds(node))
            tell(node == 0 ? QModelIndex() : createIndex(rowOf(node), Name, quintptr(node)));
}

TreeSource TreeModel::source() const { return { m_tree, m_layout, m_pyramid, m_edited }; }

void TreeModel::setFilter(const QString& text)
{
    const std::string typed = text.toStdString();
    auto query = TensorQuery::parse(typed, m_tree ? &m_words : nullptr);
    if (!query) {
        const QString before = toQt(std::string_view(typed).substr(0, query.error().position)); // a byte of the text is not a character of it
        m_filterError = tr("%1 (at %2)").arg(shown(query.error().message)).arg(before.size() + 1);
        Q_EMIT filtered();
        return;
    }
    m_filterError.clear();
    m_filter = text.trimmed();
    m_wish.query = std::move(*query);
    if (m_tree)
        arrange(true);
}

void TreeModel::setFlat(bool flat)
{
    if (flat == m_wish.flat)
        return;
    m_wish.flat = flat;
    if (m_tree)
        arrange(true);
}

void TreeModel::sort(int column, Qt::SortOrder order)
{
    const auto by = column < 0 || column >= ColumnCount ? std::nullopt : std::optional(static_cast<TreeColumn>(column));
    const bool descending = by && order == Qt::DescendingOrder;
    if (by == m_wish.sortBy && descending == m_wish.descending)
        return;
    m_wish.sortBy = by;
    m_wish.descending = descending;
    if (m_tree)
        arrange(false);
}

void TreeModel::setNumbersWanted(bool wanted)
{
    m_numbersWanted = wanted;
    if (wanted && !m_summaries)
        gatherNumbers();
}

// The newest wish wins. What costs nothing is done at once.
void TreeModel::arrange(bool anew)
{
    m_anew = anew || (m_arranging && m_anew);
    if (m_arranging)
        m_arranging->cancel();
    m_arranging.reset();
    if (m_wish.query.empty() && !m_wish.sortBy) {
        take(arrangeTree(source(), m_wish, {}), m_anew);
        return;
    }
    m_arranging = m_session.tasks()->run<TreeArrangement>(
        QString(), [source = source(), wish = m_wish](const Job& job) { return arrangeTree(source, wish, job); },
        [guard = QPointer<TreeModel>(this), pyramid = m_pyramid](TreeArrangement arrangement) {
            if (!guard || guard->m_pyramid != pyramid || !arrangement.rows)
                return;
            guard->m_arranging.reset();
            guard->take(std::move(arrangement), guard->m_anew);
        });
}

void TreeModel::take(TreeArrangement arrangement, bool anew)
{
    m_anew = false;
    m_notYet = arrangement.notYet;
    m_outside = arrangement.outsideLayout;
    if (anew) {
        beginResetModel();
        m_rows = std::move(arrangement.rows);
        m_fetched.clear();
        endResetModel();
        Q_EMIT filtered();
        return;
    }
    if (m_rows->list() != arrangement.rows->list()) {
        Q_EMIT layoutAboutToBeChanged();
        m_rows = std::move(arrangement.rows);
        const QModelIndexList before = persistentIndexList();
        QModelIndexList after;
        for (const QModelIndex& index : before) {
            const NodeOrdinal node = nodeAt(index);
            const bool out = m_rows->holds(node) && m_fetched.contains(above(node));
            after << (out ? createIndex(rowOf(node), index.column(), quintptr(node)) : QModelIndex());
        }
        changePersistentIndexList(before, after);
        Q_EMIT layoutChanged();
    }
    Q_EMIT rearranged();
}

// The pyramid knows more, or something was edited: at most so often.
void TreeModel::numbersCameIn()
{
    if (!m_tree)
        return;
    if (m_arranging || m_gathering) {
        m_again->start();
        return;
    }
    if (m_wish.hangsOnNumbers() || !m_edited.empty())
        if (!m_wish.query.empty() || m_wish.sortBy)
            arrange(false);
    if (m_numbersWanted)
        gatherNumbers();
}

void TreeModel::gatherNumbers()
{
    if (!m_tree || m_gathering)
        return;
    m_gathering = m_session.tasks()->run<NodeSummaries>(
        QString(), [source = source()](const Job& job) { return summariesOf(source, job); },
        [guard = QPointer<TreeModel>(this), pyramid = m_pyramid, revision = m_session.revision()](NodeSummaries summaries) {
            if (!guard)
                return;
            guard->m_gathering.reset();
            if (guard->m_pyramid != pyramid || guard->m_session.revision() != revision || summaries.empty())
                return guard->m_again->start();
            guard->m_summaries = std::make_shared<const NodeSummaries>(std::move(summaries));
            guard->refresh(Min, Inf);
        });
}

int TreeModel::shownTensors() const { return m_rows ? m_rows->tensors() : 0; }
NodeOrdinal TreeModel::above(NodeOrdinal node) const { return m_rows->parent(*m_tree, node); }
int TreeModel::rowOf(NodeOrdinal node) const { return static_cast<int>(m_rows->row(node)); }

NodeOrdinal TreeModel::nodeAt(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<NodeOrdinal>(index.internalId()) : 0;
}

QModelIndex TreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, quintptr(m_rows->child(nodeAt(parent), static_cast<std::uint32_t>(row))));
}

QModelIndex TreeModel::parent(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    const NodeOrdinal parent = above(nodeAt(index));
    return parent == 0 ? QModelIndex() : createIndex(rowOf(parent), Name, quintptr(parent));
}

int TreeModel::rowCount(const QModelIndex& parent) const
{
    if (!m_tree || parent.column() > 0 || !m_fetched.contains(nodeAt(parent)))
        return 0;
    return static_cast<int>(m_rows->count(nodeAt(parent)));
}

int TreeModel::columnCount(const QModelIndex&) const { return ColumnCount; }

bool TreeModel::hasChildren(const QModelIndex& parent) const
{
    if (!m_tree || parent.column() > 0)
        return false;
    return m_rows->count(nodeAt(parent)) > 0;
}

bool TreeModel::canFetchMore(const QModelIndex& parent) const
{
    return hasChildren(parent) && !m_fetched.contains(nodeAt(parent));
}

void TreeModel::fetchMore(const QModelIndex& parent)
{
    if (!canFetchMore(parent))
        return;
    beginInsertRows(parent, 0, static_cast<int>(m_rows->count(nodeAt(parent))) - 1);
    m_fetched.insert(nodeAt(parent));
    endInsertRows();
}

QModelIndex TreeModel::indexOf(NodeOrdinal node)
{
    if (!m_tree || node == 0 || node >= m_tree->nodes().size())
        return {};
    if (!m_rows->holds(node))
        return {};
    std::vector<NodeOrdinal> path;
    for (NodeOrdinal up = above(node);; up = above(up)) {
        path.push_back(up);
        if (up == 0)
            break;
    }
    for (auto up = path.rbegin(); up != path.rend(); ++up)
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
