// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/geometry.h"
#include "document/diff.h"
#include "document/diffsums.h"
#include "edit/positions.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <mutex>

namespace ravel {

namespace {

constexpr std::int64_t chunkElements = 1 << 16;
constexpr std::int64_t pieceElements = 1 << 20; // of one tensor, for one thread at a time
constexpr std::int64_t mostPieces = 1 << 16;    // of one tensor
constexpr std::int64_t itemElements = 1 << 18;  // of small tensors together
constexpr std::int64_t tensorCost = 1 << 10;    // elements that a tensor counts for, however small

std::string shapeText(const Tensor& tensor)
{
    std::string text = "(";
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        text += (d ? ", " : "") + std::to_string(tensor.shape[d]);
    return text + (tensor.shape.size() == 1 ? ",)" : ")");
}

// One comparison of many pairs of tensors.
class TensorPass {
public:
    TensorPass(const EditedVector& a, const EditedVector& b, const std::vector<Matching::Pair>& pairs, const DiffOptions& options, const Job& job,
        const DiffFound& found, Pool& pool)
        : m_a(a)
        , m_b(b)
        , m_pairs(pairs)
        , m_options(options)
        , m_job(job)
        , m_found(found)
        , m_pool(pool)
        , m_diffs(pairs.size())
        , m_firstPiece(pairs.size() + 1)
        , m_workers(static_cast<std::size_t>(pool.threads()))
    {
    }

    Result<std::vector<TensorDiff>> run()
    {
        for (std::size_t i = 0; i < m_pairs.size(); ++i) {
            m_firstPiece[i] = m_pieces.size();
            if (begin(i))
                cut(i);
            else
                tell(i);
        }
        m_firstPiece.back() = m_pieces.size();
        m_left = std::vector<std::atomic<std::size_t>>(m_pairs.size());
        for (std::size_t i = 0; i < m_pairs.size(); ++i)
            m_left[i] = m_firstPiece[i + 1] - m_firstPiece[i];
        makeItems();
        RAVEL_TRY(m_pool.forEach(static_cast<std::int64_t>(m_items.size()) - 1, m_job, [this](std::int64_t item, int worker) {
            return compareItem(static_cast<std::size_t>(item), m_workers[static_cast<std::size_t>(worker)]);
        }));
        RAVEL_TRY(m_pool.forEach(static_cast<std::int64_t>(m_open.size()), m_job, [this](std::int64_t i, int worker) {
            return measureEqual(*m_open[static_cast<std::size_t>(i)], m_workers[static_cast<std::size_t>(worker)]);
        }));
        for (const std::size_t pair : m_later)
            finish(pair);
        return std::move(m_diffs);
    }

private:
    // A stretch of a tensor.
    struct Piece {
        std::size_t pair = 0;
        std::int64_t first = 0, end = 0;
        std::int64_t leading = 0; // elements with equal bytes before the first difference: their norms are only taken when they are needed
        DiffSums sums;
        std::string failure;
    };
    struct Worker {
        std::vector<std::byte> a, b;
    };

    // Fills in what needs no reading; true where the numbers are to be compared.
    bool begin(std::size_t i)
    {
        const Matching::Pair& pair = m_pairs[i];
        TensorDiff& diff = m_diffs[i];
        diff.a = pair.a;
        diff.b = pair.b;
        diff.name = pair.name;
        diff.nameInB = pair.nameInB;
        if (pair.a == noOrdinal || pair.b == noOrdinal) {
            diff.state = pair.b == noOrdinal ? TensorDiff::State::OnlyA : TensorDiff::State::OnlyB;
            diff.detail = shapeText(pair.b == noOrdinal ? m_a.checkpoint().tensors[pair.a] : m_b.checkpoint().tensors[pair.b]);
            return false;
        }
        const Tensor& a = m_a.checkpoint().tensors[pair.a];
        const Tensor& b = m_b.checkpoint().tensors[pair.b];
        if (a.shape != b.shape) {
            diff.state = TensorDiff::State::Shape;
            diff.detail = shapeText(a) + " and " + shapeText(b);
            return false;
        }
        if (a.dtype != b.dtype) {
            diff.state = TensorDiff::State::Dtype;
            diff.detail = std::string(dtypeName(a.dtype)) + " and " + std::string(dtypeName(b.dtype));
        }
        if (!a.readable || !b.readable) {
            if (diff.state == TensorDiff::State::Same && a.readable != b.readable)
                diff.state = TensorDiff::State::Unreadable;
            diff.detail += (diff.detail.empty() ? "" : "; ") + (a.readable ? b.reason : a.reason);
            return false;
        }
        if (a.dtype != b.dtype && (a.dtype == Dtype::Opaque || b.dtype == Dtype::Opaque))
            return false;
        if (untouched(pair)) {
            DiffSums sums;
            sums.elements = a.numel.value;
            sums.finish(diff);
            return false;
        }
        return true;
    }

