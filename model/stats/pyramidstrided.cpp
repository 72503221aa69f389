// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/geometry.h"
#include "stats/pyramidbuild.h"

#include <algorithm>
#include <mutex>

namespace ravel {

namespace {
constexpr std::int64_t largeWindowBytes = 32 << 20;
constexpr std::int64_t partBytes = 1 << 20;
}

PyramidBuild::Strided PyramidBuild::stridedOf(std::uint32_t placed) const
{
    const Tensor& tensor = tensorOf(placed);
    Strided strided { placed, tensor.storage, tensor.storageOffset, tensor.storageOffset + Count(1), {} };
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        strided.end += Count((tensor.shape[d] - 1) * tensor.stride[d]);
    strided.summaries.resize(static_cast<std::size_t>(m_plan.endBlock(placed) - m_plan.firstBlock(placed)));
    return strided;
}

// Adds elements to the summary of a block; their keys go to the worker's builder, or those of repeats (stride 0) to the sketch.
void PyramidBuild::add(Dtype dtype, const std::byte* elements, std::size_t n, std::int64_t weight, Worker& worker, Summary& summary,
    Sketch& repeated) const
{
    if (weight == 1) {
        summarise(dtype, elements, n, worker, summary);
        return;
    }
    Sketch once;
    once.add(dtype, elements, n);
    repeated.merge(once.times(weight));
    summary.merge(ravel::summarise(dtype, elements, n).times(weight));
}

// What the blocks of a record hold in a window of the storage. Returns the sketch of what is repeated.
Result<Sketch> PyramidBuild::gatherRecord(
    Strided& strided, std::uint32_t record, StorageRange window, const std::byte* bytes, Worker& worker)
{
    const PyramidPlan::Record& r = m_plan.records()[record];
    const std::int64_t first = m_plan.firstBlock(strided.placed);
    const bool whole = window.begin == strided.begin && window.end == strided.end;
    Sketch sketch;
    for (std::int64_t b = std::max(r.firstBlock, first); b < std::min(r.endBlock, m_plan.endBlock(strided.placed)); ++b) {
        RAVEL_TRY(m_job.check());
        RAVEL_ASSIGN(const Selection boxes, selectRange(*m_state.layout, m_plan.rangeOf(b)));
        for (const Box& box : boxes.boxes) {
            const auto region = toWeightedRegion(m_state.layout->checkpoint(), box);
            if (!region)
                continue;
            const auto size = static_cast<std::size_t>(dtypeSize(region->dtype));
            const StorageIndex begin = std::max(window.begin, region->region.start);
            const StorageIndex end = std::min(window.end, region->region.end());
            if (begin >= end)
                continue;
            const std::byte* from = bytes + static_cast<std::size_t>((begin - window.begin).value) * size;
            const std::size_t n = gather(region->region, begin, end, size, from, worker.gathered);
            add(region->dtype, worker.gathered.data(), n, region->weight, worker, strided.summaries[static_cast<std::size_t>(b - first)],
                sketch);
        }
        if (whole && sketch.count() == 0)
            endBlock(b, worker);
    }
    return sketch;
}

Result<> PyramidBuild::readThin(std::uint32_t record, Worker& worker)
{
    const PyramidPlan::Record& r = m_plan.records()[record];
    worker.sketch.take();
    Sketch sketch;
    ScanBuffers buffers;
    for (std::int64_t b = r.firstBlock; b < r.endBlock; ++b) {
        RAVEL_ASSIGN(const Selection boxes, selectRange(*m_state.layout, m_plan.rangeOf(b)));
        const SelectionScan scan(m_state.layout->checkpoint(), boxes);
        Summary summary;
        for (std::int64_t item = 0; item < scan.items(); ++item)
            RAVEL_TRY(scan.read(m_vector, item, buffers, m_job, [&](const Found& found) {
                add(found.dtype, found.elements, found.n, found.weight, worker, summary, sketch);
            }));
        m_state.publish(b, { summary }, m_begun);
        if (sketch.count() == 0)
            endBlock(b, worker);
    }
    const bool repeats = sketch.count() > 0;
    sketch.merge(worker.sketch.take());
    if (repeats)
        m_state.publishDensityOf(record, sketch, m_begun);
    m_state.publishSketch(record, sketch.coarser(std::max(sketch.dropped(), m_plan.droppedBits())), m_begun);
    told(bytesOf(record));
    return {};
}

Result<> PyramidBuild::readStrided(const std::vector<std::uint32_t>& records, Worker& worker)
{
    const std::uint32_t placed = m_plan.records()[records.front()].firstPlaced;
    Strided strided = stridedOf(placed);
    const Count hull = strided.end - strided.begin;
    worker.window.resize(static_cast<std::size_t>(hull.value * dtypeSize(tensorOf(placed).dtype)));
    RAVEL_TRY(m_vector.read(strided.storage, strided.begin, hull, worker.window.data()));
    for (std::uint32_t record : records) {
        worker.sketch.take();
        RAVEL_ASSIGN(Sketch sketch, gatherRecord(strided, record, { strided.begin, strided.end }, worker.window.data(), worker));
        const bool repeats = sketch.count() > 0;
        sketch.merge(worker.sketch.take());
        if (repeats)
            m_state.publishDensityOf(record, sketch, m_begun);
        const PyramidPlan::Record& r = m_plan.records()[record];
        const auto at = strided.summaries.begin() + (r.firstBlock - m_plan.firstBlock(placed));
        m_state.publish(r.firstBlock, { at, at + (r.endBlock - r.firstBlock) }, m_begun);
        m_state.publishSketch(record, sketch.coarser(std::max(sketch.dropped(), m_plan.droppedBits())), m_begun);
        told(bytesOf(record));
    }
    std::vector<std::byte>().swap(worker.window); // the others are smaller
    return {};
}

Result<> PyramidBuild::readLargeStrided(const std::vector<std::uint32_t>& records)
{
    const std::uint32_t placed = m_plan.records()[records.front()].firstPlaced;
    const std::int64_t size = dtypeSize(tensorOf(placed).dtype);
    Strided strided = stridedOf(placed);
    std::vector<Sketch> sketches(records.size());
    std::vector<std::byte> window;
    std::int64_t bytes = 0;
    for (std::uint32_t record : records)
        bytes += bytesOf(record) / ((strided.end - strided.begin).value * size / largeWindowBytes + 1);
    for (StorageIndex begin = strided.begin; begin < strided.end; begin += Count(largeWindowBytes / size)) {
        const StorageIndex end = std::min(strided.end, begin + Count(largeWindowBytes / size));
        window.resize(static_cast<std::size_t>((end - begin).value * size));
        const std::int64_t part = partBytes / size;
        const std::int64_t parts = ((end - begin).value + part - 1) / part;
        RAVEL_TRY(m_pool.forEach(parts, m_job, [&](std::int64_t i, int) {
            const StorageIndex from = begin + Count(i * part);
            return m_vector.read(strided.storage, from, std::min(Count(part), end - from),
                window.data() + static_cast<std::size_t>(i * part * size));
        }));
        RAVEL_TRY(m_pool.forEach(static_cast<std::int64_t>(records.size()), m_job, [&](std::int64_t i, int w) -> Result<> {
            Worker& worker = *m_workers[static_cast<std::size_t>(w)];
            worker.sketch.take();
            RAVEL_ASSIGN(Sketch sketch,
                gatherRecord(strided, records[static_cast<std::size_t>(i)], { begin, end }, window.data(), worker));
            sketch.merge(worker.sketch.take());
            sketches[static_cast<std::size_t>(i)].merge(sketch);
            return {};
        }));
        told(bytes);
    }
    for (std::size_t i = 0; i < records.size(); ++i) {
        const PyramidPlan::Record& r = m_plan.records()[records[i]];
        const auto at = strided.summaries.begin() + (r.firstBlock - m_plan.firstBlock(placed));
        m_state.publish(r.firstBlock, { at, at + (r.endBlock - r.firstBlock) }, m_begun);
        m_state.publishDensityOf(records[i], sketches[i], m_begun);
        m_state.publishSketch(records[i], sketches[i].coarser(std::max(sketches[i].dropped(), m_plan.droppedBits())), m_begun);
    }
    return {};
}

} // namespace ravel
