// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/rulerlane.h"

#include "widgets/mapticks.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr int tick = 5, smallTick = 3;
constexpr int flagWidth = 8, flagHeight = 7; // of a bookmark, on a pole as high as the lane

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
    paintFlags(painter);
}

// Flags that would stand on each other are one.
void RulerLane::paintFlags(QCPPainter& painter) const
{
    const QRect area = rect();
    painter.setPen(Qt::NoPen);
    painter.setBrush(scene().theme.text);
    double last = area.left() - flagWidth;
    for (const MapScene::Bookmark& bookmark : scene().bookmarks) {
        const double x = std::floor(toX(bookmark.range.begin));
        if (x < area.left() - flagWidth || x > area.right() || x - last < 2)
            continue;
        last = x;
        painter.fillRect(QRectF(x, area.top(), 1, area.height()), scene().theme.text);
        painter.drawPolygon(QPolygonF { { x + 1, area.top() + 0.0 }, { x + 1 + flagWidth, area.top() + flagHeight / 2.0 }, { x + 1, area.top() + double(flagHeight) } });
    }
}

std::optional<MapHit> RulerLane::hit(QPointF at) const
{
    QStringList texts;
    for (const MapScene::Bookmark& bookmark : scene().bookmarks)
        if (const double x = toX(bookmark.range.begin); at.x() >= x - 2 && at.x() <= x + flagWidth + 1)
            texts << bookmark.text;
    if (texts.isEmpty())
        return std::nullopt;
    return MapHit { 0, 0, texts.mid(0, 5).join(u'\n') };
}

} // namespace ravel
