// SPDX-License-Identifier: GPL-3.0-or-later
#include <QPointer>
#include <QTimer>

#include "items/anomalymodel.h"

#include "items/qtext.h"
#include "items/session.h"

#include <algorithm>
#include <numeric>
#include <utility>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int betweenSearches = 1500; // milliseconds, while the pyramid fills

bool isFull(const Pyramid& pyramid) { return pyramid.knownBlocks() >= pyramid.blockCount(); }

using Place = AnomalyModel::Place;

std::vector<Place> placesOf(const std::vector<Anomaly>& all)
{
    std::vector<Place> places;
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = 0; j < all[i].ranges.size(); ++j)
            places.push_back({ all[i].ranges[j], i, j });
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.range.begin < b.range.begin; });
    return places;
}

struct Search {
    std::vector<Anomaly> all;
    std::vector<Place> places;
};

QString severitySign(AnomalySeverity severity)
{
    return severity == AnomalySeverity::Serious ? u"▲"_s : severity == AnomalySeverity::Warning ? u"●"_s : u"○"_s;
}

} // namespace

AnomalyModel::AnomalyModel(Session& session, QObject* parent)
    : QAbstractTableModel(parent)
    , m_session(session)
    , m_timer(new QTimer(this))
{
    m_timer->setSingleShot(true);
    m_timer->setInterval(betweenSearches);
    connect(m_timer, &QTimer::timeout, this, &AnomalyModel::advance);
    connect(&session, &Session::layoutChanged, this, &AnomalyModel::begin);
    connect(&session, &Session::editsChanged, this, [this] {
        if (m_job)
            m_job->cancel();
        m_job.reset();
        m_state = State::Waiting;
        m_searched = 0;
        m_timer->start();
        Q_EMIT changed();
    });
    connect(&session, &Session::statisticsChanged, this, [this] {
        const Document* document = m_session.document();
        if (document && isFull(*document->pyramid()))
            advance();
        else if (!m_timer->isActive())
            m_timer->start();
    });
}

AnomalyModel::~AnomalyModel()
{
    if (m_job)
        m_job->cancel();
}

void AnomalyModel::begin()
{
    if (m_job)
        m_job->cancel();
    m_job.reset();
    m_searched = 0;
    m_layout = m_session.document() ? m_session.document()->layout() : nullptr;
    m_state = m_layout ? State::Waiting : State::Nothing;
    show({}, {});
    m_timer->start();
}

void AnomalyModel::look()
{
    m_searched = 0;
    if (m_state == State::Stuck && !m_job)
        start(true);
    else
        advance();
}

// What the pyramid has, now and then; all of it once it is full.
void AnomalyModel::advance()
{
    const Document* document = m_session.document();
    if (!document || document->layout() != m_layout)
        return;
    const std::uint64_t known = document->pyramid()->revision();
    const bool full = isFull(*document->pyramid());
    if (!full && (m_state == State::Waiting || m_state == State::Stuck)) {
        const State now = m_session.busy() ? State::Waiting : State::Stuck; // cancelled, or something could not be read
        if (now == State::Waiting)
            m_timer->start();
        if (std::exchange(m_state, now) != now)
            Q_EMIT changed();
    } else if (full && m_state == State::Stuck) {
        m_state = State::Waiting;
    }
    if (m_state == State::Looking || (m_searched == known && (m_state != State::Waiting || !full)))
        return;
    if (m_job)
        return m_timer->start(); // a quick search is under way
    m_searched = known;
    start(full);
}

void AnomalyModel::start(bool passes)
{
    if (passes)
        m_state = State::Looking;
    using Found = Result<Search>;
    const Document& document = *m_session.document();
    m_job = m_session.tasks()->runAlways<Found>(
        passes ? tr("Looking for anomalies") : QString(),
        [pyramid = document.pyramid(), edited = document.edited(), passes](const Job& job) -> Found {
            AnomalyOptions options;
            options.passes = passes;
            RAVEL_ASSIGN(std::vector<Anomaly> all, findAnomalies(*pyramid, edited, options, job));
            std::vector<Place> places = placesOf(all);
            return Search { std::move(all), std::move(places) };
        },
        [guard = QPointer<AnomalyModel>(this), layout = m_layout, revision = m_session.revision(), passes](Found found, bool cancelled) {
            if (!guard || guard->m_layout != layout || guard->m_session.revision() != revision)
                return;
            guard->m_job.reset();
            if (passes) {
                guard->m_state = cancelled ? State::Cancelled : found ? State::Done : State::Failed;
                guard->m_trouble = found ? QString() : sentenceOf(found.error());
            }
            if (found)
                guard->show(std::move(found->all), std::move(found->places));
            else
                Q_EMIT guard->changed();
        });
    Q_EMIT changed();
}

void AnomalyModel::show(std::vector<Anomaly> found, std::vector<Place> places)
{
    if (found != m_all || found.empty()) {
        beginResetModel();
        m_all = std::move(found);
        m_places = std::move(places);
        arrange();
        endResetModel();
    }
    Q_EMIT changed();
}

