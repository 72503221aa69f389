// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/heatpicture.h"

#include "base/number.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>

namespace ravel {

namespace {

constexpr Count pieceElements { 256 << 10 };
constexpr std::size_t piecesAtOnce = 256; // listed: a tensor that repeats one number may be of any size
constexpr std::int64_t littleToRead = 4 << 20; // elements, below which a sample is no faster
constexpr auto tellEvery = std::chrono::milliseconds(100);
constexpr double none = std::numeric_limits<double>::quiet_NaN();

// Sums along the rows or columns of a picture.
struct Sums {
    std::vector<double> sum, min, max;
    std::vector<std::int64_t> n;

    void reset(std::size_t size)
    {
        sum.assign(size, 0);
        n.assign(size, 0);
        min.assign(size, std::numeric_limits<double>::infinity());
        max.assign(size, -std::numeric_limits<double>::infinity());
    }
    void add(std::size_t i, double x)
    {
        sum[i] += x;
        ++n[i];
        min[i] = std::min(min[i], x);
        max[i] = std::max(max[i], x);
    }
    void merge(const Sums& o, std::size_t at)
    {
        for (std::size_t i = 0; i < o.n.size(); ++i) {
            sum[at + i] += o.sum[i];
            n[at + i] += o.n[i];
            min[at + i] = std::min(min[at + i], o.min[i]);
            max[at + i] = std::max(max[at + i], o.max[i]);
        }
    }
    void fill(HeatPicture::Profile& profile) const
    {
        profile.mean.resize(n.size());
        profile.min.resize(n.size());
        profile.max.resize(n.size());
        for (std::size_t i = 0; i < n.size(); ++i) {
            profile.mean[i] = n[i] > 0 ? sum[i] / static_cast<double>(n[i]) : none;
            profile.min[i] = n[i] > 0 ? min[i] : none;
            profile.max[i] = n[i] > 0 ? max[i] : none;
        }
    }
};

// The part of a picture that one piece of the tensor touches.
struct Patch {
    std::int64_t top = 0, left = 0, rows = 0, columns = 0; // in the picture
    std::vector<double> values;
    std::vector<std::uint32_t> counts;
    std::vector<std::uint8_t> marks;
    Sums byRow, byColumn;
    std::int64_t numbers = 0, nan = 0, positiveInf = 0, negativeInf = 0;
    double min = std::numeric_limits<double>::infinity(), max = -std::numeric_limits<double>::infinity();

    void reset(const CellRect& of)
    {
        top = of.top, left = of.left, rows = of.rows(), columns = of.columns();
        const auto cells = static_cast<std::size_t>(rows * columns);
        values.assign(cells, 0);
        counts.assign(cells, 0);
        marks.assign(cells, 0);
        byRow.reset(static_cast<std::size_t>(rows));
        byColumn.reset(static_cast<std::size_t>(columns));
        numbers = nan = positiveInf = negativeInf = 0;
        min = std::numeric_limits<double>::infinity();
        max = -min;
    }

