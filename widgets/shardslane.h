// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/boxrow.h"
#include "widgets/maplane.h"

namespace ravel {

// Who would hold what, were the vector parted among ranks (layout/shards.h has the formulas): a box for each rank's run, and below a bar under each
// tensor that a boundary cuts, with a notch where.
class ShardsLane : public MapLane {
    Q_OBJECT
public:
    ShardsLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics& metrics) const override { return metrics.height() + 12; }
    int leastHeight(const QFontMetrics& metrics) const override { return metrics.height() + 8; }
    std::optional<MapHit> hit(QPointF) const override;
    QString gutterText() const override;
    void addTo(QMenu&) override;

    QRect boxes() const;
    QRect bars() const; // of tensors that are cut

protected:
    void paintLane(QCPPainter&) override;

private:
    BoxRow row() const;
    void paintCuts(QCPPainter&, const BoxRow&);
};

QString shardStyleName(ShardStyle);

} // namespace ravel
