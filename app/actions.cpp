// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/actions.h"

#include <QSettings>
#include <QWidget>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

Actions::Actions(QObject* parent)
    : QObject(parent)
{
}

void Actions::beginGroup(const QString& title, QWidget* where)
{
    m_group = title;
    m_where = where;
}

namespace {

QString settingOf(const QString& id) { return u"keys/"_s + id; }

// The user's keys, or those that the command came with.
QList<QKeySequence> storedKeys(const QString& id, const QList<QKeySequence>& otherwise)
{
    const QSettings settings;
    if (!settings.contains(settingOf(id)))
        return otherwise;
    QList<QKeySequence> keys;
    for (const QString& text : settings.value(settingOf(id)).toStringList())
        if (const QKeySequence key(text, QKeySequence::PortableText); !key.isEmpty())
            keys << key;
    return keys;
}

// One of them begins as the other: the shorter one would never be heard, or neither.
bool overlap(const QKeySequence& a, const QKeySequence& b)
{
    return !a.isEmpty() && !b.isEmpty() && (a.matches(b) != QKeySequence::NoMatch || b.matches(a) != QKeySequence::NoMatch);
}

bool meet(const QWidget* a, const QWidget* b) { return !a || !b || a == b || a->isAncestorOf(b) || b->isAncestorOf(a); }

} // namespace

QAction* Actions::adopt(const QString& id, QAction* action, const QList<QKeySequence>& keys)
{
    Q_ASSERT(!m_byId.contains(id));
    action->setObjectName(id);
    action->setShortcuts(storedKeys(id, keys));
    if (m_where) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        m_where->addAction(action);
    }
    m_byId.insert(id, m_commands.size());
    m_commands.append({ id, m_group, action, {}, keys, m_where });
    describe(m_commands.last());
    return action;
}

QAction* Actions::add(const QString& id, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run)
{
    auto* action = new QAction(text, this);
    connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
    return adopt(id, action, keys);
}

QAction* Actions::addCheckable(
    const QString& id, const QString& text, const QList<QKeySequence>& keys, bool checked, std::function<void(bool)> set)
{
    auto* action = new QAction(text, this);
    action->setCheckable(true);
    action->setChecked(checked);
    connect(action, &QAction::toggled, this, [set = std::move(set)](bool on) { set(on); });
    return adopt(id, action, keys);
}

QAction* Actions::operator[](const QString& id) const
{
    Q_ASSERT(m_byId.contains(id));
    return m_commands.at(m_byId.value(id)).action;
}

QString Actions::reason(const QString& id) const { return m_commands.at(m_byId.value(id)).reason; }

void Actions::setEnabled(const QString& id, bool enabled, const QString& reasonIfNot)
{
    Command& command = m_commands[m_byId.value(id)];
    command.action->setEnabled(enabled);
    command.reason = enabled ? QString() : reasonIfNot;
    describe(command);
}

void Actions::setKeys(const QString& id, const QList<QKeySequence>& keys)
{
    const Command& changed = command(id);
    changed.action->setShortcuts(keys);
    QSettings settings;
    if (keys == changed.defaults) {
        settings.remove(settingOf(id));
    } else {
        QStringList texts;
        for (const QKeySequence& key : keys)
            texts << key.toString(QKeySequence::PortableText);
        settings.setValue(settingOf(id), texts);
    }
    describe(changed);
    Q_EMIT keysChanged(id);
}

QStringList Actions::sharing(const QString& id, const QKeySequence& key) const
{
    const Command& mine = command(id);
    QStringList ids;
    for (const Command& other : m_commands) {
        if (other.id == id || !meet(mine.where, other.where))
            continue;
        const QList<QKeySequence> keys = other.action->shortcuts();
        if (std::any_of(keys.begin(), keys.end(), [&key](const QKeySequence& each) { return overlap(each, key); }))
            ids << other.id;
    }
    return ids;
}

void Actions::describe(const Command& command)
{
    QString text = command.action->text().remove(u'&');
    if (text.endsWith(u"…"_s))
        text.chop(1);
    const QString key = command.action->shortcut().toString(QKeySequence::NativeText);
    if (!key.isEmpty())
        text += u" ("_s + key + u')';
    if (!command.reason.isEmpty())
        text += u": "_s + command.reason;
    command.action->setToolTip(text);
    command.action->setStatusTip(command.reason);
}

} // namespace ravel
