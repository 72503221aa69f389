// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/pool.h"
#include "edit/editedvector.h"
#include "layout/flatlayout.h"
#include "stats/sketch.h"
#include "stats/summary.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ravel {

// What the map draws in one pixel column.
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

    // Summarises every block that is not known yet: a coarse sample first where there is much to read, then all. Hands over as it goes.
    Result<> build(const EditedVector&, const Job&, Pool& = computePool());
    // Marks the blocks that a step covers as not known (their old sketches too), so that build() does them again.
    void invalidate(const AppliedStep&);

    // n columns over [begin, end), column i covering [begin + i * (end - begin) / n, ...): extremes are those of every block touched. Costs O(n log blocks).
    void columns(double begin, double end, std::span<Column> out) const;
    // Of whole known segments: for the tree and its sparklines.
    std::optional<Summary> segmentSummary(std::uint32_t placed) const;
    std::shared_ptr<const Sketch> segmentSketch(std::uint32_t placed) const; // null while not known
    // Merged over several whole segments; null while one is not known.
    std::optional<Summary> summaryOf(std::span<const std::uint32_t> placed) const;
    std::shared_ptr<const Sketch> sketchOf(std::span<const std::uint32_t> placed) const;
    // Blocks inside the range merged, and the pieces at its two ends that still have to be read.
    struct RangeAnswer {
        Summary summary;
        std::vector<FlatRange> rest; // not covered by known blocks
    };
    RangeAnswer summaryOf(FlatRange) const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace ravel
