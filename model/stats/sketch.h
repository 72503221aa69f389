// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"
#include "stats/histogram.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ravel {

// A sparse histogram over the top 16 bits of the order-preserving float32 pattern of each finite number (8 bits of exponent, 7 of mantissa):
// log-spaced bins, mergeable by addition. A bin is at most 1/128 of its value wide, below 2^-126 it is 2^-133 wide. Numbers that are no float32 (float64,
// large integers) are cut towards zero, which moves none over a bin's edge; those beyond float32 stand in its last bins; -0 counts as 0.
// A coarse sketch has dropped some of the 16 bits: its bins are 2^dropped times as wide.
class Sketch {
public:
    // Of counts by key, of 16 - dropped bits.
    static Sketch fromCounts(const std::vector<std::int64_t>& counts, int dropped);
    void add(Dtype, const std::byte* elements, std::size_t n); // in native byte order; SketchBuilder is faster for many pieces
    void merge(const Sketch&);                                 // of another coarseness: then the coarser one of both
    std::int64_t count() const { return m_count; }
    int dropped() const { return m_dropped; }
    std::size_t bins() const { return m_bins.size(); }         // that hold something
    std::size_t bytes() const;                                 // of memory
    bool operator==(const Sketch&) const = default;

    Sketch coarser(int dropped) const;         // of fewer bits; `dropped` in [dropped(), 8]
    Sketch times(std::int64_t n) const;        // of n repeats

    // The value below which a share q of the finite numbers lies, interpolated inside the bin: at most one bin's width off (2^-7 of the value, twice
    // that for each bit dropped), exact for 0. NaN when empty.
    double quantile(double q) const;
    // Redistributed into bins. `error` is the share of the numbers that stand in sketch bins cut by an edge: a bound for what is in the wrong
    // bin; 0 where every edge is a sketch edge and not negative (a negative bin holds its upper end). Counts are whole numbers that add up.
    struct Estimate {
        Histogram histogram;
        double error = 0;
    };
    Estimate histogram(const BinSpec&) const;

    // Bin by bin, ascending: its key, of 16 - dropped() bits, and its count.
    template <class Visit> void forEachBin(Visit visit) const
    {
        for (std::size_t i = 0; i < m_bins.size(); ++i)
            visit(m_bins[i], countAt(i));
    }

private:
    friend class SketchBuilder;
    std::int64_t countAt(std::size_t i) const
    {
        return !m_small.empty() ? std::int64_t(m_small[i]) : !m_counts.empty() ? std::int64_t(m_counts[i]) : m_wide[i];
    }
    void append(std::uint16_t bin, std::int64_t n); // ascending
    void trim();

    std::vector<std::uint16_t> m_bins;   // ascending
    std::vector<std::uint16_t> m_small;  // counts; or, once one does not fit:
    std::vector<std::uint32_t> m_counts; // or, once one does not fit here:
    std::vector<std::int64_t> m_wide;
    std::int64_t m_count = 0;
    int m_dropped = 0;
};

// The sum of many, in their coarsest bins.
Sketch mergedSketches(const std::vector<std::shared_ptr<const Sketch>>&);

// The values that the bins of a key cover, as doubles: lowest and highest, inclusive. `key` has 16 bits; the bins at the ends reach to the ends
// of double, the bin of 0 holds [0, 2^-133) and the one before it what is negative and smaller still.
struct KeyRange {
    double lowest = 0;
    double highest = 0;
};
KeyRange keyRange(std::uint32_t firstKey, std::uint32_t lastKey);

// Counts keys densely while numbers come in (256 KB), for one thread.
class SketchBuilder {
public:
    SketchBuilder();
    void addKeys(const std::uint16_t* keys, std::size_t n);
    void add(Dtype, const std::byte* elements, std::size_t n);
    // How many numbers of each of the bins of a Density came in since this or take() was last called; costs 10 us, whatever came in.
    void takeCounts(std::vector<std::int64_t>& byBin);
    // What came in since the last call; the builder is empty again.
    Sketch take(int dropped = 0);

private:
    void flush();
    void spill();
    void addCounts(std::vector<std::int64_t>& byBin, std::int64_t sign) const;
    std::vector<std::uint16_t> m_few;    // the first keys, as they came: a few are sorted faster than 65,536 counts are looked through
    std::vector<std::uint32_t> m_counts; // by key, once there are more
    std::int64_t m_pending = 0;          // in m_counts: below 2^32
    std::vector<std::int64_t> m_taken;   // what takeCounts() gave of what is in m_few and m_counts; may be below zero after a flush
    Sketch m_done;
};

} // namespace ravel
