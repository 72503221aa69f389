// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/marks.h"

#include <QPolygonF>

#include <cmath>
#include <initializer_list>

namespace ravel {

namespace {

void fillShape(QPainter& painter, QPointF centre, double radius, const QColor& colour, std::initializer_list<QPointF> corners)
{
    QPolygonF polygon;
    for (const QPointF& corner : corners)
        polygon << centre + corner * radius;
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPolygon(polygon);
}

} // namespace

void paintMark(QPainter& painter, MapAnomaly::Kind kind, QPointF c, double r, const MapTheme& theme)
{
    const QColor& colour = theme.mark[kind];
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, 1.5));
    switch (kind) {
    case MapAnomaly::Nan:
        fillShape(painter, c, r, colour, { { 0, -1 }, { 1, 0 }, { 0, 1 }, { -1, 0 } });
        break;
    case MapAnomaly::Inf: {
        const QPointF corners[] = { c + QPointF(0, -r + 1), c + QPointF(r - 0.5, r - 1), c + QPointF(-r + 0.5, r - 1) };
        painter.drawPolygon(corners, 3);
        break;
    }
    case MapAnomaly::AllZero:
        painter.drawEllipse(c, r - 1.25, r - 1.25);
        break;
    case MapAnomaly::Outlier: // a spike on a foot
        fillShape(painter, c, r, colour, { { 0, -1 }, { 0.45, 0.75 }, { 1, 0.75 }, { 1, 1 }, { -1, 1 }, { -1, 0.75 }, { -0.45, 0.75 } });
        break;
    case MapAnomaly::Dead: // a bar lying down
        fillShape(painter, c, r, colour, { { -1, -0.35 }, { 1, -0.35 }, { 1, 0.35 }, { -1, 0.35 } });
        break;
    case MapAnomaly::Duplicate:
        painter.drawRect(QRectF(c.x() - r + 0.75, c.y() - r + 0.75, 1.2 * r, 1.2 * r));
        painter.fillRect(QRectF(c.x() - 0.3 * r, c.y() - 0.3 * r, 1.3 * r, 1.3 * r), colour);
        break;
    case MapAnomaly::Unusual:
        painter.setPen(QPen(colour, 2));
        painter.drawLine(c + QPointF(-r + 1, -r + 1), c + QPointF(r - 1, r - 1));
        painter.drawLine(c + QPointF(-r + 1, r - 1), c + QPointF(r - 1, -r + 1));
        break;
    }
    painter.restore();
}

void MarkStamps::update(double radius, double ratio, const MapTheme& theme)
{
    if (!m_images[0].isNull() && radius == m_radius && ratio == m_ratio && theme == m_theme)
        return;
    m_radius = radius;
    m_ratio = ratio;
    m_theme = theme;
    const int side = static_cast<int>(std::ceil((2 * radius + 2) * ratio));
    for (int kind = 0; kind < MapAnomaly::kinds; ++kind) {
        QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(ratio);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        paintMark(painter, static_cast<MapAnomaly::Kind>(kind), QPointF(side, side) / (2 * ratio), radius, theme);
        m_images[kind] = image;
    }
}

void MarkStamps::stamp(QPainter& painter, MapAnomaly::Kind kind, QPointF centre) const
{
    const QImage& image = m_images[kind];
    const QPointF half(image.width() / (2 * m_ratio), image.height() / (2 * m_ratio));
    painter.drawImage(centre - half, image);
}

} // namespace ravel
