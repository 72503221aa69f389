// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/job.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ravel {

// One tensor as the JSON header of a safetensors file states it; nothing of it is checked against the file yet.
struct SafetensorsEntry {
    std::string name;
    std::string dtype; // "F32"
    std::vector<std::int64_t> shape;
    std::int64_t begin = 0; // in the data part
    std::int64_t end = 0;
};

struct SafetensorsHeader {
    std::vector<SafetensorsEntry> entries; // header order
    bool hasMetadata = false;
    std::size_t metadataPlace = 0;         // how many tensors the header names before __metadata__
    std::vector<std::pair<std::string, std::string>> metadata;
};

// Parses the JSON text of a header (github.com/huggingface/safetensors, "Format") without recursion. An error
// starts with "header" and names the tensor: not JSON, a key twice, a field missing or of the wrong type.
// `dimensions`: how many sizes a shape may have.
Result<SafetensorsHeader> parseSafetensorsHeader(std::span<const std::byte> json, std::int64_t dimensions, const Job&);

} // namespace ravel
