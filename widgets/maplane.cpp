// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/maplane.h"

#include <algorithm>

namespace ravel {

QCPAxisRect* MapLane::makeRect(QCustomPlot* plot)
{
    auto* rect = new QCPAxisRect(plot, false);
    rect->setAutoMargins(QCP::msNone);
    rect->addAxis(QCPAxis::atBottom)->setVisible(false); // a plottable hangs on two axes; ours draw by MapGeometry
    rect->addAxis(QCPAxis::atLeft)->setVisible(false);
    return rect;
}

MapLane::MapLane(QCPAxisRect* rect, const MapScene& scene, const QString& title)
    : QCPAbstractPlottable(rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft))
    , m_scene(scene)
{
    setName(title);
    setSelectable(QCP::stNone);
}

QRect MapLane::gutter() const
{
    const QRect outer = axisRect()->outerRect();
    return QRect(outer.left(), outer.top(), rect().left() - outer.left(), outer.height());
}

QRect MapLane::clipRect() const { return axisRect()->outerRect(); }

std::optional<std::uint32_t> MapLane::placedUnder(QPointF point) const
{
    if (!m_scene.layout || !rect().contains(point.toPoint()))
        return std::nullopt;
    const auto placed = m_scene.layout->placedAt(m_scene.geometry.elementAt(point.x() - rect().left()));
    return placed ? std::optional(*placed) : std::nullopt;
}

QRectF MapLane::span(FlatRange range, double least) const
{
    const QRect area = rect();
    const double left = area.left(), right = left + area.width();
    double x0 = toX(range.begin), x1 = toX(range.end);
    if (x1 < left || x0 >= right)
        return {};
    if (x1 - x0 < least)
        x0 = std::clamp((x0 + x1 - least) / 2, left, right - least), x1 = x0 + least;
    x0 = std::max(x0, left);
    return QRectF(x0, area.top(), std::min(x1, right) - x0, area.height());
}

void MapLane::draw(QCPPainter* painter)
{
    painter->save();
    painter->setAntialiasing(false);
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->setFont(mParentPlot->font());
    if (m_current) // a bar at the edge: seen without colour, too
        painter->fillRect(QRect(gutter().left(), gutter().top(), 3, gutter().height()), m_scene.theme.window);
    paintGutter(*painter);
    painter->setClipRect(rect());
    if (m_scene.layout)
        paintLane(*painter);
    painter->restore();
}

void MapLane::paintGutter(QCPPainter& painter)
{
    painter.setPen(m_scene.theme.faintText);
    painter.drawText(gutter().adjusted(8, 0, -8, 0), Qt::AlignLeft | Qt::AlignVCenter, name());
}

} // namespace ravel
