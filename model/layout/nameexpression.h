// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace ravel {

// A regular expression (ECMAScript) over names. Both may be hostile, and yet every call ends soon: one that could take exponential time
// (repeats inside repeats, many choices) is matched without going back, all states at once, and so are long names; then it may neither refer back to a
// group nor look ahead. What would still take more than about 0.1 s does not match.
class NameExpression {
public:
    // Usage, as a sentence: 1,000 bytes at most, well-formed, and not too large once repeats such as {3,8} are written out.
    static Result<NameExpression> make(const std::string& text, bool anyCase = false);
    bool foundIn(std::string_view name) const; // anywhere
    // Where it matches the whole name: `format` with $1, $2, ... as the groups, $& as the whole, $$ as $.
    std::optional<std::string> replaced(const std::string& name, const std::string& format) const;

private:
    bool inReach(std::string_view name) const;
    std::optional<std::regex> m_back;           // goes back where it went wrong
    std::optional<std::regex> m_found, m_whole; // keep all states at once: anywhere in one sweep, and from the beginning
    std::int64_t m_size = 1;
};

} // namespace ravel
