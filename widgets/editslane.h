// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/maplane.h"

namespace ravel {

// Where the recipe touches the vector.
class EditsLane : public MapLane {
    Q_OBJECT
public:
    EditsLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override;
    std::optional<MapHit> hit(QPointF) const override; // names the steps
    QString gutterText() const override;

protected:
    void paintLane(QCPPainter&) override;
};

// The flat ranges that the steps of a recipe touch, ascending and merged; also those that are linked with what was selected. Of a
// tensor that does not lie in one piece, or that is touched in very many, the hull.
std::vector<FlatRange> editedRanges(const FlatLayout&, const EditedVector&);

} // namespace ravel
