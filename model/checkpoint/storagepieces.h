// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/mosaic.h"

#include <functional>
#include <vector>

namespace ravel {

// What a storage consists of whose array several ranks saved in chunks: the parts are storages of their own, which no
// tensor views by itself (so that they are not in Checkpoint::storages) and which are no pieces again. Or, where `compute` is
// set, how its elements [first, first + n) are made, which stand in no file (the difference of two checkpoints); then it has no parts.
struct StoragePieces {
    Mosaic mosaic;
    std::vector<Storage> parts;
    std::function<Result<>(StorageIndex first, Count n, std::byte* out)> compute {}; // from any thread
};

} // namespace ravel
