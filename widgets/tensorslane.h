// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/boxrow.h"
#include "widgets/maplane.h"

namespace ravel {

// The segments, with the last part of their names.
class TensorsLane : public MapLane {
    Q_OBJECT
public:
    TensorsLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override;
    std::optional<MapHit> hit(QPointF) const override;

protected:
    void paintLane(QCPPainter&) override;
};

} // namespace ravel
