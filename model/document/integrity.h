// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/pool.h"
#include "checkpoint/checkpoint.h"

#include <string>
#include <vector>

namespace ravel {

// Reads every stored record that the file states a CRC-32 for and names, one sentence each, those whose bytes have another one: they were damaged
// or altered. Records without a checksum are passed over.
Result<std::vector<std::string>> damagedRecords(const Checkpoint&, const Job&, Pool& = computePool());

} // namespace ravel
