// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/anomalysearch.h"

#include "stats/chunk.h"

#include <algorithm>
#include <mutex>

namespace ravel {

namespace {

constexpr std::int64_t pieceElements = 64 << 10; // read at once
constexpr std::int64_t itemElements = 1 << 20;   // for one thread before it is asked again

// A tensor with enough zeros for a dead slice, as its first two dimensions and the rest.
struct Candidate {
    std::uint32_t placed = 0;
    std::int64_t rows = 0, columns = 0, inner = 0;
    std::vector<std::uint8_t> row, column; // 1: holds something; empty: has no room for a dead one
};
// Rows [first, last) of a candidate.
struct Item {
    std::size_t candidate = 0;
    std::int64_t first = 0, last = 0;
};
struct Worker {
    std::vector<std::byte> bytes;
    std::int64_t firstRow = 0;
    std::vector<std::uint8_t> row, column; // of the item: rows from firstRow on, all columns
    Chunk chunk;
};

std::vector<Candidate> candidatesOf(const AnomalySearch& search)
{
    std::vector<Candidate> candidates;
    for (std::uint32_t placed = 0; placed < search.summaries.size(); ++placed) {
        const auto& summary = search.summaries[placed];
        const Tensor& tensor = search.tensor(placed);
        if (!summary || tensor.shape.size() < 2 || tensor.shape.size() > 5 || summary->zeros == summary->count)
            continue;
        Candidate c;
        c.placed = placed;
        c.rows = tensor.shape[0];
        c.columns = tensor.shape[1];
        c.inner = tensor.numel.value / (c.rows * c.columns);
        const std::int64_t parts = isComplex(tensor.dtype) ? 2 : 1, ofRow = c.columns * c.inner, ofColumn = c.rows * c.inner;
        if (c.rows > 1 && ofRow > 1 && summary->zeros >= ofRow * parts)
            c.row.resize(static_cast<std::size_t>(c.rows));
        if (c.columns > 1 && ofColumn > 1 && summary->zeros >= ofColumn * parts)
            c.column.resize(static_cast<std::size_t>(c.columns));
        if (!c.row.empty() || !c.column.empty())
            candidates.push_back(std::move(c));
    }
    return candidates;
}

// Marks what holds something in a box of a candidate that was read.
void mark(const Candidate& c, Dtype dtype, const Box& box, Worker& w)
{
    const std::int64_t columns = box.slices[1].count, firstRow = box.slices[0].start, firstColumn = box.slices[1].start;
    const std::int64_t inner = box.numel().value / (box.slices[0].count * columns);
    const int parts = numbersPerElement(dtype);
    std::int64_t element = 0; // of the box
    const std::size_t n = w.bytes.size() / static_cast<std::size_t>(dtypeSize(dtype));
    forEachChunk(dtype, w.bytes.data(), n, w.chunk, [&](const Chunk& chunk) {
        const auto elements = static_cast<std::int64_t>(chunk.n) / parts;
        std::int64_t column = element / inner % columns, row = element / inner / columns, in = element % inner;
        for (std::int64_t i = 0; i < elements; ++i) {
            bool holds = !(chunk.at(static_cast<std::size_t>(i * parts)) == 0);
            if (parts == 2)
                holds = holds || !(chunk.at(static_cast<std::size_t>(i * parts + 1)) == 0);
            if (holds) {
                if (!c.row.empty())
                    w.row[static_cast<std::size_t>(firstRow - w.firstRow + row)] = 1;
                if (!c.column.empty())
                    w.column[static_cast<std::size_t>(firstColumn + column)] = 1;
            }
            if (++in == inner) {
                in = 0;
                if (++column == columns) {
                    column = 0;
                    ++row;
                }
            }
        }
        element += elements;
    });
}

// The runs of dead indices as one anomaly; none where all live.
void addDead(AnomalySearch& search, const Candidate& c, const std::vector<std::uint8_t>& alive, bool rows)
{
    const auto dead = static_cast<std::int64_t>(std::count(alive.begin(), alive.end(), 0));
    if (dead == 0)
        return;
    Anomaly anomaly = search.make(rows ? AnomalyKind::DeadRows : AnomalyKind::DeadColumns, AnomalySeverity::Warning, c.placed);
    const Box whole = anomaly.selection.boxes.front();
    anomaly.selection.boxes.clear();
    if (rows)
        anomaly.ranges.clear();
    anomaly.value = static_cast<double>(dead);
    anomaly.elements = dead * c.inner * (rows ? c.columns : c.rows);
    const auto n = static_cast<std::int64_t>(alive.size());
    for (std::int64_t at = 0; at < n; ++at) {
        if (alive[static_cast<std::size_t>(at)])
            continue;
        std::int64_t end = at;
        while (end < n && !alive[static_cast<std::size_t>(end)])
            ++end;
        if (anomaly.selection.boxes.size() >= search.options.places) {
            anomaly.complete = false;
            break;
        }
        Box box = whole;
        box.slices[rows ? 0 : 1] = { at, end - at, 1, end - at == 1 };
        anomaly.selection.boxes.push_back(box);
        const FlatIndex begin = search.rangeOf(c.placed).begin;
        if (rows)
            anomaly.ranges.push_back({ begin + Count(at * c.columns * c.inner), begin + Count(end * c.columns * c.inner) });
        at = end;
    }
    search.found.push_back(std::move(anomaly));
}

} // namespace

Result<> findDeadSlices(AnomalySearch& search)
{
    std::vector<Candidate> candidates = candidatesOf(search);
    std::vector<Item> items;
    std::int64_t total = 0, done = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const Candidate& c = candidates[i];
        const std::int64_t step = std::max<std::int64_t>(1, itemElements / (c.columns * c.inner));
        for (std::int64_t row = 0; row < c.rows; row += step)
            items.push_back({ i, row, std::min(c.rows, row + step) });
        total += search.tensor(c.placed).numel.value * dtypeSize(search.tensor(c.placed).dtype);
    }
    std::mutex mutex;
    std::vector<Worker> workers(static_cast<std::size_t>(search.pool.threads()) + 1);
    const auto ran = search.pool.forEach(static_cast<std::int64_t>(items.size()), search.job, [&](std::int64_t index, int worker) -> Result<> {
        const Item& item = items[static_cast<std::size_t>(index)];
        Candidate& c = candidates[item.candidate];
        const Tensor& tensor = search.tensor(c.placed);
        Worker& w = workers[static_cast<std::size_t>(worker)];
        w.firstRow = item.first;
        w.row.assign(c.row.empty() ? 0 : static_cast<std::size_t>(item.last - item.first), 0);
        w.column.assign(c.column.size(), 0);
        Box rows = wholeBox(search.layout().checkpoint(), search.segment(c.placed).tensor);
        rows.slices[0] = { item.first, item.last - item.first, 1, false };
        const auto read = forEachPiece(rows, Count(pieceElements), [&](const Box& piece) -> Result<> {
            RAVEL_TRY(search.job.check());
            RAVEL_TRY(search.vector.readBox(piece, w.bytes));
            mark(c, tensor.dtype, piece, w);
            return {};
        });
        RAVEL_TRY(read);
        const std::lock_guard lock(mutex);
        for (std::size_t i = 0; i < w.row.size(); ++i)
            c.row[static_cast<std::size_t>(item.first) + i] |= w.row[i];
        for (std::size_t i = 0; i < c.column.size(); ++i)
            c.column[i] |= w.column[i];
        done += rows.numel().value * dtypeSize(tensor.dtype);
        search.job.progress(done, total);
        return {};
    });
    RAVEL_TRY(ran);
    for (const Candidate& c : candidates) {
        addDead(search, c, c.row, true);
        addDead(search, c, c.column, false);
    }
    return {};
}

} // namespace ravel
