// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace ravel {

class MainWindow;

// Registers every command of the window, with its key, and keeps what can be used now up to date.
void registerCommands(MainWindow&);

} // namespace ravel
