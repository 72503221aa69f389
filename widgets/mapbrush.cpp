// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapbrush.h"

#include "widgets/densitylane.h"
#include "widgets/mapplot.h"
#include "widgets/valueslane.h"

#include <algorithm>

namespace ravel {

MapBrush::MapBrush(MapPlot* plot, const QString& layer, const MapScene& scene)
    : QCPLayerable(plot, layer)
    , m_scene(scene)
    , m_values(plot->findChild<ValuesLane*>())
    , m_density(plot->findChild<DensityLane*>())
{
}

QRect MapBrush::clipRect() const
{
    QRect all;
    for (const MapLane* lane : { static_cast<const MapLane*>(m_values), static_cast<const MapLane*>(m_density) })
        if (lane)
            all |= lane->rect();
    return all;
}

void MapBrush::draw(QCPPainter* painter)
{
    if (!m_where || !m_scene.layout)
        return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing, false);
    if (m_values)
        paintBand(*painter, *m_values, m_values->plot());
    if (m_density)
        paintBand(*painter, *m_density, m_density->plot());
    painter->restore();
}

void MapBrush::paintBand(QCPPainter& painter, const MapLane& lane, const QRectF& plot)
{
    if (lane.rect().isEmpty())
        return;
    const auto y = [&](double value) { return std::clamp(plot.bottom() - m_scene.values.toUnit(value) * plot.height(), plot.top() - 1, plot.bottom() + 1); };
    const double top = y(m_where->high), bottom = y(m_where->low), left = lane.rect().left();
    painter.setClipRect(lane.rect());
    for (const FlatRange range : m_scene.selected) {
        const double x0 = left + std::max(m_scene.geometry.toPixel(range.begin), -10.0);
        const double x1 = left + std::min(m_scene.geometry.toPixel(range.end), m_scene.geometry.width() + 10);
        if (x1 <= x0)
            continue;
        const QRectF band(x0, top, x1 - x0, std::max(1.0, bottom - top));
        painter.fillRect(band, m_scene.theme.selectionFill);
        for (const double line : { band.top(), band.bottom() - 1 })
            painter.fillRect(QRectF(x0, line, band.width(), 1), m_scene.theme.selectionLine);
    }
}

} // namespace ravel
