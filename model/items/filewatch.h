// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "base/io.h"
#include "items/tasks.h"

#include <cstdint>
#include <string>
#include <vector>

class QTimer;

namespace ravel {

struct SourceFile;

// Asks every two seconds, on the pool, whether open files are still those that were opened (device, inode, size and times).
class FileWatch : public QObject {
    Q_OBJECT
public:
    explicit FileWatch(Tasks&, QObject* parent = nullptr);
    void watch(const std::vector<SourceFile>&); // as they were when they were opened, in place of those before
    void forget();                              // none
    void setPaused(bool);                       // while what changes is our own doing: watch() follows
    void check();   // now; also when the window gets the focus
    void accept();  // the state of now is fine: do not speak of it again
    void tellAgain(); // what was told has been taken from sight; not what was accepted

Q_SIGNALS:
    void changed(); // once
    void gone();    // likewise: a file is no longer there, or cannot be asked about

private:
    struct Seen {
        std::string path;
        Identity identity;
    };
    Tasks& m_tasks;
    QTimer* m_timer;
    std::vector<Seen> m_seen;
    std::uint64_t m_turn = 0; // rises with each watch(): an answer about other files is dropped
    bool m_asking = false, m_told = false, m_accepted = false, m_paused = false;
};

} // namespace ravel
