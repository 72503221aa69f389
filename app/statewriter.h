// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include "base/pool.h"

#include <functional>

namespace ravel {

// Small files that are written and taken away on a thread of their own, one after the other in the order asked for: a disk that is slow keeps no window
// waiting. What was asked for before the end is done before the end.
class StateWriter {
public:
    ~StateWriter();
    // All of the file or none of it. `make` runs on the thread; `written` does after it, where the file is on the disk.
    void write(const QString& path, std::function<QByteArray()> make, std::function<void()> written = {});
    void remove(const QString& path);
    void finish(); // waits for all of it

private:
    Pool m_pool { 1 };
};

} // namespace ravel
