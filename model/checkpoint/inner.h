// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/container.h"
#include "checkpoint/entrydraft.h"
#include "checkpoint/names.h"

#include <memory>
#include <string>

namespace ravel {

// Whether a head of a file is that of a container that can stand inside another one.
bool mayBeInner(const Probe&);

// Reads what stands in a file (a slice of one, usually) as a checkpoint of its own, one level deeper than `context`; what an
// archive inside it holds is not opened any more. `name` is what messages call it. Unsupported where it is no checkpoint.
Result<std::unique_ptr<Checkpoint>> readInner(const OpenContext&, std::shared_ptr<File>, const std::string& name);

// Where an inner checkpoint stands in the outer one.
struct InnerPlace {
    std::string name;                  // "policy.pth": before its storages' keys, its records, messages and facts
    std::uint32_t file = 0;            // of the outer one
    ByteOffset begin;                  // of the inner file's byte 0
    RecordOrdinal record = noOrdinal;  // of the outer one, which holds all of the inner file
    bool compressed = false;           // by that record: then the storages are read through it and can't be edited
};

// What is unique over all that one outer checkpoint holds.
struct InnerNames {
    TensorNames tensors;
    NamesOnce classes, calls;
};

// Adds records, storages, tensors, classes, calls, facts and messages, and hangs the tree below `parent` under `key`. Tensors
// are named by the outer tree, uniquely. The node that stands for the inner root.
Result<std::uint32_t> addInner(Checkpoint& outer, Checkpoint&& inner, const InnerPlace&, std::uint32_t parent, PathKey key,
    const Path& parentPath, EntryDraft&, InnerNames&, const Limits&);

} // namespace ravel
