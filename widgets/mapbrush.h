// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/qcp.h"

#include "layout/selection.h"
#include "widgets/mapscene.h"

#include <optional>

namespace ravel {

class DensityLane;
class MapLane;
class MapPlot;
class ValuesLane;

// Which of the selected elements a predicate on the value takes: on the lanes of values and of density the band between its two ends, across what is
// selected. Exact at every zoom, since a mark is selected where it stands in the band.
class MapBrush : public QCPLayerable {
    Q_OBJECT
public:
    MapBrush(MapPlot*, const QString& layer, const MapScene&);
    void setWhere(const std::optional<Predicate>& where) { m_where = where; }

protected:
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    QRect clipRect() const override;
    void draw(QCPPainter*) override;

private:
    void paintBand(QCPPainter&, const MapLane&, const QRectF& plot);
    const MapScene& m_scene;
    const ValuesLane* m_values;
    const DensityLane* m_density;
    std::optional<Predicate> m_where;
};

} // namespace ravel