    // Both sides show the same stored elements as the file has them.
    bool untouched(const Matching::Pair& pair) const
    {
        if (m_a.checkpointPtr() != m_b.checkpointPtr() || pair.a != pair.b)
            return false;
        const Tensor& tensor = m_a.checkpoint().tensors[pair.a];
        StorageIndex end = tensor.storageOffset + Count(1);
        for (std::size_t d = 0; d < tensor.shape.size(); ++d)
            end += Count((tensor.shape[d] - 1) * tensor.stride[d]);
        return tensor.numel == Count(0)
            || (!m_a.touches(tensor.storage, tensor.storageOffset, end) && !m_b.touches(tensor.storage, tensor.storageOffset, end));
    }

    void cut(std::size_t i)
    {
        const std::int64_t numel = m_a.checkpoint().tensors[m_pairs[i].a].numel.value;
        const std::int64_t size = std::max(pieceElements, numel / mostPieces);
        for (std::int64_t first = 0; first == 0 || first < numel; first += size)
            m_pieces.push_back({ i, first, first + std::min(size, numel - first), 0, {}, {} });
        std::int64_t bytes = 0;
        if (!checkedMultiply(numel, bytesOfElement(i), bytes) || !checkedAdd(m_bytes, bytes, m_bytes))
            m_bytes = std::numeric_limits<std::int64_t>::max(); // virtual repeats; for progress alone
    }

    std::int64_t bytesOfElement(std::size_t i) const
    {
        return dtypeSize(m_a.checkpoint().tensors[m_pairs[i].a].dtype) + dtypeSize(m_b.checkpoint().tensors[m_pairs[i].b].dtype);
    }

    void makeItems()
    {
        std::int64_t held = 0;
        for (std::size_t p = 0; p < m_pieces.size(); ++p) {
            if (p == 0 || held >= itemElements) {
                m_items.push_back(p);
                held = 0;
            }
            held += m_pieces[p].end - m_pieces[p].first + tensorCost;
        }
        m_items.push_back(m_pieces.size());
    }

    Result<> compareItem(std::size_t item, Worker& worker)
    {
        for (std::size_t p = m_items[item]; p < m_items[item + 1]; ++p)
            RAVEL_TRY(comparePiece(m_pieces[p], worker));
        return {};
    }

    Result<> comparePiece(Piece& piece, Worker& worker)
    {
        if (auto done = readPiece(piece, worker); !done) {
            if (done.error().code == ErrorCode::Cancelled)
                return done;
            piece.failure = done.error().message;
        }
        m_job.progress(m_done += (piece.end - piece.first) * bytesOfElement(piece.pair), m_bytes);
        if (--m_left[piece.pair] == 0)
            close(piece.pair);
        return {};
    }

    Result<> readPiece(Piece& piece, Worker& worker)
    {
        const Matching::Pair& pair = m_pairs[piece.pair];
        const Dtype a = m_a.checkpoint().tensors[pair.a].dtype, b = m_b.checkpoint().tensors[pair.b].dtype;
        DiffAdder adder(m_options, a, b);
        for (std::int64_t at = piece.first; at < piece.end; at += chunkElements) {
            RAVEL_TRY(m_job.check());
            const std::int64_t n = std::min(chunkElements, piece.end - at);
            worker.a.resize(static_cast<std::size_t>(n * dtypeSize(a)));
            worker.b.resize(static_cast<std::size_t>(n * dtypeSize(b)));
            RAVEL_TRY(readPositions(m_a, pair.a, at, Count(n), worker.a.data()));
            RAVEL_TRY(readPositions(m_b, pair.b, at, Count(n), worker.b.data()));
            const bool equal = a == b && std::memcmp(worker.a.data(), worker.b.data(), worker.a.size()) == 0;
            if (equal && piece.leading == at - piece.first)
                piece.leading += n;
            else if (equal)
                adder.addEqual(worker.a.data(), static_cast<std::size_t>(n), piece.sums);
            else
                adder.add(worker.a.data(), worker.b.data(), static_cast<std::size_t>(n), at, piece.sums);
        }
        return {};
    }

