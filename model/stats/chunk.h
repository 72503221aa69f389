// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"
#include "stats/kernels.h"
#include "stats/summary.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ravel {

// A few numbers at a time in the form that the kernels take: as float where each value of the dtype is one, else as double (integers
// beyond 2^53 rounded). A complex element is two numbers. What has that form already stays where it stands.
struct Chunk {
    bool narrow = true; // in `floats`
    std::size_t n = 0;
    const float* floats = nullptr;
    const double* doubles = nullptr;
    alignas(64) float floatRoom[kernels::chunkNumbers];
    alignas(64) double doubleRoom[kernels::chunkNumbers];

    Chunk() { } // the room is left as it is
    Chunk(const Chunk&) = delete;
    Chunk& operator=(const Chunk&) = delete;

    double at(std::size_t i) const { return narrow ? static_cast<double>(floats[i]) : doubles[i]; }
    void moments(kernels::Moments& out, kernels::HigherMoments* higher = nullptr) const
    {
        const kernels::Table& k = kernels::current();
        narrow ? k.momentsOfFloats(floats, n, out, higher) : k.momentsOfDoubles(doubles, n, out, higher);
    }
    void keys(std::uint16_t* out) const
    {
        const kernels::Table& k = kernels::current();
        narrow ? k.keysOfFloats(floats, n, out) : k.keysOfDoubles(doubles, n, out);
    }
};

bool fitsFloat(Dtype);         // each value is a float32 exactly
int numbersPerElement(Dtype);  // 2 for complex

// At most chunkNumbers / numbersPerElement elements, in native byte order, at any alignment. They must outlive what is asked of the chunk.
void fillChunk(Dtype, const std::byte* elements, std::size_t n, Chunk&);

Summary summaryOf(const kernels::Moments&);

template <class Visit> void forEachChunk(Dtype dtype, const std::byte* elements, std::size_t n, Chunk& chunk, Visit visit)
{
    const std::size_t step = kernels::chunkNumbers / static_cast<std::size_t>(numbersPerElement(dtype));
    const auto size = static_cast<std::size_t>(dtypeSize(dtype));
    for (std::size_t i = 0; i < n; i += step) {
        fillChunk(dtype, elements + i * size, std::min(step, n - i), chunk);
        visit(chunk);
    }
}

} // namespace ravel
