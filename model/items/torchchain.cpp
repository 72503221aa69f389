// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/torchchain.h"

namespace ravel {

namespace {

Result<ViewAnswer> answer(const TorchPlugin& torch, const TorchChain& chain)
{
    ViewAnswer last { {}, chain.shape, chain.stride, true, false };
    for (const TorchChain::Call& call : chain.calls) {
        RAVEL_ASSIGN(ViewAnswer next, torch.ask({ call.call, chain.dtype, last.shape, last.stride, call.arguments }));
        if (!next.error.empty())
            return next;
        next.shared = next.shared && last.shared;
        last = std::move(next);
    }
    return last;
}

} // namespace

Result<std::vector<ViewAnswer>> answerChains(const std::vector<TorchChain>& chains)
{
    RAVEL_ASSIGN(const TorchPlugin* torch, loadTorchPlugin());
    std::vector<ViewAnswer> answers;
    for (const TorchChain& chain : chains) {
        RAVEL_ASSIGN(ViewAnswer each, answer(*torch, chain));
        answers.push_back(std::move(each));
    }
    return answers;
}

} // namespace ravel
