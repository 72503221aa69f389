// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QMetaObject>
#include <QObject>

#include <functional>
#include <mutex>
#include <utility>

namespace ravel {

// Carries results from worker threads to an object of the GUI thread, which may die first: the owner closes it in its
// destructor, and what comes later is dropped. Shared by the owner and its workers.
class Courier {
public:
    explicit Courier(QObject* receiver)
        : m_receiver(receiver)
    {
    }

    // Any thread. Runs `what` on the receiver's thread, unless the courier is closed by then.
    void deliver(std::function<void()> what)
    {
        const std::lock_guard lock(m_mutex);
        if (m_receiver)
            QMetaObject::invokeMethod(m_receiver, std::move(what), Qt::QueuedConnection);
    }

    void close() // the receiver's thread
    {
        const std::lock_guard lock(m_mutex);
        m_receiver = nullptr;
    }

private:
    std::mutex m_mutex;
    QObject* m_receiver;
};

} // namespace ravel
