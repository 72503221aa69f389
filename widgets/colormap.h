// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QRgb>
#include <QString>

#include <array>

namespace ravel {

// A colour map of the resources (colormaps/*.txt, each with its source): 256 colours, lowest value first.
class ColorMap {
public:
    enum Name { Viridis, Cividis, BlueWhiteOrange };
    static constexpr Name all[] = { Viridis, Cividis, BlueWhiteOrange };
    static const ColorMap& of(Name); // read once
    static QString title(Name);
    static QString id(Name);         // as settings and the command line have it
    static Name named(const QString& id); // Viridis where there is none of that id

    bool diverging() const { return m_diverging; } // its middle stands for zero
    QRgb at(double share) const;     // of [low, high]; cut to [0, 1]
    const std::array<QRgb, 256>& colors() const { return m_colors; }

private:
    explicit ColorMap(Name);
    std::array<QRgb, 256> m_colors;
    bool m_diverging;
};

// What no map has: NaN, and the infinities. They are hatched as well where there is room, and named in the legend.
QColor nanColor();
QColor infinityColor();

} // namespace ravel
