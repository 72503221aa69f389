// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace ravel {

class MainWindow;

// Commands of heat map and histogram, and their menus.
void registerInspectCommands(MainWindow&);

} // namespace ravel
