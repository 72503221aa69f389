// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/preferences.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTabWidget>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "app/theme.h"
#include "widgets/fitscreen.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int IdRole = Qt::UserRole;

QString plain(QString text)
{
    text.remove(u'&');
    if (text.endsWith(u"…"_s))
        text.chop(1);
    return text;
}

QString keysText(const Actions::Command& command) { return QKeySequence::listToString(command.action->shortcuts(), QKeySequence::NativeText); }

} // namespace

KeysPage::KeysPage(Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_actions(actions)
    , m_search(new QLineEdit(this))
    , m_list(new QTreeWidget(this))
    , m_key(new QKeySequenceEdit(this))
    , m_conflict(new QLabel(this))
    , m_assign(new QPushButton(tr("&Assign"), this))
    , m_remove(new QPushButton(tr("&No Key"), this))
    , m_reset(new QPushButton(tr("&Default"), this))
    , m_resetAll(new QPushButton(tr("Reset A&ll"), this))
{
    m_search->setPlaceholderText(tr("Search: a command or a key"));
    m_search->setAccessibleName(tr("Search"));
    m_search->setClearButtonEnabled(true);
    m_list->setAccessibleName(tr("Commands and their keys"));
    m_list->setHeaderLabels({ tr("Command"), tr("Keys"), tr("Where") });
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAlternatingRowColors(true);
    m_list->header()->setStretchLastSection(true);
    m_key->setAccessibleName(tr("New key"));
    m_conflict->setWordWrap(true);
    m_conflict->setTextFormat(Qt::PlainText);
    auto* label = new QLabel(tr("New &key:"), this);
    label->setBuddy(m_key);
    auto* row = new QHBoxLayout;
    row->addWidget(label);
    row->addWidget(m_key, 1);
    for (QPushButton* button : { m_assign, m_remove, m_reset, m_resetAll }) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_search);
    column->addWidget(m_list, 1);
    column->addLayout(row);
    column->addWidget(m_conflict);
    fill();
    connect(m_search, &QLineEdit::textChanged, this, &KeysPage::filter);
    connect(m_list, &QTreeWidget::currentItemChanged, this, [this] {
        m_key->clear();
        check();
    });
    connect(m_key, &QKeySequenceEdit::keySequenceChanged, this, &KeysPage::check);
    connect(m_assign, &QPushButton::clicked, this, &KeysPage::assign);
    connect(m_remove, &QPushButton::clicked, this, [this] { m_actions.setKeys(chosen(), {}); });
    connect(m_reset, &QPushButton::clicked, this, &KeysPage::reset);
    connect(m_resetAll, &QPushButton::clicked, this, [this] {
        for (const Actions::Command& command : m_actions.all())
            m_actions.resetKeys(command.id);
    });
    connect(&m_actions, &Actions::keysChanged, this, [this] {
        for (int i = 0; i < m_list->topLevelItemCount(); ++i)
            showItem(m_list->topLevelItem(i));
        check();
    });
    check();
}

void KeysPage::fill()
{
    for (const Actions::Command& command : m_actions.all()) {
        auto* item = new QTreeWidgetItem(m_list, { plain(command.action->text()), QString(), command.group });
        item->setData(0, IdRole, command.id);
        showItem(item);
    }
    m_list->resizeColumnToContents(0);
    m_list->resizeColumnToContents(1);
    m_list->setCurrentItem(m_list->topLevelItem(0));
}

void KeysPage::showItem(QTreeWidgetItem* item)
{
    const Actions::Command& command = m_actions.command(item->data(0, IdRole).toString());
    item->setText(1, keysText(command));
    QFont font = item->font(1);
    font.setBold(command.action->shortcuts() != command.defaults); // the user's own
    item->setFont(1, font);
    item->setToolTip(1, font.bold() ? tr("At first: %1").arg(command.defaults.isEmpty() ? tr("no key") : QKeySequence::listToString(command.defaults, QKeySequence::NativeText)) : QString());
}

void KeysPage::filter()
{
    const QString wanted = m_search->text().trimmed();
    for (int i = 0; i < m_list->topLevelItemCount(); ++i) {
        QTreeWidgetItem* item = m_list->topLevelItem(i);
        bool hit = wanted.isEmpty();
        for (int column = 0; column < 3 && !hit; ++column)
            hit = item->text(column).contains(wanted, Qt::CaseInsensitive);
        item->setHidden(!hit);
    }
}

QString KeysPage::chosen() const
{
    const QTreeWidgetItem* item = m_list->currentItem();
    return item ? item->data(0, IdRole).toString() : QString();
}

