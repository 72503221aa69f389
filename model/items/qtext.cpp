// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/qtext.h"

#include <QLocale>

#include "base/text.h"

#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

QString shown(std::string_view bytesFromFile, std::size_t limit) { return toQt(escaped(bytesFromFile, limit)); }

QString sentenceOf(const Error& error)
{
    QString text = shown(error.message, 600);
    if (text.isEmpty())
        return text;
    // File names and parameter names keep their case: only a plain word is given a capital.
    const qsizetype end = std::min(text.indexOf(u' '), text.size());
    const QString word = end > 0 ? text.left(end) : text;
    bool plain = true;
    for (const QChar c : word)
        plain = plain && c.isLower();
    if (plain)
        text[0] = text[0].toUpper();
    if (!text.endsWith(u'.') && !text.endsWith(u'?'))
        text += u'.';
    return text;
}

QString numberText(double value, int digits)
{
    if (std::isnan(value))
        return u"NaN"_s;
    if (std::isinf(value))
        return value > 0 ? u"∞"_s : u"−∞"_s;
    QLocale locale;
    locale.setNumberOptions(QLocale::OmitGroupSeparator);
    return locale.toString(value, 'g', digits);
}

QString countText(std::int64_t n) { return QLocale().toString(static_cast<qlonglong>(n)); }

QString shortCountText(std::int64_t n)
{
    constexpr std::array<const char*, 7> units { "", " k", " M", " G", " T", " P", " E" };
    double value = static_cast<double>(n);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    if (unit == 0)
        return countText(n);
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return QLocale().toString(value, 'f', decimals) + QLatin1StringView(units[unit]);
}

QString bytesText(std::int64_t bytes) { return toQt(sizeText(bytes)); }

QString shapeText(std::span<const std::int64_t> shape)
{
    QString text = u"("_s;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0)
            text += u", "_s;
        text += QString::number(shape[i]);
    }
    if (shape.size() == 1)
        text += u',';
    return text + u')';
}

} // namespace ravel
