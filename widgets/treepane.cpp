// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/treepane.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QResizeEvent>
#include <QTimer>
#include <QTreeView>
#include <QVBoxLayout>

#include "items/qtext.h"
#include "items/session.h"
#include "widgets/namedelegate.h"
#include "widgets/sparklinedelegate.h"
#include "widgets/tones.h"

namespace ravel {

namespace {

constexpr int expandedAtOnce = 600; // tensors; more rows than that are not read by anyone
constexpr std::size_t followedAtOnce = 256;

} // namespace

TreePane::TreePane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_model(new TreeModel(session, this))
    , m_view(new QTreeView(this))
    , m_filter(new QLineEdit(this))
    , m_count(new QLabel(this))
    , m_outOfSight(new QLabel(this))
    , m_filterTimer(new QTimer(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(m_filter);
    column->addWidget(m_view, 1);
    column->addWidget(m_count);
    column->addWidget(m_outOfSight);
    m_filter->setPlaceholderText(tr("Filter: a part of the name, or a glob"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter parameters"));
    m_count->setContentsMargins(4, 0, 4, 2);
    m_count->setTextFormat(Qt::PlainText);
    m_outOfSight->setObjectName(QStringLiteral("outOfSight"));
    m_outOfSight->setContentsMargins(4, 0, 4, 2);
    m_outOfSight->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    m_outOfSight->setAccessibleName(tr("Stored and not shown"));
    m_outOfSight->hide();
    connect(m_outOfSight, &QLabel::linkActivated, this, &TreePane::informationWanted);

    m_view->setObjectName(QStringLiteral("tree"));
    m_view->setModel(m_model);
    m_view->setUniformRowHeights(true);
    m_view->setAlternatingRowColors(true);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setAccessibleName(tr("Parameters"));
    m_view->setItemDelegateForColumn(TreeModel::Name, new NameDelegate(m_view));
    m_view->setItemDelegateForColumn(TreeModel::Distribution, new SparklineDelegate(m_view));
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->header()->setStretchLastSection(false);
    m_view->header()->setSectionResizeMode(TreeModel::Name, QHeaderView::Stretch);
    m_view->header()->setMinimumSectionSize(40);
    m_view->setIndentation(13);
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    m_view->header()->resizeSection(TreeModel::Distribution, 54);
    m_view->header()->resizeSection(TreeModel::Shape, 12 * digit);
    m_view->header()->resizeSection(TreeModel::Type, 8 * digit);
    m_view->header()->resizeSection(TreeModel::Elements, 8 * digit);

    m_filterTimer->setSingleShot(true);
    m_filterTimer->setInterval(60);
    connect(m_filter, &QLineEdit::textChanged, m_filterTimer, qOverload<>(&QTimer::start));
    connect(m_filterTimer, &QTimer::timeout, this, [this] { m_model->setFilter(m_filter->text().trimmed()); });
    connect(m_model, &TreeModel::filtered, this, &TreePane::afterFilter);
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, &TreePane::keepState);
    connect(m_model, &QAbstractItemModel::modelReset, this, &TreePane::restoreState);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &TreePane::selectRows);
    connect(m_view, &QTreeView::clicked, this, &TreePane::selectRows); // also of a row that is selected already
    connect(m_view, &QWidget::customContextMenuRequested, this, &TreePane::contextMenu);
    connect(session.selection(), &SelectionModel::changed, this, &TreePane::followSelection);
    connect(&session, &Session::layoutChanged, this, &TreePane::count);
    connect(&session, &Session::opened, this, &TreePane::askStorages);
}

QSize TreePane::sizeHint() const { return { 76 * fontMetrics().averageCharWidth(), 400 }; }

// Names come first: what a narrow pane has no room for stands in the tool tip.
void TreePane::resizeEvent(QResizeEvent* event)
{
    const int letter = fontMetrics().averageCharWidth();
    m_view->setColumnHidden(TreeModel::Elements, event->size().width() < 74 * letter);
    m_view->setColumnHidden(TreeModel::Type, event->size().width() < 52 * letter);
    QWidget::resizeEvent(event);
}

void TreePane::selectRows()
{
    if (m_following || !m_model->tree())
        return;
    const QModelIndexList rows = m_view->selectionModel()->selectedRows(TreeModel::Name);
    if (rows.isEmpty())
        return;
    const Selection selection = m_model->selectionOf(rows);
    if (selection.empty())
        return; // a number or a text: nothing of the vector
    m_selecting = true;
    m_session.selection()->select(selection);
    m_selecting = false;
}

void TreePane::followSelection()
{
    if (m_selecting || !m_model->tree())
        return;
    const Selection& selection = m_session.selection()->selection();
    m_following = true;
    m_view->selectionModel()->clearSelection();
    std::vector<TensorOrdinal> tensors;
    for (const Box& box : selection.boxes)
        if (tensors.empty() || tensors.back() != box.tensor)
            tensors.push_back(box.tensor);
    if (tensors.size() <= followedAtOnce) {
        QModelIndex first;
        for (const TensorOrdinal tensor : tensors) {
            const QModelIndex row = m_model->indexOf(m_model->tree()->nodeOf(tensor));
            if (!row.isValid())
                continue;
            m_view->selectionModel()->select(row, QItemSelectionModel::Select | QItemSelectionModel::Rows);
            if (!first.isValid())
                first = row;
        }
        if (first.isValid()) {
            m_view->selectionModel()->setCurrentIndex(first, QItemSelectionModel::NoUpdate);
            m_view->scrollTo(first);
        }
    }
    m_following = false;
}

void TreePane::keepState()
{
    if (!m_model->tree() || !m_model->filter().isEmpty())
        return;
    m_open.clear();
    m_nodes = m_model->tree()->nodes().size();
    QModelIndexList open { QModelIndex() };
    while (!open.isEmpty()) {
        const QModelIndex at = open.takeLast();
        for (int row = 0; row < m_model->rowCount(at); ++row) {
            const QModelIndex child = m_model->index(row, 0, at);
            if (!m_view->isExpanded(child))
                continue;
            m_open.insert(m_model->nodeAt(child));
            open << child;
        }
    }
}

void TreePane::restoreState()
{
    if (!m_model->tree())
        return;
    m_model->fetchMore({});
    if (m_model->tree()->nodes().size() == m_nodes && !m_open.isEmpty()) {
        QList<NodeOrdinal> nodes(m_open.begin(), m_open.end());
        std::sort(nodes.begin(), nodes.end()); // parents come first
        for (const NodeOrdinal node : nodes)
            m_view->expand(m_model->indexOf(node));
    } else if (m_model->tree()->nodes().size() <= 40) {
        m_view->expandAll();
    } else if (m_model->rowCount({}) <= 12) {
        m_view->expandToDepth(0);
    }
    count();
    followSelection();
}

void TreePane::afterFilter()
{
    if (!m_model->filter().isEmpty() && m_model->shownTensors() <= expandedAtOnce)
        m_view->expandAll();
    count();
    followSelection();
}

void TreePane::count()
{
    const ParameterTree* tree = m_model->tree();
    if (!tree) {
        m_count->clear();
        return;
    }
    const auto& tensors = tree->checkpoint().tensors;
    const auto buffers = std::count_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.kind == TensorKind::Buffer; });
    const auto bad = std::count_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return !t.readable; });
    QStringList parts { tr("%Ln tensor(s)", nullptr, static_cast<int>(tensors.size())) };
    if (!m_model->filter().isEmpty())
        parts[0] = tr("%1 of %2").arg(countText(m_model->shownTensors()), parts[0]);
    if (buffers > 0)
        parts << tr("%Ln buffer(s)", nullptr, static_cast<int>(buffers));
    if (bad > 0)
        parts << tr("%Ln not readable", nullptr, static_cast<int>(bad));
    m_count->setText(parts.join(QStringLiteral(", ")));
}

