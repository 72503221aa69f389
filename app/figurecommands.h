// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/figure.h"

namespace ravel {

QString figureName(FigureKind); // "Offset map"

// Both wait until what the figure shows has been read, say so with a Cancel where that takes a while, and tell how it went in the message bar. A path ends in
// .png, .svg or .pdf.
void exportFigure(MainWindow&, const FigureSpec&, const QString& path);
void copyFigure(MainWindow&, const FigureSpec&);

// Export Figure, Copy as Image (of the pane that has the focus), Copy Table (of the pane that has it).
void registerFigureCommands(MainWindow&);

} // namespace ravel
