// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/maplane.h"

namespace ravel {

// Offsets of the view, and a flag at the beginning of each bookmarked place.
class RulerLane : public MapLane {
    Q_OBJECT
public:
    RulerLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override;
    std::optional<MapHit> hit(QPointF) const override;

protected:
    void paintLane(QCPPainter&) override;

private:
    void paintFlags(QCPPainter&) const;
};

} // namespace ravel
