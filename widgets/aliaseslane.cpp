// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/aliaseslane.h"

#include <QPainterPath>

#include "items/qtext.h"
#include "widgets/tiplines.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace ravel {

namespace {

constexpr int barHeight = 5;
constexpr int raster = 3;             // pixels: arcs closer than that are one
constexpr std::size_t mostArcs = 400; // drawn; more could not be told apart
constexpr int mostNames = 8;          // of a tool tip
constexpr double reach = 4;           // of the pointer
constexpr double ring = 3.5;

} // namespace

AliasesLane::AliasesLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("aliases"))
{
}

QString AliasesLane::gutterText() const
{
    return tr("Arcs join places that share storage: dashed where views share some elements in another order.\n"
              "Two rings: the tensor has other names that have no place of their own (View, Repeat Aliases gives them one).");
}

int AliasesLane::base() const { return rect().bottom() - barHeight - 1; }

void AliasesLane::paintPlace(QCPPainter& painter, FlatRange range)
{
    const QRectF where = span(range, 3);
    if (!where.isEmpty())
        painter.fillRect(QRectF(where.left(), base() + 1, where.width(), barHeight), scene().theme.alias);
}

void AliasesLane::paintArc(QCPPainter& painter, FlatRange from, FlatRange to, bool exact)
{
    const QRect area = rect();
    const auto middle = [this](FlatRange range) { return toX(range.begin) + (toX(range.end) - toX(range.begin)) / 2; };
    const double x0 = middle(from), x1 = middle(to), top = area.top() + 2, bottom = base();
    const bool fromSeen = x0 >= area.left() && x0 <= area.right(), toSeen = x1 >= area.left() && x1 <= area.right();
    painter.setPen(QPen(scene().theme.alias, 1.25, exact ? Qt::SolidLine : Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    QPainterPath path;
    if (fromSeen && toSeen) {
        path.moveTo(x0, bottom);
        path.cubicTo(x0, top - (bottom - top) / 3, x1, top - (bottom - top) / 3, x1, bottom);
    } else { // out of view, towards the other end
        const double seen = fromSeen ? x0 : x1, edge = (fromSeen ? x1 : x0) > seen ? area.right() : area.left();
        const double bend = std::clamp(edge, seen - 30, seen + 30);
        path.moveTo(seen, bottom);
        path.quadTo(seen, top, bend, top);
        path.lineTo(edge, top);
    }
    painter.drawPath(path);
}

void AliasesLane::paintLane(QCPPainter& painter)
{
    const QRect area = rect();
    painter.fillRect(area, scene().theme.background);
    painter.fillRect(QRect(area.left(), base() + 1 + barHeight / 2, area.width(), 1), scene().theme.line);
    if (scene().shared.empty() && scene().aliases.empty()) {
        painter.setPen(scene().theme.faintText);
        painter.drawText(area, Qt::AlignCenter, tr("No two places share storage"));
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing, true);
    std::set<std::pair<int, int>> drawn;
    for (const SharedPlaces& places : scene().shared) {
        const bool first = !span(places.first).isEmpty(), second = !span(places.second).isEmpty();
        if (!first && !second)
            continue;
        const auto cell = [&](FlatRange range) { return static_cast<int>(std::clamp(toX(range.begin), -1e6, 1e6)) / raster; };
        if (drawn.size() >= mostArcs || !drawn.insert({ cell(places.first), cell(places.second) }).second)
            continue;
        paintPlace(painter, places.first);
        paintPlace(painter, places.second);
        paintArc(painter, places.first, places.second, places.exact);
    }
    double last = -1e9;
    painter.setBrush(Qt::NoBrush);
    for (const std::uint32_t alias : scene().aliases) {
        const Segment& segment = scene().layout->listed()[alias];
        const FlatRange range { segment.offset, segment.offset + segment.numel };
        const QRectF where = span(range, 3);
        if (where.isEmpty() || where.center().x() < last + raster)
            continue;
        paintPlace(painter, range);
        last = where.center().x();
        const double y = (area.top() + base()) / 2.0;
        painter.setPen(QPen(scene().theme.alias, 1.5));
        painter.drawEllipse(QPointF(last - ring * 0.7, y), ring, ring);
        painter.drawEllipse(QPointF(last + ring * 0.7, y), ring, ring);
    }
}

QString AliasesLane::nameAt(FlatIndex index) const
{
    const auto placed = scene().layout->placedAt(index);
    return placed ? shown(scene().segment(*placed).name) : QString();
}

std::optional<MapHit> AliasesLane::hit(QPointF point) const
{
    const auto placed = placedUnder(point);
    if (!placed)
        return std::nullopt;
    TipLines lines(mostNames);
    const auto tell = [&](FlatRange here, auto words) { // made for what is under the pointer alone
        const QRectF where = span(here, 3);
        if (where.isEmpty() || point.x() < where.left() - reach || point.x() > where.right() + reach)
            return;
        lines.add(words);
    };
    for (const SharedPlaces& places : scene().shared) {
        const auto words = [this, &places](FlatRange here, FlatRange there) {
            const QString from = nameAt(here.begin), to = nameAt(there.begin), at = countText(there.begin.value);
            return places.exact ? tr("%1: %2 elements are also those of %3 from %4").arg(from, countText(here.count().value), to, at)
                                : tr("%1: shares elements with %2 from %3").arg(from, to, at);
        };
        tell(places.first, [&] { return words(places.first, places.second); });
        tell(places.second, [&] { return words(places.second, places.first); });
    }
    for (const std::uint32_t alias : scene().aliases) {
        const Segment& segment = scene().layout->listed()[alias];
        tell({ segment.offset, segment.offset + segment.numel }, [&] { return tr("%1 is also called %2").arg(nameAt(segment.offset), shown(segment.name)); });
    }
    return lines.hit(*placed);
}

} // namespace ravel
