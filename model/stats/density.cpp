// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/density.h"

#include "stats/chunk.h"
#include "stats/kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace ravel {

namespace {

constexpr int stepsPerOctave = 7;      // of counts: 2^36 is the most
constexpr int octaves = 16;            // below the largest magnitude
constexpr int binsPerOctave = 8;
constexpr std::uint16_t firstBin = kernels::firstFinite >> Density::dropped, lastBin = kernels::lastFinite >> Density::dropped;
constexpr std::size_t mostGap = 3;     // empty bins cost less than a new run
constexpr std::size_t longestRun = 255;

// 0 for zero, one more with each bin away from it.
int magnitude(std::uint16_t bin) { return bin >= Density::zeroBin ? bin - Density::zeroBin : Density::zeroBin - 1 - bin; }

const std::array<float, 256>& decodedCounts()
{
    static const std::array<float, 256> table = [] {
        std::array<float, 256> t {};
        for (std::size_t code = 1; code < t.size(); ++code)
            t[code] = static_cast<float>(std::exp2(static_cast<double>(code - 1) / stepsPerOctave));
        return t;
    }();
    return table;
}

} // namespace

float Density::decoded(std::uint8_t code) { return decodedCounts()[code]; }
const float* Density::decodedTable() { return decodedCounts().data(); }

std::uint8_t Density::coded(double count)
{
    if (!(count > 0))
        return 0;
    return static_cast<std::uint8_t>(std::clamp(std::lround(1 + stepsPerOctave * std::log2(std::max(count, 1.0))), 1L, 255L));
}

// `bins` ascend; those that are not finite or hold nothing are passed over.
template <class Count> Density Density::fromBins(std::span<const std::uint16_t> held, Count countOf)
{
    int largest = -1;
    for (const std::uint16_t bin : held)
        if (bin >= firstBin && bin <= lastBin)
            largest = std::max(largest, magnitude(bin));
    Density density;
    if (largest < 0)
        return density;
    const int least = std::max(1, largest - octaves * binsPerOctave + 1);
    double nearZero = 0, all = 0;
    std::vector<std::uint8_t> bytes;
    std::size_t run = 0;         // where the length of the last run stands
    std::size_t next = bins + 1; // the bin after it
    const auto put = [&](std::uint16_t bin, double count) {
        if (bin >= next && bin - next <= mostGap && bytes[run] + (bin - next) < longestRun) {
            bytes.insert(bytes.end(), bin - next, 0);
            bytes[run] = static_cast<std::uint8_t>(bytes[run] + (bin - next));
        } else if (bin != next || bytes[run] == longestRun) {
            bytes.push_back(static_cast<std::uint8_t>(bin & 0xFF));
            bytes.push_back(static_cast<std::uint8_t>(bin >> 8));
            run = bytes.size();
            bytes.push_back(0);
        }
        bytes.push_back(coded(count));
        ++bytes[run];
        next = bin + std::size_t(1);
    };
    const auto isNear = [least](std::uint16_t bin) { return magnitude(bin) < least; };
    for (std::size_t i = 0; i < held.size(); ++i)
        if (isNear(held[i]))
            nearZero += countOf(i);
    bool zeroPut = nearZero == 0;
    for (std::size_t i = 0; i < held.size(); ++i) {
        if (held[i] < firstBin || held[i] > lastBin || isNear(held[i]))
            continue;
        if (!zeroPut && held[i] > zeroBin) {
            put(zeroBin, nearZero);
            zeroPut = true;
        }
        const double count = countOf(i);
        all += count;
        put(held[i], count);
    }
    if (!zeroPut)
        put(zeroBin, nearZero);
    auto kept = std::make_shared<std::uint8_t[]>(bytes.size());
    std::memcpy(kept.get(), bytes.data(), bytes.size());
    density.m_bytes = std::move(kept);
    density.m_size = static_cast<std::uint32_t>(bytes.size());
    density.m_count = static_cast<float>(all + nearZero);
    return density;
}

Density Density::fromCounts(std::span<const std::int64_t> counts)
{
    std::vector<std::uint16_t> held;
    for (std::size_t bin = 0; bin < counts.size(); ++bin)
        if (counts[bin] > 0)
            held.push_back(static_cast<std::uint16_t>(bin));
    return fromBins(held, [&](std::size_t i) { return static_cast<double>(counts[held[i]]); });
}

