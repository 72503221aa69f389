// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapticks.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr int gap = 24; // pixels between two labels
constexpr std::int64_t largestStep = 5'000'000'000'000'000'000;

// The smallest of 1, 2, 5, 10, 20, ... that is at least `least`.
std::int64_t roundStep(double least)
{
    std::int64_t step = 1;
    for (int i = 0; static_cast<double>(step) < least && step < largestStep; ++i)
        step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    return step;
}

} // namespace

QString offsetLabel(FlatIndex index, std::int64_t step, const QLocale& locale)
{
    struct Unit {
        std::int64_t size;
        char letter;
    };
    for (const Unit unit : { Unit { 1'000'000'000'000, 'T' }, Unit { 1'000'000'000, 'G' }, Unit { 1'000'000, 'M' }, Unit { 1'000, 'K' } }) {
        if (index.value < unit.size || step < 1'000)
            continue; // a short step wants the whole number
        int decimals = 0;
        for (std::int64_t at = unit.size; at > step && decimals < 5; at /= 10)
            ++decimals;
        if (decimals > 4)
            break;
        // Whole numbers of the last decimal: exact where a double is not.
        const std::int64_t scale = static_cast<std::int64_t>(std::llround(std::pow(10, decimals)));
        const std::int64_t last = index.value / (unit.size / scale);
        QString text = locale.toString(static_cast<qlonglong>(last / scale));
        if (decimals > 0)
            text += locale.decimalPoint() + QStringLiteral("%1").arg(last % scale, decimals, 10, QLatin1Char('0'));
        return text + QLatin1Char(unit.letter);
    }
    return locale.toString(static_cast<qlonglong>(index.value));
}

std::vector<OffsetTick> offsetTicks(
    const MapGeometry& geometry, const QLocale& locale, const std::function<int(const QString&)>& labelWidth)
{
    std::vector<OffsetTick> ticks;
    const FlatRange visible = geometry.visible();
    if (visible.count().value == 0)
        return ticks;
    const FlatIndex last = visible.end;
    std::int64_t step = roundStep(geometry.perPixel() * 48);
    while (step < largestStep) { // wider steps have shorter labels: this ends
        const std::int64_t needed = labelWidth(offsetLabel(FlatIndex(last.value / step * step), step, locale)) + gap;
        if (static_cast<double>(step) * geometry.elementWidth() >= static_cast<double>(needed))
            break;
        step = roundStep(static_cast<double>(step) + 0.5);
    }
    const std::int64_t small = step >= 10 && step % 5 == 0 ? step / 5 : step >= 2 && step % 2 == 0 ? step / 2 : step;
    for (std::int64_t at = visible.begin.value / small * small; at <= last.value; at += small) {
        const FlatIndex index(at);
        ticks.push_back({ index, at % step == 0 ? offsetLabel(index, step, locale) : QString() });
    }
    return ticks;
}

} // namespace ravel
