// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/colormap.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

// Sixteen six-digit colours a line, # begins a comment. Greys where the resource is not there.
std::array<QRgb, 256> colorsOf(const QString& id)
{
    std::array<QRgb, 256> colors;
    for (int i = 0; i < 256; ++i)
        colors[static_cast<std::size_t>(i)] = qRgb(i, i, i);
    QFile file(u":/colormaps/%1.txt"_s.arg(id));
    if (!file.open(QIODevice::ReadOnly))
        return colors;
    std::size_t n = 0;
    while (!file.atEnd()) {
        const QByteArray line = file.readLine().simplified();
        if (line.startsWith('#'))
            continue;
        for (const QByteArray& one : line.split(' '))
            if (n < colors.size())
                colors[n++] = 0xFF000000u | one.toUInt(nullptr, 16);
    }
    return colors;
}

} // namespace

ColorMap::ColorMap(Name name)
    : m_colors(colorsOf(id(name)))
    , m_diverging(name == BlueWhiteOrange)
{
}

const ColorMap& ColorMap::of(Name name)
{
    static const ColorMap maps[] { ColorMap(Viridis), ColorMap(Cividis), ColorMap(BlueWhiteOrange) };
    return maps[name];
}

QString ColorMap::title(Name name)
{
    switch (name) {
    case Cividis: return QCoreApplication::translate("ColorMap", "cividis");
    case BlueWhiteOrange: return QCoreApplication::translate("ColorMap", "blue–white–orange");
    default: return QCoreApplication::translate("ColorMap", "viridis");
    }
}

QString ColorMap::id(Name name)
{
    switch (name) {
    case Cividis: return u"cividis"_s;
    case BlueWhiteOrange: return u"blue-white-orange"_s;
    default: return u"viridis"_s;
    }
}

ColorMap::Name ColorMap::named(const QString& wanted)
{
    for (const Name name : all)
        if (id(name) == wanted)
            return name;
    return Viridis;
}

QRgb ColorMap::at(double share) const
{
    const double place = std::isnan(share) ? 0.5 : std::clamp(share, 0.0, 1.0);
    return m_colors[static_cast<std::size_t>(std::lround(place * 255))];
}

QColor nanColor() { return QColor(0xff, 0x2e, 0xc4); }
QColor infinityColor() { return QColor(0xe0, 0x10, 0x20); }

} // namespace ravel
