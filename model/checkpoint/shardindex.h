// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/job.h"
#include "checkpoint/checkpoint.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ravel {

// The index of a sharded set, as huggingface_hub (serialization/_torch.py) and transformers write it:
//   {"metadata": {"total_size": BYTES, ...}, "weight_map": {"tensor name": "shard's file name", ...}}
struct ShardIndex {
    struct Entry {
        std::string name;
        std::uint32_t shard = 0; // into shards
    };
    std::vector<std::string> shards;   // each once, sorted bytewise: the order in which transformers loads them
    std::vector<Entry> entries;        // in the index's order, each name once
    std::vector<std::string> twice;    // the first names that stand there several times; the last one counts, as in Python
    std::optional<double> totalSize;   // metadata.total_size: old writers give it as a float
    std::vector<std::pair<std::string, std::string>> metadata; // scalars alone, as text
};

// Parses without recursion. Format: not JSON (with the byte), no object, no weight_map or two of them, a value that is no string; Limit.
// An error starts with "index".
Result<ShardIndex> parseShardIndex(std::span<const std::byte> json, const Limits&, const Job&);

// Why a name of the index is no file beside it: empty, a path, "..", a NUL byte, longer than any file name. Empty where it is fine.
std::string shardNameProblem(std::string_view name);

// "model.safetensors.index.json", "diffusion_pytorch_model.safetensors.index.fp16.json".
bool isIndexName(std::string_view fileName);
// The index that a shard called "model-00001-of-00003.safetensors" belongs to; empty for other names.
std::string indexNameOfShard(std::string_view fileName);

} // namespace ravel
