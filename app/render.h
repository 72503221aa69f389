// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/figurekind.h"

namespace ravel {

// Draws a figure without a display: the window itself on Qt's offscreen platform, with no settings of the user's, in the C locale. Once in a
// process: it makes the QApplication.
Result<> renderFigure(const RenderRequest&);

} // namespace ravel
