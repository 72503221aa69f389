// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/fixtures.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ravel {

// A sharded set as files: shard by shard the tensors (each with a storage of its own), and the index beside them.
struct FixtureShard {
    std::string name;
    std::vector<FixtureStorage> storages;
    std::vector<FixtureTensor> tensors;
};

// {"metadata": {"total_size": ...}, "weight_map": {...}} in the given order.
std::vector<std::byte> shardIndexBytes(const std::vector<std::pair<std::string, std::string>>& weightMap, std::optional<double> totalSize = {});
// Of shards whose tensors it names all, with `prefix` before them, sorted as transformers writes them.
std::vector<std::byte> shardIndexBytes(const std::vector<FixtureShard>&, const std::string& prefix = {});

// "zip", "legacy", "safetensors", or "zip of zips": an archive with the one in it, as "net.pth".
std::vector<std::byte> shardBytes(const FixtureShard&, const std::string& container);

// Three shards with tensors of several dtypes; names end in `extension`.
std::vector<FixtureShard> sampleShards(const std::string& extension = ".safetensors");

// Writes the shards and their index into a folder that is there; answers the path of the index.
std::string writeSet(const std::string& folder, const std::vector<FixtureShard>&, const std::string& container = "safetensors",
    const std::string& indexName = "model.safetensors.index.json");

} // namespace ravel
