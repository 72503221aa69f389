// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/columnpainter.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace ravel {

namespace {

bool seen(const Column& column) { return column.is(Column::Known) || column.is(Column::Partial); }
bool drawn(const Column& column) { return seen(column) && !column.is(Column::NoFinite); }

// Calls visit(first, last) for each run of columns for which `in` holds.
void forEachRun(const std::vector<Column>& columns, const std::function<bool(const Column&)>& in,
    const std::function<void(std::size_t, std::size_t)>& visit)
{
    for (std::size_t i = 0; i < columns.size();) {
        std::size_t end = i;
        while (end < columns.size() && in(columns[end]))
            ++end;
        if (end > i)
            visit(i, end);
        i = end + 1;
    }
}

void paintUnknown(QCPPainter& painter, const ColumnArea& area, const std::vector<Column>& columns, const MapTheme& theme)
{
    const auto rectOf = [&](std::size_t first, std::size_t last, double top, double height) {
        return QRectF(area.x(first), top, area.x(last) - area.x(first), height);
    };
    forEachRun(columns, [](const Column& c) { return !seen(c); }, [&](std::size_t first, std::size_t last) {
        painter.fillRect(rectOf(first, last, area.rect.top(), area.rect.height()), QBrush(theme.unknown, Qt::BDiagPattern));
    });
    const auto unsure = [](const Column& c) { return seen(c) && (c.is(Column::Estimated) || !c.is(Column::Known)); };
    forEachRun(columns, unsure, [&](std::size_t first, std::size_t last) {
        painter.fillRect(rectOf(first, last, area.rect.bottom() - 2, 3), QBrush(theme.faintText, Qt::Dense5Pattern));
    });
}

// From one value to another, at least a pixel high and reaching over to the neighbour, so that a steep line has no holes.
QRectF run(const ColumnArea& area, std::size_t i, double low, double high)
{
    const double top = area.y(high), bottom = area.y(low);
    return QRectF(area.x(i), std::floor(top), area.width, std::max(1.0, std::ceil(bottom) - std::floor(top)));
}

} // namespace

double ColumnArea::y(double value) const
{
    const double unit = std::clamp(axis.toUnit(value), 0.0, 1.0);
    return rect.top() + (1 - unit) * (rect.height() - 1);
}

void paintColumns(QCPPainter& painter, const ColumnArea& area, const std::vector<Column>& columns, const MapTheme& theme)
{
    paintUnknown(painter, area, columns, theme);
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (drawn(columns[i]))
            painter.fillRect(run(area, i, columns[i].min, columns[i].max), theme.band);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Column& c = columns[i];
        if (drawn(c) && c.std > 0)
            painter.fillRect(run(area, i, std::max(c.min, c.mean - c.std), std::min(c.max, c.mean + c.std)), theme.deviation);
    }
    const double low = area.axis.low(), high = area.axis.high();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Column& c = columns[i];
        if (!drawn(c))
            continue;
        painter.fillRect(run(area, i, c.mean, c.mean), theme.mean);
        if (static_cast<double>(c.max) > high)
            painter.fillRect(QRectF(area.x(i), area.rect.top(), area.width, 3), theme.mean);
        if (static_cast<double>(c.min) < low)
            painter.fillRect(QRectF(area.x(i), area.rect.bottom() - 2, area.width, 3), theme.mean);
    }
}

void paintOutline(QCPPainter& painter, const ColumnArea& area, const std::vector<Column>& columns, const QColor& colour)
{
    painter.setPen(QPen(colour, 1, Qt::CustomDashLine));
    QPen pen = painter.pen();
    pen.setDashPattern({ 4, 3 });
    painter.setPen(pen);
    forEachRun(columns, drawn, [&](std::size_t first, std::size_t last) {
        QPolygonF upper, lower;
        for (std::size_t i = first; i < last; ++i) {
            upper << QPointF(area.x(i), area.y(columns[i].max));
            lower << QPointF(area.x(i), area.y(columns[i].min));
        }
        painter.drawPolyline(upper);
        painter.drawPolyline(lower);
    });
}

void paintNanMark(QCPPainter& painter, QPointF centre, double radius, const QColor& colour)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    const QPointF corners[] = { centre + QPointF(0, -radius), centre + QPointF(radius, 0), centre + QPointF(0, radius),
        centre + QPointF(-radius, 0) };
    painter.drawPolygon(corners, 4);
}

void paintInfMark(QCPPainter& painter, QPointF centre, double radius, const QColor& colour)
{
    painter.setPen(QPen(colour, 1.5));
    painter.setBrush(Qt::NoBrush);
    const QPointF corners[] = { centre + QPointF(0, -radius + 1), centre + QPointF(radius - 0.5, radius - 1),
        centre + QPointF(-radius + 0.5, radius - 1) };
    painter.drawPolygon(corners, 3);
}

void paintMarks(
    QCPPainter& painter, const QRect& strip, double columnWidth, const std::vector<Column>& columns, const MapTheme& theme)
{
    const double radius = strip.height() / 2.0 - 1;
    const auto centre = [&](std::size_t i) {
        return QPointF(strip.left() + (static_cast<double>(i) + 0.5) * columnWidth, strip.top() + strip.height() / 2.0);
    };
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    // Where each column has one they would cost much and say no more than every second pixel does.
    const auto paintAll = [&](Column::Flag flag, const auto& paint) {
        double next = -1;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (!columns[i].is(flag) || centre(i).x() < next)
                continue;
            paint(centre(i));
            next = centre(i).x() + 2;
        }
    };
    paintAll(Column::HasInf, [&](QPointF at) { paintInfMark(painter, at, radius, theme.inf); });
    paintAll(Column::HasNan, [&](QPointF at) { paintNanMark(painter, at, radius, theme.nan); });
    painter.restore();
}

} // namespace ravel
