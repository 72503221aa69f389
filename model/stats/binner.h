// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/chunk.h"
#include "stats/histogram.h"

#include <cstdint>
#include <span>
#include <vector>

namespace ravel {

// Finds the bins of numbers: [0, bins) inside, then one place each for below, above and NaN. Immutable, for any thread.
class Binner {
public:
    explicit Binner(const BinSpec& sound); // as emptyHistogram() leaves it

    std::size_t places() const { return static_cast<std::size_t>(m_spec.bins) + 3; }
    std::int32_t below() const { return m_spec.bins; }
    std::int32_t above() const { return m_spec.bins + 1; }
    std::int32_t binOf(double) const;
    // Neighbouring numbers fall into neighbouring bins: a run of values is in one bin when both its ends are.
    void binsOf(const float*, std::size_t n, std::int32_t* out) const;  // n <= kernels::chunkNumbers
    void binsOf(const double*, std::size_t n, std::int32_t* out) const;
    void binsOf(const Chunk&, std::int32_t* out) const;

    // Adds counts by place to a histogram of the same spec.
    void addTo(Histogram&, std::span<const std::int64_t> counts) const;

private:
    template <class T> void search(const T*, std::size_t n, std::int32_t* out) const;
    BinSpec m_spec;
    kernels::LinearBins m_linear;
    std::vector<double> m_edges; // Log
};

} // namespace ravel
