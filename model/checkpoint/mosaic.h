// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <functional>
#include <span>
#include <vector>

namespace ravel {

// A box of an array that stands somewhere on its own: the elements [offsets, offsets + sizes) of the whole, which the
// part holds as an array of that shape.
struct MosaicTile {
    std::vector<std::int64_t> offsets, sizes; // as many as the array has dimensions
    std::vector<std::int64_t> stride;         // of the part, in elements
    std::int64_t first = 0;                   // element of the part's storage where the box begins
    std::uint32_t part = 0;                   // whatever the reader below makes of it
};

// An array that is put together from boxes, which tile it: no hole, no overlap. Read as if it stood in one piece, row-major.
class Mosaic {
public:
    // Format where the tiles overlap, leave elements out or do not lie in the array; Limit where there are too many to tell.
    static Result<Mosaic> make(std::vector<std::int64_t> shape, std::vector<MosaicTile>);

    // Reads n elements of a part's storage from `first` on.
    using ReadPart = std::function<Result<>(std::uint32_t part, StorageIndex first, Count n, std::byte* out)>;
    // Elements [first, first + n) of the whole, which lie in it, of `size` bytes each.
    Result<> read(std::int64_t first, std::int64_t n, std::size_t size, std::byte* out, const ReadPart&) const;

private:
    // A tile as runs of elements that lie one after the other both in it and in the whole.
    struct Run {
        std::uint32_t tile = 0;
        std::int64_t length = 0, count = 0; // elements of a run, runs
        std::size_t dimensions = 0;         // the outermost ones, over which the runs go
        std::int64_t begin = 0, end = 0;    // in the whole: from the first element to behind the last
        bool contiguous = false;            // the part holds the box row-major and without gaps
    };
    struct Wanted;
    struct Place {
        std::int64_t index, position; // in the part's storage, in what is read
    };
    explicit Mosaic(std::vector<std::int64_t> shape, std::vector<MosaicTile>);
    std::int64_t startOf(const Run&, std::int64_t run) const;
    Result<> readRuns(const Run&, const Wanted&, std::byte* out, const ReadPart&) const;
    Result<> gather(const Run&, std::int64_t first, std::int64_t n, std::size_t size, std::byte* out, const ReadPart&) const;
    static Result<> gatherSpans(std::uint32_t part, std::vector<Place>, std::size_t size, std::byte* out, const ReadPart&);

    std::vector<std::int64_t> m_shape, m_stride;
    std::vector<MosaicTile> m_tiles;
    std::vector<Run> m_runs;           // by begin
    std::vector<std::int64_t> m_reach; // the furthest end of a run and of all before it
};

} // namespace ravel
