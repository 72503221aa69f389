// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/absent.h"

#include <QPainter>

#include <algorithm>

namespace ravel {

void paintAbsent(QPainter& painter, const QRect& lane, const MapScene& scene, const std::vector<FlatRange>& absent, const QString& words)
{
    const FlatRange visible = scene.geometry.visible();
    auto range = std::upper_bound(absent.begin(), absent.end(), visible.begin, [](FlatIndex at, const FlatRange& r) { return at < r.end; });
    double drawnTo = lane.left() - 1;
    const int textWidth = painter.fontMetrics().horizontalAdvance(words), textHeight = painter.fontMetrics().height();
    for (; range != absent.end() && range->begin < visible.end; ++range) {
        const double left = std::max<double>(lane.left() + scene.geometry.toPixel(range->begin), lane.left());
        const double right = std::min<double>(lane.left() + scene.geometry.toPixel(range->end), lane.right() + 1);
        if (right - left < 1 && left < drawnTo)
            continue; // in a pixel that is crossed out already
        const QRectF area(left, lane.top(), std::max(right - left, 1.0), lane.height());
        drawnTo = area.right();
        QColor ink = scene.theme.faintText;
        ink.setAlphaF(0.5f);
        painter.fillRect(area, QBrush(ink, Qt::DiagCrossPattern));
        if (textWidth + 12 > area.width() || textHeight + 2 > area.height())
            continue;
        const QRectF box(area.center().x() - textWidth / 2.0 - 5, area.center().y() - textHeight / 2.0, textWidth + 10, textHeight);
        painter.fillRect(box, scene.theme.background);
        painter.setPen(scene.theme.faintText);
        painter.drawText(box, Qt::AlignCenter, words);
    }
}

} // namespace ravel
