// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensorslane.h"

#include "items/qtext.h"

namespace ravel {

TensorsLane::TensorsLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("tensors"))
{
}

int TensorsLane::wantedHeight(const QFontMetrics& metrics) const { return metrics.height() + 6; }

void TensorsLane::paintLane(QCPPainter& painter)
{
    BoxRow row;
    row.count = static_cast<std::uint32_t>(scene().layout->placed().size());
    row.rangeOf = [this](std::uint32_t i) { return scene().rangeOf(i); };
    row.nameOf = [this](std::uint32_t i) {
        const Segment& segment = scene().segment(i);
        return shown(leafName(segment.name)) + QStringLiteral("  ") + shapeText(scene().layout->tensor(segment).shape);
    };
    row.fills = scene().theme.tensor;
    row.draw(painter, rect(), scene());
}

std::optional<MapHit> TensorsLane::hit(QPointF point) const
{
    const auto placed = placedUnder(point);
    if (!placed)
        return std::nullopt;
    const Segment& segment = scene().segment(*placed);
    const Tensor& tensor = scene().layout->tensor(segment);
    MapHit hit { *placed, *placed + 1, {} };
    hit.text = QStringLiteral("%1\n%2 %3, %4").arg(shown(segment.name), toQt(dtypeName(tensor.dtype)), shapeText(tensor.shape),
        tr("%1 elements from %2").arg(countText(segment.numel.value), countText(segment.offset.value)));
    return hit;
}

} // namespace ravel
