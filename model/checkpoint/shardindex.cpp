// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/shardindex.h"

#include "checkpoint/bytes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace ravel {

namespace {

using nlohmann::json;

constexpr std::size_t longestFileName = 255; // NAME_MAX

// Follows nlohmann's parser event by event: that parser keeps its own stack, and what nests here is only counted.
class IndexReader : public nlohmann::json_sax<json> {
public:
    IndexReader(ShardIndex& index, const Limits& limits, const Job& job)
        : m_index(index)
        , m_limits(limits)
        , m_job(job)
    {
    }

    const std::string& problem() const { return m_problem; }
    ErrorCode code() const { return m_code; }
    bool hasMap() const { return m_hasMap; }

    bool start_object(std::size_t) override
    {
        switch (m_place) {
        case Place::Start: m_place = Place::Top; return true;
        case Place::MapValue: m_place = Place::Map; return true;
        case Place::MetadataValue: m_place = Place::Metadata; return true;
        case Place::MetadataField:
        case Place::Unknown: return deeper();
        default: return unexpected("an object");
        }
    }
    bool end_object() override
    {
        if (m_depth > 0)
            return shallower();
        m_place = Place::Top;
        return true;
    }
    bool start_array(std::size_t) override
    {
        if (m_place == Place::MetadataField || m_place == Place::Unknown)
            return deeper();
        return unexpected("a list");
    }
    bool end_array() override { return shallower(); }
    bool key(std::string& name) override
    {
        if (m_depth > 0)
            return true;
        switch (m_place) {
        case Place::Top: return topKey(name);
        case Place::Map: return mapKey(name);
        default: m_field = name; m_place = Place::MetadataField; return true;
        }
    }
    bool string(std::string& text) override
    {
        if (m_place == Place::ShardName) {
            m_index.entries[m_entry].shard = shardNamed(text);
            m_place = Place::Map;
            return m_index.shards.size() <= static_cast<std::size_t>(m_limits.shards)
                || failed("names more than " + std::to_string(m_limits.shards) + " shards, which is the limit", ErrorCode::Limit);
        }
        return scalar("a string", text, std::nullopt);
    }
    bool number_unsigned(std::uint64_t value) override { return scalar("a number", std::to_string(value), static_cast<double>(value)); }
    bool number_integer(std::int64_t value) override { return scalar("a number", std::to_string(value), static_cast<double>(value)); }
    bool number_float(double value, const std::string& text) override { return scalar("a number", text, value); }
    bool null() override { return scalar("null", "null", std::nullopt); }
    bool boolean(bool value) override { return scalar("a truth value", value ? "true" : "false", std::nullopt); }
    bool binary(json::binary_t&) override { return false; }

    bool parse_error(std::size_t place, const std::string&, const nlohmann::detail::exception&) override
    {
        return failed("is not JSON: something is wrong at byte " + std::to_string(place == 0 ? 0 : place - 1)
            + " (is the download complete?)");
    }

private:
    enum class Place : std::uint8_t { Start, Top, MapValue, Map, ShardName, MetadataValue, Metadata, MetadataField, Unknown };

    bool topKey(const std::string& name)
    {
        if (name == "weight_map") {
            if (m_hasMap)
                return failed("holds weight_map twice");
            m_hasMap = true;
            m_place = Place::MapValue;
        } else if (name == "metadata" && !m_hasMetadata) {
            m_hasMetadata = true;
            m_place = Place::MetadataValue;
        } else {
            m_place = Place::Unknown;
        }
        return true;
    }
    bool mapKey(const std::string& name)
    {
        if (auto alive = m_job.check(); !alive)
            return failed("cancelled", ErrorCode::Cancelled);
        const auto [at, isNew] = m_places.emplace(name, static_cast<std::uint32_t>(m_index.entries.size()));
        m_entry = at->second;
        m_place = Place::ShardName;
        if (isNew) {
            m_index.entries.push_back({ name, 0 });
            return static_cast<std::int64_t>(m_index.entries.size()) <= m_limits.indexEntries
                || failed("names more than " + std::to_string(m_limits.indexEntries) + " tensors, which is the limit", ErrorCode::Limit);
        }
        if (constexpr std::size_t enough = 1000; m_index.twice.size() < enough)
            m_index.twice.push_back(name);
        return true;
    }
    std::uint32_t shardNamed(const std::string& name)
    {
        const auto [at, isNew] = m_shards.emplace(name, static_cast<std::uint32_t>(m_index.shards.size()));
        if (isNew)
            m_index.shards.push_back(name);
        return at->second;
    }
    bool scalar(const char* what, const std::string& text, std::optional<double> number)
    {
        if (m_depth > 0)
            return true;
        constexpr std::size_t mostFacts = 1000, mostBytes = 4096;
        switch (m_place) {
        case Place::MetadataField:
            if (m_field == "total_size" && number)
                m_index.totalSize = number;
            if (m_index.metadata.size() < mostFacts)
                m_index.metadata.emplace_back(m_field.substr(0, mostBytes), text.substr(0, mostBytes));
            m_place = Place::Metadata;
            return true;
        case Place::MetadataValue: // null, say: nobody needs it
        case Place::Unknown: m_place = Place::Top; return true;
        default: return unexpected(what);
        }
    }
    bool deeper()
    {
        constexpr int mostNested = 64;
        return ++m_depth <= mostNested || failed("nests deeper than 64 levels");
    }
    bool shallower()
    {
        if (--m_depth == 0)
            m_place = m_place == Place::MetadataField ? Place::Metadata : Place::Top;
        return true;
    }
    bool unexpected(const std::string& found)
    {
        switch (m_place) {
        case Place::Start: return failed("holds " + found + ", an object is expected");
        case Place::MapValue: return failed("gives " + found + " as weight_map, an object is expected");
        case Place::ShardName:
            return failed("gives " + found + " as the shard of tensor " + inQuotes(m_index.entries[m_entry].name) + ", a string is expected");
        default: return failed("gives " + found + " as metadata, an object is expected");
        }
    }
    bool failed(std::string problem, ErrorCode code = ErrorCode::Format)
    {
        m_problem = std::move(problem);
        m_code = code;
        return false;
    }

