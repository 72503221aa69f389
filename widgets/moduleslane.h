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
    void setMostRows(int rows) { m_mostRows = rows; } // what the map's height allows; deeper levels are left out
    int rows() const;
    static int rowHeight(const QFontMetrics&);
    std::optional<MapHit> hit(QPointF) const override;

protected:
    void paintLane(QCPPainter&) override;
    void paintGutter(QCPPainter&) override;

private:
    BoxRow row(int level) const;
    QRect rowRect(int level) const;
    int m_mostRows = 64;
};

} // namespace ravel
