// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/pool.h"
#include "edit/editedvector.h"
#include "items/heatview.h"
#include "stats/sketch.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace ravel {

// How the elements of a block become one: the one of the largest magnitude, with its sign, or the mean of the finite ones.
enum class HeatReduction : std::uint8_t { Extreme, Mean };

struct HeatRequest {
    EditedVector vector;                // the document's, or numbers that are derived of it and stand under the same ordinals
    HeatView view;
    CellRect window;
    std::int64_t mostRows = 1024, mostColumns = 1024; // of the picture; more cells than that become blocks
    HeatReduction reduction = HeatReduction::Extreme;
    bool sample = false;                // of each block one row alone: a first look, where there is much to read
};

// A window of a heat view as a picture: one value a cell, or one a block of cells. A complex element counts with its magnitude.
struct HeatPicture {
    CellRect window;
    std::int64_t blockRows = 1, blockColumns = 1;
    std::int64_t rows = 0, columns = 0;       // of the picture
    enum Mark : std::uint8_t { Known = 1, Nan = 2, PositiveInf = 4, NegativeInf = 8, Finite = 16 };
    std::vector<double> values;               // rows x columns; 0 where no number is finite
    std::vector<std::uint8_t> marks;          // 0: no element there, or not read yet. A block has the marks of all its elements
    struct Profile {
        std::vector<double> mean, min, max;   // of the finite numbers in view; NaN where there is none
    };
    Profile byRow, byColumn;                  // of each row of the picture, over its columns; and the other way round
    std::int64_t numbers = 0, nan = 0, positiveInf = 0, negativeInf = 0; // read so far
    double min = std::numeric_limits<double>::infinity(), max = -std::numeric_limits<double>::infinity(); // of the finite ones
    Sketch sketch;                            // of the finite ones; once it is complete
    bool complete = false;                    // every element of the window has been read
    bool sampled = false;

    bool blocks() const { return blockRows > 1 || blockColumns > 1; }
    std::size_t index(std::int64_t row, std::int64_t column) const { return static_cast<std::size_t>(row * columns + column); }
};

// Reads a window on the pool. `partial` hears of what is there about ten times a second, from a thread of the pool; memory is that of the picture.
// Stops within a piece of 256 K elements once cancelled.
using HeatPartial = std::function<void(std::shared_ptr<const HeatPicture>)>;
Result<std::shared_ptr<const HeatPicture>> readHeat(const HeatRequest&, const Job&, const HeatPartial& partial = {}, Pool& = computePool());

} // namespace ravel
