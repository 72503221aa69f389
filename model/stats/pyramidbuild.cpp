// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/pyramidbuild.h"

#include "checkpoint/geometry.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>
#include <utility>

namespace ravel {

namespace {

constexpr std::int64_t windowBytes = 256 << 10;
constexpr std::int64_t itemBytes = 1 << 20;
constexpr std::int64_t pageBytes = 4096;            // what reading a single element costs
constexpr std::int64_t muchToRead = 128 << 20;      // a sample comes first
constexpr std::int64_t mostSamples = 4096;          // blocks
constexpr std::int64_t sampleNumbers = 1024;        // of a block; 32 where each has to be read by itself
constexpr std::int64_t stridedSamples = 32;
constexpr auto sampleTime = std::chrono::milliseconds(250);

} // namespace

PyramidBuild::PyramidBuild(Pyramid::State& state, const EditedVector& vector, const Job& job, Pool& pool)
    : m_state(state)
    , m_plan(state.plan)
    , m_vector(vector)
    , m_job(job)
    , m_pool(pool)
{
    for (int i = 0; i < pool.threads(); ++i)
        m_workers.push_back(std::make_unique<Worker>());
}

const Tensor& PyramidBuild::tensorOf(std::uint32_t placed) const
{
    return m_state.layout->tensor(m_state.layout->listed()[m_state.layout->placed()[placed]]);
}

std::int64_t PyramidBuild::bytesOf(std::uint32_t record) const
{
    const PyramidPlan::Record& r = m_plan.records()[record];
    const std::int64_t elements = (m_plan.rangeOf(r.endBlock - 1).end - m_plan.rangeOf(r.firstBlock).begin).value;
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / 64; // virtual repeats; for progress alone
    return std::min(elements, most) * dtypeSize(tensorOf(r.firstPlaced).dtype);
}

void PyramidBuild::told(std::int64_t bytes) { m_job.progress(std::min(m_done += bytes, m_total), m_total); }

void PyramidBuild::plan()
{
    std::int64_t inItem = itemBytes; // of the last one; full: the next record opens another
    std::uint32_t strided = noOrdinal;
    for (std::uint32_t r = 0; r < m_plan.records().size(); ++r) {
        if (!m_state.needsWork(r))
            continue;
        const std::uint32_t placed = m_plan.records()[r].firstPlaced;
        const bool shared = m_plan.records()[r].endPlaced - placed > 1;
        const std::int64_t bytes = bytesOf(r);
        if (__builtin_add_overflow(m_total, bytes, &m_total))
            m_total = std::numeric_limits<std::int64_t>::max();
        if (!shared && !isContiguous(tensorOf(placed))) {
            if (strided != placed)
                m_large.push_back({ {}, Item::Strided });
            m_large.back().records.push_back(r);
            strided = placed;
            continue;
        }
        if (inItem >= itemBytes) {
            m_items.emplace_back();
            inItem = 0;
        }
        m_items.back().records.push_back(r);
        inItem += bytes;
    }
    // Small strided segments are a piece of work for one thread each, thin ones are read element by element.
    std::vector<Item> all = std::exchange(m_large, {});
    for (Item& item : all) {
        const std::uint32_t placed = m_plan.records()[item.records.front()].firstPlaced;
        const Strided s = stridedOf(placed);
        const std::int64_t hull = (s.end - s.begin).value * dtypeSize(tensorOf(placed).dtype);
        if (m_plan.numel(placed) < hull / pageBytes) {
            for (std::uint32_t record : item.records)
                m_items.push_back({ { record }, Item::Thin });
        } else {
            const bool small = hull <= 8 * itemBytes && m_plan.numel(placed) <= 8 * itemBytes;
            (small ? m_items : m_large).push_back(std::move(item));
        }
    }
}

Result<> PyramidBuild::run()
{
    m_begun = m_state.beginBuild();
    RAVEL_TRY(m_job.check()); // after the epoch: who invalidates cancels first
    plan();
    if (m_total > muchToRead)
        RAVEL_TRY(sample());
    RAVEL_TRY(m_pool.forEach(static_cast<std::int64_t>(m_items.size()), m_job, [this](std::int64_t i, int worker) {
        return readItem(m_items[static_cast<std::size_t>(i)], *m_workers[static_cast<std::size_t>(worker)]);
    }));
    for (const Item& item : m_large)
        RAVEL_TRY(orGoOn(item.records.front(), readLargeStrided(item.records)));
    m_job.progress(m_total, m_total);
    return m_trouble ? Result<>(tl::unexpected(m_trouble->second)) : Result<>();
}

Result<> PyramidBuild::orGoOn(std::uint32_t record, Result<> read)
{
    if (read || read.error().code == ErrorCode::Cancelled)
        return read;
    const std::lock_guard lock(m_troubled);
    m_failed.insert(m_plan.records()[record].firstPlaced);
    if (!m_trouble || record < m_trouble->first)
        m_trouble.emplace(record, std::move(read.error()));
    return {};
}

bool PyramidBuild::hasFailed(std::uint32_t placed)
{
    const std::lock_guard lock(m_troubled);
    return m_failed.contains(placed);
}

Result<> PyramidBuild::sample()
{
    std::vector<std::int64_t> unknown;
    const std::int64_t blocks = m_plan.blocks();
    // Bit-reversed: wherever the time runs out, the samples are spread over the whole vector.
    const std::int64_t wanted = std::min(mostSamples, blocks);
    const int bits = std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(wanted - 1, 0)));
    for (std::int64_t i = 0; i < (std::int64_t(1) << bits); ++i) {
        std::int64_t reversed = 0;
        for (int b = 0; b < bits; ++b)
            reversed |= ((i >> b) & 1) << (bits - 1 - b);
        if (reversed >= wanted)
            continue;
        const std::int64_t block = reversed * blocks / wanted;
        if (m_state.tree.state(0, block) == BlockTree::Unknown)
            unknown.push_back(block);
    }
    const auto until = std::chrono::steady_clock::now() + sampleTime;
    return m_pool.forEach(static_cast<std::int64_t>(unknown.size()), m_job, [&](std::int64_t i, int worker) -> Result<> {
        if (std::chrono::steady_clock::now() > until)
            return {};
        const Result<> sampled = sampleBlock(unknown[static_cast<std::size_t>(i)], *m_workers[static_cast<std::size_t>(worker)]);
        return sampled || sampled.error().code == ErrorCode::Cancelled ? sampled : Result<>(); // told when all of it is read
    });
}

