// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace ravel {

// Opens a window for each file that is named, or an empty one, and runs until the last is closed. 1 where there is no display.
int runWindow(int argc, char** argv);

} // namespace ravel
