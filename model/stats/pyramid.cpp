// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/pyramid.h"

#include "checkpoint/geometry.h"
#include "stats/pyramidstate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

float saturated(double x)
{
    constexpr double most = std::numeric_limits<float>::max();
    return static_cast<float>(std::clamp(x, -most, most));
}

// Nodes of one column, put together without a division for each.
class ColumnSum {
public:
    void add(const BlockTree::Node& node)
    {
        ++m_nodes;
        m_known += (node.state & BlockTree::AllKnown) != 0 ? 1 : 0;
        m_some |= node.state;
        const Summary& s = node.summary;
        m_count += s.count;
        m_nan |= s.nan != 0;
        m_inf |= s.inf() != 0;
        m_zeros += s.zeros;
        const auto n = static_cast<double>(s.finite());
        if (!(n > 0))
            return;
        if (m_finite == 0)
            m_about = s.mean;
        m_finite += n;
        m_min = std::min(m_min, s.min);
        m_max = std::max(m_max, s.max);
        const double apart = s.mean - m_about;
        m_sum += n * apart;
        m_squares += s.m2 + n * apart * apart;
    }

    Column column() const
    {
        Column c;
        if ((m_some & (BlockTree::SomeKnown | BlockTree::SomeEstimated)) == 0)
            return c;
        if (m_known == m_nodes)
            c.flags |= Column::Known;
        else if ((m_some & BlockTree::SomeKnown) != 0)
            c.flags |= Column::Partial;
        if ((m_some & BlockTree::SomeEstimated) != 0)
            c.flags |= Column::Estimated;
        c.flags |= m_nan ? Column::HasNan : 0;
        c.flags |= m_inf ? Column::HasInf : 0;
        c.flags |= m_count > 0 && m_zeros == m_count ? Column::AllZero : 0;
        if (m_finite == 0) {
            c.flags |= Column::NoFinite;
            return c;
        }
        c.min = saturated(m_min);
        c.max = saturated(m_max);
        c.mean = saturated(m_about + m_sum / m_finite);
        const double squares = m_squares - m_sum * m_sum / m_finite;
        c.std = m_finite < 2 ? 0 : saturated(std::sqrt(std::max(squares, 0.0) / (m_finite - 1)));
        return c;
    }

private:
    int m_nodes = 0, m_known = 0;
    std::uint8_t m_some = 0;
    bool m_nan = false, m_inf = false;
    std::int64_t m_count = 0, m_zeros = 0;
    double m_finite = 0, m_about = 0, m_sum = 0, m_squares = 0;
    double m_min = std::numeric_limits<double>::infinity(), m_max = -std::numeric_limits<double>::infinity();
};

} // namespace

Pyramid::Pyramid(std::shared_ptr<const FlatLayout> layout)
    : m_state(std::make_unique<State>(std::move(layout)))
{
}

Pyramid::~Pyramid() = default;

const FlatLayout& Pyramid::layout() const { return *m_state->layout; }
std::int64_t Pyramid::blockSize() const { return m_state->plan.blockSize(); }
std::int64_t Pyramid::blockCount() const { return m_state->plan.blocks(); }
std::int64_t Pyramid::knownBlocks() const { return m_state->known.load(); }
std::uint64_t Pyramid::revision() const { return m_state->revision.load(); }

void Pyramid::columns(double begin, double end, std::span<Column> out) const
{
    const State& s = *m_state;
    const auto numel = static_cast<double>(s.layout->numel().value);
    const double width = (end - begin) / static_cast<double>(out.size());
    std::uint32_t hint = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double from = std::max(begin + width * static_cast<double>(i), 0.0);
        const double to = std::min(begin + width * static_cast<double>(i + 1), numel);
        out[i] = {};
        if (!(from < to))
            continue;
        const auto first = static_cast<std::int64_t>(from);
        const std::int64_t last = std::min(
            std::max(first, static_cast<std::int64_t>(std::ceil(to)) - 1), s.layout->numel().value - 1);
        const std::int64_t firstBlock = s.plan.blockAt(first, hint);
        std::uint32_t lastHint = hint;
        const std::int64_t lastBlock = s.plan.blockAt(last, lastHint);
        ColumnSum sum;
        s.tree.forEachNode(firstBlock, lastBlock + 1, [&sum](const BlockTree::Node& node) { sum.add(node); });
        out[i] = sum.column();
    }
}

