// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ravel {

// The first coordinates, in row-major order, at which a readable tensor shows an element of its storage; none where it does not. With `except`
// the first that are not these. In a tensor that overlaps itself the search takes a bounded number of steps, and may then miss one.
std::optional<std::vector<std::int64_t>> firstCoordinates(
    const Tensor&, StorageIndex, const std::vector<std::int64_t>* except = nullptr);

} // namespace ravel
