// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "edit/editedvector.h"
#include "layout/flatlayout.h"
#include "stats/density.h"
#include "stats/summary.h"

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ravel {

// Where a tile lies: level l has buckets of 2^l elements, bucket b holds the elements [b * 2^l, (b + 1) * 2^l), and tile i
// the buckets [i * buckets, (i + 1) * buckets).
struct TileKey {
    static constexpr std::int64_t buckets = 1024;
    int level = 0;
    std::int64_t index = 0;
    auto operator<=>(const TileKey&) const = default;

    std::int64_t bucketSize() const { return std::int64_t(1) << level; }
    FlatRange range(Count numel) const; // cut to the vector
    static TileKey at(int level, FlatIndex);
};

// Exact summaries of a stretch of the flat vector, finer than the pyramid's blocks.
struct MapTile {
    TileKey key;
    std::vector<Summary> summaries;  // of each bucket; the last tile of a vector has fewer
    std::vector<std::string> texts;  // level 0: each element as elementText() writes it
    // Below level firstDensity every finite number, those of bucket b from numberBegin[b] to numberBegin[b + 1]; from there on a density of each bucket.
    static constexpr int firstDensity = 4;
    std::vector<float> numbers;
    std::vector<std::uint32_t> numberBegin;
    std::vector<Density> densities;
    std::size_t bytes() const; // of memory, about
};

// Reads and summarises one tile. Memory does not grow with the level.
Result<MapTile> readTile(const FlatLayout&, const EditedVector&, TileKey, const Job&);

// Hands over the elements of a flat range in ascending order, in pieces of one dtype and at most `most` elements: native byte order, what the
// layout's tensors hold at that place; absent ones are left out. `visit` returns false to stop.
using PieceVisitor = std::function<bool(FlatIndex first, Dtype, const std::byte* elements, std::int64_t count)>;
Result<> readFlat(const FlatLayout&, const EditedVector&, FlatRange, std::int64_t most, const Job&, const PieceVisitor& visit);

} // namespace ravel
