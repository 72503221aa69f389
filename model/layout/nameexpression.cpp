// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/nameexpression.h"

#include "base/text.h"
#include "layout/expressioncost.h"

#include <algorithm>

namespace ravel {

namespace {

// std::regex descends once for each character of what it matches, so names longer than this go to its other executor, which does not.
constexpr std::size_t shortName = 256;
constexpr std::size_t longestExpression = 1000;  // bytes
constexpr std::int64_t largestExpression = 4000; // items, once repeats are written out
constexpr std::int64_t mostSteps = 2'000'000;    // items by bytes of the name

const char* whatIsWrong(const std::regex_error& error)
{
    namespace codes = std::regex_constants;
    const codes::error_type code = error.code();
    if (code == codes::error_brack || code == codes::error_range)
        return "a bracket expression in it is wrong or not closed";
    if (code == codes::error_paren)
        return "its parentheses do not match";
    if (code == codes::error_brace || code == codes::error_badbrace || code == codes::error_badrepeat)
        return "something is repeated wrongly in it";
    if (code == codes::error_complexity || code == codes::error_space || code == codes::error_stack)
        return "it is too complex";
    return "ECMAScript is expected";
}

} // namespace

Result<NameExpression> NameExpression::make(const std::string& text, bool anyCase)
{
    if (text.size() > longestExpression)
        return fail(ErrorCode::Usage, "a regular expression is longer than " + std::to_string(longestExpression) + " bytes");
    const ExpressionCost cost = expressionCost(text);
    if (cost.size > largestExpression)
        return fail(ErrorCode::Usage, "the regular expression '" + escaped(text, 100) + "' is too large: its repeats multiply");
    NameExpression expression;
    expression.m_size = std::max<std::int64_t>(1, cost.size);
    const auto flags = anyCase ? std::regex::ECMAScript | std::regex::icase : std::regex::ECMAScript;
    try {
        std::regex back(text, flags);
        if (!cost.mayExplode)
            expression.m_back = std::move(back);
    } catch (const std::regex_error& error) {
        return fail(ErrorCode::Usage, "'" + escaped(text, 100) + "' is no regular expression: " + whatIsWrong(error));
    }
    bool forward = text.find("(?=") == std::string::npos && text.find("(?!") == std::string::npos; // each would be a search of its own
    try {
        // Searching from each place in turn would take the square of the name's length.
        if (forward)
            expression.m_found = std::regex("[^]*?(?:" + text + ')', flags | std::regex_constants::__polynomial);
        if (forward)
            expression.m_whole = std::regex(text, flags | std::regex_constants::__polynomial);
    } catch (const std::regex_error&) { // it refers back to a group
        forward = false;
    }
    if (!forward && !expression.m_back)
        return fail(ErrorCode::Usage, "the regular expression '" + escaped(text, 100)
                + "' looks ahead or refers back, and could take endless time: it has too many repeats for that");
    return expression;
}

bool NameExpression::inReach(std::string_view name) const { return static_cast<std::int64_t>(name.size()) <= mostSteps / m_size; }

bool NameExpression::foundIn(std::string_view name) const
{
    if (m_back && name.size() <= shortName)
        return std::regex_search(name.begin(), name.end(), *m_back);
    return m_found && inReach(name) && std::regex_search(name.begin(), name.end(), *m_found, std::regex_constants::match_continuous);
}

std::optional<std::string> NameExpression::replaced(const std::string& name, const std::string& format) const
{
    const bool isShort = m_back && name.size() <= shortName;
    if (!isShort && (!m_whole || !inReach(name)))
        return std::nullopt;
    std::smatch match;
    if (!std::regex_match(name, match, isShort ? *m_back : *m_whole))
        return std::nullopt;
    return match.format(format);
}

} // namespace ravel
