// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/sparkline.h"

#include <algorithm>

namespace ravel {

Sparkline makeSparkline(const Sketch& sketch, const Summary& summary)
{
    Sparkline line;
    line.known = true;
    line.trouble = summary.nan + summary.inf() > 0;
    if (summary.finite() == 0)
        return line;
    BinSpec spec { sketch.quantile(0.005), sketch.quantile(0.995), sparklineBins, BinScale::Linear };
    if (!(spec.low < spec.high)) { // nearly all one number: a single bar in the middle
        line.heights[sparklineBins / 2] = 255;
        return line;
    }
    Histogram histogram = sketch.histogram(spec).histogram;
    histogram.counts.front() += histogram.below - summary.negativeInf;
    histogram.counts.back() += histogram.above - summary.positiveInf;
    const std::int64_t top = *std::max_element(histogram.counts.begin(), histogram.counts.end());
    for (std::size_t i = 0; i < line.heights.size() && top > 0; ++i) {
        const double share = static_cast<double>(histogram.counts[i]) / static_cast<double>(top);
        const int height = static_cast<int>(share * 255 + 0.5);
        line.heights[i] = static_cast<std::uint8_t>(std::clamp(height, histogram.counts[i] > 0 ? 1 : 0, 255));
    }
    return line;
}

} // namespace ravel
