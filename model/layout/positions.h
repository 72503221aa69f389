// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/selection.h"

namespace ravel {

// The boxes, at most 2 * ndim - 1, that together list the elements [first, first + n) of a tensor in its row-major order.
std::vector<Box> positionBoxes(const Checkpoint&, TensorOrdinal, std::int64_t first, Count n);

} // namespace ravel
