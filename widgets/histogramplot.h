// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/histogramloader.h"
#include "widgets/maptheme.h"
#include "widgets/qcp.h"

#include <optional>
#include <utility>

namespace ravel {

// The bars of one answer: before filled, after as an outline over them (dashed when it is a preview). On a log scale of values the axis
// counts decades, so that bins stay equally wide. Dragging marks whole bins.
class HistogramPlot : public QCustomPlot {
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget* parent = nullptr);

    void show(const HistogramAnswer&, bool preview);
    void showNothing();
    void setLogCounts(bool);
    void setBand(const std::optional<Predicate>&); // the values that are selected
    void setTheme(const MapTheme&);

    const QCPBars& bars() const { return *m_before; }
    const QCPGraph& outline() const { return *m_after; }
    // Bin under a pixel, cut to the first and last; none while there are no bins or it is beside the axes.
    std::optional<int> binAt(double x) const;
    double axisValue(double value) const; // where a value stands on the key axis
    QString binText(int bin) const;

    // Values that bins [first, last] hold, and how many numbers do, before and after.
    Predicate values(int first, int last) const;

Q_SIGNALS:
    void binsChosen(const ravel::Predicate&);
    void choiceDropped(); // a click without a drag

protected:
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void wheelEvent(QWheelEvent*) override { }
    bool event(QEvent*) override;

private:
    void fill();
    void markBins(int a, int b);

    std::optional<HistogramAnswer> m_answer;
    bool m_preview = false;
    bool m_logCounts = false;
    MapTheme m_theme;
    QCPBars* m_before;
    QCPGraph* m_after;
    QCPItemRect* m_band;
    std::optional<Predicate> m_where;
    std::optional<int> m_anchor; // bin where a drag began
    QPointF m_pressed;
};

} // namespace ravel
