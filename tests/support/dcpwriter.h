// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/fixtures.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// How a chunk is written: as torch.save would write a tensor.
struct DcpChunkOptions {
    bool legacy = false;
    bool deflated = false;
    bool bigEndian = false;
    bool columnMajor = false; // its stride, and the order of its bytes
};

// Writes a folder of torch.distributed.checkpoint. What its parts say can be changed before metadata() is asked for.
class DcpWriter {
public:
    struct Box {
        std::vector<std::int64_t> offsets, sizes;
        std::string file = "__0_0.distcp";
    };
    struct Chunk {
        std::string name;
        Box box;
        bool isObject = false; // then its index has no offset
        std::int64_t offset = 0, length = 0;
    };
    struct Item {
        std::string name;
        bool isObject = false;
        Dtype dtype = Dtype::Float32;
        std::vector<std::int64_t> shape {};
        std::vector<Box> boxes {};
        std::vector<std::string> path {}; // planner_data; empty: none
        bool requiresGrad = false;
    };

    // "torch.distributed.checkpoint", or "torch.distributed._shard.checkpoint" as torch 1.13 has it.
    std::string package = "torch.distributed.checkpoint";
    std::vector<Item> items;
    std::vector<Chunk> chunks;
    std::map<std::string, std::vector<std::byte>> files; // without .metadata

    // Cuts a whole tensor (row-major, native) into boxes and writes each into its file.
    void addTensor(std::string name, const FixtureStorage& whole, const std::vector<std::int64_t>& shape, std::vector<Box> boxes,
        const DcpChunkOptions& = {});
    void addObject(std::string name, const std::vector<std::byte>& blob, std::string file = "__0_0.distcp");

    std::vector<std::byte> metadata() const;
    // All of it, below a folder.
    std::map<std::string, std::vector<std::byte>> folder(const std::string& path) const;

    // The rows of a shape in so many boxes, one for each rank.
    static std::vector<Box> rows(const std::vector<std::int64_t>& shape, std::int64_t ranks);

private:
    void append(std::string name, Box, bool isObject, const std::vector<std::byte>& blob);
};

// Two ranks: a tensor in rows of both, one in four boxes, one that is nested, and an object.
DcpWriter sampleDcp();

// What torch.save writes of an integer.
std::vector<std::byte> savedInteger(std::int64_t);

} // namespace ravel
