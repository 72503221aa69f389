// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"
#include "stats/histogram.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ravel {

// A sparse histogram over the top 16 bits of the order-preserving float pattern of each finite number (as float32: 8 bits of exponent, 7 of
// mantissa): log-spaced bins, mergeable by addition. A bin is at most 1/128 of its value wide.
class Sketch {
public:
    void add(Dtype, const std::byte* elements, std::size_t n);
    void merge(const Sketch&);
    std::int64_t count() const;
    std::size_t bytes() const; // of memory

    // The value below which a share q of the finite numbers lies, interpolated inside the bin; relative error 2^-8 at most. NaN when empty.
    double quantile(double q) const;
    // Redistributed into bins. `error` is the share of the numbers that stand in sketch bins cut by an edge: a bound for what is in the wrong
    // bin; 0 where every edge is a sketch edge. Counts are whole numbers that add up.
    struct Estimate {
        Histogram histogram;
        double error = 0;
    };
    Estimate histogram(const BinSpec&) const;

private:
    std::vector<std::uint16_t> m_bins;   // ascending
    std::vector<std::int64_t> m_counts;
};

} // namespace ravel
