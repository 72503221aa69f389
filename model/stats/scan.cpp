// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/scan.h"

#include "base/number.h"
#include "stats/chunk.h"

#include <algorithm>
#include <cstring>

namespace ravel {

namespace {

constexpr std::int64_t windowBytes = 256 << 10; // stays in the second-level cache
constexpr std::int64_t itemBytes = 1 << 20;
constexpr std::int64_t mostItems = 4096;
constexpr std::int64_t pageBytes = 4096;        // what reading a single element costs

std::int64_t hull(const Region& region) { return (region.end() - region.start).value; }

// Bytes to be read for a region: its hull, or a page for each element where that is less.
std::int64_t costOf(const WeightedRegion& r)
{
    const std::int64_t size = dtypeSize(r.dtype);
    const std::int64_t whole = hull(r.region) * size;
    std::int64_t single = 0;
    if (__builtin_mul_overflow(r.region.numel().value, std::max(size, pageBytes), &single))
        return whole;
    return std::min(whole, single);
}

bool isSparse(const WeightedRegion& r) { return costOf(r) < hull(r.region) * dtypeSize(r.dtype); }

void mergeInStorage(std::vector<RegionDim>& dims)
{
    std::vector<RegionDim> merged; // innermost first
    for (auto dim = dims.rbegin(); dim != dims.rend(); ++dim) {
        if (!merged.empty() && dim->stride == merged.back().size * merged.back().stride)
            merged.back().size *= dim->size;
        else
            merged.push_back(*dim);
    }
    std::reverse(merged.begin(), merged.end());
    dims = std::move(merged);
}

} // namespace

std::optional<WeightedRegion> toWeightedRegion(const Checkpoint& checkpoint, const Box& box)
{
    auto region = toRegion(checkpoint, box);
    if (!region)
        return std::nullopt;
    WeightedRegion result;
    result.weight = box.numel().value / region->numel().value;
    result.dtype = checkpoint.tensors[box.tensor].dtype;
    result.region = std::move(*region);
    mergeInStorage(result.region.dims);
    return result;
}

std::size_t keepMatching(Dtype dtype, std::byte* elements, std::size_t n, const Predicate& where)
{
    const auto size = static_cast<std::size_t>(dtypeSize(dtype));
    const auto numbers = static_cast<std::size_t>(numbersPerElement(dtype));
    std::size_t kept = 0, at = 0;
    Chunk chunk;
    forEachChunk(dtype, elements, n, chunk, [&](const Chunk& c) {
        for (std::size_t i = 0; i < c.n; i += numbers, ++at) {
            const double x = c.at(i);
            if (x >= where.low && x <= where.high) {
                if (kept != at)
                    std::memcpy(elements + kept * size, elements + at * size, size);
                ++kept;
            }
        }
    });
    return kept;
}

std::size_t gather(const Region& region, StorageIndex begin, StorageIndex end, std::size_t elementSize, const std::byte* window,
    std::vector<std::byte>& out)
{
    out.clear();
    forEachRun(region, begin, end, [&](const Run& run) {
        const std::size_t old = out.size();
        const auto n = static_cast<std::size_t>(run.count);
        out.resize(old + n * elementSize);
        const std::byte* from = window + static_cast<std::size_t>((run.start - begin).value) * elementSize;
        if (run.stride == 1 || n == 1) {
            std::memcpy(out.data() + old, from, n * elementSize);
            return true;
        }
        const auto step = static_cast<std::size_t>(run.stride) * elementSize;
        for (std::size_t i = 0; i < n; ++i)
            std::memcpy(out.data() + old + i * elementSize, from + i * step, elementSize);
        return true;
    });
    return out.size() / elementSize;
}

SelectionScan::SelectionScan(const Checkpoint& checkpoint, const Selection& selection)
    : m_where(selection.where)
{
    for (const Box& box : selection.boxes)
        if (auto region = toWeightedRegion(checkpoint, box)) {
            m_anyWide = m_anyWide || !fitsFloat(region->dtype);
            m_bytes += costOf(*region);
            m_regions.push_back(std::move(*region));
        }
    const std::int64_t target = std::max(itemBytes, m_bytes / mostItems);
    m_items.push_back(0);
    std::int64_t inItem = 0;
    for (std::size_t r = 0; r < m_regions.size(); ++r)
        cut(r, target, inItem);
    if (m_items.back() != m_pieces.size())
        m_items.push_back(m_pieces.size());
}

void SelectionScan::cut(std::size_t r, std::int64_t target, std::int64_t& inItem)
{
    const WeightedRegion& region = m_regions[r];
    const std::int64_t cost = costOf(region);
    const std::int64_t elements = hull(region.region);
    // Parts of equal extent in storage.
    const std::int64_t parts = std::clamp<std::int64_t>((cost + target - 1) / target, 1, elements);
    const std::int64_t extent = elements / parts + (elements % parts != 0 ? 1 : 0);
    for (std::int64_t at = 0; at < elements; at += extent) {
        const std::int64_t n = std::min(extent, elements - at);
        const StorageIndex begin = region.region.start + Count(at);
        m_pieces.push_back({ r, begin, begin + Count(n), cost / parts });
        inItem += cost / parts;
        if (inItem >= target) {
            m_items.push_back(m_pieces.size());
            inItem = 0;
        }
    }
}

std::optional<std::int64_t> SelectionScan::few(std::int64_t most) const
{
    std::int64_t n = 0;
    for (const WeightedRegion& r : m_regions) {
        if (r.weight != 1 || r.region.numel().value > most)
            return std::nullopt;
        n += r.region.numel().value * numbersPerElement(r.dtype);
        if (n > most)
            return std::nullopt;
    }
    return n;
}

std::int64_t SelectionScan::bytes(std::int64_t item) const
{
    std::int64_t sum = 0;
    for (std::size_t p = m_items[static_cast<std::size_t>(item)]; p < m_items[static_cast<std::size_t>(item) + 1]; ++p)
        sum += m_pieces[p].cost;
    return sum;
}

Result<> SelectionScan::read(
    const EditedVector& vector, std::int64_t item, ScanBuffers& buffers, const Job& job, const Visit& visit) const
{
    for (std::size_t p = m_items[static_cast<std::size_t>(item)]; p < m_items[static_cast<std::size_t>(item) + 1]; ++p) {
        const Piece& piece = m_pieces[p];
        if (isSparse(m_regions[piece.region]))
            RAVEL_TRY(readSparse(vector, piece, buffers, job, visit));
        else
            RAVEL_TRY(readPiece(vector, piece, buffers, job, visit));
    }
    return {};
}

void SelectionScan::deliver(Found found, ScanBuffers& buffers, const Visit& visit) const
{
    if (m_where) {
        // Filtered in place, in whichever buffer it stands.
        std::vector<std::byte>& buffer = found.elements == buffers.window.data() ? buffers.window : buffers.gathered;
        found.n = keepMatching(found.dtype, buffer.data(), found.n, *m_where);
    }
    if (found.n > 0)
        visit(found);
}

Result<> SelectionScan::readPiece(
    const EditedVector& vector, const Piece& piece, ScanBuffers& buffers, const Job& job, const Visit& visit) const
{
    const WeightedRegion& r = m_regions[piece.region];
    const auto size = static_cast<std::size_t>(dtypeSize(r.dtype));
    const auto window = windowBytes / static_cast<std::int64_t>(size);
    buffers.window.resize(static_cast<std::size_t>(windowBytes));
    for (StorageIndex at = piece.begin; at < piece.end; at += Count(window)) {
        RAVEL_TRY(job.check());
        const StorageIndex end = std::min(piece.end, at + Count(window));
        RAVEL_TRY(vector.read(r.region.storage, at, end - at, buffers.window.data()));
        if (r.contiguous()) {
            deliver({ r.dtype, buffers.window.data(), static_cast<std::size_t>((end - at).value), r.weight }, buffers, visit);
        } else {
            const std::size_t n = gather(r.region, at, end, size, buffers.window.data(), buffers.gathered);
            deliver({ r.dtype, buffers.gathered.data(), n, r.weight }, buffers, visit);
        }
    }
    return {};
}

Result<> SelectionScan::readSparse(
    const EditedVector& vector, const Piece& piece, ScanBuffers& buffers, const Job& job, const Visit& visit) const
{
    const WeightedRegion& r = m_regions[piece.region];
    const auto size = static_cast<std::size_t>(dtypeSize(r.dtype));
    buffers.gathered.resize(static_cast<std::size_t>(windowBytes));
    const std::size_t room = buffers.gathered.size() / size;
    std::size_t held = 0;
    Result<> result;
    const auto take = [&](StorageIndex at, std::int64_t n) {
        while (n > 0 && result) {
            const auto part = std::min<std::int64_t>(n, static_cast<std::int64_t>(room - held));
            result = vector.read(r.region.storage, at, Count(part), buffers.gathered.data() + held * size);
            held += static_cast<std::size_t>(part);
            at += Count(part);
            n -= part;
            if (result && held == room) {
                deliver({ r.dtype, buffers.gathered.data(), held, r.weight }, buffers, visit);
                held = 0;
            }
            if (result)
                result = job.check();
        }
        return result.has_value();
    };
    forEachRun(r.region, piece.begin, piece.end, [&](const Run& run) {
        if (run.stride == 1)
            return take(run.start, run.count);
        for (std::int64_t i = 0; i < run.count; ++i)
            if (!take(run.start + Count(i * run.stride), 1))
                return false;
        return true;
    });
    if (result)
        deliver({ r.dtype, buffers.gathered.data(), held, r.weight }, buffers, visit);
    return result;
}

} // namespace ravel
