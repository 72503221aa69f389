// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "widgets/mapscene.h"

#include <vector>

class QPainter;

namespace ravel {

// Crosses out the places of a lane that have no number in a second checkpoint, with the words in it where there is room. `lane`: in pixels; its left and
// right edge are those of the view. Crossed lines, where what is not known yet has single ones.
void paintAbsent(QPainter&, const QRect& lane, const MapScene&, const std::vector<FlatRange>& absent, const QString& words);

} // namespace ravel
