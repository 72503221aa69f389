// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// Parses JSON text; Format with the byte where it is not JSON, or where an object names a key twice. `what` is the file's name.
Result<nlohmann::ordered_json> parseStrictJson(std::string_view text, const std::string& what);

// Reads an object of which every key is known: take what is expected, then call finish(). Failures are Format and name `where` and the key.
// Keeps a reference to the JSON.
class StrictObject {
public:
    static Result<StrictObject> of(const nlohmann::ordered_json&, std::string where);

    Result<std::string> string(const char* key); // as it stands: escapes are not undone
    Result<std::int64_t> size(const char* key);  // a whole number >= 0
    Result<std::vector<std::int64_t>> sizes(const char* key);
    Result<const nlohmann::ordered_json*> array(const char* key);
    Result<const nlohmann::ordered_json*> value(const char* key); // of any type, null among them
    bool has(const char* key) const;
    Result<> finish() const; // names the first key that nobody asked for
    const std::string& where() const { return m_where; }
    tl::unexpected<Error> error(const std::string& key, const std::string& expected) const;

private:
    StrictObject(const nlohmann::ordered_json& json, std::string where)
        : m_json(&json)
        , m_where(std::move(where))
    {
    }
    const nlohmann::ordered_json* m_json;
    std::string m_where;
    std::vector<std::string> m_known;
};

} // namespace ravel
