// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/namepattern.h"

#include "base/text.h"
#include "layout/flatlayout.h"
#include "layout/nameexpression.h"

#include <algorithm>
#include <optional>

namespace ravel {

namespace {

bool isPlain(std::string_view name)
{
    return std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

} // namespace

struct NamePattern::State {
    std::string part, glob;
    std::optional<NameExpression> expression;

    bool matches(std::string_view name) const
    {
        if (expression)
            return expression->foundIn(name);
        if (part.empty())
            return globMatches(glob, name);
        return std::search(name.begin(), name.end(), part.begin(), part.end(), [](char a, char b) { return lower(a) == b; }) != name.end();
    }
};

NamePattern NamePattern::part(std::string_view text)
{
    if (text.empty())
        return glob("*");
    auto state = std::make_shared<State>();
    state->part = text;
    std::transform(state->part.begin(), state->part.end(), state->part.begin(), lower);
    return NamePattern(std::move(state));
}

NamePattern NamePattern::glob(std::string_view glob)
{
    auto state = std::make_shared<State>();
    state->glob = glob;
    return NamePattern(std::move(state));
}

Result<NamePattern> NamePattern::expression(std::string_view text, bool anyCase)
{
    auto state = std::make_shared<State>();
    RAVEL_ASSIGN(state->expression, NameExpression::make(std::string(text), anyCase));
    return NamePattern(std::move(state));
}

bool NamePattern::matches(std::string_view name) const
{
    return m_state->matches(name) || (!isPlain(name) && m_state->matches(escapedWhole(name)));
}

} // namespace ravel
