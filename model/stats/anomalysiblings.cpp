// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/anomalysearch.h"

#include "stats/siblings.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace ravel {

namespace {

constexpr std::int64_t leastElements = 32;
constexpr std::size_t leastSiblings = 5;
constexpr double farScore = 3.5, farFactor = 2, farMean = 0.5;
constexpr double smallest = 1e-30; // std of numbers that are all the same: its logarithm stays finite

double median(std::vector<double> numbers)
{
    const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::nth_element(numbers.begin(), middle, numbers.end());
    if (numbers.size() % 2 == 1)
        return *middle;
    return (*middle + *std::max_element(numbers.begin(), middle)) / 2;
}

// Median and median absolute deviation.
struct Spread {
    explicit Spread(const std::vector<double>& numbers)
        : centre(median(numbers))
    {
        std::vector<double> away;
        for (const double x : numbers)
            away.push_back(std::abs(x - centre));
        deviation = median(std::move(away));
    }
    double score(double x) const
    {
        if (x == centre)
            return 0;
        return deviation > 0 ? 0.6745 * (x - centre) / deviation : std::copysign(INFINITY, x - centre);
    }
    double centre, deviation = 0;
};

void compare(AnomalySearch& search, const std::vector<std::uint32_t>& siblings)
{
    std::vector<double> logs, stds, means;
    for (const std::uint32_t placed : siblings) {
        const Summary& s = *search.summaries[placed];
        stds.push_back(s.std());
        logs.push_back(std::log(std::max(smallest, s.std())));
        means.push_back(s.mean);
    }
    const Spread ofLogs(logs), ofMeans(means);
    const double typical = median(stds);
    for (std::size_t i = 0; i < siblings.size(); ++i) {
        const double log = ofLogs.score(logs[i]), mean = ofMeans.score(means[i]);
        const bool farStd = std::abs(log) > farScore && std::abs(logs[i] - ofLogs.centre) > std::log(farFactor);
        const bool farMeans = std::abs(mean) > farScore && std::abs(means[i] - ofMeans.centre) > farMean * typical && typical > 0;
        const Summary& s = *search.summaries[siblings[i]];
        if ((!farStd && !farMeans) || s.zeros == s.count) // what is all zero is told as that
            continue;
        Anomaly anomaly = search.make(AnomalyKind::FarFromSiblings, AnomalySeverity::Warning, siblings[i]);
        anomaly.elements = search.segment(siblings[i]).numel.value;
        anomaly.ofMean = !farStd;
        anomaly.value = farStd ? stds[i] : means[i];
        anomaly.reference = farStd ? typical : ofMeans.centre;
        anomaly.score = farStd ? log : mean;
        anomaly.othersInAll = static_cast<std::int64_t>(siblings.size()) - 1;
        for (const std::uint32_t placed : siblings)
            if (placed != siblings[i] && anomaly.others.size() < search.options.places)
                anomaly.others.push_back(search.segment(placed).tensor);
        search.found.push_back(std::move(anomaly));
    }
}

} // namespace

std::string siblingPattern(std::string_view name)
{
    std::string pattern;
    bool numbered = false;
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t end = std::min(name.find('.', at), name.size());
        const std::string_view part = name.substr(at, end - at);
        const bool number = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
        numbered = numbered || number;
        pattern += pattern.empty() && at == 0 ? "" : ".";
        pattern += number ? std::string_view("*") : part;
        at = end + 1;
    }
    return numbered && !isOptimizerState(name) ? pattern : std::string();
}

bool isOptimizerState(std::string_view name)
{
    constexpr std::string_view states[] { ".exp_avg", ".exp_avg_sq", ".max_exp_avg_sq", ".momentum_buffer", ".square_avg", ".grad_avg", ".acc_delta",
        ".exp_inf", ".sum" };
    return std::any_of(std::begin(states), std::end(states), [name](std::string_view state) { return name.ends_with(state); });
}

void findFarFromSiblings(AnomalySearch& search)
{
    struct Siblings {
        std::vector<std::uint32_t> placed;
        bool known = true;
    };
    std::map<std::tuple<std::string, Dtype, std::vector<std::int64_t>>, Siblings> groups;
    for (std::uint32_t placed = 0; placed < search.summaries.size(); ++placed) {
        const Tensor& tensor = search.tensor(placed);
        if (tensor.numel.value < leastElements || !isTrainable(tensor.dtype))
            continue;
        std::string pattern = siblingPattern(search.segment(placed).name);
        if (pattern.empty())
            continue;
        Siblings& group = groups[{ std::move(pattern), tensor.dtype, tensor.shape }];
        const auto& summary = search.summaries[placed];
        if (!summary)
            group.known = false;
        else if (summary->finite() > 1 && std::isfinite(summary->std())) // what is all NaN is told as that
            group.placed.push_back(placed);
    }
    for (const auto& [key, group] : groups)
        if (group.known && group.placed.size() >= leastSiblings)
            compare(search, group.placed);
}

} // namespace ravel
