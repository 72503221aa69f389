// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>

#include "app/statewriter.h"
#include "edit/editedvector.h"
#include "edit/recipe.h"
#include "layout/flatlayout.h"

#include <memory>
#include <optional>
#include <vector>

class QLockFile;
class QTimer;

namespace ravel {

class MainWindow;
struct Replayed;

// What a window held: the file, how it was laid out and looked at, and the edits that were not saved, as a recipe.
struct WindowState {
    QString path;
    QStringList files;               // that it is read from, where these are others than `path`: a set's
    qint64 size = -1, modified = 0;  // of the bytes that were opened: of all files together, and of the newest, in ms since 1970
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
// `folder`, written within a second after each change, with a lock beside it. A window that is closed takes its file away and leaves what it
// held for the next start, without the edits: those were saved, or given up. A file without an owner is what a crash left: its edits are offered,
// and its checkpoint is not opened again unasked. What is restored keeps its file until the new one has the edits.
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
    void writeNow(); // and waits for it

private:
    struct Left {
        QString file;
        WindowState state;
    };
    std::vector<Left> left() const;
    // What is open: snapshots, of which the recipe is made where it is written.
    struct Seen {
        WindowState state;           // without the recipe
        EditedVector edited { nullptr };
        std::shared_ptr<const FlatLayout> layout;
        bool hasEdits() const { return !state.path.isEmpty() && !edited.steps().empty(); }
    };
    struct Restore {
        Left left;                   // its file is empty where nothing is to be taken away afterwards
        bool withEdits = false;
    };
    static WindowState whole(const Seen&); // with the recipe
    void offer(const Left&);
    void drop(const Left&);
    void open(const Left&, bool withEdits);
    void place(const WindowState&);
    void opening(const QString& path);
    void notOpened();
    void laidOut();
    void replayed(const Replayed&);
    void look();                     // at what moves without an edit
    void changed();                  // document, layout or edits
    void moved();                    // the view or the selection
    void write(std::function<void()> written = {});
    void closed();

    MainWindow& m_window;
    QString m_folder, m_file;
    std::unique_ptr<QLockFile> m_lock;
    QTimer* m_timer;
    Seen m_seen;                             // of the document that is open: kept across a reload
    std::optional<Restore> m_restore;        // once what is being opened is there
    std::optional<Left> m_replaying;         // it is there, its edits follow
    bool m_opening = false, m_closed = false, m_anything = false;
    StateWriter m_writer;                    // the last: it ends first
};

} // namespace ravel
