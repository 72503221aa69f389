// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/laneborders.h"

#include "widgets/maplanes.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr double reach = 3; // pixels above and below a border

} // namespace

LaneBorders::LaneBorders(MapLanes& lanes, QObject* parent)
    : QObject(parent)
    , m_lanes(lanes)
{
}

std::optional<LaneBorders::Pair> LaneBorders::pairAt(QPointF point) const
{
    const auto lanes = m_lanes.shown();
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        const QRect rect = lanes[i]->lane->axisRect()->outerRect();
        const double border = rect.top() + rect.height() + 1.5;
        if (std::abs(point.y() - border) > reach || point.x() < rect.left() || point.x() > rect.right())
            continue;
        const QFontMetrics metrics = lanes[i]->lane->fontMetrics();
        Pair pair;
        pair.upper = lanes[i]->id;
        pair.upperHeight = rect.height();
        pair.upperSet = lanes[i]->height;
        pair.upperLeast = lanes[i]->lane->leastHeight(metrics);
        pair.from = point.y();
        if (i + 1 == lanes.size())
            return lanes[i]->lane->takesRest() ? std::nullopt : std::optional(pair);
        std::size_t below = i + 1;
        for (std::size_t k = i + 1; k < lanes.size(); ++k)
            if (lanes[k]->lane->takesRest()) {
                below = k;
                break;
            }
        pair.lower = lanes[below]->id;
        pair.lowerHeight = lanes[below]->lane->axisRect()->outerRect().height();
        pair.lowerSet = lanes[below]->height;
        pair.lowerLeast = lanes[below]->lane->leastHeight(metrics);
        return pair;
    }
    return std::nullopt;
}

bool LaneBorders::at(QPointF point) const { return pairAt(point).has_value(); }

bool LaneBorders::press(QPointF point)
{
    m_drag = pairAt(point);
    return dragging();
}

bool LaneBorders::move(QPointF point)
{
    if (!m_drag)
        return false;
    int by = std::max(static_cast<int>(std::lround(point.y() - m_drag->from)), m_drag->upperLeast - m_drag->upperHeight);
    if (!m_drag->lower.isEmpty())
        by = std::min(by, std::max(0, m_drag->lowerHeight - m_drag->lowerLeast));
    m_lanes.setHeight(m_drag->upper, m_drag->upperHeight + by);
    if (!m_drag->lower.isEmpty())
        m_lanes.setHeight(m_drag->lower, m_drag->lowerHeight - by);
    return true;
}

bool LaneBorders::release() { return std::exchange(m_drag, std::nullopt).has_value(); }

bool LaneBorders::doubleClick(QPointF point)
{
    const auto pair = pairAt(point);
    if (!pair)
        return false;
    m_drag.reset();
    m_lanes.setHeight(pair->upper, 0);
    if (!pair->lower.isEmpty())
        m_lanes.setHeight(pair->lower, 0);
    return true;
}

bool LaneBorders::giveUp()
{
    if (!m_drag)
        return false;
    const Pair pair = *std::exchange(m_drag, std::nullopt);
    m_lanes.setHeight(pair.upper, pair.upperSet);
    if (!pair.lower.isEmpty())
        m_lanes.setHeight(pair.lower, pair.lowerSet);
    return true;
}

} // namespace ravel
