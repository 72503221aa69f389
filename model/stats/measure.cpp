// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/measure.h"

#include "stats/chunk.h"
#include "stats/measuring.h"
#include "stats/refine.h"
#include "stats/scan.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

constexpr std::int64_t muchToRead = 256 << 20; // bytes: a sample comes first
constexpr Count sampleBudget { 1 << 18 };
constexpr std::int64_t fewNumbers = 1 << 14;         // are sorted

// Keys are counted without their weight: the sketch is taken whenever another weight begins.
class WeightedSketch {
public:
    void add(const std::uint16_t* keys, std::size_t n, std::int64_t weight)
    {
        if (weight != m_weight) {
            flush();
            m_weight = weight;
        }
        m_builder.addKeys(keys, n);
    }
    const Sketch& take()
    {
        flush();
        return m_sum;
    }

private:
    void flush()
    {
        const Sketch sketch = m_builder.take();
        m_sum.merge(m_weight == 1 ? sketch : sketch.times(m_weight));
    }
    SketchBuilder m_builder;
    Sketch m_sum;
    std::int64_t m_weight = 1;
};

// The first pass as one worker sees it.
struct FirstPass {
    WeightedSketch sketch;
    std::vector<std::int64_t> bins; // by place, where the range of the histogram is known beforehand
    ScanBuffers buffers;

    void add(const Found& found, const Binner* binner, bool sketched, bool higher, FullSummary& sum)
    {
        Chunk chunk;
        FullSummary mine;
        forEachChunk(found.dtype, found.elements, found.n, chunk, [&](const Chunk& c) {
            addTo(mine, c, higher);
            if (sketched) {
                std::uint16_t keys[kernels::chunkNumbers];
                c.keys(keys);
                sketch.add(keys, c.n, found.weight);
            }
            if (binner != nullptr) {
                std::int32_t places[kernels::chunkNumbers];
                binner->binsOf(c, places);
                for (std::size_t i = 0; i < c.n; ++i)
                    bins[static_cast<std::size_t>(places[i])] += found.weight;
            }
        });
        const FullSummary part = found.weight == 1 ? mine : mine.times(found.weight);
        higher ? sum.merge(part) : sum.summary.merge(part.summary);
    }

    static void addTo(FullSummary& sum, const Chunk& chunk, bool higher)
    {
        if (higher)
            return sum.merge(fullSummaryOf(chunk));
        kernels::Moments moments;
        chunk.moments(moments);
        sum.summary.merge(summaryOf(moments));
    }
};

class Measuring {
public:
    Measuring(const EditedVector& vector, const Selection& selection, const MeasureOptions& options, const Job& job, Pool& pool)
        : m_vector(vector)
        , m_selection(selection)
        , m_scan(vector.checkpoint(), selection)
        , m_options(options)
        , m_job(job)
        , m_pool(pool)
    {
    }

    Result<Measurement> run()
    {
        m_total = 2 * m_scan.bytes();
        if (m_scan.few(fewNumbers))
            return few();
        RAVEL_TRY(sampleFirst());
        const bool rangeKnown = m_options.histogram && m_options.low && m_options.high;
        const bool direct = rangeKnown && !m_options.quantiles;
        if (direct)
            m_result.histogram = emptyHistogram(binSpecFor(m_options, {}, 0));
        RAVEL_TRY(firstPass(direct));
        if (direct || (!m_options.histogram && !m_options.quantiles))
            return finish();
        m_result.exact = false;
        fromSketch(m_sketch, m_options, m_result);
        if (m_options.partial)
            m_options.partial(m_result);
        RAVEL_TRY(refine());
        return finish();
    }

private:
    // Held in memory: a range of some cells is measured with each move of the mouse.
    Result<Measurement> few()
    {
        std::vector<double> numbers;
        FullSummary all;
        ScanBuffers buffers;
        Chunk chunk;
        for (std::int64_t item = 0; item < m_scan.items(); ++item)
            RAVEL_TRY(m_scan.read(m_vector, item, buffers, m_job, [&](const Found& found) {
                FullSummary part;
                forEachChunk(found.dtype, found.elements, found.n, chunk, [&](const Chunk& c) {
                    FirstPass::addTo(part, c, m_options.higher);
                    for (std::size_t i = 0; i < c.n; ++i)
                        numbers.push_back(c.at(i) + 0.0);
                });
                all.merge(part);
            }));
        take(all);
        if (m_options.histogram) {
            double smallest = m_result.summary.max;
            for (double x : numbers)
                smallest = x > 0 ? std::min(smallest, x) : smallest;
            m_result.histogram = emptyHistogram(binSpecFor(m_options, m_result.summary, smallest));
            ravel::count(Dtype::Float64, reinterpret_cast<const std::byte*>(numbers.data()), numbers.size(), m_result.histogram);
        }
        if (m_options.quantiles) {
            std::erase_if(numbers, [](double x) { return !std::isfinite(x); });
            std::sort(numbers.begin(), numbers.end());
            std::vector<double> neighbours;
            for (std::int64_t rank : ranksOf(m_result.summary.finite()))
                neighbours.push_back(rank < 0 ? std::numeric_limits<double>::quiet_NaN() : numbers[static_cast<std::size_t>(rank)]);
            m_result.quantiles = interpolated(neighbours, m_result.summary.finite());
        }
        return finish();
    }

