// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace ravel {

// How the numbers stand on the values lane.
enum class ValueScale : std::uint8_t { Linear, SymmetricLog };
// Typical leaves far outliers out and marks where it does; Full holds every extreme in view.
enum class ValueExtent : std::uint8_t { Typical, Full };

// The values lane's vertical axis: value <-> share of its height, 0 at `low`, 1 at `high`. SymmetricLog is asinh(x / threshold): linear
// about 0, logarithmic beyond. No Qt.
class ValueAxis {
public:
    ValueAxis() = default;
    ValueAxis(double low, double high, ValueScale); // low < high, finite; else [-1, 1]

    double low() const { return m_low; }
    double high() const { return m_high; }
    ValueScale scale() const { return m_scale; }
    double toUnit(double value) const; // not clamped, but finite for any number that is not NaN
    double fromUnit(double unit) const;
    std::vector<double> ticks(int most) const; // round values inside, ascending
    bool operator==(const ValueAxis&) const = default;

private:
    double bent(double) const;
    double m_low = -1, m_high = 1, m_threshold = 1;
    double m_bentLow = -1, m_bentHigh = 1;
    ValueScale m_scale = ValueScale::Linear;
};

struct ValueLimits {
    double low = 0, high = 0;
    bool operator==(const ValueLimits&) const = default;
};

// The limits to draw between, a little rounded outwards so that panning does not make them tremble. `lows` and `highs` are the finite extremes
// in view, one pair a column, in any order; both are reordered. Typical: when less than 2 % of the columns would more than triple the range.
ValueLimits limitsFor(std::vector<double>& lows, std::vector<double>& highs, ValueExtent);

double niceStep(double span, int most); // 1, 2 or 5 times a power of ten; at most so many fit into the span

} // namespace ravel
