// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/chunk.h"
#include "stats/sketch.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace ravel {

namespace {
constexpr std::size_t mostFew = 1024;
}

SketchBuilder::SketchBuilder()
    : m_counts(std::size_t(1) << 16)
{
}

void SketchBuilder::addKeys(const std::uint16_t* keys, std::size_t n)
{
    if (m_pending == 0 && m_few.size() + n <= mostFew) {
        m_few.insert(m_few.end(), keys, keys + n);
        return;
    }
    spill();
    if (m_pending + static_cast<std::int64_t>(n) > std::numeric_limits<std::uint32_t>::max())
        flush();
    m_pending += static_cast<std::int64_t>(n);
    kernels::current().countKeys(keys, n, m_counts.data());
}

void SketchBuilder::add(Dtype dtype, const std::byte* elements, std::size_t n)
{
    Chunk chunk;
    forEachChunk(dtype, elements, n, chunk, [this](const Chunk& c) {
        std::uint16_t keys[kernels::chunkNumbers];
        c.keys(keys);
        addKeys(keys, c.n);
    });
}

void SketchBuilder::spill()
{
    if (m_few.empty())
        return;
    m_pending += static_cast<std::int64_t>(m_few.size());
    kernels::current().countKeys(m_few.data(), m_few.size(), m_counts.data());
    m_few.clear();
}

void SketchBuilder::addCounts(std::vector<std::int64_t>& byBin, std::int64_t sign) const
{
    constexpr int dropped = 4;
    byBin.resize(m_counts.size() >> dropped);
    for (const std::uint16_t key : m_few)
        byBin[key >> dropped] += sign;
    if (m_pending == 0)
        return;
    for (std::size_t bin = 0; bin < byBin.size(); ++bin) {
        const std::uint32_t* counts = m_counts.data() + (bin << dropped);
        std::uint64_t sum = 0;
        for (int i = 0; i < 1 << dropped; ++i)
            sum += counts[i];
        byBin[bin] += sign * static_cast<std::int64_t>(sum);
    }
}

void SketchBuilder::takeCounts(std::vector<std::int64_t>& byBin)
{
    byBin.assign(m_counts.size() >> 4, 0);
    addCounts(byBin, 1);
    m_taken.resize(byBin.size());
    for (std::size_t bin = 0; bin < byBin.size(); ++bin)
        byBin[bin] -= std::exchange(m_taken[bin], byBin[bin]);
}

void SketchBuilder::flush()
{
    if (!m_taken.empty())
        addCounts(m_taken, -1);
    Sketch sketch;
    if (m_pending == 0) {
        std::sort(m_few.begin(), m_few.end());
        for (std::size_t i = 0; i < m_few.size();) {
            const std::size_t first = i;
            while (i < m_few.size() && m_few[i] == m_few[first])
                ++i;
            if (m_few[first] >= kernels::firstFinite && m_few[first] <= kernels::lastFinite)
                sketch.append(m_few[first], static_cast<std::int64_t>(i - first));
        }
        m_few.clear();
        m_done.merge(sketch);
        return;
    }
    constexpr std::size_t step = 16;
    for (std::size_t key = 0; key < m_counts.size(); key += step) {
        std::uint32_t any = 0;
        for (std::size_t i = 0; i < step; ++i)
            any |= m_counts[key + i];
        for (std::size_t i = 0; any != 0 && i < step; ++i) {
            const std::size_t at = key + i;
            if (m_counts[at] != 0 && at >= kernels::firstFinite && at <= kernels::lastFinite)
                sketch.append(static_cast<std::uint16_t>(at), m_counts[at]);
            m_counts[at] = 0;
        }
    }
    m_pending = 0;
    m_done.merge(sketch);
}

Sketch SketchBuilder::take(int dropped)
{
    flush();
    m_taken.clear();
    Sketch sketch = dropped > 0 ? m_done.coarser(dropped) : std::move(m_done);
    m_done = Sketch();
    sketch.trim();
    return sketch;
}

} // namespace ravel
