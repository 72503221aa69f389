// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/heatitems.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ravel {

// The picture of a heat view with its axes, the profiles of rows and columns in view at its sides, a colour bar and a legend for what is no
// number. Dragging chooses a rectangle of cells; the wheel zooms at the pointer, Shift or the middle button pans, a double click fits.
class HeatPlot : public QCustomPlot {
    Q_OBJECT
public:
    explicit HeatPlot(QWidget* parent = nullptr);
    ~HeatPlot() override;

    void setView(const HeatView&);       // another one: shows all of it, and no picture
    void clearView();
    void setPicture(std::shared_ptr<const HeatPicture>);
    void dropPictures();                 // out of date
    void setScale(const HeatScale&);
    const HeatScale& scale() const { return m_scene.scale; }
    void setOutlines(std::vector<CellRect>);
    void setProfiles(bool shown);
    void setTheme(const MapTheme&);
    std::shared_ptr<const HeatPicture> picture() const { return m_scene.detail ? m_scene.detail : m_scene.base; }
    std::shared_ptr<const HeatPicture> wholePicture() const { return m_scene.base; }

    CellRect visible() const;            // cells that are seen, in part at least
    bool fits() const;                   // all of them are
    void showCells(const QRectF&);
    HeatGeometry geometry() const;
    QRect mapRect() const;               // where the cells are drawn
    std::optional<std::pair<std::int64_t, std::int64_t>> cellAt(QPointF) const; // row, column

public Q_SLOTS:
    void fit();
    void zoomIn();
    void zoomOut();
    void pan(double across, double down); // in shares of what is seen
    void giveUp();                        // the drag, or else the zoom

Q_SIGNALS:
    void viewChanged();                   // zoomed, panned or resized
    void chosen(const ravel::CellRect&);
    void choiceDropped();
    void pointed();                       // another cell, or none: pointedCell()

public:
    std::optional<std::pair<std::int64_t, std::int64_t>> pointedCell() const { return m_scene.pointed; }

protected:
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void leaveEvent(QEvent*) override;
    void resizeEvent(QResizeEvent*) override;

private:
    void makeRects();
    void zoom(double factor, QPointF at, bool across, bool down);
    void zoomAtPointer(double factor);
    void showAxes();
    void point(QPointF);
    CellRect dragged(QPointF to) const;

    HeatScene m_scene;
    bool m_profiles = true;
    int m_legendRows = 0;
    std::optional<QPointF> m_pressed, m_panned;
    QCPAxisRect *m_main, *m_rowRect, *m_columnRect;
    QCPColorScale* m_bar;
    HeatProfile *m_rowProfile, *m_columnProfile;
};

} // namespace ravel
