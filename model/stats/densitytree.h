// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/density.h"

#include <cstdint>
#include <mutex>
#include <vector>

namespace ravel {

// The densities of cells (some neighbouring blocks each), and of 4, 16, 64, ... of them. A node above is merged once all below it are known, so that a cell costs
// a writer one merging in three. One writer at a time, any number of readers, who wait only while pointers are copied.
class DensityTree {
public:
    enum State : std::uint8_t { Unknown = 0, SomeKnown = 1, AllKnown = 2, Estimated = 4 };

    explicit DensityTree(std::int64_t cells);
    std::int64_t cells() const { return static_cast<std::int64_t>(m_levels.front().size()); }

    // For the writer. Estimated: of a sample, or of more than the cell.
    void set(std::int64_t cell, Density, std::uint8_t state);
    void clear(std::int64_t begin, std::int64_t end);
    std::uint8_t state(std::int64_t cell) const;

    // The columns between boundaries (ascending cells, n + 1 of them): the fewest nodes that are known of [boundary i, boundary i + 1), or of the one cell at
    // boundary i where that is empty.
    struct Column {
        std::uint32_t first = 0, last = 0; // of View::parts
        std::uint8_t state = Unknown;
    };
    struct View {
        std::vector<Density> parts;
        std::vector<Column> columns;
    };
    View view(const std::vector<std::int64_t>& boundaries) const;

private:
    struct Node {
        Density density;
        std::uint8_t state = Unknown;
    };
    void refresh(std::int64_t begin, std::int64_t end);
    void collect(int level, std::int64_t index, View&, std::uint8_t& some, std::uint8_t& all) const;

    mutable std::mutex m_pointers;
    std::vector<std::vector<Node>> m_levels;
};

} // namespace ravel
