// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMenu;

namespace ravel {

class MainWindow;

// Commands of heat map and histogram, and their menus.
void registerInspectCommands(MainWindow&);

void fillInspectMenus(QMenu& heat, QMenu& histogram, MainWindow&);

} // namespace ravel
