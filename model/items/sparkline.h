// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMetaType>

#include "stats/sketch.h"
#include "stats/summary.h"

#include <array>
#include <cstdint>

namespace ravel {

constexpr int sparklineBins = 24;

// A histogram small enough for a cell of the tree: what a model hands to the delegate under SparklineRole.
struct Sparkline {
    std::array<std::uint8_t, sparklineBins> heights {}; // 0 to 255, of the fullest bin; a bin that holds anything is at least 1
    bool known = false;   // false: not summarised yet, drawn as such
    bool trouble = false; // NaN or infinity among the numbers
    bool operator==(const Sparkline&) const = default;
};
constexpr int SparklineRole = 0x0100 + 41; // Qt::UserRole + 41

// Linear bins between the 0.5 % and the 99.5 % quantile (what lies outside is counted at the ends).
Sparkline makeSparkline(const Sketch&, const Summary&);

} // namespace ravel

Q_DECLARE_METATYPE(ravel::Sparkline)
