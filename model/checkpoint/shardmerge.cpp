// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/shardmerge.h"

#include "checkpoint/bytes.h"
#include "checkpoint/names.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace ravel {

namespace {

constexpr std::size_t mostNamed = 3; // of many things of one kind in one sentence

// Many things of one kind, of which a sentence names a few.
struct Several {
    std::size_t count = 0;
    std::vector<std::string> first;
    void add(auto&& text, std::size_t most = mostNamed)
    {
        if (++count <= most)
            first.push_back(text());
    }
};

// A tensor of a shard.
struct Found {
    std::string_view name;
    std::uint32_t shard = 0;
    TensorOrdinal tensor = noOrdinal;
    bool operator<(const Found& other) const
    {
        return name != other.name ? name < other.name : std::pair(shard, tensor) < std::pair(other.shard, other.tensor);
    }
};

class Merge {
public:
    Merge(const ShardIndex& index, std::vector<LoadedShard> shards, const Limits& limits, const Job& job, Checkpoint& set)
        : m_index(index)
        , m_shards(std::move(shards))
        , m_limits(limits)
        , m_job(job)
        , m_set(set)
    {
    }

    Result<> run()
    {
        RAVEL_TRY(checkLimits());
        addFiles();
        sortNames();
        for (const std::string& name : m_index.twice)
            ambiguous([&] { return "the index names tensor " + inQuotes(name) + " twice: the last one counts"; });
        m_set.entries.assign(1, Entry());
        m_set.entries[0].kind = EntryKind::Dict;
        for (const ShardIndex::Entry& entry : m_index.entries) {
            RAVEL_TRY(m_job.check());
            addIndexed(entry);
        }
        addUnnamed();
        addUnviewed();
        addOthers();
        tellAll();
        return {};
    }

private:
    Result<> checkLimits()
    {
        auto tensors = static_cast<std::int64_t>(m_index.entries.size());
        for (const LoadedShard& shard : m_shards)
            tensors += shard.checkpoint ? static_cast<std::int64_t>(shard.checkpoint->tensors.size()) : 0;
        if (tensors > m_limits.tensors)
            return fail(ErrorCode::Limit, "the shards of this set hold more than " + std::to_string(m_limits.tensors) + " tensors, which is the limit");
        return {};
    }

    // What the shards say of themselves comes first, what is said of the set afterwards.
    void addFiles()
    {
        m_fileOf.assign(m_shards.size(), noOrdinal);
        m_recordBase.assign(m_shards.size(), 0);
        m_newStorage.resize(m_shards.size());
        m_placed.resize(m_shards.size());
        for (std::size_t s = 0; s < m_shards.size(); ++s) {
            if (!m_shards[s].checkpoint) {
                readOnly("shard " + inQuotes(m_shards[s].name) + ' ' + m_shards[s].problem);
                continue;
            }
            Checkpoint& shard = *m_shards[s].checkpoint;
            m_fileOf[s] = static_cast<std::uint32_t>(m_set.files.size());
            m_recordBase[s] = static_cast<RecordOrdinal>(m_set.records.size());
            m_newStorage[s].assign(shard.storages.size(), noOrdinal);
            m_placed[s].assign(shard.tensors.size(), false);
            m_set.files.push_back(std::move(shard.files[0]));
            m_set.files.back().name = m_shards[s].name;
            for (Record& record : shard.records) {
                record.file = m_fileOf[s];
                if (record.outer != noOrdinal)
                    record.outer += m_recordBase[s];
                m_set.records.push_back(std::move(record));
            }
            for (const std::string& message : shard.messages)
                m_set.messages.push_back(sentence(m_shards[s].name, withoutName(message, m_shards[s].name)));
            if (!shard.writable)
                readOnly("shard " + inQuotes(m_shards[s].name) + ": " + shard.readOnlyReason);
        }
    }

    static std::string_view withoutName(std::string_view message, const std::string& name)
    {
        const std::string start = sentence(name, "");
        return message.starts_with(start) ? message.substr(start.size()) : message;
    }

    void sortNames()
    {
        for (std::uint32_t s = 0; s < m_shards.size(); ++s)
            if (m_shards[s].checkpoint)
                for (TensorOrdinal t = 0; t < m_shards[s].checkpoint->tensors.size(); ++t)
                    m_found.push_back({ m_shards[s].checkpoint->tensors[t].name, s, t });
        // Names are moved out as they are placed: the views need their own bytes.
        std::size_t bytes = 0;
        for (const Found& found : m_found)
            bytes += found.name.size();
        m_names.reserve(bytes);
        for (Found& found : m_found) {
            const std::size_t at = m_names.size();
            m_names += found.name;
            found.name = std::string_view(m_names).substr(at);
        }
        std::sort(m_found.begin(), m_found.end());
    }

