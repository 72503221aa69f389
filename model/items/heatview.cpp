// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/heatview.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr std::int64_t longestStrip = 256; // a vector up to here is one row
constexpr std::int64_t rowsOfRanges = 3;   // of a vector, that a rectangle selects as so many ranges
constexpr std::int64_t rowsOfKernels = 64; // and of wrapped kernels
constexpr std::int64_t mostTries = 1'000;  // for a length of rows that leaves no gap
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

// The parts of [0, n), wrapped into rows, that a rectangle selects.
std::vector<Slice> wrappedRanges(const CellRect& r, std::int64_t wrap, std::int64_t n, std::int64_t mostRows)
{
    std::vector<Slice> ranges;
    const auto add = [&](std::int64_t begin, std::int64_t end) {
        if (begin < std::min(end, n))
            ranges.push_back(spanSlice(begin, std::min(end, n)));
    };
    if (r.left == 0 && r.right == std::min(wrap, n))
        add(r.top * wrap, r.bottom * wrap);
    else if (r.rows() <= mostRows)
        for (std::int64_t row = r.top; row < r.bottom; ++row)
            add(row * wrap + r.left, row * wrap + r.right);
    else // as one selects lines of text
        add(r.top * wrap + r.left, (r.bottom - 1) * wrap + r.right);
    return ranges;
}

// Where [first, last) stands, wrapped into rows: the rest of the first row, whole rows, the beginning of the last.
std::vector<CellRect> wrappedRects(std::int64_t first, std::int64_t last, std::int64_t wrap, std::int64_t columns)
{
    const std::int64_t top = first / wrap, bottom = (last - 1) / wrap; // rows of both ends
    if (top == bottom)
        return { { top, first % wrap, top + 1, (last - 1) % wrap + 1 } };
    if (first % wrap == 0 && last % wrap == 0)
        return { { top, 0, bottom + 1, columns } };
    std::vector<CellRect> rects { { top, first % wrap, top + 1, columns } };
    if (bottom - top > 1)
        rects.push_back({ top + 1, 0, bottom, columns });
    rects.push_back({ bottom, 0, bottom + 1, (last - 1) % wrap + 1 });
    return rects;
}

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
    // A pair of dimensions with nothing to see (a 1 x 1 convolution) gives way to the last two that have more than one place, or to the only one, across.
    std::vector<int> wide;
    for (int d = 0; d < rank; ++d)
        if (view.size(d) > 1)
            wide.push_back(d);
    if (!wide.empty() && view.size(view.rowDim) == 1 && view.size(view.columnDim) == 1) {
        view.columnDim = wide.back();
        view.rowDim = wide.size() > 1 ? wide[wide.size() - 2] : view.columnDim > 0 ? view.columnDim - 1 : 1;
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
    if (kernels() == on || !canShowKernels())
        return;
    setAxes(rowDim, columnDim);
    if (!on)
        return;
    for (int d = 0; d < static_cast<int>(shape.size()) && gridColumn < 0; ++d)
        if (d != rowDim && d != columnDim)
            (gridRow < 0 ? gridRow : gridColumn) = d;
    if (std::min(size(gridRow), size(gridColumn)) == 1)
        wrapKernels();
}

// As many in a row as make the picture nearly square; a few more, where they fill the last row then.
void HeatView::wrapKernels()
{
    const std::int64_t n = std::max<std::int64_t>(1, size(wrapDim()));
    const auto least = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(n) * static_cast<double>(rowPitch()) / static_cast<double>(columnPitch()))));
    wrap = std::clamp<std::int64_t>(least, 1, n);
    for (std::int64_t more = wrap; more <= std::min({ n, wrap + wrap / 2, wrap + mostTries }); ++more)
        if (n % more == 0) {
            wrap = more;
            return;
        }
}

void HeatView::setAxes(int row, int column)
{
    gridRow = gridColumn = -1;
    wrap = 0;
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
    return kernels() ? gridRows() * rowPitch() - 1 : size(rowDim);
}

std::int64_t HeatView::columns() const
{
    if (std::find(shape.begin(), shape.end(), 0) != shape.end())
        return 0;
    if (vector())
        return std::min(wrap, size(columnDim));
    return kernels() ? gridColumns() * columnPitch() - 1 : size(columnDim);
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
        const std::int64_t down = row / rowPitch(), across = column / columnPitch();
        if (wrapped() && down * wrap + across >= size(wrapDim()))
            return std::nullopt;
        set(gridRow, wrapped() ? 0 : down);
        set(gridColumn, wrapped() ? 0 : across);
        if (wrapped())
            set(wrapDim(), down * wrap + across);
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
        row += (wrapped() ? of(wrapDim()) / wrap : of(gridRow)) * rowPitch();
        column += (wrapped() ? of(wrapDim()) % wrap : of(gridColumn)) * columnPitch();
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
    std::vector<Box> parts;
    const auto takeRanges = [&](const CellRect& touched, std::int64_t mostRows) {
        for (const Slice& range : wrappedRanges(touched, wrap, size(wrapDim()), mostRows)) {
            box.slices[static_cast<std::size_t>(wrapDim())] = range;
            parts.push_back(box);
        }
    };
    if (vector()) {
        takeRanges(r, rowsOfRanges);
        return parts;
    }
    if (!kernels()) {
        take(rowDim, r.top, r.bottom);
        take(columnDim, r.left, r.right);
        return { box };
    }
    const CellRect grid = kernelsOf(r);
    const bool one = grid.rows() == 1 && grid.columns() == 1;
    const std::int64_t top = one ? std::min(r.top - grid.top * rowPitch(), size(rowDim) - 1) : 0;
    const std::int64_t left = one ? std::min(r.left - grid.left * columnPitch(), size(columnDim) - 1) : 0;
    take(rowDim, top, one ? std::clamp(r.bottom - grid.top * rowPitch(), top + 1, size(rowDim)) : size(rowDim));
    take(columnDim, left, one ? std::clamp(r.right - grid.left * columnPitch(), left + 1, size(columnDim)) : size(columnDim));
    if (wrapped()) {
        take(gridRow, 0, 1);
        take(gridColumn, 0, 1);
        takeRanges(grid, rowsOfKernels);
        return parts;
    }
    take(gridRow, grid.top, grid.bottom);
    take(gridColumn, grid.left, grid.right);
    return { box };
}

