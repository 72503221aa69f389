// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/maptile.h"

#include "base/number.h"
#include "checkpoint/geometry.h"
#include "layout/selection.h"

#include <algorithm>

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

Result<MapTile> readTile(const FlatLayout& layout, const EditedVector& edited, TileKey key, const Job& job)
{
    MapTile tile;
    tile.key = key;
    const FlatRange range = key.range(layout.numel());
    const std::int64_t size = key.bucketSize();
    tile.summaries.resize(static_cast<std::size_t>((range.count().value + size - 1) / size));
    const bool single = key.level == 0;
    if (single)
        tile.texts.resize(tile.summaries.size());

    const auto summarisePiece = [&](FlatIndex first, Dtype dtype, const std::byte* elements, std::int64_t count) {
        const int width = dtypeSize(dtype);
        for (std::int64_t i = 0; i < count;) {
            const std::int64_t place = (first - range.begin).value + i;
            const std::int64_t n = std::min(count - i, size - place % size);
            const auto bucket = static_cast<std::size_t>(place / size);
            const std::byte* at = elements + i * width;
            tile.summaries[bucket].merge(summarise(dtype, at, static_cast<std::size_t>(n)));
            if (single)
                tile.texts[bucket] = elementText(dtype, at);
            i += n;
        }
        return true;
    };
    RAVEL_TRY(readFlat(layout, edited, range, pieceElements, job, summarisePiece));
    return tile;
}

} // namespace ravel
