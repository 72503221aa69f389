// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMenu;

namespace ravel {

class MainWindow;

// Registers the commands of the tree's columns and list, of anomalies and bookmarks, and connects these panes with the map and the status bar.
void registerFindCommands(MainWindow&);
void fillFindMenu(MainWindow&, QMenu* select); // next and previous anomaly, bookmarks
void fillColumnMenu(MainWindow&, QMenu* view);
void updateFindCommands(MainWindow&);

} // namespace ravel
