// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/selection.h"

#include "layout/positions.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::size_t mostBoxes = 1'000'000; // that one stepped range may become

// Boxes of one tensor that a row-major range or progression of its elements is made of, in row-major order.
class RangeBoxes {
public:
    RangeBoxes(TensorOrdinal tensor, const std::vector<std::int64_t>& shape, std::vector<Box>& out)
        : m_tensor(tensor)
        , m_shape(shape)
        , m_out(out)
    {
    }

    // Elements a, a + step, ...: count of them. False where that takes more boxes than are allowed.
    bool add(std::int64_t a, std::int64_t count, std::int64_t step)
    {
        std::vector<Slice> inner;
        return addProgression(m_shape.size(), a, count, step, inner);
    }

private:
    static Slice whole(std::int64_t size) { return { 0, size, 1, false }; }
    // One coordinate is written as an index, but where the dimension has no other.
    static Slice part(std::int64_t start, std::int64_t count, std::int64_t step, std::int64_t size)
    {
        return { start, count, count > 1 ? step : 1, count == 1 && size > 1 };
    }

    std::int64_t blockSize(std::size_t from, std::size_t to) const
    {
        std::int64_t n = 1;
        for (std::size_t d = from; d < to; ++d)
            n *= m_shape[d];
        return n;
    }

    // `inner` holds the slices of the dimensions from `dims` on, last first.
    void emit(std::vector<Slice> outer, const std::vector<Slice>& inner)
    {
        outer.insert(outer.end(), inner.rbegin(), inner.rend());
        m_out.push_back({ m_tensor, std::move(outer) });
    }

    // Rows [a, b) of dimension d below a fixed prefix, all of the dimensions after it.
    void emitRows(std::vector<Slice> prefix, std::size_t d, std::size_t dims, std::int64_t a, std::int64_t b,
        const std::vector<Slice>& inner)
    {
        if (a >= b)
            return;
        prefix.push_back(part(a, b - a, 1, m_shape[d]));
        for (std::size_t i = d + 1; i < dims; ++i)
            prefix.push_back(whole(m_shape[i]));
        emit(std::move(prefix), inner);
    }

    // The range [a, b) of the first `dims` dimensions.
    void addRange(std::size_t dims, std::int64_t a, std::int64_t b, const std::vector<Slice>& inner)
    {
        std::vector<Slice> prefix;
        std::size_t d = 0;
        std::int64_t block = blockSize(0, dims);
        if (a == 0 && b == block) { // as one whole, not as rows of the first dimension that has several
            for (; d < dims; ++d)
                prefix.push_back(whole(m_shape[d]));
            return emit(std::move(prefix), inner);
        }
        for (; d < dims; ++d) { // what the first and the last element have in common
            block /= m_shape[d];
            if (a / block != (b - 1) / block)
                break;
            prefix.push_back(part(a / block, 1, 1, m_shape[d]));
            b -= a / block * block;
            a %= block;
        }
        if (d == dims)
            return emit(std::move(prefix), inner);
        const std::int64_t firstRow = a / block, lastRow = b / block; // b's row is not whole
        addSuffix(prefix, d, dims, a, block, inner);
        emitRows(prefix, d, dims, firstRow + (a % block != 0 ? 1 : 0), lastRow, inner);
        addPrefix(prefix, d, dims, b, block, inner);
    }

    // From a to the end of its row of dimension d, which is not whole: the innermost part first.
    void addSuffix(const std::vector<Slice>& prefix, std::size_t d, std::size_t dims, std::int64_t a, std::int64_t block,
        const std::vector<Slice>& inner)
    {
        std::vector<std::pair<std::vector<Slice>, std::int64_t>> levels; // fixed prefix, first row of the next dimension
        std::vector<Slice> fixed = prefix;
        for (std::size_t i = d; a % block != 0; ++i) {
            fixed.push_back(part(a / block, 1, 1, m_shape[i]));
            a %= block;
            block /= m_shape[i + 1];
            levels.emplace_back(fixed, a / block + (a % block != 0 ? 1 : 0));
        }
        for (std::size_t i = levels.size(); i-- > 0;)
            emitRows(levels[i].first, d + 1 + i, dims, levels[i].second, m_shape[d + 1 + i], inner);
    }

    // From the beginning of b's row of dimension d to b, which is not its end: the outermost part first.
    void addPrefix(const std::vector<Slice>& prefix, std::size_t d, std::size_t dims, std::int64_t b, std::int64_t block,
        const std::vector<Slice>& inner)
    {
        std::vector<Slice> fixed = prefix;
        for (std::size_t i = d; b % block != 0; ++i) {
            fixed.push_back(part(b / block, 1, 1, m_shape[i]));
            b %= block;
            block /= m_shape[i + 1];
            emitRows(fixed, i + 1, dims, 0, b / block, inner);
        }
    }

