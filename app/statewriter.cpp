// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/statewriter.h"

#include <QFile>
#include <QSaveFile>

#include <future>
#include <memory>

namespace ravel {

StateWriter::~StateWriter() { finish(); }

void StateWriter::write(const QString& path, std::function<QByteArray()> make, std::function<void()> written)
{
    m_pool.post([path, make = std::move(make), written = std::move(written)] {
        QSaveFile file(path);
        const bool done = file.open(QIODevice::WriteOnly) && file.write(make()) > 0 && file.commit();
        if (done && written)
            written();
    });
}

void StateWriter::remove(const QString& path)
{
    m_pool.post([path] { QFile::remove(path); });
}

void StateWriter::finish()
{
    const auto done = std::make_shared<std::promise<void>>();
    m_pool.post([done] { done->set_value(); });
    done->get_future().wait();
}

} // namespace ravel
