// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

class QPalette;

namespace ravel {

// The map's colours, all derived from a palette: light and dark alike, text at 4.5:1 or better on what it stands on.
struct MapTheme {
    QColor background, gutter; // behind the lanes, behind their names
    QColor text, faintText, line;
    QColor module[2], tensor[2], crowd; // neighbours alternate; crowd: more of them than pixels
    QColor band, deviation, mean;       // minimum to maximum, mean +- std, mean
    QColor unknown;                     // hatching of what is not summarised
    QColor nan, inf, edit;
    QColor alias, cut;                  // arcs between shared places; what a boundary of ranks cuts
    QColor mark[7];                     // by MapAnomaly::Kind
    QColor selectionFill, selectionLine, pointer, window;

    static MapTheme of(const QPalette&);
    bool operator==(const MapTheme&) const = default;
};

// WCAG 2.1: (L1 + 0.05) / (L2 + 0.05), from 1 to 21.
double contrast(const QColor&, const QColor&);
// `ink`, drawn towards black or white until it has a contrast of at least `least` on `ground`.
QColor readable(QColor ink, const QColor& ground, double least = 4.5);
QColor mixed(const QColor& a, const QColor& b, double shareOfB);

} // namespace ravel
