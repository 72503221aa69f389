// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/columnpainter.h"
#include "widgets/maplane.h"

namespace ravel {

// The whole vector, with a frame around what the other lanes show.
class OverviewLane : public MapLane {
    Q_OBJECT
public:
    OverviewLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override { return 44; }
    int leastHeight(const QFontMetrics&) const override { return 26; }

    QRectF window() const; // the frame, never too narrow to be caught
    FlatIndex indexAt(double x) const;

protected:
    void paintLane(QCPPainter&) override;

private:
    ColumnPainter m_columns;
};

} // namespace ravel
