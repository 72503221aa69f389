// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/pyramidstate.h"

#include <algorithm>

namespace ravel {

Pyramid::State::State(std::shared_ptr<const FlatLayout> of)
    : layout(std::move(of))
    , plan(*layout)
    , tree(plan.blocks())
    , invalidated(static_cast<std::size_t>(plan.blocks()))
    , density(plan.cells())
    , recordSketches(plan.records().size())
    , segmentSketches(plan.segments())
{
}

std::uint64_t Pyramid::State::beginBuild() const
{
    const std::lock_guard lock(writing);
    return epoch;
}

void Pyramid::State::publish(std::int64_t firstBlock, const std::vector<Summary>& summaries, std::uint64_t begun)
{
    const std::lock_guard lock(writing);
    std::int64_t added = 0;
    for (std::size_t i = 0; i < summaries.size(); ++i) {
        const std::int64_t block = firstBlock + static_cast<std::int64_t>(i);
        if (invalidated[static_cast<std::size_t>(block)] > begun)
            continue;
        added += (tree.state(0, block) & BlockTree::AllKnown) == 0 ? 1 : 0;
        tree.set(block, summaries[i], BlockTree::SomeKnown | BlockTree::AllKnown);
    }
    tree.update({ { firstBlock, firstBlock + static_cast<std::int64_t>(summaries.size()) } });
    known += added;
    ++revision;
}

void Pyramid::State::publishEstimate(std::int64_t block, const Summary& summary, std::uint64_t begun)
{
    const std::lock_guard lock(writing);
    if (invalidated[static_cast<std::size_t>(block)] > begun || tree.state(0, block) != BlockTree::Unknown)
        return;
    tree.set(block, summary, BlockTree::SomeEstimated);
    tree.update({ { block, block + 1 } });
    ++revision;
}

void Pyramid::State::publishDensity(std::int64_t cell, Density of, std::uint8_t state, std::uint64_t begun)
{
    const BlockTree::Range blocks = plan.blocksOfCell(cell);
    const std::lock_guard lock(writing);
    for (std::int64_t b = blocks.begin; b < blocks.end; ++b)
        if (invalidated[static_cast<std::size_t>(b)] > begun)
            return;
    if ((state & DensityTree::AllKnown) == 0 && density.state(cell) != DensityTree::Unknown)
        return;
    density.set(cell, std::move(of), state);
    ++revision;
}

void Pyramid::State::publishDensityOf(std::uint32_t record, const Sketch& sketch, std::uint64_t begun)
{
    const auto [first, last] = plan.cellsOf(record);
    const Density share = Density::of(sketch, 1.0 / static_cast<double>(std::max<std::int64_t>(last - first, 1)));
    const std::uint8_t whole = DensityTree::SomeKnown | DensityTree::AllKnown;
    const std::uint8_t shared = whole | DensityTree::Estimated;
    for (std::int64_t cell = first; cell < last; ++cell)
        publishDensity(cell, share, last - first > 1 ? shared : whole, begun);
}

void Pyramid::State::publishSketch(std::uint32_t record, Sketch sketch, std::uint64_t begun)
{
    auto shared = std::make_shared<const Sketch>(std::move(sketch));
    const PyramidPlan::Record& r = plan.records()[record];
    std::vector<std::shared_ptr<const Sketch>> parts;
    {
        const std::lock_guard lock(writing);
        for (std::int64_t b = r.firstBlock; b < r.endBlock; ++b)
            if (invalidated[static_cast<std::size_t>(b)] > begun)
                return;
        const std::lock_guard pointers(sketching);
        recordSketches[record] = std::move(shared);
        const auto [first, last] = plan.recordsOf(r.firstPlaced);
        if (last - first > 1)
            parts.assign(recordSketches.begin() + first, recordSketches.begin() + last);
    }
    ++revision;
    if (parts.empty() || std::find(parts.begin(), parts.end(), nullptr) != parts.end())
        return;
    // The last record of a large segment: merged here, so that no query has to.
    auto whole = std::make_shared<Sketch>();
    for (const auto& part : parts)
        whole->merge(*part);
    const std::lock_guard lock(writing);
    for (std::int64_t b = plan.firstBlock(r.firstPlaced); b < plan.endBlock(r.firstPlaced); ++b)
        if (invalidated[static_cast<std::size_t>(b)] > begun)
            return;
    const std::lock_guard pointers(sketching);
    segmentSketches[r.firstPlaced] = std::move(whole);
}

void Pyramid::State::invalidate(std::vector<BlockTree::Range> ranges)
{
    std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    std::vector<BlockTree::Range> merged;
    for (const BlockTree::Range& range : ranges) {
        if (!merged.empty() && range.begin <= merged.back().end)
            merged.back().end = std::max(merged.back().end, range.end);
        else if (range.begin < range.end)
            merged.push_back(range);
    }
    if (merged.empty())
        return;
    const std::lock_guard lock(writing);
    ++epoch;
    std::int64_t forgotten = 0;
    for (const BlockTree::Range& range : merged)
        for (std::int64_t b = range.begin; b < range.end; ++b) {
            invalidated[static_cast<std::size_t>(b)] = epoch;
            forgotten += (tree.state(0, b) & BlockTree::AllKnown) != 0 ? 1 : 0;
            tree.clear(b);
        }
    tree.update(merged);
    for (const BlockTree::Range& range : merged)
        density.clear(plan.cellOfBlock(range.begin), plan.cellOfBlock(range.end - 1) + 1);
    known -= forgotten;
    const std::lock_guard pointers(sketching);
    for (const BlockTree::Range& range : merged) {
        const std::uint32_t last = plan.recordOfBlock(range.end - 1);
        for (std::uint32_t r = plan.recordOfBlock(range.begin); r <= last; ++r) {
            recordSketches[r] = nullptr;
            segmentSketches[plan.records()[r].firstPlaced] = nullptr;
        }
    }
    ++revision;
}

bool Pyramid::State::needsWork(std::uint32_t record) const
{
    const PyramidPlan::Record& r = plan.records()[record];
    {
        const std::lock_guard lock(sketching);
        if (!recordSketches[record])
            return true;
    }
    for (std::int64_t b = r.firstBlock; b < r.endBlock; ++b)
        if ((tree.state(0, b) & BlockTree::AllKnown) == 0)
            return true;
    return false;
}

std::shared_ptr<const Sketch> Pyramid::State::sketchOfSegment(std::uint32_t placed) const
{
    static const auto nothing = std::make_shared<const Sketch>();
    const auto [first, last] = plan.recordsOf(placed);
    if (first == last)
        return nothing;
    const PyramidPlan::Record& record = plan.records()[first];
    if (record.endPlaced - record.firstPlaced > 1)
        return nullptr;
    const std::lock_guard lock(sketching);
    return last - first == 1 ? recordSketches[first] : segmentSketches[placed];
}

BlockTree::Node Pyramid::State::nodeOf(std::int64_t beginBlock, std::int64_t endBlock) const
{
    BlockTree::Node sum { {}, BlockTree::AllKnown };
    std::uint8_t some = 0;
    tree.forEachNode(beginBlock, endBlock, [&](const BlockTree::Node& node) {
        some |= node.state & (BlockTree::SomeKnown | BlockTree::SomeEstimated);
        sum.state &= node.state;
        sum.summary.merge(node.summary);
    });
    sum.state = static_cast<std::uint8_t>((sum.state & BlockTree::AllKnown) | some);
    return sum;
}

} // namespace ravel
