// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/anomalypane.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "items/qtext.h"
#include "items/session.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::int64_t leastShown = 96; // elements about a place

QTreeView* makeView(AnomalyModel* model, QWidget* parent)
{
    auto* view = new QTreeView(parent);
    view->setObjectName(u"anomalyList"_s);
    view->setModel(model);
    view->setRootIsDecorated(false);
    view->setUniformRowHeights(true);
    view->setAlternatingRowColors(true);
    view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view->setContextMenuPolicy(Qt::CustomContextMenu);
    view->setAccessibleName(AnomalyPane::tr("Anomalies"));
    QHeaderView* header = view->header();
    header->setMinimumSectionSize(24);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setSortIndicatorClearable(true);
    view->setSortingEnabled(true);
    const int letter = view->fontMetrics().averageCharWidth();
    header->resizeSection(AnomalyModel::Severity, 28);
    int widest = 0;
    for (int i = 0; i < anomalyKinds; ++i)
        widest = std::max(widest, view->fontMetrics().horizontalAdvance(AnomalyModel::kindText(static_cast<AnomalyKind>(i))));
    header->resizeSection(AnomalyModel::Kind, widest + 2 * letter);
    view->setTextElideMode(Qt::ElideMiddle);
    header->resizeSection(AnomalyModel::Where, 26 * letter);
    header->setStretchLastSection(true);
    return view;
}

} // namespace

FlatRange surroundings(FlatRange place, Count numel)
{
    if (place.count().value >= leastShown)
        return place;
    const std::int64_t width = std::min(leastShown, numel.value);
    const std::int64_t middle = place.begin.value + place.count().value / 2;
    const std::int64_t begin = std::clamp<std::int64_t>(middle - width / 2, 0, numel.value - width);
    return { FlatIndex(begin), FlatIndex(begin + width) };
}

AnomalyPane::AnomalyPane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_model(new AnomalyModel(session, this))
    , m_view(makeView(m_model, this))
    , m_kinds(new QComboBox(this))
    , m_status(new QLabel(this))
    , m_again(new QToolButton(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto* row = new QHBoxLayout;
    row->setSpacing(2);
    column->addWidget(m_kinds);
    column->addWidget(m_view, 1);
    column->addLayout(row);
    row->addWidget(m_status, 1);
    row->addWidget(m_again);
    m_kinds->setAccessibleName(tr("Kinds of anomalies"));
    m_status->setContentsMargins(4, 0, 4, 2);
    m_status->setTextFormat(Qt::PlainText);
    m_status->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_again->setText(tr("Look Again"));
    m_again->setAutoRaise(true);
    setFocusProxy(m_view);
    fillKinds();
    showStatus();

    m_view->installEventFilter(this);
    connect(m_again, &QToolButton::clicked, m_model, &AnomalyModel::look);
    connect(m_kinds, &QComboBox::activated, this, [this] {
        const QVariant kind = m_kinds->currentData();
        m_model->showKind(kind.isValid() ? std::optional(static_cast<AnomalyKind>(kind.toInt())) : std::nullopt);
    });
    connect(m_view, &QTreeView::clicked, this, [this](const QModelIndex& index) { go(index.row()); });
    connect(m_view, &QTreeView::activated, this, [this](const QModelIndex& index) { go(index.row()); });
    connect(m_view, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        QMenu menu(this);
        menu.addAction(tr("Copy as TSV"), this, &AnomalyPane::copy)->setEnabled(m_model->rowCount() > 0);
        menu.exec(m_view->viewport()->mapToGlobal(at));
    });
    connect(m_model, &AnomalyModel::changed, this, [this] {
        m_at.reset();
        fillKinds();
        showStatus();
        Q_EMIT found();
    });
}

QString AnomalyPane::status() const { return m_status->text(); }

void AnomalyPane::fillKinds()
{
    const QVariant chosen = m_kinds->currentData();
    m_kinds->clear();
    m_kinds->addItem(tr("All kinds (%1)").arg(countText(static_cast<std::int64_t>(m_model->all().size()))));
    for (int i = 0; i < anomalyKinds; ++i) {
        const auto kind = static_cast<AnomalyKind>(i);
        const int n = m_model->count(kind);
        if (n > 0 || chosen == QVariant(i)) // what is looked at does not go away
            m_kinds->addItem(tr("%1 (%2)").arg(AnomalyModel::kindText(kind), countText(n)), i);
    }
    m_kinds->setCurrentIndex(std::max(0, chosen.isValid() ? m_kinds->findData(chosen) : 0));
}

