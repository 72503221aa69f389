// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "save/torchplugin.h"

#include <cstdint>
#include <vector>

namespace ravel {

// Calls in turn, each on what the one before gave.
struct TorchChain {
    struct Call {
        ViewCall call;
        std::vector<std::int64_t> arguments;
    };
    Dtype dtype = Dtype::Float32;
    std::vector<std::int64_t> shape, stride; // of what the first is called on
    std::vector<Call> calls;
};

// What LibTorch says of each chain: the last call's answer, `shared` where no call before it copied either; the words of the first call that failed.
// Fails where LibTorch is not there. May load it (0.8 s): for the pool.
Result<std::vector<ViewAnswer>> answerChains(const std::vector<TorchChain>&);

} // namespace ravel
