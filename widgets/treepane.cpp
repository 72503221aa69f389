// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/treepane.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPointer>
#include <QResizeEvent>
#include <QSettings>
#include <QTimer>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "items/qtext.h"
#include "items/session.h"
#include "widgets/completion.h"
#include "widgets/namedelegate.h"
#include "widgets/sparklinedelegate.h"
#include "widgets/togglebutton.h"
#include "widgets/tones.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int expandedAtOnce = 600; // tensors; more rows than that are not read by anyone
constexpr std::size_t followedAtOnce = 256;

QString filterHelp()
{
    return TreePane::tr("<table><tr><td><b>attn</b></td><td>a part of the name</td></tr>"
                        "<tr><td><b>*.weight</b></td><td>a glob over the whole name</td></tr>"
                        "<tr><td><b>/l[0-3]\\./</b></td><td>a regular expression, found anywhere</td></tr>"
                        "<tr><td><b>dtype:bf16</b></td><td>a dtype, or float, int, complex</td></tr>"
                        "<tr><td><b>kind:Linear</b></td><td>a layer, or parameter, buffer</td></tr>"
                        "<tr><td><b>is:edited</b></td><td>or alias, opaque, readonly, unreadable</td></tr>"
                        "<tr><td><b>std &lt; 1e-6</b></td><td>min max mean std absmax nan inf zeros finite numel bytes dim offset</td></tr>"
                        "<tr><td><b>zeros &gt; 50%</b></td><td>of the number of elements</td></tr>"
                        "<tr><td colspan='2'>joined by <b>and</b>, <b>or</b>, <b>not</b> and parentheses</td></tr></table>");
}

} // namespace

TreePane::TreePane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_model(new TreeModel(session, this))
    , m_view(new QTreeView(this))
    , m_filter(new QLineEdit(this))
    , m_error(new QLabel(this))
    , m_count(new QLabel(this))
    , m_flat(new ToggleButton(this))
    , m_outOfSight(new QLabel(this))
    , m_filterTimer(new QTimer(this))
{
    setUpFilter();
    setUpView();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto* row = new QHBoxLayout;
    row->setSpacing(2);
    row->addWidget(m_filter, 1);
    row->addWidget(m_flat);
    column->addLayout(row);
    column->addWidget(m_error);
    column->addWidget(m_view, 1);
    column->addWidget(m_count);
    column->addWidget(m_outOfSight);
    connect(m_outOfSight, &QLabel::linkActivated, this, &TreePane::informationWanted);
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, &TreePane::keepState);
    connect(m_model, &QAbstractItemModel::modelReset, this, &TreePane::restoreState);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &TreePane::selectRows);
    connect(m_view, &QTreeView::clicked, this, &TreePane::selectRows); // also of a row that is selected already
    connect(m_view, &QWidget::customContextMenuRequested, this, &TreePane::contextMenu);
    connect(session.selection(), &SelectionModel::changed, this, &TreePane::followSelection);
    connect(&session, &Session::layoutChanged, this, &TreePane::count);
    connect(&session, &Session::opened, this, &TreePane::askStorages);
}

