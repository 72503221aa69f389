// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/summary.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ravel {

struct Chunk;
struct Measurement;

// What a summary does not hold: sums of the third and fourth powers of the deviations from its mean, and of the magnitudes, of the finite numbers.
struct HigherMoments {
    double m3 = 0, m4 = 0, absolute = 0;
    bool operator==(const HigherMoments&) const = default;
};

// A summary with them. Mergeable in any grouping: P. Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
// statistical moments", SAND2008-6212 (2008), equations 2.1 and 3.1 for p = 3 and 4.
struct FullSummary {
    Summary summary;
    HigherMoments higher;
    void merge(const FullSummary&);
    FullSummary times(std::int64_t n) const; // of n repeats
};
FullSummary fullSummaryOf(const Chunk&);

// g1 = (m3 / n) / (m2 / n)^(3/2), and g2 = n m4 / m2^2 - 3: the moments themselves (scipy.stats.skew and kurtosis, bias=True; the normal distribution has
// 0 and 0). NaN where all numbers are one, and of none.
double skewness(const Summary&, const HigherMoments&);
double excessKurtosis(const Summary&, const HigherMoments&);
double normL2(const Summary&);  // square root of the sum of squares
double normMax(const Summary&); // largest magnitude

// One line of the statistics, which window and command line share. Those of an estimate are scaled to all the numbers that it speaks of.
struct Statistic {
    std::string key;         // "count", "mean", "l2", "q0.05"
    bool counted = false;    // a whole number, in `count`
    std::int64_t count = 0;
    double value = 0;        // NaN where there is none
    bool exact = true;
};
// In the order in which they are shown: count, finite, nan, inf, zeros, min, max, mean, std, skew, kurtosis, l1, l2, max_abs, quantiles. Without the ones
// that were not measured.
std::vector<Statistic> statisticsOf(const Measurement&);

} // namespace ravel
