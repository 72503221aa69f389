// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QScopeGuard>
#include <QTimer>

#include "items/comparison.h"

#include "items/qtext.h"
#include "items/session.h"
#include "items/stepselect.h"

#include <algorithm>
#include <mutex>

namespace ravel {

// What the workers found since the last look.
struct Comparison::Inbox {
    std::mutex mutex;
    std::vector<std::pair<std::size_t, TensorDiff>> found;
};

struct Comparison::Matched {
    std::shared_ptr<const Matcher> matcher;
    Matching matching;
    std::optional<Matcher::Suggestion> suggestion;
};

Comparison::Comparison(Session& session, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_timer(new QTimer(this))
    , m_numbersOfB(new SideNumbers(Side::B, *session.tasks(), this))
    , m_difference(new SideNumbers(Side::Difference, *session.tasks(), this))
{
    m_timer->setInterval(100);
    connect(m_timer, &QTimer::timeout, this, &Comparison::drain);
    connect(&session, &Session::layoutChanged, this, &Comparison::documentChanged);
    connect(&session, &Session::editsChanged, this, &Comparison::edited);
    for (SideNumbers* numbers : { m_numbersOfB, m_difference }) {
        const Side which = numbers == m_difference ? Side::Difference : Side::B;
        connect(numbers, &SideNumbers::changed, this, [this, which] { Q_EMIT numbersChanged(which); });
        connect(numbers, &SideNumbers::statisticsChanged, this, [this, which] { Q_EMIT statisticsChanged(which); });
        connect(numbers, &SideNumbers::failed, this, &Comparison::failed);
        connect(numbers, &SideNumbers::unfinishedChanged, this, &Comparison::unfinishedChanged);
    }
}

Comparison::~Comparison() = default;

QString Comparison::title() const
{
    const QString name = QFileInfo(m_path).fileName();
    return m_saved ? tr("%1 as saved").arg(m_session.title()) : name;
}

void Comparison::open(const QString& path)
{
    if (m_openJob)
        m_openJob->cancel();
    const QString absolute = QDir::cleanPath(QFileInfo(path).absoluteFilePath());
    const std::string file = QFile::encodeName(absolute).toStdString();
    const int ticket = ++m_ticket;
    m_opening = true;
    m_openJob = m_session.tasks()->run<Result<std::shared_ptr<const Checkpoint>>>(
        tr("Opening %1").arg(QFileInfo(path).fileName()), [file](const Job& job) { return openCheckpoint(file, systemIo(), {}, job); },
        [this, absolute](Result<std::shared_ptr<const Checkpoint>> result) {
            if (!result)
                Q_EMIT failed(sentenceOf(result.error()));
            else
                adopt(absolute, std::move(*result), false);
        },
        [this, ticket] {
            if (ticket == m_ticket)
                m_opening = false;
        });
}

void Comparison::openSaved()
{
    if (const Document* document = m_session.document())
        adopt(m_session.path(), document->checkpointPtr(), true);
}

void Comparison::reload()
{
    if (m_saved)
        openSaved();
    else if (isOpen())
        open(m_path);
}

void Comparison::adopt(const QString& path, std::shared_ptr<const Checkpoint> checkpoint, bool saved)
{
    if (!m_session.document())
        return;
    if (saved && m_openJob) // asked for later than what is still being opened
        m_openJob->cancel();
    if (!m_other || path != m_path || saved != m_saved)
        m_spec = {};
    m_path = path;
    m_saved = saved;
    m_other = EditedVector(std::move(checkpoint));
    forgetMatching();
    Q_EMIT opened();
    rematch();
}

void Comparison::close()
{
    if (m_openJob)
        m_openJob->cancel();
    if (!m_other)
        return;
    setShown(Side::A);
    if (m_matchJob)
        m_matchJob->cancel();
    m_other.reset();
    m_matchJob.reset();
    m_matchCut = false;
    ++m_matchTicket;
    m_first = EditedVector(nullptr);
    forgetMatching();
    Q_EMIT closed();
}

// The pairs name tensors of two checkpoints: where either is another one they mean nothing.
void Comparison::forgetMatching()
{
    if (m_comparing)
        m_comparing->cancel();
    m_timer->stop();
    forgetNumbers();
    m_matcher.reset();
    const bool any = m_matching.has_value();
    m_matching.reset();
    m_pairs.reset();
    m_suggestion.reset();
    m_diffs.clear();
    m_known.clear();
    m_inbox.reset();
    m_comparing.reset();
    if (any)
        Q_EMIT matched();
}

void Comparison::setMatch(const MatchSpec& spec)
{
    m_spec = spec;
    if (isOpen())
        rematch();
}

void Comparison::rematch()
{
    if (m_matchJob)
        m_matchJob->cancel();
    if (m_comparing)
        m_comparing->cancel();
    m_first = m_session.document()->edited();
    m_matchCut = false;
    const int ticket = ++m_matchTicket;
    m_matchJob = m_session.tasks()->runAlways<Result<Matched>>(tr("Matching"),
        [matcher = m_matcher, a = m_first.checkpointPtr(), b = m_other->checkpointPtr(), spec = m_spec](const Job& job) -> Result<Matched> {
            Matched matched { matcher ? matcher : std::make_shared<const Matcher>(a, b), {}, {} };
            RAVEL_ASSIGN(matched.matching, matched.matcher->match(spec, job));
            RAVEL_ASSIGN(matched.suggestion, matched.matcher->suggest(spec, job));
            return matched;
        },
        [this, ticket](Result<Matched> result, bool cancelled) {
            if (ticket != m_matchTicket)
                return; // a newer one is under way, or none is wanted any more
            m_matchJob.reset();
            m_matchCut = cancelled;
            if (cancelled)
                Q_EMIT unfinishedChanged();
            else if (!result)
                Q_EMIT failed(sentenceOf(result.error()));
            else
                adoptMatching(std::move(*result));
        });
    Q_EMIT unfinishedChanged();
}

void Comparison::adoptMatching(Matched result)
{
    forgetNumbers();
    m_matcher = std::move(result.matcher);
    m_matching = std::move(result.matching);
    m_suggestion = std::move(result.suggestion);
    m_pairs = std::make_shared<const std::vector<Matching::Pair>>(m_matching->pairs);
    m_diffs.assign(m_pairs->size(), {});
    m_known.assign(m_pairs->size(), false);
    for (std::size_t i = 0; i < m_pairs->size(); ++i) {
        m_diffs[i].a = (*m_pairs)[i].a;
        m_diffs[i].b = (*m_pairs)[i].b;
        m_diffs[i].name = (*m_pairs)[i].name;
        m_diffs[i].nameInB = (*m_pairs)[i].nameInB;
    }
    Q_EMIT matched();
    if (m_shown != Side::A)
        want(m_shown);
    compare();
}

Comparison::Unfinished Comparison::unfinished() const
{
    if (m_matchCut)
        return Unfinished::Matching;
    if (m_matching && !m_matchJob && !comparing() && std::find(m_known.begin(), m_known.end(), false) != m_known.end())
        return Unfinished::Comparing;
    return m_numbersOfB->unfinished() || m_difference->unfinished() ? Unfinished::Analysing : Unfinished::Nothing;
}

void Comparison::goOn()
{
    if (m_matchCut)
        return rematch(); // what comes after it starts of itself
    if (unfinished() == Unfinished::Comparing)
        compare();
    m_numbersOfB->goOn();
    m_difference->goOn();
}

// All that is not known yet.
void Comparison::compare()
{
    if (m_comparing)
        m_comparing->cancel();
    m_comparing.reset();
    std::vector<Matching::Pair> pairs;
    std::vector<std::size_t> place;
    for (std::size_t i = 0; i < m_pairs->size(); ++i)
        if (!m_known[i]) {
            pairs.push_back((*m_pairs)[i]);
            place.push_back(i);
        }
    const auto inbox = std::make_shared<Inbox>();
    m_inbox = inbox;
    m_timer->start();
    const auto tell = qScopeGuard([this] { Q_EMIT unfinishedChanged(); });
    m_comparing = m_session.tasks()->runAlways<Result<std::vector<TensorDiff>>>(tr("Comparing with %1").arg(title()),
        [a = m_first, b = *m_other, pairs = std::move(pairs), place = std::move(place), inbox](const Job& job) {
            return compareTensors(a, b, pairs, {}, job, [&](std::size_t pair, const TensorDiff& diff) {
                const std::lock_guard lock(inbox->mutex);
                inbox->found.emplace_back(place[pair], diff);
            });
        },
        [this, inbox](Result<std::vector<TensorDiff>> result, bool) {
            if (inbox != m_inbox)
                return; // a newer one is under way
            drain();
            m_timer->stop();
            m_comparing.reset();
            if (!result && result.error().code != ErrorCode::Cancelled)
                Q_EMIT failed(sentenceOf(result.error()));
            Q_EMIT compared();
            Q_EMIT unfinishedChanged();
        });
}

void Comparison::drain()
{
    if (!m_inbox)
        return;
    std::vector<std::pair<std::size_t, TensorDiff>> arrived;
    {
        const std::lock_guard lock(m_inbox->mutex);
        arrived.swap(m_inbox->found);
    }
    if (arrived.empty())
        return;
    for (auto& [pair, diff] : arrived) {
        m_diffs[pair] = std::move(diff);
        m_known[pair] = true;
    }
    Q_EMIT found();
}

// Another checkpoint is open in the window, or the same in another layout.
void Comparison::documentChanged()
{
    if (!m_other || !m_session.document())
        return;
    if (m_first.checkpointPtr() == m_session.document()->checkpointPtr()) {
        forgetNumbers();
        if (m_shown != Side::A && m_matching)
            want(m_shown);
        return;
    }
    if (m_saved) {
        if (m_path != m_session.path()) { // another file: what was saved of the one before is of no interest
            close();
            return;
        }
        m_other = EditedVector(m_session.document()->checkpointPtr());
    }
    forgetMatching();
    rematch();
}

void Comparison::edited()
{
    if (!m_other || !m_session.document() || m_first.checkpointPtr() != m_session.document()->checkpointPtr())
        return;
    const EditedVector now = m_session.document()->edited();
    const auto changed = changedSteps(m_first, now);
    m_first = now;
    if (changed.empty())
        return;
    m_difference->edited(now, changed);
    if (!m_matching || m_matchJob)
        return; // compared anew in a moment, all of it
    drain();
    std::vector<bool> touched(now.checkpoint().storages.size());
    for (const auto& step : changed)
        for (const StorageOrdinal storage : step->storages)
            touched[storage] = true;
    for (std::size_t i = 0; i < m_pairs->size(); ++i) {
        const TensorOrdinal a = (*m_pairs)[i].a;
        if (a == noOrdinal)
            continue;
        const StorageOrdinal storage = now.checkpoint().tensors[a].storage;
        if (storage != noOrdinal && touched[storage])
            m_known[i] = false;
    }
    compare();
}

} // namespace ravel
