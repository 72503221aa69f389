// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/bindparts.h"

#include "base/pool.h"
#include "base/text.h"
#include "edit/cover.h"
#include "edit/kernels.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <mutex>

namespace ravel {

namespace {

template <std::size_t Size> std::int64_t countDifferent(const std::byte* a, const std::byte* b, std::size_t n)
{
    std::int64_t different = 0;
    for (std::size_t i = 0; i < n; ++i)
        different += std::memcmp(a + i * Size, b + i * Size, Size) != 0 ? 1 : 0;
    return different;
}

std::int64_t different(std::size_t size, const std::byte* a, const std::byte* b, std::size_t n)
{
    switch (size) {
    case 1: return countDifferent<1>(a, b, n);
    case 2: return countDifferent<2>(a, b, n);
    case 4: return countDifferent<4>(a, b, n);
    case 8: return countDifferent<8>(a, b, n);
    default: return countDifferent<16>(a, b, n);
    }
}

// The effect on one window.
class WindowEffect {
public:
    WindowEffect(const EditedVector& before, const AppliedStep& step)
        : m_before(before)
        , m_step(step)
    {
    }

    Result<> measure(const StorageWindow& window)
    {
        RAVEL_TRY(load(window));
        StepEffect found;
        for (const Run& run : m_runs)
            found.selected += run.count;
        if (m_runs.empty())
            return {};
        m_new = m_old;
        const StepKernel kernel(m_step, storage(window), window.storage);
        for (const Run& run : m_runs)
            RAVEL_TRY(kernel.apply(run, window.begin, m_new.data(), found.fit));
        found.changed = different(m_size, m_old.data(), m_new.data(), m_old.size() / m_size);
        effect.selected += found.selected;
        effect.changed += found.changed;
        effect.fit += found.fit;
        refusedHere = found.fit.refused != 0;
        return {};
    }

    // The sentence about the lowest refused element of a window.
    Result<std::string> describe(const StorageWindow& window)
    {
        RAVEL_TRY(load(window));
        const StepKernel kernel(m_step, storage(window), window.storage);
        Run lowest;
        bool any = false;
        for (const Run& run : m_runs)
            for (std::int64_t i = 0; i < run.count; ++i) {
                const Run one { StorageIndex(run.start.value + i * run.stride), 1, 1, run.ordinal + i * run.ordinalStride, 1 };
                if (any && lowest.start <= one.start)
                    continue;
                Fit fit;
                m_new.assign(element(window, one.start), element(window, one.start) + m_size);
                RAVEL_TRY(kernel.apply(one, one.start, m_new.data(), fit));
                if (fit.refused == 0)
                    continue;
                lowest = one;
                any = true;
            }
        return any ? sentenceFor(kernel, window, lowest) : std::string();
    }

    StepEffect effect;
    bool refusedHere = false; // in the window that was measured last

private:
    const Storage& storage(const StorageWindow& window) const { return m_before.checkpoint().storages[window.storage]; }
    const std::byte* element(const StorageWindow& window, StorageIndex index) const
    {
        return m_old.data() + static_cast<std::size_t>((index - window.begin).value) * m_size;
    }

    Result<> load(const StorageWindow& window)
    {
        m_runs.clear();
        coveredRuns(m_step, piecesIn(m_step, window.storage, window.begin, window.end), window.begin, window.end, m_runs);
        refusedHere = false;
        if (m_runs.empty())
            return {};
        const Count n = window.end - window.begin;
        m_size = static_cast<std::size_t>(dtypeSize(storage(window).dtype));
        m_old.resize(static_cast<std::size_t>(n.value) * m_size);
        return m_before.read(window.storage, window.begin, n, m_old.data());
    }

    std::string sentenceFor(const StepKernel& kernel, const StorageWindow& window, const Run& one) const
    {
        const Checkpoint& checkpoint = m_before.checkpoint();
        const Dtype dtype = storage(window).dtype;
        const std::string place = ordinalText(m_step.selection, one.ordinal, [&](TensorOrdinal t) { return checkpoint.tensors[t].name; });
        const std::byte* old = element(window, one.start);
        return escaped(place, 140) + " is " + elementText(dtype, old) + " and would become " + kernel.wanted(old, one.start, one.ordinal)
            + ", which " + std::string(dtypeName(dtype)) + " cannot hold";
    }

    const EditedVector& m_before;
    const AppliedStep& m_step;
    std::size_t m_size = 1;
    std::vector<std::byte> m_old, m_new;
    std::vector<Run> m_runs;
};

} // namespace

Result<StepEffect> measureEffect(const EditedVector& before, const AppliedStep& step, const Job& job)
{
    const std::vector<StorageWindow> windows = windowsOf(step);
    const auto count = static_cast<std::int64_t>(windows.size());
    std::vector<std::unique_ptr<WindowEffect>> workers(static_cast<std::size_t>(computePool().threads()) + 1);
    std::atomic<std::int64_t> done = 0, firstRefused = std::numeric_limits<std::int64_t>::max();
    const auto work = [&](std::int64_t i, int worker) -> Result<> {
        auto& mine = workers[static_cast<std::size_t>(worker)];
        if (!mine)
            mine = std::make_unique<WindowEffect>(before, step);
        RAVEL_TRY(mine->measure(windows[static_cast<std::size_t>(i)]));
        std::int64_t first = firstRefused;
        while (mine->refusedHere && i < first && !firstRefused.compare_exchange_weak(first, i)) { }
        job.progress(++done, count);
        return {};
    };
    RAVEL_TRY(computePool().forEach(count, job, work));
    StepEffect effect;
    for (const auto& worker : workers)
        if (worker) {
            effect.selected += worker->effect.selected;
            effect.changed += worker->effect.changed;
            effect.fit += worker->effect.fit;
        }
    if (firstRefused < count) {
        WindowEffect again(before, step);
        RAVEL_ASSIGN(effect.firstRefused, again.describe(windows[static_cast<std::size_t>(firstRefused.load())]));
    }
    return effect;
}

} // namespace ravel
