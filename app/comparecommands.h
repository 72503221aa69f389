// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

class QPoint;

namespace ravel {

class MainWindow;

// The second checkpoint: its commands ("compare.*"), its selector beside the layout's, and what map, histogram and heat map show of it.
void registerCompareCommands(MainWindow&);
// Files were dropped while one is open: asks whether to open or to compare.
void offerDropped(MainWindow&, const QStringList& files, const QPoint& at);
// `ravel --compare A B`, `ravel A --compare B`: opens A and compares it with B once it is there.
void openAndCompare(MainWindow&, const QString& a, const QString& b);

} // namespace ravel
