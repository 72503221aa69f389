// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/names.h"

namespace ravel {

std::string TensorNames::take(std::string name)
{
    if (m_taken.emplace(name, 2).second)
        return name;
    for (;;) {
        std::string other = name + '#' + std::to_string(m_taken[name]++);
        if (m_taken.emplace(other, 2).second)
            return other;
    }
}

} // namespace ravel
