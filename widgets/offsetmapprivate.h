// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/offsetmap.h"

#include <QElapsedTimer>
#include <QPointer>

#include "items/elementreader.h"
#include "widgets/mapinfo.h"
#include "widgets/mapinput.h"
#include "widgets/mapnavigation.h"
#include "widgets/mapplot.h"
#include "widgets/viewhistory.h"

#include <functional>
#include <optional>

namespace ravel {

// The parts of the map and how they hang together: offsetmap.cpp holds what comes in (documents, events), offsetmapmoves.cpp where the view and the selection go.
class MapBrush;

struct OffsetMap::Private {
    explicit Private(OffsetMap* map);

    bool open() const { return scene.layout != nullptr; }
    MapNavigation navigation() const { return { *scene.layout, scene.modules }; }
    std::optional<FlatRange> selectedHull() const;
    std::optional<PlacedRange> current() const;
    void change(ViewHistory::Move, const std::function<void(MapGeometry&)>&);
    void viewMoved();
    void selectionMoved();
    void takenMoved();
    void showBrush();
    void cover();
    void remakeShards();
    void choose(std::optional<PlacedRange>, bool fit);
    void walk(std::optional<PlacedRange> (MapNavigation::*step)(PlacedRange) const);
    double pointerX() const; // of a zoom by key, in pixels of the view

    OffsetMap* map;
    MapScene scene;
    MapLoader loader, previewLoader, differenceLoader;
    std::shared_ptr<Pyramid> pyramid; // the document's own, whatever is shown
    std::optional<MapNumbers> numbers; // in their place
    ElementReader element;
    MapPlot* plot;
    MapBrush* brush;
    MapInfo* info;
    MapInput* input;
    QPointer<SelectionModel> selection;
    Selection beforeDrag; // what was selected when a drag began
    ShardSpec shards;
    ViewHistory history;
    QElapsedTimer clock;
    bool coverWhole = true; // the cover is exact whatever is in view
};

} // namespace ravel
