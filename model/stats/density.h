// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"
#include "stats/sketch.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ravel {

// A histogram made small enough to be kept for each few hundred thousand numbers of a large checkpoint: for a picture, not for a result. Its bins are the top
// 12 bits of a sketch's key (8 to an octave); magnitudes more than 16 octaves below the largest stand in the bin of zero; a count is
// kept to a seventh of an octave (5 % off at most, each merging adds as much), nothing and something never mix. 300 bytes of normal numbers.
class Density {
public:
    static constexpr int dropped = 4;                  // bits of a sketch's key
    static constexpr std::size_t bins = 1 << 12;
    static constexpr std::uint16_t zeroBin = 0x800;

    // By bin. NaN and infinities, which stand outside the finite keys, are left out.
    static Density fromCounts(std::span<const std::int64_t> counts);
    static Density fromKeys(std::span<const std::uint16_t> keys); // of 16 bits, in any order: for a few
    static Density of(const Sketch&, double share);    // of its counts
    static Density merged(std::span<const Density>);

    bool empty() const { return m_size == 0; }
    double count() const { return m_count; }           // of the finite numbers, nearly
    std::size_t bytes() const { return m_size; }
    Density scaled(double factor) const;

    // Runs of neighbouring bins, ascending: visit(first bin, their codes), empty bins among them have code 0.
    template <class Visit> void forEachRun(Visit visit) const
    {
        const std::uint8_t* at = m_bytes.get();
        for (const std::uint8_t* end = at + m_size; at < end;) {
            const auto first = static_cast<std::uint16_t>(at[0] | at[1] << 8);
            const std::size_t length = at[2];
            visit(first, std::span(at + 3, length));
            at += 3 + length;
        }
    }
    static float decoded(std::uint8_t code);           // 0 for 0, 1 for 1
    static std::uint8_t coded(double count);
    static const float* decodedTable();                // 256 of them

private:
    template <class Count> static Density fromBins(std::span<const std::uint16_t> bins, Count countOf);
    std::shared_ptr<const std::uint8_t[]> m_bytes;
    std::uint32_t m_size = 0;
    float m_count = 0;
};

// Collects the numbers of one density after the other, for one thread. Cheap for a few, and for many.
class DensityBuilder {
public:
    void add(Dtype, const std::byte* elements, std::size_t n); // in native byte order
    Density take();                                            // what came in since the last call

private:
    std::vector<std::uint16_t> m_few;  // keys
    std::vector<std::int64_t> m_counts; // by bin, once there are more
    bool m_many = false;
};

// The values that a bin covers, inclusive; the zero bin of a density holds what is close to zero too.
KeyRange densityBinRange(std::uint16_t bin);

} // namespace ravel
