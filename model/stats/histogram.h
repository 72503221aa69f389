// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ravel {

// Log: bins of equal width in log10; low > 0. Symlog: of equal width in sign(x) log10(1 + |x| / linear), near 0 as wide as linear makes them, far from it as
// those of Log; linear > 0.
enum class BinScale : std::uint8_t { Linear, Log, Symlog };

// Bins as torch's histc has them: low <= x <= high, the last bin closed; low == high counts [low - 1, high + 1].
struct BinSpec {
    double low = 0, high = 1;
    int bins = 256;
    BinScale scale = BinScale::Linear;
    double linear = 0; // of Symlog
    bool operator==(const BinSpec&) const = default;
    double place(double x) const;   // on an axis on which all bins are equally wide
    double value(double place) const;
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
// wrong way round, bins clamped to [1, mostBins], Log made Linear where low <= 0, Symlog where linear is not above 0.
Histogram emptyHistogram(const BinSpec&);
// Adds n elements in native byte order. Vectorised. Linear: the bin of x is found as at::histc finds it, trunc((x - low) * bins / (high - low)) in
// double (HistogramKernel.cpp, LINEAR_INTERPOLATION). Log and Symlog: edge(i) <= x < edge(i + 1). Complex elements count as two numbers.
void count(Dtype, const std::byte* elements, std::size_t n, Histogram&);

} // namespace ravel
