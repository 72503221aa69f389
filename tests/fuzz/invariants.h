// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

namespace ravel {

// What holds of every checkpoint that opens, whatever the bytes were; aborts where it does not. `size`: of its file.
void checkInvariants(const Checkpoint&, std::int64_t size);

// Limits that keep one run of a fuzzer short.
Limits fuzzLimits();

} // namespace ravel
