// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/picklemachine.h"

#include "base/text.h"

#include <bit>
#include <cmath>
#include <string_view>

namespace ravel {

namespace {

using Kind = PickleNode::Kind;
using Index = std::uint32_t;

// Gives nodes that Python holds equal as keys one number. Every node's text is looked at once, however often the
// node is a key, and nodes that are keys by identity (objects, or tuples of tuples of ...) are their own number.
class KeyIdentity {
public:
    explicit KeyIdentity(const Pickle& pickle)
        : m_pickle(pickle)
        , m_known(pickle.nodes.size(), noOrdinal)
    {
    }

    Index operator()(Index node, int depth = 0)
    {
        Index& known = m_known[node];
        if (known == noOrdinal)
            known = find(node, depth);
        return known;
    }

private:
    Index find(Index index, int depth)
    {
        const PickleNode& node = m_pickle.nodes[index];
        switch (node.kind) {
        case Kind::String: return m_strings.emplace(node.text, index).first->second;
        case Kind::Bytes: return m_bytes.emplace(node.text, index).first->second;
        case Kind::BigInteger: return m_bigIntegers.emplace(node.text, index).first->second;
        case Kind::None: return index;
        case Kind::Bool:
        case Kind::Integer: return m_integers.emplace(node.integer, index).first->second; // True == 1
        case Kind::Float: return findFloat(node.real, index);
        case Kind::Tuple: return depth < 8 ? findTuple(node, index, depth) : index;
        default: return index;
        }
    }

    Index findFloat(double value, Index index)
    {
        if (std::abs(value) < 0x1p63 && std::trunc(value) == value) // 1.0 == 1
            return m_integers.emplace(static_cast<std::int64_t>(value), index).first->second;
        return m_floats.emplace(std::bit_cast<std::uint64_t>(value), index).first->second;
    }

    Index findTuple(const PickleNode& node, Index index, int depth)
    {
        if (node.items.size() > 64)
            return index;
        std::string parts;
        for (const Index item : node.items)
            parts += std::to_string((*this)(item, depth + 1)) + ',';
        return m_tuples.emplace(std::move(parts), index).first->second;
    }

    const Pickle& m_pickle;
    std::vector<Index> m_known;
    std::unordered_map<std::string_view, Index> m_strings, m_bytes, m_bigIntegers;
    std::unordered_map<std::int64_t, Index> m_integers;
    std::unordered_map<std::uint64_t, Index> m_floats;
    std::unordered_map<std::string, Index> m_tuples;
};

// Returns the first key that was there before; noOrdinal where all differ.
Index mergePairs(std::vector<Index>& pairs, KeyIdentity& identity)
{
    if (pairs.size() < 4)
        return noOrdinal;
    std::unordered_map<Index, std::size_t> places; // of the values
    Index first = noOrdinal;
    std::size_t out = 0;
    for (std::size_t in = 0; in + 1 < pairs.size(); in += 2) {
        const auto [place, isNew] = places.emplace(identity(pairs[in]), out + 1);
        if (!isNew) {
            if (first == noOrdinal)
                first = pairs[in];
            pairs[place->second] = pairs[in + 1];
            continue;
        }
        pairs[out] = pairs[in];
        pairs[out + 1] = pairs[in + 1];
        out += 2;
    }
    pairs.resize(out);
    return first;
}

} // namespace

void mergeEqualKeys(Pickle& pickle, const std::string& what)
{
    KeyIdentity identity(pickle);
    std::size_t count = 0;
    const auto merge = [&](std::vector<Index>& pairs) {
        const Index key = mergePairs(pairs, identity);
        if (key == noOrdinal || ++count > 1)
            return;
        const PickleNode& node = pickle.nodes[key];
        const std::string name = node.kind == Kind::String ? "'" + escaped(node.text, 100) + "'" : std::string(kindText(node.kind));
        pickle.messages.push_back(what + ": duplicate key " + name + " in a dict; the last value counts, as in Python");
    };
    for (PickleNode& node : pickle.nodes)
        if (node.kind == Kind::Dict)
            merge(node.items);
    for (auto& [node, added] : pickle.additions)
        merge(added.pairs);
    if (count > 1)
        pickle.messages.push_back(what + ": " + std::to_string(count) + " dicts have duplicate keys");
}

} // namespace ravel
