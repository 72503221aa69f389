// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/mosaic.h"

#include "checkpoint/geometry.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>

namespace ravel {

namespace {

std::int64_t volumeOf(const MosaicTile& tile)
{
    if (std::find(tile.sizes.begin(), tile.sizes.end(), 0) != tile.sizes.end())
        return 0;
    std::int64_t volume = 1; // no size is 0, so none of the array's is, whose product was checked
    for (const std::int64_t size : tile.sizes)
        volume *= size;
    return volume;
}

std::string boxText(const MosaicTile& tile)
{
    std::string text = "[";
    for (std::size_t d = 0; d < tile.offsets.size() && d < 6; ++d)
        text += (d ? ", " : "") + std::to_string(tile.offsets[d]) + ':' + std::to_string(tile.offsets[d] + tile.sizes[d]);
    return text + (tile.offsets.size() > 6 ? ", ...]" : "]");
}

bool overlap(const MosaicTile& a, const MosaicTile& b)
{
    for (std::size_t d = 0; d < a.offsets.size(); ++d)
        if (a.offsets[d] >= b.offsets[d] + b.sizes[d] || b.offsets[d] >= a.offsets[d] + a.sizes[d])
            return false;
    return true;
}

// The dimension along which the tiles differ most: fewest of them stand above each other there.
std::size_t widestDimension(const std::vector<MosaicTile>& tiles)
{
    std::size_t widest = 0, most = 0;
    for (std::size_t d = 0; d < tiles[0].offsets.size(); ++d) {
        std::set<std::int64_t> begins;
        for (const MosaicTile& tile : tiles)
            begins.insert(tile.offsets[d]);
        if (begins.size() > most) {
            widest = d;
            most = begins.size();
        }
    }
    return widest;
}

Result<> checkOverlaps(const std::vector<MosaicTile>& tiles)
{
    if (tiles.size() < 2 || tiles[0].offsets.empty())
        return tiles.size() < 2 ? Result<>() : fail(ErrorCode::Format, "a number without dimensions is in several chunks");
    const std::size_t d = widestDimension(tiles);
    std::vector<std::uint32_t> order(tiles.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return tiles[a].offsets[d] < tiles[b].offsets[d]; });
    std::int64_t budget = 50'000'000; // pairs: a grid of a million chunks has fewer
    for (std::size_t i = 0; i < order.size(); ++i) {
        const MosaicTile& tile = tiles[order[i]];
        for (std::size_t j = i + 1; j < order.size() && tiles[order[j]].offsets[d] < tile.offsets[d] + tile.sizes[d]; ++j) {
            if (--budget < 0)
                return fail(ErrorCode::Limit, "its " + std::to_string(tiles.size()) + " chunks are too many to tell whether they overlap");
            if (overlap(tile, tiles[order[j]]))
                return fail(ErrorCode::Format, "its chunks " + boxText(tile) + " and " + boxText(tiles[order[j]]) + " overlap");
        }
    }
    return {};
}

Result<> checkTile(const std::vector<std::int64_t>& shape, const MosaicTile& tile)
{
    bool inside = tile.offsets.size() == shape.size() && tile.sizes.size() == shape.size();
    for (std::size_t d = 0; inside && d < shape.size(); ++d)
        inside = tile.offsets[d] >= 0 && tile.sizes[d] >= 0 && tile.offsets[d] <= shape[d] && tile.sizes[d] <= shape[d] - tile.offsets[d];
    if (inside)
        return {};
    if (tile.offsets.size() != tile.sizes.size() || tile.offsets.size() != shape.size())
        return fail(ErrorCode::Format, "a chunk of it has " + std::to_string(tile.offsets.size()) + " offsets and "
                + std::to_string(tile.sizes.size()) + " sizes, it has " + std::to_string(shape.size()) + " dimensions");
    return fail(ErrorCode::Format, "a chunk of it starts or ends outside its shape");
}

} // namespace

struct Mosaic::Wanted {
    std::int64_t first, n; // of the whole
    std::size_t size;
};