void TreePane::setUpFilter()
{
    m_filter->setPlaceholderText(tr("Filter: name, *.weight, /re/, dtype:bf16, std < 1e-6"));
    m_filter->setToolTip(filterHelp());
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter parameters"));
    m_flat->setText(tr("List"));
    m_flat->setAutoRaise(true);
    m_flat->setToolTip(tr("All tensors in one list, which sorts as a whole"));
    m_flat->setAccessibleName(tr("Flat list"));
    m_error->setContentsMargins(4, 0, 4, 2);
    m_error->setTextFormat(Qt::PlainText);
    m_error->setWordWrap(true);
    m_error->setAccessibleName(tr("What is wrong with the filter"));
    m_error->hide();
    m_count->setContentsMargins(4, 0, 4, 2);
    m_count->setTextFormat(Qt::PlainText);
    m_outOfSight->setObjectName(QStringLiteral("outOfSight"));
    m_outOfSight->setContentsMargins(4, 0, 4, 2);
    m_outOfSight->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    m_outOfSight->setAccessibleName(tr("Stored and not shown"));
    m_outOfSight->hide();

    m_filterTimer->setSingleShot(true);
    m_filterTimer->setInterval(60);
    connect(m_filter, &QLineEdit::textChanged, m_filterTimer, qOverload<>(&QTimer::start));
    connect(m_filterTimer, &QTimer::timeout, this, [this] { m_model->setFilter(m_filter->text()); });
    connect(m_model, &TreeModel::filtered, this, &TreePane::afterFilter);
    connect(m_model, &TreeModel::rearranged, this, &TreePane::afterRearranging);
    connect(m_flat, &QToolButton::toggled, this, &TreePane::setFlat);
    auto* completion = new Completion(m_filter, [this](const QString& text, int cursor) {
        const QByteArray typed = text.toUtf8();
        const auto found = completeQuery(typed.toStdString(), static_cast<std::size_t>(text.left(cursor).toUtf8().size()), m_model->words());
        Completions offered { static_cast<int>(QString::fromUtf8(typed.left(static_cast<qsizetype>(found.begin))).size()), cursor, {} };
        for (const std::string& each : found.texts)
            offered.texts << toQt(each);
        return offered;
    });
    completion->list()->setObjectName(u"filterCompletions"_s);
}

void TreePane::setUpView()
{
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
    m_view->header()->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->header()->setSortIndicator(-1, Qt::AscendingOrder);
    m_view->header()->setSortIndicatorClearable(true);
    m_view->setSortingEnabled(true);
    connect(m_view->header(), &QWidget::customContextMenuRequested, this, &TreePane::columnMenu);
    m_view->header()->setMinimumSectionSize(40);
    m_view->setIndentation(13);
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    m_view->header()->resizeSection(TreeModel::Distribution, 54);
    m_view->header()->resizeSection(TreeModel::Shape, 12 * digit);
    m_view->header()->resizeSection(TreeModel::Type, 8 * digit);
    m_view->header()->resizeSection(TreeModel::Elements, 9 * digit);
    m_view->header()->resizeSection(TreeModel::Offset, 13 * digit);
    for (int each = TreeModel::Min; each <= TreeModel::Std; ++each)
        m_view->header()->resizeSection(each, 10 * digit);
    for (int each = TreeModel::Zeros; each <= TreeModel::Inf; ++each)
        m_view->header()->resizeSection(each, 8 * digit);
    const QStringList kept = QSettings().value("tree/columns"_L1).toStringList();
    m_chosen = !kept.isEmpty();
    for (int each = TreeModel::Distribution; each < TreeModel::ColumnCount; ++each)
        if (m_chosen ? kept.contains(columnId(each)) : each <= TreeModel::Elements)
            m_shown.insert(each);
}

QSize TreePane::sizeHint() const { return { 76 * fontMetrics().averageCharWidth(), 400 }; }

// Names come first: what a narrow pane has no room for stands in the tool tip.
void TreePane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    layColumns();
}

void TreePane::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        showError();
    QWidget::changeEvent(event);
}

// The name takes what room there is; where that is too little, the columns scroll.
void TreePane::layColumns()
{
    QHeaderView* header = m_view->header();
    const int letter = fontMetrics().averageCharWidth();
    int others = 0;
    bool numbers = false;
    for (int column = TreeModel::Distribution; column < TreeModel::ColumnCount; ++column) {
        const bool room = m_chosen || (column != TreeModel::Elements || width() >= 74 * letter) ? m_chosen || column != TreeModel::Type || width() >= 52 * letter : false;
        const bool shown = m_shown.contains(column) && room;
        m_view->setColumnHidden(column, !shown);
        others += shown ? header->sectionSize(column) : 0;
        numbers = numbers || (shown && column >= TreeModel::Min);
    }
    const int left = m_view->viewport()->width() - others, least = std::min(24 * letter, m_view->viewport()->width());
    header->setSectionResizeMode(TreeModel::Name, left >= least ? QHeaderView::Stretch : QHeaderView::Interactive);
    if (left < least)
        header->resizeSection(TreeModel::Name, least);
    m_model->setNumbersWanted(numbers);
}

