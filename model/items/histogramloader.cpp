// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/histogramloader.h"

#include <QPointer>

#include "items/qtext.h"

#include <algorithm>

namespace ravel {

std::int64_t HistogramRequest::numel() const
{
    std::int64_t n = 0;
    for (const HistogramSeries& one : series)
        n += one.numel().value;
    return n;
}

bool sameQuestion(const HistogramRequest& a, const HistogramRequest& b)
{
    return a.cut == b.cut && a.range == b.range && a.scale == b.scale && a.bins == b.bins
        && std::equal(a.series.begin(), a.series.end(), b.series.begin(), b.series.end(), [](const HistogramSeries& x, const HistogramSeries& y) {
               return x.state == y.state && x.name == y.name && x.whole == y.whole && x.selection.boxes == y.selection.boxes;
           });
}

HistogramLoader::HistogramLoader(QObject* parent)
    : QObject(parent)
    , m_tasks(1)
{
}

HistogramLoader::~HistogramLoader() { cancel(); }

void HistogramLoader::request(const HistogramRequest& request)
{
    cancel();
    for (const auto& [question, known] : m_kept)
        if (sameQuestion(*question, request)) {
            // Told later all the same: who asks does not expect the answer inside the question.
            m_busy = true;
            const int ticket = m_ticket;
            QMetaObject::invokeMethod(
                this,
                [this, ticket, known = known] {
                    if (ticket != m_ticket)
                        return;
                    m_busy = false;
                    Q_EMIT arrived(known);
                },
                Qt::QueuedConnection);
            return;
        }
    const auto shared = std::make_shared<const HistogramRequest>(request);
    if (request.numel() <= sample)
        start(shared, HistogramAnswer::Counted);
    else
        start(shared, hasSketches(request) ? HistogramAnswer::Sketches : HistogramAnswer::Sample);
}

void HistogramLoader::analysed(bool finished)
{
    if (!m_waiting || !(finished || hasSketches(*m_waiting)))
        return;
    const Shared request = std::exchange(m_waiting, nullptr);
    start(request, hasSketches(*request) ? HistogramAnswer::Sketches : HistogramAnswer::Counted);
}

void HistogramLoader::cancel()
{
    ++m_ticket;
    m_job.cancel();
    m_waiting.reset();
    m_busy = false;
}

void HistogramLoader::start(const Shared& request, HistogramAnswer::Basis basis)
{
    m_busy = true;
    const int ticket = ++m_ticket;
    const bool counts = basis == HistogramAnswer::Counted && m_counting && request->numel() > sample;
    const QPointer<HistogramLoader> self(this);
    m_job = (counts ? *m_counting : m_tasks)
                .runAlways<Result<HistogramAnswer>>(counts ? tr("Counting the histogram") : QString(),
                    [request, basis](const Job& job) { return answer(*request, basis, job); },
                    [self, ticket, request, basis](Result<HistogramAnswer> result, bool cancelled) {
                        if (!self || self->m_ticket != ticket)
                            return;
                        self->m_busy = false;
                        if (cancelled || (!result && result.error().code == ErrorCode::Cancelled))
                            Q_EMIT self->stopped();
                        else if (!result && basis == HistogramAnswer::Sketches) // fewer than it seemed
                            self->start(request, HistogramAnswer::Sample);
                        else if (!result)
                            Q_EMIT self->failed(sentenceOf(result.error()));
                        else
                            self->take(request, *result);
                    });
}

void HistogramLoader::take(const Shared& request, const HistogramAnswer& found)
{
    if (found.exact) {
        m_kept.emplace_front(request, found);
        if (m_kept.size() > kept)
            m_kept.pop_back();
    } else {
        const bool analysing = std::any_of(request->series.begin(), request->series.end(), [](const HistogramSeries& s) { return !s.placed.empty(); });
        if (found.basis == HistogramAnswer::Sample && analysing && request->numel() > patience) {
            if (hasSketches(*request))
                start(request, HistogramAnswer::Sketches);
            else
                m_waiting = request; // the analysis reads all of it: once is enough
        } else {
            start(request, HistogramAnswer::Counted);
        }
    }
    Q_EMIT arrived(found);
}

} // namespace ravel
