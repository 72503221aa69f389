// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "base/error.h"

class QAbstractItemView;
class QMainWindow;
class QWidget;

namespace ravel {

// The table or tree that holds the focus, or stands in the same dock; null where there is none.
QAbstractItemView* tableIn(const QMainWindow&, const QWidget* focus);

// What a table or tree shows, as lines of cells with tabs between: a line of headings, then the selected rows (all, while fewer than two are), open branches
// of a tree included. Each cell is its copyRole where the model has one (items/qtext.h), else its EditRole, else its text. Tabs and ends of lines inside a cell become
// spaces. Usage where `view` is null, Limit beyond a million cells.
Result<QString> tableText(const QAbstractItemView* view);

} // namespace ravel
