// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/mapscene.h"
#include "widgets/qcp.h"

#include <optional>
#include <vector>

namespace ravel {

class MapLane;
class MapLanes;
class OverviewLane;
struct MapHit;

// The lanes and the overlay on one canvas: places them, keeps scene and frames in step with the canvas, draws. Handles no input.
class MapPlot : public QCustomPlot {
    Q_OBJECT
public:
    MapPlot(MapScene&, QWidget* parent);

    const OverviewLane& overview() const { return *m_overview; } // its rect is empty while it is hidden
    MapLanes& mapLanes() const { return *m_lanes; }
    QRect lanes() const;         // of the view's lanes that are shown, without overview and gutter
    const MapLane* laneAt(QPointF) const; // gutter and all; null between lanes
    bool inGutter(QPointF) const;
    std::optional<MapHit> hit(QPointF) const; // what a lane says is there
    void arrange();              // places and heights of the lanes, after a change of layout, font or size, or of what is shown
    void draw();                 // everything, soon
    void drawOverlay();          // selection and pointer only, soon
    int leastHeight() const;
    QSize minimumSizeHint() const override { return { 100, leastHeight() }; } // not what the lanes happen to have now

protected:
    void resizeEvent(QResizeEvent*) override;
    void paintEvent(QPaintEvent*) override;

private:
    void prepare(); // frames and value axis, before each drawing
    void stack();   // those that are shown, from above down
    int gutterWidth() const;

    MapScene& m_scene;
    OverviewLane* m_overview = nullptr;
    MapLanes* m_lanes = nullptr;
    QCPLayer* m_overlay = nullptr;
    bool m_prepared = false; // drawn once at least
};

} // namespace ravel