    // All pieces of a pair are there.
    void close(std::size_t i)
    {
        bool leading = false, differs = false;
        for (std::size_t p = m_firstPiece[i]; p < m_firstPiece[i + 1]; ++p) {
            leading = leading || m_pieces[p].leading > 0;
            differs = differs || m_pieces[p].leading < m_pieces[p].end - m_pieces[p].first;
        }
        if (!leading || !differs) {
            finish(i);
            return;
        }
        const std::lock_guard lock(m_mutex);
        m_later.push_back(i);
        for (std::size_t p = m_firstPiece[i]; p < m_firstPiece[i + 1]; ++p)
            if (m_pieces[p].leading > 0)
                m_open.push_back(&m_pieces[p]);
    }

    Result<> measureEqual(Piece& piece, Worker& worker)
    {
        const Matching::Pair& pair = m_pairs[piece.pair];
        const Dtype dtype = m_a.checkpoint().tensors[pair.a].dtype;
        DiffAdder adder(m_options, dtype, dtype);
        DiffSums before;
        for (std::int64_t at = piece.first; at < piece.first + piece.leading; at += chunkElements) {
            RAVEL_TRY(m_job.check());
            const std::int64_t n = std::min(chunkElements, piece.first + piece.leading - at);
            worker.a.resize(static_cast<std::size_t>(n * dtypeSize(dtype)));
            if (const auto read = readPositions(m_a, pair.a, at, Count(n), worker.a.data()); !read) {
                piece.failure = read.error().message;
                return {};
            }
            adder.addEqual(worker.a.data(), static_cast<std::size_t>(n), before);
        }
        before.merge(piece.sums);
        piece.sums = before;
        piece.leading = 0;
        return {};
    }

    void finish(std::size_t i)
    {
        TensorDiff& diff = m_diffs[i];
        DiffSums sums;
        for (std::size_t p = m_firstPiece[i]; p < m_firstPiece[i + 1]; ++p) {
            const Piece& piece = m_pieces[p];
            if (!piece.failure.empty()) {
                diff.state = TensorDiff::State::Unreadable;
                diff.detail = piece.failure;
                tell(i);
                return;
            }
            sums.elements += piece.leading;
            sums.merge(piece.sums);
        }
        sums.finish(diff);
        if (diff.state == TensorDiff::State::Same && diff.different > 0)
            diff.state = TensorDiff::State::Values;
        tell(i);
    }

    void tell(std::size_t i)
    {
        if (!m_found)
            return;
        const std::lock_guard lock(m_telling);
        m_found(i, m_diffs[i]);
    }

    const EditedVector &m_a, &m_b;
    const std::vector<Matching::Pair>& m_pairs;
    const DiffOptions& m_options;
    const Job& m_job;
    const DiffFound& m_found;
    Pool& m_pool;
    std::vector<TensorDiff> m_diffs;
    std::vector<std::size_t> m_firstPiece; // of each pair
    std::vector<Worker> m_workers;
    std::vector<Piece> m_pieces;
    std::vector<std::size_t> m_items;      // first piece of each, and one past the last
    std::vector<std::atomic<std::size_t>> m_left; // pieces of each pair
    std::mutex m_mutex, m_telling;
    std::vector<Piece*> m_open;            // whose equal part is still to be measured
    std::vector<std::size_t> m_later;      // pairs that wait for that
    std::int64_t m_bytes = 0;
    std::atomic<std::int64_t> m_done = 0;
};

} // namespace

Result<std::vector<TensorDiff>> compareTensors(const EditedVector& a, const EditedVector& b, const std::vector<Matching::Pair>& pairs,
    const DiffOptions& options, const Job& job, const DiffFound& found, Pool& pool)
{
    return TensorPass(a, b, pairs, options, job, found, pool).run();
}

} // namespace ravel
