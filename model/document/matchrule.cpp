// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/matchrule.h"

#include "base/text.h"

#include <algorithm>

namespace ravel {

namespace {

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

std::size_t wildcards(const std::vector<GlobPart>& parts)
{
    return static_cast<std::size_t>(std::count_if(parts.begin(), parts.end(), [](const GlobPart& part) { return part.wild; }));
}

} // namespace

Result<MatchRule> MatchRule::parse(std::string_view text)
{
    const std::size_t arrow = text.find(" -> "), equals = text.find('=');
    if (arrow != std::string_view::npos)
        return make(std::string(trimmed(text.substr(0, arrow))), std::string(trimmed(text.substr(arrow + 4))));
    if (equals != std::string_view::npos)
        return make(std::string(trimmed(text.substr(0, equals))), std::string(trimmed(text.substr(equals + 1))));
    return fail(ErrorCode::Usage, "'" + escaped(text, 100) + "' is no rule: FROM=TO is expected, as in 'module.*=*'");
}

Result<MatchRule> MatchRule::make(const std::string& from, const std::string& to)
{
    MatchRule rule;
    rule.m_from = from;
    rule.m_to = to;
    const bool marked = from.starts_with("re:");
    if (from.empty() || from == "re:")
        return fail(ErrorCode::Usage, "the rule '" + escaped(from + '=' + to, 100) + "' does not say which names it is for");
    if (marked || from.find_first_of("()\\^$|+") != std::string::npos) {
        RAVEL_ASSIGN(rule.m_expression, NameExpression::make(marked ? from.substr(3) : from));
        return rule;
    }
    rule.m_parts = globParts(to);
    if (wildcards(rule.m_parts) > wildcards(globParts(from)))
        return fail(ErrorCode::Usage, "the rule '" + escaped(from + '=' + to, 100) + "' has more wildcards after the = than before it");
    return rule;
}

std::optional<std::string> MatchRule::apply(const std::string& name) const
{
    if (m_expression)
        return m_expression->replaced(name, m_to);
    const auto found = globCaptures(m_from, name);
    if (!found)
        return std::nullopt;
    std::string result;
    std::size_t next = 0;
    for (const GlobPart& part : m_parts)
        result += part.wild ? (*found)[next++] : std::string_view(part.text);
    return result;
}

} // namespace ravel
