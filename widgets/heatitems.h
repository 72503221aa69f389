// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/heatpainter.h"
#include "widgets/qcp.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ravel {

// What the parts of a heat plot draw from.
struct HeatScene {
    std::optional<HeatView> view;
    std::shared_ptr<const HeatPicture> base, detail; // of everything; of a window
    QImage baseImage, detailImage;
    HeatScale scale;
    MapTheme theme;
    QRectF cells;                                    // shown: x across, y down
    std::vector<CellRect> outlines;                  // of the selection
    std::optional<CellRect> rubber;                  // of a drag
    std::optional<std::pair<std::int64_t, std::int64_t>> pointed;

    const HeatPicture* best() const { return detail ? detail.get() : base.get(); }
    HeatGeometry geometry(const QRect& pixels) const { return { cells, QRectF(pixels.topLeft(), QSizeF(pixels.size())) }; }
};

// What all parts of a heat plot are: drawn from one scene, in or beside one rectangle.
class HeatLayerable : public QCPLayerable {
    Q_OBJECT
public:
    HeatLayerable(QCPAxisRect*, const QString& layer, const HeatScene&);

protected:
    QRect clipRect() const override { return m_rect->rect(); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }

    QCPAxisRect* const m_rect;
    const HeatScene& m_scene;
};

// The cells.
class HeatItem : public HeatLayerable {
    Q_OBJECT
public:
    HeatItem(QCPAxisRect*, const HeatScene&);

protected:
    void draw(QCPPainter*) override;
};

// Selection, drag, cell under the pointer: on a layer of their own.
class HeatOverlay : public HeatLayerable {
    Q_OBJECT
public:
    using HeatLayerable::HeatLayerable;

protected:
    void draw(QCPPainter*) override;
};

// Mean (line), minimum and maximum (band) of each row or column in view; scales its own value axis.
class HeatProfile : public HeatLayerable {
    Q_OBJECT
public:
    HeatProfile(QCPAxisRect*, Qt::Orientation, const HeatScene&); // Horizontal: of columns, values upwards

    QCPRange valueRange() const; // of what is in view

protected:
    void draw(QCPPainter*) override;

private:
    Qt::Orientation m_orientation;
};

// Says which colour NaN and infinity have, and how many there are, in the corner between the two profiles: above and to the right of the cells.
class HeatLegend : public HeatLayerable {
    Q_OBJECT
public:
    HeatLegend(QCPAxisRect* cells, const HeatScene&);

protected:
    QRect clipRect() const override;
    void draw(QCPPainter*) override;
};

} // namespace ravel
