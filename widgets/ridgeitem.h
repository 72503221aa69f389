// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/histogramplot.h"

namespace ravel {

// Many histograms in the same bins, a row each that may rise into the one above; each to its own height, with its name.
class RidgeItem : public QCPLayerable {
    Q_OBJECT
public:
    explicit RidgeItem(HistogramPlot&);

protected:
    QRect clipRect() const override;
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter*) override;

private:
    HistogramPlot& m_plot;
};

// What tells names apart: without the parts, between dots, that all of them begin or end with. ("layers.0.q.weight", "layers.1.q.weight": "0", "1")
QStringList distinctParts(const QStringList& names);

} // namespace ravel