Result<Mosaic> Mosaic::make(std::vector<std::int64_t> shape, std::vector<MosaicTile> tiles)
{
    RAVEL_ASSIGN(const Count numel, checkedNumel(shape, Dtype::Complex128));
    std::int64_t covered = 0;
    for (const MosaicTile& tile : tiles) {
        RAVEL_TRY(checkTile(shape, tile));
        if (!checkedAdd(covered, volumeOf(tile), covered))
            return fail(ErrorCode::Format, "its chunks overlap");
    }
    std::erase_if(tiles, [](const MosaicTile& tile) { return volumeOf(tile) == 0; });
    RAVEL_TRY(checkOverlaps(tiles));
    if (covered != numel.value)
        return fail(ErrorCode::Format, "its chunks hold " + std::to_string(covered) + " of its " + std::to_string(numel.value) + " elements");
    return Mosaic(std::move(shape), std::move(tiles));
}

Mosaic::Mosaic(std::vector<std::int64_t> shape, std::vector<MosaicTile> tiles)
    : m_shape(std::move(shape))
    , m_stride(contiguousStride(m_shape))
    , m_tiles(std::move(tiles))
{
    for (std::uint32_t t = 0; t < m_tiles.size(); ++t) {
        const MosaicTile& tile = m_tiles[t];
        Run run;
        run.tile = t;
        run.length = run.count = 1;
        std::size_t whole = m_shape.size(); // dimensions from here on are covered wholly
        while (whole > 0 && tile.sizes[whole - 1] == m_shape[whole - 1])
            run.length *= tile.sizes[--whole];
        if (whole > 0)
            run.length *= tile.sizes[--whole];
        run.dimensions = whole;
        for (std::size_t d = 0; d < whole; ++d)
            run.count *= tile.sizes[d];
        run.begin = startOf(run, 0);
        run.end = startOf(run, run.count - 1) + run.length;
        run.contiguous = true;
        std::int64_t step = 1;
        for (std::size_t d = m_shape.size(); d-- > 0; step *= tile.sizes[d])
            run.contiguous = run.contiguous && (tile.sizes[d] == 1 || tile.stride[d] == step);
        m_runs.push_back(run);
    }
    std::sort(m_runs.begin(), m_runs.end(), [](const Run& a, const Run& b) { return a.begin < b.begin; });
    std::int64_t reach = 0;
    for (const Run& run : m_runs)
        m_reach.push_back(reach = std::max(reach, run.end));
}

// Where a run of a tile begins in the whole.
std::int64_t Mosaic::startOf(const Run& run, std::int64_t index) const
{
    const MosaicTile& tile = m_tiles[run.tile];
    std::int64_t start = 0;
    for (std::size_t d = 0; d < m_shape.size(); ++d)
        start += tile.offsets[d] * m_stride[d];
    for (std::size_t d = run.dimensions; d-- > 0; index /= tile.sizes[d])
        start += index % tile.sizes[d] * m_stride[d];
    return start;
}

Result<> Mosaic::read(std::int64_t first, std::int64_t n, std::size_t size, std::byte* out, const ReadPart& readPart) const
{
    const Wanted wanted { first, n, size };
    const auto begin = std::upper_bound(m_reach.begin(), m_reach.end(), first) - m_reach.begin();
    for (auto i = static_cast<std::size_t>(begin); i < m_runs.size() && m_runs[i].begin < first + n; ++i)
        if (m_runs[i].end > first)
            RAVEL_TRY(readRuns(m_runs[i], wanted, out, readPart));
    return {};
}

