// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <span>
#include <string_view>
#include <vector>

namespace ravel {

// The tensors of one module of the network, and what module it is: told by its class where the pickle names that, otherwise
// guessed from names and shapes. A guess that could as well be another is not made.
struct Layer {
    std::string_view name; // from the root, bytes as in the file; "" at the root. Into the checkpoint: the beginning of its tensors' names
    SharedText kind;       // as torch.nn calls it, "Conv2d"; "BatchNorm" where the dimensions do not show; "" where it is not known
    SharedText role;       // in attention: "query", "key", "value", "query, key and value", "output"; else ""
    bool isGuess = true;   // kind and role; false: the kind is the class that the file names
    SharedText reason;     // from what it is told, a part of a sentence; "" where the kind is not known
    std::uint32_t first = 0, count = 0; // of its tensors, in Layers::members
};

// Whether a tensor whose kind the file does not say is a parameter or a buffer, as far as its surroundings tell.
struct KindGuess {
    TensorKind kind = TensorKind::Unknown;
    SharedText reason;
};

struct Layers {
    std::vector<Layer> list;             // by their first tensor
    std::vector<TensorOrdinal> members;  // of one layer after the other, ascending in each
    std::vector<std::uint32_t> layerOf;  // by tensor, into the list; noOrdinal where it belongs to no module
    std::vector<KindGuess> kinds;        // by tensor; Unknown where the file says it, or nothing does

    std::span<const TensorOrdinal> tensorsOf(const Layer& layer) const { return std::span(members).subspan(layer.first, layer.count); }
};

// As long as the checkpoint lives.
Layers tellLayers(const Checkpoint&);

} // namespace ravel
