// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/overviewlane.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr int stripHeight = 10;
constexpr double narrowest = 8; // pixels of the frame

} // namespace

OverviewLane::OverviewLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("overview"))
{
}

QRectF OverviewLane::window() const
{
    const MapGeometry& view = scene().geometry;
    const MapGeometry all(view.numel(), rect().width());
    double x0 = all.toPixel(view.view().begin), x1 = all.toPixel(shifted(view.view().begin, view.view().span));
    if (x1 - x0 < narrowest) {
        x0 = std::clamp((x0 + x1 - narrowest) / 2, 0.0, std::max(0.0, rect().width() - narrowest));
        x1 = x0 + narrowest;
    }
    return QRectF(rect().left() + x0, rect().top(), x1 - x0, rect().height());
}

FlatIndex OverviewLane::indexAt(double x) const
{
    return MapGeometry(scene().geometry.numel(), rect().width()).elementAt(x - rect().left());
}

void OverviewLane::paintLane(QCPPainter& painter)
{
    const QRect area = rect();
    const MapTheme& theme = scene().theme;
    painter.fillRect(area, theme.background);
    const double width = 1 / scene().pixelRatio;
    const ValueLimits limits = scene().whole.limits(scene().extent);
    const ColumnArea columns { area.adjusted(0, stripHeight, 0, -1), width, ValueAxis(limits.low, limits.high, scene().scale) };
    m_columns.paint(painter, columns, scene().whole.columns(), scene().whole.version(), theme);
    paintMarks(painter, QRect(area.left(), area.top(), area.width(), stripHeight), width, scene().whole.columns(), theme);

    const QRectF frame = window();
    QColor veil = theme.gutter;
    veil.setAlphaF(0.55f);
    painter.fillRect(QRectF(area.left(), area.top(), frame.left() - area.left(), area.height()), veil);
    painter.fillRect(QRectF(frame.right(), area.top(), area.right() + 1 - frame.right(), area.height()), veil);
    painter.setPen(QPen(theme.window, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(frame.adjusted(1, 1, -1, -1));
}

} // namespace ravel