    void addIndexed(const ShardIndex::Entry& entry)
    {
        const auto [first, last] = std::equal_range(m_found.begin(), m_found.end(), Found { entry.name },
            [](const Found& a, const Found& b) { return a.name < b.name; });
        const Found* here = nullptr;
        for (auto found = first; found != last && !here; ++found)
            if (found->shard == entry.shard)
                here = &*found;
        if (last - first > 1)
            ambiguous([&, first = first, last = last] {
                return "tensor " + inQuotes(entry.name) + " stands in shards " + inQuotes(m_shards[first->shard].name) + " and "
                    + inQuotes(m_shards[(last - 1)->shard].name);
            });
        if (!here && first != last) {
            here = &*first;
            ambiguous([&, first = first] {
                return "the index says that tensor " + inQuotes(entry.name) + " stands in shard " + inQuotes(m_shards[entry.shard].name)
                    + ", it stands in " + inQuotes(m_shards[first->shard].name);
            });
        }
        if (here)
            place(*here, entry.name);
        else
            addMissing(entry);
    }

    void addMissing(const ShardIndex::Entry& entry)
    {
        const LoadedShard& shard = m_shards[entry.shard];
        Tensor tensor;
        tensor.dtype = Dtype::Opaque;
        tensor.readable = tensor.editable = false;
        tensor.reason = bounded("its shard " + inQuotes(shard.name) + ' ' + (shard.checkpoint ? "has no such tensor" : shard.problem));
        if (shard.checkpoint)
            m_absent.add([&] { return inQuotes(entry.name) + " in " + inQuotes(shard.name); });
        add(std::move(tensor), entry.name);
    }

    void place(const Found& found, const std::string& name)
    {
        Checkpoint& shard = *m_shards[found.shard].checkpoint;
        m_placed[found.shard][found.tensor] = true;
        Tensor tensor = std::move(shard.tensors[found.tensor]);
        if (tensor.storage != noOrdinal)
            tensor.storage = storageOf(found.shard, tensor.storage);
        m_entryOf.emplace_back(found.shard, tensor.entry, static_cast<TensorOrdinal>(m_set.tensors.size()));
        add(std::move(tensor), name);
    }

    // Root entries come first of all: tensors one after the other, then one for each shard that holds something else.
    void add(Tensor tensor, const std::string& name)
    {
        const auto ordinal = static_cast<TensorOrdinal>(m_set.tensors.size());
        tensor.name = m_tensorNames.take(name);
        Entry node;
        node.kind = EntryKind::Tensor;
        node.parent = 0;
        node.tensor = ordinal;
        node.key = { PathKey::Kind::String, tensor.name };
        tensor.entry = static_cast<EntryOrdinal>(m_set.entries.size());
        m_set.entries.push_back(std::move(node));
        m_set.tensors.push_back(std::move(tensor));
    }

    StorageOrdinal storageOf(std::uint32_t s, StorageOrdinal old)
    {
        StorageOrdinal& known = m_newStorage[s][old];
        if (known != noOrdinal)
            return known;
        known = static_cast<StorageOrdinal>(m_set.storages.size());
        Storage storage = std::move(m_shards[s].checkpoint->storages[old]);
        storage.id.file = m_fileOf[s];
        if (storage.record != noOrdinal)
            storage.record += m_recordBase[s];
        m_set.storages.push_back(std::move(storage));
        return known;
    }

    void addUnnamed()
    {
        m_indexed = m_set.tensors.size();
        Several extra;
        for (std::uint32_t s = 0; s < m_shards.size(); ++s)
            for (TensorOrdinal t = 0; t < m_placed[s].size(); ++t)
                if (!m_placed[s][t]) {
                    const std::string name = m_shards[s].checkpoint->tensors[t].name;
                    extra.add([&] { return inQuotes(name) + " in " + inQuotes(m_shards[s].name); });
                    place({ name, s, t }, name);
                }
        tell(extra, "stands in a shard, and not in the index:", "tensors stand in shards, and not in the index:");
    }

    void addUnviewed()
    {
        for (std::uint32_t s = 0; s < m_shards.size(); ++s)
            for (StorageOrdinal old = 0; old < m_newStorage[s].size(); ++old)
                storageOf(s, old);
    }

