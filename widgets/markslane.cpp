// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markslane.h"

#include "items/qtext.h"
#include "widgets/tiplines.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr int rowHeight = 13;
constexpr double radius = 5.5;
constexpr double apart = 2;    // pixels between two marks of one kind
constexpr double reach = 7;    // of the pointer
constexpr double single = 4;   // pixels of an element from which on it has its own mark, in its middle
constexpr int mostLines = 8;   // of a tool tip

} // namespace

QString markName(MapAnomaly::Kind kind)
{
    switch (kind) {
    case MapAnomaly::Nan:
        return MarksLane::tr("NaN");
    case MapAnomaly::Inf:
        return MarksLane::tr("Infinity");
    case MapAnomaly::AllZero:
        return MarksLane::tr("All zero");
    case MapAnomaly::Outlier:
        return MarksLane::tr("Outlier");
    case MapAnomaly::Dead:
        return MarksLane::tr("Dead row or column");
    case MapAnomaly::Duplicate:
        return MarksLane::tr("Duplicate");
    case MapAnomaly::Unusual:
        return MarksLane::tr("Unlike its siblings");
    }
    return {};
}

MarksLane::MarksLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("marks"))
{
}

int MarksLane::wantedHeight(const QFontMetrics& metrics) const { return std::max(2 * rowHeight, metrics.height() + 4); }

QRect MarksLane::row(int which) const
{
    const QRect area = rect();
    const int top = area.top() + (area.height() - 2 * rowHeight) / 2;
    return QRect(area.left(), top + which * rowHeight, area.width(), rowHeight);
}

template <class Visit> void MarksLane::forEachInView(Visit visit) const
{
    const FlatRange visible = scene().geometry.visible();
    const auto& ends = scene().anomalyEnds; // of all up to each: the first that can reach into the view
    const auto& all = scene().anomalies;
    const auto first = std::upper_bound(ends.begin(), ends.end(), visible.begin) - ends.begin();
    for (auto i = static_cast<std::size_t>(first); i < all.size() && all[i].range.begin < visible.end; ++i)
        if (all[i].range.end > visible.begin)
            visit(all[i]);
}

void MarksLane::put(QCPPainter& painter, MapAnomaly::Kind kind, double x)
{
    if (x < m_last[kind] + apart)
        return;
    m_last[kind] = x;
    m_stamps.stamp(painter, kind, QPointF(x, row(rowOf(kind)).top() + rowHeight / 2.0));
}

void MarksLane::paintLane(QCPPainter& painter)
{
    const QRect area = rect();
    painter.fillRect(area, scene().theme.background);
    m_stamps.update(radius, scene().pixelRatio, scene().theme);
    std::fill(std::begin(m_last), std::end(m_last), -1e9);
    paintAnomalies(painter);
    std::fill(std::begin(m_last), std::end(m_last), -1e9);
    paintFaults(painter);
}

void MarksLane::paintFaults(QCPPainter& painter)
{
    const auto& columns = scene().frame.columns();
    const double left = rect().left(), width = 1 / scene().pixelRatio, element = scene().geometry.elementWidth();
    for (const auto& [flag, kind] : { std::pair(Column::HasInf, MapAnomaly::Inf), std::pair(Column::HasNan, MapAnomaly::Nan) })
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (!columns[i].is(flag))
                continue;
            double x = left + (static_cast<double>(i) + 0.5) * width;
            if (element >= single)
                x = toX(scene().geometry.elementAt(x - left)) + element / 2;
            put(painter, kind, x);
        }
}

