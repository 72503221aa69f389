// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace ravel {

// What one pass over numbers leaves. Mergeable in any grouping. NaN and infinity are counted and kept out of min, max and moments;
// a complex element counts as two numbers. Moments are kept about a mean, so that a large mean does not swallow the deviation
// (Chan, Golub, LeVeque 1983).
struct Summary {
    std::int64_t count = 0; // numbers seen, of any kind
    std::int64_t nan = 0;
    std::int64_t positiveInf = 0;
    std::int64_t negativeInf = 0;
    std::int64_t zeros = 0;
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
    double mean = 0; // of the finite numbers
    double m2 = 0;   // sum of squared deviations from the mean

    std::int64_t finite() const { return count - nan - positiveInf - negativeInf; }
    std::int64_t inf() const { return positiveInf + negativeInf; }
    double sum() const { return mean * static_cast<double>(finite()); }
    double std() const;      // n - 1, as torch's; NaN below two numbers
    void merge(const Summary&);
    Summary times(std::int64_t n) const; // of n repeats; counts stop at 2^63 - 1
    bool operator==(const Summary&) const = default;
};

// Of n elements in native byte order, at any alignment. Vectorised; every clone gives the same bits. -0 counts as 0; integers beyond 2^53 are
// rounded to double. Where the sum of finite numbers overflows, the mean is still right; a deviation beyond double makes m2 infinite.
Summary summarise(Dtype, const std::byte* elements, std::size_t n);

} // namespace ravel
