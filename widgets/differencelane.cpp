// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/differencelane.h"

#include "widgets/absent.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr int stripHeight = 8;

// So that a single difference is a bar, not a dash somewhere.
std::vector<Column> reachingZero(std::vector<Column> columns)
{
    for (Column& column : columns) {
        column.min = std::min(column.min, 0.0f);
        column.max = std::max(column.max, 0.0f);
    }
    return columns;
}

} // namespace

DifferenceLane::DifferenceLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("difference"))
{
}

QRect DifferenceLane::strip() const
{
    const QRect all = rect();
    return QRect(all.left(), all.top(), all.width(), stripHeight);
}

QRect DifferenceLane::plot() const { return rect().adjusted(0, stripHeight + 2, 0, -3); }

ColumnArea DifferenceLane::area() const { return { plot(), 1 / scene().pixelRatio, scene().difference->values }; }

void DifferenceLane::paintLane(QCPPainter& painter)
{
    const MapTheme& theme = scene().theme;
    painter.fillRect(rect(), theme.background);
    if (!scene().difference) {
        painter.setPen(theme.faintText);
        painter.drawText(rect().adjusted(8, 0, -8, 0), Qt::AlignLeft | Qt::AlignVCenter, tr("nothing to compare with: File > Compare With"));
        return;
    }
    const MapDifference& difference = *scene().difference;
    const ColumnArea where = area();
    painter.fillRect(QRectF(rect().left(), std::floor(where.y(0)), rect().width(), 1), theme.line);
    m_columns.paint(painter, where, reachingZero(difference.frame.columns()), difference.frame.version(), theme);
    paintAbsent(painter, rect(), scene(), difference.absent, tr("not in B"));
    paintMarks(painter, strip(), where.width, difference.frame.columns(), theme);
}

void DifferenceLane::paintGutter(QCPPainter& painter)
{
    MapLane::paintGutter(painter);
    if (!scene().difference)
        return;
    const QRect side = gutter();
    const int height = painter.fontMetrics().height();
    const ColumnArea where = area();
    double taken = -1e9;
    std::vector<double> ticks { scene().difference->values.high(), 0, scene().difference->values.low() };
    for (const double tick : ticks) {
        const double y = std::clamp<double>(where.y(tick), side.top() + height / 2.0, side.bottom() - height / 2.0);
        if (y - taken < height)
            continue;
        const QString text = mParentPlot->locale().toString(tick, 'g', 3);
        const int width = painter.fontMetrics().horizontalAdvance(text);
        const QRect box(side.right() - 6 - width, static_cast<int>(y) - height / 2, width + 1, height);
        if (tick != 0 && std::abs(y - side.center().y()) < height && width > side.width() / 2)
            continue; // over the lane's name
        taken = y;
        painter.setPen(scene().theme.faintText);
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, text);
    }
}

} // namespace ravel