void AnomalyPane::showStatus()
{
    const auto n = static_cast<int>(m_model->all().size());
    const QString count = n == 0 ? tr("none") : tr("%Ln finding(s)", nullptr, n);
    QString text;
    switch (m_model->state()) {
    case AnomalyModel::State::Nothing: break;
    case AnomalyModel::State::Waiting: text = tr("%1 so far; the tensors are still being analysed").arg(count); break;
    case AnomalyModel::State::Looking: text = tr("%1 so far; looking for dead rows and duplicates").arg(count); break;
    case AnomalyModel::State::Done: text = n == 0 ? tr("No anomalies") : count; break;
    case AnomalyModel::State::Cancelled: text = tr("%1 so far; the search was cancelled").arg(count); break;
    case AnomalyModel::State::Failed: text = m_model->trouble(); break;
    case AnomalyModel::State::Stuck: text = tr("%1 so far; not all tensors have been analysed").arg(count); break;
    }
    m_status->setText(text);
    m_status->setToolTip(text);
    const auto state = m_model->state();
    m_again->setVisible(state == AnomalyModel::State::Cancelled || state == AnomalyModel::State::Failed || state == AnomalyModel::State::Stuck);
}

void AnomalyPane::go(int row)
{
    if (row < 0 || row >= m_model->rowCount())
        return;
    const Anomaly anomaly = m_model->at(row);
    const Count numel = m_model->layout()->numel();
    m_session.selection()->select(anomaly.selection);
    const FlatRange first = anomaly.ranges.front();
    const bool apart = anomaly.kind == AnomalyKind::Duplicate; // each of them a tensor
    Q_EMIT placeWanted(surroundings(apart ? first : FlatRange { first.begin, anomaly.ranges.back().end }, numel));
}

void AnomalyPane::next() { step(1); }
void AnomalyPane::previous() { step(-1); }

void AnomalyPane::step(int direction)
{
    using Stop = AnomalyModel::Place;
    const std::vector<Stop>& stops = m_model->places();
    if (stops.empty()) {
        Q_EMIT said(m_model->state() == AnomalyModel::State::Done ? tr("No anomalies") : tr("No anomalies found so far"));
        return;
    }
    const auto n = static_cast<std::ptrdiff_t>(stops.size());
    std::ptrdiff_t to = direction > 0 ? 0 : n - 1;
    const bool there = m_at && m_session.selection()->selection() == m_walkedTo;
    const auto same = [&](const Stop& s) { return there && s.anomaly == m_at->first && s.index == m_at->second; };
    const auto was = std::find_if(stops.begin(), stops.end(), same);
    const FlatCover selected = flatCover(*m_model->layout(), m_session.selection()->selection(), 64);
    if (was != stops.end()) {
        to = (was - stops.begin() + direction + n) % n;
    } else if (!selected.ranges.empty()) {
        const FlatIndex here = selected.ranges.front().begin;
        const auto after = std::partition_point(stops.begin(), stops.end(), [&](const Stop& s) { return direction > 0 ? s.range.begin <= here : s.range.begin < here; });
        to = ((after - stops.begin()) + (direction > 0 ? 0 : -1) + n) % n;
    }
    const Stop stop = stops[static_cast<std::size_t>(to)];
    const Anomaly anomaly = m_model->all()[stop.anomaly];
    const FlatRange range = stop.range;
    const auto part = selectRange(*m_model->layout(), range);
    const bool wholeOnly = anomaly.kind == AnomalyKind::DeadColumns || anomaly.ranges.size() == 1;
    m_walkedTo = wholeOnly || !part ? anomaly.selection : *part;
    m_session.selection()->select(m_walkedTo);
    m_at = { stop.anomaly, stop.index };
    m_view->setCurrentIndex(m_model->index(m_model->rowOf(stop.anomaly), 0));
    Q_EMIT placeWanted(surroundings(range, m_model->layout()->numel()));
    Q_EMIT said(tr("Anomaly %1 of %2: %3, %4").arg(countText(to + 1), countText(n), toQt(anomalyPlace(*m_model->layout(), anomaly)),
        AnomalyModel::words(*m_model->layout(), anomaly)));
}

void AnomalyPane::copy()
{
    std::vector<int> rows;
    for (const QModelIndex& index : m_view->selectionModel()->selectedRows())
        rows.push_back(index.row());
    std::sort(rows.begin(), rows.end());
    if (rows.size() < 2) { // one is what was clicked last
        rows.resize(static_cast<std::size_t>(m_model->rowCount()));
        for (std::size_t i = 0; i < rows.size(); ++i)
            rows[i] = static_cast<int>(i);
    }
    if (!rows.empty())
        QGuiApplication::clipboard()->setText(m_model->tsv(rows));
}

// Ctrl+C in the list copies the list, not the numbers that are selected.
bool AnomalyPane::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::ShortcutOverride && event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    if (!static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy))
        return QWidget::eventFilter(watched, event);
    event->accept();
    if (event->type() == QEvent::KeyPress)
        copy();
    return true;
}

} // namespace ravel
