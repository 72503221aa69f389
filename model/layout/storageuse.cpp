// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/storageuse.h"

#include "base/merge.h"
#include "layout/selection.h"

#include <algorithm>

namespace ravel {

namespace {

struct Interval {
    std::int64_t begin = 0, end = 0;
};

std::int64_t mergeAndCount(std::vector<Interval>& intervals)
{
    sortAndMerge(intervals);
    std::int64_t count = 0;
    for (const Interval& i : intervals)
        count += i.end - i.begin;
    return count;
}

bool liesInside(const std::vector<Interval>& merged, const Interval& i)
{
    const auto after = std::upper_bound(
        merged.begin(), merged.end(), i.begin, [](std::int64_t at, const Interval& m) { return at < m.begin; });
    return after != merged.begin() && (after - 1)->end >= i.end;
}

// Elements of regions with gaps that no interval holds, found window by window.
std::int64_t countGapped(const std::vector<Region>& gapped, const std::vector<Interval>& merged)
{
    std::int64_t first = gapped[0].start.value, end = 0, count = 0;
    for (const Region& region : gapped) {
        first = std::min(first, region.start.value);
        end = std::max(end, region.end().value);
    }
    const std::int64_t window = std::min<std::int64_t>(end - first, 1 << 20);
    std::vector<bool> seen(static_cast<std::size_t>(window));
    for (std::int64_t begin = first; begin < end; begin += window) {
        std::fill(seen.begin(), seen.end(), false);
        for (const Region& region : gapped)
            forEachRun(region, StorageIndex(begin), StorageIndex(std::min(end, begin + window)), [&](const Run& run) {
                for (std::int64_t i = 0; i < run.count; ++i)
                    seen[static_cast<std::size_t>(run.start.value + i * run.stride - begin)] = true;
                return true;
            });
        for (const Interval& i : merged)
            for (std::int64_t at = std::max(i.begin, begin); at < std::min(i.end, begin + window); ++at)
                seen[static_cast<std::size_t>(at - begin)] = false;
        count += std::count(seen.begin(), seen.end(), true);
    }
    return count;
}

constexpr std::int64_t mostPlaces = 100'000'000; // that are counted one by one

void countStorage(const std::vector<Region>& regions, StorageUse& use)
{
    std::vector<Interval> intervals;
    std::vector<Region> gapped;
    for (const Region& region : regions) {
        const bool solid = region.dims.empty() || (region.dims.size() == 1 && region.dims[0].stride == 1);
        if (solid)
            intervals.push_back({ region.start.value, region.end().value });
        else
            gapped.push_back(region);
    }
    std::int64_t viewed = mergeAndCount(intervals);
    std::erase_if(gapped, [&](const Region& r) { return liesInside(intervals, { r.start.value, r.end().value }); });
    std::int64_t places = 0;
    for (const Region& region : gapped)
        if (!checkedAdd(places, region.numel().value, places))
            places = mostPlaces + 1;
    if (places > mostPlaces) {
        for (const Region& region : gapped)
            intervals.push_back({ region.start.value, region.end().value });
        viewed = mergeAndCount(intervals);
        use.exact = false;
    } else if (!gapped.empty()) {
        viewed += countGapped(gapped, intervals);
    }
    use.viewed = Count(viewed);
}

} // namespace

std::vector<StorageUse> storageUse(const Checkpoint& checkpoint)
{
    std::vector<StorageUse> uses(checkpoint.storages.size());
    std::vector<std::vector<Region>> regions(checkpoint.storages.size());
    for (TensorOrdinal t = 0; t < checkpoint.tensors.size(); ++t) {
        const Tensor& tensor = checkpoint.tensors[t];
        if (!tensor.readable || tensor.storage == noOrdinal)
            continue;
        ++uses[tensor.storage].tensors;
        if (const auto region = toRegion(checkpoint, wholeBox(checkpoint, t)))
            regions[tensor.storage].push_back(distinctPlaces(*region));
    }
    for (std::size_t s = 0; s < uses.size(); ++s)
        countStorage(regions[s], uses[s]);
    return uses;
}

} // namespace ravel
