// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPainter>

#include "widgets/mapanomaly.h"
#include "widgets/maptheme.h"

namespace ravel {

// The shape of a kind of mark, each told apart without its colour: MapAnomaly says which is which.
void paintMark(QPainter&, MapAnomaly::Kind, QPointF centre, double radius, const MapTheme&);

// The shapes drawn once and stamped often: many marks cost little.
class MarkStamps {
public:
    // Brings the stamps up to date; cheap when nothing has changed.
    void update(double radius, double ratio, const MapTheme&);
    void stamp(QPainter&, MapAnomaly::Kind, QPointF centre) const;

private:
    double m_radius = 0, m_ratio = 0;
    MapTheme m_theme;
    QImage m_images[MapAnomaly::kinds];
};

} // namespace ravel
