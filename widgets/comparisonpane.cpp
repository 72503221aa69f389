// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/comparisonpane.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "items/comparison.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/matchbox.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

using Filter = ComparisonModel::Filter;
using State = TensorDiff::State;

constexpr int allStates = -1, differing = -2; // beside the states, in the filter

} // namespace

ComparisonPane::ComparisonPane(Session& session, Comparison& comparison, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_comparison(comparison)
    , m_model(new ComparisonModel(comparison, this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    m_pages = new QStackedWidget(this);
    m_pages->addWidget(makeEmptyPage());
    m_pages->addWidget(makeTablePage());
    column->addWidget(m_pages);
    connect(&comparison, &Comparison::opened, this, &ComparisonPane::fill);
    connect(&comparison, &Comparison::closed, this, &ComparisonPane::fill);
    connect(&comparison, &Comparison::matched, this, &ComparisonPane::fill);
    connect(&comparison, &Comparison::found, this, &ComparisonPane::showCounts);
    connect(&comparison, &Comparison::compared, this, &ComparisonPane::showCounts);
    connect(&comparison, &Comparison::unfinishedChanged, this, &ComparisonPane::showCounts);
    connect(&session, &Session::layoutChanged, this, &ComparisonPane::fill);
    fill();
}

QSize ComparisonPane::sizeHint() const { return { 84 * fontMetrics().averageCharWidth(), 300 }; }
QSize ComparisonPane::minimumSizeHint() const { return { 30 * fontMetrics().averageCharWidth(), 120 }; }

QWidget* ComparisonPane::makeEmptyPage()
{
    auto* page = new QWidget(this);
    auto* column = new QVBoxLayout(page);
    auto* words = new QLabel(tr("Compare the open checkpoint with another one: what is equal, what differs, and by how much."), page);
    words->setWordWrap(true);
    words->setAlignment(Qt::AlignCenter);
    auto* with = new QPushButton(tr("Compare &With…"), page);
    m_saved = new QPushButton(tr("With the File as &Saved"), page);
    m_saved->setToolTip(tr("What the edits change"));
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(with);
    row->addWidget(m_saved);
    row->addStretch(1);
    column->addStretch(1);
    column->addWidget(words);
    column->addLayout(row);
    column->addStretch(2);
    connect(with, &QPushButton::clicked, this, &ComparisonPane::compareWanted);
    connect(m_saved, &QPushButton::clicked, this, &ComparisonPane::compareSavedWanted);
    return page;
}

void ComparisonPane::makeTable(QWidget* page)
{
    m_table = new QTableView(page);
    m_table->setObjectName(u"comparisonTable"_s);
    m_table->setAccessibleName(tr("Comparison"));
    m_table->setModel(m_model);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setAlternatingRowColors(true);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->setSortingEnabled(true);
    m_table->horizontalHeader()->setSortIndicatorClearable(true);
    m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 5);
    const int digit = fontMetrics().horizontalAdvance(u'0');
    const int widths[] { 30, 12, 11, 11, 11, 11, 11, 11, 24 };
    for (int i = 0; i < ComparisonModel::ColumnCount; ++i)
        m_table->setColumnWidth(i, widths[i] * digit);
    m_table->horizontalHeader()->setStretchLastSection(true);
}

QWidget* ComparisonPane::makeTablePage()
{
    auto* page = new QWidget(this);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 2, 0, 0);
    column->setSpacing(2);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(4, 0, 4, 0);
    m_title = new QLabel(page);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setMinimumWidth(60);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    head->addWidget(m_title, 1);
    const auto button = [&](const QString& text, const QString& tip, auto act) {
        auto* made = new QToolButton(page);
        made->setText(text);
        made->setToolTip(tip);
        made->setAutoRaise(true);
        connect(made, &QToolButton::clicked, this, act);
        head->addWidget(made);
        return made;
    };
    m_match = button(tr("Matching"), tr("Which tensor is compared with which"), [this] { m_matchBox->setVisible(m_match->isChecked()); });
    m_match->setCheckable(true);
    button(tr("Reload"), tr("Read the second file again"), [this] { m_comparison.reload(); });
    button(tr("Close"), tr("Close the comparison"), [this] { m_comparison.close(); });
    column->addLayout(head);

    m_counts = new QLabel(page);
    m_counts->setContentsMargins(4, 0, 4, 0);
    m_counts->setWordWrap(true);
    m_counts->setAccessibleName(tr("Counts"));
    column->addWidget(m_counts);
    m_matchBox = new MatchBox(m_session, m_comparison, page);
    m_matchBox->hide();
    column->addWidget(m_matchBox);
    auto* advice = new QHBoxLayout;
    advice->setContentsMargins(4, 0, 4, 0);
    m_advice = new QLabel(page);
    m_advice->setWordWrap(true);
    m_advice->setTextFormat(Qt::PlainText);
    m_takeAdvice = new QPushButton(tr("Match So"), page);
    m_again = new QPushButton(tr("Go On"), page);
    advice->addWidget(m_advice, 1);
    advice->addWidget(m_takeAdvice);
    advice->addWidget(m_again);
    column->addLayout(advice);
    auto* filters = new QHBoxLayout;
    filters->setContentsMargins(4, 0, 4, 0);
    m_filter = new QComboBox(page);
    m_filter->setAccessibleName(tr("Which tensors are shown"));
    m_filter->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_name = new QLineEdit(page);
    m_name->setPlaceholderText(tr("Part of the name"));
    m_name->setClearButtonEnabled(true);
    m_name->setAccessibleName(tr("Filter the comparison by name"));
    filters->addWidget(m_filter);
    filters->addWidget(m_name, 1);
    column->addLayout(filters);

    makeTable(page);
    column->addWidget(m_table, 1);

    connect(m_takeAdvice, &QPushButton::clicked, this, [this] {
        if (m_comparison.suggestion())
            m_comparison.setMatch(MatchSpec(m_comparison.suggestion()->spec));
    });
    connect(m_again, &QPushButton::clicked, &m_comparison, &Comparison::goOn);
    connect(m_filter, &QComboBox::currentIndexChanged, this, &ComparisonPane::applyFilter);
    connect(m_name, &QLineEdit::textChanged, this, &ComparisonPane::applyFilter);
    m_table->installEventFilter(this);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        if (m_table->hasFocus()) // by key; else it follows
            chooseRow(row);
    });
    connect(m_table, &QTableView::clicked, this, &ComparisonPane::chooseRow); // also of the row that is the current one
    connect(m_table, &QWidget::customContextMenuRequested, this, &ComparisonPane::contextMenu);
    return page;
}

