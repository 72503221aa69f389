// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/shardset.h"

#include "support/torchzip.h"
#include "support/words.h"
#include "support/zipwriter.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace ravel {

std::vector<std::byte> shardIndexBytes(const std::vector<std::pair<std::string, std::string>>& weightMap, std::optional<double> totalSize)
{
    nlohmann::ordered_json index { { "metadata", nlohmann::ordered_json::object() }, { "weight_map", nlohmann::ordered_json::object() } };
    if (totalSize)
        index["metadata"]["total_size"] = static_cast<std::int64_t>(*totalSize);
    for (const auto& [name, shard] : weightMap)
        index["weight_map"][name] = shard;
    return textBytes(index.dump(2) + '\n');
}

std::vector<std::byte> shardIndexBytes(const std::vector<FixtureShard>& shards, const std::string& prefix)
{
    std::vector<std::pair<std::string, std::string>> map;
    double total = 0;
    for (const FixtureShard& shard : shards)
        for (const FixtureTensor& tensor : shard.tensors) {
            map.emplace_back(prefix + tensor.name, shard.name);
            std::int64_t numel = 1;
            for (const std::int64_t size : tensor.shape)
                numel *= size;
            total += static_cast<double>(numel * dtypeSize(shard.storages[tensor.storage].dtype));
        }
    std::sort(map.begin(), map.end());
    return shardIndexBytes(map, total);
}

std::vector<std::byte> shardBytes(const FixtureShard& shard, const std::string& container)
{
    if (container == "zip")
        return torchZipBytes(shard.storages, shard.tensors);
    if (container == "zip of zips") {
        ZipWriter outer;
        outer.addText("data", "{\"gamma\": 0.99}");
        outer.add("net.pth", torchZipBytes(shard.storages, shard.tensors));
        return outer.finish(false);
    }
    if (container == "legacy")
        return legacyBytes(shard.storages, shard.tensors);
    return safetensorsBytes(shard.storages, shard.tensors);
}

std::vector<FixtureShard> sampleShards(const std::string& extension)
{
    const auto name = [&](int i) { return "model-0000" + std::to_string(i) + "-of-00003" + extension; };
    return {
        { name(1), { countingStorage(Dtype::Float32, 12), countingStorage(Dtype::Float16, 6) },
            { { "layers.0.weight", 0, { 3, 4 } }, { "layers.0.bias", 1, { 6 } } } },
        { name(2), { countingStorage(Dtype::Float32, 20), countingStorage(Dtype::Int64, 2) },
            { { "layers.1.weight", 0, { 4, 5 } }, { "steps", 1, { 2 } } } },
        { name(3), { countingStorage(Dtype::Float64, 8) }, { { "head.weight", 0, { 2, 4 } } } },
    };
}

std::string writeSet(const std::string& folder, const std::vector<FixtureShard>& shards, const std::string& container, const std::string& indexName)
{
    for (const FixtureShard& shard : shards)
        writeBytes(folder + '/' + shard.name, shardBytes(shard, container));
    writeBytes(folder + '/' + indexName, shardIndexBytes(shards, container == "zip of zips" ? "net.pth." : ""));
    return folder + '/' + indexName;
}

} // namespace ravel
