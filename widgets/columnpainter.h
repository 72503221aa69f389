// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPainter>

#include "stats/pyramid.h"
#include "widgets/maptheme.h"
#include "widgets/valuescale.h"

#include <cstdint>
#include <vector>

namespace ravel {

// Where columns are drawn, and how.
struct ColumnArea {
    QRect rect;           // of the numbers
    double width = 1;     // of one column; columns stand side by side from rect.left()
    ValueAxis axis;

    double x(std::size_t column) const { return rect.left() + static_cast<double>(column) * width; }
    double y(double value) const; // clamped to the rect
};

// One vertical run a column: minimum to maximum, mean +- std inside it, the mean; hatched where nothing is known, dotted along the lower edge
// where it is an estimate or partly known, a notch at the edge where the extremes lie beyond the axis. Keeps the picture for as long as columns
// (`version` tells), axis, place and theme stay.
class ColumnPainter {
public:
    void paint(QPainter&, const ColumnArea&, const std::vector<Column>&, std::uint64_t version, const MapTheme&);

private:
    struct Key {
        QSize size;
        double width = 0;
        ValueAxis axis;
        std::uint64_t version = 0;
        MapTheme theme;
        bool operator==(const Key&) const = default;
    } m_key;
    QImage m_image;
};
// The outline of minimum and maximum in dashes.
void paintOutline(QPainter&, const ColumnArea&, const std::vector<Column>&, const QColor&);
// A diamond for NaN and a triangle for infinity in `strip` over each column that holds one, wider than the column and never left out.
void paintMarks(QPainter&, const QRect& strip, double columnWidth, const std::vector<Column>&, const MapTheme&);

} // namespace ravel
