// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"
#include "checkpoint/npy.h"

namespace ravel {

// Adds the tensor and the storage of an array whose header is `header` and whose .npy bytes are the whole of a record. Numpy's
// own order is kept in the strides. Elements that are only bytes get one more dimension for them.
// Format where the record is shorter than the shape says; `what` starts the messages.
Result<> addNpyArray(const NpyHeader&, RecordOrdinal, const std::string& what, EntryOrdinal, Checkpoint&);

} // namespace ravel
