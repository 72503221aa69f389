// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocale>
#include <QString>

#include "widgets/mapgeometry.h"

#include <functional>
#include <vector>

namespace ravel {

struct OffsetTick {
    FlatIndex index;
    QString label; // empty on the small ones between
};

// Ticks of the offset ruler, ascending: 1, 2 or 5 times a power of ten apart, far enough that labels of `labelWidth(text)` pixels do not
// touch. Labels are short (11.5M) until that would take more than four decimals, then the whole number.
std::vector<OffsetTick> offsetTicks(
    const MapGeometry&, const QLocale&, const std::function<int(const QString&)>& labelWidth);

QString offsetLabel(FlatIndex, std::int64_t step, const QLocale&);

} // namespace ravel