// What the file stores besides the tensors: known a moment later.
void TreePane::askStorages()
{
    m_model->setStorageNotes(nullptr);
    m_outOfSight->hide();
    const auto checkpoint = m_session.document()->checkpointPtr();
    m_session.tasks()->run<std::shared_ptr<const StorageNotes>>(
        QString(), [checkpoint](const Job&) { return StorageNotes::make(checkpoint); },
        [this, checkpoint](const std::shared_ptr<const StorageNotes>& notes) {
            if (!m_session.document() || m_session.document()->checkpointPtr() != checkpoint)
                return; // another file by now
            m_model->setStorageNotes(notes);
            const QString summary = notes->summary();
            m_outOfSight->setText(QStringLiteral("<a href=\"#\">%1</a>").arg(summary.toHtmlEscaped()));
            m_outOfSight->setToolTip(tr("Listed in File Information"));
            m_outOfSight->setVisible(!summary.isEmpty());
        });
}

void TreePane::contextMenu(const QPoint& place)
{
    const QModelIndex row = m_view->indexAt(place);
    if (!row.isValid() || !m_model->tree())
        return;
    const NodeOrdinal node = m_model->nodeAt(row);
    const ParameterTree::Node& n = m_model->tree()->nodes()[node];
    const QString name = row.data(TreeModel::FullNameRole).toString();
    QMenu menu(this);
    menu.addAction(tr("Copy Name"), this, [name] { QGuiApplication::clipboard()->setText(name); });
    if (n.entry != noOrdinal && n.tensorCount > 0 && m_model->tree()->tensorOf(node) == noOrdinal)
        menu.addAction(tr("Use as Scope"), this, [this, name] { Q_EMIT scopeWanted(name); });
    menu.addSeparator();
    menu.addAction(tr("Expand All Below"), this, [this, row] { m_view->expandRecursively(row); });
    menu.addAction(tr("Collapse All"), m_view, &QTreeView::collapseAll);
    menu.exec(m_view->viewport()->mapToGlobal(place));
}

} // namespace ravel
