// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/columnpainter.h"
#include "widgets/maplane.h"

namespace ravel {

// A - B of a comparison: in each column a band that holds the extremes and reaches zero, and the mean; a mark above where one alone is NaN or infinite.
// Places that B does not have are crossed out. Without a comparison it says so.
class DifferenceLane : public MapLane {
    Q_OBJECT
public:
    DifferenceLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override { return 84; }
    int leastHeight(const QFontMetrics& metrics) const override { return metrics.height() + 16; }

    QRect strip() const; // of the marks
    QRect plot() const;  // of the numbers

protected:
    void paintLane(QCPPainter&) override;
    void paintGutter(QCPPainter&) override;

private:
    ColumnArea area() const;
    ColumnPainter m_columns;
};

} // namespace ravel
