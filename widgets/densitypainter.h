// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPainter>

#include "widgets/densityframe.h"
#include "widgets/maptheme.h"

#include <cstdint>

namespace ravel {

// Device pixels to a column and to a row.
struct DensityScale {
    int across = 1, down = 1;
    bool operator==(const DensityScale&) const = default;
};

// The counts of a DensityFrame as shades: the logarithm of how many, from the faintest for a single number to the darkest (in dark themes the brightest) for the
// fullest cell in view. Hatched where nothing is known, dotted along the lower edge where it is an estimate, a notch at the edge where numbers lie
// beyond the axis. Keeps the picture for as long as the counts and the theme stay.
class DensityPainter {
public:
    // `ratio`: device pixels to one of the painter's.
    void paint(QPainter&, QPoint topLeft, const DensityFrame&, DensityScale, double ratio, const MapTheme&);

private:
    struct Key {
        std::uint64_t version = 0;
        DensityScale scale;
        double ratio = 0;
        MapTheme theme;
        bool operator==(const Key&) const = default;
    } m_key;
    QImage m_image;
};

// The shade of a share of the scale: 0 a single number, 1 the fullest cell.
QColor densityShade(const MapTheme&, double share);

} // namespace ravel
