// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/geometry.h"
#include "edit/appliedstep.h"
#include "stats/pyramid.h"
#include "stats/pyramidstate.h"

#include <algorithm>
#include <numeric>

namespace ravel {

namespace {

using Ranges = std::vector<BlockTree::Range>;
constexpr std::int64_t fewElements = 4096; // that are looked up one by one in a tensor that is not contiguous

// Adds block ranges, the last one grown where they meet.
void addRange(Ranges& ranges, std::int64_t begin, std::int64_t end)
{
    if (!ranges.empty() && begin >= ranges.back().begin && begin <= ranges.back().end)
        ranges.back().end = std::max(ranges.back().end, end);
    else
        ranges.push_back({ begin, end });
}

// Calls visit(begin, end) for stretches of storage that hold all places of a region inside a window, leaving no gaps of `gap` and more unseen. Depth
// is bounded by the number of dimensions.
template <class Visit>
void forEachStretch(const Region& region, std::size_t d, std::int64_t base, std::int64_t gap, StorageRange window, const Visit& visit)
{
    std::int64_t extent = 1, inner = 1;
    for (std::size_t k = d; k < region.dims.size(); ++k) {
        extent += (region.dims[k].size - 1) * region.dims[k].stride;
        if (k > d)
            inner += (region.dims[k].size - 1) * region.dims[k].stride;
    }
    if (base >= window.end.value || base + extent <= window.begin.value)
        return;
    if (d == region.dims.size() || region.dims[d].stride <= gap) {
        visit(std::max(base, window.begin.value), std::min(base + extent, window.end.value));
        return;
    }
    const RegionDim& dim = region.dims[d];
    const std::int64_t before = window.begin.value - base - inner; // below this nothing reaches the window
    const std::int64_t first = before < 0 ? 0 : before / dim.stride;
    const std::int64_t last = std::min(dim.size - 1, (window.end.value - 1 - base) / dim.stride);
    for (std::int64_t k = first; k <= last; ++k)
        forEachStretch(region, d + 1, base + k * dim.stride, gap, window, visit);
}

// Row-major places of a strided tensor by place in storage, where no two of its elements are one.
class Inverse {
public:
    explicit Inverse(const Tensor& tensor)
    {
        std::int64_t place = 1;
        for (std::size_t d = tensor.shape.size(); d-- > 0;) {
            if (tensor.shape[d] > 1)
                m_dims.push_back({ tensor.shape[d], tensor.stride[d], place });
            place *= tensor.shape[d];
        }
        std::sort(m_dims.begin(), m_dims.end(), [](const RegionDim& a, const RegionDim& b) { return a.stride > b.stride; });
        std::int64_t extent = 1;
        for (auto dim = m_dims.rbegin(); dim != m_dims.rend(); ++dim) {
            m_unique = m_unique && dim->stride >= extent;
            extent += (dim->size - 1) * dim->stride;
        }
        m_start = tensor.storageOffset.value;
    }
    bool unique() const { return m_unique; }
    // None where the tensor does not reach that place.
    std::optional<std::int64_t> place(std::int64_t storageIndex) const
    {
        std::int64_t rest = storageIndex - m_start, place = 0;
        if (rest < 0)
            return std::nullopt;
        for (const RegionDim& dim : m_dims) {
            const std::int64_t k = rest / dim.stride;
            if (k >= dim.size)
                return std::nullopt;
            place += k * dim.ordinal;
            rest -= k * dim.stride;
        }
        return rest == 0 ? std::optional(place) : std::nullopt;
    }

private:
    std::vector<RegionDim> m_dims; // by descending stride; ordinal: the row-major step
    std::int64_t m_start = 0;
    bool m_unique = true;
};

class Touched {
public:
    Touched(const FlatLayout& layout, const PyramidPlan& plan)
        : m_layout(layout)
        , m_plan(plan)
    {
    }

    void add(std::uint32_t placed, const Region& region, StorageRange hull)
    {
        const Tensor& tensor = m_layout.tensor(m_layout.listed()[m_layout.placed()[placed]]);
        if (tensor.numel.value == 0)
            return;
        std::int64_t end = tensor.storageOffset.value + 1;
        for (std::size_t d = 0; d < tensor.shape.size(); ++d)
            end += (tensor.shape[d] - 1) * tensor.stride[d];
        if (hull.end <= tensor.storageOffset || hull.begin.value >= end)
            return;
        if (isContiguous(tensor))
            addContiguous(placed, tensor, region);
        else
            addStrided(placed, tensor, region);
    }
    Ranges take() { return std::move(m_ranges); }

private:
    void addContiguous(std::uint32_t placed, const Tensor& tensor, const Region& region)
    {
        const StorageRange window { tensor.storageOffset, tensor.storageOffset + tensor.numel };
        forEachStretch(distinctPlaces(region), 0, region.start.value, m_plan.blockSize(), window,
            [&](std::int64_t begin, std::int64_t end) {
                const std::int64_t first = m_plan.firstBlock(placed);
                addRange(m_ranges, first + (begin - window.begin.value) / m_plan.blockSize(),
                    first + (end - 1 - window.begin.value) / m_plan.blockSize() + 1);
            });
    }

    void addStrided(std::uint32_t placed, const Tensor& tensor, const Region& region)
    {
        const Inverse inverse(tensor);
        if (!inverse.unique() || region.numel().value > fewElements) {
            addRange(m_ranges, m_plan.firstBlock(placed), m_plan.endBlock(placed));
            return;
        }
        forEachRun(region, region.start, region.end(), [&](const Run& run) {
            for (std::int64_t i = 0; i < run.count; ++i)
                if (const auto place = inverse.place(run.start.value + i * run.stride)) {
                    const std::int64_t block = m_plan.firstBlock(placed) + *place / m_plan.blockSize();
                    addRange(m_ranges, block, block + 1);
                }
            return true;
        });
    }

    const FlatLayout& m_layout;
    const PyramidPlan& m_plan;
    Ranges m_ranges;
};

} // namespace

namespace {

Ranges touchedBlocks(const AppliedStep& step, const FlatLayout& layout, const PyramidPlan& plan)
{
    Touched touched(layout, plan);
    for (StorageOrdinal storage : step.storages)
        for (std::uint32_t placed : plan.viewing(storage))
            for (const AppliedStep::Piece& piece : step.in(storage))
                touched.add(placed, piece.region, { piece.begin, piece.end });
    return touched.take();
}

} // namespace

void Pyramid::invalidate(const AppliedStep& step) { m_state->invalidate(touchedBlocks(step, *m_state->layout, m_state->plan)); }

void Pyramid::invalidate(const AppliedStep& step, const FlatLayout& of)
{
    const PyramidPlan plan(of); // its blocks are the same: they are cut by the lengths of the segments alone
    if (plan.blocks() == m_state->plan.blocks())
        m_state->invalidate(touchedBlocks(step, of, plan));
}

} // namespace ravel