Result<> PyramidBuild::sampleBlock(std::int64_t block, Worker& worker)
{
    const std::uint32_t placed = m_plan.placedOfBlock(block);
    const Tensor& tensor = tensorOf(placed);
    if (!tensor.readable)
        return {};
    const auto size = static_cast<std::size_t>(dtypeSize(tensor.dtype));
    const FlatRange range = m_plan.rangeOf(block);
    const bool contiguous = isContiguous(tensor);
    const std::int64_t n = std::min(range.count().value, contiguous ? sampleNumbers : stridedSamples);
    const std::int64_t from = range.begin.value - m_plan.offset(placed);
    worker.window.resize(static_cast<std::size_t>(windowBytes));
    if (contiguous) {
        const std::int64_t middle = from + (range.count().value - n) / 2;
        RAVEL_TRY(m_vector.read(tensor.storage, tensor.storageOffset + Count(middle), Count(n), worker.window.data()));
    } else {
        for (std::int64_t i = 0; i < n; ++i)
            RAVEL_TRY(m_vector.read(tensor.storage, toStorageIndex(tensor, from + range.count().value / n * i), Count(1),
                worker.window.data() + static_cast<std::size_t>(i) * size));
    }
    const Summary some = ravel::summarise(tensor.dtype, worker.window.data(), static_cast<std::size_t>(n));
    worker.sketch.take();
    worker.sketch.add(tensor.dtype, worker.window.data(), static_cast<std::size_t>(n));
    const std::int64_t cell = m_plan.cellOfBlock(block);
    const BlockTree::Range blocks = m_plan.blocksOfCell(cell);
    const Count inCell = m_plan.rangeOf(blocks.end - 1).end - m_plan.rangeOf(blocks.begin).begin;
    const double times = static_cast<double>(inCell.value) / static_cast<double>(n);
    m_state.publishDensity(cell, Density::of(worker.sketch.take(), times), DensityTree::Estimated, m_begun);
    m_state.publishEstimate(block, some.times(range.count().value / n), m_begun);
    return {};
}