Density Density::fromKeys(std::span<const std::uint16_t> keys)
{
    std::vector<std::uint16_t> sorted(keys.begin(), keys.end()), held;
    std::sort(sorted.begin(), sorted.end());
    std::vector<double> counts;
    for (const std::uint16_t key : sorted) {
        if (key < kernels::firstFinite || key > kernels::lastFinite)
            continue;
        const auto bin = static_cast<std::uint16_t>(key >> dropped);
        if (held.empty() || held.back() != bin) {
            held.push_back(bin);
            counts.push_back(0);
        }
        ++counts.back();
    }
    return fromBins(held, [&](std::size_t i) { return counts[i]; });
}

Density Density::of(const Sketch& sketch, double share)
{
    std::vector<std::uint16_t> held;
    std::vector<double> counts;
    const int shift = dropped - sketch.dropped(); // negative: one bin of a coarse sketch is several of ours; it stands in the first
    sketch.forEachBin([&](std::uint32_t key, std::int64_t n) {
        const auto bin = static_cast<std::uint16_t>(shift >= 0 ? key >> shift : key << -shift);
        if (held.empty() || held.back() != bin) {
            held.push_back(bin);
            counts.push_back(0);
        }
        counts.back() += static_cast<double>(n) * share;
    });
    return fromBins(held, [&](std::size_t i) { return counts[i]; });
}

Density Density::merged(std::span<const Density> parts)
{
    std::array<float, bins> sums {};
    std::size_t first = bins, last = 0;
    for (const Density& part : parts)
        part.forEachRun([&](std::uint16_t bin, std::span<const std::uint8_t> codes) {
            first = std::min<std::size_t>(first, bin);
            last = std::max(last, bin + codes.size());
            for (std::size_t i = 0; i < codes.size(); ++i)
                sums[bin + i] += decodedCounts()[codes[i]];
        });
    std::vector<std::uint16_t> held;
    for (std::size_t bin = first; bin < last; ++bin)
        if (sums[bin] > 0)
            held.push_back(static_cast<std::uint16_t>(bin));
    return fromBins(held, [&](std::size_t i) { return static_cast<double>(sums[held[i]]); });
}

Density Density::scaled(double factor) const
{
    std::vector<std::uint16_t> held;
    std::vector<double> counts;
    forEachRun([&](std::uint16_t bin, std::span<const std::uint8_t> codes) {
        for (std::size_t i = 0; i < codes.size(); ++i) {
            if (codes[i] == 0)
                continue;
            held.push_back(static_cast<std::uint16_t>(bin + i));
            counts.push_back(static_cast<double>(decoded(codes[i])) * factor);
        }
    });
    return fromBins(held, [&](std::size_t i) { return counts[i]; });
}

void DensityBuilder::add(Dtype dtype, const std::byte* elements, std::size_t n)
{
    constexpr std::size_t mostFew = 512;
    Chunk chunk;
    forEachChunk(dtype, elements, n, chunk, [this](const Chunk& c) {
        std::uint16_t keys[kernels::chunkNumbers];
        c.keys(keys);
        if (!m_many && m_few.size() + c.n <= mostFew) {
            m_few.insert(m_few.end(), keys, keys + c.n);
            return;
        }
        if (!m_many) {
            m_counts.assign(Density::bins, 0);
            for (const std::uint16_t key : m_few)
                ++m_counts[key >> Density::dropped];
            m_few.clear();
            m_many = true;
        }
        for (std::size_t i = 0; i < c.n; ++i)
            ++m_counts[keys[i] >> Density::dropped];
    });
}

Density DensityBuilder::take()
{
    const Density density = m_many ? Density::fromCounts(m_counts) : Density::fromKeys(m_few);
    m_few.clear();
    m_many = false;
    return density;
}

KeyRange densityBinRange(std::uint16_t bin)
{
    const std::uint32_t first = std::uint32_t(bin) << Density::dropped;
    return keyRange(first, first + (1u << Density::dropped) - 1);
}

} // namespace ravel
