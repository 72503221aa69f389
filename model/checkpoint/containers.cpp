// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/container.h"
#include "checkpoint/safetensors.h"

namespace ravel {

const std::vector<std::unique_ptr<Container>>& containers()
{
    static const auto all = [] {
        std::vector<std::unique_ptr<Container>> list;
        list.push_back(std::make_unique<Safetensors>());
        return list;
    }();
    return all;
}

} // namespace ravel
