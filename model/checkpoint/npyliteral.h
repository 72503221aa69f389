// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// A Python literal as headers of .npy files hold it. Nothing is evaluated.
struct NpyLiteral {
    enum class Kind : std::uint8_t { None, Bool, Integer, String, Tuple, List, Dict };
    Kind kind = Kind::None;
    bool truth = false;
    std::int64_t integer = 0;
    std::string text;
    std::vector<NpyLiteral> items; // Dict: key, value, key, value
};

// Reads one literal and the white space around it; at most eight levels deep. An error says what stands where.
Result<NpyLiteral> parseNpyLiteral(std::string_view text);

} // namespace ravel
