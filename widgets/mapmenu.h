// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPoint>

namespace ravel {

class MapLane;
class OffsetMap;

// The map's context menus. Of its gutter: what the lane there can do (null: no lane), and which lanes are shown.
void showMapMenu(OffsetMap&, QPoint globalPos);
void showLaneMenu(OffsetMap&, MapLane*, QPoint globalPos);

} // namespace ravel
