// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tones.h"

namespace ravel {

namespace {

bool isDark(const QPalette& palette) { return palette.color(QPalette::Window).lightness() < 128; }

QColor mixed(const QColor& a, const QColor& b, double share)
{
    const auto part = [share](int x, int y) { return static_cast<int>(x + share * (y - x) + 0.5); };
    return QColor(part(a.red(), b.red()), part(a.green(), b.green()), part(a.blue(), b.blue()));
}

} // namespace

QColor troubleText(const QPalette& palette) { return isDark(palette) ? QColor(0xff, 0x8a, 0x80) : QColor(0xb0, 0x1c, 0x1c); }

QColor mutedText(const QPalette& palette)
{
    return mixed(palette.color(QPalette::WindowText), palette.color(QPalette::Window), 0.38);
}

QColor toneBackground(const QPalette& palette, Tone tone)
{
    const QColor hue = tone == Tone::Information ? QColor(0x3d, 0x8e, 0xe0)
        : tone == Tone::Warning                  ? QColor(0xf0, 0xb0, 0x20)
                                                 : QColor(0xe0, 0x48, 0x40);
    return mixed(palette.color(QPalette::Window), hue, isDark(palette) ? 0.28 : 0.22);
}

} // namespace ravel
