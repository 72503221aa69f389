// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/mapscene.h"
#include "widgets/qcp.h"

namespace ravel {

class MapPlot;

// What moves often, on a layer of its own so that the lanes are not drawn again: the selection and the element under the pointer.
class MapOverlay : public QCPLayerable {
    Q_OBJECT
public:
    MapOverlay(MapPlot*, const QString& layer, const MapScene&);

protected:
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    QRect clipRect() const override;
    void draw(QCPPainter*) override;

private:
    void paintSelected(QCPPainter&, const QRect& area, const MapGeometry&, int lineWidth);
    void paintPointed(QCPPainter&);

    const MapScene& m_scene;
    const MapPlot& m_plot;
};

} // namespace ravel
