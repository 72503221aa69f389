// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/mapscene.h"
#include "widgets/qcp.h"

namespace ravel {

class MapLane;
class OverviewLane;

// What moves often, on a layer of its own so that the lanes are not drawn again: the selection and the element under the pointer.
class MapOverlay : public QCPLayerable {
    Q_OBJECT
public:
    MapOverlay(QCustomPlot*, const QString& layer, const MapScene&, const OverviewLane*, const MapLane* first, const MapLane* last);

protected:
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    QRect clipRect() const override;
    void draw(QCPPainter*) override;

private:
    QRect lanes() const; // all but the overview
    void paintSelected(QCPPainter&, const QRect& area, const MapGeometry&, int lineWidth);
    void paintPointed(QCPPainter&);

    const MapScene& m_scene;
    const OverviewLane* m_overview;
    const MapLane* m_first;
    const MapLane* m_last;
};

} // namespace ravel
