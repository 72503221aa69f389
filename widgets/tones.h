// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

namespace ravel {

// Colours with a meaning, made from the palette so that they hold in light and dark themes; text on window or base reaches 4.5:1.
QColor troubleText(const QPalette&);   // what is wrong
QColor mutedText(const QPalette&);     // what matters less
enum class Tone { Information, Warning, Trouble };
QColor toneBackground(const QPalette&, Tone); // of a message bar; the palette's own text colour is read on it

} // namespace ravel
