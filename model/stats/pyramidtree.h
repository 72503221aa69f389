// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/summary.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace ravel {

// Summaries of blocks, and of 2, 4, 8, ... neighbouring ones. One writer at a time; readers never wait for it: a node that is being written while it is
// read is read again, and taken for unknown should that happen often. Memory is committed as blocks become known: 80 bytes a node.
class BlockTree {
public:
    enum State : std::uint8_t { Unknown = 0, SomeKnown = 1, AllKnown = 2, SomeEstimated = 4 };
    struct Node {
        Summary summary;                // of what is known or estimated below it
        std::uint8_t state = Unknown;
    };
    struct Range {
        std::int64_t begin = 0, end = 0; // of blocks
    };

    explicit BlockTree(std::int64_t blocks);

    std::int64_t blocks() const { return m_levels.front().count; }
    int levels() const { return static_cast<int>(m_levels.size()); }
    Node node(int level, std::int64_t index) const;
    std::uint8_t state(int level, std::int64_t index) const;

    // Visits the fewest nodes that make up [begin, end): at most two of each level.
    template <class Visit> void forEachNode(std::int64_t begin, std::int64_t end, Visit visit) const
    {
        for (int level = 0; begin < end; ++level, begin /= 2, end /= 2) {
            if (begin % 2 != 0)
                visit(node(level, begin++));
            if (end % 2 != 0 && begin < end)
                visit(node(level, --end));
        }
    }

    // For the writer: sets blocks, then brings what stands above them up to date. Ranges ascend and do not touch.
    void set(std::int64_t block, const Summary&, std::uint8_t state);
    void clear(std::int64_t block);
    void update(std::vector<Range> changed);

private:
    static constexpr std::size_t words = 10; // version and state, then the summary
    struct Free {
        void operator()(void* p) const { std::free(p); }
    };
    struct Level {
        std::int64_t count = 0;
        std::unique_ptr<std::uint64_t[], Free> words;
    };
    std::uint64_t* at(int level, std::int64_t index) const;
    void write(std::uint64_t* node, const Summary&, std::uint8_t state);
    void writeUnknown(std::uint64_t* node);
    void combine(int level, std::int64_t index);
    std::vector<Level> m_levels;
};

} // namespace ravel
