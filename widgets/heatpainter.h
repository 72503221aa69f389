// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QRect>
#include <QRectF>

#include "items/heatpicture.h"
#include "widgets/colormap.h"
#include "widgets/maptheme.h"

#include <functional>

class QPainter;

namespace ravel {

// Which colours stand for which values: linear between low and high.
struct HeatScale {
    ColorMap::Name map = ColorMap::Viridis;
    double low = 0, high = 1;
    double share(double value) const { return high > low ? (value - low) / (high - low) : 0.5; }
    bool operator==(const HeatScale&) const = default;
};

// One pixel a block of the picture; NaN before infinity before the number; nothing where no element stands.
QImage heatImage(const HeatPicture&, const HeatScale&);

// From cells to pixels and back, down and across by itself.
struct HeatGeometry {
    QRectF view;     // in cells, x across
    QRectF pixels;   // where it stands
    double x(double column) const { return pixels.left() + (column - view.left()) / view.width() * pixels.width(); }
    double y(double row) const { return pixels.top() + (row - view.top()) / view.height() * pixels.height(); }
    double column(double px) const { return view.left() + (px - pixels.left()) / pixels.width() * view.width(); }
    double row(double py) const { return view.top() + (py - pixels.top()) / pixels.height() * view.height(); }
    double cellWidth() const { return pixels.width() / view.width(); }
    double cellHeight() const { return pixels.height() / view.height(); }
    QRectF rect(const CellRect& c) const
    {
        return QRectF(QPointF(x(static_cast<double>(c.left)), y(static_cast<double>(c.top))),
            QPointF(x(static_cast<double>(c.right)), y(static_cast<double>(c.bottom))));
    }
};

void paintHeat(QPainter&, const HeatPicture&, const QImage&, const HeatGeometry&);
// Hatches NaN and infinity where there is room, and makes those large enough to be seen where there is none.
void paintHeatFaults(QPainter&, const HeatPicture&, const HeatGeometry&, const MapTheme&);
// The numbers in cells that are large enough for them.
void paintHeatNumbers(QPainter&, const HeatPicture&, const HeatGeometry&, const HeatScale&);
// The hatching of a swatch or a cell.
QBrush nanHatch();
QBrush infinityHatch();

} // namespace ravel
