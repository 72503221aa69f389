// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/histogramloader.h"

#include "items/qtext.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace ravel {

namespace {

struct Range {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    bool empty() const { return !(low <= high); }
    void include(Range o) { low = std::min(low, o.low), high = std::max(high, o.high); }
};

double quantile(const Measurement& measured, double q)
{
    const std::span all(shownQuantiles);
    const auto found = std::find(all.begin(), all.end(), q);
    const auto i = static_cast<std::size_t>(found - all.begin());
    return i < measured.quantiles.size() ? measured.quantiles[i] : std::nan("");
}

Range rangeOf(const Measurement& measured, double cut)
{
    if (measured.summary.finite() == 0)
        return {};
    const Range all { measured.summary.min, measured.summary.max };
    if (cut == 0)
        return all;
    if (cut == HistogramRequest::typical) {
        const double low = quantile(measured, 0.01), high = quantile(measured, 0.99), room = high - low;
        if (!(room > 0) || all.high - all.low <= 5 * room)
            return all;
        return { std::max(all.low, low - room), std::min(all.high, high + room) };
    }
    const Range range { quantile(measured, cut / 100), quantile(measured, (100 - cut) / 100) };
    return range.empty() ? all : range; // of NaN, too
}

Result<Measurement> measured(const EditedVector& vector, const HistogramRequest& request, const MeasureOptions& options, bool exact, const Job& job)
{
    const Selection boxes { request.selection.boxes, std::nullopt };
    if (exact)
        return measure(vector, boxes, options, job);
    return estimate(vector, boxes, options, Count(HistogramLoader::sample), job);
}

} // namespace

Result<HistogramAnswer> answer(const HistogramRequest& request, bool exact, const Job& job)
{
    MeasureOptions options;
    options.bins = request.bins;
    options.exactQuantiles = false;
    options.quantiles = request.cut != 0;
    options.histogram = false;
    RAVEL_ASSIGN(const Measurement before, measured(request.before, request, options, exact, job));
    Range range = rangeOf(before, request.cut);
    HistogramAnswer answer;
    if (request.after) {
        RAVEL_ASSIGN(const Measurement after, measured(*request.after, request, options, exact, job));
        range.include(rangeOf(after, request.cut));
        answer.after = after;
    }
    answer.before = before;
    if (request.scale == BinScale::Log)
        range.low = std::max(range.low, range.high * std::pow(10, -HistogramRequest::decades));
    answer.nothing = range.empty() || (request.scale == BinScale::Log && !(range.low > 0));
    if (answer.nothing) {
        answer.exact = exact || before.exact;
        return answer;
    }
    options.quantiles = false;
    options.histogram = true;
    options.scale = request.scale;
    options.low = range.low;
    options.high = range.high;
    RAVEL_ASSIGN(answer.before, measured(request.before, request, options, exact, job));
    answer.exact = answer.before.exact;
    if (request.after) {
        RAVEL_ASSIGN(answer.after, measured(*request.after, request, options, exact, job));
        answer.exact = answer.exact && answer.after->exact;
    }
    return answer;
}

HistogramLoader::HistogramLoader(QObject* parent)
    : QObject(parent)
    , m_tasks(1)
{
}

void HistogramLoader::request(const HistogramRequest& request)
{
    cancel();
    start(request, request.selection.numel().value <= sample);
}

void HistogramLoader::cancel()
{
    m_job.cancel();
    m_busy = false;
}

void HistogramLoader::start(const HistogramRequest& request, bool exact)
{
    m_busy = true;
    m_job = m_tasks.run<Result<HistogramAnswer>>({},
        [request, exact](const Job& job) { return answer(request, exact, job); },
        [this, request, exact](Result<HistogramAnswer> result) {
            m_busy = false;
            if (!result) {
                Q_EMIT failed(sentenceOf(result.error()));
                return;
            }
            if (!result->exact && !exact)
                start(request, true);
            Q_EMIT arrived(*result);
        });
}

} // namespace ravel
