// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/figure.h"

namespace ravel {

// The part that draws `spec.kind`, in `size` (what the heading leaves of the figure), for a palette. `ratio` is that of what has to be pixels.
std::unique_ptr<FigurePart> makeFigurePart(MainWindow&, const FigureSpec&, QSize size, const QPalette&, double ratio);

} // namespace ravel