// What of a tile lies in the range that is wanted: one piece of the tile, scattered over its runs.
Result<> Mosaic::readRuns(const Run& run, const Wanted& wanted, std::byte* out, const ReadPart& readPart) const
{
    // Runs start ever further on: [from, to) are those that reach into the range.
    const auto firstWhere = [&](auto holds) {
        std::int64_t low = 0, high = run.count;
        while (low < high) {
            const std::int64_t middle = low + (high - low) / 2;
            if (holds(startOf(run, middle)))
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    };
    const std::int64_t end = wanted.first + wanted.n;
    const std::int64_t from = firstWhere([&](std::int64_t start) { return start + run.length > wanted.first; });
    const std::int64_t to = firstWhere([&](std::int64_t start) { return start >= end; });
    if (from >= to)
        return {};
    const std::int64_t skipped = std::max<std::int64_t>(wanted.first - startOf(run, from), 0);
    const std::int64_t lastPart = std::min(run.length, end - startOf(run, to - 1));
    const std::int64_t begin = from * run.length + skipped;
    const std::int64_t count = (to - 1) * run.length + lastPart - begin;
    if (to - from == 1)
        return gather(run, begin, count, wanted.size, out + static_cast<std::size_t>(startOf(run, from) + skipped - wanted.first) * wanted.size, readPart);
    std::vector<std::byte> piece(static_cast<std::size_t>(count) * wanted.size); // no more than was asked for
    RAVEL_TRY(gather(run, begin, count, wanted.size, piece.data(), readPart));
    const std::byte* next = piece.data();
    for (std::int64_t r = from; r < to; ++r) {
        const std::int64_t start = startOf(run, r);
        const std::int64_t a = std::max(start, wanted.first), b = std::min(start + run.length, end);
        const std::size_t bytes = static_cast<std::size_t>(b - a) * wanted.size;
        std::memcpy(out + static_cast<std::size_t>(a - wanted.first) * wanted.size, next, bytes);
        next += bytes;
    }
    return {};
}

// Elements [first, first + n) of a tile in row-major order.
Result<> Mosaic::gather(
    const Run& run, std::int64_t first, std::int64_t n, std::size_t size, std::byte* out, const ReadPart& readPart) const
{
    const MosaicTile& tile = m_tiles[run.tile];
    if (run.contiguous)
        return readPart(tile.part, StorageIndex(tile.first + first), Count(n), out);
    const auto indexOf = [&](std::int64_t position) {
        std::int64_t index = tile.first;
        for (std::size_t d = tile.sizes.size(); d-- > 0; position /= tile.sizes[d])
            index += position % tile.sizes[d] * tile.stride[d];
        return index;
    };
    std::int64_t low = indexOf(first), high = low;
    for (std::int64_t i = 1; i < n; ++i) {
        const std::int64_t index = indexOf(first + i);
        low = std::min(low, index);
        high = std::max(high, index);
    }
    if (high - low < 16 * n + 4096) { // close enough together to be read at once
        std::vector<std::byte> hull(static_cast<std::size_t>(high - low + 1) * size);
        RAVEL_TRY(readPart(tile.part, StorageIndex(low), Count(high - low + 1), hull.data()));
        for (std::int64_t i = 0; i < n; ++i)
            std::memcpy(out + static_cast<std::size_t>(i) * size, hull.data() + static_cast<std::size_t>(indexOf(first + i) - low) * size, size);
        return {};
    }
    std::vector<Place> places;
    places.reserve(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i)
        places.push_back({ indexOf(first + i), i });
    return gatherSpans(tile.part, std::move(places), size, out, readPart);
}

// Elements that stand far from each other: neighbours are read together.
Result<> Mosaic::gatherSpans(std::uint32_t part, std::vector<Place> places, std::size_t size, std::byte* out, const ReadPart& readPart)
{
    const auto mostGap = static_cast<std::int64_t>(std::max<std::size_t>(4096 / size, 1));
    const auto longest = static_cast<std::int64_t>(std::max<std::size_t>((1 << 20) / size, 1));
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.index < b.index; });
    std::vector<std::byte> span;
    for (std::size_t begin = 0; begin < places.size();) {
        const std::int64_t low = places[begin].index;
        std::size_t end = begin + 1;
        while (end < places.size() && places[end].index - places[end - 1].index <= mostGap && places[end].index - low < longest)
            ++end;
        const std::int64_t count = places[end - 1].index - low + 1;
        span.resize(static_cast<std::size_t>(count) * size);
        RAVEL_TRY(readPart(part, StorageIndex(low), Count(count), span.data()));
        for (; begin < end; ++begin)
            std::memcpy(out + static_cast<std::size_t>(places[begin].position) * size,
                span.data() + static_cast<std::size_t>(places[begin].index - low) * size, size);
    }
    return {};
}

} // namespace ravel
