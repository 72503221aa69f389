// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "edit/editedvector.h"
#include "items/selectionmodel.h"
#include "layout/flatlayout.h"
#include "layout/shards.h"
#include "stats/pyramid.h"
#include "widgets/mapanomaly.h"
#include "widgets/mapnumbers.h"
#include "widgets/valuescale.h"

#include <functional>
#include <memory>
#include <optional>

namespace ravel {

class ElementReader;
class MapLanes;
struct MapScene;

// The flat vector on one zoomable axis, in lanes: overview, offsets, modules, tensors, edits, values. Shows and sets the shared
// selection. GUI thread only; numbers are read on the pool. Keys are not bound here: the window registers commands for the slots
// (single letters for while the map has the focus, see interface.md).
class OffsetMap : public QWidget {
    Q_OBJECT
public:
    explicit OffsetMap(QWidget* parent = nullptr);
    ~OffsetMap() override;

    // Shows another document, or another layout of it, from its beginning to its end; the view history starts anew. Where the same names stand
    // at the same places as in the one that is shown (it has been saved), the view and its history stay. `selection` is not owned and may
    // outlive or die before the map.
    void setDocument(std::shared_ptr<const FlatLayout>, std::shared_ptr<Pyramid>, EditedVector, SelectionModel* selection);
    void clear(); // nothing is open
    // The recipe changed (Session::editsChanged): values are read again, the view stays.
    void setEdited(EditedVector);
    // What a step not yet applied would make of it: outlined in dashes beside the values, where the view is close enough to read
    // them; none takes it away.
    void setPreview(std::optional<EditedVector>);

    // Numbers in place of the document's, at the same places; none: its own again. Forgotten with the document.
    void setNumbers(std::optional<MapNumbers>);
    // What the difference lane shows; none: there is no comparison. Forgotten with the document.
    void setDifference(std::optional<MapNumbers>);

    // What the marks lane shows beside the NaN and infinities it knows itself; best in flat order; `words` tells a finding in a short sentence. Forgotten with
    // the document.
    void setAnomalies(std::vector<MapAnomaly>, std::function<QString(std::size_t finding)> words);
    void setBookmarks(std::vector<std::pair<FlatRange, QString>>); // flags on the ruler, with their tool tips
    MapLanes& lanes() const; // which are shown, and how high
    ElementReader& element() const; // what is under the pointer
    std::shared_ptr<const FlatLayout> layoutShown() const; // null: nothing is open
    std::shared_ptr<const Shards> shards() const;          // as the shards lane shows them; null: nothing is open
    ShardSpec shardSpec() const;
    void setShardSpec(ShardSpec);
    // Of a segment, by its ordinal in placed(): for those who cannot see the lanes.
    QString describe(std::uint32_t placed) const;          // name, offsets, statistics
    QRect screenRect(std::uint32_t placed) const;          // empty where it is out of view
    bool isSelected(std::uint32_t placed) const;
    void selectSegment(std::uint32_t placed);

    bool hasSelection() const; // that the map can show
    const MapScene& scene() const; // what is drawn: for another drawing of it (mapfigure.h)
    FlatRange visibleRange() const; // elements of which any part is in view; empty where nothing is open
    bool canGoBack() const;
    bool canGoForward() const;
    ValueScale valueScale() const;
    ValueExtent valueExtent() const;
    bool wheelScrolls() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public Q_SLOTS:
    void refresh();                  // the pyramid knows more (Session::statisticsChanged)
    void zoomTo(ravel::FlatRange);   // with a little room at both sides
    void showRange(ravel::FlatRange); // from edge to edge
    void selectAndShow(ravel::FlatRange);
    void zoomIn();                   // W: about the pointer while it is over the map, else the middle
    void zoomOut();                  // S
    void panBy(double views);        // by so many widths of the view; A and D are -0.25 and 0.25
    void panLeft();
    void panRight();
    void fitAll();                   // Ctrl+0
    void fitSelection();             // Ctrl+E
    void centreOrFit();              // F: centres the selection, and fits it when it is centred
    void back();                     // Alt+Left
    void forward();                  // Alt+Right
    void nextTensor();               // .
    void previousTensor();           // ,
    void selectParent();             // Up: of the selected tensor or module the module that holds it
    void selectChild();              // Down: its first part
    void selectNextSibling();        // Right
    void selectPreviousSibling();    // Left
    void giveUp();                   // Esc: a drag under way, else the selection
    void setValueScale(ravel::ValueScale);
    void setValueExtent(ravel::ValueExtent);
    void setWheelScrolls(bool);      // the wheel pans instead of zooming (Ctrl+wheel then zooms)

Q_SIGNALS:
    void viewChanged();
    void historyChanged();           // canGoBack, canGoForward
    void shardsChanged();            // shards(), with each document, too
    void scaleChanged();             // valueScale, valueExtent, wheelScrolls

protected:
    bool event(QEvent*) override;
    void changeEvent(QEvent*) override;
    void paintEvent(QPaintEvent*) override;
    void focusInEvent(QFocusEvent*) override;
    void focusOutEvent(QFocusEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void leaveEvent(QEvent*) override;
    void contextMenuEvent(QContextMenuEvent*) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace ravel
