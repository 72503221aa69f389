// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/heatview.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr std::int64_t longestStrip = 256; // a vector up to here is one row
constexpr double mostInGrid = 1e15;        // cells: places are told by doubles, and a tensor that repeats one number may be of any size

// Steps [first, last) of a dimension that a slice takes, as spans of neighbours: one where the slice is dense.
struct Spans {
    std::int64_t first = 0, count = 0, step = 1;
    std::size_t size() const { return static_cast<std::size_t>(step == 1 ? std::min<std::int64_t>(count, 1) : count); }
    std::pair<std::int64_t, std::int64_t> span(std::size_t i) const
    {
        if (step == 1)
            return { first, first + count };
        const std::int64_t at = first + static_cast<std::int64_t>(i) * step;
        return { at, at + 1 };
    }
    std::pair<std::int64_t, std::int64_t> hull() const { return { first, first + (count - 1) * step + 1 }; }
};

Spans spansOf(const Slice& slice)
{
    if (slice.step > 0)
        return { slice.start, slice.count, slice.count > 1 ? slice.step : 1 };
    return { slice.start + (slice.count - 1) * slice.step, slice.count, slice.count > 1 ? -slice.step : 1 };
}

bool holds(const Slice& slice, std::int64_t at)
{
    const std::int64_t distance = at - slice.start;
    return slice.count > 0 && distance % slice.step == 0 && distance / slice.step >= 0 && distance / slice.step < slice.count;
}

Slice spanSlice(std::int64_t begin, std::int64_t end) { return { begin, end - begin, 1, end - begin == 1 }; }

} // namespace

CellRect CellRect::cut(const CellRect& to) const
{
    return { std::max(top, to.top), std::max(left, to.left), std::min(bottom, to.bottom), std::min(right, to.right) };
}

HeatView HeatView::of(TensorOrdinal tensor, std::vector<std::int64_t> shape)
{
    HeatView view;
    view.tensor = tensor;
    view.shape = std::move(shape);
    view.at.assign(view.shape.size(), 0);
    const int rank = static_cast<int>(view.shape.size());
    if (rank == 0)
        return view;
    if (rank == 1) {
        view.columnDim = 0;
        const std::int64_t n = view.shape[0];
        view.wrap = std::max<std::int64_t>(n, 1);
        if (n > longestStrip)
            for (view.wrap = 16; view.wrap * view.wrap < 2 * n && view.wrap < (std::int64_t(1) << 20);)
                view.wrap *= 2;
        return view;
    }
    view.rowDim = rank - 2;
    view.columnDim = rank - 1;
    // A pair of dimensions with nothing to see (a 1 x 1 convolution) gives way to the last two that have more than one place.
    std::vector<int> wide;
    for (int d = 0; d < rank; ++d)
        if (view.size(d) > 1)
            wide.push_back(d);
    if (wide.size() >= 2 && view.size(view.rowDim) == 1 && view.size(view.columnDim) == 1) {
        view.rowDim = wide[wide.size() - 2];
        view.columnDim = wide.back();
    }
    return view;
}

bool HeatView::canShowKernels() const
{
    double cells = 1;
    for (const std::int64_t n : shape)
        cells *= static_cast<double>(n) + 1;
    return shape.size() >= 4 && cells < mostInGrid;
}

void HeatView::setKernels(bool on)
{
    gridRow = gridColumn = -1;
    if (!on || !canShowKernels())
        return;
    for (int d = 0; d < static_cast<int>(shape.size()) && gridColumn < 0; ++d)
        if (d != rowDim && d != columnDim)
            (gridRow < 0 ? gridRow : gridColumn) = d;
}

void HeatView::setAxes(int row, int column)
{
    gridRow = gridColumn = -1;
    rowDim = row;
    columnDim = column;
}

std::vector<int> HeatView::otherDims() const
{
    std::vector<int> dims;
    for (int d = 0; d < static_cast<int>(shape.size()); ++d)
        if (d != rowDim && d != columnDim && d != gridRow && d != gridColumn && size(d) > 1)
            dims.push_back(d);
    return dims;
}

std::int64_t HeatView::rows() const
{
    if (std::find(shape.begin(), shape.end(), 0) != shape.end())
        return 0;
    if (vector())
        return (size(columnDim) + wrap - 1) / wrap;
    return kernels() ? size(gridRow) * rowPitch() - 1 : size(rowDim);
}

