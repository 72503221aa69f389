// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"
#include "edit/recipe.h"

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ravel {

struct TensorChange {
    std::string name;               // from the root
    std::int64_t elementsChanged = 0; // whose bytes differ
    std::int64_t bytesChanged = 0;
    double maxAbsChange = 0;        // NaN or infinite where a value became or was so
    std::int64_t saturated = 0;
};

struct FileFacts {
    std::string path;
    std::int64_t size = 0;
    std::int64_t mtimeNs = 0;
    std::uint32_t crc32 = 0;
    std::optional<std::string> sha256;
};

// What a save did, "ravel.receipt/1" (architecture.md section 8).
struct Receipt {
    FileFacts before, after;
    Recipe recipe;
    bool structureChanged = false;
    std::vector<TensorChange> tensors;                   // those that changed
    std::map<std::string, std::uint32_t> unchangedStorages; // "0:1" -> CRC-32
    std::uint32_t otherBytes = 0;                        // CRC-32 of all bytes outside storages and checksums, in file order
    std::vector<std::string> warnings;
};

nlohmann::ordered_json toJson(const Receipt&);
Result<Receipt> parseReceipt(std::string_view json, const std::string& what);

} // namespace ravel
