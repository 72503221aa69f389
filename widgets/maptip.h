// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QString>

#include "items/elementreader.h"

namespace ravel {

class MapPlot;
struct MapScene;

// What a tool tip of the map says at a point of the plot: what the lane there tells, and all of the element under the pointer.
QString mapToolTip(const MapScene&, const MapPlot&, const std::optional<ElementFacts>&, QPointF);
// The element in lines: name and coordinates; where it stands; value; bits.
QString elementText(const ElementFacts&);

} // namespace ravel
