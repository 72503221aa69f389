// SPDX-License-Identifier: GPL-3.0-or-later
// How the question of a histogram is answered: first the range, then all series in the same bins.
#include "items/histogramloader.h"

#include "stats/measuring.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace ravel {

namespace {

constexpr std::int64_t sortOut = 1 << 28; // elements, above which quantiles stay those of the sketch: within 2^-7 of the value

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

// What the analysis knows of a series: merged once for range and bins.
struct Known {
    std::optional<Summary> summary;
    std::shared_ptr<const Sketch> sketch;
};

Known knownOf(const HistogramSeries& series)
{
    if (!series.pyramid || series.placed.empty())
        return {};
    return { series.pyramid->summaryOf(series.placed), series.pyramid->sketchOf(series.placed) };
}

Result<Measurement> fromKnown(const Known& known, const MeasureOptions& options)
{
    const auto& [summary, sketch] = known;
    if (!summary || !sketch)
        return fail(ErrorCode::Usage, "the analysis has not come so far");
    Measurement measured;
    measured.summary = *summary;
    measured.exact = false;
    if (options.higher) {
        measured.higher = higherFromSketch(*sketch, *summary);
        measured.hasHigher = true;
        measured.higherExact = false;
    }
    fromSketch(*sketch, options, measured);
    return measured;
}

Result<Measurement> measured(
    const HistogramSeries& series, const Known& known, const MeasureOptions& options, HistogramAnswer::Basis basis, const Job& job)
{
    if (basis == HistogramAnswer::Sketches)
        return fromKnown(known, options);
    const Selection all = series.whole ? wholeSelection(*series.whole) : Selection();
    const Selection& selection = series.whole ? all : series.selection;
    if (basis == HistogramAnswer::Sample)
        return estimate(series.vector, selection, options, Count(HistogramLoader::sample), job);
    return measure(series.vector, selection, options, job);
}

Range wanted(const HistogramRequest& request, const HistogramAnswer& answer)
{
    Range range;
    for (const Measurement& one : answer.series)
        range.include(rangeOf(one, request.cut));
    if (request.range && !range.empty())
        range = { request.range->first, request.range->second };
    if (request.scale == BinScale::Log)
        range.low = std::max(range.low, range.high * std::pow(10, -HistogramRequest::decades));
    return range;
}

} // namespace

bool hasSketches(const HistogramRequest& request)
{
    constexpr std::size_t few = 64; // sketches that can be looked for here: in the GUI thread
    return std::all_of(request.series.begin(), request.series.end(), [](const HistogramSeries& s) {
        if (!s.pyramid || s.placed.empty())
            return false;
        if (s.pyramid->knownBlocks() == s.pyramid->blockCount())
            return true;
        return s.placed.size() <= few && s.pyramid->summaryOf(s.placed) && s.pyramid->sketchOf(s.placed);
    });
}

Result<HistogramAnswer> answer(const HistogramRequest& request, HistogramAnswer::Basis basis, const Job& job)
{
    MeasureOptions options;
    options.bins = request.bins;
    options.histogram = false;
    options.higher = true;
    HistogramAnswer answer;
    answer.basis = basis;
    std::vector<Known> known;
    for (const HistogramSeries& series : request.series) {
        known.push_back(basis == HistogramAnswer::Sketches ? knownOf(series) : Known());
        options.exactQuantiles = series.numel().value <= sortOut;
        RAVEL_ASSIGN(Measurement one, measured(series, known.back(), options, basis, job));
        answer.series.push_back(std::move(one));
    }
    const Range range = wanted(request, answer);
    // What a sample of few numbers saw may have been all of them.
    answer.exact = basis == HistogramAnswer::Counted
        || std::all_of(answer.series.begin(), answer.series.end(), [](const Measurement& m) { return m.exact; });
    answer.nothing = range.empty() || (request.scale == BinScale::Log && !(range.low > 0));
    if (answer.nothing)
        return answer;
    MeasureOptions binned;
    binned.bins = request.bins;
    binned.quantiles = false;
    binned.scale = request.scale;
    binned.low = range.low;
    binned.high = range.high;
    for (std::size_t i = 0; i < request.series.size(); ++i) {
        RAVEL_ASSIGN(Measurement one, measured(request.series[i], known[i], binned, basis, job));
        answer.series[i].histogram = std::move(one.histogram);
    }
    return answer;
}

} // namespace ravel
