// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/moduleslane.h"

#include "items/qtext.h"

#include <algorithm>

namespace ravel {

ModulesLane::ModulesLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("modules"))
{
}

int ModulesLane::rowHeight(const QFontMetrics& metrics) { return metrics.height() + 3; }

int ModulesLane::rows() const
{
    return std::clamp(scene().modules.levels(), 1, std::max(rect().height() / rowHeight(fontMetrics()), 1));
}

int ModulesLane::wantedHeight(const QFontMetrics& metrics) const { return std::max(scene().modules.levels(), 1) * rowHeight(metrics); }

QRect ModulesLane::rowRect(int level) const
{
    const QRect area = rect();
    const int height = area.height() / rows();
    return QRect(area.left(), area.top() + level * height, area.width(), height - 1);
}

BoxRow ModulesLane::row(int level) const
{
    const auto& bands = scene().modules.level(level);
    BoxRow row;
    row.count = static_cast<std::uint32_t>(bands.size());
    row.rangeOf = [&bands](std::uint32_t i) { return bands[i].range; };
    row.nameOf = [this, &bands](std::uint32_t i) {
        const std::string_view name = scene().segment(bands[i].first).name;
        return shown(name.substr(bands[i].nameBegin, bands[i].nameEnd - bands[i].nameBegin));
    };
    row.fills = scene().theme.module;
    row.idBase = std::uint64_t(level + 1) << 32;
    return row;
}

void ModulesLane::paintLane(QCPPainter& painter)
{
    const int levels = std::min(rows(), scene().modules.levels());
    for (int level = 0; level < levels; ++level)
        row(level).draw(painter, rowRect(level), scene());
}

void ModulesLane::paintGutter(QCPPainter& painter)
{
    const int hidden = scene().modules.levels() - rows();
    painter.setPen(scene().theme.faintText);
    const QRect area = gutter().adjusted(8, 0, -8, 0);
    const int height = area.height() / rows();
    painter.drawText(QRect(area.left(), area.top(), area.width(), height), Qt::AlignLeft | Qt::AlignVCenter, name());
    if (hidden > 0 && rows() > 1)
        painter.drawText(QRect(area.left(), area.bottom() - height, area.width(), height), Qt::AlignLeft | Qt::AlignVCenter,
            tr("+%n level(s)", nullptr, hidden));
}

std::optional<MapHit> ModulesLane::hit(QPointF point) const
{
    const QRect area = rect();
    const auto placed = placedUnder(point);
    if (!placed)
        return std::nullopt;
    const int level = std::min(static_cast<int>(point.y() - area.top()) / (area.height() / rows()), rows() - 1);
    const ModuleBand* band = scene().modules.at(level, *placed);
    if (!band)
        return std::nullopt;
    const std::string_view name = scene().segment(band->first).name;
    MapHit hit { band->first, band->last, {} };
    hit.text = tr("%1\n%n tensor(s), %2 elements", nullptr, static_cast<int>(band->last - band->first))
                   .arg(shown(name.substr(0, band->nameEnd)), countText(band->range.count().value));
    return hit;
}

} // namespace ravel
