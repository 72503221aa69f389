// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "layout/filter.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// How a name of A becomes a name of B, written FROM=TO (or FROM -> TO). A FROM that begins with re: or holds one of ( ) \ ^ $ | + is a regular
// expression (ECMAScript) for the whole name, and TO has $1, $2, ... for its groups. Any other is a glob as the filters have it: each wildcard of TO
// stands for what the wildcard at the same place in FROM found. "module.*=*" takes a prefix away, "*=module.*" puts it there.
class MatchRule {
public:
    // Usage: no FROM or no =, a bad expression, or more wildcards in TO than in FROM.
    static Result<MatchRule> parse(std::string_view text);
    static Result<MatchRule> make(const std::string& from, const std::string& to);
    // The name in B; none where the rule does not match.
    std::optional<std::string> apply(const std::string& name) const;
    const std::string& from() const { return m_from; }
    const std::string& to() const { return m_to; }
    std::string text() const { return m_from + '=' + m_to; }

private:
    std::string m_from, m_to;
    std::optional<NameExpression> m_expression; // none: a glob
    std::vector<GlobPart> m_parts;              // of TO
};

} // namespace ravel
