// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/quantity.h"

#include <cstdint>

namespace ravel {

// A place on the offset axis between or inside elements: element `whole`, and `part` in [0, 1) of the way to the next. Exact
// where one double is not: beyond 2^53.
struct MapPlace {
    std::int64_t whole = 0;
    double part = 0;
    bool operator==(const MapPlace&) const = default;
    FlatIndex index() const { return FlatIndex(whole); }
    double toDouble() const { return static_cast<double>(whole) + part; }
};
MapPlace mapPlace(std::int64_t whole, double part);     // with any finite part: it is carried over
MapPlace shifted(MapPlace, double elements);            // clamped to +-2^62
double distance(MapPlace from, MapPlace to);            // in elements

// What of the axis is in view: from `begin` on, `span` elements.
struct MapView {
    MapPlace begin;
    double span = 1;
    bool operator==(const MapView&) const = default;
};

// The numbers of the map: offset <-> pixel. A view `width` pixels wide on a vector of `numel` elements; pixel 0 is its left edge. The view
// never leaves the vector, and is never closer than `maxElementWidth` pixels for one element. No Qt.
class MapGeometry {
public:
    static constexpr double maxElementWidth = 96;

    MapGeometry() = default;
    MapGeometry(Count numel, double width);

    Count numel() const { return m_numel; }
    double width() const { return m_width; }
    const MapView& view() const { return m_view; }
    double perPixel() const { return m_view.span / m_width; } // elements
    double elementWidth() const { return m_width / m_view.span; } // pixels

    void setWidth(double pixels); // keeps the begin, and the span where it can
    void setView(MapView);        // clamped

    // Pixel of the left edge of an element, and of any place. Far outside the view it is clamped to +-1e9.
    double toPixel(FlatIndex) const;
    double toPixel(MapPlace) const;
    MapPlace fromPixel(double x) const;  // not clamped to the vector
    FlatIndex elementAt(double x) const; // clamped to [0, numel)
    // Elements of which any part is in view.
    FlatRange visible() const;
    // Elements that pixel column [x, x + w) shows: those that start in it, or the one that fills it. Never empty inside the vector.
    FlatRange column(double x, double w) const;

    void fitAll();
    void fit(FlatRange, double room = 0.05);  // with that share of the view free at each side
    void zoom(double factor, double x);       // span *= factor; what is at pixel x stays there
    void panPixels(double dx);                // the content moves right by dx
    void panViews(double views);              // the view moves by so many of its widths
    void centre(MapPlace);

private:
    void clamp();
    double minSpan() const;

    Count m_numel;
    double m_width = 1;
    MapView m_view;
};

} // namespace ravel
