// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/densitytree.h"
#include "stats/pyramid.h"
#include "stats/pyramidplan.h"
#include "stats/pyramidtree.h"

#include <atomic>
#include <mutex>
#include <vector>

namespace ravel {

// What the queries and the builder share. Nothing is computed or read under a lock, but for combining the nodes above what changed: about a
// microsecond for a piece that took fifty to read.
struct Pyramid::State {
    explicit State(std::shared_ptr<const FlatLayout>);

    std::shared_ptr<const FlatLayout> layout;
    PyramidPlan plan;
    std::atomic<std::uint64_t> revision = 1;
    std::atomic<std::int64_t> known = 0;

    // The writers' lock. A result that was begun before its block was invalidated is dropped: `invalidated` holds the epoch in which each was.
    mutable std::mutex writing;
    BlockTree tree;
    std::uint64_t epoch = 1;
    std::vector<std::uint64_t> invalidated;

    DensityTree density;              // written under the writers' lock, too

    mutable std::mutex sketching; // only while pointers are copied
    std::vector<std::shared_ptr<const Sketch>> recordSketches;
    std::vector<std::shared_ptr<const Sketch>> segmentSketches; // of segments with several records; else the record's

    std::uint64_t beginBuild() const;
    void publish(std::int64_t firstBlock, const std::vector<Summary>&, std::uint64_t begun);
    void publishEstimate(std::int64_t block, const Summary&, std::uint64_t begun);
    // Of one cell; an estimate replaces nothing that is known.
    void publishDensity(std::int64_t cell, Density, std::uint8_t state, std::uint64_t begun);
    // Of every cell of a record, where nothing finer is at hand: its share of the sketch, marked as an estimate.
    void publishDensityOf(std::uint32_t record, const Sketch&, std::uint64_t begun);
    void publishSketch(std::uint32_t record, Sketch, std::uint64_t begun);
    void invalidate(std::vector<BlockTree::Range>);
    bool needsWork(std::uint32_t record) const;

    std::shared_ptr<const Sketch> sketchOfSegment(std::uint32_t placed) const;
    BlockTree::Node nodeOf(std::int64_t beginBlock, std::int64_t endBlock) const;
};

} // namespace ravel
