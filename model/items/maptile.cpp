// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/maptile.h"

#include "base/number.h"
#include "checkpoint/geometry.h"
#include "layout/selection.h"
#include "stats/chunk.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

constexpr std::int64_t pieceElements = 1 << 18;

// One stretch inside one segment, short enough to hold.
Result<> readPiece(const FlatLayout& layout, const EditedVector& edited, const Segment& segment, FlatRange range,
    std::vector<std::byte>& bytes)
{
    const Tensor& tensor = layout.tensor(segment);
    if (isContiguous(tensor)) {
        bytes.resize(static_cast<std::size_t>(range.count().value * dtypeSize(tensor.dtype)));
        const StorageIndex first(tensor.storageOffset.value + (range.begin - segment.offset).value);
        return edited.read(tensor.storage, first, range.count(), bytes.data());
    }
    RAVEL_ASSIGN(const Selection selection, selectRange(layout, range));
    bytes.clear();
    std::vector<std::byte> part;
    for (const Box& box : selection.boxes) {
        RAVEL_TRY(edited.readBox(box, part));
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return {};
}

} // namespace

FlatRange TileKey::range(Count numel) const
{
    const std::int64_t size = bucketSize() * buckets;
    const std::int64_t begin = std::min(index * size, numel.value);
    return { FlatIndex(begin), FlatIndex(begin + std::min(size, numel.value - begin)) };
}

TileKey TileKey::at(int level, FlatIndex index)
{
    return { level, index.value / ((std::int64_t(1) << level) * buckets) };
}

Result<> readFlat(const FlatLayout& layout, const EditedVector& edited, FlatRange range, std::int64_t most, const Job& job,
    const PieceVisitor& visit)
{
    std::vector<std::byte> bytes;
    const auto [first, last] = layout.placedIn(range);
    for (std::uint32_t p = first; p < last; ++p) {
        const Segment& segment = layout.listed()[layout.placed()[p]];
        const FlatIndex end = std::min(range.end, segment.offset + segment.numel);
        if (!layout.tensor(segment).readable)
            continue; // absent
        for (FlatIndex at = std::max(range.begin, segment.offset); at < end;) {
            RAVEL_TRY(job.check());
            const FlatRange piece { at, std::min(end, at + Count(most)) };
            RAVEL_TRY(readPiece(layout, edited, segment, piece, bytes));
            if (!visit(at, layout.tensor(segment).dtype, bytes.data(), piece.count().value))
                return {};
            at = piece.end;
        }
    }
    return {};
}

namespace {

// Fills a tile from pieces that come in ascending order.
class TileFiller {
public:
    TileFiller(MapTile& tile, FlatRange range)
        : m_tile(tile)
        , m_range(range)
        , m_size(tile.key.bucketSize())
    {
        const auto buckets = static_cast<std::size_t>((range.count().value + m_size - 1) / m_size);
        tile.summaries.resize(buckets);
        if (tile.key.level == 0)
            tile.texts.resize(buckets);
        if (!single())
            tile.densities.resize(buckets);
    }

    void add(FlatIndex first, Dtype dtype, const std::byte* elements, std::int64_t count)
    {
        const int width = dtypeSize(dtype);
        for (std::int64_t i = 0; i < count;) {
            const std::int64_t place = (first - m_range.begin).value + i;
            const std::int64_t n = std::min(count - i, m_size - place % m_size);
            addTo(static_cast<std::size_t>(place / m_size), dtype, elements + i * width, static_cast<std::size_t>(n));
            i += n;
        }
    }
    void end() { open(m_tile.summaries.size()); }

private:
    bool single() const { return m_tile.key.level < MapTile::firstDensity; }

    void addTo(std::size_t bucket, Dtype dtype, const std::byte* at, std::size_t n)
    {
        open(bucket);
        m_tile.summaries[bucket].merge(summarise(dtype, at, n));
        if (m_tile.key.level == 0)
            m_tile.texts[bucket] = elementText(dtype, at);
        if (!single())
            m_density.add(dtype, at, n);
        else
            forEachChunk(dtype, at, n, m_chunk, [this](const Chunk& c) {
                for (std::size_t k = 0; k < c.n; ++k)
                    if (std::isfinite(c.at(k)))
                        m_tile.numbers.push_back(static_cast<float>(std::clamp(c.at(k), -mostFloat, mostFloat)));
            });
    }

    // Ends the buckets before this one.
    void open(std::size_t bucket)
    {
        for (; m_bucket < bucket; ++m_bucket) {
            if (!single())
                m_tile.densities[m_bucket] = m_density.take();
        }
        while (single() && m_tile.numberBegin.size() <= bucket)
            m_tile.numberBegin.push_back(static_cast<std::uint32_t>(m_tile.numbers.size()));
    }

    static constexpr double mostFloat = std::numeric_limits<float>::max();
    MapTile& m_tile;
    FlatRange m_range;
    std::int64_t m_size;
    std::size_t m_bucket = 0; // that is being filled
    DensityBuilder m_density;
    Chunk m_chunk;
};

} // namespace

std::size_t MapTile::bytes() const
{
    std::size_t all = summaries.size() * sizeof(Summary) + texts.size() * sizeof(std::string) + numbers.size() * sizeof(float)
        + numberBegin.size() * sizeof(std::uint32_t) + densities.size() * sizeof(Density);
    for (const Density& density : densities)
        all += density.bytes() + 32;
    return all;
}

Result<MapTile> readTile(const FlatLayout& layout, const EditedVector& edited, TileKey key, const Job& job)
{
    MapTile tile;
    tile.key = key;
    const FlatRange range = key.range(layout.numel());
    TileFiller filler(tile, range);
    RAVEL_TRY(readFlat(layout, edited, range, pieceElements, job,
        [&](FlatIndex first, Dtype dtype, const std::byte* elements, std::int64_t count) {
            filler.add(first, dtype, elements, count);
            return true;
        }));
    filler.end();
    return tile;
}

} // namespace ravel
