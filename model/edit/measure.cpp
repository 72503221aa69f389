// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/bindparts.h"

#include "base/multiversion.h"
#include "base/pool.h"
#include "edit/cover.h"
#include "edit/kernels.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>

namespace ravel {

namespace {

// Mean and sum of squared differences; merged as Chan, Golub and LeVeque do ("Updating Formulae and a Pairwise Algorithm for
// Computing Sample Variances", 1979).
struct Moments {
    double count = 0, mean = 0, squares = 0;

    void add(const Moments& other)
    {
        if (other.count == 0)
            return;
        const double total = count + other.count;
        const double delta = other.mean - mean;
        mean += delta * (other.count / total);
        squares += other.squares + delta * delta * (count * other.count / total);
        count = total;
    }
};

constexpr std::size_t lanes = 8; // sums side by side in a fixed order, so that every clone adds the same way

double sumOf(const double* values, std::size_t n, double mean, bool squared)
{
    double result = 0;
    double* out = &result;
    multiversion([=]() RAVEL_INLINE {
        double sums[lanes] = {};
        std::size_t i = 0;
        for (; i + lanes <= n; i += lanes)
            for (std::size_t k = 0; k < lanes; ++k) {
                const double d = values[i + k] - mean;
                sums[k] += squared ? d * d : d;
            }
        for (; i < n; ++i) {
            const double d = values[i] - mean;
            sums[i % lanes] += squared ? d * d : d;
        }
        *out = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    });
    return result;
}

Moments momentsOf(const double* values, std::size_t n)
{
    if (n == 0)
        return {};
    const auto count = static_cast<double>(n);
    const double mean = sumOf(values, n, 0, false) / count;
    return { count, mean, sumOf(values, n, mean, true) };
}

// The covered elements of one window.
class WindowMoments {
public:
    WindowMoments(const EditedVector& before, const AppliedStep& step)
        : m_before(before)
        , m_step(step)
    {
    }

    Result<Moments> measure(const StorageWindow& window)
    {
        m_runs.clear();
        coveredRuns(m_step, piecesIn(m_step, window.storage, window.begin, window.end), window.begin, window.end, m_runs);
        Moments moments;
        if (m_runs.empty())
            return moments;
        m_dtype = m_before.checkpoint().storages[window.storage].dtype;
        m_size = static_cast<std::size_t>(dtypeSize(m_dtype));
        m_bytes.resize(static_cast<std::size_t>((window.end - window.begin).value) * m_size);
        RAVEL_TRY(m_before.read(window.storage, window.begin, window.end - window.begin, m_bytes.data()));
        for (const Run& run : m_runs)
            addRun(run, window.begin, moments);
        return moments;
    }

private:
    void addRun(const Run& run, StorageIndex windowBegin, Moments& moments)
    {
        constexpr std::size_t chunk = StepKernel::chunk;
        std::array<std::byte, chunk * 16> packed;
        for (std::int64_t at = 0; at < run.count; at += chunk) {
            const auto n = static_cast<std::size_t>(std::min<std::int64_t>(chunk, run.count - at));
            const auto first = static_cast<std::size_t>(run.start.value + at * run.stride - windowBegin.value);
            const std::byte* elements = m_bytes.data() + first * m_size;
            if (run.stride != 1) {
                for (std::size_t i = 0; i < n; ++i)
                    std::memcpy(packed.data() + i * m_size, elements + i * static_cast<std::size_t>(run.stride) * m_size, m_size);
                elements = packed.data();
            }
            addPacked(elements, n, moments);
        }
    }

    void addPacked(const std::byte* elements, std::size_t n, Moments& moments)
    {
        constexpr std::size_t chunk = StepKernel::chunk;
        std::array<double, 2 * chunk> values;
        std::array<bool, chunk> match;
        const std::size_t parts = isComplex(m_dtype) ? 2 : 1;
        if (m_step.selection.where)
            matchPredicate(m_dtype, *m_step.selection.where, elements, n, match.data());
        toDoubles(m_dtype, elements, n, values.data());
        std::size_t kept = 0;
        for (std::size_t i = 0; i < n * parts; ++i) {
            const bool counts = std::isfinite(values[i]) && (!m_step.selection.where || match[i / parts]);
            values[kept] = values[i];
            kept += counts ? 1 : 0;
        }
        moments.add(momentsOf(values.data(), kept));
    }

    const EditedVector& m_before;
    const AppliedStep& m_step;
    Dtype m_dtype = Dtype::Float32;
    std::size_t m_size = 4;
    std::vector<std::byte> m_bytes;
    std::vector<Run> m_runs;
};

} // namespace

Result<double> measureStd(const EditedVector& before, const AppliedStep& step, const Job& job)
{
    const std::vector<StorageWindow> windows = windowsOf(step);
    std::vector<Moments> parts(windows.size());
    std::vector<std::unique_ptr<WindowMoments>> workers(static_cast<std::size_t>(computePool().threads()) + 1);
    std::atomic<std::int64_t> done = 0;
    const auto count = static_cast<std::int64_t>(windows.size());
    const auto work = [&](std::int64_t i, int worker) -> Result<> {
        auto& moments = workers[static_cast<std::size_t>(worker)];
        if (!moments)
            moments = std::make_unique<WindowMoments>(before, step);
        RAVEL_ASSIGN(parts[static_cast<std::size_t>(i)], moments->measure(windows[static_cast<std::size_t>(i)]));
        job.progress(++done, count);
        return {};
    };
    RAVEL_TRY(computePool().forEach(count, job, work));
    Moments all;
    for (const Moments& part : parts)
        all.add(part);
    if (all.count < 2)
        return fail(ErrorCode::Usage, "a standard deviation needs at least two finite values, and the selection holds "
                + std::to_string(static_cast<int>(all.count)));
    return std::sqrt(all.squares / (all.count - 1));
}

} // namespace ravel
