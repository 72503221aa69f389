// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/editedvector.h"
#include "items/elementreader.h"
#include "items/maploader.h"
#include "items/modulebands.h"
#include "layout/shards.h"
#include "layout/sharing.h"
#include "stats/pyramid.h"
#include "widgets/mapanomaly.h"
#include "widgets/mapframe.h"
#include "widgets/mapgeometry.h"
#include "widgets/mapnames.h"
#include "widgets/maptheme.h"
#include "widgets/valuescale.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace ravel {

// What the difference lane draws.
struct MapDifference {
    std::shared_ptr<Pyramid> pyramid;
    std::uint64_t known = 0;
    std::vector<FlatRange> absent;            // ascending
    MapFrame frame;                           // of the view
    ValueAxis values;                         // zero is in its middle
};

// All that the lanes draw from. The widget fills it; the lanes only read it (names and frames are caches).
struct MapScene {
    std::shared_ptr<const FlatLayout> layout; // null: nothing is open
    std::shared_ptr<Pyramid> pyramid;
    std::uint64_t known = 0;                  // the pyramid's revision when the map was last told to look again: between those times a whole
                                              // analysis may go on, and frames that show the same place need not be made anew
    ModuleBands modules;
    MapLoader* loader = nullptr;
    MapLoader* previewLoader = nullptr;       // holds tiles while there is a preview

    MapGeometry geometry;
    double pixelRatio = 1;                    // device pixels to one of geometry's
    MapTheme theme;
    mutable MapNames names;

    MapFrame frame;                           // of the view
    MapFrame whole;                           // of the whole vector
    std::optional<MapFrame> preview;          // of the view, through a step that is not applied yet
    ValueScale scale = ValueScale::Linear;
    ValueExtent extent = ValueExtent::Typical;
    ValueAxis values;                         // of the values lane, for this view

    std::vector<FlatRange> selected;          // ascending, exact in view; where it is more pieces than pixels, joined
    std::vector<FlatRange> selectedWhole;     // the same over the whole vector
    std::vector<FlatRange> edits;             // what the recipe touches, ascending
    std::optional<EditedVector> edited;       // the numbers with it; none: nothing is open
    std::vector<FlatRange> absent;            // places without a number, where the pyramid is that of another checkpoint's
    std::optional<MapDifference> difference;  // to a second checkpoint
    MapLoader* differenceLoader = nullptr;
    std::vector<MapAnomaly> anomalies;        // ascending by begin
    std::function<QString(std::size_t)> anomalyWords; // of a finding, for a tool tip
    std::vector<FlatIndex> anomalyEnds;       // the farthest end of all up to each
    std::vector<SharedPlaces> shared;         // ascending by where the first begins
    std::vector<std::uint32_t> aliases;       // without a place of their own, ordinals into listed(), ascending by offset
    std::shared_ptr<const Shards> shards;
    const ElementReader* element = nullptr;   // what is known of the pointed one
    std::optional<FlatIndex> pointed;
    struct Bookmark {
        FlatRange range;
        QString text; // for a tool tip
    };
    std::vector<Bookmark> bookmarks;          // flags on the ruler

    const Segment& segment(std::uint32_t placed) const { return layout->listed()[layout->placed()[placed]]; }
    FlatRange rangeOf(std::uint32_t placed) const
    {
        const Segment& s = segment(placed);
        return { s.offset, s.offset + s.numel };
    }
};

} // namespace ravel
