// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ravel {

enum class BinScale : std::uint8_t { Linear, Log }; // Log: bins of equal width in log10; low > 0

// Bins as torch's histc has them: low <= x <= high, the last bin closed; low == high counts [low - 1, high + 1].
struct BinSpec {
    double low = 0, high = 1;
    int bins = 256;
    BinScale scale = BinScale::Linear;
    bool operator==(const BinSpec&) const = default;
    double edge(int i) const; // i in [0, bins]
};

struct Histogram {
    BinSpec spec;
    std::vector<std::int64_t> counts;
    std::int64_t below = 0, above = 0; // finite numbers outside; infinities count here too
    std::int64_t nan = 0;
    bool exact = true;
    void merge(const Histogram&); // of the same spec
    bool operator==(const Histogram&) const = default;
};

Histogram emptyHistogram(const BinSpec&);
// Adds n elements in native byte order. Vectorised; the bin of x is found as at::histc finds it, in double.
void count(Dtype, const std::byte* elements, std::size_t n, Histogram&);

} // namespace ravel
