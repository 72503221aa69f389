// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/flatlayout.h"

#include <functional>
#include <optional>
#include <string>

namespace ravel {

enum class FigureKind { Map, Histogram, HeatMap, Window };
enum class FigureFormat { Png, Svg, Pdf };

std::optional<FigureFormat> formatOf(const std::string& path); // by its ending, in either case
struct FigureSize {
    int width = 0, height = 0; // pixels at scale 1
    bool operator==(const FigureSize&) const = default;
};
FigureSize usualSize(FigureKind);
constexpr int leastFigure = 64, mostFigure = 16'384; // of a side, in pixels after scaling
constexpr std::int64_t mostFigureArea = 100'000'000;  // of a PNG, in pixels after scaling

// What `ravel render` was asked for.
struct RenderRequest {
    std::string file, output;
    FigureKind what = FigureKind::Map;
    LayoutSpec layout;
    std::string select;                 // as in the slice box; empty: nothing
    std::optional<FlatRange> view;      // of the map; none: all
    FigureSize size;
    double scale = 1;
    bool dark = false, transparent = false;
};
// Draws and writes it; part of the window's library, so that the command line links without it.
using Renderer = std::function<Result<>(const RenderRequest&)>;

} // namespace ravel
