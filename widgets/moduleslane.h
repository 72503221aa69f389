// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/boxrow.h"
#include "widgets/maplane.h"

namespace ravel {

// The paths of the tensors as a flame chart, one row a level.
class ModulesLane : public MapLane {
    Q_OBJECT
public:
    ModulesLane(QCPAxisRect*, const MapScene&);

    int wantedHeight(const QFontMetrics&) const override;
    int leastHeight(const QFontMetrics& metrics) const override { return rowHeight(metrics); }
    int rows() const; // as many as its height allows: deeper levels are left out
    static int rowHeight(const QFontMetrics&);
    std::optional<MapHit> hit(QPointF) const override;

protected:
    void paintLane(QCPPainter&) override;
    void paintGutter(QCPPainter&) override;

private:
    BoxRow row(int level) const;
    QRect rowRect(int level) const;
};

} // namespace ravel
