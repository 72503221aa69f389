// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/columnpainter.h"
#include "widgets/maplane.h"

namespace ravel {

// The numbers: a band of minimum and maximum, mean and mean +- std in each column; single samples with stems where an element has four pixels or
// more, and the number itself where it has 48. NaN and infinity have a line in their column, at every zoom.
class ValuesLane : public MapLane {
    Q_OBJECT
public:
    static constexpr double sampleWidth = 4;
    static constexpr double numberWidth = 48;

    ValuesLane(QCPAxisRect*, const MapScene&);
    int wantedHeight(const QFontMetrics&) const override { return 90; }
    int leastHeight(const QFontMetrics&) const override { return 48; }
    bool takesRest() const override { return true; }

    QRect plot() const; // of the numbers

protected:
    void paintLane(QCPPainter&) override;
    void paintGutter(QCPPainter&) override;

private:
    bool samplesKnown() const;
    void paintGrid(QCPPainter&);
    void paintFaults(QCPPainter&);
    void paintSampleFault(QCPPainter&, const Summary&, double centre, double width);
    void paintSamples(QCPPainter&);
    void paintSample(QCPPainter&, const Summary&, const std::string& text, double centre, double width);
    ColumnArea area() const;
    ColumnPainter m_columns;
};

} // namespace ravel