QString ComparisonPane::counts() const { return m_counts->text(); }
QString ComparisonPane::advice() const { return m_advice->isVisibleTo(this) ? m_advice->text() : QString(); }

void ComparisonPane::fill()
{
    m_pages->setCurrentIndex(m_comparison.isOpen() ? 1 : 0);
    for (QWidget* button : m_pages->widget(0)->findChildren<QPushButton*>())
        button->setEnabled(m_session.document());
    if (!m_comparison.isOpen())
        return;
    const QString text = tr("A %1   B %2").arg(m_session.title(), m_comparison.title());
    m_title->setText(text);
    m_title->setToolTip(tr("A: %1\nB: %2").arg(m_session.path(), m_comparison.withSaved() ? m_comparison.title() : m_comparison.path()));
    showCounts();
}

void ComparisonPane::showCounts()
{
    const Comparison::Counts c = m_comparison.counts();
    const auto total = static_cast<std::int64_t>(m_comparison.tensors().size());
    QStringList parts;
    const auto add = [&parts](std::int64_t n, const QString& what) {
        if (n > 0)
            parts << u"<b>%1</b> %2"_s.arg(countText(n), what);
    };
    add(c.same, tr("equal"));
    add(c.values, tr("different"));
    add(c.dtype, tr("of another dtype"));
    add(c.shape, tr("of another shape"));
    add(c.onlyA, tr("only in A"));
    add(c.onlyB, tr("only in B"));
    add(c.unreadable, tr("not readable"));
    add(total - c.known, m_comparison.comparing() ? tr("still to compare") : tr("not compared"));
    const bool unmatched = m_comparison.unfinished() == Comparison::Unfinished::Matching;
    m_counts->setText(!m_comparison.matching() ? (unmatched ? tr("Not matched yet.") : tr("Matching…")) : total == 0 ? tr("Neither file has a tensor.") : parts.join(u" · "_s));
    fillFilters();
    showAdvice();
}

void ComparisonPane::fillFilters()
{
    const Comparison::Counts c = m_comparison.counts();
    const struct {
        int id;
        QString text;
        std::int64_t count;
    } choices[] { { allStates, tr("All"), static_cast<std::int64_t>(m_comparison.tensors().size()) },
        { differing, tr("Not equal"), c.known - c.same }, { static_cast<int>(State::Values), tr("Different"), c.values },
        { static_cast<int>(State::Same), tr("Equal"), c.same }, { static_cast<int>(State::Dtype), tr("Other dtype"), c.dtype },
        { static_cast<int>(State::Shape), tr("Other shape"), c.shape }, { static_cast<int>(State::OnlyA), tr("Only in A"), c.onlyA },
        { static_cast<int>(State::OnlyB), tr("Only in B"), c.onlyB }, { static_cast<int>(State::Unreadable), tr("Not readable"), c.unreadable } };
    const QSignalBlocker quiet(m_filter);
    int place = 0;
    for (const auto& choice : choices) {
        const QString text = tr("%1 (%2)").arg(choice.text, countText(choice.count));
        if (place < m_filter->count())
            m_filter->setItemText(place, text);
        else
            m_filter->addItem(text, choice.id);
        ++place;
    }
}

