// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace ravel {

// What a long piece of work gets from whoever started it: a way to be told to stop, and one to say how far
// it has come. Copies share the flag. All members may be called from any thread.
class Job {
public:
    // Called with the work done and the whole work, in units of the job's own (usually bytes); often, and
    // from worker threads: it must be quick.
    using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

    Job() = default;
    explicit Job(Progress progress)
        : m_progress(std::move(progress))
    {
    }

    void cancel() const { m_cancelled->store(true, std::memory_order_relaxed); }
    bool cancelled() const { return m_cancelled->load(std::memory_order_relaxed); }
    void progress(std::int64_t done, std::int64_t total) const
    {
        if (m_progress)
            m_progress(done, total);
    }
    // ErrorCode::Cancelled once cancelled.
    Result<> check() const
    {
        if (cancelled())
            return fail(ErrorCode::Cancelled, "cancelled");
        return {};
    }

private:
    std::shared_ptr<std::atomic<bool>> m_cancelled = std::make_shared<std::atomic<bool>>(false);
    Progress m_progress;
};

} // namespace ravel