    bool addProgression(std::size_t dims, std::int64_t a, std::int64_t count, std::int64_t step, std::vector<Slice>& inner)
    {
        while (dims > 0 && step > 1 && step % m_shape[dims - 1] == 0) { // one coordinate of the last dimension: a column
            const std::int64_t n = m_shape[--dims];
            inner.push_back(part(a % n, 1, 1, n));
            a /= n;
            step /= n;
        }
        if (count == 1)
            step = 1;
        if (step == 1) {
            addRange(dims, a, a + count, inner);
            return m_out.size() <= mostBoxes;
        }
        const std::int64_t n = m_shape[dims - 1];
        const std::int64_t last = a + (count - 1) * step;
        const bool samePhase = n % step == 0;
        while (count > 0) {
            const std::int64_t row = a / n, first = a % n;
            std::int64_t inRow = std::min(count, (n - 1 - first) / step + 1);
            std::int64_t rows = 1;
            if (samePhase && first < step && inRow == n / step)
                rows = std::max<std::int64_t>(1, last / n + (last % n >= n - step ? 1 : 0) - row); // whole rows that look alike
            inner.push_back(part(first, inRow, step, n));
            addRange(dims - 1, row, row + rows, inner);
            inner.pop_back();
            if (m_out.size() > mostBoxes)
                return false;
            a += rows * inRow * step;
            count -= rows * inRow;
        }
        return true;
    }

    TensorOrdinal m_tensor;
    const std::vector<std::int64_t>& m_shape;
    std::vector<Box>& m_out;
};

} // namespace

Count Box::numel() const
{
    std::int64_t n = 1;
    for (const Slice& slice : slices)
        n *= slice.count;
    return Count(n);
}

std::vector<std::int64_t> Box::shape() const
{
    std::vector<std::int64_t> shape;
    for (const Slice& slice : slices)
        if (!slice.single)
            shape.push_back(slice.count);
    return shape;
}

Count Selection::numel() const
{
    std::int64_t n = 0;
    for (const Box& box : boxes)
        if (!checkedAdd(n, box.numel().value, n))
            return Count(std::numeric_limits<std::int64_t>::max());
    return Count(n);
}

Box wholeBox(const Checkpoint& checkpoint, TensorOrdinal tensor)
{
    Box box { tensor, {} };
    for (const std::int64_t size : checkpoint.tensors[tensor].shape)
        box.slices.push_back({ 0, size, 1, false });
    return box;
}

Result<> forEachPiece(const Box& box, Count most, const std::function<Result<>(const Box&)>& visit)
{
    if (box.numel().value == 0)
        return {};
    // The dimension that is cut: those after it are taken whole, those before it one by one.
    std::size_t cut = box.slices.size();
    std::int64_t row = 1;
    while (cut > 0 && box.slices[cut - 1].count <= most.value / row)
        row *= box.slices[--cut].count;
    if (cut == 0)
        return visit(box);
    const std::int64_t size = box.slices[cut - 1].count, step = std::max<std::int64_t>(1, most.value / row);
    std::vector<std::int64_t> at(cut, 0); // the last one counts elements of the cut dimension
    Box piece = box;
    for (;;) {
        for (std::size_t d = 0; d < cut; ++d) {
            const Slice& slice = box.slices[d];
            const std::int64_t count = d + 1 == cut ? std::min(step, size - at[d]) : 1;
            piece.slices[d] = { slice.start + at[d] * slice.step, count, slice.step, slice.single };
        }
        RAVEL_TRY(visit(piece));
        std::size_t d = cut - 1;
        at[d] += step;
        while (at[d] >= box.slices[d].count) {
            at[d] = 0;
            if (d == 0)
                return {};
            ++at[--d];
        }
    }
}

std::vector<Box> positionBoxes(const Checkpoint& checkpoint, TensorOrdinal tensor, std::int64_t first, Count n)
{
    std::vector<Box> boxes;
    if (n.value > 0)
        RangeBoxes(tensor, checkpoint.tensors[tensor].shape, boxes).add(first, n.value, 1);
    return boxes;
}

Selection wholeSelection(const FlatLayout& layout)
{
    Selection selection;
    selection.boxes.reserve(layout.placed().size());
    for (const std::uint32_t ordinal : layout.placed())
        selection.boxes.push_back(wholeBox(layout.checkpoint(), layout.listed()[ordinal].tensor));
    return selection;
}

Result<Selection> selectRange(const FlatLayout& layout, FlatRange range, std::int64_t step)
{
    const std::int64_t numel = layout.numel().value;
    if (step < 1)
        return fail(ErrorCode::Usage, "the step of a flat range is " + std::to_string(step) + ", it must be at least 1");
    if (range.begin.value < 0 || range.begin > range.end || range.end.value > numel)
        return fail(ErrorCode::Usage, "the flat range " + std::to_string(range.begin.value) + ':'
                + std::to_string(range.end.value) + " is not within the vector's " + std::to_string(numel) + " elements");
    Selection selection;
    const auto [first, last] = layout.placedIn(range);
    for (std::uint32_t i = first; i < last; ++i) {
        const Segment& segment = layout.listed()[layout.placed()[i]];
        const std::int64_t begin = std::max(range.begin, segment.offset).value;
        const std::int64_t end = std::min(range.end, segment.offset + segment.numel).value;
        const std::int64_t phase = (begin - range.begin.value) % step;
        const std::int64_t skip = phase == 0 ? 0 : step - phase;
        if (skip >= end - begin)
            continue;
        const std::int64_t count = (end - begin - skip - 1) / step + 1;
        RangeBoxes boxes(segment.tensor, layout.tensor(segment).shape, selection.boxes);
        if (!boxes.add(begin + skip - segment.offset.value, count, step))
            return fail(ErrorCode::Limit, "a flat range with step " + std::to_string(step) + " is more than "
                    + std::to_string(mostBoxes) + " pieces of '" + std::string(segment.name) + "'; take a shorter range or a slice");
    }
    return selection;
}

} // namespace ravel
