// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "save/torchviews.h"

namespace ravel {

// LibTorch's answer, of a tensor on its meta device: one with shape, stride and storage, and without numbers. Usage where the question
// describes no tensor or lacks an argument; Limit where a tensor of that size cannot be described.
Result<ViewAnswer> askLibTorch(const ViewQuestion&);

} // namespace ravel
