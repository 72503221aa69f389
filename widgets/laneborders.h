// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointF>
#include <QString>

#include <optional>

namespace ravel {

class MapLanes;

// The lower borders of the lanes under the mouse: what a lane gains, the next one below that stretches (or else its neighbour) gives. In the
// plot's coordinates.
class LaneBorders : public QObject {
    Q_OBJECT
public:
    LaneBorders(MapLanes&, QObject* parent);

    bool at(QPointF) const;            // there is a border to drag
    bool dragging() const { return m_drag.has_value(); }
    bool press(QPointF);               // false: not on a border
    bool move(QPointF);                // false: nothing is dragged
    bool release();
    bool doubleClick(QPointF);         // both lanes are as high as they want to be again
    bool giveUp();                     // back to where it began

private:
    struct Pair {
        QString upper, lower;          // lower: empty where nothing stands below
        int upperHeight = 0, lowerHeight = 0;
        int upperSet = 0, lowerSet = 0; // as MapLanes had them
        int upperLeast = 0, lowerLeast = 0;
        double from = 0;
    };
    std::optional<Pair> pairAt(QPointF) const;
    MapLanes& m_lanes;
    std::optional<Pair> m_drag;
};

} // namespace ravel
