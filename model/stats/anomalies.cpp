// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/anomalysearch.h"

#include "stats/siblings.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr std::int64_t leastForOutliers = 64;
constexpr double fence = 15;            // interquartile ranges
constexpr double worthLooking = 5;      // standard deviations: an outlier moves the std too, so this is less than the fence
constexpr double mostOutliers = 0.001;  // of a tensor's numbers

Result<> addPlaces(AnomalySearch& search, Anomaly anomaly, std::uint32_t placed, const Sought& sought)
{
    RAVEL_ASSIGN(Places places, findPlaces(search, placed, sought));
    if (places.ranges.empty())
        return {}; // edited since it was summarised
    anomaly.selection.boxes.clear();
    for (const FlatRange range : places.ranges) {
        RAVEL_ASSIGN(const Selection part, selectRange(search.layout(), range));
        anomaly.selection.boxes.insert(anomaly.selection.boxes.end(), part.boxes.begin(), part.boxes.end());
    }
    anomaly.ranges = std::move(places.ranges);
    anomaly.complete = places.complete;
    search.found.push_back(std::move(anomaly));
    return {};
}

bool isMask(std::string_view name) { return name.find("mask") != std::string::npos; }

Result<> notFinite(AnomalySearch& search, std::uint32_t placed, const Summary& summary)
{
    const bool buffer = search.tensor(placed).kind == TensorKind::Buffer;
    const bool masks = isMask(search.segment(placed).name) && summary.positiveInf == 0; // -inf
    const AnomalySeverity severity = buffer || (masks && summary.nan == 0) ? AnomalySeverity::Note : AnomalySeverity::Serious;
    if (summary.nan > 0) {
        Anomaly nan = search.make(AnomalyKind::Nan, severity, placed);
        nan.elements = summary.nan;
        RAVEL_TRY(addPlaces(search, std::move(nan), placed, { [](const Summary& s) { return s.nan > 0; },
            [](const Summary& s) { return s.nan == s.count; }, [](double x) { return std::isnan(x); } }));
    }
    if (summary.inf() > 0) {
        Anomaly inf = search.make(AnomalyKind::Inf, severity, placed);
        inf.elements = summary.inf();
        inf.value = summary.positiveInf == 0 ? -1 : summary.negativeInf == 0 ? 1 : 0;
        RAVEL_TRY(addPlaces(search, std::move(inf), placed, { [](const Summary& s) { return s.inf() > 0; },
            [](const Summary& s) { return s.inf() == s.count; }, [](double x) { return std::isinf(x); } }));
    }
    return {};
}

void allZero(AnomalySearch& search, std::uint32_t placed, const Summary& summary)
{
    const Tensor& tensor = search.tensor(placed);
    if (summary.zeros != summary.count || tensor.numel.value < 2)
        return;
    const auto extended = std::count_if(tensor.shape.begin(), tensor.shape.end(), [](std::int64_t n) { return n > 1; });
    Anomaly zero = search.make(AnomalyKind::AllZero, extended >= 2 ? AnomalySeverity::Warning : AnomalySeverity::Note, placed);
    zero.elements = tensor.numel.value;
    search.found.push_back(std::move(zero));
}

Result<> outliers(AnomalySearch& search, std::uint32_t placed, const Summary& summary)
{
    if (summary.finite() < leastForOutliers || summary.zeros == summary.count)
        return {};
    const double far = worthLooking * summary.std();
    if (!(summary.max - summary.mean > far) && !(summary.mean - summary.min > far))
        return {};
    const auto sketch = search.pyramid.segmentSketch(placed);
    if (!sketch)
        return {};
    const double q1 = sketch->quantile(0.25), q3 = sketch->quantile(0.75), room = fence * (q3 - q1);
    const double low = q1 - room, high = q3 + room;
    if (!(room > 0) || !std::isfinite(low) || !std::isfinite(high) || (summary.min >= low && summary.max <= high))
        return {};
    const Histogram inside = sketch->histogram({ low, high, 1, BinScale::Linear }).histogram;
    const std::int64_t beyond = inside.below + inside.above - summary.inf();
    if (static_cast<double>(beyond) > std::max(1.0, mostOutliers * static_cast<double>(summary.finite())))
        return {};
    Anomaly outlier = search.make(AnomalyKind::Outlier, AnomalySeverity::Warning, placed);
    outlier.elements = std::max<std::int64_t>(1, beyond);
    const bool above = summary.max - high > low - summary.min;
    outlier.value = above ? summary.max : summary.min;
    outlier.reference = above ? high : low;
    outlier.score = (above ? summary.max - q3 : q1 - summary.min) / (q3 - q1);
    return addPlaces(search, std::move(outlier), placed, { [=](const Summary& s) { return s.finite() > 0 && (s.min < low || s.max > high); },
        [](const Summary&) { return false; }, [=](double x) { return std::isfinite(x) && (x < low || x > high); } });
}

// What lies in the moments of an optimizer is seldom worth more than a note.
void tone(Anomaly& anomaly, const FlatLayout& layout)
{
    if (anomaly.severity == AnomalySeverity::Warning && isOptimizerState(layout.nameOf(anomaly.tensor)))
        anomaly.severity = AnomalySeverity::Note;
}

void sortByPlace(std::vector<Anomaly>& anomalies)
{
    std::stable_sort(anomalies.begin(), anomalies.end(), [](const Anomaly& a, const Anomaly& b) {
        return a.ranges.front().begin != b.ranges.front().begin ? a.ranges.front().begin < b.ranges.front().begin : a.kind < b.kind;
    });
}

void tell(AnomalySearch& search)
{
    if (!search.options.partial)
        return;
    sortByPlace(search.found);
    search.options.partial(search.found);
}

} // namespace

Anomaly AnomalySearch::make(AnomalyKind kind, AnomalySeverity severity, std::uint32_t placed) const
{
    Anomaly anomaly;
    anomaly.kind = kind;
    anomaly.severity = severity;
    anomaly.tensor = segment(placed).tensor;
    anomaly.ranges = { rangeOf(placed) };
    anomaly.selection.boxes = { wholeBox(layout().checkpoint(), anomaly.tensor) };
    return anomaly;
}

Result<std::vector<Anomaly>> findAnomalies(
    const Pyramid& pyramid, const EditedVector& vector, const AnomalyOptions& options, const Job& job, Pool& pool)
{
    AnomalySearch search { pyramid, vector, options, job, pool };
    const auto segments = static_cast<std::uint32_t>(search.layout().placed().size());
    search.summaries.resize(segments);
    for (std::uint32_t placed = 0; placed < segments; ++placed) {
        RAVEL_TRY(job.check());
        if (search.segment(placed).numel.value == 0 || !isTrainable(search.tensor(placed).dtype))
            continue;
        const auto& summary = search.summaries[placed] = pyramid.segmentSummary(placed);
        if (!summary || summary->count == 0)
            continue;
        RAVEL_TRY(notFinite(search, placed, *summary));
        allZero(search, placed, *summary);
        RAVEL_TRY(outliers(search, placed, *summary));
    }
    findFarFromSiblings(search);
    tell(search);
    if (options.passes) {
        RAVEL_TRY(findDeadSlices(search));
        tell(search);
        RAVEL_TRY(findDuplicates(search));
    }
    for (Anomaly& anomaly : search.found)
        tone(anomaly, search.layout());
    sortByPlace(search.found);
    return std::move(search.found);
}

} // namespace ravel
