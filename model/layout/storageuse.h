// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <vector>

namespace ravel {

// How much of a storage the tensors of a checkpoint show.
struct StorageUse {
    std::int64_t tensors = 0;  // readable ones that view it
    Count viewed;              // elements that some tensor shows; each once
    bool exact = true;         // false: views too tangled to count were taken as all that lies between their ends
};

std::vector<StorageUse> storageUse(const Checkpoint&); // by StorageOrdinal

} // namespace ravel
