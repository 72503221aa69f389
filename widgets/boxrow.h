// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPainter>

#include "widgets/mapscene.h"

#include <functional>

namespace ravel {

// A row of boxes that stand side by side on the offset axis, each with its name where it fits; those too narrow to tell apart become one
// hatched crowd. Costs what the pixels cost, not the boxes.
struct BoxRow {
    std::uint32_t count = 0;                                   // ascending, none inside another
    std::function<FlatRange(std::uint32_t)> rangeOf;
    std::function<QString(std::uint32_t)> nameOf;              // asked for what is drawn only
    const QColor* fills = nullptr;                             // two: neighbours alternate
    std::uint64_t idBase = 0;                                  // of the names in MapScene::names

    void draw(QPainter&, const QRect& row, const MapScene&) const;
    // The first box that ends beyond a place.
    std::uint32_t firstEndingAfter(FlatIndex) const;

private:
    void drawBox(QPainter&, const QRect& box, std::uint32_t i, const MapScene&) const;
};

} // namespace ravel
