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

// The cells.
class HeatItem : public QCPLayerable {
    Q_OBJECT
public:
    HeatItem(QCPAxisRect*, const HeatScene&);

protected:
    QRect clipRect() const override { return m_rect->rect(); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter*) override;

private:
    QCPAxisRect* m_rect;
    const HeatScene& m_scene;
};

// Selection, drag, cell under the pointer: on a layer of their own.
class HeatOverlay : public QCPLayerable {
    Q_OBJECT
public:
    HeatOverlay(QCPAxisRect*, const QString& layer, const HeatScene&);

protected:
    QRect clipRect() const override { return m_rect->rect(); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter*) override;

private:
    QCPAxisRect* m_rect;
    const HeatScene& m_scene;
};

// Mean (line), minimum and maximum (band) of each row or column in view; scales its own value axis.
class HeatProfile : public QCPLayerable {
    Q_OBJECT
public:
    HeatProfile(QCPAxisRect*, Qt::Orientation, const HeatScene&); // Horizontal: of columns, values upwards

    QCPRange valueRange() const; // of what is in view

protected:
    QRect clipRect() const override { return m_rect->rect(); }
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter*) override;

private:
    QCPAxisRect* m_rect;
    Qt::Orientation m_orientation;
    const HeatScene& m_scene;
};

// Says which colour NaN and infinity have, and how many there are, in the corner between the two profiles.
class HeatLegend : public QCPLayerable {
    Q_OBJECT
public:
    HeatLegend(QCustomPlot*, const QCPAxisRect* below, const HeatScene&);

protected:
    QRect clipRect() const override;
    void applyDefaultAntialiasingHint(QCPPainter*) const override { }
    void draw(QCPPainter*) override;

private:
    const QCPAxisRect* m_below; // it stands above and to the right of this
    const HeatScene& m_scene;
};

} // namespace ravel
