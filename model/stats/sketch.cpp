// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/sketch.h"

#include "stats/binner.h"
#include "stats/kernels.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

constexpr auto largestDouble = std::numeric_limits<double>::max();
constexpr std::uint32_t zeroKey = 0x8000;

// Lower edge of a key's bin, upper edge of the one before.
double edgeOf(std::uint32_t key)
{
    const bool negative = key < zeroKey;
    const std::uint32_t magnitude = negative ? zeroKey - key : key - zeroKey;
    const double value = magnitude >= 0x7F80 ? 0x1p128 : static_cast<double>(std::bit_cast<float>(magnitude << 16));
    return negative ? -value : value;
}

// Adds up to 2^63 - 1 at most.
void addTo(std::int64_t& sum, std::int64_t n)
{
    if (__builtin_add_overflow(sum, n, &sum))
        sum = std::numeric_limits<std::int64_t>::max();
}

} // namespace

KeyRange keyRange(std::uint32_t firstKey, std::uint32_t lastKey)
{
    firstKey = std::max<std::uint32_t>(firstKey, kernels::firstFinite);
    lastKey = std::min<std::uint32_t>(lastKey, kernels::lastFinite);
    KeyRange range { edgeOf(firstKey), edgeOf(lastKey + 1) };
    if (firstKey == kernels::firstFinite)
        range.lowest = -largestDouble;
    else if (firstKey < zeroKey)
        range.lowest = std::nextafter(range.lowest, largestDouble);
    if (lastKey == kernels::lastFinite)
        range.highest = largestDouble;
    else if (lastKey >= zeroKey)
        range.highest = std::nextafter(range.highest, -largestDouble);
    else if (lastKey + 1 == zeroKey)
        range.highest = -std::numeric_limits<double>::denorm_min();
    return range;
}

std::size_t Sketch::bytes() const
{
    return sizeof(Sketch) + m_bins.capacity() * sizeof(m_bins[0]) + m_small.capacity() * sizeof(m_small[0]) + m_counts.capacity() * sizeof(m_counts[0])
        + m_wide.capacity() * sizeof(m_wide[0]);
}

void Sketch::append(std::uint16_t bin, std::int64_t n)
{
    assert(m_bins.empty() || m_bins.back() < bin);
    const bool wide = !m_wide.empty() || n > std::numeric_limits<std::uint32_t>::max();
    const bool middle = !wide && (!m_counts.empty() || n > std::numeric_limits<std::uint16_t>::max());
    if (wide && m_wide.empty()) {
        m_wide.assign(m_counts.begin(), m_counts.end());
        m_wide.insert(m_wide.end(), m_small.begin(), m_small.end()); // one of the two is empty
        m_counts = {};
        m_small = {};
    } else if (middle && m_counts.empty()) {
        m_counts.assign(m_small.begin(), m_small.end());
        m_small = {};
    }
    m_bins.push_back(bin);
    if (wide)
        m_wide.push_back(n);
    else if (middle)
        m_counts.push_back(static_cast<std::uint32_t>(n));
    else
        m_small.push_back(static_cast<std::uint16_t>(n));
    addTo(m_count, n);
}

void Sketch::trim()
{
    m_bins.shrink_to_fit();
    m_small.shrink_to_fit();
    m_counts.shrink_to_fit();
    m_wide.shrink_to_fit();
}

void Sketch::add(Dtype dtype, const std::byte* elements, std::size_t n)
{
    thread_local SketchBuilder builder;
    builder.add(dtype, elements, n);
    merge(builder.take());
}

void Sketch::merge(const Sketch& other)
{
    if (other.m_bins.empty())
        return;
    if (m_bins.empty()) {
        const int dropped = m_dropped;
        *this = other;
        if (dropped > m_dropped)
            *this = coarser(dropped);
        return;
    }
    if (m_dropped != other.m_dropped) {
        const int dropped = std::max(m_dropped, other.m_dropped);
        Sketch mine = coarser(dropped);
        mine.merge(other.coarser(dropped));
        *this = std::move(mine);
        return;
    }
    Sketch sum;
    sum.m_dropped = m_dropped;
    sum.m_bins.reserve(m_bins.size() + other.m_bins.size());
    std::size_t i = 0, j = 0;
    while (i < m_bins.size() || j < other.m_bins.size()) {
        const bool mine = j == other.m_bins.size() || (i < m_bins.size() && m_bins[i] <= other.m_bins[j]);
        const bool theirs = i == m_bins.size() || (j < other.m_bins.size() && other.m_bins[j] <= m_bins[i]);
        const std::uint16_t bin = mine ? m_bins[i] : other.m_bins[j];
        std::int64_t n = 0;
        if (mine)
            addTo(n, countAt(i++));
        if (theirs)
            addTo(n, other.countAt(j++));
        sum.append(bin, n);
    }
    *this = std::move(sum);
}

