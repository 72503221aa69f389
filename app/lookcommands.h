// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMenu;

namespace ravel {

class MainWindow;

// Themes and preferences.
void registerLookCommands(MainWindow&);
void fillThemeMenu(QMenu&, MainWindow&);

} // namespace ravel
