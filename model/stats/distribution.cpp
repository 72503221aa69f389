// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/distribution.h"

#include "base/text.h"
#include "stats/chunk.h"
#include "stats/measure.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

} // namespace

void FullSummary::merge(const FullSummary& o)
{
    const auto a = static_cast<double>(summary.finite()), b = static_cast<double>(o.summary.finite());
    if (a > 0 && b > 0) {
        const double n = a + b, apart = o.summary.mean - summary.mean, square = apart * apart;
        const double m2a = summary.m2, m2b = o.summary.m2, shareA = a / n, shareB = b / n;
        higher.m4 += o.higher.m4 + square * square * a * shareB * (shareA * shareA - shareA * shareB + shareB * shareB)
            + 6 * square * (shareA * shareA * m2b + shareB * shareB * m2a) + 4 * apart * (shareA * o.higher.m3 - shareB * higher.m3);
        higher.m3 += o.higher.m3 + square * apart * a * shareB * (shareA - shareB) + 3 * apart * (shareA * m2b - shareB * m2a);
    } else if (b > 0) {
        higher.m3 = o.higher.m3;
        higher.m4 = o.higher.m4;
    }
    higher.absolute += o.higher.absolute;
    summary.merge(o.summary);
}

FullSummary FullSummary::times(std::int64_t n) const
{
    const auto k = static_cast<double>(std::max<std::int64_t>(n, 0));
    return { summary.times(n), { higher.m3 * k, higher.m4 * k, higher.absolute * k } };
}

FullSummary fullSummaryOf(const Chunk& chunk)
{
    kernels::Moments moments;
    kernels::HigherMoments higher;
    chunk.moments(moments, &higher);
    return { summaryOf(moments), { higher.m3, higher.m4, higher.absolute } };
}

double skewness(const Summary& s, const HigherMoments& h)
{
    const auto n = static_cast<double>(s.finite());
    if (!(n > 0) || !(s.m2 > 0))
        return none;
    const double variance = s.m2 / n;
    return h.m3 / n / (variance * std::sqrt(variance));
}

double excessKurtosis(const Summary& s, const HigherMoments& h)
{
    const auto n = static_cast<double>(s.finite());
    if (!(n > 0) || !(s.m2 > 0))
        return none;
    const double variance = s.m2 / n;
    return h.m4 / n / variance / variance - 3;
}

double normL2(const Summary& s)
{
    if (s.finite() == 0)
        return none;
    return std::hypot(std::sqrt(s.m2), s.mean * std::sqrt(static_cast<double>(s.finite())));
}

double normMax(const Summary& s) { return s.finite() == 0 ? none : std::max(std::abs(s.min), std::abs(s.max)); }

std::vector<Statistic> statisticsOf(const Measurement& m)
{
    const Summary& s = m.summary;
    const bool sampled = m.population > s.count && s.count > 0;
    const double scale = sampled ? static_cast<double>(m.population) / static_cast<double>(s.count) : 1;
    std::vector<Statistic> all;
    const auto whole = [&](const char* key, std::int64_t n) {
        all.push_back({ key, true, sampled ? std::llround(static_cast<double>(n) * scale) : n, 0, !sampled });
    };
    const auto number = [&](std::string key, double value, bool exact) {
        all.push_back({ std::move(key), false, 0, s.finite() > 0 ? value : none, exact });
    };
    all.push_back({ "count", true, sampled ? m.population : s.count, 0, true });
    whole("finite", s.finite());
    whole("nan", s.nan);
    whole("inf", s.inf());
    whole("zeros", s.zeros);
    number("min", s.min, !sampled);
    number("max", s.max, !sampled);
    number("mean", s.mean, !sampled);
    number("std", s.std(), !sampled);
    if (m.hasHigher) {
        number("skew", skewness(s, m.higher), !sampled && m.higherExact);
        number("kurtosis", excessKurtosis(s, m.higher), !sampled && m.higherExact);
        number("l1", m.higher.absolute * scale, !sampled && m.higherExact);
    }
    number("l2", normL2(s) * std::sqrt(scale), !sampled);
    number("max_abs", normMax(s), !sampled);
    for (std::size_t i = 0; i < m.quantiles.size(); ++i)
        number('q' + shortest(shownQuantiles[i]), m.quantiles[i], m.exact && !sampled);
    return all;
}

} // namespace ravel
