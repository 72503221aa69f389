// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/flatlayout.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace ravel {

// How a flat vector is parted among ranks.
enum class ShardStyle : std::uint8_t {
    Equal, // N parts, the first (numel mod N) one element longer: torch.tensor_split
    Fsdp,  // one flat parameter of the whole layout, padded to a multiple of N: ceil(numel / N) each. PyTorch, torch/distributed/fsdp/flat_param.py,
           // FlatParamHandle._get_unpadded_shard: torch.flatten(tensor).chunk(world_size), the last chunks padded to the first one's length
    Zero,  // ZeRO 1 and 2: padded to a multiple of 2 N, then N equal parts. DeepSpeed, deepspeed/runtime/zero/stage_1_and_2.py:
           // flatten_dense_tensors_aligned(group, nccl_start_alignment_factor * world size), the factor being 2 (4 bytes of float16)
    Zero3, // each tensor by itself, padded to a multiple of N. DeepSpeed, deepspeed/runtime/zero/partition_parameters.py: partition_size =
           // (ds_numel + padding) / num_partitions, padding = what is missing to a multiple of num_partitions
};

struct ShardSpec {
    ShardStyle style = ShardStyle::Fsdp;
    int parts = 8;
    bool operator==(const ShardSpec&) const = default;
    static constexpr int most = 65'536;
};

// Who holds which element. Immutable, cheap to make; the layout must outlive it.
class Shards {
public:
    Shards(const FlatLayout&, ShardSpec); // parts are clamped to [1, ShardSpec::most]

    const ShardSpec& spec() const { return m_spec; }
    // The run of elements of one rank that holds an element in [0, numel).
    struct Piece {
        int rank = 0;
        FlatRange range;
    };
    Piece pieceAt(FlatIndex) const;
    // All of them in order, of Zero3 each tensor's; ascending, some may be empty.
    std::uint64_t pieces() const;
    Piece piece(std::uint64_t) const;
    // Elements that stand in the padded vector (Zero3: vectors) and not in the layout.
    Count padding() const;
    // The ranks that hold a part of a placed segment that is not empty.
    struct Ranks {
        int first = 0, last = 0;
        bool straddles() const { return first != last; }
    };
    Ranks ranksOf(std::uint32_t placed) const;
    // Ordinals into placed() of the segments that lie on more than one rank, ascending.
    std::vector<std::uint32_t> straddling() const;

private:
    FlatRange whole(FlatIndex) const; // what is parted: the vector, or the segment around an element
    FlatRange part(FlatRange of, int rank) const;
    int rankIn(FlatRange of, FlatIndex) const;
    std::int64_t partSize(std::int64_t numel) const; // padded; not of Equal
    const FlatLayout& m_layout;
    ShardSpec m_spec;
};

} // namespace ravel