void PyramidBuild::endBlock(std::int64_t block, Worker& worker)
{
    const std::int64_t cell = m_plan.cellOfBlock(block);
    if (block + 1 != m_plan.blocksOfCell(cell).end)
        return;
    worker.sketch.takeCounts(worker.counts);
    m_state.publishDensity(cell, Density::fromCounts(worker.counts), DensityTree::SomeKnown | DensityTree::AllKnown, m_begun);
}

Result<> PyramidBuild::readItem(const Item& item, Worker& worker)
{
    if (item.kind == Item::Strided)
        return orGoOn(item.records.front(), readStrided(item.records, worker));
    if (item.kind == Item::Thin)
        return orGoOn(item.records.front(), readThin(item.records.front(), worker));
    for (std::uint32_t record : item.records)
        if (!hasFailed(m_plan.records()[record].firstPlaced))
            RAVEL_TRY(orGoOn(record, readRecord(record, worker)));
    return {};
}

Result<> PyramidBuild::readRecord(std::uint32_t record, Worker& worker)
{
    const PyramidPlan::Record& r = m_plan.records()[record];
    worker.sketch.take(); // what a cancelled job left
    for (std::uint32_t placed = r.firstPlaced; placed < r.endPlaced; ++placed) {
        const std::int64_t first = std::max(r.firstBlock, m_plan.firstBlock(placed));
        const std::int64_t end = std::min(r.endBlock, m_plan.endBlock(placed));
        if (first < end)
            RAVEL_TRY(readBlocks(placed, first, end, worker));
    }
    m_state.publishSketch(record, worker.sketch.take(m_plan.droppedBits()), m_begun);
    return {};
}

void PyramidBuild::summarise(Dtype dtype, const std::byte* elements, std::size_t n, Worker& worker, Summary& summary) const
{
    forEachChunk(dtype, elements, n, worker.chunk, [&](const Chunk& c) {
        kernels::Moments moments;
        std::uint16_t keys[kernels::chunkNumbers];
        c.moments(moments);
        c.keys(keys);
        summary.merge(summaryOf(moments));
        worker.sketch.addKeys(keys, c.n);
    });
}

Result<> PyramidBuild::readBlocks(std::uint32_t placed, std::int64_t first, std::int64_t end, Worker& worker)
{
    const Tensor& tensor = tensorOf(placed);
    const std::int64_t size = dtypeSize(tensor.dtype);
    if (!tensor.readable) { // absent: it has a place and no numbers
        m_state.publish(first, std::vector<Summary>(static_cast<std::size_t>(end - first)), m_begun);
        told((end - first) * m_plan.blockSize() * size);
        return {};
    }
    const std::int64_t blockSize = m_plan.blockSize();
    const std::int64_t window = windowBytes / size;
    std::int64_t at = (first - m_plan.firstBlock(placed)) * blockSize; // element of the segment
    const std::int64_t begin = at / blockSize;
    const std::int64_t stop = std::min((end - m_plan.firstBlock(placed)) * blockSize, m_plan.numel(placed));
    worker.window.resize(static_cast<std::size_t>(windowBytes));
    std::int64_t block = first;     // of the first summary
    std::vector<Summary> summaries; // the last one may go on in the next window
    while (at < stop) {
        RAVEL_TRY(m_job.check());
        const std::int64_t n = std::min(window, stop - at);
        RAVEL_TRY(m_vector.read(tensor.storage, tensor.storageOffset + Count(at), Count(n), worker.window.data()));
        for (std::int64_t done = 0; done < n;) {
            const std::int64_t inBlock = (at + done) % blockSize;
            if (inBlock == 0)
                summaries.emplace_back();
            const std::int64_t part = std::min(blockSize - inBlock, n - done);
            summarise(tensor.dtype, worker.window.data() + done * size, static_cast<std::size_t>(part), worker, summaries.back());
            done += part;
            if (inBlock + part == blockSize || at + done == stop)
                endBlock(first + (at + done - 1) / blockSize - begin, worker);
        }
        at += n;
        const bool whole = at == stop || at % blockSize == 0;
        std::vector<Summary> next;
        if (!whole) {
            next.push_back(summaries.back());
            summaries.pop_back();
        }
        if (!summaries.empty())
            m_state.publish(block, summaries, m_begun);
        block += static_cast<std::int64_t>(summaries.size());
        summaries = std::move(next);
        told(n * size);
    }
    return {};
}

Result<> Pyramid::build(const EditedVector& vector, const Job& job, Pool& pool)
{
    return PyramidBuild(*m_state, vector, job, pool).run();
}

} // namespace ravel