    void add(std::int64_t row, std::int64_t column, double x, HeatReduction reduction)
    {
        const auto cell = static_cast<std::size_t>((row - top) * columns + column - left);
        marks[cell] |= HeatPicture::Known;
        ++numbers;
        if (!std::isfinite(x)) {
            marks[cell] |= std::isnan(x) ? HeatPicture::Nan : x > 0 ? HeatPicture::PositiveInf : HeatPicture::NegativeInf;
            ++(std::isnan(x) ? nan : x > 0 ? positiveInf : negativeInf);
            return;
        }
        if (reduction == HeatReduction::Mean) {
            values[cell] += x;
            ++counts[cell];
        } else if ((marks[cell] & HeatPicture::Finite) == 0 || std::abs(x) > std::abs(values[cell])) {
            values[cell] = x;
        }
        marks[cell] |= HeatPicture::Finite;
        min = std::min(min, x);
        max = std::max(max, x);
        byRow.add(static_cast<std::size_t>(row - top), x);
        byColumn.add(static_cast<std::size_t>(column - left), x);
    }
};

struct Worker {
    std::vector<std::byte> bytes;
    std::vector<double> numbers;
    std::vector<std::int64_t> at;
    Patch patch;
    SketchBuilder sketch;
};

class HeatReader {
public:
    HeatReader(const HeatRequest& request, const Job& job, const HeatPartial& partial, Pool& pool)
        : m_request(request)
        , m_view(request.view)
        , m_job(job)
        , m_partial(partial)
        , m_pool(pool)
    {
        m_picture.window = request.window.cut(m_view.whole());
        const CellRect& window = m_picture.window;
        const auto blocks = [](std::int64_t cells, std::int64_t most) { return std::max<std::int64_t>(1, (cells + most - 1) / std::max<std::int64_t>(1, most)); };
        m_picture.blockRows = blocks(window.rows(), request.mostRows);
        m_picture.blockColumns = blocks(window.columns(), request.mostColumns);
        m_picture.rows = window.empty() ? 0 : (window.rows() + m_picture.blockRows - 1) / m_picture.blockRows;
        m_picture.columns = window.empty() ? 0 : (window.columns() + m_picture.blockColumns - 1) / m_picture.blockColumns;
        const auto cells = static_cast<std::size_t>(m_picture.rows * m_picture.columns);
        m_picture.values.assign(cells, 0);
        m_picture.marks.assign(cells, 0);
        if (request.reduction == HeatReduction::Mean)
            m_counts.assign(cells, 0);
        m_byRow.reset(static_cast<std::size_t>(m_picture.rows));
        m_byColumn.reset(static_cast<std::size_t>(m_picture.columns));
    }

    Result<std::shared_ptr<const HeatPicture>> run()
    {
        if (!tensor().readable)
            return fail(ErrorCode::Usage, "there are no numbers for this tensor");
        m_dtype = tensor().dtype;
        const Box box = wanted();
        m_all = box.numel().value;
        m_workers.resize(static_cast<std::size_t>(m_pool.threads()));
        m_told = std::chrono::steady_clock::now();
        if (!m_picture.window.empty())
            RAVEL_TRY(read(box));
        for (Worker& worker : m_workers)
            m_picture.sketch.merge(worker.sketch.take());
        m_picture.complete = !m_picture.sampled;
        return snapshot();
    }

private:
    const Tensor& tensor() const { return m_request.vector.checkpoint().tensors[m_view.tensor]; }

    // Everything in the window; of a sample one row of each block.
    Box wanted()
    {
        Box box = m_view.box(m_picture.window);
        const bool matrix = m_view.rowDim >= 0 && !m_view.kernels();
        if (!m_request.sample || !matrix || m_picture.blockRows < 2 || box.numel().value < littleToRead)
            return box;
        m_picture.sampled = true;
        Slice& rows = box.slices[static_cast<std::size_t>(m_view.rowDim)];
        const std::int64_t first = std::min(m_picture.blockRows / 2, rows.count - 1);
        rows = { rows.start + first, (rows.count - first - 1) / m_picture.blockRows + 1, m_picture.blockRows, false };
        return box;
    }

    // In pieces that follow the storage, so that each part of it is read once.
    Result<> read(const Box& box)
    {
        std::vector<std::size_t> order(box.slices.size());
        std::iota(order.begin(), order.end(), 0);
        const std::vector<std::int64_t>& stride = tensor().stride;
        if (stride.size() == order.size())
            std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return stride[a] > stride[b]; });
        Box sorted { box.tensor, {} };
        for (const std::size_t d : order)
            sorted.slices.push_back(box.slices[d]);
        std::vector<Box> pieces;
        RAVEL_TRY(forEachPiece(sorted, pieceElements, [&](const Box& piece) -> Result<> {
            Box back = box;
            for (std::size_t i = 0; i < order.size(); ++i)
                back.slices[order[i]] = piece.slices[i];
            pieces.push_back(std::move(back));
            return pieces.size() < piecesAtOnce ? m_job.check() : readAll(pieces);
        }));
        return readAll(pieces);
    }

