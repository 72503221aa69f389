// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/selection.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace ravel {

// A rectangle of cells, half open.
struct CellRect {
    std::int64_t top = 0, left = 0, bottom = 0, right = 0;
    bool empty() const { return top >= bottom || left >= right; }
    std::int64_t rows() const { return bottom - top; }
    std::int64_t columns() const { return right - left; }
    CellRect cut(const CellRect& to) const;
    bool operator==(const CellRect&) const = default;
};

// Which element of a tensor stands in which cell of a picture: two dimensions down and across while the others stand at one place each, the kernels
// of a convolution as a grid of small pictures with one free cell between them, or a vector wrapped into rows. Kernels of which there is but one
// across or down (a depthwise convolution) are wrapped as a vector is: nearly square. Coordinates are those of the tensor. No Qt.
struct HeatView {
    TensorOrdinal tensor = noOrdinal;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> at;          // by dimension: where it stands, if it is not shown
    int rowDim = -1, columnDim = -1;       // -1 for a number; a vector has columnDim alone
    int gridRow = -1, gridColumn = -1;     // kernels: which of them, down and across
    std::int64_t wrap = 0;                 // of a vector: cells of a row; of wrapped kernels: kernels of a row; 0: nothing is wrapped

    static HeatView of(TensorOrdinal, std::vector<std::int64_t> shape);
    bool operator==(const HeatView&) const = default;

    bool vector() const { return rowDim < 0 && columnDim >= 0; }
    bool kernels() const { return gridRow >= 0; }
    bool wrapped() const { return wrap > 0; }
    int wrapDim() const { return vector() ? columnDim : size(gridRow) > 1 ? gridRow : gridColumn; } // of what is wrapped
    bool canShowKernels() const;           // four dimensions or more, and not beyond all measure
    void setKernels(bool);
    void setAxes(int row, int column);     // two different dimensions; ends the grid
    std::vector<int> otherDims() const;    // not shown, with more than one place

    std::int64_t rows() const;
    std::int64_t columns() const;
    CellRect whole() const { return { 0, 0, rows(), columns() }; }

    // The element in a cell; none between kernels and after the end of a vector.
    std::optional<std::vector<std::int64_t>> coordinates(std::int64_t row, std::int64_t column) const;
    // The way back, for an element in view: no dimension that is not shown stands elsewhere.
    std::pair<std::int64_t, std::int64_t> place(const std::vector<std::int64_t>& coordinates) const;

    // What a rectangle selects: of a grid the part of one kernel, or whole kernels where it touches several; of what is wrapped a range a row, or
    // where it is many rows high all from its first corner to its last.
    std::vector<Box> boxes(const CellRect&) const;
    // One box that holds all elements of a rectangle, and few others.
    Box box(const CellRect&) const;
    // Where a box of this tensor is seen: at most `most` rectangles, or its hull.
    std::vector<CellRect> outlines(const Box&, std::size_t most) const;

    // Cells from one kernel of a grid to the next, down or across.
    std::int64_t pitch(bool down) const { return down ? rowPitch() : columnPitch(); }
    // The coordinates that stand beside a row and above a column.
    std::int64_t rowLabel(std::int64_t row) const;
    std::int64_t columnLabel(std::int64_t column) const;

private:
    std::int64_t size(int dim) const { return dim < 0 ? 1 : shape[static_cast<std::size_t>(dim)]; }
    std::int64_t rowPitch() const { return size(rowDim) + 1; }
    std::int64_t columnPitch() const { return size(columnDim) + 1; }
    // How many kernels a grid has down and across.
    std::int64_t gridRows() const { return wrapped() ? (size(wrapDim()) + wrap - 1) / wrap : size(gridRow); }
    std::int64_t gridColumns() const { return wrapped() ? std::min(wrap, size(wrapDim())) : size(gridColumn); }
    CellRect kernelsOf(const CellRect& cells) const; // touched: in kernels
    CellRect cellsOf(const CellRect& kernels) const;
    void wrapKernels();
    Box standing() const;
    std::vector<CellRect> outlinesOfVector(const Slice&, std::size_t most) const;
    std::vector<CellRect> outlinesOfKernels(const Box&, std::size_t most) const;
};

} // namespace ravel
