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

void NamesOnce::addTo(std::vector<std::string>& list, const std::vector<std::string>& names)
{
    for (; m_looked < list.size(); ++m_looked)
        m_known.insert(list[m_looked]);
    for (const std::string& name : names)
        if (m_known.insert(name).second)
            list.push_back(name);
    m_looked = list.size();
}

} // namespace ravel
