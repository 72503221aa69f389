// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/mapscene.h"
#include "widgets/qcp.h"

#include <optional>

class QMenu;

namespace ravel {

// What lies under a point of a lane: tensors [first, last) of FlatLayout::placed().
struct MapHit {
    std::uint32_t first = 0, last = 0;
    QString text; // for a tool tip
};

// One row of the map. A lane draws one vertical run a pixel column, never one mark an element; its name stands in the gutter at its left. To add
// a lane, derive from this and append it in mapLaneKinds().
class MapLane : public QCPAbstractPlottable {
    Q_OBJECT
public:
    static QCPAxisRect* makeRect(QCustomPlot*); // what a lane lies in
    MapLane(QCPAxisRect*, const MapScene&, const QString& title);

    QRect rect() const { return keyAxis()->axisRect()->rect(); } // without the gutter
    QRect gutter() const;
    QCPAxisRect* axisRect() const { return keyAxis()->axisRect(); }

    virtual int wantedHeight(const QFontMetrics&) const = 0;
    virtual int leastHeight(const QFontMetrics& metrics) const { return wantedHeight(metrics); } // below that it cannot be read
    virtual bool takesRest() const { return false; } // of the map's height
    QFontMetrics fontMetrics() const { return QFontMetrics(mParentPlot->font()); }
    void setCurrent(bool on) { m_current = on; } // the keys mean this lane
    // What else can be chosen of this lane: into the menu of its gutter.
    virtual void addTo(QMenu&) { }
    virtual bool wantsDensity() const { return false; } // tiles are read for it where its cells are too coarse
    virtual QString gutterText() const { return {}; }   // a tool tip of its name
    virtual std::optional<MapHit> hit(QPointF) const { return std::nullopt; }

    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }
    QCPRange getKeyRange(bool& found, QCP::SignDomain) const override { return found = false, QCPRange(); }
    QCPRange getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const override { return found = false, QCPRange(); }

protected:
    virtual void paintLane(QCPPainter&) = 0;
    virtual void paintGutter(QCPPainter&);

    const MapScene& scene() const { return m_scene; }
    double toX(FlatIndex index) const { return rect().left() + m_scene.geometry.toPixel(index); }
    // Of the segment under a point; none beside the lane, and where nothing is open.
    std::optional<std::uint32_t> placedUnder(QPointF) const;
    // The pixels of a range, at least `least` wide and cut to the lane; empty where it is out of view.
    QRectF span(FlatRange, double least = 1) const;

    QRect clipRect() const override;
    void draw(QCPPainter*) override;
    void drawLegendIcon(QCPPainter*, const QRectF&) const override { }

private:
    const MapScene& m_scene;
    bool m_current = false;
};

} // namespace ravel