    // All that is no tensor at the top of a shard (__metadata__, say) is shown below the shard's name. Tensors in there refer to their own place.
    void addOthers()
    {
        std::vector<std::pair<std::uint32_t, EntryOrdinal>> tops; // shard, and its entry in the set
        for (std::uint32_t s = 0; s < m_shards.size(); ++s) {
            if (!m_shards[s].checkpoint || others(*m_shards[s].checkpoint).empty())
                continue;
            Entry top;
            top.kind = EntryKind::Dict;
            top.parent = 0;
            top.key = { PathKey::Kind::String, m_shards[s].name };
            tops.emplace_back(s, static_cast<EntryOrdinal>(m_set.entries.size()));
            m_set.entries.push_back(std::move(top));
        }
        m_set.entries[0].childCount = static_cast<std::uint32_t>(m_set.entries.size() - 1);
        m_set.entries[0].firstChild = m_set.entries.size() > 1 ? 1 : noOrdinal;
        std::sort(m_entryOf.begin(), m_entryOf.end());
        std::size_t most = m_set.entries.size();
        for (const auto& [s, top] : tops)
            most += m_shards[s].checkpoint->entries.size();
        m_set.entries.reserve(most);
        for (const auto& [s, top] : tops)
            copyTree(s, top);
    }

    static std::vector<EntryOrdinal> others(const Checkpoint& shard)
    {
        std::vector<EntryOrdinal> found;
        const Entry& root = shard.entries[0];
        for (EntryOrdinal e = root.firstChild, i = 0; i < root.childCount; ++i, ++e)
            if (shard.entries[e].kind != EntryKind::Tensor)
                found.push_back(e);
        return found;
    }

    // Breadth first, so that children stand together.
    void copyTree(std::uint32_t s, EntryOrdinal top)
    {
        Checkpoint& shard = *m_shards[s].checkpoint;
        std::vector<std::pair<EntryOrdinal, EntryOrdinal>> copied; // from the shard, to the set
        std::unordered_map<EntryOrdinal, EntryOrdinal> placeOf;
        const auto copyChildren = [&](const std::vector<EntryOrdinal>& from, EntryOrdinal parent) {
            m_set.entries[parent].firstChild = static_cast<EntryOrdinal>(m_set.entries.size());
            m_set.entries[parent].childCount = static_cast<std::uint32_t>(from.size());
            for (const EntryOrdinal e : from) {
                const auto to = static_cast<EntryOrdinal>(m_set.entries.size());
                copied.emplace_back(e, to);
                placeOf.emplace(e, to);
                Entry entry = shard.entries[e];
                entry.parent = parent;
                entry.firstChild = noOrdinal;
                entry.childCount = 0;
                m_set.entries.push_back(std::move(entry));
            }
        };
        copyChildren(others(shard), top);
        for (std::size_t i = 0; i < copied.size(); ++i) {
            const Entry& from = shard.entries[copied[i].first];
            std::vector<EntryOrdinal> children(from.childCount);
            for (std::uint32_t c = 0; c < from.childCount; ++c)
                children[c] = from.firstChild + c;
            if (!children.empty())
                copyChildren(children, copied[i].second);
        }
        for (const auto& [from, to] : copied)
            redirect(s, from, m_set.entries[to], placeOf);
        shard.entries = std::vector<Entry>(); // all shards together may have very many
    }

    void redirect(std::uint32_t s, EntryOrdinal from, Entry& entry, const std::unordered_map<EntryOrdinal, EntryOrdinal>& placeOf)
    {
        const EntryOrdinal target = entry.kind == EntryKind::Tensor ? from : entry.target;
        if (target == noOrdinal)
            return;
        const auto tensor = std::lower_bound(m_entryOf.begin(), m_entryOf.end(), std::tuple(s, target, TensorOrdinal(0)));
        const bool isTensor = tensor != m_entryOf.end() && std::get<0>(*tensor) == s && std::get<1>(*tensor) == target;
        if (isTensor) {
            entry.kind = EntryKind::Reference;
            entry.tensor = noOrdinal;
            entry.target = m_set.tensors[std::get<2>(*tensor)].entry;
            entry.value = m_set.tensors[std::get<2>(*tensor)].name;
            return;
        }
        const auto copy = placeOf.find(target);
        entry.target = copy == placeOf.end() ? noOrdinal : copy->second;
    }

    void tellAll()
    {
        tell(m_absent, "stands in the index, and not in its shard:", "tensors stand in the index, and not in their shards:");
        for (const std::string& what : m_ambiguous.first)
            readOnly(what);
        if (m_ambiguous.count > m_ambiguous.first.size())
            m_set.messages.push_back("and " + std::to_string(m_ambiguous.count - m_ambiguous.first.size())
                + " more tensors of which readers could take another one than is shown here");
        checkTotal();
        mergeNames();
        std::map<std::string, std::size_t> containers;
        for (const LoadedShard& shard : m_shards)
            if (shard.checkpoint)
                ++containers[shard.checkpoint->container];
        std::string kinds;
        for (const auto& [container, n] : containers)
            kinds += (kinds.empty() ? "" : ", ") + std::to_string(n) + " of " + container;
        m_set.facts.emplace_back("shards", std::to_string(m_shards.size()) + (kinds.empty() ? "" : " (" + kinds + ')'));
        for (const auto& [key, value] : m_index.metadata)
            m_set.facts.emplace_back("metadata." + key, value);
        mergeFacts();
    }

