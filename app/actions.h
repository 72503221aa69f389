// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QHash>
#include <QKeySequence>
#include <QList>
#include <QObject>

#include <functional>

namespace ravel {

// Every command of the window, registered once: an id, a text, keys, and a reason while it is disabled. Menus, tool bar, key sheet and
// palette read this.
class Actions : public QObject {
    Q_OBJECT
public:
    struct Command {
        QString id;      // "file.open"
        QString group;   // heading in the key sheet
        QAction* action = nullptr;
        QString reason;  // why it cannot be used now; empty while it can
        QList<QKeySequence> defaults; // the keys it came with
        QWidget* where = nullptr;     // its keys work while this or a child of it has the focus; null: in the whole window
    };
    explicit Actions(QObject* parent = nullptr);

    // Commands that follow belong to this group; their keys work while `where` or a child of it has the focus (null: in the whole window).
    void beginGroup(const QString& title, QWidget* where = nullptr);
    QAction* add(const QString& id, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run);
    QAction* addCheckable(const QString& id, const QString& text, const QList<QKeySequence>& keys, bool checked, std::function<void(bool)> set);
    // Takes an action made elsewhere (a dock's, the undo stack's) into the registry.
    QAction* adopt(const QString& id, QAction*, const QList<QKeySequence>& keys);

    QAction* operator[](const QString& id) const; // never null for an id that was registered
    void setEnabled(const QString& id, bool, const QString& reasonIfNot = {});
    const QList<Command>& all() const { return m_commands; }
    QString reason(const QString& id) const;
    const Command& command(const QString& id) const { return m_commands.at(m_byId.value(id)); }

    // Keys of the user's, in force at once and remembered (settings, "keys/ID"); those that it came with are forgotten again.
    void setKeys(const QString& id, const QList<QKeySequence>&);
    void resetKeys(const QString& id) { setKeys(id, command(id).defaults); }
    // Other commands that answer to this key where `id` does; one of them has to give it up.
    QStringList sharing(const QString& id, const QKeySequence&) const;

Q_SIGNALS:
    void keysChanged(const QString& id);

private:
    void describe(const Command&);
    QList<Command> m_commands;
    QHash<QString, qsizetype> m_byId;
    QString m_group;
    QWidget* m_where = nullptr;
};

} // namespace ravel
