// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMenu;

namespace ravel {

class MainWindow;

// The commands of the map's lanes ("lane.*"), and what of them is kept from one start to the next.
void registerLaneCommands(MainWindow&);
// View > Lanes.
void fillLaneMenu(QMenu&, MainWindow&);

} // namespace ravel
