// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/pyramidplan.h"

#include "checkpoint/geometry.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::int64_t mostBlocks = 3 << 17;              // 63 MB with what stands above them
constexpr std::size_t sketchForEach = 65'536;             // segments: more than these share records when small
constexpr std::int64_t smallSegment = 4096;
constexpr std::int64_t sharedRecord = 16'384;           // elements that small neighbours have together, about
constexpr std::int64_t largeRecord = 4 << 20;             // elements: no less is read anew when a cell of it is edited
constexpr std::int64_t mostParts = 2048;                  // of large segments
constexpr std::int64_t sketchBudget = 48 << 20;           // bytes
constexpr std::int64_t usualBins = 5000;                  // of a million normal numbers, in 16 bits
constexpr std::int64_t binBytes = 6;
constexpr std::int64_t mostCells = 60'000;                // 25 MB of densities of normal numbers, with what stands above them
constexpr std::int64_t smallestCell = 65'536;             // elements: smaller ones would slow the analysis down

} // namespace

PyramidPlan::PyramidPlan(const FlatLayout& layout)
{
    const auto& placed = layout.placed();
    m_offset.reserve(placed.size());
    m_numel.reserve(placed.size());
    for (std::uint32_t i = 0; i < placed.size(); ++i) {
        const Segment& segment = layout.listed()[placed[i]];
        m_offset.push_back(segment.offset.value);
        m_numel.push_back(segment.numel.value);
        m_viewing.emplace_back(layout.tensor(segment).storage, i);
    }
    std::sort(m_viewing.begin(), m_viewing.end());
    makeBlocks();
    makeRecords(layout);
    makeCells();
}

void PyramidPlan::makeBlocks()
{
    const std::int64_t largest = m_numel.empty() ? 0 : *std::max_element(m_numel.begin(), m_numel.end());
    for (;; m_blockSize *= 2) {
        m_firstBlock.assign(1, 0);
        for (std::int64_t n : m_numel)
            m_firstBlock.push_back(m_firstBlock.back() + n / m_blockSize + (n % m_blockSize != 0 ? 1 : 0));
        if (blocks() <= mostBlocks || m_blockSize >= largest)
            return;
    }
}

void PyramidPlan::makeRecords(const FlatLayout& layout)
{
    const std::int64_t perRecord = std::max(largeRecord, layout.numel().value / mostParts) / m_blockSize + 1; // blocks
    const bool share = m_numel.size() > sketchForEach;
    std::int64_t inShared = 0; // elements of the record at the back, where it takes more
    std::int64_t bytes[3] = {};
    for (std::uint32_t i = 0; i < segments(); ++i) {
        if (m_numel[i] == 0)
            continue;
        const Segment& segment = layout.listed()[layout.placed()[i]];
        const bool small = share && m_numel[i] < smallSegment && isContiguous(layout.tensor(segment));
        if (small && inShared > 0 && inShared < sharedRecord) {
            m_records.back().endPlaced = i + 1;
            m_records.back().endBlock = endBlock(i);
            inShared += m_numel[i];
            continue;
        }
        inShared = small ? m_numel[i] : 0;
        for (std::int64_t b = firstBlock(i); b < endBlock(i); b += perRecord)
            m_records.push_back({ i, i + 1, b, std::min(b + perRecord, endBlock(i)) });
        const std::int64_t parts = (endBlock(i) - firstBlock(i) + perRecord - 1) / perRecord;
        for (int k = 0; k < 3; ++k)
            bytes[k] += binBytes * (parts + 1) * std::min(m_numel[i], usualBins >> (2 * k));
    }
    while (m_dropped < 4 && bytes[m_dropped / 2] > sketchBudget)
        m_dropped += 2;
}

void PyramidPlan::makeCells()
{
    while (blocks() / m_cellBlocks > mostCells || cellSize() < smallestCell)
        m_cellBlocks *= 2;
    m_firstCell.assign(1, 0);
    for (const Record& record : m_records)
        m_firstCell.push_back(m_firstCell.back() + (record.endBlock - record.firstBlock + m_cellBlocks - 1) / m_cellBlocks);
}

std::int64_t PyramidPlan::cellOfBlock(std::int64_t block) const
{
    const std::uint32_t record = recordOfBlock(block);
    return m_firstCell[record] + (block - m_records[record].firstBlock) / m_cellBlocks;
}

BlockTree::Range PyramidPlan::blocksOfCell(std::int64_t cell) const
{
    const auto after = std::upper_bound(m_firstCell.begin(), m_firstCell.end(), cell);
    const auto record = static_cast<std::size_t>(after - m_firstCell.begin()) - 1;
    const std::int64_t first = m_records[record].firstBlock + (cell - m_firstCell[record]) * m_cellBlocks;
    return { first, std::min(first + m_cellBlocks, m_records[record].endBlock) };
}

std::pair<std::uint32_t, std::uint32_t> PyramidPlan::recordsOf(std::uint32_t placed) const
{
    if (firstBlock(placed) == endBlock(placed))
        return { 0, 0 };
    return { recordOfBlock(firstBlock(placed)), recordOfBlock(endBlock(placed) - 1) + 1 };
}

std::uint32_t PyramidPlan::recordOfBlock(std::int64_t block) const
{
    const auto after = std::upper_bound(m_records.begin(), m_records.end(), block,
        [](std::int64_t b, const Record& record) { return b < record.firstBlock; });
    return static_cast<std::uint32_t>(after - m_records.begin()) - 1;
}

std::uint32_t PyramidPlan::placedOfBlock(std::int64_t block) const
{
    const auto after = std::upper_bound(m_firstBlock.begin(), m_firstBlock.end(), block);
    return static_cast<std::uint32_t>(after - m_firstBlock.begin()) - 1;
}

FlatRange PyramidPlan::rangeOf(std::int64_t block) const
{
    const std::uint32_t placed = placedOfBlock(block);
    const std::int64_t first = m_offset[placed] + (block - firstBlock(placed)) * m_blockSize;
    const std::int64_t left = m_offset[placed] + m_numel[placed] - first;
    return { FlatIndex(first), FlatIndex(first + std::min(left, m_blockSize)) };
}

std::int64_t PyramidPlan::blockAt(std::int64_t index, std::uint32_t& hint) const
{
    // Columns go from left to right: the segment is usually this one or one of the next.
    const auto end = segments();
    int steps = 0;
    while (hint + 1 < end && m_offset[hint + 1] <= index && steps < 8) {
        ++hint;
        ++steps;
    }
    if (steps == 8)
        hint = static_cast<std::uint32_t>(std::upper_bound(m_offset.begin() + hint, m_offset.end(), index) - m_offset.begin()) - 1;
    return firstBlock(hint) + (index - m_offset[hint]) / m_blockSize;
}

std::vector<std::uint32_t> PyramidPlan::viewing(StorageOrdinal storage) const
{
    std::vector<std::uint32_t> result;
    auto at = std::lower_bound(m_viewing.begin(), m_viewing.end(), std::pair(storage, std::uint32_t(0)));
    for (; at != m_viewing.end() && at->first == storage; ++at)
        result.push_back(at->second);
    return result;
}

} // namespace ravel
