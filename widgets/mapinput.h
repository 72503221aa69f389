// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointF>
#include <QTimer>

#include "layout/selection.h"
#include "widgets/mapnavigation.h"
#include "widgets/mapscene.h"

#include <optional>

namespace ravel {

class LaneBorders;
class MapPlot;

// What mouse and wheel mean on the map: events in (in the plot's coordinates), wishes out as signals. Knows no widget but the plot that it asks
// what lies where.
class MapInput : public QObject {
    Q_OBJECT
public:
    MapInput(const MapScene&, const MapPlot&, QObject* parent);

    void press(QPointF, Qt::MouseButton, Qt::KeyboardModifiers);
    void move(QPointF, Qt::MouseButtons);
    void release(QPointF, Qt::MouseButton);
    void doubleClick(QPointF, Qt::MouseButton);
    bool wheel(QPointF, QPoint angleDelta, Qt::KeyboardModifiers); // false: nothing to do with it
    void leave();
    bool giveUp(); // ends a drag; what it had selected is given up (selectionGivenUp), a view that it had moved stays; false when there was none

    bool wheelScrolls() const { return m_wheelScrolls; }
    void setWheelScrolls(bool on) { m_wheelScrolls = on; }

Q_SIGNALS:
    void panned(double pixels);
    void zoomed(double factor, double x);   // x in pixels of the view
    void movedTo(double begin);             // the view should begin at this element
    void dragged(ravel::FlatRange);         // shown at once, before selected() follows
    void selected(const ravel::Selection&);
    void selectionBegun();                  // a drag that selects: selected() follows while it goes on
    void selectionGivenUp();                // what was selected when it began is to be so again
    void fitted(ravel::FlatRange);
    void pointed(std::optional<ravel::FlatIndex>);
    void shapeWanted(Qt::CursorShape);      // of the pointer

private:
    enum class Drag : std::uint8_t { None, Undecided, Select, Pan, Window };
    double viewX(QPointF) const;
    std::optional<PlacedRange> tensorsAt(QPointF) const;
    std::optional<FlatIndex> elementAt(QPointF) const;
    void click(QPointF);
    void dragSelection(QPointF);
    void dragWindow(QPointF);
    void scrollOn();  // while a selection is dragged beyond an edge
    void tellSelection();

    const MapScene& m_scene;
    const MapPlot& m_plot;
    LaneBorders* m_borders;
    Drag m_drag = Drag::None;
    QPointF m_from, m_last;
    FlatIndex m_anchor;          // where a selection began
    double m_grip = 0;           // of the overview's frame: from its left edge to the pointer, in elements
    FlatRange m_range;           // dragged, not told yet
    QTimer m_tell, m_scroll;
    bool m_wheelScrolls = false;
    bool m_onBorder = false;
};

} // namespace ravel
