// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/namedelegate.h"

#include <QApplication>
#include <QPainter>

#include "items/treemodel.h"
#include "widgets/tones.h"

using namespace Qt::StringLiterals;

namespace ravel {

void NameDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const int marks = index.data(TreeModel::MarksRole).toInt();
    if (marks & TreeModel::Edited)
        option->font.setBold(true);
    if (const QString signs = index.data(TreeModel::MarkTextRole).toString(); !signs.isEmpty())
        option->text.prepend(signs + u' ');
    if (marks & TreeModel::Unreadable)
        option->palette.setColor(QPalette::Text, troubleText(option->palette));
}

void NameDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyledItemDelegate::paint(painter, option, index);
    const QString note = index.data(TreeModel::NoteRole).toString();
    if (note.isEmpty() || note == TreeModel::tr("edited"))
        return; // the dot says that
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    const QStyle* style = item.widget ? item.widget->style() : QApplication::style();
    QRect room = style->subElementRect(QStyle::SE_ItemViewItemText, &item, item.widget);
    const int margin = style->pixelMetric(QStyle::PM_FocusFrameHMargin, nullptr, item.widget) + 1;
    room.adjust(QFontMetrics(item.font).horizontalAdvance(item.text) + 3 * margin + 4, 0, -margin, 0);
    if (room.width() < 24)
        return;
    painter->save();
    painter->setFont(option.font);
    const bool selected = item.state & QStyle::State_Selected;
    painter->setPen(selected ? item.palette.color(QPalette::HighlightedText) : mutedText(item.palette));
    painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter, QFontMetrics(option.font).elidedText(note, Qt::ElideRight, room.width()));
    painter->restore();
}

} // namespace ravel
