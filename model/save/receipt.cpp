// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/receipt.h"

#include "base/crc32.h"
#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string_view>

namespace ravel {

namespace {

using Json = nlohmann::ordered_json;
constexpr const char* format = "ravel.receipt/1";

Json number(double x)
{
    if (std::isnan(x))
        return "NaN";
    if (std::isinf(x))
        return x > 0 ? "Infinity" : "-Infinity";
    return x;
}

Json toJson(const FileFacts& facts)
{
    Json json { { "path", escapedWhole(facts.path) }, { "size", facts.size }, { "mtime_ns", facts.mtimeNs } };
    if (facts.summed)
        json["crc32"] = crc32Text(facts.crc32);
    if (facts.sha256)
        json["sha256"] = *facts.sha256;
    if (!facts.files.empty()) {
        json["files"] = Json::array();
        for (const FileFacts& file : facts.files)
            json["files"].push_back(toJson(file));
    }
    return json;
}

// Reads a JSON object whose keys are all known; a failure names the object and the key.
class Reader {
public:
    Reader(const Json& json, std::string what)
        : m_json(json)
        , m_what(std::move(what))
    {
    }

    Result<> only(std::initializer_list<std::string_view> known) const
    {
        if (!m_json.is_object())
            return wrong("", "an object");
        for (const auto& [key, value] : m_json.items())
            if (std::find(known.begin(), known.end(), key) == known.end())
                return fail(ErrorCode::Format, m_what + ": unknown key '" + escaped(key, 60) + "'");
        return {};
    }
    bool has(const char* key) const { return m_json.contains(key); }
    Result<const Json*> at(const char* key) const
    {
        const auto found = m_json.find(key);
        if (found == m_json.end())
            return fail(ErrorCode::Format, m_what + ": the key '" + key + "' is missing");
        return &*found;
    }
    Result<std::string> text(const char* key) const
    {
        RAVEL_ASSIGN(const Json* value, at(key));
        if (!value->is_string())
            return wrong(key, "a string");
        return unescaped(value->get<std::string>());
    }
    Result<std::int64_t> count(const char* key) const
    {
        RAVEL_ASSIGN(const Json* value, at(key));
        const bool fits = value->is_number_unsigned()
            ? value->get<std::uint64_t>() <= std::uint64_t(std::numeric_limits<std::int64_t>::max())
            : value->is_number_integer();
        if (!fits)
            return wrong(key, "an integer");
        return value->get<std::int64_t>();
    }
    Result<double> real(const char* key) const
    {
        RAVEL_ASSIGN(const Json* value, at(key));
        if (value->is_number())
            return value->get<double>();
        if (*value == "NaN")
            return std::numeric_limits<double>::quiet_NaN();
        if (*value == "Infinity")
            return std::numeric_limits<double>::infinity();
        return wrong(key, "a number");
    }
    Result<std::uint32_t> crc(const char* key) const
    {
        RAVEL_ASSIGN(const std::string value, text(key));
        std::uint32_t sum = 0;
        const char* end = value.data() + value.size();
        const auto [stop, error] = std::from_chars(value.data(), end, sum, 16);
        if (value.size() != 8 || error != std::errc() || stop != end)
            return wrong(key, "a CRC-32 of eight hex digits");
        return sum;
    }