Sketch Sketch::fromCounts(const std::vector<std::int64_t>& counts, int dropped)
{
    Sketch sketch;
    sketch.m_dropped = dropped;
    for (std::size_t bin = 0; bin < counts.size(); ++bin)
        if (counts[bin] != 0)
            sketch.append(static_cast<std::uint16_t>(bin), counts[bin]);
    sketch.trim();
    return sketch;
}

Sketch mergedSketches(const std::vector<std::shared_ptr<const Sketch>>& sketches)
{
    int dropped = 0;
    for (const auto& sketch : sketches)
        dropped = std::max(dropped, sketch->dropped());
    std::vector<std::int64_t> counts(std::size_t(65536) >> dropped);
    for (const auto& sketch : sketches) {
        const int shift = dropped - sketch->dropped();
        sketch->forEachBin([&](std::uint32_t bin, std::int64_t n) { addTo(counts[bin >> shift], n); });
    }
    return Sketch::fromCounts(counts, dropped);
}

Sketch Sketch::coarser(int dropped) const
{
    assert(dropped >= m_dropped && dropped <= 8);
    if (dropped == m_dropped)
        return *this;
    Sketch result;
    result.m_dropped = dropped;
    const int shift = dropped - m_dropped;
    for (std::size_t i = 0; i < m_bins.size();) {
        const auto bin = static_cast<std::uint16_t>(m_bins[i] >> shift);
        std::int64_t n = 0;
        for (; i < m_bins.size() && (m_bins[i] >> shift) == bin; ++i)
            addTo(n, countAt(i));
        result.append(bin, n);
    }
    result.trim();
    return result;
}

Sketch Sketch::times(std::int64_t n) const
{
    Sketch result;
    result.m_dropped = m_dropped;
    for (std::size_t i = 0; n > 0 && i < m_bins.size(); ++i) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(countAt(i), n, &product))
            product = std::numeric_limits<std::int64_t>::max();
        result.append(m_bins[i], product);
    }
    return result;
}

double Sketch::quantile(double q) const
{
    if (m_count == 0)
        return std::numeric_limits<double>::quiet_NaN();
    const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(m_count - 1);
    double before = 0;
    std::size_t i = 0;
    while (i + 1 < m_bins.size() && before + static_cast<double>(countAt(i)) <= rank)
        before += static_cast<double>(countAt(i++));
    const std::uint32_t first = static_cast<std::uint32_t>(m_bins[i]) << m_dropped;
    const std::uint32_t last = first + (1u << m_dropped) - 1;
    if (first <= zeroKey && last + 1 >= zeroKey)
        return 0; // what is smaller than float32's normal numbers is taken for 0
    const double low = edgeOf(first), high = edgeOf(last + 1);
    const double part = std::clamp((rank - before + 0.5) / static_cast<double>(countAt(i)), 0.0, 1.0);
    return low + (high - low) * part;
}

Sketch::Estimate Sketch::histogram(const BinSpec& spec) const
{
    Estimate estimate;
    estimate.histogram = emptyHistogram(spec);
    const Binner binner(estimate.histogram.spec);
    std::vector<std::int64_t> counts(binner.places());
    std::int64_t cut = 0;
    forEachBin([&](std::uint32_t bin, std::int64_t n) {
        const std::uint32_t first = bin << m_dropped;
        const KeyRange range = keyRange(first, first + (1u << m_dropped) - 1);
        // The bin of 0 is taken for exactly 0.
        const bool zero = first == zeroKey && m_dropped == 0;
        const std::int32_t from = zero ? binner.binOf(0) : binner.binOf(range.lowest);
        const std::int32_t to = zero ? from : binner.binOf(range.highest);
        if (from == to) {
            addTo(counts[static_cast<std::size_t>(from)], n);
            return;
        }
        addTo(cut, n);
        // Spread evenly over its width: each bin gets what lies below its upper edge and was not given out before.
        const BinSpec& bins = estimate.histogram.spec;
        std::int64_t given = 0;
        for (std::int32_t b = from == binner.below() ? -1 : from; given < n; ++b) {
            const double edge = b < bins.bins ? bins.edge(b + 1) : range.highest;
            const double part = (edge - range.lowest) / (range.highest - range.lowest);
            const bool isLast = b >= bins.bins || !(part < 1);
            const auto upTo = isLast ? n : static_cast<std::int64_t>(std::llround(static_cast<double>(n) * std::max(part, 0.0)));
            const std::size_t place = static_cast<std::size_t>(b < 0 ? binner.below() : b >= bins.bins ? binner.above() : b);
            addTo(counts[place], std::max<std::int64_t>(upTo - given, 0));
            given = std::max(given, upTo);
        }
    });
    binner.addTo(estimate.histogram, counts);
    estimate.error = m_count > 0 ? static_cast<double>(cut) / static_cast<double>(m_count) : 0.0;
    estimate.histogram.exact = cut == 0 && m_dropped == 0;
    return estimate;
}

} // namespace ravel
