// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/editedvector.h"

namespace ravel {

// Elements [first, first + n) of a tensor in its row-major order, whatever its strides, in native byte order, through every step. Thread-safe.
// Memory of its own only where the tensor is not contiguous: as much as `out` takes.
Result<> readPositions(const EditedVector&, TensorOrdinal, std::int64_t first, Count n, std::byte* out);

} // namespace ravel
