// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/selection.h"

#include <algorithm>
#include <cassert>

namespace ravel {

namespace {

std::int64_t ceilDivide(std::int64_t a, std::int64_t b) { return a / b + (a % b > 0 ? 1 : 0); }
std::int64_t floorDivide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Merges neighbours of which the outer one continues the inner one, in storage and in numbering.
void mergeDims(std::vector<RegionDim>& dims)
{
    std::vector<RegionDim> merged; // innermost first
    for (auto dim = dims.rbegin(); dim != dims.rend(); ++dim) {
        if (!merged.empty()) {
            RegionDim& inner = merged.back();
            if (dim->stride == inner.size * inner.stride && dim->ordinal == inner.size * inner.ordinal) {
                inner.size *= dim->size;
                continue;
            }
        }
        merged.push_back(*dim);
    }
    std::reverse(merged.begin(), merged.end());
    dims = std::move(merged);
}

// One walk over the runs of a region in a window of its storage.
class RunWalk {
public:
    RunWalk(const Region& region, StorageIndex begin, StorageIndex end, const std::function<bool(const Run&)>& visit)
        : m_dims(region.dims)
        , m_begin(begin.value)
        , m_end(end.value)
        , m_visit(visit)
        , m_extent(region.dims.size() + 1, 1)
    {
        for (std::size_t d = m_dims.size(); d-- > 0;)
            m_extent[d] = m_extent[d + 1] + (m_dims[d].size - 1) * m_dims[d].stride;
    }

    // Runs of the dimensions from d on, based at a place; false once visit said so. Depth is bounded by the number of dimensions.
    bool walk(std::size_t d, std::int64_t base, std::int64_t ordinal) const
    {
        if (d == m_dims.size())
            return base < m_begin || base >= m_end || m_visit({ StorageIndex(base), 1, 1, ordinal, 1 });
        const RegionDim& dim = m_dims[d];
        // Steps k whose part [base + k stride, + extent) touches the window.
        const std::int64_t first = std::max<std::int64_t>(0, ceilDivide(m_begin - base - (m_extent[d + 1] - 1), dim.stride));
        const std::int64_t last = std::min(dim.size - 1, floorDivide(m_end - 1 - base, dim.stride));
        if (first > last)
            return true;
        if (d + 1 == m_dims.size())
            return m_visit({ StorageIndex(base + first * dim.stride), last - first + 1, dim.stride,
                ordinal + first * dim.ordinal, dim.ordinal });
        for (std::int64_t k = first; k <= last; ++k)
            if (!walk(d + 1, base + k * dim.stride, ordinal + k * dim.ordinal))
                return false;
        return true;
    }

private:
    const std::vector<RegionDim>& m_dims;
    std::int64_t m_begin, m_end;
    const std::function<bool(const Run&)>& m_visit;
    std::vector<std::int64_t> m_extent; // from the lowest to one past the highest place, of the dimensions from d on
};

} // namespace

StorageIndex Region::end() const
{
    std::int64_t last = start.value;
    for (const RegionDim& dim : dims)
        last += (dim.size - 1) * dim.stride;
    return StorageIndex(last + 1);
}

Count Region::numel() const
{
    std::int64_t n = 1;
    for (const RegionDim& dim : dims)
        n *= dim.size;
    return Count(n);
}

std::optional<Region> toRegion(const Checkpoint& checkpoint, const Box& box)
{
    const Tensor& tensor = checkpoint.tensors[box.tensor];
    if (!tensor.readable || tensor.storage == noOrdinal || box.numel().value == 0)
        return std::nullopt;
    assert(box.slices.size() == tensor.shape.size());
    Region region;
    region.storage = tensor.storage;
    std::int64_t start = tensor.storageOffset.value;
    std::int64_t ordinal = 1; // of one step in this dimension: the numbers of the box's later dimensions
    for (std::size_t d = box.slices.size(); d-- > 0;) {
        const Slice& slice = box.slices[d];
        start += slice.start * tensor.stride[d];
        if (slice.count > 1 && tensor.stride[d] != 0) {
            RegionDim dim { slice.count, tensor.stride[d] * slice.step, ordinal };
            if (dim.stride < 0) {
                start += dim.stride * (dim.size - 1);
                region.firstOrdinal += dim.ordinal * (dim.size - 1);
                dim.stride = -dim.stride;
                dim.ordinal = -dim.ordinal;
            }
            region.dims.push_back(dim);
        }
        ordinal *= slice.count;
    }
    region.start = StorageIndex(start);
    std::reverse(region.dims.begin(), region.dims.end());
    std::stable_sort(region.dims.begin(), region.dims.end(),
        [](const RegionDim& a, const RegionDim& b) { return a.stride > b.stride; });
    mergeDims(region.dims);
    return region;
}

Region distinctPlaces(const Region& region)
{
    Region distinct { region.storage, region.start, {}, 0 };
    for (auto dim = region.dims.rbegin(); dim != region.dims.rend(); ++dim) { // innermost first
        if (!distinct.dims.empty()) {
            RegionDim& inner = distinct.dims.back();
            const std::int64_t steps = dim->stride / inner.stride;
            if (dim->stride % inner.stride == 0 && steps <= inner.size) {
                inner.size += (dim->size - 1) * steps;
                continue;
            }
        }
        distinct.dims.push_back({ dim->size, dim->stride, 0 });
    }
    std::reverse(distinct.dims.begin(), distinct.dims.end());
    return distinct;
}

void forEachRun(const Region& region, StorageIndex begin, StorageIndex end, const std::function<bool(const Run&)>& visit)
{
    if (begin < end)
        RunWalk(region, begin, end, visit).walk(0, region.start.value, region.firstOrdinal);
}

} // namespace ravel
