// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace ravel {

// The name with each component that is a number as *: "layers.*.linear1.weight". Tensors of one pattern are the same one in other layers.
// Empty where it has no number, or names a state of an optimizer, whose numbers count parameters.
std::string siblingPattern(std::string_view name);

// True of a name that ends in a state of an optimizer ("...exp_avg"): zeros and small numbers are usual there.
bool isOptimizerState(std::string_view name);

} // namespace ravel