    ShardIndex& m_index;
    const Limits& m_limits;
    const Job& m_job;
    std::unordered_map<std::string, std::uint32_t> m_places, m_shards;
    std::uint32_t m_entry = 0; // whose shard comes next
    std::string m_field;       // of the metadata, whose value comes next
    Place m_place = Place::Start;
    int m_depth = 0;           // inside a value that is skipped
    bool m_hasMap = false, m_hasMetadata = false;
    std::string m_problem;
    ErrorCode m_code = ErrorCode::Format;
};

void sortShards(ShardIndex& index)
{
    std::vector<std::string> sorted = index.shards;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::uint32_t> rank(sorted.size());
    for (std::size_t i = 0; i < rank.size(); ++i)
        rank[i] = static_cast<std::uint32_t>(std::lower_bound(sorted.begin(), sorted.end(), index.shards[i]) - sorted.begin());
    for (ShardIndex::Entry& entry : index.entries)
        entry.shard = rank[entry.shard];
    index.shards = std::move(sorted);
}

// A shard that only a duplicate named, which a later one overruled, is none.
void dropUnused(ShardIndex& index)
{
    std::vector<bool> used(index.shards.size(), false);
    for (const ShardIndex::Entry& entry : index.entries)
        used[entry.shard] = true;
    std::vector<std::uint32_t> place(used.size());
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < used.size(); ++i) {
        place[i] = static_cast<std::uint32_t>(kept.size());
        if (used[i])
            kept.push_back(std::move(index.shards[i]));
    }
    for (ShardIndex::Entry& entry : index.entries)
        entry.shard = place[entry.shard];
    index.shards = std::move(kept);
}

} // namespace

Result<ShardIndex> parseShardIndex(std::span<const std::byte> bytes, const Limits& limits, const Job& job)
{
    const std::string_view text = textOf(bytes);
    const auto bad = [](ErrorCode code, const std::string& what) { return fail(code, "index " + what); };
    if (text.starts_with("\xef\xbb\xbf"))
        return bad(ErrorCode::Format, "starts with a byte order mark, '{' is expected");
    // The parser would take a NUL for the end of the text.
    if (const std::size_t nul = text.find('\0'); nul != text.npos)
        return bad(ErrorCode::Format, "holds a NUL byte at byte " + std::to_string(nul) + ", JSON is expected");
    ShardIndex index;
    IndexReader reader(index, limits, job);
    if (!json::sax_parse(text.begin(), text.end(), &reader))
        return bad(reader.code(), reader.problem());
    if (!reader.hasMap())
        return bad(ErrorCode::Format, "holds no weight_map, which says in which shard each tensor stands");
    dropUnused(index);
    sortShards(index);
    return index;
}

std::string shardNameProblem(std::string_view name)
{
    if (name.empty())
        return "is empty";
    if (name == "." || name == "..")
        return "is a folder";
    if (name.find('/') != name.npos)
        return "is a path: shards stand beside the index";
    if (name.find('\0') != name.npos)
        return "holds a NUL byte";
    if (name.size() > longestFileName)
        return "is longer than any file name";
    return {};
}

bool isIndexName(std::string_view name)
{
    constexpr std::string_view end = ".json", mark = ".index";
    if (!name.ends_with(end) || name.starts_with('.'))
        return false;
    name.remove_suffix(end.size());
    if (!name.ends_with(mark))
        name = name.substr(0, name.rfind('.') == name.npos ? 0 : name.rfind('.')); // a variant: "fp16"
    return name.size() > mark.size() && name.ends_with(mark);
}

std::string indexNameOfShard(std::string_view name)
{
    constexpr std::string_view shape = "-00001-of-00001.";
    for (std::size_t at = 1; at + shape.size() < name.size(); ++at) {
        const std::string_view part = name.substr(at, shape.size());
        bool fits = true;
        for (std::size_t i = 0; i < shape.size(); ++i)
            fits = fits && (shape[i] == '0' || shape[i] == '1' ? part[i] >= '0' && part[i] <= '9' : part[i] == shape[i]);
        if (fits)
            return std::string(name.substr(0, at)) + '.' + std::string(name.substr(at + shape.size())) + ".index.json";
    }
    return {};
}

} // namespace ravel
