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

// What the values of one view look like: a column for each device pixel, from the pyramid, or exact from tiles where the view is closer
// than its blocks. Kept until view or knowledge change.
class MapFrame {
public:
    struct Sources {
        const Pyramid* pyramid = nullptr; // null: nothing is known
        std::uint64_t revision = 0;       // of what is known: the frame is made anew when it has changed
        MapLoader* tiles = nullptr;
        bool wants = true;                // tells the loader which tiles it would need
        bool tilesOnly = false;           // leaves out what is only in the pyramid
        std::int64_t finer = 0;           // tiles serve below so many elements a column, too, where that is more than a block
        bool operator==(const Sources&) const = default;
    };
    // Brings the frame up to date. Cheap when nothing has changed.
    void update(const MapGeometry&, int columns, const Sources&);

    const std::vector<Column>& columns() const { return m_columns; }
    std::uint64_t version() const { return m_version; } // rises when the columns are made anew
    bool estimated() const { return m_estimated; }
    // The level of the tiles that fit the view; none where the pyramid is fine enough.
    std::optional<int> level() const { return m_level; }
    ValueLimits limits(ValueExtent) const; // of the finite extremes in view

    static std::optional<int> levelFor(double elementsPerColumn, std::int64_t blockSize);

private:
    void fromPyramid(const MapGeometry&, const Pyramid&);
    void fromTiles(const MapGeometry&, const MapLoader&);

    struct Key {
        MapView view;
        double width = 0;
        int columns = -1;
        Sources sources;
        std::uint64_t tileRevision = 0;
        bool operator==(const Key&) const = default;
    } m_key;
    std::vector<Column> m_columns;
    std::uint64_t m_version = 0;
    std::optional<int> m_level;
    bool m_estimated = false;
};

Column toColumn(const Summary&);

} // namespace ravel
