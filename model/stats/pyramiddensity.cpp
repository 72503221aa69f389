// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/pyramidstate.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

// The largest power of four that is no larger.
std::int64_t grain(std::int64_t cells)
{
    std::int64_t g = 1;
    while (g * 4 <= cells)
        g *= 4;
    return g;
}

} // namespace

std::int64_t Pyramid::densityCell() const { return m_state->plan.cellSize(); }

DensityTree::View Pyramid::densities(double begin, double end, std::size_t n) const
{
    const State& s = *m_state;
    const std::int64_t numel = s.layout->numel().value;
    if (numel == 0 || n == 0 || s.plan.cells() == 0)
        return {};
    const double width = (end - begin) / static_cast<double>(n);
    std::vector<std::int64_t> at(n + 1);
    std::uint32_t hint = 0;
    for (std::size_t i = 0; i <= n; ++i) {
        const double place = begin + width * static_cast<double>(i);
        if (place >= static_cast<double>(numel))
            at[i] = s.plan.cells();
        else
            at[i] = s.plan.cellOfBlock(s.plan.blockAt(static_cast<std::int64_t>(std::max(place, 0.0)), hint));
    }
    // Rounded, so that a column is made of few parts: by half a column at most.
    std::vector<std::int64_t> boundaries = at;
    for (std::size_t i = 1; i < n; ++i) {
        const std::int64_t g = grain(std::max<std::int64_t>(1, std::min(at[i] - at[i - 1], at[i + 1] - at[i])));
        boundaries[i] = std::clamp((at[i] + g / 2) / g * g, at[i - 1], at[i + 1]);
    }
    for (std::int64_t& boundary : boundaries)
        boundary = std::min(boundary, s.plan.cells() - 1);
    if (at[n] == s.plan.cells())
        boundaries[n] = s.plan.cells();
    return s.density.view(boundaries);
}

} // namespace ravel
