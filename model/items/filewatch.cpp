// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/filewatch.h"

#include <QTimer>

namespace ravel {

FileWatch::FileWatch(Session& session, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_timer(new QTimer(this))
{
    m_timer->setInterval(2000);
    connect(m_timer, &QTimer::timeout, this, &FileWatch::check);
    connect(&session, &Session::opened, this, &FileWatch::arm);
    connect(&session, &Session::saved, this, &FileWatch::arm);
}

void FileWatch::arm()
{
    m_seen.clear();
    m_told = false;
    for (const SourceFile& file : m_session.document()->checkpoint().files)
        m_seen.push_back({ file.path, file.status.identity });
    m_timer->start();
}

void FileWatch::accept() { m_told = true; }

void FileWatch::check()
{
    if (m_asking || m_told || m_session.saving() || m_seen.empty())
        return;
    m_asking = true;
    enum State { Same, Changed, Gone };
    const std::uint64_t revision = m_session.revision();
    m_session.tasks()->run<State>(
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
        [this, revision](State state) {
            if (state == Same || revision != m_session.revision())
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
