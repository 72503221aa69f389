// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPalette>
#include <QString>

namespace ravel {

// The colours of the program. System is what the desktop says; Light and Dark are palettes of our own in the Fusion style, the same on every
// desktop, text at 4.5:1 or better.
enum class Theme { System, Light, Dark };

QPalette lightPalette();
QPalette darkPalette();
QPalette paletteOf(bool dark);
bool isDark(const QPalette&);

Theme storedTheme();            // what the user chose; System at first
void storeTheme(Theme);
void applyTheme(Theme);         // to the whole application, at once; every pane follows its palette
QString themeName(Theme);       // "system", "light", "dark": in settings

} // namespace ravel
