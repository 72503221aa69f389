// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "edit/recipe.h"

#include <memory>
#include <optional>
#include <vector>

class QLockFile;
class QTimer;

namespace ravel {

class MainWindow;

// What a window held: the file, how it was laid out and looked at, and the edits that were not saved, as a recipe.
struct WindowState {
    QString path;
    qint64 size = -1, modified = 0;  // of the file as it was then; modified in ms since 1970
    Recipe recipe;                   // its layout, and the steps not saved
    FlatRange view;
    QString select;                  // as the slice box takes it
    bool opening = false;            // it was being opened: that may be what ended the program
    bool ended = false;              // told to end, by the desktop or a signal, with edits unsaved

    bool operator==(const WindowState&) const = default;
};
QByteArray toJson(const WindowState&);
std::optional<WindowState> windowStateFrom(const QByteArray&);

// Remembers what a window holds, so that the next start can go on with it. While the window lives its state stands in a file of its own under
// `folder`, written a moment after each change, with a lock beside it. A window that is closed takes its file away and leaves what it
// held for the next start, without the edits: those were saved, or given up. A file without an owner is what a crash left: its edits are offered,
// and its checkpoint is not opened again unasked.
class SessionState : public QObject {
    Q_OBJECT
public:
    static QString usualFolder();
    SessionState(MainWindow&, const QString& folder);
    ~SessionState() override;

    // At the start of the program. `asked`: the file that it was called with, empty for none.
    void start(const QString& asked);
    static std::optional<WindowState> last(); // of the window that was closed last
    QString file() const { return m_file; }
    void writeNow();

private:
    struct Left {
        QString file;
        WindowState state;
    };
    std::vector<Left> left() const;
    void offer(const Left&);
    void open(const WindowState&, bool withEdits);
    void restore(const WindowState&, bool withEdits);
    void opening(const QString& path);
    void laidOut();
    void change();
    void closed();
    WindowState current() const;

    MainWindow& m_window;
    QString m_folder, m_file;
    std::unique_ptr<QLockFile> m_lock;
    QTimer* m_timer;
    WindowState m_seen;                      // of the document that is open: kept across a reload
    std::optional<WindowState> m_restore;    // once what is being opened is there
    bool m_withEdits = false, m_opening = false, m_closed = false, m_anything = false;
};

} // namespace ravel
