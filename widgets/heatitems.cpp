// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatitems.h"

#include "items/qtext.h"

#include <algorithm>
#include <cmath>

namespace ravel {

HeatLayerable::HeatLayerable(QCPAxisRect* rect, const QString& layer, const HeatScene& scene)
    : QCPLayerable(rect->parentPlot(), layer)
    , m_rect(rect)
    , m_scene(scene)
{
}

HeatItem::HeatItem(QCPAxisRect* rect, const HeatScene& scene)
    : HeatLayerable(rect, QStringLiteral("main"), scene)
{
}

void HeatItem::draw(QCPPainter* painter)
{
    if (!m_scene.view)
        return;
    const HeatGeometry geometry = m_scene.geometry(m_rect->rect());
    const HeatPicture* best = m_scene.best();
    if (!best || !best->complete) // hatched is what is not known
        painter->fillRect(geometry.rect(m_scene.view->whole()).intersected(QRectF(m_rect->rect())), QBrush(m_scene.theme.unknown, Qt::BDiagPattern));
    if (m_scene.base)
        paintHeat(*painter, *m_scene.base, m_scene.baseImage, geometry);
    if (m_scene.detail)
        paintHeat(*painter, *m_scene.detail, m_scene.detailImage, geometry);
    if (!best)
        return;
    paintHeatFaults(*painter, *best, geometry, m_scene.theme);
    paintHeatNumbers(*painter, *best, geometry, m_scene.scale);
}

void HeatOverlay::draw(QCPPainter* painter)
{
    if (!m_scene.view)
        return;
    const HeatGeometry geometry = m_scene.geometry(m_rect->rect());
    const QRectF area = QRectF(m_rect->rect());
    // Two lines, light and dark: one of them is seen on any colour.
    const auto frame = [&](const CellRect& cells, const QColor& outer, const QColor& inner) {
        QRectF box = geometry.rect(cells).adjusted(0, 0, -1, -1);
        if (box.width() < 2)
            box = QRectF(box.center().x() - 1.5, box.top(), 3, box.height());
        if (box.height() < 2)
            box = QRectF(box.left(), box.center().y() - 1.5, box.width(), 3);
        box = box.intersected(area.adjusted(-4, -4, 4, 4));
        if (box.isEmpty())
            return;
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(outer, 1));
        painter->drawRect(box.adjusted(-1, -1, 1, 1));
        painter->setPen(QPen(inner, 1));
        painter->drawRect(box);
    };
    for (const CellRect& cells : m_scene.outlines)
        frame(cells, Qt::white, Qt::black);
    if (m_scene.rubber) {
        painter->fillRect(geometry.rect(*m_scene.rubber), m_scene.theme.selectionFill);
        frame(*m_scene.rubber, m_scene.theme.selectionLine, m_scene.theme.selectionLine);
    }
    if (m_scene.pointed && !m_scene.rubber) {
        const auto [row, column] = *m_scene.pointed;
        const bool element = m_scene.view->coordinates(row, column).has_value(); // not the gap between two kernels
        if (element && std::min(geometry.cellWidth(), geometry.cellHeight()) >= 4)
            frame({ row, column, row + 1, column + 1 }, Qt::black, Qt::white);
    }
}

HeatProfile::HeatProfile(QCPAxisRect* rect, Qt::Orientation orientation, const HeatScene& scene)
    : HeatLayerable(rect, QStringLiteral("main"), scene)
    , m_orientation(orientation)
{
}

QCPRange HeatProfile::valueRange() const
{
    const HeatPicture* picture = m_scene.best();
    double low = std::numeric_limits<double>::infinity(), high = -low;
    if (picture) {
        const auto& profile = m_orientation == Qt::Horizontal ? picture->byColumn : picture->byRow;
        for (std::size_t i = 0; i < profile.mean.size(); ++i)
            if (!std::isnan(profile.mean[i])) {
                low = std::min(low, profile.min[i]);
                high = std::max(high, profile.max[i]);
            }
    }
    if (!(low <= high))
        return { 0, 1 };
    // Outliers beyond the colours are beyond the axis, too; the mean never is.
    low = std::max(low, m_scene.scale.low);
    high = std::min(high, m_scene.scale.high);
    if (!(low < high)) {
        const double apart = std::max(std::abs(low) * 0.1, 1e-12);
        return { std::min(low, high) - apart, std::max(low, high) + apart };
    }
    const double room = (high - low) * 0.05;
    return { low - room, high + room };
}

