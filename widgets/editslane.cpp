// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/editslane.h"

#include "checkpoint/geometry.h"
#include "items/qtext.h"
#include "items/stepselect.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr int height = 8;
constexpr std::size_t namedSteps = 5; // in a tool tip

std::vector<FlatRange> merged(std::vector<FlatRange> ranges)
{
    std::sort(ranges.begin(), ranges.end(), [](FlatRange a, FlatRange b) { return a.begin < b.begin; });
    std::vector<FlatRange> result;
    for (const FlatRange& range : ranges) {
        if (!result.empty() && range.begin <= result.back().end)
            result.back().end = std::max(result.back().end, range.end);
        else
            result.push_back(range);
    }
    return result;
}

} // namespace

std::vector<FlatRange> editedRanges(const FlatLayout& layout, const EditedVector& edited)
{
    std::vector<FlatRange> ranges;
    const auto storages = edited.editedStorages();
    for (const std::uint32_t listed : layout.placed()) {
        const Segment& segment = layout.listed()[listed];
        const Tensor& tensor = layout.tensor(segment);
        if (segment.numel.value == 0 || !std::binary_search(storages.begin(), storages.end(), tensor.storage))
            continue;
        const StorageIndex begin = tensor.storageOffset, end = begin + segment.numel;
        if (!isContiguous(tensor)) {
            const auto hulls = edited.hulls(tensor.storage);
            if (!hulls.empty() && hulls.back().end > begin)
                ranges.push_back({ segment.offset, segment.offset + segment.numel });
            continue;
        }
        for (const StorageRange& hull : edited.hulls(tensor.storage)) {
            const StorageIndex from = std::max(begin, hull.begin), to = std::min(end, hull.end);
            if (from < to)
                ranges.push_back({ segment.offset + (from - begin), segment.offset + (to - begin) });
        }
    }
    return merged(std::move(ranges));
}

EditsLane::EditsLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("edits"))
{
}

int EditsLane::wantedHeight(const QFontMetrics& metrics) const { return std::max(height, metrics.height()); }

QString EditsLane::gutterText() const { return tr("What the steps of the history touch. Point at a mark to see which they are."); }

// The pixel and its neighbours: a mark is two pixels wide at least.
std::optional<MapHit> EditsLane::hit(QPointF point) const
{
    if (!scene().layout || !scene().edited || !QRectF(rect()).contains(point))
        return std::nullopt;
    const double x = point.x() - rect().left();
    const FlatIndex at = scene().geometry.elementAt(x);
    const auto placed = scene().layout->placedAt(at);
    if (!placed)
        return std::nullopt;
    const FlatRange near { std::min(at, scene().geometry.elementAt(x - 1)), std::max(at, scene().geometry.elementAt(x + 1)) + Count(1) };
    MapHit hit { *placed, *placed + 1, {} };
    const auto steps = stepsOver(*scene().layout, *scene().edited, near);
    QStringList lines;
    for (std::size_t i = 0; i < std::min(steps.size(), namedSteps); ++i)
        lines << shown(sentence(steps[i]->step));
    if (steps.size() > namedSteps)
        lines << tr("and %1 more").arg(countText(static_cast<std::int64_t>(steps.size() - namedSteps)));
    hit.text = lines.join(u'\n');
    return hit;
}

void EditsLane::paintLane(QCPPainter& painter)
{
    const QRect area = rect();
    const int top = area.top() + (area.height() - height) / 2;
    painter.fillRect(QRect(area.left(), top + height / 2, area.width(), 1), scene().theme.line);
    const auto& edits = scene().edits;
    const FlatRange visible = scene().geometry.visible();
    auto range = std::upper_bound(edits.begin(), edits.end(), visible.begin,
        [](FlatIndex at, FlatRange r) { return at < r.end; });
    double drawnTo = -1;
    for (; range != edits.end() && range->begin < visible.end; ++range) {
        const QRectF where = span(*range, 2);
        if (where.right() <= drawnTo)
            continue;
        drawnTo = where.right();
        painter.fillRect(QRectF(where.left(), top, where.width(), height), scene().theme.edit);
    }
}

} // namespace ravel
