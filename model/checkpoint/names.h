// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace ravel {

// Names of tensors, unique within a checkpoint: the second of a kind is "name#2".
class TensorNames {
public:
    std::string take(std::string);

private:
    std::unordered_map<std::string, std::uint32_t> m_taken; // to the number that the next one of this name tries
};

// Gathers names into one list, each once, in the order in which they come.
class NamesOnce {
public:
    // Adds those that are not in the list yet. It is always the same list, to which others may have added names.
    void addTo(std::vector<std::string>& list, const std::vector<std::string>& names);

private:
    std::unordered_set<std::string> m_known;
    std::size_t m_looked = 0; // how much of the list is known
};

} // namespace ravel
