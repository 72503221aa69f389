// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/flatlayout.h"
#include "stats/pyramidtree.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace ravel {

// How a layout is cut into blocks, cells and records. A cell is what one density is of: some neighbouring blocks of one record. A record is what one sketch is of: a segment, a part of a large one, or several small
// contiguous neighbours where there are too many segments for a sketch each. Immutable.
class PyramidPlan {
public:
    explicit PyramidPlan(const FlatLayout&);

    struct Record {
        std::uint32_t firstPlaced = 0, endPlaced = 0; // segments it touches
        std::int64_t firstBlock = 0, endBlock = 0;
    };

    std::int64_t blockSize() const { return m_blockSize; }
    std::int64_t blocks() const { return m_firstBlock.back(); }
    int droppedBits() const { return m_dropped; } // of the sketches, so that all of them fit
    const std::vector<Record>& records() const { return m_records; }

    std::uint32_t segments() const { return static_cast<std::uint32_t>(m_offset.size()); }
    std::int64_t firstBlock(std::uint32_t placed) const { return m_firstBlock[placed]; }
    std::int64_t endBlock(std::uint32_t placed) const { return m_firstBlock[placed + 1]; }
    // Records of a segment, [first, last); a shared one belongs to all of its segments.
    std::pair<std::uint32_t, std::uint32_t> recordsOf(std::uint32_t placed) const;
    std::uint32_t recordOfBlock(std::int64_t block) const;
    std::uint32_t placedOfBlock(std::int64_t block) const;
    FlatRange rangeOf(std::int64_t block) const;
    // The block that holds an element; `hint` is a segment at or before it, and is moved to its segment.
    std::int64_t blockAt(std::int64_t index, std::uint32_t& hint) const;
    std::int64_t offset(std::uint32_t placed) const { return m_offset[placed]; }
    std::int64_t numel(std::uint32_t placed) const { return m_numel[placed]; }
    // Cells of neighbouring blocks, numbered as these are; none straddles records.
    std::int64_t cells() const { return m_firstCell.back(); }
    std::int64_t cellSize() const { return m_cellBlocks * m_blockSize; } // elements, at most
    std::int64_t cellOfBlock(std::int64_t block) const;
    BlockTree::Range blocksOfCell(std::int64_t cell) const;
    std::pair<std::int64_t, std::int64_t> cellsOf(std::uint32_t record) const { return { m_firstCell[record], m_firstCell[record + 1] }; }
    // Segments that view a storage.
    std::vector<std::uint32_t> viewing(StorageOrdinal) const;

private:
    void makeBlocks();
    void makeRecords(const FlatLayout&);
    void makeCells();
    std::int64_t m_blockSize = 4096;
    std::int64_t m_cellBlocks = 8;
    std::vector<std::int64_t> m_firstCell;                               // of each record, and one past the last
    int m_dropped = 0;
    std::vector<std::int64_t> m_offset, m_numel;
    std::vector<std::int64_t> m_firstBlock;                              // of each segment, and one past the last
    std::vector<Record> m_records;
    std::vector<std::pair<StorageOrdinal, std::uint32_t>> m_viewing;     // storage and segment, sorted
};

} // namespace ravel