    // These pieces, which are gone then.
    Result<> readAll(std::vector<Box>& pieces)
    {
        RAVEL_TRY(m_pool.forEach(static_cast<std::int64_t>(pieces.size()), m_job, [&](std::int64_t i, int worker) -> Result<> {
            const Box& piece = pieces[static_cast<std::size_t>(i)];
            Worker& mine = m_workers[static_cast<std::size_t>(worker)];
            Result<> added = add(piece, mine);
            if (added)
                merge(mine.patch, piece.numel().value);
            return added;
        }));
        pieces.clear();
        return {};
    }

    // The cells of the picture that a piece can touch.
    CellRect touched(const Box& piece) const
    {
        std::vector<std::int64_t> first, last;
        for (const Slice& slice : piece.slices) {
            first.push_back(slice.start);
            last.push_back(slice.start + (slice.count - 1) * slice.step);
        }
        const auto [top, left] = m_view.place(first);
        const auto [bottom, right] = m_view.place(last);
        CellRect cells { top, left, bottom + 1, right + 1 };
        if (m_view.wrapped()) // it may go on at the left of the next row
            cells.left = 0, cells.right = m_view.columns();
        const CellRect& w = m_picture.window;
        cells = cells.cut(w);
        if (cells.empty())
            return {};
        return { (cells.top - w.top) / m_picture.blockRows, (cells.left - w.left) / m_picture.blockColumns,
            (cells.bottom - 1 - w.top) / m_picture.blockRows + 1, (cells.right - 1 - w.left) / m_picture.blockColumns + 1 };
    }

    Result<> add(const Box& piece, Worker& mine) const
    {
        RAVEL_TRY(m_job.check());
        RAVEL_TRY(m_request.vector.readBox(piece, mine.bytes));
        const auto n = static_cast<std::size_t>(piece.numel().value);
        toNumbers(n, mine);
        mine.patch.reset(touched(piece));
        if (mine.patch.rows == 0)
            return {};
        mine.sketch.add(Dtype::Float64, reinterpret_cast<const std::byte*>(mine.numbers.data()), n);
        // Runs along the last dimension that has more than one place.
        std::size_t inner = piece.slices.size();
        while (inner > 0 && piece.slices[inner - 1].count == 1)
            --inner;
        mine.at.clear();
        for (const Slice& slice : piece.slices)
            mine.at.push_back(slice.start);
        const std::int64_t run = inner == 0 ? 1 : piece.slices[inner - 1].count;
        for (const double* numbers = mine.numbers.data();;) {
            addRun(numbers, run, inner == 0 ? nullptr : &piece.slices[inner - 1], inner, mine);
            numbers += run;
            std::size_t d = inner == 0 ? 0 : inner - 1;
            for (; d > 0; --d) {
                const Slice& slice = piece.slices[d - 1];
                mine.at[d - 1] += slice.step;
                if (mine.at[d - 1] != slice.start + slice.count * slice.step)
                    break;
                mine.at[d - 1] = slice.start;
            }
            if (d == 0)
                return {};
        }
    }

    void toNumbers(std::size_t n, Worker& mine) const
    {
        const bool complex = isComplex(m_dtype);
        mine.numbers.resize(complex ? 2 * n : n);
        toDoubles(m_dtype, mine.bytes.data(), n, mine.numbers.data());
        if (!complex)
            return;
        for (std::size_t i = 0; i < n; ++i)
            mine.numbers[i] = std::hypot(mine.numbers[2 * i], mine.numbers[2 * i + 1]);
        mine.numbers.resize(n);
    }

    void addRun(const double* x, std::int64_t n, const Slice* slice, std::size_t inner, Worker& mine) const
    {
        const auto [row, column] = m_view.place(mine.at);
        if (slice == nullptr || n == 1)
            return addLine(x, 1, row, column, 0, 0, mine.patch);
        if (m_view.wrapped() && static_cast<int>(inner) - 1 == m_view.wrapDim()) { // from one row to the next
            const std::int64_t across = m_view.kernels() ? m_view.pitch(false) : 1;
            for (std::int64_t i = 0; i < n;) {
                const std::int64_t k = slice->start + i, part = std::min(n - i, m_view.wrap - k % m_view.wrap);
                mine.at[inner - 1] = k;
                const auto [y, left] = m_view.place(mine.at);
                addLine(x + i, part, y, left, 0, across, mine.patch);
                i += part;
            }
            mine.at[inner - 1] = slice->start;
            return;
        }
        mine.at[inner - 1] += slice->step;
        const auto [nextRow, nextColumn] = m_view.place(mine.at);
        mine.at[inner - 1] -= slice->step;
        addLine(x, n, row, column, nextRow - row, nextColumn - column, mine.patch);
    }