void ComparisonPane::showAdvice()
{
    const auto& better = m_comparison.suggestion();
    const Matching* matching = m_comparison.matching();
    QString text;
    if (better && better->spec.by == MatchSpec::By::Order)
        text = tr("Matched by order, %1 would be compared.").arg(tr("%Ln tensor(s)", nullptr, static_cast<int>(better->matched)));
    else if (better)
        text = tr("With the names mapped by %1, %2 would be compared.")
                   .arg(toQt(better->spec.rules.back().text()), tr("%Ln tensor(s)", nullptr, static_cast<int>(better->matched)));
    else if (matching && matching->matched == 0 && matching->inA > 0 && matching->inB > 0)
        text = tr("The two have no name in common. Map names under Matching, or match by order; or they are checkpoints of different models.");
    else if (matching && (matching->inA == 0 || matching->inB == 0))
        text = tr("%1 has no tensors.").arg(matching->inA == 0 ? m_session.title() : m_comparison.title());
    const QString cut = unfinishedText();
    if (!cut.isEmpty())
        text += (text.isEmpty() ? QString() : u" "_s) + cut;
    m_advice->setText(text);
    m_advice->setVisible(!text.isEmpty());
    m_takeAdvice->setVisible(better.has_value());
    m_again->setVisible(!cut.isEmpty());
}

QString ComparisonPane::unfinishedText() const
{
    switch (m_comparison.unfinished()) {
    case Comparison::Unfinished::Nothing: break;
    case Comparison::Unfinished::Matching: return tr("Matching was cancelled.");
    case Comparison::Unfinished::Comparing: return tr("The comparison was cancelled.");
    case Comparison::Unfinished::Analysing: return tr("The analysis was cancelled: the map does not show all of the other numbers.");
    }
    return {};
}

void ComparisonPane::applyFilter()
{
    const int id = m_filter->currentData().toInt();
    Filter filter;
    filter.kind = id == allStates ? Filter::Kind::All : id == differing ? Filter::Kind::Differing : Filter::Kind::One;
    if (filter.kind == Filter::Kind::One)
        filter.state = static_cast<State>(id);
    filter.name = m_name->text().trimmed();
    m_model->setFilter(filter);
}

void ComparisonPane::chooseRow(const QModelIndex& row)
{
    if (!row.isValid() || !m_comparison.isOpen())
        return;
    const TensorDiff& diff = m_comparison.tensors()[m_model->pairAt(row.row())];
    if (diff.a == noOrdinal || !m_session.document() || diff.a >= m_session.document()->checkpoint().tensors.size())
        return; // only in B: the window shows A
    m_session.selection()->select({ { wholeBox(m_session.document()->checkpoint(), diff.a) }, std::nullopt });
    if (const auto place = m_comparison.placeOf(m_model->pairAt(row.row()), true))
        Q_EMIT showWanted(*place);
}

void ComparisonPane::showRow(std::size_t pair)
{
    if (const auto row = m_model->rowOf(pair)) {
        const QSignalBlocker quiet(m_table->selectionModel());
        m_table->setCurrentIndex(m_model->index(*row, 0));
        m_table->selectRow(*row);
        m_table->scrollTo(m_model->index(*row, 0)); // the view does so by itself when the selection model tells it
        m_table->viewport()->update();
    }
}

void ComparisonPane::editMatching()
{
    m_match->setChecked(true);
    m_matchBox->show();
    m_matchBox->by()->setFocus(Qt::ShortcutFocusReason);
}

void ComparisonPane::copyTable() { QGuiApplication::clipboard()->setText(m_model->tsv()); }

void ComparisonPane::contextMenu(const QPoint& place)
{
    QMenu menu(this);
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    QAction* some = menu.addAction(tr("Copy Rows"), this, [this, rows] { QGuiApplication::clipboard()->setText(m_model->tsv(rows)); });
    some->setEnabled(!rows.isEmpty());
    menu.addAction(tr("Copy Table"), this, &ComparisonPane::copyTable);
    menu.exec(m_table->viewport()->mapToGlobal(place));
}

// The window has a command of this key, too: while the table has the focus, its rows are meant.
bool ComparisonPane::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::ShortcutOverride && event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    if (!static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy))
        return QWidget::eventFilter(watched, event);
    if (event->type() == QEvent::KeyPress)
        QGuiApplication::clipboard()->setText(m_model->tsv(m_table->selectionModel()->selectedRows()));
    event->accept();
    return true;
}

} // namespace ravel
