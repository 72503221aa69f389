// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/valuegutter.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ravel {

namespace {

constexpr int tickSpacing = 28; // pixels, at least

std::vector<double> ticksOf(const ColumnArea& area) { return area.axis.ticks(std::max(3, area.rect.height() / tickSpacing)); }

} // namespace

void paintValueTicks(QPainter& painter, const QRect& gutter, const QString& name, const ColumnArea& area, const MapTheme& theme, const QLocale& locale)
{
    const int height = painter.fontMetrics().height();
    auto ticks = ticksOf(area);
    // Zero comes first: where labels are close, it is its neighbours that give way.
    std::stable_partition(ticks.begin(), ticks.end(), [](double tick) { return tick == 0; });
    std::vector<double> taken;
    const int nameEnd = gutter.left() + 8 + painter.fontMetrics().horizontalAdvance(name) + 4;
    for (const double tick : ticks) {
        const double y = area.y(tick);
        const QString text = locale.toString(tick, 'g', 5);
        const int width = painter.fontMetrics().horizontalAdvance(text);
        const QRect box(gutter.right() - 6 - width, static_cast<int>(y) - height / 2, width + 1, height);
        const bool overName = box.top() < area.rect.top() + 2 + height && box.left() < nameEnd;
        const bool close = std::any_of(taken.begin(), taken.end(), [&](double other) { return std::abs(other - y) < height; });
        if (close || overName || box.bottom() > gutter.bottom() + height / 2)
            continue;
        taken.push_back(y);
        painter.setPen(theme.faintText);
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, text);
        painter.fillRect(QRect(gutter.right() - 3, static_cast<int>(y), 4, 1), theme.faintText);
    }
}

void paintValueGrid(QPainter& painter, const QRect& lane, const ColumnArea& area, const MapTheme& theme)
{
    QColor faint = theme.line;
    faint.setAlphaF(0.5f);
    for (const double tick : ticksOf(area))
        painter.fillRect(QRectF(lane.left(), std::floor(area.y(tick)), lane.width(), 1), tick == 0 ? theme.line : faint);
}

} // namespace ravel