void AnomalyModel::arrange()
{
    m_rows.clear();
    for (std::size_t i = 0; i < m_all.size(); ++i)
        if (!m_kind || m_all[i].kind == *m_kind)
            m_rows.push_back(i);
    if (m_sortBy < 0)
        return;
    const auto less = [this](std::size_t a, std::size_t b) {
        const Anomaly &x = m_all[a], &y = m_all[b];
        switch (m_sortBy) {
        case Severity: return x.severity > y.severity; // what is worst comes first
        case Kind: return x.kind < y.kind;
        case Where: return a < b;
        default: return x.elements < y.elements;
        }
    };
    std::stable_sort(m_rows.begin(), m_rows.end(), [&](std::size_t a, std::size_t b) { return m_descending ? less(b, a) : less(a, b); });
}

void AnomalyModel::sort(int column, Qt::SortOrder order)
{
    beginResetModel();
    m_sortBy = column;
    m_descending = order == Qt::DescendingOrder;
    arrange();
    endResetModel();
}

void AnomalyModel::showKind(std::optional<AnomalyKind> kind)
{
    if (kind == m_kind)
        return;
    beginResetModel();
    m_kind = kind;
    arrange();
    endResetModel();
}

int AnomalyModel::rowOf(std::size_t anomaly) const
{
    const auto found = std::find(m_rows.begin(), m_rows.end(), anomaly);
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int AnomalyModel::count(AnomalyKind kind) const
{
    return static_cast<int>(std::count_if(m_all.begin(), m_all.end(), [kind](const Anomaly& a) { return a.kind == kind; }));
}

QString AnomalyModel::kindText(AnomalyKind kind)
{
    switch (kind) {
    case AnomalyKind::Nan: return tr("NaN");
    case AnomalyKind::Inf: return tr("Infinity");
    case AnomalyKind::AllZero: return tr("All zero");
    case AnomalyKind::DeadRows: return tr("Dead rows");
    case AnomalyKind::DeadColumns: return tr("Dead columns");
    case AnomalyKind::Outlier: return tr("Outlier");
    case AnomalyKind::Duplicate: return tr("Duplicate");
    case AnomalyKind::FarFromSiblings: return tr("Unlike siblings");
    }
    return {};
}

QString AnomalyModel::severityText(AnomalySeverity severity)
{
    return severity == AnomalySeverity::Serious ? tr("serious") : severity == AnomalySeverity::Warning ? tr("warning") : tr("note");
}

QString AnomalyModel::words(const FlatLayout& layout, const Anomaly& anomaly)
{
    AnomalyNumbers as;
    as.real = [](double x) { return numberText(x, 4).toStdString(); };
    as.count = [](std::int64_t n) { return countText(n).toStdString(); };
    return toQt(anomalyText(layout, anomaly, as));
}

QString AnomalyModel::text(const Anomaly& anomaly, int column) const
{
    switch (column) {
    case Severity: return severityText(anomaly.severity);
    case Kind: return kindText(anomaly.kind);
    case Where: return toQt(anomalyPlace(*m_layout, anomaly));
    default: return words(*m_layout, anomaly);
    }
}

QString AnomalyModel::tsv(const std::vector<int>& rows) const
{
    QString text = u"severity\tkind\twhere\twhat\n"_s;
    for (const int row : rows) {
        const Anomaly& anomaly = at(row);
        text += toQt(severityName(anomaly.severity)) + u'\t' + toQt(anomalyKindName(anomaly.kind)) + u'\t' + this->text(anomaly, Where) + u'\t'
            + toQt(anomalyText(*m_layout, anomaly)) + u'\n';
    }
    return text;
}

int AnomalyModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int AnomalyModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant AnomalyModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !m_layout)
        return {};
    const Anomaly& anomaly = at(index.row());
    switch (role) {
    case Qt::DisplayRole: return index.column() == Severity ? severitySign(anomaly.severity) : text(anomaly, index.column());
    case copyRole: // words in place of a sign
    case Qt::AccessibleTextRole: return text(anomaly, index.column());
    case Qt::ToolTipRole:
        return u"%1 (%2)\n%3\n%4"_s.arg(kindText(anomaly.kind), severityText(anomaly.severity), text(anomaly, Where), text(anomaly, What));
    case Qt::TextAlignmentRole:
        return index.column() == Severity ? QVariant::fromValue(Qt::Alignment(Qt::AlignCenter)) : QVariant();
    default: return {};
    }
}

QVariant AnomalyModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::ToolTipRole && section == Severity)
        return tr("Severity: ▲ serious, ● warning, ○ note");
    if (role == Qt::AccessibleTextRole && section == Severity)
        return tr("Severity");
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Severity: return u"!"_s;
    case Kind: return tr("Kind");
    case Where: return tr("Where");
    case What: return tr("What");
    default: return {};
    }
}

} // namespace ravel
