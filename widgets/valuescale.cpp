// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/valuescale.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

constexpr double farAway = 1e9; // heights; beyond that it makes no difference
constexpr double largest = std::numeric_limits<double>::max() / 8;

// Below this many columns a quantile says nothing.
constexpr std::size_t enoughColumns = 64;

double atQuantile(std::vector<double>& values, double q)
{
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

} // namespace

ValueAxis::ValueAxis(double low, double high, ValueScale scale)
    : m_scale(scale)
{
    if (low < high && std::isfinite(low) && std::isfinite(high)) {
        m_low = std::max(low, -largest);
        m_high = std::min(high, largest);
    }
    m_threshold = std::max({ std::abs(m_low), std::abs(m_high), std::numeric_limits<double>::min() * 1e6 }) * 1e-4;
    m_bentLow = bent(m_low);
    m_bentHigh = bent(m_high);
}

double ValueAxis::bent(double value) const
{
    value = std::clamp(value, -largest, largest);
    return m_scale == ValueScale::Linear ? value : std::asinh(value / m_threshold);
}

double ValueAxis::toUnit(double value) const
{
    return std::clamp((bent(value) - m_bentLow) / (m_bentHigh - m_bentLow), -farAway, farAway);
}

double ValueAxis::fromUnit(double unit) const
{
    const double at = m_bentLow + unit * (m_bentHigh - m_bentLow);
    return m_scale == ValueScale::Linear ? at : std::sinh(at) * m_threshold;
}

std::vector<double> ValueAxis::ticks(int most) const
{
    std::vector<double> ticks;
    if (m_scale == ValueScale::SymmetricLog) {
        const auto add = [&](double value) {
            if (m_low <= value && value <= m_high)
                ticks.push_back(value);
        };
        const double top = std::max(std::abs(m_low), std::abs(m_high));
        for (double value = std::pow(10, std::floor(std::log10(top))); value > m_threshold; value /= 10) {
            add(value);
            add(-value);
        }
        add(0);
        std::sort(ticks.begin(), ticks.end());
        if (ticks.size() > 1)
            return ticks;
        ticks.clear(); // within a decade: as on a linear scale
    }
    const double step = niceStep(m_high - m_low, most);
    const double first = std::ceil(m_low / step - 1e-9);
    for (int i = 0; i <= most + 1 && (first + i) * step <= m_high + step * 1e-9; ++i)
        ticks.push_back((first + i) * step);
    return ticks;
}

double niceStep(double span, int most)
{
    const double rough = span / std::max(most, 1);
    if (!(rough > 0) || !std::isfinite(rough))
        return 1;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : { 1.0, 2.0, 5.0 })
        if (factor * power >= rough * (1 - 1e-9))
            return factor * power;
    return 10 * power;
}

ValueLimits limitsFor(std::vector<double>& lows, std::vector<double>& highs, ValueExtent extent)
{
    if (lows.empty() || highs.empty())
        return { -1, 1 };
    double low = *std::min_element(lows.begin(), lows.end());
    double high = *std::max_element(highs.begin(), highs.end());
    if (extent == ValueExtent::Typical && lows.size() >= enoughColumns) {
        const double usualLow = atQuantile(lows, 0.02), usualHigh = atQuantile(highs, 0.98);
        const double room = usualHigh - usualLow;
        if (room > 0 && high > usualHigh + room)
            high = usualHigh + room * 0.1;
        if (room > 0 && low < usualLow - room)
            low = usualLow - room * 0.1;
    }
    low = std::max(low, -largest);
    high = std::min(high, largest);
    if (!(low < high)) { // all one number: in the middle, with zero in sight
        const double around = low == 0 ? 1 : std::abs(low);
        return { low - around, high + around };
    }
    const double step = niceStep(high - low, 20);
    return { std::floor(low / step) * step, std::ceil(high / step) * step };
}

} // namespace ravel
