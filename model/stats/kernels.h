// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

// The inner loops, compiled once for each instruction set that the machine may have (kernels_*.cpp) and chosen at start. All of
// them give the same bits: a sum is kept in a fixed number of lanes that are added in a fixed order, nothing is contracted. This header
// includes nothing whose inline functions could leak out of a file that is compiled for a newer processor.
namespace ravel::kernels {

// Numbers are worked on in chunks that stay in the first-level cache.
constexpr std::size_t chunkNumbers = 1024;

struct Moments {
    std::int64_t finite = 0;
    std::int64_t nan = 0;
    std::int64_t positiveInf = 0;
    std::int64_t negativeInf = 0;
    std::int64_t zeros = 0;
    double min = 0, max = 0; // where there is a finite number
    double mean = 0;
    double m2 = 0;           // about that mean, in a second sweep over the chunk
};

// Of the finite numbers of a chunk, about the mean of its moments.
struct HigherMoments {
    double m3 = 0, m4 = 0;   // sums of third and fourth powers of the deviations
    double absolute = 0;     // sum of magnitudes
};

// Bins of equal width as at::histc finds them: trunc((x - low) * bins / (high - low)), the last one closed. x is scaled by a power of two
// first, 1 unless the products overflow.
struct LinearBins {
    double low = 0, high = 1;
    double scale = 1;
    double scaledLow = 0;
    double scaledWidth = 1;
    double binsAsDouble = 1;
    std::int32_t bins = 1; // results: [0, bins), bins: below, bins + 1: above, bins + 2: NaN
};

// The top 16 bits of the order-preserving pattern of the number as float32, cut towards zero; -0 counts as 0, what is beyond float32 as
// its largest. NaN and infinities have the keys outside [firstFinite, lastFinite].
constexpr std::uint16_t firstFinite = 0x0080;
constexpr std::uint16_t lastFinite = 0xFF7F;

struct Table {
    const char* name;
    // n <= chunkNumbers in all of these.
    void (*momentsOfFloats)(const float*, std::size_t n, Moments&, HigherMoments*); // null: not those; the others are the same bits
    void (*momentsOfDoubles)(const double*, std::size_t n, Moments&, HigherMoments*);
    void (*keysOfFloats)(const float*, std::size_t n, std::uint16_t* keys);
    void (*keysOfDoubles)(const double*, std::size_t n, std::uint16_t* keys);
    void (*binsOfFloats)(const float*, std::size_t n, const LinearBins&, std::int32_t* bins);
    void (*binsOfDoubles)(const double*, std::size_t n, const LinearBins&, std::int32_t* bins);
    void (*floatsOfHalfs)(const std::uint16_t*, std::size_t n, float*);
    void (*floatsOfBFloat16s)(const std::uint16_t*, std::size_t n, float*);
    void (*countKeys)(const std::uint16_t* keys, std::size_t n, std::uint32_t* counts);
    // Writes the places whose key's bit is set in `chosen` (65,536 bits, the lowest of a word first); returns how many. There must be room for n + 1.
    std::size_t (*select)(const std::uint16_t* keys, std::size_t n, const std::uint32_t* chosen, std::uint16_t* places);
};

const Table& baseline();
#if defined(__x86_64__)
const Table& avx2();   // only where the processor has it, as of avx512
const Table& avx512();
#endif

const Table& current(); // for usedIsa() of base/multiversion.h

} // namespace ravel::kernels
