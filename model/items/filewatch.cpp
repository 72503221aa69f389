// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/filewatch.h"

#include <QTimer>

#include "checkpoint/checkpoint.h"

namespace ravel {

FileWatch::FileWatch(Tasks& tasks, QObject* parent)
    : QObject(parent)
    , m_tasks(tasks)
    , m_timer(new QTimer(this))
{
    m_timer->setInterval(2000);
    connect(m_timer, &QTimer::timeout, this, &FileWatch::check);
}

void FileWatch::watch(const std::vector<SourceFile>& files)
{
    forget();
    for (const SourceFile& file : files)
        m_seen.push_back({ file.path, file.status.identity });
    m_timer->start();
}

void FileWatch::forget()
{
    ++m_turn;
    m_seen.clear();
    m_told = m_accepted = false;
    m_timer->stop();
}

void FileWatch::setPaused(bool paused)
{
    ++m_turn;
    m_paused = paused;
}

void FileWatch::accept() { m_told = m_accepted = true; }
void FileWatch::tellAgain() { m_told = m_accepted; }

void FileWatch::check()
{
    if (m_asking || m_told || m_paused || m_seen.empty())
        return;
    m_asking = true;
    enum State { Same, Changed, Gone };
    m_tasks.run<State>(
        QString(),
        [seen = m_seen](const Job&) {
            for (const Seen& file : seen) {
                const auto now = systemIo().status(file.path);
                if (!now)
                    return Gone;
                // Links and rights may come and go: the time of the last status change is not compared.
                Identity a = now->identity, b = file.identity;
                a.ctimeNs = b.ctimeNs = 0;
                if (a != b)
                    return Changed;
            }
            return Same;
        },
        [this, turn = m_turn](State state) {
            if (state == Same || turn != m_turn)
                return;
            m_told = true;
            if (state == Gone)
                Q_EMIT gone();
            else
                Q_EMIT changed();
        },
        [this] { m_asking = false; });
}

} // namespace ravel
