// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/maptheme.h"

#include <QPalette>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace ravel {

namespace {

double luminance(const QColor& colour)
{
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

QColor translucent(QColor colour, double alpha)
{
    colour.setAlphaF(static_cast<float>(alpha));
    return colour;
}

} // namespace

double contrast(const QColor& a, const QColor& b)
{
    const double la = luminance(a), lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QColor mixed(const QColor& a, const QColor& b, double shareOfB)
{
    const auto mix = [shareOfB](float x, float y) { return static_cast<float>(x + (y - x) * shareOfB); };
    return QColor::fromRgbF(mix(a.redF(), b.redF()), mix(a.greenF(), b.greenF()), mix(a.blueF(), b.blueF()));
}

QColor readable(QColor ink, const QColor& ground, double least)
{
    const QColor end = luminance(ground) > 0.18 ? QColor(Qt::black) : QColor(Qt::white);
    for (int i = 0; i < 20 && contrast(ink, ground) < least; ++i)
        ink = mixed(ink, end, 0.15);
    return contrast(ink, ground) < least ? end : ink;
}

MapTheme MapTheme::of(const QPalette& palette)
{
    const QColor base = palette.color(QPalette::Base), ink = palette.color(QPalette::Text);
    const QColor accent = palette.color(QPalette::Highlight);
    const QColor blue(0x1f, 0x77, 0xb4), purple(0xb0, 0x00, 0x8a), amber(0xc0, 0x60, 0x00), green(0x1a, 0x8a, 0x3a);
    const bool dark = luminance(base) < 0.18;

    MapTheme theme;
    theme.background = base;
    theme.gutter = palette.color(QPalette::Window);
    theme.line = mixed(base, ink, 0.25);
    theme.module[0] = mixed(base, blue, dark ? 0.28 : 0.14);
    theme.module[1] = mixed(base, blue, dark ? 0.42 : 0.24);
    theme.tensor[0] = mixed(base, ink, 0.07);
    theme.tensor[1] = mixed(base, ink, 0.15);
    theme.crowd = mixed(base, ink, 0.45);
    theme.text = readable(ink, theme.module[1]);
    theme.faintText = readable(mixed(ink, base, 0.3), theme.gutter);
    theme.band = mixed(base, blue, dark ? 0.45 : 0.32);
    theme.deviation = mixed(base, blue, dark ? 0.85 : 0.68);
    theme.mean = readable(blue, theme.deviation, 3);
    theme.unknown = mixed(base, ink, 0.35);
    theme.nan = readable(purple, base);
    theme.inf = readable(amber, base);
    theme.edit = readable(green, base);
    theme.alias = readable(QColor(0x6a, 0x3d, 0x9a), base);
    theme.cut = readable(QColor(0xb0, 0x40, 0x20), theme.gutter);
    const QColor red(0xc0, 0x28, 0x28), grey = mixed(base, ink, 0.7), teal(0x00, 0x80, 0x80);
    const QColor marks[] = { purple, amber, blue, red, grey, teal, red };
    for (std::size_t i = 0; i < std::size(marks); ++i)
        theme.mark[i] = readable(marks[i], base);
    theme.selectionFill = translucent(accent, 0.25);
    theme.selectionLine = readable(accent, base, 3);
    theme.pointer = readable(mixed(ink, base, 0.2), base);
    theme.window = readable(accent, base, 3);
    return theme;
}

} // namespace ravel
