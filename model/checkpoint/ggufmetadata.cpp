// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/ggufmetadata.h"

#include "base/number.h"
#include "base/text.h"
#include "checkpoint/bytes.h"

#include <algorithm>
#include <bit>
#include <set>

namespace ravel {

namespace {

constexpr std::size_t shownBytes = 64 << 10;    // of a text, ...
constexpr std::size_t allShownBytes = 32 << 20; // ... of all texts together, ...
constexpr std::size_t fewShownBytes = 255;      // ... and of each of those beyond
constexpr std::uint64_t shownElements = 1000;
constexpr std::size_t shownEntries = 200'000; // of all arrays together
constexpr std::size_t deepest = 16;

enum Type : std::uint64_t { String = 8, Array = 9 };

// The value types of GGUF (ggml's docs/gguf.md, enum gguf_metadata_value_type).
struct ScalarType {
    int bytes;
    EntryKind kind;
    Dtype dtype;
};
constexpr ScalarType scalars[] = {
    { 1, EntryKind::Integer, Dtype::UInt8 }, { 1, EntryKind::Integer, Dtype::Int8 },
    { 2, EntryKind::Integer, Dtype::UInt16 }, { 2, EntryKind::Integer, Dtype::Int16 },
    { 4, EntryKind::Integer, Dtype::UInt32 }, { 4, EntryKind::Integer, Dtype::Int32 },
    { 4, EntryKind::Float, Dtype::Float32 }, { 1, EntryKind::Bool, Dtype::Bool },
    { 0, EntryKind::String, Dtype::Opaque }, { 0, EntryKind::List, Dtype::Opaque },
    { 8, EntryKind::Integer, Dtype::UInt64 }, { 8, EntryKind::Integer, Dtype::Int64 },
    { 8, EntryKind::Float, Dtype::Float64 },
};
constexpr std::uint64_t typeCount = std::size(scalars);

// An array that is being read.
struct OpenArray {
    std::uint32_t node;
    std::uint64_t type;
    std::uint64_t count;
    std::uint64_t next = 0;
    bool shown = true;
};

class MetadataReader {
public:
    MetadataReader(GgufReader& reader, EntryDraft& draft, const Job& job)
        : m_reader(reader)
        , m_draft(draft)
        , m_job(job)
    {
    }

    // A text, as much of it as is shown.
    Result<GgufReader::Text> text()
    {
        RAVEL_ASSIGN(GgufReader::Text text, m_reader.text(m_shownBytes < allShownBytes ? shownBytes : fewShownBytes));
        m_shownBytes += text.bytes.size();
        return text;
    }

    // Reads a value of this type into a node that is there already.
    Result<> value(std::uint64_t type, std::uint32_t node)
    {
        RAVEL_TRY(single(type, node, true));
        for (std::uint64_t steps = 0; !m_open.empty(); ++steps) {
            if (steps % 65536 == 0)
                RAVEL_TRY(m_job.check());
            RAVEL_TRY(element());
        }
        return {};
    }

private:
    Result<> single(std::uint64_t type, std::uint32_t node, bool shown)
    {
        if (type == Array)
            return openArray(node, shown);
        if (type == String) {
            if (!shown) {
                RAVEL_TRY(m_reader.text(0));
                return {};
            }
            RAVEL_ASSIGN(GgufReader::Text text, this->text());
            m_draft.at(node).kind = EntryKind::String;
            m_draft.at(node).size = text.size;
            m_draft.at(node).value = std::move(text.bytes);
            return {};
        }
        RAVEL_ASSIGN(std::vector<std::byte> bytes, m_reader.bytes(static_cast<std::size_t>(scalars[type].bytes)));
        if (!shown)
            return {};
        if (m_reader.bigEndian())
            swapBytes(scalars[type].dtype, bytes.data(), 1);
        m_draft.at(node).kind = scalars[type].kind;
        m_draft.at(node).value = elementText(scalars[type].dtype, bytes.data());
        return {};
    }