std::optional<Summary> Pyramid::segmentSummary(std::uint32_t placed) const
{
    return summaryOf(std::span(&placed, 1));
}

std::optional<Summary> Pyramid::summaryOf(std::span<const std::uint32_t> placed) const
{
    Summary sum;
    for (std::uint32_t segment : placed) {
        const BlockTree::Node node = m_state->nodeOf(m_state->plan.firstBlock(segment), m_state->plan.endBlock(segment));
        if ((node.state & BlockTree::AllKnown) == 0)
            return std::nullopt;
        sum.merge(node.summary);
    }
    return sum;
}

std::shared_ptr<const Sketch> Pyramid::segmentSketch(std::uint32_t placed) const { return m_state->sketchOfSegment(placed); }

std::shared_ptr<const Sketch> Pyramid::sketchOf(std::span<const std::uint32_t> placed) const
{
    if (placed.size() == 1)
        return segmentSketch(placed[0]);
    const State& s = *m_state;
    std::vector<std::uint32_t> records;
    std::int64_t wanted = 0, held = 0; // blocks
    for (std::uint32_t segment : placed) {
        const auto [first, last] = s.plan.recordsOf(segment);
        wanted += s.plan.endBlock(segment) - s.plan.firstBlock(segment);
        for (std::uint32_t r = first; r < last; ++r)
            records.push_back(r);
    }
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());
    std::vector<std::shared_ptr<const Sketch>> sketches;
    {
        const std::lock_guard lock(s.sketching);
        for (std::uint32_t r : records) {
            held += s.plan.records()[r].endBlock - s.plan.records()[r].firstBlock;
            sketches.push_back(s.recordSketches[r]);
        }
    }
    // A record that holds other segments too cannot be told apart.
    if (held != wanted || std::find(sketches.begin(), sketches.end(), nullptr) != sketches.end())
        return nullptr;
    return std::make_shared<const Sketch>(mergedSketches(sketches));
}

Pyramid::RangeAnswer Pyramid::summaryOf(FlatRange range) const
{
    const State& s = *m_state;
    RangeAnswer answer;
    const auto leave = [&answer](FlatRange rest) {
        if (rest.begin >= rest.end)
            return;
        if (!answer.rest.empty() && answer.rest.back().end == rest.begin)
            answer.rest.back().end = rest.end;
        else
            answer.rest.push_back(rest);
    };
    range.begin = std::max(range.begin, FlatIndex(0));
    range.end = std::min(range.end, FlatIndex(s.layout->numel().value));
    if (range.begin >= range.end)
        return answer;
    std::uint32_t hint = 0;
    const std::int64_t first = s.plan.blockAt(range.begin.value, hint);
    const std::int64_t last = s.plan.blockAt(range.end.value - 1, hint);
    for (std::int64_t block = first; block <= last;) {
        const FlatRange here = s.plan.rangeOf(block);
        if (here.begin < range.begin || here.end > range.end) {
            leave({ std::max(here.begin, range.begin), std::min(here.end, range.end) });
            ++block;
            continue;
        }
        // The largest node that starts here, lies inside and is known.
        int level = 0;
        while (level + 1 < s.tree.levels() && block % (std::int64_t(2) << level) == 0 && block + (std::int64_t(2) << level) <= last
            && (s.tree.state(level + 1, block >> (level + 1)) & BlockTree::AllKnown) != 0)
            ++level;
        const BlockTree::Node node = s.tree.node(level, block >> level);
        if ((node.state & BlockTree::AllKnown) != 0) {
            answer.summary.merge(node.summary);
            block += std::int64_t(1) << level;
        } else {
            leave(here);
            ++block;
        }
    }
    return answer;
}

} // namespace ravel
