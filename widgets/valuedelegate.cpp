// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/valuedelegate.h"

#include <QPainter>

#include "items/valuemodel.h"
#include "widgets/tones.h"

namespace ravel {

void ValueDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    option->textElideMode = Qt::ElideMiddle;
    if (index.data(ValueModel::EditedRole).toBool()) {
        option->font.setBold(true);
        option->backgroundBrush = toneBackground(option->palette, Tone::Warning);
    } else if (!index.data(ValueModel::LoadedRole).toBool()) {
        option->palette.setColor(QPalette::Text, mutedText(option->palette));
    }
}

void ValueDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyledItemDelegate::paint(painter, option, index);
    if (index.data(ValueModel::TakenRole).toBool()) // a bar at the left, as the band on the map
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), option.palette.color(QPalette::Highlight));
    if (!index.data(ValueModel::EditedRole).toBool())
        return;
    const QPoint corner = option.rect.topRight();
    painter->save();
    painter->setPen(Qt::NoPen);
    painter->setBrush(option.palette.color(QPalette::Text));
    painter->drawPolygon(QPolygon { corner, corner + QPoint(-5, 0), corner + QPoint(0, 5) });
    painter->restore();
}

} // namespace ravel
