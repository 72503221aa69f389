// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "base/io.h"
#include "items/session.h"

#include <string>
#include <vector>

class QTimer;

namespace ravel {

// Asks every two seconds, on the pool, whether the open files are still those that were opened (device, inode, size and times).
class FileWatch : public QObject {
    Q_OBJECT
public:
    explicit FileWatch(Session&, QObject* parent = nullptr);
    void check();   // now; also when the window gets the focus
    void accept();  // the state of now is fine: do not speak of it again

Q_SIGNALS:
    void changed(); // once for each new state on disk
    void gone();    // a file is no longer there, or cannot be asked about

private:
    struct Seen {
        std::string path;
        Identity identity;
    };
    void arm();

    Session& m_session;
    QTimer* m_timer;
    std::vector<Seen> m_seen;
    bool m_asking = false, m_told = false;
};

} // namespace ravel
