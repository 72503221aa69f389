// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSharedPointer>

#include "stats/histogram.h"
#include "widgets/histogramplot.h"
#include "widgets/qcp.h"

namespace ravel {

// For an axis whose coordinates are BinSpec::place().
QSharedPointer<QCPAxisTicker> valueTicker(const BinSpec&);
// For an axis of counts, which on Symlog holds log10(1 + n).
QSharedPointer<QCPAxisTicker> countTicker(CountScale);

} // namespace ravel