std::int64_t HeatView::columns() const
{
    if (std::find(shape.begin(), shape.end(), 0) != shape.end())
        return 0;
    if (vector())
        return std::min(wrap, size(columnDim));
    return kernels() ? size(gridColumn) * columnPitch() - 1 : size(columnDim);
}

std::optional<std::vector<std::int64_t>> HeatView::coordinates(std::int64_t row, std::int64_t column) const
{
    if (row < 0 || column < 0 || row >= rows() || column >= columns())
        return std::nullopt;
    std::vector<std::int64_t> found = at;
    const auto set = [&found](int dim, std::int64_t value) {
        if (dim >= 0)
            found[static_cast<std::size_t>(dim)] = value;
    };
    if (vector()) {
        const std::int64_t k = row * wrap + column;
        if (k >= size(columnDim))
            return std::nullopt;
        set(columnDim, k);
        return found;
    }
    if (kernels()) {
        if (row % rowPitch() == size(rowDim) || column % columnPitch() == size(columnDim))
            return std::nullopt;
        set(gridRow, row / rowPitch());
        set(gridColumn, column / columnPitch());
        row %= rowPitch();
        column %= columnPitch();
    }
    set(rowDim, row);
    set(columnDim, column);
    return found;
}

std::pair<std::int64_t, std::int64_t> HeatView::place(const std::vector<std::int64_t>& c) const
{
    const auto of = [&c](int dim) { return dim < 0 ? 0 : c[static_cast<std::size_t>(dim)]; };
    if (vector())
        return { of(columnDim) / wrap, of(columnDim) % wrap };
    std::int64_t row = of(rowDim), column = of(columnDim);
    if (kernels()) {
        row += of(gridRow) * rowPitch();
        column += of(gridColumn) * columnPitch();
    }
    return { row, column };
}

Box HeatView::standing() const
{
    Box box { tensor, {} };
    for (const std::int64_t place : at)
        box.slices.push_back({ place, 1, 1, true });
    return box;
}

std::vector<Box> HeatView::boxes(const CellRect& rect) const
{
    const CellRect r = rect.cut(whole());
    if (r.empty())
        return {};
    Box box = standing();
    const auto take = [&box](int dim, std::int64_t begin, std::int64_t end) {
        if (dim >= 0)
            box.slices[static_cast<std::size_t>(dim)] = spanSlice(begin, end);
    };
    if (vector()) {
        std::vector<Box> parts;
        const std::int64_t n = size(columnDim);
        const auto range = [&](std::int64_t begin, std::int64_t end) {
            take(columnDim, begin, std::min(end, n));
            if (begin < std::min(end, n))
                parts.push_back(box);
        };
        if (r.left == 0 && r.right == columns())
            range(r.top * wrap, r.bottom * wrap);
        else if (r.rows() <= 3)
            for (std::int64_t row = r.top; row < r.bottom; ++row)
                range(row * wrap + r.left, row * wrap + r.right);
        else // as one selects lines of text
            range(r.top * wrap + r.left, (r.bottom - 1) * wrap + r.right);
        return parts;
    }
    if (!kernels()) {
        take(rowDim, r.top, r.bottom);
        take(columnDim, r.left, r.right);
        return { box };
    }
    const std::int64_t k0 = r.top / rowPitch(), k1 = (r.bottom - 1) / rowPitch() + 1;
    const std::int64_t j0 = r.left / columnPitch(), j1 = (r.right - 1) / columnPitch() + 1;
    take(gridRow, k0, k1);
    take(gridColumn, j0, j1);
    const bool one = k1 - k0 == 1 && j1 - j0 == 1;
    const std::int64_t top = one ? std::min(r.top - k0 * rowPitch(), size(rowDim) - 1) : 0;
    const std::int64_t left = one ? std::min(r.left - j0 * columnPitch(), size(columnDim) - 1) : 0;
    take(rowDim, top, one ? std::clamp(r.bottom - k0 * rowPitch(), top + 1, size(rowDim)) : size(rowDim));
    take(columnDim, left, one ? std::clamp(r.right - j0 * columnPitch(), left + 1, size(columnDim)) : size(columnDim));
    return { box };
}

