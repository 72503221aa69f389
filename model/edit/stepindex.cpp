// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/stepindex.h"

#include "edit/kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>

namespace ravel {

namespace {

constexpr std::int64_t mostPatches = 4096; // of one step; more are a span
constexpr std::size_t mostLevels = 48;

bool isPatchStep(const AppliedStep& step)
{
    const bool known = step.step.operation == Operation::Set || (step.step.operation == Operation::Values && step.values);
    return known && step.once && !step.selection.where && step.places <= mostPatches;
}

} // namespace

std::shared_ptr<const StepLevel> StepLevel::ofStep(const Checkpoint& checkpoint, const AppliedStep& step)
{
    auto level = std::make_shared<StepLevel>();
    level->m_steps = { &step };
    level->m_storages = step.storages;
    level->m_isPatch = isPatchStep(step);
    if (level->m_isPatch)
        level->indexPatches(checkpoint, step);
    else
        level->indexSpans();
    return level;
}

std::shared_ptr<const StepLevel> StepLevel::merged(const StepLevel& older, const StepLevel& newer)
{
    auto level = std::make_shared<StepLevel>();
    level->m_steps = older.m_steps;
    level->m_steps.insert(level->m_steps.end(), newer.m_steps.begin(), newer.m_steps.end());
    std::set_union(older.m_storages.begin(), older.m_storages.end(), newer.m_storages.begin(), newer.m_storages.end(),
        std::back_inserter(level->m_storages));
    level->m_isPatch = older.m_isPatch && newer.m_isPatch;
    if (level->m_isPatch)
        level->mergePatches(older, newer);
    else
        level->indexSpans();
    return level;
}

void StepLevel::indexPatches(const Checkpoint& checkpoint, const AppliedStep& step)
{
    for (StorageOrdinal storage : step.storages) {
        const StepKernel kernel(step, checkpoint.storages[storage], storage);
        for (const AppliedStep::Piece& piece : step.in(storage))
            forEachRun(piece.region, piece.begin, piece.end, [&](const Run& run) {
                for (std::int64_t i = 0; i < run.count; ++i) {
                    Patch patch;
                    patch.storage = storage;
                    patch.index = StorageIndex(run.start.value + i * run.stride);
                    Fit fit;
                    // Numbers that stand in memory: this cannot fail.
                    (void)kernel.apply({ patch.index, 1, 1, piece.base + run.ordinal + i * run.ordinalStride, 1 },
                        patch.index, patch.bytes.data(), fit);
                    patch.saturated = fit.saturated != 0;
                    patch.rounded = fit.rounded != 0;
                    patch.refused = fit.refused != 0;
                    patch.stored = !patch.refused;
                    m_patches.push_back(patch);
                }
                return true;
            });
    }
    std::sort(m_patches.begin(), m_patches.end(),
        [](const Patch& a, const Patch& b) { return std::tie(a.storage, a.index) < std::tie(b.storage, b.index); });
}

void StepLevel::mergePatches(const StepLevel& older, const StepLevel& newer)
{
    m_patches.reserve(older.m_patches.size() + newer.m_patches.size());
    auto a = older.m_patches.begin();
    for (Patch patch : newer.m_patches) {
        for (; a != older.m_patches.end() && std::tie(a->storage, a->index) < std::tie(patch.storage, patch.index); ++a)
            m_patches.push_back(*a);
        if (a != older.m_patches.end() && a->storage == patch.storage && a->index == patch.index) {
            if (!patch.stored) {
                patch.bytes = a->bytes;
                patch.stored = a->stored;
            }
            patch.saturated |= a->saturated;
            patch.rounded |= a->rounded;
            patch.refused |= a->refused;
            ++a;
        }
        m_patches.push_back(patch);
    }
    m_patches.insert(m_patches.end(), a, older.m_patches.end());
}

void StepLevel::indexSpans()
{
    for (std::size_t s = 0; s < m_steps.size(); ++s)
        for (const AppliedStep::Piece& piece : m_steps[s]->pieces)
            m_spans.push_back({ piece.region.storage, static_cast<std::uint32_t>(s), piece.begin, piece.end, &piece });
    std::sort(m_spans.begin(), m_spans.end(), [](const Span& a, const Span& b) {
        return std::tie(a.storage, a.begin, a.step) < std::tie(b.storage, b.begin, b.step);
    });
    const std::size_t leaves = std::bit_ceil(std::max<std::size_t>(m_spans.size(), 1));
    m_reach.assign(2 * leaves, StorageIndex(0));
    for (std::size_t i = 0; i < m_spans.size(); ++i)
        m_reach[leaves + i] = m_spans[i].end;
    for (std::size_t node = leaves; --node >= 1;)
        m_reach[node] = std::max(m_reach[2 * node], m_reach[2 * node + 1]);
}

template <class Visit>
bool StepLevel::descend(std::size_t node, std::size_t low, std::size_t high, std::pair<std::size_t, std::size_t> range,
    StorageIndex begin, const Visit& visit) const
{
    if (low >= range.second || high <= range.first || m_reach[node] <= begin)
        return true;
    if (high - low == 1)
        return visit(m_spans[low]);
    const std::size_t middle = (low + high) / 2;
    return descend(2 * node, low, middle, range, begin, visit) && descend(2 * node + 1, middle, high, range, begin, visit);
}

template <class Visit>
void StepLevel::find(StorageOrdinal storage, StorageIndex begin, StorageIndex end, const Visit& visit) const
{
    const auto before = [](const Span& s, const std::pair<StorageOrdinal, StorageIndex>& key) {
        return std::tie(s.storage, s.begin) < std::tie(key.first, key.second);
    };
    const auto place = [&](StorageIndex index) {
        const auto found = std::lower_bound(m_spans.begin(), m_spans.end(), std::pair(storage, index), before);
        return static_cast<std::size_t>(found - m_spans.begin());
    };
    descend(1, 0, m_reach.size() / 2, { place(StorageIndex(0)), place(end) }, begin, visit);
}

std::pair<std::size_t, std::size_t> StepLevel::patchesIn(StorageOrdinal storage, StorageIndex begin, StorageIndex end) const
{
    const auto place = [&](StorageIndex index) {
        const auto found = std::partition_point(m_patches.begin(), m_patches.end(),
            [&](const Patch& p) { return std::tie(p.storage, p.index) < std::tie(storage, index); });
        return static_cast<std::size_t>(found - m_patches.begin());
    };
    return { place(begin), place(end) };
}

template <std::size_t Size>
void StepLevel::putPatches(std::pair<std::size_t, std::size_t> range, StorageIndex begin, std::byte* window, Fit& fit) const
{
    for (std::size_t i = range.first; i < range.second; ++i) {
        const Patch& patch = m_patches[i];
        if (patch.stored)
            std::memcpy(window + static_cast<std::size_t>((patch.index - begin).value) * Size, patch.bytes.data(), Size);
        if (patch.saturated || patch.rounded || patch.refused)
            fit += { patch.saturated, patch.rounded, patch.refused };
    }
}

void StepLevel::applyPatches(
    std::pair<std::size_t, std::size_t> range, StorageIndex begin, std::size_t size, std::byte* window, Fit& fit) const
{
    switch (size) {
    case 1: return putPatches<1>(range, begin, window, fit);
    case 2: return putPatches<2>(range, begin, window, fit);
    case 4: return putPatches<4>(range, begin, window, fit);
    case 8: return putPatches<8>(range, begin, window, fit);
    default: return putPatches<16>(range, begin, window, fit);
    }
}

Result<> StepLevel::apply(const Checkpoint& checkpoint, StorageOrdinal storage, StorageIndex begin, StorageIndex end,
    std::byte* window, Fit& fit) const
{
    const auto size = static_cast<std::size_t>(dtypeSize(checkpoint.storages[storage].dtype));
    if (m_isPatch) {
        applyPatches(patchesIn(storage, begin, end), begin, size, window, fit);
        return {};
    }
    std::vector<Found> found;
    find(storage, begin, end, [&](const Span& span) {
        found.push_back({ span.step, span.piece });
        return true;
    });
    std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.step < b.step; });
    PieceList pieces;
    for (std::size_t i = 0; i < found.size();) {
        pieces.clear();
        const std::uint32_t step = found[i].step;
        for (; i < found.size() && found[i].step == step; ++i)
            pieces.push_back(found[i].piece);
        RAVEL_TRY(applyPieces(*m_steps[step], pieces, checkpoint.storages[storage], storage, begin, end, window, fit));
    }
    return {};
}

