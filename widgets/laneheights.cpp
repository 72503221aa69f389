// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/laneheights.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace ravel {

namespace {

// Parts of `rest` in proportion to weights; they add up.
void share(std::vector<int>& heights, const std::vector<std::size_t>& lanes, const std::vector<std::int64_t>& weights, int rest)
{
    std::int64_t all = 0, before = 0;
    for (const std::int64_t weight : weights)
        all += weight;
    for (std::size_t i = 0; i < lanes.size() && all > 0; ++i) {
        heights[lanes[i]] += static_cast<int>(rest * (before + weights[i]) / all - rest * before / all);
        before += weights[i];
    }
}

} // namespace

std::vector<int> laneHeights(std::span<const LaneRoom> lanes, int height)
{
    std::vector<int> heights;
    int rest = height;
    for (const LaneRoom& lane : lanes) {
        heights.push_back(lane.least);
        rest -= lane.least;
    }
    const bool anyFree = std::any_of(lanes.begin(), lanes.end(), [](const LaneRoom& lane) { return lane.stretches && !lane.set; });
    std::vector<std::size_t> open;
    std::vector<std::int64_t> weights;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        const int more = std::max(0, lanes[i].wanted - lanes[i].least);
        if (!lanes[i].stretches || (lanes[i].set && anyFree)) {
            const int taken = std::clamp(more, 0, std::max(0, rest));
            heights[i] += taken;
            rest -= taken;
        } else {
            open.push_back(i);
            weights.push_back(anyFree ? 1 : std::int64_t(more) + 1);
        }
    }
    if (rest > 0)
        share(heights, open, weights, rest);
    return heights;
}

} // namespace ravel
