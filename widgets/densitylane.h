// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/columnpainter.h"
#include "widgets/densitypainter.h"
#include "widgets/maplane.h"

namespace ravel {

// How many numbers have which value: a histogram for each column, shaded by the logarithm of the count, on the value axis of the values lane.
//
// What is kept for it: a histogram of 8 bins an octave, its counts logarithmic in one byte (stats/density.h), of each cell of 65,536 elements or more (the size
// doubles until there are 60,000 at most), and of 4, 16, 64, ... cells: 25 MB at most for 25e9 normal numbers; one merging for each three cells analysed.
// Exact passes over a view of 25e9 elements would take half a minute on each change of the axis; the sketches of segments do not say where in a segment
// a number stands. Closer than a cell the tiles carry a histogram for each bucket.
class DensityLane : public MapLane {
    Q_OBJECT
public:
    DensityLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override { return 90; }
    int leastHeight(const QFontMetrics&) const override { return 40; }
    bool takesRest() const override { return true; }
    bool wantsDensity() const override { return true; }
    std::optional<MapHit> hit(QPointF) const override;
    QString gutterText() const override;

    QRect plot() const; // of the counts
    const DensityFrame& frame() const { return m_frame; } // as last painted

protected:
    void paintLane(QCPPainter&) override;
    void paintGutter(QCPPainter&) override;

private:
    ColumnArea area() const;
    DensityFrame m_frame;
    DensityPainter m_painter;
};

} // namespace ravel
