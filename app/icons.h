// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

namespace ravel {

// Drawn with the palette's text colour, so that they are read in light and dark; also where no icon theme is installed.
QIcon undoIcon();
QIcon redoIcon();
QIcon backIcon();    // of the view
QIcon forwardIcon();

} // namespace ravel