Box HeatView::box(const CellRect& rect) const
{
    const CellRect r = rect.cut(whole());
    Box box = standing();
    const auto take = [&box](int dim, std::int64_t begin, std::int64_t end) {
        if (dim >= 0)
            box.slices[static_cast<std::size_t>(dim)] = { begin, std::max<std::int64_t>(0, end - begin), 1, false };
    };
    if (vector()) {
        take(columnDim, r.top * wrap, std::min(r.bottom * wrap, size(columnDim)));
    } else if (kernels()) {
        take(gridRow, r.top / rowPitch(), r.empty() ? 0 : (r.bottom - 1) / rowPitch() + 1);
        take(gridColumn, r.left / columnPitch(), r.empty() ? 0 : (r.right - 1) / columnPitch() + 1);
        take(rowDim, 0, size(rowDim));
        take(columnDim, 0, size(columnDim));
    } else {
        take(rowDim, r.top, r.bottom);
        take(columnDim, r.left, r.right);
    }
    return box;
}

std::vector<CellRect> HeatView::outlines(const Box& box, std::size_t most) const
{
    if (box.tensor != tensor || box.slices.size() != shape.size() || box.numel().value == 0)
        return {};
    for (const int d : otherDims())
        if (!holds(box.slices[static_cast<std::size_t>(d)], at[static_cast<std::size_t>(d)]))
            return {};
    const auto of = [&](int dim) { return dim < 0 ? Spans { 0, 1, 1 } : spansOf(box.slices[static_cast<std::size_t>(dim)]); };
    const Spans across = of(columnDim), down = of(rowDim), grid = of(gridRow), beside = of(gridColumn);
    std::vector<CellRect> rects;
    if (vector()) {
        const auto [first, last] = across.hull();
        if (across.size() <= most && across.step > 1) {
            for (std::size_t i = 0; i < across.size(); ++i) {
                const std::int64_t k = across.span(i).first;
                rects.push_back({ k / wrap, k % wrap, k / wrap + 1, k % wrap + 1 });
            }
            return rects;
        }
        const std::int64_t top = first / wrap, bottom = (last - 1) / wrap; // rows of both ends
        if (top == bottom)
            return { { top, first % wrap, top + 1, (last - 1) % wrap + 1 } };
        if (first % wrap == 0 && last % wrap == 0)
            return { { top, 0, bottom + 1, columns() } };
        rects.push_back({ top, first % wrap, top + 1, columns() });
        if (bottom - top > 1)
            rects.push_back({ top + 1, 0, bottom, columns() });
        rects.push_back({ bottom, 0, bottom + 1, (last - 1) % wrap + 1 });
        return rects;
    }
    if (kernels()) {
        const bool allOfEach = down.step == 1 && across.step == 1 && down.count == size(rowDim) && across.count == size(columnDim);
        if (allOfEach && grid.step == 1 && beside.step == 1)
            return { { grid.first * rowPitch(), beside.first * columnPitch(), (grid.first + grid.count) * rowPitch() - 1,
                (beside.first + beside.count) * columnPitch() - 1 } };
        const auto [top, bottom] = down.hull();
        const auto [left, right] = across.hull();
        if (static_cast<double>(grid.count) * static_cast<double>(beside.count) <= static_cast<double>(most)) {
            for (std::int64_t i = 0; i < grid.count; ++i)
                for (std::int64_t j = 0; j < beside.count; ++j) {
                    const std::int64_t y = (grid.first + i * grid.step) * rowPitch(), x = (beside.first + j * beside.step) * columnPitch();
                    rects.push_back({ y + top, x + left, y + bottom, x + right });
                }
            return rects;
        }
        return { { grid.hull().first * rowPitch() + top, beside.hull().first * columnPitch() + left,
            (grid.hull().second - 1) * rowPitch() + bottom, (beside.hull().second - 1) * columnPitch() + right } };
    }
    if (down.size() * across.size() > most)
        return { { down.hull().first, across.hull().first, down.hull().second, across.hull().second } };
    for (std::size_t i = 0; i < down.size(); ++i)
        for (std::size_t j = 0; j < across.size(); ++j)
            rects.push_back({ down.span(i).first, across.span(j).first, down.span(i).second, across.span(j).second });
    return rects;
}

std::int64_t HeatView::rowLabel(std::int64_t row) const
{
    if (vector())
        return row * wrap;
    return kernels() ? row / rowPitch() : row;
}

std::int64_t HeatView::columnLabel(std::int64_t column) const { return kernels() ? column / columnPitch() : column; }

} // namespace ravel
