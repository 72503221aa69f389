// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "edit/editedvector.h"
#include "layout/flatlayout.h"
#include "stats/pyramid.h"

#include <memory>
#include <vector>

namespace ravel {

// Numbers for the places of the layout that the map shows, where they are not those of the document: another checkpoint's, or a difference.
struct MapNumbers {
    std::shared_ptr<const FlatLayout> layout; // the same segments at the same offsets
    std::shared_ptr<Pyramid> pyramid;
    EditedVector vector;
    std::vector<FlatRange> absent;            // where there are none, ascending
    QString title;                            // "B", "A−B"
};

} // namespace ravel
