// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/pyramidtree.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <new>

namespace ravel {

namespace {

// First word: bits 0-2 the state, bit 3 set while it is written, from bit 4 on the number of writes.
constexpr std::uint64_t stateMask = 7;
constexpr std::uint64_t writing = 8;
constexpr std::uint64_t oneWrite = 16;
constexpr int mostTries = 64;

using Word = std::atomic_ref<std::uint64_t>;

std::array<std::uint64_t, 9> pack(const Summary& s)
{
    return { static_cast<std::uint64_t>(s.count), static_cast<std::uint64_t>(s.nan), static_cast<std::uint64_t>(s.positiveInf),
        static_cast<std::uint64_t>(s.negativeInf), static_cast<std::uint64_t>(s.zeros), std::bit_cast<std::uint64_t>(s.min),
        std::bit_cast<std::uint64_t>(s.max), std::bit_cast<std::uint64_t>(s.mean), std::bit_cast<std::uint64_t>(s.m2) };
}

Summary unpack(const std::array<std::uint64_t, 9>& w)
{
    Summary s;
    s.count = static_cast<std::int64_t>(w[0]);
    s.nan = static_cast<std::int64_t>(w[1]);
    s.positiveInf = static_cast<std::int64_t>(w[2]);
    s.negativeInf = static_cast<std::int64_t>(w[3]);
    s.zeros = static_cast<std::int64_t>(w[4]);
    s.min = std::bit_cast<double>(w[5]);
    s.max = std::bit_cast<double>(w[6]);
    s.mean = std::bit_cast<double>(w[7]);
    s.m2 = std::bit_cast<double>(w[8]);
    return s;
}

} // namespace

BlockTree::BlockTree(std::int64_t blocks)
{
    for (std::int64_t count = blocks;; count = (count + 1) / 2) {
        Level level;
        level.count = count;
        // calloc: pages that no block has reached yet take no memory.
        level.words.reset(static_cast<std::uint64_t*>(
            std::calloc(static_cast<std::size_t>(std::max<std::int64_t>(count, 1)) * words, sizeof(std::uint64_t))));
        if (!level.words)
            throw std::bad_alloc();
        m_levels.push_back(std::move(level));
        if (count <= 1)
            return;
    }
}

std::uint64_t* BlockTree::at(int level, std::int64_t index) const
{
    return m_levels[static_cast<std::size_t>(level)].words.get() + static_cast<std::size_t>(index) * words;
}

std::uint8_t BlockTree::state(int level, std::int64_t index) const
{
    const std::uint64_t head = Word(*at(level, index)).load(std::memory_order_acquire);
    return (head & writing) != 0 ? std::uint8_t(Unknown) : static_cast<std::uint8_t>(head & stateMask);
}

BlockTree::Node BlockTree::node(int level, std::int64_t index) const
{
    std::uint64_t* const from = at(level, index);
    for (int tries = 0; tries < mostTries; ++tries) {
        const std::uint64_t before = Word(from[0]).load(std::memory_order_acquire);
        if ((before & writing) != 0)
            continue;
        if ((before & stateMask) == Unknown)
            return {};
        std::array<std::uint64_t, 9> copy;
        for (std::size_t i = 0; i < copy.size(); ++i)
            copy[i] = Word(from[i + 1]).load(std::memory_order_acquire); // keeps the load below after these
        if (Word(from[0]).load(std::memory_order_relaxed) == before)
            return { unpack(copy), static_cast<std::uint8_t>(before & stateMask) };
    }
    return {};
}

void BlockTree::write(std::uint64_t* node, const Summary& summary, std::uint8_t state)
{
    const std::uint64_t old = Word(node[0]).load(std::memory_order_relaxed) & ~(stateMask | writing);
    Word(node[0]).store(old | writing, std::memory_order_relaxed);
    const auto copy = pack(summary);
    for (std::size_t i = 0; i < copy.size(); ++i)
        Word(node[i + 1]).store(copy[i], std::memory_order_release); // whoever sees it sees the mark as well
    Word(node[0]).store((old + oneWrite) | state, std::memory_order_release);
}

void BlockTree::writeUnknown(std::uint64_t* node)
{
    const std::uint64_t old = Word(node[0]).load(std::memory_order_relaxed);
    if ((old & stateMask) != Unknown) // leaves pages alone that nobody has written to
        Word(node[0]).store((old & ~stateMask) + oneWrite, std::memory_order_release);
}

void BlockTree::set(std::int64_t block, const Summary& summary, std::uint8_t state) { write(at(0, block), summary, state); }
void BlockTree::clear(std::int64_t block) { writeUnknown(at(0, block)); }

void BlockTree::combine(int level, std::int64_t index)
{
    const std::int64_t first = 2 * index;
    const bool two = first + 1 < m_levels[static_cast<std::size_t>(level) - 1].count;
    Node left = node(level - 1, first);
    const Node right = two ? node(level - 1, first + 1) : Node { {}, AllKnown };
    const auto some = static_cast<std::uint8_t>((left.state | (two ? right.state : 0)) & (SomeKnown | SomeEstimated));
    if (some == 0) {
        writeUnknown(at(level, index));
        return;
    }
    left.summary.merge(right.summary);
    write(at(level, index), left.summary, static_cast<std::uint8_t>(some | (left.state & right.state & AllKnown)));
}

void BlockTree::update(std::vector<Range> changed)
{
    for (int level = 1; level < levels(); ++level) {
        std::vector<Range> above;
        for (const Range& range : changed) {
            const Range parents { range.begin / 2, (range.end + 1) / 2 };
            if (!above.empty() && parents.begin <= above.back().end)
                above.back().end = std::max(above.back().end, parents.end);
            else
                above.push_back(parents);
        }
        for (const Range& range : above)
            for (std::int64_t i = range.begin; i < range.end; ++i)
                combine(level, i);
        changed = std::move(above);
    }
}

} // namespace ravel
