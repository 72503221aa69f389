// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMenu;

namespace ravel {

class MainWindow;

// The commands of the lesson ("lesson.*").
void registerLessonCommands(MainWindow&);
// Learn: the lesson's steps, then the samples.
void fillLearnMenu(QMenu&, MainWindow&);

} // namespace ravel
