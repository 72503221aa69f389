// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/palette.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include "app/actions.h"
#include "app/palettedelegate.h"
#include "items/fuzzymatch.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int rowsShown = 12, mostRecent = 8;

QString plain(const QAction& action)
{
    QString text = action.text();
    text.replace(u"&&"_s, u"\x1f"_s).remove(u'&').replace(u'\x1f', u'&');
    return text;
}

struct Found {
    const Actions::Command* command;
    QString text;
    FuzzyMatch match;
    int rank; // smaller first where scores agree
};

} // namespace

CommandPalette::CommandPalette(const Actions& actions, QWidget* window)
    : QFrame(window, Qt::Popup)
    , m_actions(actions)
    , m_edit(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_model(new QStandardItemModel(this))
{
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Command palette"));
    m_edit->setPlaceholderText(tr("What do you want to do?"));
    m_edit->setAccessibleName(tr("Command"));
    m_list->setAccessibleName(tr("Commands"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new PaletteDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFocusPolicy(Qt::NoFocus);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->addWidget(m_edit);
    column->addWidget(m_list);
    m_edit->installEventFilter(this);
    connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(m_edit, &QLineEdit::returnPressed, this, [this] { run(m_list->currentIndex()); });
    connect(m_list, &QListView::clicked, this, &CommandPalette::run);
}

void CommandPalette::open()
{
    m_edit->clear();
    fill();
    const QWidget* window = parentWidget();
    const int wide = std::min(window->width() - 40, fontMetrics().averageCharWidth() * 76);
    const int row = std::max(m_list->sizeHintForRow(0), fontMetrics().height());
    resize(wide, m_edit->sizeHint().height() + rowsShown * row + 24);
    move(window->mapToGlobal(QPoint((window->width() - width()) / 2, std::min(80, window->height() / 8))));
    show();
    m_edit->setFocus(Qt::PopupFocusReason);
}

void CommandPalette::fill()
{
    std::vector<Found> found;
    int rank = 0;
    for (const Actions::Command& command : m_actions.all()) {
        const QString text = plain(*command.action);
        auto match = fuzzyMatch(m_edit->text(), text);
        if (!match) // by its group and text: "file sa"
            if ((match = fuzzyMatch(m_edit->text(), QString(command.group + u' ' + text))))
                match->at.clear();
        if (!match)
            continue;
        const auto recent = m_recent.indexOf(command.id);
        found.push_back({ &command, text, std::move(*match), recent >= 0 ? static_cast<int>(recent) - mostRecent : rank++ });
        if (!command.reason.isEmpty())
            found.back().rank += 1'000; // of two that fit as well the one that can be used
    }
    std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
        return a.match.score != b.match.score ? a.match.score > b.match.score : a.rank < b.rank;
    });
    m_model->clear();
    for (const Found& each : found) {
        auto* item = new QStandardItem(each.text);
        const Actions::Command& command = *each.command;
        item->setData(command.id, IdRole);
        item->setData(command.action->shortcut().toString(QKeySequence::NativeText), KeyRole);
        item->setData(command.reason, ReasonRole);
        item->setData(command.group, GroupRole);
        item->setData(QVariant::fromValue(each.match.at), LettersRole);
        item->setData(command.reason.isEmpty() ? each.text : tr("%1: not now, %2").arg(each.text, command.reason), Qt::AccessibleTextRole);
        if (command.action->isCheckable())
            item->setCheckState(command.action->isChecked() ? Qt::Checked : Qt::Unchecked);
        m_model->appendRow(item);
    }
    if (found.empty()) {
        auto* item = new QStandardItem(tr("No command has this in its name"));
        item->setFlags(Qt::NoItemFlags);
        m_model->appendRow(item);
        m_list->setCurrentIndex({});
        return;
    }
    m_list->setCurrentIndex(m_model->index(0, 0));
}

void CommandPalette::run(const QModelIndex& index)
{
    if (!index.isValid() || !index.flags().testFlag(Qt::ItemIsEnabled) || !index.data(ReasonRole).toString().isEmpty())
        return; // the row says why
    const QString id = index.data(IdRole).toString();
    m_recent.removeAll(id);
    m_recent.prepend(id);
    m_recent = m_recent.mid(0, mostRecent);
    hide();
    m_actions[id]->trigger();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress)
        return QFrame::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    int by = 0;
    switch (key->key()) {
    case Qt::Key_Down: by = 1; break;
    case Qt::Key_Up: by = -1; break;
    case Qt::Key_PageDown: by = rowsShown - 1; break;
    case Qt::Key_PageUp: by = 1 - rowsShown; break;
    default: return QFrame::eventFilter(watched, event);
    }
    const int rows = m_model->rowCount();
    if (rows > 0)
        m_list->setCurrentIndex(m_model->index(std::clamp(m_list->currentIndex().row() + by, 0, rows - 1), 0));
    return true;
}

} // namespace ravel
