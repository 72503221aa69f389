// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/mapscene.h"
#include "widgets/qcp.h"

#include <optional>
#include <vector>

namespace ravel {

class MapLane;
class ModulesLane;
class OverviewLane;
struct MapHit;

// The lanes and the overlay on one canvas: places them, keeps scene and frames in step with the canvas, draws. Handles no input.
class MapPlot : public QCustomPlot {
    Q_OBJECT
public:
    MapPlot(MapScene&, QWidget* parent);

    const OverviewLane& overview() const { return *m_overview; }
    QRect lanes() const;         // of the view's lanes, without overview and gutter
    std::optional<MapHit> hit(QPointF) const; // what a lane says is there
    void arrange();              // heights of the lanes, after a change of layout, font or size
    void draw();                 // everything, soon
    void drawOverlay();          // selection and pointer only, soon
    int leastHeight() const;

protected:
    void resizeEvent(QResizeEvent*) override;
    void paintEvent(QPaintEvent*) override;

private:
    void prepare(); // frames and value axis, before each drawing
    int gutterWidth() const;

    MapScene& m_scene;
    OverviewLane* m_overview = nullptr;
    std::vector<MapLane*> m_lanes; // below the overview
    ModulesLane* m_modules = nullptr;
    QCPLayer* m_overlay = nullptr;
    bool m_prepared = false; // drawn once at least
};

} // namespace ravel