    Result<> sampleFirst()
    {
        if (!m_options.partial || m_scan.bytes() < muchToRead)
            return {};
        MeasureOptions options = m_options;
        options.partial = nullptr;
        RAVEL_ASSIGN(const Measurement sample, estimate(m_vector, m_selection, options, sampleBudget, m_job));
        m_options.partial(sample);
        return {};
    }

    // Every item in turn; progress goes on from one pass to the next.
    template <class Add> Result<> pass(Add add)
    {
        return m_pool.forEach(m_scan.items(), m_job, [&](std::int64_t item, int worker) -> Result<> {
            RAVEL_TRY(add(item, static_cast<std::size_t>(worker)));
            const std::int64_t done = m_done.fetch_add(m_scan.bytes(item)) + m_scan.bytes(item);
            m_job.progress(std::min(done, m_total), m_total);
            return {};
        });
    }

    Result<> firstPass(bool direct)
    {
        std::optional<Binner> binner;
        if (direct)
            binner.emplace(m_result.histogram.spec);
        const bool sketched = !direct && (m_options.quantiles || m_options.histogram);
        m_workers.resize(static_cast<std::size_t>(std::clamp<std::int64_t>(m_scan.items(), 1, m_pool.threads())));
        for (FirstPass& worker : m_workers)
            worker.bins.resize(direct ? binner->places() : 0);
        // A summary for each item, merged in order: the same bits for any number of threads.
        std::vector<FullSummary> sums(static_cast<std::size_t>(m_scan.items()));
        RAVEL_TRY(pass([&](std::int64_t item, std::size_t worker) {
            FirstPass& mine = m_workers[worker];
            return m_scan.read(m_vector, item, mine.buffers, m_job, [&](const Found& found) {
                mine.add(found, direct ? &*binner : nullptr, sketched, m_options.higher, sums[static_cast<std::size_t>(item)]);
            });
        }));
        FullSummary all;
        for (const FullSummary& sum : sums)
            all.merge(sum);
        take(all);
        for (FirstPass& worker : m_workers) {
            if (direct)
                binner->addTo(m_result.histogram, worker.bins);
            else
                m_sketch.merge(worker.sketch.take());
        }
        return {};
    }

    Result<> refine()
    {
        const bool exactly = m_options.quantiles && m_options.exactQuantiles;
        Histogram empty = emptyHistogram(m_result.histogram.spec);
        empty.nan = m_result.summary.nan;
        empty.below = m_result.summary.negativeInf;
        empty.above = m_result.summary.positiveInf;
        std::vector<std::int64_t> ranks;
        if (exactly)
            ranks = ranksOf(m_result.summary.finite());
        Refinement refinement(
            m_sketch, m_result.summary, m_scan.anyWide(), m_options.histogram ? &empty : nullptr, std::move(ranks));
        for (; !refinement.finished(); m_done = m_scan.bytes()) {
            std::vector<RefinePart> parts;
            for (std::size_t i = 0; i < m_workers.size(); ++i)
                parts.emplace_back(refinement);
            RAVEL_TRY(pass([&](std::int64_t item, std::size_t worker) {
                return m_scan.read(m_vector, item, m_workers[worker].buffers, m_job, [&](const Found& found) {
                    parts[worker].add(found.dtype, found.elements, found.n, found.weight);
                });
            }));
            refinement.endPass(parts);
        }
        if (m_options.histogram)
            m_result.histogram = refinement.histogram();
        if (exactly)
            m_result.quantiles = interpolated(refinement.values(), m_result.summary.finite());
        m_result.exact = !m_options.quantiles || exactly;
        return {};
    }

