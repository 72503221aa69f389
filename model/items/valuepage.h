// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/selection.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ravel {

// A page of a table over a box: two of its dimensions run down and across, the others stand at one place each. A vector is wrapped into
// rows of ten. All numbers count steps of the box (0 is its first element along a dimension), not coordinates. No Qt.
struct ValuePage {
    static constexpr std::int64_t mostCells = 1'000'000;
    static constexpr std::int64_t mostColumns = 2'000;
    static constexpr std::int64_t wrap = 10;

    Box box;
    int rowDim = -1, columnDim = -1;     // -1: there is none; a wrapped vector has columnDim alone
    bool wrapped = false;
    std::vector<std::int64_t> at;        // by dimension: where it stands, if it is neither of the two
    std::int64_t firstRow = 0, firstColumn = 0;

    static ValuePage of(const Box&);     // the first page
    std::int64_t allRows() const;        // of the table, over all pages
    std::int64_t allColumns() const;
    int rows() const;                    // of this page
    int columns() const;
    std::int64_t rowsPerPage() const;
    std::int64_t columnsPerPage() const;
    bool turn(std::int64_t rowPages, std::int64_t columnPages); // by so many pages; false where there are none
    std::vector<int> otherDims() const;  // that have a choice: neither of the two, and more than one place

    // The elements of the page, and which of them a cell shows; none beyond the end of a wrapped vector.
    Box pageBox() const;
    std::optional<std::int64_t> ordinal(int row, int column) const;      // row-major in pageBox()
    std::vector<std::int64_t> coordinates(int row, int column) const;    // in the tensor
    Box cell(int row, int column) const;
    // A rectangle of cells, inclusive, as few boxes; of a wrapped vector one for each column unless whole rows are meant.
    std::vector<Box> cells(int top, int left, int bottom, int right) const;
    std::int64_t rowLabel(int row) const;                                // coordinate; wrapped: of the row's first element
    std::int64_t columnLabel(int column) const;                          // coordinate; wrapped: what is added
    // Where the page (turned to if need be) shows these coordinates; none where the box does not hold them or other dimensions stand elsewhere.
    std::optional<std::pair<int, int>> find(const std::vector<std::int64_t>& coordinates) const;
};

} // namespace ravel