    tl::unexpected<Error> wrong(const std::string& key, const char* expected) const
    {
        return fail(ErrorCode::Format,
            m_what + (key.empty() ? "" : ": '" + escaped(key, 60) + "'") + " is not " + expected);
    }
    const std::string& what() const { return m_what; }

private:
    const Json& m_json;
    std::string m_what;
};

Result<FileFacts> parseFacts(const Json& json, const std::string& what, bool isMember = false)
{
    const Reader reader(json, what);
    RAVEL_TRY(isMember ? reader.only({ "path", "size", "mtime_ns", "crc32", "sha256" })
                       : reader.only({ "path", "size", "mtime_ns", "crc32", "sha256", "files" }));
    FileFacts facts;
    RAVEL_ASSIGN(facts.path, reader.text("path"));
    RAVEL_ASSIGN(facts.size, reader.count("size"));
    RAVEL_ASSIGN(facts.mtimeNs, reader.count("mtime_ns"));
    facts.summed = !isMember || reader.has("crc32");
    if (facts.summed) {
        RAVEL_ASSIGN(facts.crc32, reader.crc("crc32"));
    }
    if (reader.has("sha256")) {
        RAVEL_ASSIGN(facts.sha256, reader.text("sha256"));
    }
    if (!reader.has("files"))
        return facts;
    RAVEL_ASSIGN(const Json* files, reader.at("files"));
    if (!files->is_array() || files->empty())
        return reader.wrong("files", "a list of files");
    for (const Json& file : *files) {
        RAVEL_ASSIGN(FileFacts member, parseFacts(file, what + ", file " + std::to_string(facts.files.size() + 1), true));
        facts.files.push_back(std::move(member));
    }
    return facts;
}

Result<TensorChange> parseChange(const Json& json, const std::string& what)
{
    const Reader reader(json, what);
    RAVEL_TRY(reader.only({ "name", "elements_changed", "bytes_changed", "max_abs_change", "saturated" }));
    TensorChange change;
    RAVEL_ASSIGN(change.name, reader.text("name"));
    RAVEL_ASSIGN(change.elementsChanged, reader.count("elements_changed"));
    RAVEL_ASSIGN(change.bytesChanged, reader.count("bytes_changed"));
    RAVEL_ASSIGN(change.maxAbsChange, reader.real("max_abs_change"));
    RAVEL_ASSIGN(change.saturated, reader.count("saturated"));
    return change;
}

Result<> parseUnchanged(const Json& json, const std::string& what, Receipt& receipt)
{
    const Reader reader(json, what);
    RAVEL_TRY(reader.only({ "storages", "other_bytes" }));
    RAVEL_ASSIGN(receipt.otherBytes, reader.crc("other_bytes"));
    RAVEL_ASSIGN(const Json* storages, reader.at("storages"));
    const Reader sums(*storages, what + ", storages");
    if (!storages->is_object())
        return sums.wrong("", "an object");
    for (const auto& [key, value] : storages->items()) {
        RAVEL_ASSIGN(receipt.unchangedStorages[unescaped(key)], sums.crc(key.c_str()));
    }
    return {};
}

Result<std::vector<std::string>> parseWarnings(const Json& json, const std::string& what)
{
    std::vector<std::string> warnings;
    for (const Json& warning : json) {
        if (!warning.is_string())
            return fail(ErrorCode::Format, what + ": a warning is not a string");
        warnings.push_back(unescaped(warning.get<std::string>()));
    }
    return warnings;
}

Result<Receipt> parse(const Json& json, const std::string& what)
{
    const Reader reader(json, what);
    RAVEL_TRY(reader.only({ "format", "before", "after", "recipe", "structure_changed", "tensors",
        "unchanged", "warnings" }));
    RAVEL_ASSIGN(const std::string stated, reader.text("format"));
    if (stated != format)
        return fail(ErrorCode::Format,
            what + " is '" + escaped(stated, 60) + "', expected '" + format + "'");
    Receipt receipt;
    RAVEL_ASSIGN(const Json* before, reader.at("before"));
    RAVEL_ASSIGN(receipt.before, parseFacts(*before, what + ", before"));
    RAVEL_ASSIGN(const Json* after, reader.at("after"));
    RAVEL_ASSIGN(receipt.after, parseFacts(*after, what + ", after"));
    RAVEL_ASSIGN(const Json* recipe, reader.at("recipe"));
    RAVEL_ASSIGN(receipt.recipe, parseRecipe(recipe->dump(), what + ", recipe"));
    RAVEL_ASSIGN(const Json* structure, reader.at("structure_changed"));
    if (!structure->is_boolean())
        return reader.wrong("structure_changed", "true or false");
    receipt.structureChanged = structure->get<bool>();
    RAVEL_ASSIGN(const Json* tensors, reader.at("tensors"));
    if (!tensors->is_array())
        return reader.wrong("tensors", "a list");
    for (const Json& tensor : *tensors) {
        RAVEL_ASSIGN(TensorChange change,
            parseChange(tensor, what + ", tensor " + std::to_string(receipt.tensors.size() + 1)));
        receipt.tensors.push_back(std::move(change));
    }
    RAVEL_ASSIGN(const Json* unchanged, reader.at("unchanged"));
    RAVEL_TRY(parseUnchanged(*unchanged, what + ", unchanged", receipt));
    if (reader.has("warnings")) {
        RAVEL_ASSIGN(const Json* warnings, reader.at("warnings"));
        RAVEL_ASSIGN(receipt.warnings, parseWarnings(*warnings, what));
    }
    return receipt;
}

// nlohmann's parser keeps its own stack on the heap, but destroys and copies deep values by recursion.
bool tooDeep(std::string_view text, int limit)
{
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > limit)
            return true;
        else if (!quoted && (c == ']' || c == '}'))
            --depth;
    }
    return false;
}

} // namespace

nlohmann::ordered_json toJson(const Receipt& receipt)
{
    Json tensors = Json::array();
    for (const TensorChange& change : receipt.tensors)
        tensors.push_back({ { "name", escapedWhole(change.name) },
            { "elements_changed", change.elementsChanged }, { "bytes_changed", change.bytesChanged },
            { "max_abs_change", number(change.maxAbsChange) }, { "saturated", change.saturated } });
    Json storages = Json::object();
    for (const auto& [id, sum] : receipt.unchangedStorages)
        storages[escapedWhole(id)] = crc32Text(sum);
    Json json { { "format", format }, { "before", toJson(receipt.before) },
        { "after", toJson(receipt.after) }, { "recipe", toJson(receipt.recipe) },
        { "structure_changed", receipt.structureChanged }, { "tensors", std::move(tensors) } };
    json["unchanged"] = { { "storages", std::move(storages) }, { "other_bytes", crc32Text(receipt.otherBytes) } };
    if (!receipt.warnings.empty()) {
        json["warnings"] = Json::array();
        for (const std::string& warning : receipt.warnings)
            json["warnings"].push_back(escapedWhole(warning));
    }
    return json;
}

Result<Receipt> parseReceipt(std::string_view text, const std::string& what)
{
    if (tooDeep(text, 64))
        return fail(ErrorCode::Limit, what + " is nested more than 64 levels deep");
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded())
        return fail(ErrorCode::Format, what + " is not valid JSON");
    return parse(json, what);
}

} // namespace ravel
