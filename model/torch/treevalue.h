// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/template.h"

#include <ATen/core/ivalue.h>
#include <functional>

namespace ravel {

// The template's containers and names as LibTorch's generic dict, list and tuple, with `tensor(segment)` at the leaves.
// Unsupported, by name, where a key is neither a string nor an integer, or a list has holes.
Result<c10::IValue> treeValue(const Template&, const std::function<at::Tensor(std::size_t segment)>& tensor);

} // namespace ravel
