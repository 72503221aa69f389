// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/maploader.h"
#include "stats/pyramid.h"
#include "widgets/mapgeometry.h"
#include "widgets/valuescale.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ravel {

// How many numbers of one view stand in each cell of columns by rows: rows of equal height on the value axis, the first one on top. From tiles where the
// view is close, else from the pyramid's densities, scaled to the elements of a column. Kept until view, axis or knowledge change. No widget.
class DensityFrame {
public:
    struct Sources {
        const Pyramid* pyramid = nullptr;
        std::uint64_t revision = 0;       // of what is known
        const MapLoader* tiles = nullptr;
        std::optional<int> level;         // of the tiles to be used; none: the pyramid
        bool operator==(const Sources&) const = default;
    };
    enum Flag : std::uint8_t { Known = 1, Partial = 2, Estimated = 4, Above = 8, Below = 16 }; // Above: some stand beyond the axis
    void update(const MapGeometry&, int columns, int rows, const ValueAxis&, const Sources&);

    int columns() const { return m_key.columns; }
    int rows() const { return m_key.rows; }
    const std::vector<std::uint8_t>& flags() const { return m_flags; } // of each column
    // Column by column. A number whose bin covers several rows counts in parts.
    const std::vector<float>& counts() const { return m_counts; }
    float count(int column, int row) const { return m_counts[static_cast<std::size_t>(column) * static_cast<std::size_t>(m_key.rows) + static_cast<std::size_t>(row)]; }
    float most() const { return m_most; }                 // of any cell
    std::uint64_t version() const { return m_version; }   // rises when the counts are made anew

private:
    struct Span { // of a bin, in rows
        float top = 0, bottom = 0;
        std::int32_t first = 0, last = 0;
    };
    struct Key {
        MapView view;
        double width = 0;
        int columns = 0, rows = 0;
        ValueAxis axis;
        Sources sources;
        std::uint64_t tileRevision = 0;
        bool operator==(const Key&) const = default;
    };
    void placeBins();
    void fromPyramid(const MapGeometry&);
    void fromTiles(const MapGeometry&);
    bool tileColumn(FlatRange, const MapLoader&, std::size_t column);
    void add(const Density&, float* rows, float factor);
    void addNumber(double value, float* rows);
    std::int32_t rowOf(double value) const; // -1 above, rows() below
    void finish(std::size_t column, const float* rows, float factor);

    Key m_key;
    std::vector<Span> m_spans;       // by bin
    std::vector<float> m_counts, m_column;
    std::vector<std::uint8_t> m_flags;
    float m_most = 0;
    std::uint64_t m_version = 0;
};

} // namespace ravel
