// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

namespace ravel {

// What a bare name says of a tensor where the file does not: running_mean, running_var and num_batches_tracked
// are the buffers of batch norm, everything else is unknown. Sets kind and kindReason.
void guessKind(Tensor&);

} // namespace ravel
