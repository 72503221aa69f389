// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace ravel {

// Below 0, 0 or above it: bytewise, but numbers in names compare as numbers, so that layers.2 comes before layers.10.
int compareNames(std::string_view, std::string_view);

} // namespace ravel
