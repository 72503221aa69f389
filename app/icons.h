// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

class QPalette;

namespace ravel {

// Drawn with the palette's text colour, so that they are read in light and dark; also where no icon theme is installed.
QIcon undoIcon(const QPalette&);
QIcon redoIcon(const QPalette&);
QIcon backIcon(const QPalette&);    // of the view
QIcon forwardIcon(const QPalette&);

} // namespace ravel