    void addLine(const double* x, std::int64_t n, std::int64_t row, std::int64_t column, std::int64_t down, std::int64_t across, Patch& patch) const
    {
        const CellRect& w = m_picture.window;
        for (std::int64_t i = 0; i < n; ++i, row += down, column += across)
            if (row >= w.top && row < w.bottom && column >= w.left && column < w.right)
                patch.add((row - w.top) / m_picture.blockRows, (column - w.left) / m_picture.blockColumns, x[i], m_request.reduction);
    }

    void merge(const Patch& patch, std::int64_t elements)
    {
        std::shared_ptr<const HeatPicture> told;
        {
            const std::lock_guard lock(m_mutex);
            for (std::int64_t r = 0; r < patch.rows; ++r)
                mergeRow(patch, r);
            m_byRow.merge(patch.byRow, static_cast<std::size_t>(patch.top));
            m_byColumn.merge(patch.byColumn, static_cast<std::size_t>(patch.left));
            m_picture.numbers += patch.numbers;
            m_picture.nan += patch.nan;
            m_picture.positiveInf += patch.positiveInf;
            m_picture.negativeInf += patch.negativeInf;
            m_picture.min = std::min(m_picture.min, patch.min);
            m_picture.max = std::max(m_picture.max, patch.max);
            m_done += elements;
            m_job.progress(m_done, m_all);
            const auto now = std::chrono::steady_clock::now();
            if (m_partial && now - m_told >= tellEvery) {
                m_told = now;
                told = snapshot();
            }
        }
        if (told)
            m_partial(std::move(told));
    }

    void mergeRow(const Patch& patch, std::int64_t r)
    {
        for (std::int64_t c = 0; c < patch.columns; ++c) {
            const auto from = static_cast<std::size_t>(r * patch.columns + c);
            const std::size_t to = m_picture.index(patch.top + r, patch.left + c);
            if (m_request.reduction == HeatReduction::Mean) {
                m_picture.values[to] += patch.values[from];
                m_counts[to] += patch.counts[from];
            } else if ((patch.marks[from] & HeatPicture::Finite) != 0
                && ((m_picture.marks[to] & HeatPicture::Finite) == 0 || std::abs(patch.values[from]) > std::abs(m_picture.values[to]))) {
                m_picture.values[to] = patch.values[from];
            }
            m_picture.marks[to] |= patch.marks[from];
        }
    }

    // A copy as far as it has come: means instead of sums.
    std::shared_ptr<const HeatPicture> snapshot() const
    {
        auto copy = std::make_shared<HeatPicture>(m_picture);
        for (std::size_t i = 0; i < m_counts.size(); ++i)
            if (m_counts[i] > 0)
                copy->values[i] /= static_cast<double>(m_counts[i]);
        m_byRow.fill(copy->byRow);
        m_byColumn.fill(copy->byColumn);
        return copy;
    }

    const HeatRequest& m_request;
    const HeatView& m_view;
    const Job& m_job;
    const HeatPartial& m_partial;
    Pool& m_pool;
    Dtype m_dtype = Dtype::Float32;
    std::vector<Worker> m_workers;
    std::mutex m_mutex; // of what follows
    HeatPicture m_picture;
    std::vector<std::int64_t> m_counts;
    Sums m_byRow, m_byColumn;
    std::int64_t m_all = 0, m_done = 0; // elements to read
    std::chrono::steady_clock::time_point m_told;
};

} // namespace

Result<std::shared_ptr<const HeatPicture>> readHeat(const HeatRequest& request, const Job& job, const HeatPartial& partial, Pool& pool)
{
    return HeatReader(request, job, partial, pool).run();
}

} // namespace ravel