    void take(const FullSummary& all)
    {
        m_result.summary = all.summary;
        m_result.higher = all.higher;
        m_result.hasHigher = m_options.higher;
    }

    Result<Measurement> finish()
    {
        m_job.progress(m_total, m_total);
        return std::move(m_result);
    }

    const EditedVector& m_vector;
    const Selection& m_selection;
    SelectionScan m_scan;
    const MeasureOptions& m_options;
    const Job& m_job;
    Pool& m_pool;
    std::int64_t m_total = 0;
    std::atomic<std::int64_t> m_done = 0;
    std::vector<FirstPass> m_workers;
    Sketch m_sketch;
    Measurement m_result;
};

// Where a quantile lies between two neighbours in order, as numpy and torch have it.
double rankOf(double q, std::int64_t n) { return q * static_cast<double>(n - 1); }

} // namespace

BinSpec binSpecFor(const MeasureOptions& options, const Summary& summary, double smallestPositive)
{
    BinSpec spec { 0, 0, options.bins, options.scale };
    if (summary.finite() > 0) {
        spec.low = spec.scale == BinScale::Log && !(summary.min > 0) ? smallestPositive : summary.min;
        spec.high = summary.max;
    }
    spec.low = options.low.value_or(spec.low);
    spec.high = options.high.value_or(spec.high);
    if (spec.scale == BinScale::Symlog)
        spec.linear = options.linear > 0 ? options.linear : std::max(std::abs(spec.low), std::abs(spec.high)) / 1000;
    return emptyHistogram(spec).spec;
}

double smallestPositive(const Sketch& sketch)
{
    double smallest = 0;
    sketch.forEachBin([&](std::uint32_t bin, std::int64_t) {
        const std::uint32_t key = bin << sketch.dropped();
        if (key > 0x8000 && smallest == 0)
            smallest = keyRange(key, key).lowest;
    });
    return smallest;
}

void fromSketch(const Sketch& sketch, const MeasureOptions& options, Measurement& result)
{
    if (options.quantiles) {
        result.quantiles.clear();
        for (double q : shownQuantiles) {
            const double value = sketch.quantile(q);
            result.quantiles.push_back(
                result.summary.finite() > 0 ? std::clamp(value, result.summary.min, result.summary.max) : value);
        }
    }
    if (options.histogram) {
        result.histogram = sketch.histogram(binSpecFor(options, result.summary, smallestPositive(sketch))).histogram;
        result.histogram.nan = result.summary.nan;
        result.histogram.below += result.summary.negativeInf;
        result.histogram.above += result.summary.positiveInf;
        result.histogram.exact = false;
    }
}

std::vector<std::int64_t> ranksOf(std::int64_t n)
{
    std::vector<std::int64_t> ranks;
    for (double q : shownQuantiles) {
        const double rank = n > 0 ? rankOf(q, n) : -1.0;
        ranks.push_back(static_cast<std::int64_t>(std::floor(rank)));
        ranks.push_back(static_cast<std::int64_t>(std::ceil(rank)));
    }
    return ranks;
}

std::vector<double> interpolated(const std::vector<double>& neighbours, std::int64_t n)
{
    std::vector<double> quantiles;
    for (std::size_t i = 0; i < std::size(shownQuantiles); ++i) {
        const double low = neighbours[2 * i], high = neighbours[2 * i + 1];
        const double rank = n > 0 ? rankOf(shownQuantiles[i], n) : 0.0;
        const double part = rank - std::floor(rank);
        quantiles.push_back(part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part));
    }
    return quantiles;
}

Result<Measurement> measure(
    const EditedVector& vector, const Selection& selection, const MeasureOptions& options, const Job& job, Pool& pool)
{
    return Measuring(vector, selection, options, job, pool).run();
}

HigherMoments higherFromSketch(const Sketch& sketch, const Summary& summary)
{
    HigherMoments higher;
    sketch.forEachBin([&](std::uint32_t bin, std::int64_t n) {
        const std::uint32_t first = bin << sketch.dropped();
        const KeyRange range = keyRange(first, first + (1u << sketch.dropped()) - 1);
        const double low = std::max(range.lowest, summary.min), high = std::min(range.highest, summary.max);
        const double x = low <= 0 && high >= 0 ? 0 : low / 2 + high / 2, deviation = x - summary.mean, square = deviation * deviation;
        const auto count = static_cast<double>(n);
        higher.m3 += count * square * deviation;
        higher.m4 += count * square * square;
        higher.absolute += count * std::abs(x);
    });
    return higher;
}

} // namespace ravel
