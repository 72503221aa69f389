// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/histogram.h"

#include "stats/binner.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace ravel {

namespace {

BinSpec soundSpec(BinSpec spec)
{
    constexpr double largest = std::numeric_limits<double>::max();
    spec.bins = std::clamp(spec.bins, 1, mostBins);
    spec.low = std::isnan(spec.low) ? 0.0 : std::clamp(spec.low, -largest, largest);
    spec.high = std::isnan(spec.high) ? spec.low : std::clamp(spec.high, -largest, largest);
    if (spec.low > spec.high)
        std::swap(spec.low, spec.high);
    if (spec.low == spec.high) {
        const double at = spec.low;
        for (double apart = 1; spec.low == at || spec.high == at; apart *= 2) {
            spec.low = std::max(at - apart, -largest);
            spec.high = std::min(at + apart, largest);
            if (std::isinf(apart))
                break;
        }
    }
    if (spec.scale == BinScale::Log && !(spec.low > 0))
        spec.scale = BinScale::Linear;
    if (spec.scale == BinScale::Symlog && !(spec.linear > 0 && std::isfinite(spec.linear)))
        spec.scale = BinScale::Linear;
    return spec;
}

} // namespace

double BinSpec::place(double x) const
{
    switch (scale) {
    case BinScale::Log: return std::log10(std::max(x, std::numeric_limits<double>::min()));
    case BinScale::Symlog: return std::copysign(std::log1p(std::abs(x) / linear) / std::numbers::ln10, x);
    default: return x;
    }
}

double BinSpec::value(double at) const
{
    switch (scale) {
    case BinScale::Log: return std::pow(10, at);
    case BinScale::Symlog: return std::copysign(linear * std::expm1(std::abs(at) * std::numbers::ln10), at);
    default: return at;
    }
}

double BinSpec::edge(int i) const
{
    if (i <= 0)
        return low;
    if (i >= bins)
        return high;
    const double part = static_cast<double>(i) / bins;
    if (scale == BinScale::Log)
        return std::clamp(std::exp(std::log(low) + (std::log(high) - std::log(low)) * part), low, high);
    if (scale == BinScale::Symlog)
        return std::clamp(value(place(low) + (place(high) - place(low)) * part), low, high);
    return low * (1 - part) + high * part;
}

void Histogram::merge(const Histogram& o)
{
    assert(spec == o.spec);
    for (std::size_t i = 0; i < counts.size(); ++i)
        counts[i] += o.counts[i];
    below += o.below;
    above += o.above;
    nan += o.nan;
    exact = exact && o.exact;
}

Histogram emptyHistogram(const BinSpec& spec)
{
    Histogram histogram;
    histogram.spec = soundSpec(spec);
    histogram.counts.assign(static_cast<std::size_t>(histogram.spec.bins), 0);
    return histogram;
}

void count(Dtype dtype, const std::byte* elements, std::size_t n, Histogram& histogram)
{
    const Binner binner(histogram.spec);
    std::vector<std::int64_t> counts(binner.places());
    Chunk chunk;
    forEachChunk(dtype, elements, n, chunk, [&](const Chunk& c) {
        std::int32_t bins[kernels::chunkNumbers];
        binner.binsOf(c, bins);
        for (std::size_t i = 0; i < c.n; ++i)
            ++counts[static_cast<std::size_t>(bins[i])];
    });
    binner.addTo(histogram, counts);
}

} // namespace ravel