bool StepLevel::touches(StorageOrdinal storage, StorageIndex begin, StorageIndex end) const
{
    if (m_isPatch) {
        const auto [first, last] = patchesIn(storage, begin, end);
        return first != last;
    }
    bool any = false;
    find(storage, begin, end, [&](const Span& span) {
        forEachRun(span.piece->region, begin, end, [&](const Run&) {
            any = true;
            return false;
        });
        return !any;
    });
    return any;
}

void StepLevel::addHulls(StorageOrdinal storage, std::vector<StorageRange>& out) const
{
    const auto add = [&](StorageIndex begin, StorageIndex end) {
        if (!out.empty() && out.back().begin <= begin && begin <= out.back().end)
            out.back().end = std::max(out.back().end, end);
        else
            out.push_back({ begin, end });
    };
    if (m_isPatch) {
        const auto [first, last] = patchesIn(storage, StorageIndex(0), StorageIndex(std::numeric_limits<std::int64_t>::max()));
        for (std::size_t i = first; i < last; ++i)
            add(m_patches[i].index, m_patches[i].index + Count(1));
        return;
    }
    find(storage, StorageIndex(0), StorageIndex(std::numeric_limits<std::int64_t>::max()), [&](const Span& span) {
        add(span.begin, span.end);
        return true;
    });
}

