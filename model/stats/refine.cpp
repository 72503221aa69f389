// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/refine.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace ravel {

namespace {

constexpr std::size_t steps = 65536;
constexpr std::uint8_t toHistogram = 1;
constexpr std::uint8_t toRanges = 2;

// Patterns as unsigned integers in the order of the numbers; -0 counts as 0.
std::uint64_t orderOf(double x)
{
    const auto bits = std::bit_cast<std::uint64_t>(x + 0.0);
    return (bits >> 63) != 0 ? ~bits : bits | 0x8000000000000000u;
}

std::uint64_t orderOf(float x)
{
    const auto bits = std::bit_cast<std::uint32_t>(x + 0.0f);
    return (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
}

double valueOf(std::uint64_t order, bool wide)
{
    if (wide) {
        const bool negative = (order >> 63) == 0;
        return std::bit_cast<double>(negative ? ~order : order & 0x7FFFFFFFFFFFFFFFu);
    }
    const auto narrow = static_cast<std::uint32_t>(order);
    const bool negative = (narrow >> 31) == 0;
    return static_cast<double>(std::bit_cast<float>(negative ? ~narrow : narrow & 0x7FFFFFFFu));
}

} // namespace

Refinement::Refinement(const Sketch& sketch, const Summary& summary, bool wide, const Histogram* histogram,
    std::vector<std::int64_t> ranks)
    : m_wide(wide)
{
    if (histogram != nullptr) {
        m_histogram = *histogram;
        m_binner.emplace(m_histogram->spec);
        placeHistogram(sketch);
    }
    m_targets.resize(ranks.size());
    assert(ranks.size() < 256);
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        m_targets[i].rank = ranks[i];
        place(sketch, summary, m_targets[i]);
    }
    classify();
}

void Refinement::placeHistogram(const Sketch& sketch)
{
    std::vector<std::int64_t> counts(m_binner->places());
    m_cut.assign(steps, 0);
    sketch.forEachBin([&](std::uint32_t key, std::int64_t n) {
        const KeyRange range = keyRange(key, key);
        const std::int32_t bin = m_binner->binOf(range.lowest);
        if (bin == m_binner->binOf(range.highest)) {
            counts[static_cast<std::size_t>(bin)] += n;
        } else {
            m_cut[key] = 1;
            m_histogramDone = false;
        }
    });
    m_binner->addTo(*m_histogram, counts);
}

std::size_t Refinement::rangeOf(Range range)
{
    const auto at = std::find(m_ranges.begin(), m_ranges.end(), range);
    const auto index = static_cast<std::size_t>(at - m_ranges.begin());
    if (at == m_ranges.end())
        m_ranges.push_back(range);
    return index;
}

void Refinement::place(const Sketch& sketch, const Summary& summary, Target& target)
{
    std::optional<std::uint32_t> key;
    std::int64_t inKey = 0;
    sketch.forEachBin([&](std::uint32_t bin, std::int64_t n) {
        if (key)
            return;
        if (target.rank < n) {
            key = bin;
            inKey = n;
        } else {
            target.rank -= n;
        }
    });
    if (!key) {
        target.value = std::numeric_limits<double>::quiet_NaN();
        return;
    }
    if (summary.min == summary.max || (*key == 0x8000 && inKey == summary.zeros)) {
        target.value = summary.min == summary.max ? summary.min : 0.0;
        return;
    }
    Range range { std::uint64_t(*key) << 16, 0 };
    if (m_wide) {
        const KeyRange values = keyRange(*key, *key);
        range.first = orderOf(std::max(values.lowest, summary.min));
        const std::uint64_t span = orderOf(std::min(values.highest, summary.max)) - range.first;
        range.shift = std::max(0, static_cast<int>(std::bit_width(span)) - 16);
    }
    target.range = rangeOf(range);
}

// Of a range's first value. A range never leaves the bin of its key, but for steps past the bin's end, where nothing is counted.
std::uint16_t Refinement::keyOf(const Range& range) const
{
    std::uint16_t key = 0;
    const double value = valueOf(range.first, m_wide);
    kernels::current().keysOfDoubles(&value, 1, &key);
    return key;
}

void Refinement::classify()
{
    m_classes.assign(steps, 0);
    if (!m_histogramDone)
        m_classes = m_cut;
    // Ranges in order, so that those of a key stand together.
    std::vector<std::size_t> order(m_ranges.size()), placeOf(m_ranges.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) { return m_ranges[a].first < m_ranges[b].first; });
    const std::vector<Range> old = m_ranges;
    m_firstRange.assign(steps, 0);
    m_endRange.assign(steps, 0);
    for (std::size_t i = 0; i < order.size(); ++i) {
        m_ranges[i] = old[order[i]];
        placeOf[order[i]] = i;
        const std::uint16_t key = keyOf(m_ranges[i]);
        if ((m_classes[key] & toRanges) == 0)
            m_firstRange[key] = static_cast<std::uint8_t>(i);
        m_endRange[key] = static_cast<std::uint8_t>(i + 1);
        m_classes[key] |= toRanges;
    }
    for (Target& target : m_targets)
        if (!target.value)
            target.range = placeOf[target.range];
    m_chosen.assign(steps / 32, 0);
    for (std::size_t key = 0; key < steps; ++key)
        m_chosen[key / 32] |= std::uint32_t(m_classes[key] != 0) << (key % 32);
}

