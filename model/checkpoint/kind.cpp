// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/kind.h"

namespace ravel {

void guessKind(Tensor& tensor)
{
    const std::string_view name = tensor.name;
    const std::string_view last = name.substr(name.rfind('.') + 1);
    for (std::string_view buffer : { "running_mean", "running_var", "num_batches_tracked" }) {
        if (last != buffer)
            continue;
        tensor.kind = TensorKind::Buffer;
        static const SharedText byName = "by its name";
        tensor.kindReason = byName;
        return;
    }
}

} // namespace ravel