CellRect HeatView::kernelsOf(const CellRect& r) const
{
    if (r.empty())
        return {};
    return { r.top / rowPitch(), r.left / columnPitch(), (r.bottom - 1) / rowPitch() + 1, (r.right - 1) / columnPitch() + 1 };
}

CellRect HeatView::cellsOf(const CellRect& kernels) const
{
    return { kernels.top * rowPitch(), kernels.left * columnPitch(), kernels.bottom * rowPitch() - 1, kernels.right * columnPitch() - 1 };
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
        const CellRect grid = kernelsOf(r);
        take(gridRow, grid.top, grid.bottom);
        take(gridColumn, grid.left, grid.right);
        if (wrapped()) {
            take(gridRow, 0, 1);
            take(gridColumn, 0, 1);
            take(wrapDim(), grid.top * wrap, std::min(grid.bottom * wrap, size(wrapDim())));
        }
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
    if (shape.empty())
        return { { 0, 0, 1, 1 } };
    if (vector())
        return outlinesOfVector(box.slices[static_cast<std::size_t>(columnDim)], most);
    if (kernels())
        return outlinesOfKernels(box, most);
    const Spans across = spansOf(box.slices[static_cast<std::size_t>(columnDim)]), down = spansOf(box.slices[static_cast<std::size_t>(rowDim)]);
    if (down.size() * across.size() > most)
        return { { down.hull().first, across.hull().first, down.hull().second, across.hull().second } };
    std::vector<CellRect> rects;
    for (std::size_t i = 0; i < down.size(); ++i)
        for (std::size_t j = 0; j < across.size(); ++j)
            rects.push_back({ down.span(i).first, across.span(j).first, down.span(i).second, across.span(j).second });
    return rects;
}

std::vector<CellRect> HeatView::outlinesOfVector(const Slice& slice, std::size_t most) const
{
    const Spans across = spansOf(slice);
    const auto [first, last] = across.hull();
    if (across.step == 1 || across.size() > most)
        return wrappedRects(first, last, wrap, columns());
    std::vector<CellRect> rects;
    for (std::size_t i = 0; i < across.size(); ++i) {
        const std::int64_t k = across.span(i).first;
        rects.push_back({ k / wrap, k % wrap, k / wrap + 1, k % wrap + 1 });
    }
    return rects;
}

std::vector<CellRect> HeatView::outlinesOfKernels(const Box& box, std::size_t most) const
{
    const auto of = [&](int dim) { return spansOf(box.slices[static_cast<std::size_t>(dim)]); };
    const Spans down = of(rowDim), across = of(columnDim), grid = of(gridRow), beside = of(gridColumn);
    const bool allOfEach = down.step == 1 && across.step == 1 && down.count == size(rowDim) && across.count == size(columnDim);
    const auto [top, bottom] = down.hull();
    const auto [left, right] = across.hull();
    // From the part of one kernel to that of another.
    const auto part = [&](const CellRect& kernels) {
        const CellRect cells = cellsOf(kernels);
        return CellRect { cells.top + top, cells.left + left, (kernels.bottom - 1) * rowPitch() + bottom, (kernels.right - 1) * columnPitch() + right };
    };
    const bool all = allOfEach && grid.step == 1 && beside.step == 1;
    const bool few = static_cast<double>(grid.count) * static_cast<double>(beside.count) <= static_cast<double>(most);
    std::vector<CellRect> rects;
    if (!all && few) {
        for (std::int64_t i = 0; i < grid.count; ++i)
            for (std::int64_t j = 0; j < beside.count; ++j) {
                const std::int64_t one = grid.first + i * grid.step, other = beside.first + j * beside.step;
                const std::int64_t y = wrapped() ? (one + other) / wrap : one, x = wrapped() ? (one + other) % wrap : other; // one of the two is 0
                rects.push_back(part({ y, x, y + 1, x + 1 }));
            }
        return rects;
    }
    if (!wrapped())
        return { part({ grid.hull().first, beside.hull().first, grid.hull().second, beside.hull().second }) };
    const auto [first, last] = of(wrapDim()).hull();
    for (const CellRect& kernels : wrappedRects(first, last, wrap, gridColumns()))
        rects.push_back(part(kernels));
    return rects;
}

std::int64_t HeatView::rowLabel(std::int64_t row) const
{
    if (vector())
        return row * wrap;
    return kernels() ? row / rowPitch() * std::max<std::int64_t>(wrap, 1) : row;
}

std::int64_t HeatView::columnLabel(std::int64_t column) const { return kernels() ? column / columnPitch() : column; }

} // namespace ravel
