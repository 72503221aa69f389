// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocale>
#include <QPainter>

#include "widgets/columnpainter.h"

namespace ravel {

// What the lanes with a value axis share: `gutter` is the lane's, the area is where numbers stand.
// Values at the right of the gutter; those that would meet the name, which stands at its upper left, are left out.
void paintValueTicks(QPainter&, const QRect& gutter, const QString& name, const ColumnArea&, const MapTheme&, const QLocale&);
// A faint line for each tick, a stronger one for zero; `lane` tells how wide.
void paintValueGrid(QPainter&, const QRect& lane, const ColumnArea&, const MapTheme&);

} // namespace ravel