bool Refinement::finished() const
{
    return m_histogramDone
        && std::all_of(m_targets.begin(), m_targets.end(), [](const Target& t) { return t.value.has_value(); });
}

void Refinement::narrow(Target& target, const Range& range, std::span<const std::int64_t> counts)
{
    std::size_t step = 0;
    while (step + 1 < steps && target.rank >= counts[step])
        target.rank -= counts[step++];
    const std::uint64_t first = range.first + (std::uint64_t(step) << range.shift);
    if (range.shift == 0)
        target.value = valueOf(first, m_wide);
    else
        target.range = rangeOf({ first, std::max(0, range.shift - 16) });
}

void Refinement::endPass(std::span<RefinePart> parts)
{
    if (!m_histogramDone) {
        std::vector<std::int64_t> counts(m_binner->places());
        for (const RefinePart& part : parts)
            for (std::size_t i = 0; i < counts.size(); ++i)
                counts[i] += part.m_bins[i];
        m_binner->addTo(*m_histogram, counts);
        m_histogramDone = true;
    }
    std::vector<std::int64_t> counts(m_ranges.size() * steps);
    for (const RefinePart& part : parts)
        for (std::size_t i = 0; i < counts.size(); ++i)
            counts[i] += part.m_counts[i];
    const std::vector<Range> old = std::exchange(m_ranges, {});
    for (Target& target : m_targets)
        if (!target.value)
            narrow(target, old[target.range], std::span(counts).subspan(target.range * steps, steps));
    classify();
}

std::vector<double> Refinement::values() const
{
    std::vector<double> values;
    for (const Target& target : m_targets)
        values.push_back(*target.value);
    return values;
}

RefinePart::RefinePart(const Refinement& refinement)
    : m_refinement(&refinement)
    , m_bins(refinement.m_histogramDone ? 0 : refinement.m_binner->places())
    , m_counts(refinement.m_ranges.size() * steps)
{
}

void RefinePart::add(Dtype dtype, const std::byte* elements, std::size_t n, std::int64_t weight)
{
    Chunk chunk;
    forEachChunk(dtype, elements, n, chunk, [this, weight](const Chunk& c) { add(c, weight); });
}

void RefinePart::add(const Chunk& chunk, std::int64_t weight)
{
    const Refinement& r = *m_refinement;
    std::uint16_t keys[kernels::chunkNumbers];
    std::uint16_t places[kernels::chunkNumbers + 1];
    chunk.keys(keys);
    const std::size_t found = kernels::current().select(keys, chunk.n, r.m_chosen.data(), places);
    if (!r.m_histogramDone)
        addToHistogram(chunk, keys, places, found, weight);
    // Those few for the ranges are put together first, without a branch that would be mispredicted at each.
    std::size_t few = 0;
    for (std::size_t i = 0; i < found; ++i) {
        const std::uint16_t place = places[i];
        places[few] = place;
        few += (r.m_classes[keys[place]] & toRanges) != 0;
    }
    for (std::size_t i = 0; i < few; ++i)
        addToRanges(chunk.at(places[i]), keys[places[i]], weight);
}

void RefinePart::addToHistogram(
    const Chunk& chunk, const std::uint16_t* keys, const std::uint16_t* places, std::size_t found, std::int64_t weight)
{
    if (found == 0)
        return;
    const Refinement& r = *m_refinement;
    std::int32_t bins[kernels::chunkNumbers];
    const auto findBins = [&](const auto* numbers) {
        std::remove_cvref_t<decltype(*numbers)> values[kernels::chunkNumbers];
        for (std::size_t i = 0; i < found; ++i)
            values[i] = numbers[places[i]];
        r.m_binner->binsOf(values, found, bins);
    };
    chunk.narrow ? findBins(chunk.floats) : findBins(chunk.doubles);
    for (std::size_t i = 0; i < found; ++i) {
        const bool mine = (r.m_classes[keys[places[i]]] & toHistogram) != 0;
        m_bins[static_cast<std::size_t>(bins[i])] += mine ? weight : 0;
    }
}

void RefinePart::addToRanges(double number, std::uint16_t key, std::int64_t weight)
{
    const Refinement& r = *m_refinement;
    const std::uint64_t order = r.m_wide ? orderOf(number) : orderOf(static_cast<float>(number));
    for (std::size_t k = r.m_firstRange[key]; k < r.m_endRange[key]; ++k) {
        const std::uint64_t step = (order - r.m_ranges[k].first) >> r.m_ranges[k].shift;
        if (step < steps) // also false below `first`, where the difference wraps
            m_counts[k * steps + step] += weight;
    }
}

} // namespace ravel
