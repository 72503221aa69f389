// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

class QMenu;

namespace ravel {

class MainWindow;

// Which panes stand where, for three kinds of work: looking (large histogram, values and heat map), editing (with Edit and History), teaching
// (values and heat map side by side, little else).
enum class PaneLayout { Inspect, Edit, Teach };
void applyLayout(MainWindow&, PaneLayout);

// The user's own, by name (settings, "layouts/NAME").
QStringList savedLayouts();
void saveLayout(const MainWindow&, const QString& name);
bool applySavedLayout(MainWindow&, const QString& name); // false: there is none of that name, or it is not one
void removeLayout(const QString& name);

// As the last window left them (settings, "window/state").
void keepPanes(const MainWindow&);
bool restoreKeptPanes(MainWindow&); // false: nothing was kept, or it is none

void registerLayoutCommands(MainWindow&);
void fillLayoutMenu(QMenu&, MainWindow&);

} // namespace ravel
