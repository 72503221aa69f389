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
    double edge(int i) const; // i in [0, bins]; the outer two are low and high exactly
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

constexpr int mostBins = 1 << 24;

// Its spec is the one given, made sound: low == high widened as above (by more where 1 is lost in them), low and high swapped where they are the
// wrong way round, bins clamped to [1, mostBins], Log made Linear where low <= 0.
Histogram emptyHistogram(const BinSpec&);
// Adds n elements in native byte order. Vectorised. Linear: the bin of x is found as at::histc finds it, trunc((x - low) * bins / (high - low)) in
// double (HistogramKernel.cpp, LINEAR_INTERPOLATION). Log: edge(i) <= x < edge(i + 1). Complex elements count as two numbers.
void count(Dtype, const std::byte* elements, std::size_t n, Histogram&);

} // namespace ravel