void KeysPage::choose(const QString& id)
{
    for (int i = 0; i < m_list->topLevelItemCount(); ++i)
        if (m_list->topLevelItem(i)->data(0, IdRole).toString() == id)
            m_list->setCurrentItem(m_list->topLevelItem(i));
}

QString KeysPage::conflict() const { return m_conflict->text(); }

void KeysPage::check()
{
    const QString id = chosen();
    const QKeySequence key = m_key->keySequence();
    QString conflict;
    if (!id.isEmpty() && !key.isEmpty()) {
        if (const QStringList names = others(id, { key }); !names.isEmpty())
            conflict = tr("%1 has that key now; Assign takes it from there.").arg(names.join(u", "_s));
    } else if (!id.isEmpty()) {
        if (const QStringList names = others(id, m_actions.command(id).defaults); !names.isEmpty())
            conflict = tr("%1 has the default key now; Default takes it from there.").arg(names.join(u", "_s));
    }
    m_conflict->setText(conflict);
    m_assign->setEnabled(!id.isEmpty() && !key.isEmpty());
    m_remove->setEnabled(!id.isEmpty() && !m_actions[id]->shortcuts().isEmpty());
    m_reset->setEnabled(!id.isEmpty() && m_actions[id]->shortcuts() != m_actions.command(id).defaults);
}

void KeysPage::assign()
{
    const QString id = chosen();
    const QKeySequence key = m_key->keySequence();
    if (id.isEmpty() || key.isEmpty())
        return;
    takeFromOthers(id, key);
    m_actions.setKeys(id, { key });
    m_key->clear();
}

void KeysPage::reset()
{
    const QString id = chosen();
    if (id.isEmpty())
        return;
    for (const QKeySequence& key : m_actions.command(id).defaults)
        takeFromOthers(id, key);
    m_actions.resetKeys(id);
}

void KeysPage::takeFromOthers(const QString& id, const QKeySequence& key)
{
    for (const QString& other : m_actions.sharing(id, key)) {
        QList<QKeySequence> left = m_actions[other]->shortcuts();
        left.removeIf([&key](const QKeySequence& each) { return each.matches(key) != QKeySequence::NoMatch || key.matches(each) != QKeySequence::NoMatch; });
        m_actions.setKeys(other, left);
    }
}

QStringList KeysPage::others(const QString& id, const QList<QKeySequence>& keys) const
{
    QStringList names;
    for (const QKeySequence& key : keys)
        for (const QString& other : m_actions.sharing(id, key))
            names << u"“"_s + plain(m_actions[other]->text()) + u'”';
    names.removeDuplicates();
    return names;
}

Preferences::Preferences(MainWindow& window)
    : QDialog(&window)
    , m_theme(new QComboBox(this))
    , m_continues(new QCheckBox(tr("&Continue with the file that was open last"), this))
    , m_keys(new KeysPage(window.actions(), this))
{
    setObjectName(u"preferences"_s);
    setWindowTitle(tr("Preferences"));
    setAttribute(Qt::WA_DeleteOnClose);
    const QString ids[] { u"theme.system"_s, u"theme.light"_s, u"theme.dark"_s };
    m_theme->addItems({ tr("As the desktop has it"), tr("Light"), tr("Dark") });
    m_theme->setAccessibleName(tr("Theme"));
    m_theme->setCurrentIndex(static_cast<int>(storedTheme()));
    connect(m_theme, &QComboBox::currentIndexChanged, this, [&window, ids](int i) { window.actions()[ids[i]]->setChecked(true); });
    m_continues->setChecked(continuesWhereLeft());
    connect(m_continues, &QCheckBox::toggled, this, [](bool on) { QSettings().setValue("session/continue"_L1, on); });
    auto* general = new QWidget(this);
    auto* form = new QFormLayout(general);
    form->addRow(tr("&Theme:"), m_theme);
    form->addRow(tr("At the start:"), m_continues);
    auto* tabs = new QTabWidget(this);
    tabs->addTab(general, tr("&General"));
    tabs->addTab(m_keys, tr("&Keys"));
    tabs->tabBar()->setAccessibleName(tr("Pages of the preferences"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(tabs, 1);
    column->addWidget(buttons);
    resize(fittingScreen(*this, { 720, 560 }));
}

void showPreferences(MainWindow& window)
{
    auto* there = window.findChild<Preferences*>();
    Preferences* dialog = there ? there : new Preferences(window);
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

bool continuesWhereLeft() { return QSettings().value("session/continue"_L1, true).toBool(); }

} // namespace ravel