void HeatProfile::draw(QCPPainter* painter)
{
    const HeatPicture* picture = m_scene.best();
    if (!picture || !m_scene.view || !m_rect->visible())
        return;
    const bool columns = m_orientation == Qt::Horizontal;
    const auto& profile = columns ? picture->byColumn : picture->byRow;
    const HeatGeometry geometry = m_scene.geometry(m_rect->rect());
    const QCPAxis* axis = m_rect->axis(columns ? QCPAxis::atLeft : QCPAxis::atBottom);
    const std::int64_t first = columns ? picture->window.left : picture->window.top, size = columns ? picture->blockColumns : picture->blockRows;
    const std::int64_t last = columns ? picture->window.right : picture->window.bottom;
    painter->setPen(Qt::NoPen);
    const auto pixel = [&](double value) {
        const QRectF r(m_rect->rect());
        return std::clamp(axis->coordToPixel(value), columns ? r.top() - 2 : r.left() - 2, columns ? r.bottom() + 2 : r.right() + 2);
    };
    for (std::size_t i = 0; i < profile.mean.size(); ++i) {
        if (std::isnan(profile.mean[i]))
            continue;
        const auto begin = static_cast<double>(first + static_cast<std::int64_t>(i) * size);
        const double end = std::min(begin + static_cast<double>(size), static_cast<double>(last));
        const double from = columns ? geometry.x(begin) : geometry.y(begin), to = columns ? geometry.x(end) : geometry.y(end);
        const double low = pixel(profile.min[i]), high = pixel(profile.max[i]), mean = pixel(profile.mean[i]);
        const double thick = std::max(1.0, std::abs(high - low));
        const double wide = std::max(1.0, to - from);
        painter->fillRect(columns ? QRectF(from, std::min(low, high), wide, thick) : QRectF(std::min(low, high), from, thick, wide), m_scene.theme.band);
        painter->fillRect(columns ? QRectF(from, mean - 0.75, wide, 1.5) : QRectF(mean - 0.75, from, 1.5, wide), m_scene.theme.mean);
    }
}

HeatLegend::HeatLegend(QCPAxisRect* cells, const HeatScene& scene)
    : HeatLayerable(cells, QStringLiteral("main"), scene)
{
}

QRect HeatLegend::clipRect() const
{
    const QRect all = mParentPlot->viewport(), cells = m_rect->rect();
    return QRect(cells.right() + 6, all.top(), all.right() - cells.right() - 6, cells.top() - all.top());
}

void HeatLegend::draw(QCPPainter* painter)
{
    const HeatPicture* picture = m_scene.best();
    const QRect room = clipRect();
    if (!picture || !m_scene.view)
        return;
    painter->setFont(mParentPlot->font());
    const int line = painter->fontMetrics().height();
    int y = room.bottom() - 2 - line;
    const auto entry = [&](const QColor& colour, const QBrush& hatch, const QString& text) {
        const QRect swatch(room.left() + 2, y + 2, line - 4, line - 4);
        painter->fillRect(swatch, colour);
        painter->fillRect(swatch, hatch);
        painter->setPen(m_scene.theme.text);
        painter->drawText(QRect(swatch.right() + 5, y, room.width() - line - 4, line), Qt::AlignLeft | Qt::AlignVCenter, text);
        y -= line;
    };
    if (const std::int64_t inf = picture->positiveInf + picture->negativeInf; inf > 0)
        entry(infinityColor(), infinityHatch(), tr("Inf %1").arg(shortCountText(inf)));
    if (picture->nan > 0)
        entry(nanColor(), nanHatch(), tr("NaN %1").arg(shortCountText(picture->nan)));
}

} // namespace ravel
