// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/maplane.h"

namespace ravel {

// Places that share storage: an arc from each to the next, bars where they lie; two rings over a tensor that has aliases without a place of their own
// (layouts that hold each alias once), whose names the tool tip tells.
class AliasesLane : public MapLane {
    Q_OBJECT
public:
    AliasesLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override { return 34; }
    int leastHeight(const QFontMetrics&) const override { return 20; }
    std::optional<MapHit> hit(QPointF) const override;
    QString gutterText() const override;

protected:
    void paintLane(QCPPainter&) override;

private:
    int base() const; // where the arcs stand
    void paintArc(QCPPainter&, FlatRange from, FlatRange to, bool exact);
    void paintPlace(QCPPainter&, FlatRange);
    QString nameAt(FlatIndex) const;
};

} // namespace ravel