void MarksLane::paintAnomalies(QCPPainter& painter)
{
    const QRect area = rect();
    std::vector<double> at[MapAnomaly::kinds];
    forEachInView([&](const MapAnomaly& anomaly) {
        const QRectF where = span(anomaly.range, 1);
        if (where.isEmpty() || anomaly.kind == MapAnomaly::Nan || anomaly.kind == MapAnomaly::Inf)
            return; // of those the columns tell
        if (where.width() > 3) {
            const QRect line = row(rowOf(anomaly.kind));
            painter.fillRect(QRectF(where.left(), line.top() + rowHeight / 2.0 - 0.5, where.width(), 1), scene().theme.mark[anomaly.kind]);
        }
        at[anomaly.kind].push_back(std::clamp(where.center().x(), area.left() + radius, area.right() - radius));
    });
    for (int kind = 0; kind < MapAnomaly::kinds; ++kind) {
        std::sort(at[kind].begin(), at[kind].end());
        for (const double x : at[kind])
            put(painter, static_cast<MapAnomaly::Kind>(kind), x);
    }
}

void MarksLane::paintGutter(QCPPainter& painter)
{
    const MapTheme& theme = scene().theme;
    const QRect side = gutter();
    painter.setPen(theme.faintText);
    painter.drawText(side.adjusted(8, 0, -8, 0), Qt::AlignLeft | Qt::AlignVCenter, name());
    // The legend: NaN and infinity above, zeros and outliers below; the tool tip names them all.
    const int name = painter.fontMetrics().horizontalAdvance(this->name()) + 11;
    const struct {
        MapAnomaly::Kind kind;
        QString text;
    } words[] { { MapAnomaly::Nan, tr("NaN") }, { MapAnomaly::Inf, tr("Inf") } };
    const int height = painter.fontMetrics().height();
    for (int i = 0; i < 2; ++i) {
        const QRect line = row(i);
        const double left = side.left() + name + radius;
        if (left + 30 > side.right())
            return;
        paintMark(painter, words[i].kind, QPointF(left, line.top() + rowHeight / 2.0), radius - 1, theme);
        painter.setPen(theme.faintText);
        painter.drawText(QRect(static_cast<int>(left + radius + 2), line.center().y() - height / 2, 60, height), Qt::AlignLeft | Qt::AlignVCenter, words[i].text);
    }
}

QString MarksLane::gutterText() const
{
    const QString shapes[] = { tr("diamond"), tr("triangle"), tr("ring"), tr("spike"), tr("bar"), tr("two squares"), tr("cross") };
    QStringList lines;
    for (int kind = 0; kind < MapAnomaly::kinds; ++kind)
        lines << tr("%1: %2").arg(shapes[kind], markName(static_cast<MapAnomaly::Kind>(kind)));
    return lines.join(u'\n');
}

std::optional<MapHit> MarksLane::hit(QPointF point) const
{
    const auto placed = placedUnder(point);
    if (!placed)
        return std::nullopt;
    TipLines lines(mostLines);
    const auto& columns = scene().frame.columns();
    const double ratio = scene().pixelRatio, x = point.x() - rect().left();
    const auto from = static_cast<std::size_t>(std::max(0.0, (x - reach) * ratio));
    const auto to = std::min(columns.size(), static_cast<std::size_t>(std::max(0.0, (x + reach) * ratio)));
    const auto any = [&](Column::Flag flag) {
        return std::any_of(columns.begin() + static_cast<std::ptrdiff_t>(std::min(from, to)), columns.begin() + static_cast<std::ptrdiff_t>(to), [flag](const Column& c) { return c.is(flag); });
    };
    if (any(Column::HasNan))
        lines.add([] { return tr("NaN"); });
    if (any(Column::HasInf))
        lines.add([] { return tr("Infinity"); });
    forEachInView([&](const MapAnomaly& anomaly) {
        const QRectF where = span(anomaly.range, 1);
        if (where.isEmpty() || where.left() > point.x() + reach || where.right() < point.x() - reach)
            return;
        lines.add([&] { return tr("%1: %2").arg(markName(anomaly.kind), scene().anomalyWords ? scene().anomalyWords(anomaly.finding) : QString()); });
    });
    return lines.hit(*placed);
}

} // namespace ravel