StepChain::Pointer StepChain::extended(Pointer before, std::shared_ptr<const AppliedStep> step, const Checkpoint& checkpoint)
{
    auto chain = std::make_shared<StepChain>();
    chain->m_step = std::move(step);
    auto& levels = chain->m_levels;
    if (before)
        levels = before->m_levels;
    chain->m_before = std::move(before);
    auto level = StepLevel::ofStep(checkpoint, *chain->m_step);
    while (!levels.empty() && levels.back()->isPatch() == level->isPatch() && levels.back()->size() <= level->size()) {
        level = StepLevel::merged(*levels.back(), *level);
        levels.pop_back();
    }
    levels.push_back(std::move(level));
    if (levels.size() > mostLevels) { // cell edits and others by turns: one index for the smallest pair of neighbours
        std::size_t smallest = 0;
        for (std::size_t i = 0; i + 1 < levels.size(); ++i)
            if (levels[i]->size() + levels[i + 1]->size() <= levels[smallest]->size() + levels[smallest + 1]->size())
                smallest = i;
        levels[smallest] = StepLevel::merged(*levels[smallest], *levels[smallest + 1]);
        levels.erase(levels.begin() + static_cast<std::ptrdiff_t>(smallest) + 1);
    }
    return chain;
}

// Links that nobody else holds are taken off one by one: a long chain must not become a deep recursion.
StepChain::~StepChain()
{
    Pointer link = std::move(m_before);
    while (link && link.use_count() == 1)
        link = Pointer(std::move(link->m_before));
}

const std::vector<std::shared_ptr<const AppliedStep>>& StepChain::steps() const
{
    std::call_once(m_listed, [this] {
        for (const StepChain* link = this; link; link = link->m_before.get())
            m_list.push_back(link->m_step);
        std::reverse(m_list.begin(), m_list.end());
    });
    return m_list;
}

} // namespace ravel
