// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace ravel {

using EntryOrdinal = std::uint32_t;   // into Checkpoint::entries; 0 is the root
using TensorOrdinal = std::uint32_t;  // into Checkpoint::tensors
using StorageOrdinal = std::uint32_t; // into Checkpoint::storages
using RecordOrdinal = std::uint32_t;  // into Checkpoint::records
constexpr std::uint32_t noOrdinal = std::numeric_limits<std::uint32_t>::max();

// One step of a path down the object tree.
struct PathKey {
    enum class Kind : std::uint8_t {
        String,    // a dict's string key; text is its bytes, as in the file
        Integer,   // a dict's integer key; text is its decimal form
        Repr,      // any other dict key; text is Python's repr of it
        Index,     // place in a list or tuple; text is its decimal form
        Attribute, // of an opaque object: a part of its state or arguments
    };
    Kind kind = Kind::String;
    std::string text; // what Python's str(key) would say, as bytes
    bool operator==(const PathKey&) const = default;
};
using Path = std::vector<PathKey>;

enum class EntryKind : std::uint8_t {
    Dict, OrderedDict, List, Tuple, Set,
    None, Bool, Integer, Float, Complex, String, Bytes, // scalars: `value` shows them
    Class,     // a class or function that is only named: `value` is module.name
    Object,    // made by a class that we do not know: `value` is module.name; children are its arguments and state
    Tensor,
    Reference, // an object shown elsewhere: `value` is that place's name, `target` its entry
    Other,     // code, blobs: `value` says what
};

// A node of the checkpoint's object tree. The children of an entry stand one after the other in `entries`.
struct Entry {
    EntryKind kind = EntryKind::None;
    PathKey key;                       // below the parent; empty in the root
    EntryOrdinal parent = noOrdinal;
    EntryOrdinal firstChild = noOrdinal;
    std::uint32_t childCount = 0;
    TensorOrdinal tensor = noOrdinal;  // kind Tensor
    EntryOrdinal target = noOrdinal;   // kind Reference
    std::string value;                 // bytes as in the file, cut at 64 KiB; escape before showing
    std::uint64_t size = 0;            // of String and Bytes: their whole length in bytes
};

} // namespace ravel
