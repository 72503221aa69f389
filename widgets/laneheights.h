// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace ravel {

// What one lane asks for, in pixels.
struct LaneRoom {
    int least = 0;          // below that it cannot be read
    int wanted = 0;         // its own wish, or what the user made it
    bool stretches = false; // takes what is left
    bool set = false;       // `wanted` is the user's
};

// Shares a height out among lanes, from above down: each gets its least, whatever the height; then those that do not stretch what they want; what is left
// goes to those that stretch, first to those the user has set, then in equal parts. Where the user has set all that stretch, they
// share it in proportion to what those heights are above the least. No Qt.
std::vector<int> laneHeights(std::span<const LaneRoom>, int height);

} // namespace ravel
