// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace ravel {

// What a regular expression may cost, told from its text. `size` is about the number of its items once repeats such as {3,8} are written out
// (saturated); `mayExplode` is true where a matcher that goes back could take more than about the cube of the name's length.
struct ExpressionCost {
    std::int64_t size = 0;
    bool mayExplode = false;
};
ExpressionCost expressionCost(std::string_view ecmaScript);

} // namespace ravel