    Result<> openArray(std::uint32_t node, bool shown)
    {
        const std::int64_t place = m_reader.position();
        const auto bad = [&](const std::string& what) { return fail(ErrorCode::Format, "the array at byte " + std::to_string(place) + ' ' + what); };
        RAVEL_ASSIGN(const std::uint64_t type, m_reader.number(4));
        RAVEL_ASSIGN(const std::uint64_t count, m_reader.length());
        if (type >= typeCount)
            return bad("has elements of the unknown type " + std::to_string(type) + ", 0 to 12 are known");
        const auto least = static_cast<std::uint64_t>(type == String ? m_reader.lengthBytes()
                : type == Array                                      ? 4 + m_reader.lengthBytes()
                                                                     : scalars[type].bytes);
        if (count > static_cast<std::uint64_t>(m_reader.left()) / least)
            return bad("states " + std::to_string(count) + " elements, " + std::to_string(m_reader.left())
                + " bytes are left in the file (is the download complete?)");
        if (m_open.size() >= deepest)
            return fail(ErrorCode::Limit, "arrays are nested deeper than the limit of " + std::to_string(deepest) + " levels");
        if (shown) {
            m_draft.at(node).kind = EntryKind::List;
            if (count > shownElements)
                m_draft.at(node).value = "the first " + grouped(shownElements) + " of " + grouped(static_cast<std::int64_t>(count)) + " elements";
        }
        m_open.push_back({ node, type, count, 0, shown });
        return {};
    }

    // The next one of the innermost open array.
    Result<> element()
    {
        OpenArray& array = m_open.back();
        const bool more = array.next < array.count;
        const bool shown = more && array.shown && array.next < shownElements && m_draft.size() < shownEntries;
        const auto size = static_cast<std::uint64_t>(scalars[array.type].bytes);
        if (!more || (!shown && size > 0)) {
            const std::uint64_t rest = array.count - array.next;
            m_open.pop_back();
            return m_reader.skip(rest * size); // the whole array was compared with what is left of the file
        }
        std::uint32_t node = 0;
        if (shown)
            node = m_draft.add(array.node, { PathKey::Kind::Index, std::to_string(array.next) }, EntryKind::None);
        ++array.next;
        return single(array.type, node, shown); // may push: `array` is not valid behind it
    }

    GgufReader& m_reader;
    EntryDraft& m_draft;
    const Job& m_job;
    std::vector<OpenArray> m_open;
    std::size_t m_shownBytes = 0;
};

Result<> note(const std::string& key, std::uint64_t type, const Entry& entry, GgufMetadata& metadata)
{
    if (key == "general.alignment") {
        std::int64_t value = 0;
        if (entry.kind == EntryKind::Integer && entry.value.size() < 11)
            value = std::stoll(entry.value);
        if (type != 4 || value < 1 || value > (1 << 30) || !std::has_single_bit(static_cast<std::uint64_t>(value)))
            return fail(ErrorCode::Format, "general.alignment is " + inQuotes(entry.value) + ", a power of two is expected");
        metadata.alignment = value;
    }
    if (key == "split.count" && entry.kind == EntryKind::Integer && entry.value.size() < 10)
        metadata.splitCount = std::stoll(entry.value);
    constexpr std::size_t shortText = 200;
    if (key.starts_with("general.") && entry.kind != EntryKind::List && entry.value.size() <= shortText)
        metadata.facts.emplace_back(key, entry.value);
    return {};
}

} // namespace

Result<GgufMetadata> readGgufMetadata(
    GgufReader& reader, std::uint64_t count, std::uint32_t parent, EntryDraft& draft, const Job& job)
{
    GgufMetadata metadata;
    std::set<std::string> keys;
    MetadataReader values(reader, draft, job);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::int64_t place = reader.position();
        const std::string number = "pair " + std::to_string(i + 1) + " of " + std::to_string(count) + " at byte " + std::to_string(place);
        const auto about = [&](Error error, const std::string& what) {
            return tl::unexpected(Error { error.code, error.code == ErrorCode::Cancelled ? error.message : what + ": " + error.message });
        };
        auto key = values.text();
        if (!key)
            return about(key.error(), number);
        const auto type = reader.number(4);
        if (!type)
            return about(type.error(), number);
        if (*type >= typeCount)
            return fail(ErrorCode::Format, number + ": key " + inQuotes(key->bytes) + " has the unknown value type "
                    + std::to_string(*type) + ", 0 to 12 are known");
        if (!keys.insert(key->bytes).second)
            metadata.messages.push_back("GGUF metadata: key " + inQuotes(key->bytes) + " is there twice; both are shown");
        const std::uint32_t node = draft.add(parent, { PathKey::Kind::String, key->bytes }, EntryKind::None);
        const auto read = values.value(*type, node);
        if (!read)
            return about(read.error(), number + ", key " + inQuotes(key->bytes));
        RAVEL_TRY(note(key->bytes, *type, draft.at(node), metadata));
    }
    return metadata;
}

} // namespace ravel
