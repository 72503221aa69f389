// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapoverlay.h"

#include "widgets/mapplot.h"
#include "widgets/overviewlane.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr double narrowest = 2; // pixels of a selected range
constexpr int overviewMark = 4;

// Calls paint(x0, x1) for the ranges in view, those in one pixel merged; pixels count from the view's left edge.
template <class Paint>
void forEachSpan(const std::vector<FlatRange>& ranges, const MapGeometry& geometry, Paint paint)
{
    const FlatRange visible = geometry.visible();
    auto range = std::upper_bound(ranges.begin(), ranges.end(), visible.begin,
        [](FlatIndex at, FlatRange r) { return at < r.end; });
    double x0 = 0, x1 = -1;
    for (; range != ranges.end() && range->begin < visible.end; ++range) {
        double from = std::max(geometry.toPixel(range->begin), -10.0);
        double to = std::min(geometry.toPixel(range->end), geometry.width() + 10);
        if (to - from < narrowest) {
            from = std::clamp((from + to - narrowest) / 2, 0.0, geometry.width() - narrowest);
            to = from + narrowest;
        }
        if (x1 >= x0 && from <= x1 + 0.5) {
            x1 = std::max(x1, to);
            continue;
        }
        if (x1 >= x0)
            paint(x0, x1);
        x0 = from, x1 = to;
    }
    if (x1 >= x0)
        paint(x0, x1);
}

} // namespace

MapOverlay::MapOverlay(MapPlot* plot, const QString& layer, const MapScene& scene)
    : QCPLayerable(plot, layer)
    , m_scene(scene)
    , m_plot(*plot)
{
}

QRect MapOverlay::clipRect() const { return m_plot.overview().rect() | m_plot.lanes(); }

void MapOverlay::draw(QCPPainter* painter)
{
    if (!m_scene.layout)
        return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing, false);
    paintSelected(*painter, m_plot.lanes(), m_scene.geometry, 1);
    const QRect overview = m_plot.overview().rect();
    if (overview.isEmpty())
        return paintPointed(*painter), painter->restore();
    const QRect mark(overview.left(), overview.bottom() + 1 - overviewMark, overview.width(), overviewMark);
    const MapGeometry whole(m_scene.geometry.numel(), overview.width());
    forEachSpan(m_scene.selectedWhole, whole, [&](double x0, double x1) {
        painter->fillRect(QRectF(mark.left() + x0, mark.top(), x1 - x0, mark.height()), m_scene.theme.selectionLine);
    });
    paintPointed(*painter);
    painter->restore();
}

void MapOverlay::paintSelected(QCPPainter& painter, const QRect& area, const MapGeometry& geometry, int lineWidth)
{
    const MapTheme& theme = m_scene.theme;
    forEachSpan(m_scene.selected, geometry, [&](double x0, double x1) {
        const QRectF box(area.left() + x0, area.top(), x1 - x0, area.height());
        painter.fillRect(box, theme.selectionFill);
        painter.fillRect(QRectF(box.left(), box.top(), lineWidth, box.height()), theme.selectionLine);
        painter.fillRect(QRectF(box.right() - lineWidth, box.top(), lineWidth, box.height()), theme.selectionLine);
        painter.fillRect(QRectF(box.left(), box.top(), box.width(), 2), theme.selectionLine);
        painter.fillRect(QRectF(box.left(), box.bottom() - 2, box.width(), 2), theme.selectionLine);
    });
}

void MapOverlay::paintPointed(QCPPainter& painter)
{
    if (!m_scene.pointed)
        return;
    const QRect area = m_plot.lanes();
    const MapGeometry& geometry = m_scene.geometry;
    const double x0 = area.left() + geometry.toPixel(*m_scene.pointed), width = geometry.elementWidth();
    QColor colour = m_scene.theme.pointer;
    if (width >= 6) { // the element itself, framed
        painter.setPen(colour);
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(x0, area.top(), width, area.height() - 1));
    } else {
        colour.setAlphaF(0.7f);
        painter.fillRect(QRectF(x0 + width / 2, area.top(), 1, area.height()), colour);
    }
    const QRect overview = m_plot.overview().rect();
    if (overview.isEmpty())
        return;
    const MapGeometry whole(geometry.numel(), overview.width());
    painter.fillRect(QRectF(overview.left() + whole.toPixel(*m_scene.pointed), overview.top(), 1, overview.height()), colour);
}

} // namespace ravel
