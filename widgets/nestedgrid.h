// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <QSizeF>
#include <QString>

#include <cstdint>
#include <vector>

namespace ravel {

// Where the cells of a tensor of any shape stand when its dimensions are drawn one inside the other: the last two as rows and columns of a grid, each one
// before as a row or a column of such grids, in turn, whichever way shows more. What has no room is left out on both sides of the element in question, and marked. Pixels.
class NestedGrid {
public:
    struct Cell {
        std::vector<std::int64_t> coordinates;
        QRectF rect;
    };
    struct Label {
        QRectF rect;
        QString text;
        Qt::Alignment alignment;
    };
    struct Metrics {
        QSizeF cell, label; // of a cell; of a number beside a row or above a column
        double gap = 8;     // between blocks
    };

    NestedGrid() = default;
    // Around `at`, in about `room`; a window of `before` that still holds it stays where it is.
    NestedGrid(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& at, QSizeF room, const Metrics&, const NestedGrid* before = nullptr);

    const std::vector<Cell>& cells() const { return m_cells; }   // row-major
    const std::vector<Label>& labels() const { return m_labels; }
    const std::vector<QRectF>& blocks() const { return m_blocks; } // around each grid of the last two dimensions
    QSizeF size() const { return m_size; }
    const Cell* cellAt(QPointF) const;
    const Cell* cellOf(const std::vector<std::int64_t>& coordinates) const;
    bool complete() const;                                       // nothing is left out

private:
    struct Window {
        std::int64_t first = 0, count = 1, size = 1;
        bool cut() const { return count < size; }
    };
    QSizeF sizeFrom(std::size_t dim) const;
    bool across(std::size_t dim) const; // its parts stand beside each other, not below
    void grow(QSizeF room);
    std::int64_t cellCount() const;
    void place(std::size_t dim, QPointF origin, std::vector<std::int64_t>& coordinates);
    void placeGrid(QPointF origin, std::vector<std::int64_t>& coordinates);
    void mark(QRectF, bool vertical);

    std::vector<Window> m_windows;
    bool m_acrossFirst = true; // the blocks of the innermost dimension but two stand beside each other
    Metrics m_metrics;
    std::vector<Cell> m_cells;
    std::vector<Label> m_labels;
    std::vector<QRectF> m_blocks;
    QSizeF m_size;
};

} // namespace ravel
