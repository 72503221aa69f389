// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/maplane.h"
#include "widgets/marks.h"

namespace ravel {

// What deserves a look, never left out at any zoom: above NaN and infinities, which the summaries of all columns tell exactly; below what an
// analysis found beside (OffsetMap::setAnomalies). Marks of one kind that lie within two pixels become one.
class MarksLane : public MapLane {
    Q_OBJECT
public:
    MarksLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override;
    std::optional<MapHit> hit(QPointF) const override;
    QString gutterText() const override;

    QRect row(int upperOrLower) const; // 0, 1
    static int rowOf(MapAnomaly::Kind kind) { return kind <= MapAnomaly::Inf ? 0 : 1; }

protected:
    void paintLane(QCPPainter&) override;
    void paintGutter(QCPPainter&) override;

private:
    void paintFaults(QCPPainter&);
    void paintAnomalies(QCPPainter&);
    // Marks of one kind from left to right: those that would cover the one before are left out.
    void put(QCPPainter&, MapAnomaly::Kind, double x);
    template <class Visit> void forEachInView(Visit) const;

    MarkStamps m_stamps;
    double m_last[MapAnomaly::kinds] = {};
};

QString markName(MapAnomaly::Kind);

} // namespace ravel
