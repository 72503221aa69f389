// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/rulerlane.h"

#include "widgets/mapticks.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr int tick = 5, smallTick = 3;

} // namespace

RulerLane::RulerLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("offset"))
{
}

int RulerLane::wantedHeight(const QFontMetrics& metrics) const { return metrics.height() + tick + 2; }

void RulerLane::paintLane(QCPPainter& painter)
{
    const QRect area = rect();
    const QFontMetrics metrics = painter.fontMetrics();
    const auto ticks = offsetTicks(scene().geometry, QLocale(), // the plot's own leaves groups out
       
        [&metrics](const QString& text) { return metrics.horizontalAdvance(text); });
    const int bottom = area.top() + area.height();
    painter.fillRect(QRect(area.left(), bottom - 1, area.width(), 1), scene().theme.line);
    painter.setPen(scene().theme.faintText);
    for (const OffsetTick& t : ticks) {
        const int x = static_cast<int>(toX(t.index) + 0.5);
        const int height = t.label.isEmpty() ? smallTick : tick;
        painter.fillRect(QRect(x, bottom - height, 1, height), scene().theme.faintText);
        if (t.label.isEmpty())
            continue;
        const int width = metrics.horizontalAdvance(t.label);
        const int left = std::clamp(x - width / 2, area.left(), std::max(area.left(), area.right() - width));
        if (x >= area.left() && x <= area.right())
            painter.drawText(left, area.top() + metrics.ascent(), t.label);
    }
}

} // namespace ravel
