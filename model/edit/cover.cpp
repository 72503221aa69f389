// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/cover.h"

#include "edit/kernels.h"

#include <algorithm>

namespace ravel {

namespace {

// Which elements of a window have been met.
class Seen {
public:
    Seen(StorageIndex begin, StorageIndex end)
        : m_begin(begin.value)
        , m_met(static_cast<std::size_t>((end - begin).value))
    {
    }

    // Adds the parts of a run that are new.
    void addNew(const Run& run, std::vector<Run>& out)
    {
        Run part = run;
        part.count = 0;
        for (std::int64_t i = 0; i < run.count; ++i) {
            const std::int64_t place = run.start.value + i * run.stride;
            auto met = m_met[static_cast<std::size_t>(place - m_begin)];
            if (!met && part.count == 0) {
                part.start = StorageIndex(place);
                part.ordinal = run.ordinal + i * run.ordinalStride;
            }
            if (!met)
                ++part.count;
            if (met && part.count != 0) {
                out.push_back(part);
                part.count = 0;
            }
            met = true;
        }
        if (part.count != 0)
            out.push_back(part);
    }

private:
    std::int64_t m_begin;
    std::vector<bool> m_met;
};

} // namespace

std::span<const AppliedStep::Piece> AppliedStep::in(StorageOrdinal storage) const
{
    const auto [first, last] = std::equal_range(pieces.begin(), pieces.end(), storage, [](const auto& a, const auto& b) {
        const auto ordinal = [](const auto& x) {
            if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Piece>)
                return x.region.storage;
            else
                return x;
        };
        return ordinal(a) < ordinal(b);
    });
    return { pieces.data() + (first - pieces.begin()), static_cast<std::size_t>(last - first) };
}

PieceList piecesIn(const AppliedStep& step, StorageOrdinal storage, StorageIndex begin, StorageIndex end)
{
    PieceList list;
    for (const AppliedStep::Piece& piece : step.in(storage)) {
        if (piece.begin >= end)
            break;
        if (piece.end > begin)
            list.push_back(&piece);
    }
    return list;
}

void coveredRuns(const AppliedStep& step, const PieceList& pieces, StorageIndex begin, StorageIndex end, std::vector<Run>& out)
{
    std::optional<Seen> seen;
    if (!step.once)
        seen.emplace(begin, end);
    for (const AppliedStep::Piece* piece : pieces)
        forEachRun(piece->region, begin, end, [&](const Run& found) {
            Run run = found;
            run.ordinal += piece->base;
            if (seen)
                seen->addNew(run, out);
            else
                out.push_back(run);
            return true;
        });
}

Result<> applyPieces(const AppliedStep& step, const PieceList& pieces, const Storage& storage, StorageOrdinal ordinal,
    StorageIndex begin, StorageIndex end, std::byte* window, Fit& fit)
{
    const StepKernel kernel(step, storage, ordinal);
    std::vector<Run> runs;
    for (StorageIndex at = begin; at < end; at += Count(windowElements)) {
        const StorageIndex to = std::min(end, at + Count(windowElements));
        runs.clear();
        coveredRuns(step, pieces, at, to, runs);
        for (const Run& run : runs)
            RAVEL_TRY(kernel.apply(run, begin, window, fit));
    }
    return {};
}

std::vector<StorageWindow> windowsOf(const AppliedStep& step)
{
    std::vector<StorageWindow> windows;
    StorageWindow hull;
    const auto cut = [&] {
        for (StorageIndex at = hull.begin; at < hull.end;) {
            const StorageIndex next(std::min(hull.end.value, (at.value / windowElements + 1) * windowElements));
            windows.push_back({ hull.storage, at, next });
            at = next;
        }
    };
    for (const AppliedStep::Piece& piece : step.pieces) {
        if (piece.region.storage == hull.storage && piece.begin <= hull.end) {
            hull.end = std::max(hull.end, piece.end);
            continue;
        }
        cut();
        hull = { piece.region.storage, piece.begin, piece.end };
    }
    cut();
    return windows;
}

bool reachesEachOnce(const Region& region)
{
    std::int64_t extent = 0; // from the lowest to the highest place of the inner dimensions
    for (auto dim = region.dims.rbegin(); dim != region.dims.rend(); ++dim) {
        if (dim->stride <= extent)
            return false;
        extent += (dim->size - 1) * dim->stride;
    }
    return true;
}

} // namespace ravel
