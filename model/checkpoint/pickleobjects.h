// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/torchtensor.h"

#include <unordered_set>

namespace ravel {

// A part of an object: a node under a key, or where there is no node, a text that stands for itself.
struct ObjectPart {
    PathKey key;
    std::uint32_t node = noOrdinal;
    std::string text;
};

// The parts of an object, in the tree's order.
class ObjectParts {
public:
    // `allowance`: how many parts that are plain values are listed. Behind them only those that may hold a tensor are, each
    // once: a list of ten million numbers is no tree.
    ObjectParts(const Pickle& pickle, std::size_t allowance)
        : m_pickle(pickle)
        , m_allowance(allowance)
    {
    }

    std::vector<ObjectPart> list;
    std::vector<std::uint32_t> flattened; // nodes whose parts are shown as this one's: an object's state, a set's list
    std::size_t scalars = 0;              // listed
    std::size_t hidden = 0;

    // Whether the part is to be listed; counts it.
    bool admits(std::uint32_t node);
    void add(PathKey, std::uint32_t node);
    void addElements(std::span<const std::uint32_t>);
    // Stops where the keys take more than `keyBytes`, which the caller refuses.
    void addPairs(std::span<const std::uint32_t> pairs, bool attributes);
    static constexpr std::size_t keyBytes = 256 << 20;

private:
    const Pickle& m_pickle;
    std::size_t m_allowance;
    std::size_t m_keyBytes = 0;
    std::unordered_set<std::uint32_t> m_listedBeyond;
};

// What a node that is no tensor looks like in the tree.
struct ObjectView {
    EntryKind kind = EntryKind::None;
    std::string value {};   // as Entry::value, cut
    std::uint64_t size = 0; // as Entry::size
    bool hasParts = false;  // whether partsOf() may give any
    std::string problem {}; // what the user should be told of it
};

// Tells what the nodes of a pickle are: Python's own containers and scalars, the callables of collections, torch and
// numpy that stand for such, and for all else an opaque object.
class ObjectReader {
public:
    ObjectReader(const Pickle& pickle, StorageFinder& storages)
        : m_pickle(pickle)
        , m_storages(storages)
    {
    }

    // Values are cut at `longest` bytes.
    ObjectView view(std::uint32_t node, std::size_t longest);
    ObjectParts partsOf(std::uint32_t node, std::size_t scalars) const;

private:
    ObjectView viewCall(std::uint32_t node, std::size_t longest);
    ObjectView viewPersistent(std::uint32_t node);
    std::optional<ObjectView> viewScalarCall(std::uint32_t node, std::size_t longest);
    ObjectView viewEncoded(std::uint32_t text, std::size_t longest);
    void addCallParts(std::uint32_t node, ObjectParts&) const;
    void addArguments(std::uint32_t node, ObjectParts&) const;
    void addState(std::uint32_t state, ObjectParts&) const;
    bool addArrayParts(std::uint32_t node, ObjectParts&) const;

    const Pickle& m_pickle;
    StorageFinder& m_storages;
    std::unordered_map<std::uint32_t, std::uint64_t> m_characters; // of text nodes
};

} // namespace ravel
