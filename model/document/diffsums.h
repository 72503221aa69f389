// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"
#include "document/diff.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ravel {

// What a stretch of two tensors differs by; mergeable, in the order of the stretches. Sums are long doubles: squares of doubles fit.
struct DiffSums {
    std::int64_t elements = 0, different = 0, notFinite = 0;
    std::int64_t first = -1, last = -1;     // different ones, counted through all stretches
    double maxAbs = 0;
    long double squares = 0;                // of a - b
    long double ofA = 0, ofB = 0, both = 0; // of a^2, b^2, a * b
    void merge(const DiffSums&);
    // Fills in what a tensor's diff says of its numbers.
    void finish(TensorDiff&) const;
};

// Adds two stretches of as many numbers, in double.
class DiffAdder {
public:
    DiffAdder(const DiffOptions& options, Dtype a, Dtype b);
    // n elements of each in native byte order, the first of them at `position` of the tensors.
    void add(const std::byte* a, const std::byte* b, std::size_t n, std::int64_t position, DiffSums&);
    // The norms of n elements that are the same in both.
    void addEqual(const std::byte* both, std::size_t n, DiffSums&);

private:
    void addFinite(std::size_t numbers, DiffSums&) const;
    void addAny(std::size_t elements, DiffSums&) const;
    void findEnds(std::size_t n, std::int64_t position, DiffSums&) const;
    void tellApart(const std::byte* a, const std::byte* b, std::size_t n, std::int64_t position, DiffSums&) const;
    bool same(double a, double b) const;

    DiffOptions m_options;
    Dtype m_dtypeA, m_dtypeB;
    std::size_t m_parts; // numbers of an element: 2 where one side is complex
    std::vector<double> m_a, m_b;
};

} // namespace ravel
