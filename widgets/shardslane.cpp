// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shardslane.h"

#include <QMenu>

#include "items/qtext.h"

#include <algorithm>
#include <limits>

namespace ravel {

namespace {

constexpr int barHeight = 5;
constexpr double narrowest = 3; // pixels of a box whose boundary is looked at

} // namespace

QString shardStyleName(ShardStyle style)
{
    switch (style) {
    case ShardStyle::Equal:
        return ShardsLane::tr("Equal parts");
    case ShardStyle::Fsdp:
        return ShardsLane::tr("FSDP: one flat parameter");
    case ShardStyle::Zero:
        return ShardsLane::tr("ZeRO 1 and 2");
    case ShardStyle::Zero3:
        return ShardsLane::tr("ZeRO 3: each tensor by itself");
    }
    return {};
}

ShardsLane::ShardsLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("shards"))
{
}

QRect ShardsLane::boxes() const { return rect().adjusted(0, 0, 0, -barHeight - 2); }
QRect ShardsLane::bars() const { return QRect(rect().left(), rect().bottom() - barHeight + 1, rect().width(), barHeight); }

BoxRow ShardsLane::row() const
{
    BoxRow row;
    row.count = static_cast<std::uint32_t>(std::min<std::uint64_t>(scene().shards->pieces(), std::numeric_limits<std::uint32_t>::max()));
    row.rangeOf = [this](std::uint32_t i) { return scene().shards->piece(i).range; };
    row.nameOf = [this](std::uint32_t i) { return tr("rank %1").arg(scene().shards->piece(i).rank); };
    row.fills = scene().theme.module;
    row.idBase = std::uint64_t(1) << 62;
    return row;
}

void ShardsLane::paintLane(QCPPainter& painter)
{
    if (!scene().shards)
        return;
    const BoxRow boxRow = row();
    boxRow.draw(painter, boxes(), scene());
    paintCuts(painter, boxRow);
}

void ShardsLane::paintCuts(QCPPainter& painter, const BoxRow& boxRow)
{
    const QRect where = bars();
    const FlatRange visible = scene().geometry.visible();
    const QColor ink = scene().theme.cut;
    double drawnTo = where.left();
    for (std::uint32_t i = boxRow.firstEndingAfter(visible.begin); i < boxRow.count;) {
        const FlatRange range = boxRow.rangeOf(i);
        if (range.begin >= visible.end)
            return;
        const double x = toX(range.end);
        const FlatIndex end = range.end;
        if (end < FlatIndex(scene().geometry.numel().value) && end.value > 0) {
            const auto before = scene().layout->placedAt(end - Count(1)), after = scene().layout->placedAt(end);
            if (before && after && *before == *after) {
                const QRectF bar = span(scene().rangeOf(*before), 3);
                const double left = std::max(bar.left(), drawnTo);
                if (bar.right() > left)
                    painter.fillRect(QRectF(left, where.top() + 2, bar.right() - left, barHeight - 2), ink);
                drawnTo = std::max(drawnTo, bar.right());
                if (x >= where.left() && x <= where.right() + 1)
                    painter.fillRect(QRectF(x - 1, boxes().bottom() - 3, 2, where.bottom() - boxes().bottom() + 4), ink); // the notch
            }
        }
        // Where boxes are narrower than a few pixels the next that can be told apart.
        const double next = std::max(x, toX(range.begin)) + (x - toX(range.begin) < narrowest ? narrowest : 0);
        i = std::max(i + 1, boxRow.firstEndingAfter(scene().geometry.fromPixel(next - rect().left()).index()));
    }
}

QString ShardsLane::gutterText() const
{
    if (!scene().shards)
        return tr("Boundaries of ranks");
    const ShardSpec& spec = scene().shards->spec();
    return tr("%1, %n rank(s), %2 elements of padding.\nThe bars below mark tensors that lie on more than one rank.", nullptr, spec.parts)
        .arg(shardStyleName(spec.style), countText(scene().shards->padding().value));
}

std::optional<MapHit> ShardsLane::hit(QPointF point) const
{
    if (!scene().layout || !scene().shards || !rect().contains(point.toPoint()))
        return std::nullopt;
    const FlatIndex index = scene().geometry.elementAt(point.x() - rect().left());
    const auto placed = scene().layout->placedAt(index);
    if (!placed)
        return std::nullopt;
    const Shards::Piece piece = scene().shards->pieceAt(index);
    const Shards::Ranks ranks = scene().shards->ranksOf(*placed);
    QString text = tr("Rank %1 of %2 (%3): %4 elements from %5")
                       .arg(piece.rank).arg(scene().shards->spec().parts)
                       .arg(shardStyleName(scene().shards->spec().style), countText(piece.range.count().value), countText(piece.range.begin.value));
    const QString name = shown(scene().segment(*placed).name);
    text += u'\n' + (ranks.straddles() ? tr("%1 lies on ranks %2 to %3").arg(name).arg(ranks.first).arg(ranks.last) : tr("%1 lies on rank %2 alone").arg(name).arg(ranks.first));
    return MapHit { *placed, *placed + 1, text };
}

// The window registers the commands with the map: they are the same as in the menus.
void ShardsLane::addTo(QMenu& menu)
{
    const QWidget* map = mParentPlot->parentWidget();
    for (QAction* action : map ? map->actions() : QList<QAction*>())
        if (action->objectName().startsWith(QStringLiteral("shards.")))
            menu.addAction(action);
}

} // namespace ravel
