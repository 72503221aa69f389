// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "checkpoint/checkpoint.h"

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// A regular expression (ECMAScript) over names, which may be hostile: std::regex descends once for each character of what it matches, so
// long names go to its other executor, which does not, and which knows no references back to a group.
class NameExpression {
public:
    static Result<NameExpression> make(const std::string& text); // Usage: 1,000 bytes at most, and well-formed
    bool foundIn(const std::string& name) const;                 // anywhere
    // Where it matches the whole name: `format` with $1, $2, ... as the groups, $& as the whole, $$ as $.
    std::optional<std::string> replaced(const std::string& name, const std::string& format) const;

private:
    const std::regex* forName(const std::string&) const;
    std::regex m_usual;
    std::optional<std::regex> m_forLongNames;
};

// What each wildcard (* ? [...]) of a glob stands for in a name that it matches; see globMatches(). Each * but the last takes as little as it can.
std::optional<std::vector<std::string_view>> globCaptures(std::string_view pattern, std::string_view name);
// A glob cut into wildcards and what stands between them.
struct GlobPart {
    bool wild = false;
    std::string text;
};
std::vector<GlobPart> globParts(std::string_view pattern);

// The filters of LayoutSpec::only, read once: GLOB, re:RE, dtype:D, kind:K. None lets everything in.
class TensorFilter {
public:
    // Usage where a regular expression, a dtype or a kind is not one.
    static Result<TensorFilter> make(const std::vector<std::string>& only);
    TensorFilter(TensorFilter&&) noexcept;
    ~TensorFilter();
    // `name` is the tensor's name below the scope.
    bool matches(const Tensor&, const std::string& name) const;

private:
    struct Item;
    TensorFilter();
    std::vector<Item> m_items;
};

} // namespace ravel
