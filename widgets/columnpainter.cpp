// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/columnpainter.h"

#include "widgets/columnimage.h"
#include "widgets/marks.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

bool seen(const Column& column) { return column.is(Column::Known) || column.is(Column::Partial); }
bool drawn(const Column& column) { return seen(column) && !column.is(Column::NoFinite); }

// Calls visit(first, last) for each run of columns for which `in` holds.
template <class In, class Visit> void forEachRun(const std::vector<Column>& columns, In in, Visit visit)
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

ColumnHatch hatchOf(const Column& c)
{
    if (!seen(c))
        return ColumnHatch::Unknown;
    return c.is(Column::Estimated) || !c.is(Column::Known) ? ColumnHatch::Unsure : ColumnHatch::None;
}

// The runs of one column in an image of `height` device pixels, `ratio` of them to one of the area's.
ColumnRuns runsOf(const Column& c, const ColumnArea& area, double ratio, int height)
{
    ColumnRuns runs;
    if (!drawn(c))
        return runs;
    const auto row = [&](double value) { return static_cast<std::int32_t>((area.y(value) - area.rect.top()) * ratio); };
    const auto between = [&](double low, double high) { return ColumnRuns::Run { row(high), row(low) + 1 }; };
    runs.run[0] = between(c.min, c.max);
    if (c.std > 0)
        runs.run[1] = between(std::max(c.min, c.mean - c.std), std::min(c.max, c.mean + c.std));
    runs.run[2] = between(c.mean, c.mean);
    runs.run[2].end = runs.run[2].top + std::max(1, static_cast<int>(ratio));
    const int notch = static_cast<int>(3 * ratio);
    if (static_cast<double>(c.max) > area.axis.high())
        runs.run[3] = { 0, notch };
    if (static_cast<double>(c.min) < area.axis.low()) // both at once: the lower one takes the mean's place
        (runs.run[3].end > 0 ? runs.run[2] : runs.run[3]) = { height - notch, height };
    return runs;
}

} // namespace

double ColumnArea::y(double value) const
{
    const double unit = std::clamp(axis.toUnit(value), 0.0, 1.0);
    return rect.top() + (1 - unit) * (rect.height() - 1);
}

void ColumnPainter::paint(
    QPainter& painter, const ColumnArea& area, const std::vector<Column>& columns, std::uint64_t version, const MapTheme& theme)
{
    const Key key { area.rect.size(), area.width, area.axis, version, theme };
    if (m_image.isNull() || !(key == m_key)) {
        m_key = key;
        const double ratio = 1 / area.width;
        const int height = std::max(1, static_cast<int>(area.rect.height() * ratio));
        std::vector<ColumnRuns> runs;
        std::vector<ColumnHatch> hatches;
        runs.reserve(columns.size());
        hatches.reserve(columns.size());
        for (const Column& column : columns) {
            runs.push_back(runsOf(column, area, ratio, height));
            hatches.push_back(hatchOf(column));
        }
        m_image = QImage(std::max(1, static_cast<int>(columns.size())), height, QImage::Format_ARGB32_Premultiplied);
        const std::uint32_t inks[] = { theme.band.rgba(), theme.deviation.rgba(), theme.mean.rgba(), theme.mean.rgba() };
        paintRuns(runs, inks, m_image);
        paintHatches(hatches, { theme.unknown.rgba(), theme.faintText.rgba() }, std::max(1, static_cast<int>(ratio)), m_image);
        m_image.setDevicePixelRatio(ratio);
    }
    painter.drawImage(area.rect.topLeft(), m_image);
}

void paintOutline(QPainter& painter, const ColumnArea& area, const std::vector<Column>& columns, const QColor& colour)
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

void paintMarks(
    QPainter& painter, const QRect& strip, double columnWidth, const std::vector<Column>& columns, const MapTheme& theme)
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
    paintAll(Column::HasInf, [&](QPointF at) { paintMark(painter, MapAnomaly::Inf, at, radius, theme); });
    paintAll(Column::HasNan, [&](QPointF at) { paintMark(painter, MapAnomaly::Nan, at, radius, theme); });
    painter.restore();
}

} // namespace ravel
