// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/quantity.h"
#include "checkpoint/checkpoint.h"
#include "layout/flatlayout.h"

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// One dimension of a box, resolved against the shape: the coordinates start, start + step, ... (count of them).
struct Slice {
    std::int64_t start = 0;
    std::int64_t count = 0;
    std::int64_t step = 1;      // negative runs backwards; never 0
    bool single = false;        // written as an index: the dimension is dropped from the result's shape
    bool operator==(const Slice&) const = default;
};

// A tensor and, per dimension, a slice. A 0-d tensor has no slices and one element.
struct Box {
    TensorOrdinal tensor = noOrdinal;
    std::vector<Slice> slices;
    Count numel() const;
    std::vector<std::int64_t> shape() const; // without dropped dimensions
    bool operator==(const Box&) const = default;
};

// On the value, at the time the step is applied: low <= x <= high. NaN never matches.
struct Predicate {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool operator==(const Predicate&) const = default;
};

struct Selection {
    std::vector<Box> boxes;
    std::optional<Predicate> where;
    bool empty() const { return boxes.empty(); }
    Count numel() const; // of the boxes, before the predicate; a place selected twice counts twice
    bool operator==(const Selection&) const = default;
};

Box wholeBox(const Checkpoint&, TensorOrdinal);
// The box cut into boxes of at most `most` elements each, which together list its elements in
// the same row-major order. visit's failure ends it and is returned.
Result<> forEachPiece(const Box&, Count most, const std::function<Result<>(const Box&)>& visit);
Selection wholeSelection(const FlatLayout&); // every placed segment

// A flat range as a short list of boxes (at most 2 * ndim - 1 for each tensor), in flat order; step > 1 takes every step-th
// element, counted from range.begin through the whole range (then up to one box for a row).
Result<Selection> selectRange(const FlatLayout&, FlatRange, std::int64_t step = 1);
// The flat ranges that a box covers, in ascending order, merged; at most `limit` of them (then `complete` is false): for drawing.
struct FlatCover {
    std::vector<FlatRange> ranges;
    bool complete = true;
};
// A box of an alias covers the places that it repeats; one of a tensor outside the layout covers none. Where there are more than `limit`, small gaps are
// covered too, so that the ranges still hold every selected place. `window` leaves out what lies outside it.
FlatCover flatCover(const FlatLayout&, const Selection&, std::size_t limit, std::optional<FlatRange> window = {});

// Elements of storage that a box touches, as nested strides. Every stride is > 0 and dimensions stand by descending
// stride; dimensions of size 1 and stride 0 are gone, those that continue each other are merged. `ordinal` is the
// step in the box's own row-major numbering (may be negative; firstOrdinal is that of the element at `start`).
struct RegionDim {
    std::int64_t size = 1;
    std::int64_t stride = 1;
    std::int64_t ordinal = 1;
    bool operator==(const RegionDim&) const = default;
};
struct Region {
    StorageOrdinal storage = noOrdinal;
    StorageIndex start; // the lowest index
    std::vector<RegionDim> dims;
    std::int64_t firstOrdinal = 0;
    StorageIndex end() const;    // one past the highest index
    Count numel() const;         // places in the region (a place twice reached counts twice)
    bool operator==(const Region&) const = default;
};

// Nothing for an empty box or an unreadable tensor. With stride 0 (expand) every repeat is one place; its ordinal is the first.
std::optional<Region> toRegion(const Checkpoint&, const Box&);

// A run of equally spaced elements of storage.
struct Run {
    StorageIndex start;
    std::int64_t count = 0;
    std::int64_t stride = 1;
    std::int64_t ordinal = 0;       // of the first, in the box's row-major numbering
    std::int64_t ordinalStride = 1;
};
// The same places without their ordinals (all 0), each as seldom as strides allow: dimensions whose steps fall on each other's
// places are merged. What each stored element is to be done once is done over this.
Region distinctPlaces(const Region&);

// Calls visit for the runs of a region that lie in [begin, end) of its storage, cut to it, in an order of its own; costs what the
// runs in that window cost, however large the region is. visit returns false to stop.
void forEachRun(const Region&, StorageIndex begin, StorageIndex end, const std::function<bool(const Run&)>& visit);

} // namespace ravel