void TreePane::showColumn(int column, bool on)
{
    if (on == m_shown.contains(column))
        return;
    m_chosen = true;
    if (on)
        m_shown.insert(column);
    else
        m_shown.remove(column);
    QStringList kept { u"name"_s };
    for (int each = TreeModel::Distribution; each < TreeModel::ColumnCount; ++each)
        if (m_shown.contains(each))
            kept << columnId(each);
    QSettings().setValue("tree/columns"_L1, kept);
    layColumns();
    Q_EMIT columnsChanged();
}

void TreePane::setFlat(bool flat)
{
    if (m_model->isFlat() == flat)
        return;
    m_model->setFlat(flat);
    m_flat->setChecked(flat);
    m_view->setRootIsDecorated(!flat);
    Q_EMIT flatChanged(flat);
}

QString TreePane::columnId(int column)
{
    static const char* const ids[] { "name", "values", "shape", "type", "elements", "offset", "min", "max", "mean", "std", "zeros", "nan", "inf" };
    return QString::fromLatin1(ids[column]);
}

QString TreePane::columnTitle(int column) { return TreeModel::columnTitle(column); }

void TreePane::columnMenu(const QPoint& place)
{
    QMenu menu(this);
    for (int column = TreeModel::Distribution; column < TreeModel::ColumnCount; ++column) {
        QAction* action = menu.addAction(columnTitle(column));
        action->setCheckable(true);
        action->setChecked(m_shown.contains(column));
        connect(action, &QAction::toggled, this, [this, column](bool on) { showColumn(column, on); });
    }
    menu.addSeparator();
    QAction* unsorted = menu.addAction(tr("Checkpoint Order"), this, [this] { m_view->header()->setSortIndicator(-1, Qt::AscendingOrder); });
    unsorted->setEnabled(m_model->sortedBy().has_value());
    menu.exec(m_view->header()->mapToGlobal(place));
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
    if (!m_model->tree() || !m_model->filter().isEmpty() || m_model->isFlat())
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

void TreePane::showError()
{
    const QString error = m_model->filterError();
    m_error->setText(error);
    m_error->setVisible(!error.isEmpty());
    QPalette tones = palette();
    tones.setColor(QPalette::WindowText, troubleText(palette()));
    m_error->setPalette(tones);
    m_filter->setAccessibleDescription(error);
}

// Rows that came in with their statistics are shown open, as the first ones were.
void TreePane::afterRearranging()
{
    if (!m_model->filter().isEmpty() && !m_model->isFlat() && m_model->shownTensors() <= expandedAtOnce)
        m_view->expandAll();
    count();
}

void TreePane::afterFilter()
{
    showError();
    if (!m_model->filterError().isEmpty())
        return; // rows stay as they were
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
    const bool filtered = !m_model->filter().isEmpty();
    const auto buffers = std::count_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.kind == TensorKind::Buffer; });
    const auto bad = std::count_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return !t.readable; });
    QStringList parts { tr("%Ln tensor(s)", nullptr, static_cast<int>(tensors.size())) };
    if (filtered)
        parts[0] = tr("%1 of %2").arg(countText(m_model->shownTensors()), parts[0]);
    if (filtered && m_model->waitingTensors() > 0)
        parts << tr("%1 not analysed yet").arg(countText(m_model->waitingTensors()));
    if (filtered && m_model->outsideLayout() > 0)
        parts << tr("%1 outside the layout: not analysed").arg(countText(m_model->outsideLayout()));
    if (buffers > 0 && !filtered)
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
        [this, guard = QPointer<TreePane>(this), checkpoint](const std::shared_ptr<const StorageNotes>& notes) {
            if (!guard || !m_session.document() || m_session.document()->checkpointPtr() != checkpoint)
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
