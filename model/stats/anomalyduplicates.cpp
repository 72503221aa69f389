// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/order.h"
#include "stats/anomalysearch.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <tuple>

namespace ravel {

namespace {

constexpr std::int64_t least = 16;               // elements
constexpr std::int64_t pieceElements = 64 << 10; // read at once
constexpr std::int64_t itemElements = 1 << 20;   // of a tensor that one thread takes at a time

using Group = std::vector<std::uint32_t>; // ordinals into placed(), ascending

// Tensors whose dtype, shape and summary agree: equal ones are among them. Of those that view the same elements (aliases that have a place of their own)
// the first stands for all.
std::vector<Group> alike(const AnomalySearch& search)
{
    using Key = std::tuple<Dtype, std::vector<std::int64_t>, double, double, std::int64_t, std::int64_t>;
    std::map<Key, Group> groups;
    AliasIndex aliases(search.layout().checkpoint());
    for (std::uint32_t placed = 0; placed < search.summaries.size(); ++placed) {
        const auto& s = search.summaries[placed];
        const Tensor& tensor = search.tensor(placed);
        if (!s || tensor.numel.value < least || s->min == s->max || s->finite() == 0
            || aliases.firstOf(search.segment(placed).tensor, placed) != noOrdinal)
            continue;
        groups[{ tensor.dtype, tensor.shape, s->min, s->max, s->zeros, s->nan }].push_back(placed);
    }
    std::vector<Group> several;
    for (auto& [key, group] : groups)
        if (group.size() > 1)
            several.push_back(std::move(group));
    return several;
}

// Eight bytes at a time through a multiplication and a shift (as MurmurHash64A's body): equal bytes are told by comparing them; this only sorts out.
std::uint64_t hashOf(const std::vector<std::byte>& bytes, std::uint64_t hash)
{
    constexpr std::uint64_t m = 0xc6a4a7935bd1e995u;
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        std::uint64_t k = 0;
        std::memcpy(&k, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
        k *= m;
        k ^= k >> 47;
        hash = (hash ^ (k * m)) * m;
    }
    return hash;
}

// Calls visit for each piece of the `item`-th million elements of a tensor.
Result<> forEachPart(const AnomalySearch& search, std::uint32_t placed, std::int64_t item, const std::function<Result<>(const Box&)>& visit)
{
    const FlatRange range = search.rangeOf(placed);
    const FlatIndex begin = range.begin + Count(item * itemElements);
    RAVEL_ASSIGN(const Selection part, selectRange(search.layout(), { begin, std::min(range.end, begin + Count(itemElements)) }));
    for (const Box& box : part.boxes)
        if (auto visited = forEachPiece(box, Count(pieceElements), visit); !visited)
            return visited;
    return {};
}

struct Item {
    std::uint32_t placed = 0, with = 0; // `with` is compared
    std::int64_t part = 0;
    std::size_t slot = 0; // of the result
};

void addItems(const AnomalySearch& search, std::vector<Item>& items, std::uint32_t placed, std::uint32_t with, std::size_t slot)
{
    for (std::int64_t part = 0; part * itemElements < search.segment(placed).numel.value; ++part)
        items.push_back({ placed, with, part, slot });
}

// The same bytes, or not, for each item's slot: all parts have to agree.
Result<std::vector<std::uint8_t>> compareAll(AnomalySearch& search, const std::vector<Item>& items, std::size_t slots)
{
    std::vector<std::uint8_t> different(slots);
    std::mutex mutex;
    const auto ran = search.pool.forEach(static_cast<std::int64_t>(items.size()), search.job, [&](std::int64_t index, int) -> Result<> {
        const Item& item = items[static_cast<std::size_t>(index)];
        std::vector<std::byte> a, b;
        bool same = true;
        const auto compared = forEachPart(search, item.placed, item.part, [&](const Box& box) -> Result<> {
            RAVEL_TRY(search.job.check());
            Box other = box;
            other.tensor = search.segment(item.with).tensor;
            RAVEL_TRY(search.vector.readBox(box, a));
            RAVEL_TRY(search.vector.readBox(other, b));
            same = same && a == b;
            return {};
        });
        RAVEL_TRY(compared);
        const std::lock_guard lock(mutex);
        different[item.slot] |= same ? 0 : 1;
        return {};
    });
    RAVEL_TRY(ran);
    return different;
}

// Groups whose hashes agree.
Result<std::vector<Group>> hashed(AnomalySearch& search, const std::vector<Group>& groups)
{
    std::vector<Item> items;
    std::vector<std::uint32_t> tensors;
    std::int64_t total = 0, done = 0;
    for (const Group& group : groups)
        for (const std::uint32_t placed : group) {
            addItems(search, items, placed, placed, tensors.size());
            tensors.push_back(placed);
            total += search.tensor(placed).numel.value * dtypeSize(search.tensor(placed).dtype);
        }
    std::vector<std::uint64_t> hashes(tensors.size());
    std::mutex mutex;
    const auto ran = search.pool.forEach(static_cast<std::int64_t>(items.size()), search.job, [&](std::int64_t index, int) -> Result<> {
        const Item& item = items[static_cast<std::size_t>(index)];
        std::vector<std::byte> bytes;
        std::uint64_t hash = static_cast<std::uint64_t>(item.part) + 1;
        std::int64_t read = 0;
        const auto walked = forEachPart(search, item.placed, item.part, [&](const Box& box) -> Result<> {
            RAVEL_TRY(search.job.check());
            RAVEL_TRY(search.vector.readBox(box, bytes));
            hash = hashOf(bytes, hash);
            read += static_cast<std::int64_t>(bytes.size());
            return {};
        });
        RAVEL_TRY(walked);
        const std::lock_guard lock(mutex);
        hashes[item.slot] += hash; // parts come in any order
        done += read;
        search.job.progress(done, total);
        return {};
    });
    RAVEL_TRY(ran);
    std::vector<Group> equal;
    std::size_t at = 0;
    for (const Group& group : groups) {
        std::map<std::uint64_t, Group> byHash;
        for (const std::uint32_t placed : group)
            byHash[hashes[at++]].push_back(placed);
        for (auto& [hash, members] : byHash)
            if (members.size() > 1)
                equal.push_back(std::move(members));
    }
    return equal;
}

void add(AnomalySearch& search, const Group& group)
{
    const bool buffers = std::all_of(group.begin(), group.end(), [&](std::uint32_t placed) { return search.tensor(placed).kind == TensorKind::Buffer; });
    Anomaly anomaly = search.make(AnomalyKind::Duplicate, buffers ? AnomalySeverity::Note : AnomalySeverity::Warning, group.front());
    for (std::size_t i = 1; i < group.size(); ++i) {
        anomaly.others.push_back(search.segment(group[i]).tensor);
        anomaly.ranges.push_back(search.rangeOf(group[i]));
        anomaly.selection.boxes.push_back(wholeBox(search.layout().checkpoint(), anomaly.others.back()));
    }
    anomaly.othersInAll = static_cast<std::int64_t>(anomaly.others.size());
    anomaly.elements = search.segment(group.front()).numel.value;
    search.found.push_back(std::move(anomaly));
}

} // namespace

Result<> findDuplicates(AnomalySearch& search)
{
    RAVEL_ASSIGN(const std::vector<Group> groups, hashed(search, alike(search)));
    std::vector<Item> items;
    std::size_t slots = 0;
    for (const Group& group : groups)
        for (std::size_t i = 1; i < group.size(); ++i)
            addItems(search, items, group[i], group.front(), slots++);
    RAVEL_ASSIGN(const std::vector<std::uint8_t> different, compareAll(search, items, slots));
    std::size_t slot = 0;
    for (const Group& group : groups) {
        Group same { group.front() };
        for (std::size_t i = 1; i < group.size(); ++i)
            if (!different[slot++])
                same.push_back(group[i]);
        if (same.size() > 1)
            add(search, same);
    }
    return {};
}

} // namespace ravel
