// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/maplane.h"

namespace ravel {

// Offsets of the view.
class RulerLane : public MapLane {
    Q_OBJECT
public:
    RulerLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override;

protected:
    void paintLane(QCPPainter&) override;
};

} // namespace ravel
