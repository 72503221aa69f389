// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace ravel {

class MainWindow;

// Fills the menu bar and the tool bar from the registry of commands.
void fillMenus(MainWindow&);

} // namespace ravel
