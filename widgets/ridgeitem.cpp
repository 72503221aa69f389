// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/ridgeitem.h"

#include <algorithm>

namespace ravel {

RidgeItem::RidgeItem(HistogramPlot& plot)
    : QCPLayerable(&plot, QStringLiteral("main"))
    , m_plot(plot)
{
}

QRect RidgeItem::clipRect() const { return m_plot.axisRect()->rect(); }

void RidgeItem::draw(QCPPainter* painter)
{
    const auto& answer = m_plot.answer();
    if (!m_plot.look().ridge || !answer || answer->nothing)
        return;
    const MapTheme& theme = m_plot.m_theme;
    const QStringList names = distinctParts(m_plot.look().names);
    const int bins = answer->first().histogram.spec.bins, n = static_cast<int>(answer->series.size());
    const QRect area = clipRect();
    painter->setFont(m_plot.font());
    const int line = painter->fontMetrics().height();
    const double rowHeight = n > 1 ? m_plot.ridgeRow(1).first - m_plot.ridgeRow(0).first : area.height();
    const int every = std::max(1, static_cast<int>(std::ceil(line / std::max(1.0, rowHeight)))); // names that have room
    const int room = area.width() / 3;
    for (int s = 0; s < n; ++s) {
        const auto [base, top] = m_plot.ridgeRow(s);
        QPolygonF shape;
        shape << QPointF(area.left(), base);
        for (int i = 0; i < bins; ++i) {
            const double y = base - (base - top) * m_plot.ridgeHeight(s, i);
            shape << QPointF(m_plot.xAxis->coordToPixel(m_plot.m_low + i * m_plot.m_width), y)
                  << QPointF(m_plot.xAxis->coordToPixel(m_plot.m_low + (i + 1) * m_plot.m_width), y);
        }
        shape << QPointF(area.right() + 1, base);
        QColor fill = m_plot.seriesColor(0);
        fill.setAlphaF(0.85f);
        painter->setAntialiasing(false);
        painter->setPen(Qt::NoPen);
        painter->setBrush(fill);
        painter->drawPolygon(shape);
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(theme.mean, 1));
        painter->drawPolyline(shape);
    }
    for (int s = 0; s < n; s += every) {
        const QString name = painter->fontMetrics().elidedText(names.value(s), Qt::ElideMiddle, room);
        const QRectF place(area.left() + 4, m_plot.ridgeRow(s).first - line - 1, painter->fontMetrics().horizontalAdvance(name) + 4, line);
        QColor ground = theme.background;
        ground.setAlphaF(0.75f);
        painter->fillRect(place, ground);
        painter->setPen(theme.text);
        painter->drawText(place, Qt::AlignCenter, name);
    }
}

QStringList distinctParts(const QStringList& names)
{
    if (names.size() < 2)
        return names;
    QList<QStringList> parts;
    for (const QString& name : names)
        parts << name.split(u'.');
    const auto shared = [&parts](qsizetype i, bool fromEnd) {
        return std::all_of(parts.begin(), parts.end(), [&](const QStringList& one) {
            const auto at = [&](const QStringList& list) { return fromEnd ? list.size() - 1 - i : i; };
            return i < one.size() && i < parts[0].size() && one[at(one)] == parts[0][at(parts[0])];
        });
    };
    qsizetype begin = 0, end = 0;
    while (shared(begin, false))
        ++begin;
    while (shared(end, true))
        ++end;
    QStringList distinct;
    for (qsizetype i = 0; i < names.size(); ++i) {
        const QStringList middle = parts[i].mid(begin, std::max<qsizetype>(0, parts[i].size() - begin - end));
        distinct << (middle.isEmpty() ? names[i] : middle.join(u'.'));
    }
    return distinct;
}

} // namespace ravel
