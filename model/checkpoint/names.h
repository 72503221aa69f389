// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace ravel {

// Names of tensors, unique within a checkpoint: the second of a kind is "name#2".
class TensorNames {
public:
    std::string take(std::string);

private:
    std::unordered_map<std::string, std::uint32_t> m_taken; // to the number that the next one of this name tries
};

} // namespace ravel
