// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QWidget;

namespace ravel {

class Actions;

// Every command that has a key, by group, as a table; read from the registry.
QString keySheetHtml(const Actions&);
void showKeySheet(const Actions&, QWidget* window);
// What Ravel is, its version, and LibTorch's ("not installed" says the sentence where there is none).
void showAbout(QWidget* window, const QString& torch);

} // namespace ravel
