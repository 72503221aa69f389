// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/boxrow.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr int narrowest = 3; // pixels of a box of its own
constexpr int padding = 4;

} // namespace

std::uint32_t BoxRow::firstEndingAfter(FlatIndex index) const
{
    std::uint32_t low = 0, high = count;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (rangeOf(middle).end > index)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void BoxRow::draw(QPainter& painter, const QRect& row, const MapScene& scene) const
{
    const MapGeometry& geometry = scene.geometry;
    const FlatRange visible = geometry.visible();
    const int right = row.left() + row.width();
    const auto pixel = [&](FlatIndex index) {
        return std::clamp(row.left() + static_cast<int>(std::floor(geometry.toPixel(index) + 0.5)), row.left() - 1, right + 1);
    };
    QRect crowd;
    const auto endCrowd = [&] {
        if (!crowd.isNull())
            painter.fillRect(crowd, QBrush(scene.theme.crowd, Qt::Dense4Pattern));
        crowd = QRect();
    };
    for (std::uint32_t i = firstEndingAfter(visible.begin); i < count;) {
        const FlatRange range = rangeOf(i);
        if (range.begin >= visible.end)
            break;
        const int x0 = pixel(range.begin), x1 = pixel(range.end);
        if (x1 - x0 >= narrowest) {
            endCrowd();
            drawBox(painter, QRect(x0, row.top(), x1 - x0, row.height()), i, scene);
            ++i;
            continue;
        }
        if (range.count().value > 0) {
            if (!crowd.isNull() && x0 > crowd.right() + 1)
                endCrowd();
            crowd |= QRect(x0, row.top(), std::max(x1 - x0, 1), row.height());
        }
        // On to the box that reaches into the next pixel.
        i = std::max(i + 1, firstEndingAfter(geometry.fromPixel(x0 + 1 - row.left()).index()));
    }
    endCrowd();
}

void BoxRow::drawBox(QPainter& painter, const QRect& box, std::uint32_t i, const MapScene& scene) const
{
    painter.fillRect(box.adjusted(0, 0, -1, 0), fills[i % 2]);
    const QRect inView = box & QRect(painter.clipBoundingRect().toAlignedRect());
    const QFontMetrics metrics = painter.fontMetrics();
    const QStaticText* name = scene.names.fitted(
        idBase + i, inView.width() - 2 * padding, painter.font(), metrics, [&] { return nameOf(i); });
    if (!name)
        return;
    painter.setPen(scene.theme.text);
    const int y = box.top() + (box.height() - metrics.height()) / 2;
    painter.drawStaticText(inView.left() + padding, y, *name);
}

} // namespace ravel
