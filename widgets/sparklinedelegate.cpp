// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/sparklinedelegate.h"

#include <QApplication>
#include <QPainter>

namespace ravel {

void paintSparkline(QPainter& painter, const QRect& rect, const Sparkline& line, const QPalette& palette, bool selected)
{
    const QColor ink = palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    QColor soft = ink;
    soft.setAlphaF(0.35f);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    if (!line.known) {
        const QRect strip(rect.left(), rect.center().y() - 2, rect.width(), 4);
        painter.fillRect(strip, QBrush(soft, Qt::BDiagPattern));
        painter.restore();
        return;
    }
    QRect area = rect;
    if (line.trouble) {
        const int width = painter.fontMetrics().horizontalAdvance(u'!') + 3;
        painter.setPen(ink);
        painter.drawText(QRect(rect.right() - width + 1, rect.top(), width, rect.height()), Qt::AlignCenter, QStringLiteral("!"));
        area.setWidth(area.width() - width - 1);
    }
    QColor fill = ink;
    fill.setAlphaF(0.7f);
    for (int i = 0; i < sparklineBins; ++i) {
        const int x0 = area.left() + area.width() * i / sparklineBins;
        const int x1 = area.left() + area.width() * (i + 1) / sparklineBins;
        const int value = line.heights[static_cast<std::size_t>(i)];
        const int height = value == 0 ? 0 : qMax(1, area.height() * value / 255);
        if (height > 0)
            painter.fillRect(QRect(x0, area.bottom() + 1 - height, qMax(1, x1 - x0), height), fill);
    }
    painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), soft);
    painter.restore();
}

void SparklineDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QVariant data = index.data(SparklineRole);
    if (!data.canConvert<Sparkline>()) {
        QStyledItemDelegate::paint(painter, option, index);
        return;
    }
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    cell.text.clear();
    const QStyle* style = cell.widget ? cell.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
    const bool selected = cell.state.testFlag(QStyle::State_Selected);
    paintSparkline(*painter, cell.rect.adjusted(4, 2, -4, -2), data.value<Sparkline>(), cell.palette, selected);
}

QSize SparklineDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QSize base = QStyledItemDelegate::sizeHint(option, index);
    return { qMax(base.width(), option.fontMetrics.averageCharWidth() * 9), base.height() };
}

} // namespace ravel
