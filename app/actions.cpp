// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/actions.h"

#include <QWidget>

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

QAction* Actions::adopt(const QString& id, QAction* action, const QList<QKeySequence>& keys)
{
    Q_ASSERT(!m_byId.contains(id));
    action->setObjectName(id);
    action->setShortcuts(keys);
    if (m_where) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        m_where->addAction(action);
    }
    m_byId.insert(id, m_commands.size());
    m_commands.append({ id, m_group, action, {} });
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
