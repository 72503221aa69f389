// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/binner.h"
#include "stats/chunk.h"
#include "stats/sketch.h"
#include "stats/summary.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ravel {

// What a sketch leaves open, closed by further passes over the same numbers: the bin of each number that stands in a sketch bin cut by an
// edge, and order statistics (the k-th smallest number), narrowed down by 16 bits of the pattern a pass.
class Refinement {
public:
    // The numbers are float32 patterns unless `wide`. `histogram`: what to fill, none for none; `ranks`: of the order statistics. The sketch
    // has all its 16 bits; the summary is of the same numbers.
    Refinement(const Sketch&, const Summary&, bool wide, const Histogram* histogram, std::vector<std::int64_t> ranks);

    bool finished() const;                // no pass is needed, or no more
    void endPass(std::span<class RefinePart> parts); // merges what the workers found in a pass
    const Histogram& histogram() const { return *m_histogram; }
    // By rank as given; once finished.
    std::vector<double> values() const;

private:
    friend class RefinePart;
    // The patterns that an order statistic can still have: 65,536 steps of 2^shift from `first`.
    struct Range {
        std::uint64_t first = 0;
        int shift = 0;
        bool operator==(const Range&) const = default;
    };
    struct Target {
        std::size_t range = 0;     // into m_ranges
        std::int64_t rank = 0;     // within the range
        std::optional<double> value;
    };
    void place(const Sketch&, const Summary&, Target&);
    void placeHistogram(const Sketch&);
    std::size_t rangeOf(Range);
    void narrow(Target&, const Range&, std::span<const std::int64_t> counts);
    void classify();
    std::uint16_t keyOf(const Range&) const;

    bool m_wide = false;
    std::optional<Histogram> m_histogram; // holds what is certain
    std::optional<Binner> m_binner;
    bool m_histogramDone = true;
    std::vector<std::uint8_t> m_cut;      // by key: 1 where an edge cuts its bin
    std::vector<std::uint8_t> m_classes;  // by key: 1 to be counted in the histogram, 2 to be compared with the ranges
    std::vector<std::uint32_t> m_chosen;  // bit by key: those that have a class
    std::vector<Range> m_ranges;
    std::vector<std::uint8_t> m_firstRange; // by key: of those that begin in its bin, ascending by key
    std::vector<std::uint8_t> m_endRange;
    std::vector<Target> m_targets;
};

// What one worker counts in one pass.
class RefinePart {
public:
    explicit RefinePart(const Refinement&);
    void add(Dtype, const std::byte* elements, std::size_t n, std::int64_t weight);

private:
    friend class Refinement;
    void add(const Chunk&, std::int64_t weight);
    void addToHistogram(const Chunk&, const std::uint16_t* keys, const std::uint16_t* places, std::size_t found, std::int64_t weight);
    void addToRanges(double number, std::uint16_t key, std::int64_t weight);
    const Refinement* m_refinement;
    std::vector<std::int64_t> m_bins;   // by place of the binner
    std::vector<std::int64_t> m_counts; // 65,536 for each range
};

} // namespace ravel