    void mergeNames()
    {
        NamesOnce classes, calls;
        for (const LoadedShard& shard : m_shards)
            if (shard.checkpoint) {
                classes.addTo(m_set.classes, shard.checkpoint->classes);
                calls.addTo(m_set.calls, shard.checkpoint->calls);
            }
    }

    // What all shards say alike is said once; the rest with the shard's name.
    void mergeFacts()
    {
        std::map<std::pair<std::string, std::string>, std::size_t> said;
        std::size_t loaded = 0;
        for (const LoadedShard& shard : m_shards)
            if (shard.checkpoint) {
                ++loaded;
                for (const auto& fact : std::set(shard.checkpoint->facts.begin(), shard.checkpoint->facts.end()))
                    ++said[fact];
            }
        std::set<std::pair<std::string, std::string>> told;
        constexpr std::size_t mostFacts = 1000;
        for (const LoadedShard& shard : m_shards) {
            if (!shard.checkpoint)
                continue;
            for (const auto& fact : shard.checkpoint->facts) {
                if (m_set.facts.size() >= mostFacts)
                    return;
                if (said[fact] < loaded)
                    m_set.facts.emplace_back(shard.name + ": " + fact.first, fact.second);
                else if (told.insert(fact).second)
                    m_set.facts.push_back(fact);
            }
        }
    }

    // Writers have counted in several ways: each tensor, each storage once, a bool as an eighth of a byte.
    void checkTotal()
    {
        if (!m_index.totalSize || m_absent.count > 0)
            return;
        double all = 0, bools = 0, once = 0, storages = 0;
        std::unordered_map<StorageOrdinal, double> viewed;
        for (std::size_t t = 0; t < m_indexed; ++t) {
            const Tensor& tensor = m_set.tensors[t];
            if (!tensor.readable || tensor.storage == noOrdinal)
                return; // what is missing cannot be counted
            const double bytes = static_cast<double>(tensor.numel.value) * static_cast<double>(dtypeSize(tensor.dtype));
            all += bytes;
            bools += tensor.dtype == Dtype::Bool ? bytes : 0;
            once += viewed.emplace(tensor.storage, bytes).second ? bytes : 0;
        }
        for (const auto& [ordinal, bytes] : viewed)
            storages += static_cast<double>(m_set.storages[ordinal].numel.value) * static_cast<double>(dtypeSize(m_set.storages[ordinal].dtype));
        for (const double total : { all, all - bools * 7 / 8, once, storages })
            if (std::abs(total - *m_index.totalSize) < 1)
                return;
        char stated[40];
        std::snprintf(stated, sizeof stated, "%.0f", *m_index.totalSize);
        m_set.messages.push_back("the index states a total_size of " + std::string(stated) + " bytes, its tensors have "
            + std::to_string(static_cast<std::int64_t>(all)));
    }

    void tell(const Several& things, const std::string& one, const std::string& many)
    {
        if (things.count == 0)
            return;
        std::string text = things.count == 1 ? "1 tensor " + one : std::to_string(things.count) + ' ' + many;
        for (std::size_t i = 0; i < things.first.size(); ++i)
            text += (i == 0 ? " " : ", ") + things.first[i];
        m_set.messages.push_back(text + (things.count > things.first.size() ? ", ..." : ""));
    }
    void ambiguous(auto&& what) { m_ambiguous.add(what, 20); }
    void readOnly(const std::string& reason)
    {
        if (m_set.writable)
            m_set.readOnlyReason = reason;
        m_set.writable = false;
        m_set.messages.push_back(reason);
    }

    const ShardIndex& m_index;
    std::vector<LoadedShard> m_shards;
    const Limits& m_limits;
    const Job& m_job;
    Checkpoint& m_set;
    std::vector<std::uint32_t> m_fileOf;                   // by shard
    std::vector<RecordOrdinal> m_recordBase;               // by shard
    std::vector<std::vector<StorageOrdinal>> m_newStorage; // by shard and its storage
    std::vector<std::vector<bool>> m_placed;               // by shard and its tensor
    std::vector<Found> m_found;                            // sorted
    std::string m_names;                                   // that m_found views
    std::size_t m_indexed = 0;                             // tensors that the index names
    std::vector<std::tuple<std::uint32_t, EntryOrdinal, TensorOrdinal>> m_entryOf; // shard, its entry, the set's tensor
    TensorNames m_tensorNames;
    Several m_absent, m_ambiguous;
};

} // namespace

Result<> mergeShards(const ShardIndex& index, std::vector<LoadedShard> shards, const Limits& limits, const Job& job, Checkpoint& set)
{
    return Merge(index, std::move(shards), limits, job, set).run();
}

} // namespace ravel
