// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapplot.h"

#include "widgets/laneheights.h"
#include "widgets/maplanes.h"
#include "widgets/mapoverlay.h"
#include "widgets/overviewlane.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr int laneGap = 3;
constexpr std::int64_t mostPerColumn = 65'536; // elements that are read for the densities of a view: 400 MB of float32 at 1,600 pixels
constexpr int edge = 6; // free at the right and below

} // namespace

MapPlot::MapPlot(MapScene& scene, QWidget* parent)
    : QCustomPlot(parent)
    , m_scene(scene)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    setInteractions({});
    setAntialiasedElements(QCP::aeNone);
    setPlottingHint(QCP::phCacheLabels, true);
    setPlottingHint(QCP::phImmediateRefresh, false); // drawing and showing are two events: the thread answers in between
    plotLayout()->clear();
    plotLayout()->setRowSpacing(laneGap);

    m_lanes = new MapLanes(this, scene, this);
    for (const MapLanes::Entry& entry : m_lanes->all())
        if (auto* overview = qobject_cast<OverviewLane*>(entry.lane))
            m_overview = overview;
    m_overlay = layer(QStringLiteral("overlay")); // the topmost, and buffered: a layer between others would part those in two buffers
    new MapOverlay(this, m_overlay->name(), scene); // owned by the layer's plot
    connect(this, &QCustomPlot::beforeReplot, this, &MapPlot::prepare);
    connect(m_lanes, &MapLanes::changed, this, [this] {
        arrange();
        draw();
    });
    connect(m_lanes, &MapLanes::currentChanged, this, &MapPlot::draw);
    arrange();
}

int MapPlot::gutterWidth() const
{
    const QFontMetrics metrics(font());
    return std::max(metrics.horizontalAdvance(tr("overview")) + 20, metrics.averageCharWidth() * 13 + 12);
}

int MapPlot::leastHeight() const
{
    const QFontMetrics metrics(font());
    int height = edge - laneGap;
    for (const MapLanes::Entry* entry : m_lanes->shown())
        height += laneGap + entry->lane->leastHeight(metrics);
    return std::max(height, edge);
}

void MapPlot::stack()
{
    for (const MapLanes::Entry& entry : m_lanes->all()) {
        QCPAxisRect* rect = entry.lane->axisRect();
        if (rect->layout())
            plotLayout()->take(rect);
        entry.lane->setVisible(entry.shown());
        if (entry.shown())
            continue;
        rect->setMargins({}); // out of the way: nothing lies in it
        rect->setOuterRect({});
    }
    plotLayout()->simplify();
    for (const MapLanes::Entry* entry : m_lanes->shown())
        plotLayout()->addElement(plotLayout()->rowCount(), 0, entry->lane->axisRect());
}

void MapPlot::arrange()
{
    stack();
    const QFontMetrics metrics(font());
    const auto lanes = m_lanes->shown();
    std::vector<LaneRoom> rooms;
    for (const MapLanes::Entry* entry : lanes) {
        const int wanted = entry->height > 0 ? entry->height : entry->lane->wantedHeight(metrics);
        rooms.push_back({ entry->lane->leastHeight(metrics), wanted, entry->lane->takesRest(), entry->height > 0 });
    }
    const int gaps = laneGap * std::max(0, static_cast<int>(lanes.size()) - 1);
    const std::vector<int> heights = laneHeights(rooms, height() - edge - gaps);
    const int gutter = gutterWidth();
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        QCPAxisRect* rect = lanes[i]->lane->axisRect();
        rect->setMargins(QMargins(gutter, 0, edge, 0));
        rect->setMinimumSize(0, heights[i]);
        rect->setMaximumSize(QWIDGETSIZE_MAX, heights[i]);
    }
    plotLayout()->setMargins(QMargins(0, 0, 0, edge));
    m_scene.geometry.setWidth(std::max(1, width() - gutter - edge));
    setBackground(QBrush(m_scene.theme.gutter));
}

QRect MapPlot::lanes() const
{
    QRect all;
    for (const MapLanes::Entry* entry : m_lanes->shown())
        if (entry->lane != m_overview)
            all |= entry->lane->rect();
    return all.isNull() ? QRect(gutterWidth(), height(), static_cast<int>(m_scene.geometry.width()), 0) : all;
}

const MapLane* MapPlot::laneAt(QPointF point) const
{
    for (const MapLanes::Entry* entry : m_lanes->shown())
        if (entry->lane->axisRect()->outerRect().contains(point.toPoint()))
            return entry->lane;
    return nullptr;
}

bool MapPlot::inGutter(QPointF point) const { return point.x() < gutterWidth(); }

std::optional<MapHit> MapPlot::hit(QPointF point) const
{
    const MapLane* lane = laneAt(point);
    return lane ? lane->hit(point) : std::nullopt;
}

void MapPlot::draw() { replot(QCustomPlot::rpQueuedReplot); }

void MapPlot::drawOverlay()
{
    if (m_prepared)
        m_overlay->replot();
    else
        draw(); // there is no buffer to draw into yet
}

void MapPlot::prepare()
{
    m_prepared = true;
    m_scene.pixelRatio = bufferDevicePixelRatio();
    const int columns = static_cast<int>(std::floor(m_scene.geometry.width() * m_scene.pixelRatio));
    const Pyramid* pyramid = m_scene.layout ? m_scene.pyramid.get() : nullptr;
    const auto lanes = m_lanes->shown();
    const bool density = std::any_of(lanes.begin(), lanes.end(), [](const auto* entry) { return entry->lane->wantsDensity(); });
    const std::int64_t finer = density && pyramid ? std::min(pyramid->densityCell(), mostPerColumn) : 0;
    m_scene.frame.update(m_scene.geometry, columns, { pyramid, m_scene.known, m_scene.loader, true, false, finer });
    if (m_scene.preview)
        m_scene.preview->update(m_scene.geometry, columns, { pyramid, m_scene.known, m_scene.previewLoader, true, true });
    const MapGeometry all(m_scene.geometry.numel(), m_scene.geometry.width());
    m_scene.whole.update(all, columns, { pyramid, m_scene.known, m_scene.loader, false, false });
    if (m_scene.difference && m_scene.layout && m_lanes->isShown(QStringLiteral("difference"))) {
        MapDifference& difference = *m_scene.difference;
        difference.frame.update(m_scene.geometry, columns, { difference.pyramid.get(), difference.known, m_scene.differenceLoader, true, false });
        const ValueLimits ends = difference.frame.limits(m_scene.extent);
        const double reach = std::max(std::abs(ends.low), std::abs(ends.high));
        difference.values = ValueAxis(-reach, reach, m_scene.scale);
    }
    const ValueLimits limits = m_scene.frame.limits(m_scene.extent);
    m_scene.values = ValueAxis(limits.low, limits.high, m_scene.scale);
}

void MapPlot::resizeEvent(QResizeEvent* event)
{
    QCustomPlot::resizeEvent(event);
    arrange();
    draw();
}

void MapPlot::paintEvent(QPaintEvent* event)
{
    if (!qFuzzyCompare(bufferDevicePixelRatio(), devicePixelRatioF())) { // moved to another screen
        setBufferDevicePixelRatio(devicePixelRatioF());
        draw();
    }
    QCustomPlot::paintEvent(event);
}

} // namespace ravel
