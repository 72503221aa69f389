// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/valuepage.h"

#include <algorithm>

namespace ravel {

namespace {

std::int64_t countOf(const Box& box, int dim) { return dim < 0 ? 1 : box.slices[static_cast<std::size_t>(dim)].count; }

std::int64_t coordinateOf(const Box& box, int dim, std::int64_t step)
{
    const Slice& slice = box.slices[static_cast<std::size_t>(dim)];
    return slice.start + step * slice.step;
}

} // namespace

ValuePage ValuePage::of(const Box& box)
{
    ValuePage page;
    page.box = box;
    page.at.assign(box.slices.size(), 0);
    const int rank = static_cast<int>(box.slices.size());
    if (rank == 0)
        return page;
    if (rank == 1) {
        page.columnDim = 0;
        page.wrapped = true;
        return page;
    }
    std::vector<int> free;
    for (int d = 0; d < rank; ++d)
        if (countOf(box, d) > 1)
            free.push_back(d);
    if (free.size() >= 2) {
        page.rowDim = free[free.size() - 2];
        page.columnDim = free.back();
    } else if (free.size() == 1 && free[0] < rank - 1) {
        page.rowDim = free[0];
        page.columnDim = rank - 1;
    } else {
        page.rowDim = rank - 2;
        page.columnDim = rank - 1;
    }
    return page;
}

std::int64_t ValuePage::allRows() const
{
    if (box.numel().value == 0)
        return 0;
    return wrapped ? (countOf(box, columnDim) + wrap - 1) / wrap : countOf(box, rowDim);
}

std::int64_t ValuePage::allColumns() const
{
    if (box.numel().value == 0)
        return 0;
    return wrapped ? std::min(wrap, countOf(box, columnDim)) : countOf(box, columnDim);
}

std::int64_t ValuePage::columnsPerPage() const { return std::clamp<std::int64_t>(allColumns(), 1, mostColumns); }
std::int64_t ValuePage::rowsPerPage() const { return std::clamp<std::int64_t>(allRows(), 1, mostCells / columnsPerPage()); }
int ValuePage::rows() const { return static_cast<int>(std::min(rowsPerPage(), allRows() - firstRow)); }
int ValuePage::columns() const { return static_cast<int>(std::min(columnsPerPage(), allColumns() - firstColumn)); }

bool ValuePage::turn(std::int64_t rowPages, std::int64_t columnPages)
{
    const std::int64_t row = firstRow + rowPages * rowsPerPage(), column = firstColumn + columnPages * columnsPerPage();
    if (row < 0 || row >= allRows() || column < 0 || column >= allColumns())
        return false;
    firstRow = row;
    firstColumn = column;
    return true;
}

std::vector<int> ValuePage::otherDims() const
{
    std::vector<int> dims;
    for (int d = 0; d < static_cast<int>(box.slices.size()); ++d)
        if (d != rowDim && d != columnDim && countOf(box, d) > 1)
            dims.push_back(d);
    return dims;
}

Box ValuePage::pageBox() const
{
    Box page = box;
    for (std::size_t d = 0; d < page.slices.size(); ++d) {
        Slice& slice = page.slices[d];
        const int dim = static_cast<int>(d);
        std::int64_t first = at[d], count = 1;
        if (dim == columnDim && wrapped) {
            first = firstRow * wrap;
            count = std::min<std::int64_t>(slice.count - first, rows() * wrap);
        } else if (dim == columnDim) {
            first = firstColumn;
            count = columns();
        } else if (dim == rowDim) {
            first = firstRow;
            count = rows();
        }
        slice.start += first * slice.step;
        slice.count = count;
    }
    return page;
}

std::optional<std::int64_t> ValuePage::ordinal(int row, int column) const
{
    if (wrapped) {
        const std::int64_t i = row * wrap + column;
        if (i + firstRow * wrap >= countOf(box, columnDim))
            return std::nullopt;
        return i;
    }
    // Row-major over the page's box: the rows run outside the columns where their dimension stands before.
    return rowDim < columnDim ? std::int64_t(row) * columns() + column : std::int64_t(column) * rows() + row;
}

std::vector<std::int64_t> ValuePage::coordinates(int row, int column) const
{
    std::vector<std::int64_t> coordinates(box.slices.size());
    for (int d = 0; d < static_cast<int>(box.slices.size()); ++d) {
        std::int64_t step = at[static_cast<std::size_t>(d)];
        if (d == columnDim)
            step = wrapped ? (firstRow + row) * wrap + column : firstColumn + column;
        else if (d == rowDim)
            step = firstRow + row;
        coordinates[static_cast<std::size_t>(d)] = coordinateOf(box, d, step);
    }
    return coordinates;
}

Box ValuePage::cell(int row, int column) const { return cells(row, column, row, column).front(); }

std::vector<Box> ValuePage::cells(int top, int left, int bottom, int right) const
{
    Box part = box;
    const auto take = [&](int dim, std::int64_t first, std::int64_t count, std::int64_t every) {
        Slice& slice = part.slices[static_cast<std::size_t>(dim)];
        const Slice& whole = box.slices[static_cast<std::size_t>(dim)];
        slice = { whole.start + first * whole.step, count, count == 1 ? 1 : whole.step * every, count == 1 };
    };
    for (int d = 0; d < static_cast<int>(box.slices.size()); ++d)
        if (d == columnDim && !wrapped)
            take(d, firstColumn + left, right - left + 1, 1);
        else if (d == rowDim)
            take(d, firstRow + top, bottom - top + 1, 1);
        else if (d != columnDim)
            take(d, at[static_cast<std::size_t>(d)], 1, 1);
    if (!wrapped)
        return { part };
    std::vector<Box> parts;
    const std::int64_t first = (firstRow + top) * wrap, count = countOf(box, columnDim);
    if (top == bottom || (left == 0 && right == wrap - 1)) {
        take(columnDim, first + left, std::min((firstRow + bottom) * wrap + right, count - 1) - first - left + 1, 1);
        return { part };
    }
    for (int column = left; column <= right; ++column) {
        const std::int64_t start = first + column;
        const std::int64_t rowsThere = std::min<std::int64_t>(bottom - top + 1, (count - start + wrap - 1) / wrap);
        take(columnDim, start, rowsThere, wrap);
        parts.push_back(part);
    }
    return parts;
}

std::int64_t ValuePage::rowLabel(int row) const
{
    if (wrapped)
        return coordinateOf(box, columnDim, (firstRow + row) * wrap);
    return rowDim < 0 ? 0 : coordinateOf(box, rowDim, firstRow + row);
}

std::int64_t ValuePage::columnLabel(int column) const
{
    if (wrapped)
        return column * box.slices[static_cast<std::size_t>(columnDim)].step;
    return columnDim < 0 ? 0 : coordinateOf(box, columnDim, firstColumn + column);
}

std::optional<std::pair<int, int>> ValuePage::find(const std::vector<std::int64_t>& wanted) const
{
    if (wanted.size() != box.slices.size())
        return std::nullopt;
    std::int64_t row = -firstRow, column = -firstColumn;
    for (std::size_t d = 0; d < wanted.size(); ++d) {
        const Slice& slice = box.slices[d];
        const std::int64_t distance = wanted[d] - slice.start, step = distance / slice.step;
        if (distance % slice.step != 0 || step < 0 || step >= slice.count)
            return std::nullopt;
        if (static_cast<int>(d) == columnDim && wrapped) {
            row += step / wrap;
            column += step % wrap;
        } else if (static_cast<int>(d) == columnDim) {
            column += step;
        } else if (static_cast<int>(d) == rowDim) {
            row += step;
        } else if (step != at[d]) {
            return std::nullopt;
        }
    }
    if (row < 0 || row >= rows() || column < 0 || column >= columns())
        return std::nullopt;
    return std::pair(static_cast<int>(row), static_cast<int>(column));
}

} // namespace ravel
