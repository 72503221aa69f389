// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/pool.h"
#include "edit/editedvector.h"
#include "layout/flatlayout.h"
#include "stats/densitytree.h"
#include "stats/sketch.h"
#include "stats/summary.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ravel {

// What the map draws in one pixel column. Values beyond float32 are shown as its largest; those of estimated blocks come from a sample.
struct Column {
    float min = 0, max = 0, mean = 0, std = 0; // of the finite numbers of its known blocks
    enum Flag : std::uint8_t { Known = 1, Partial = 2, HasNan = 4, HasInf = 8, AllZero = 16, NoFinite = 32, Estimated = 64 };
    std::uint8_t flags = 0; // Known: every block it touches is summarised; Partial: some are
    bool is(Flag f) const { return (flags & f) != 0; }
};

// The summaries of all blocks of a layout, and of 2, 4, 8, ... of them; the sketches of its segments. Blocks never straddle segments; a block
// is 4,096 elements or more (the size doubles until all fit in about 64 MB). Filled in the background; every query answers at once with what is
// known. Thread-safe: one writer, any number of readers.
class Pyramid {
public:
    explicit Pyramid(std::shared_ptr<const FlatLayout>);
    ~Pyramid();

    const FlatLayout& layout() const;
    std::int64_t blockSize() const;   // elements
    std::int64_t blockCount() const;
    std::int64_t knownBlocks() const;
    // Rises with each change of what is known: a cache key.
    std::uint64_t revision() const;

    // Summarises every block that is not known yet: a coarse sample first where there is much to read, then all. Hands over as it goes; progress is in
    // bytes; stops within a chunk of 256 KiB once cancelled; what cannot be read stays unknown, and that failure is returned at the end. One build at a time. `edited` has every step that invalidate() has told of: cancel a
    // build before the step that it does not know is invalidated. What an older build finds out about blocks that were invalidated since is dropped.
    Result<> build(const EditedVector&, const Job&, Pool& = computePool());
    // Marks the blocks that a step covers as not known (their old sketches too), so that build() does them again. In tensors that are not contiguous
    // all blocks are, unless the step covers few elements.
    void invalidate(const AppliedStep&);
    // The same for a step over the tensors of another layout that has the same segments: what is summarised here is computed from them.
    void invalidate(const AppliedStep&, const FlatLayout& of);

    // n columns over [begin, end), column i covering [begin + i * (end - begin) / n, ...): extremes are those of every block touched. Costs O(n log blocks).
    void columns(double begin, double end, std::span<Column> out) const;
    // The same columns as histograms: those of the cells that end in them (of the one around them where cells are wider), each in the fewest parts. State is
    // DensityTree::State. Where cells are as wide as several columns `parts` are of more than the column: their shares count.
    DensityTree::View densities(double begin, double end, std::size_t n) const;
    std::int64_t densityCell() const;   // elements of a cell, at most
    // Of whole known segments: for the tree and its sparklines. Of an empty segment: an empty one. In a layout of more than 65,536 segments the ones
    // below 4,096 elements share a sketch with their neighbours and have none of their own (null).
    std::optional<Summary> segmentSummary(std::uint32_t placed) const;
    std::shared_ptr<const Sketch> segmentSketch(std::uint32_t placed) const; // null while not known
    // Merged over several different whole segments; null while one is not known, or where they share a sketch with one that is not among them. The sketch costs
    // about 10 us for each segment: for many, ask on the pool.
    std::optional<Summary> summaryOf(std::span<const std::uint32_t> placed) const;
    std::shared_ptr<const Sketch> sketchOf(std::span<const std::uint32_t> placed) const;
    // Blocks inside the range merged, and the pieces at its two ends that still have to be read.
    struct RangeAnswer {
        Summary summary;
        std::vector<FlatRange> rest; // not covered by known blocks
    };
    RangeAnswer summaryOf(FlatRange) const;

private:
    friend class PyramidBuild;
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace ravel
