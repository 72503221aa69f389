// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "base/job.h"
#include "base/pool.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>

class QTimer;

namespace ravel {

// Work for the GUI thread that runs elsewhere: a pool of its own, results handed back as calls in the GUI thread, progress polled. The work
// captures values only; a task that was cancelled never hands anything back. Destroying this cancels all and waits for what runs.
class Tasks : public QObject {
    Q_OBJECT
public:
    explicit Tasks(int threads, QObject* parent = nullptr);
    ~Tasks() override;

    // Starts `work`; `done` gets its result in the GUI thread, unless it was cancelled. `ended` comes before that, and always. `what` names
    // the work for progressed(), empty keeps it silent. The job that is returned cancels it.
    template <class R>
    Job run(const QString& what, std::function<R(const Job&)> work, std::function<void(R)> done, std::function<void()> ended = {})
    {
        return runAlways<R>(what, std::move(work), [done = std::move(done), ended = std::move(ended)](R result, bool cancelled) {
            if (ended)
                ended();
            if (!cancelled)
                done(std::move(result));
        });
    }
    // The same for work whose result counts even where the wish to cancel it came too late.
    template <class R>
    Job runAlways(const QString& what, std::function<R(const Job&)> work, std::function<void(R, bool cancelled)> done)
    {
        const std::uint64_t id = m_nextId++;
        const Job job = begin(id, what);
        m_pool->post([this, id, job, work = std::move(work), done = std::move(done)]() mutable {
            auto result = std::make_shared<R>(work(job));
            work = nullptr;
            finish(id, [job, done = std::move(done), result] { done(std::move(*result), job.cancelled()); });
        });
        return job;
    }

    bool busy() const { return !m_running.empty(); }
    void cancelAll();
    void cancelNamed(); // what progressed() tells of

Q_SIGNALS:
    void progressed(const QString& what, int percent); // of the longest running named task; -1: not known; at most 10 a second
    void idle();                                        // no named task runs any more

private:
    struct Running {
        QString what;
        Job job;
        std::shared_ptr<std::atomic<std::int64_t>> done, total;
        std::chrono::steady_clock::time_point started;
    };
    Job begin(std::uint64_t id, const QString& what);
    void finish(std::uint64_t id, std::function<void()> deliver); // from a worker
    void tell();

    std::map<std::uint64_t, Running> m_running;
    std::uint64_t m_nextId = 1;
    QTimer* m_timer;
    bool m_told = false;
    std::unique_ptr<Pool> m_pool;
};

} // namespace ravel
