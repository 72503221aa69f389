// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/measure.h"

#include <cstdint>
#include <vector>

namespace ravel {

// What measure() and estimate() share.

BinSpec binSpecFor(const MeasureOptions&, const Summary&, double smallestPositive);
double smallestPositive(const Sketch&); // about; 0 for none
// Fills in quantiles and histogram as the sketch has them, marked as not exact.
void fromSketch(const Sketch&, const MeasureOptions&, Measurement&);
HigherMoments higherFromSketch(const Sketch&, const Summary&); // about: each number stands in the middle of its bin
// The neighbours in order, two for each of shownQuantiles, and the quantiles between them; -1 and NaN where there are no numbers.
std::vector<std::int64_t> ranksOf(std::int64_t finite);
std::vector<double> interpolated(const std::vector<double>& neighbours, std::int64_t finite);

} // namespace ravel
