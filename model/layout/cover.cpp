// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/merge.h"
#include "layout/selection.h"

#include <algorithm>

namespace ravel {

namespace {

// A box of an alias as the box of the segment that it repeats: its dimensions in that one's order.
std::vector<Slice> slicesOfOwner(const Tensor& alias, const std::vector<Slice>& slices, const Tensor& owner)
{
    std::vector<Slice> moved(owner.shape.size(), Slice { 0, 1, 1, false });
    std::vector<bool> taken(alias.shape.size(), false);
    for (std::size_t d = 0; d < owner.shape.size(); ++d) {
        if (owner.shape[d] == 1)
            continue;
        for (std::size_t i = 0; i < alias.shape.size(); ++i)
            if (!taken[i] && alias.shape[i] == owner.shape[d] && alias.stride[i] == owner.stride[d]) {
                moved[d] = slices[i];
                taken[i] = true;
                break;
            }
    }
    return moved;
}

// The flat places of a box, as a region of the vector.
std::optional<Region> flatRegion(const FlatLayout& layout, const Box& box)
{
    const auto listed = layout.segmentOf(box.tensor);
    if (!listed || box.numel().value == 0)
        return std::nullopt;
    const Segment* segment = &layout.listed()[*listed];
    std::vector<Slice> slices = box.slices;
    if (segment->aliasOf != noOrdinal) {
        const Segment& owner = layout.listed()[segment->aliasOf];
        slices = slicesOfOwner(layout.tensor(*segment), slices, layout.tensor(owner));
        segment = &owner;
    }
    Region region;
    std::int64_t start = segment->offset.value;
    std::int64_t stride = 1;
    const Tensor& tensor = layout.tensor(*segment);
    for (std::size_t d = slices.size(); d-- > 0;) {
        const Slice& slice = slices[d];
        start += slice.start * stride;
        if (slice.count > 1) {
            const std::int64_t step = slice.step * stride;
            if (step < 0)
                start += step * (slice.count - 1);
            region.dims.push_back({ slice.count, step < 0 ? -step : step, 0 });
        }
        stride *= tensor.shape[d];
    }
    region.start = StorageIndex(start);
    std::reverse(region.dims.begin(), region.dims.end());
    return distinctPlaces(region);
}

// The smallest gaps of a region of several ranges filled.
Region withoutGaps(Region region)
{
    const RegionDim inner = region.dims.back();
    std::int64_t run = 1;
    if (inner.stride == 1) { // the gaps are between the runs of the next dimension
        run = inner.size;
        region.dims.pop_back();
    }
    RegionDim& dim = region.dims.back();
    dim.size = (dim.size - 1) * dim.stride + run;
    dim.stride = 1;
    return distinctPlaces(region);
}

// The ranges of a region in the window, false where there are more than `limit`.
bool listRanges(const Region& region, FlatRange window, std::size_t limit, std::vector<FlatRange>& out)
{
    const std::size_t before = out.size();
    bool fits = true;
    forEachRun(region, StorageIndex(window.begin.value), StorageIndex(window.end.value), [&](const Run& run) {
        const std::int64_t pieces = run.stride == 1 ? 1 : run.count;
        fits = pieces <= static_cast<std::int64_t>(limit) && out.size() - before + static_cast<std::size_t>(pieces) <= limit;
        for (std::int64_t i = 0; fits && i < pieces; ++i) {
            const FlatIndex begin(run.start.value + i * run.stride);
            out.push_back({ begin, begin + Count(run.stride == 1 ? run.count : 1) });
        }
        return fits;
    });
    if (!fits)
        out.resize(before);
    return fits;
}

// Merges ranges; where more than `limit` are left, fills the smallest gaps between them. False then.
bool reduce(std::vector<FlatRange>& ranges, std::size_t limit)
{
    sortAndMerge(ranges);
    if (ranges.size() <= limit)
        return true;
    std::vector<std::size_t> byGap; // the range after the gap
    for (std::size_t i = 1; i < ranges.size(); ++i)
        byGap.push_back(i);
    const auto gap = [&](std::size_t i) { return ranges[i].begin - ranges[i - 1].end; };
    const auto fill = byGap.begin() + static_cast<std::ptrdiff_t>(ranges.size() - limit);
    std::nth_element(byGap.begin(), fill - 1, byGap.end(), [&](std::size_t a, std::size_t b) { return gap(a) < gap(b); });
    std::vector<std::size_t> filled(byGap.begin(), fill);
    for (const std::size_t i : filled)
        ranges[i].begin = FlatIndex(-1); // to be joined with the one before it
    std::size_t kept = 0;
    for (const FlatRange& range : ranges) {
        if (range.begin.value < 0)
            ranges[kept - 1].end = range.end;
        else
            ranges[kept++] = range;
    }
    ranges.resize(kept);
    return false;
}

} // namespace

FlatCover flatCover(const FlatLayout& layout, const Selection& selection, std::size_t limit, std::optional<FlatRange> window)
{
    const FlatRange all { FlatIndex(0), FlatIndex(layout.numel().value) };
    FlatRange seen = window.value_or(all);
    seen = { std::max(seen.begin, all.begin), std::min(seen.end, all.end) };
    limit = std::max<std::size_t>(limit, 1);
    FlatCover cover;
    for (const Box& box : selection.boxes) {
        std::optional<Region> region = flatRegion(layout, box);
        if (!region)
            continue;
        while (!listRanges(*region, seen, limit, cover.ranges)) {
            region = withoutGaps(*region);
            cover.complete = false;
        }
        if (cover.ranges.size() > 4 * limit && !reduce(cover.ranges, limit))
            cover.complete = false;
    }
    if (!reduce(cover.ranges, limit))
        cover.complete = false;
    return cover;
}

} // namespace ravel
