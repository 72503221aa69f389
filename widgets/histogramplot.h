// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include "items/histogramloader.h"
#include "widgets/maptheme.h"
#include "widgets/qcp.h"

#include <optional>
#include <utility>
#include <vector>

namespace ravel {

enum class CountScale : std::uint8_t { Linear, Log, Symlog }; // Symlog: log10(1 + n), on which an empty bin has a place

// What the series of an answer are to each other.
struct HistogramLook {
    bool after = false;    // the second one is the first one edited
    bool preview = false;  // ... by a step that is not applied yet
    bool ridge = false;    // each stands in a row of its own
    QStringList names;
};

// The bars of one answer: the first series filled, edited numbers as an outline over them (dashed when it is a preview), other series as outlines
// scaled to the count of the first; or a ridge of many. On a log or symlog scale of values the axis counts decades, so that bins stay equally
// wide. Dragging marks whole bins.
class HistogramPlot : public QCustomPlot {
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget* parent = nullptr);

    void show(const HistogramAnswer&, const HistogramLook&);
    void showNothing();
    void setCountScale(CountScale);
    CountScale countScale() const { return m_scale; }
    void setBand(const std::optional<Predicate>&); // the values that are selected
    void setTheme(const MapTheme&);

    const QCPBars& bars() const { return *m_before; }
    const QCPGraph& outline() const { return *m_after; }
    const QCPGraph* other(int i) const { return i < m_others.size() ? m_others[i] : nullptr; }
    QColor seriesColor(int series) const;
    const std::optional<HistogramAnswer>& answer() const { return m_answer; }
    const HistogramLook& look() const { return m_look; }
    // Bin under a pixel, cut to the first and last; none while there are no bins or it is beside the axes.
    std::optional<int> binAt(double x) const;
    std::optional<int> ridgeAt(double y) const;
    double axisValue(double value) const; // where a value stands on the key axis
    QString binText(int bin, std::optional<int> ridge = {}) const;
    // Where a row of a ridge stands, in pixels: its base and its highest point.
    std::pair<double, double> ridgeRow(int series) const;
    double ridgeHeight(int series, int bin) const; // 0 to 1

    // Values that bins [first, last] hold, and how many numbers do, before and after.
    Predicate values(int first, int last) const;

Q_SIGNALS:
    void binsChosen(const ravel::Predicate&);
    void choiceDropped(); // a click without a drag
    void ridgeChosen(int series);

protected:
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void wheelEvent(QWheelEvent*) override { }
    bool event(QEvent*) override;

private:
    friend class RidgeItem;
    void fill();
    void fillBars();
    void fillOutline(QCPGraph*, const Histogram&, double scale, const QPen&);
    void setAxes();
    void markBins(int a, int b);
    double height(double count) const; // on the value axis
    double base() const;

    std::optional<HistogramAnswer> m_answer;
    HistogramLook m_look;
    CountScale m_scale = CountScale::Linear;
    MapTheme m_theme;
    QCPBars* m_before;
    QCPGraph* m_after;
    QList<QCPGraph*> m_others;
    QCPItemRect* m_band;
    double m_low = 0, m_width = 1, m_top = 1; // of the axis, of a bin, of the highest bar
    std::optional<Predicate> m_where;
    std::optional<int> m_anchor; // bin where a drag began
    QPointF m_pressed;
};

} // namespace ravel
