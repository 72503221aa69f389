// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/filter.h"

#include "base/text.h"
#include "layout/flatlayout.h"
#include "layout/namepattern.h"

#include <algorithm>
#include <optional>

namespace ravel {

namespace {

// A code point, or a byte that is not UTF-8 as a number above all code points; `at` moves past it.
std::uint32_t nextCodePoint(std::string_view text, std::size_t& at)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at++);
    const int more = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xc0 && first < 0xe0 ? 1 : 0;
    if (more == 0)
        return first < 0x80 ? first : 0x110000u + first;
    std::uint32_t point = first & (0x3fu >> more);
    for (int i = 0; i < more; ++i) {
        if (at + static_cast<std::size_t>(i) >= text.size() || (byte(at + static_cast<std::size_t>(i)) & 0xc0) != 0x80)
            return 0x110000u + first;
        point = (point << 6) | (byte(at + static_cast<std::size_t>(i)) & 0x3fu);
    }
    at += static_cast<std::size_t>(more);
    return point;
}

// The place after a bracket expression that opens at `at`; none where it is never closed and so an ordinary character.
std::optional<std::size_t> bracketEnd(std::string_view pattern, std::size_t at)
{
    std::size_t i = at + 1;
    if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^'))
        ++i;
    if (i < pattern.size() && pattern[i] == ']')
        ++i;
    i = pattern.find(']', i);
    return i == std::string_view::npos ? std::nullopt : std::optional(i + 1);
}

bool bracketMatches(std::string_view inside, std::uint32_t point)
{
    std::size_t i = 0;
    const bool negated = !inside.empty() && (inside[0] == '!' || inside[0] == '^');
    if (negated)
        i = 1;
    bool found = false;
    while (i < inside.size()) {
        const std::uint32_t low = nextCodePoint(inside, i);
        std::uint32_t high = low;
        if (i + 1 < inside.size() && inside[i] == '-') {
            ++i;
            high = nextCodePoint(inside, i);
        }
        found = found || (low <= point && point <= high);
    }
    return found != negated;
}

// Matches one item of the pattern other than * against one character; both places move past what they match.
bool itemMatches(std::string_view pattern, std::size_t& p, std::string_view name, std::size_t& n)
{
    if (n >= name.size())
        return false;
    if (pattern[p] == '?') {
        ++p;
        nextCodePoint(name, n);
        return true;
    }
    if (pattern[p] == '[') {
        if (const auto end = bracketEnd(pattern, p)) {
            const std::string_view inside = pattern.substr(p + 1, *end - p - 2);
            p = *end;
            return bracketMatches(inside, nextCodePoint(name, n));
        }
    }
    return pattern[p++] == name[n++];
}

// What the wildcards of a glob stand for, in their order, where they are asked for.
struct Captures {
    std::vector<std::string_view>* texts = nullptr;
    std::size_t taken() const { return texts ? texts->size() : 0; }
    void add(std::string_view text) const
    {
        if (texts)
            texts->push_back(text);
    }
    void resize(std::size_t n, std::string_view last) const
    {
        if (!texts)
            return;
        texts->resize(n);
        texts->back() = last;
    }
};

bool matchGlob(std::string_view pattern, std::string_view name, Captures captures)
{
    std::size_t p = 0, n = 0;
    std::optional<std::size_t> star; // in the pattern, after the last *
    std::size_t resume = 0;          // in the name, where that * ends for now
    std::size_t begin = 0, upToStar = 0;
    for (;;) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            begin = resume = n;
            captures.add(name.substr(n, 0));
            upToStar = captures.taken();
            continue;
        }
        if (p == pattern.size() && n == name.size())
            return true;
        const std::size_t from = n, item = p;
        if (p < pattern.size() && itemMatches(pattern, p, name, n)) {
            if (pattern[item] == '?' || p - item > 1)
                captures.add(name.substr(from, n - from));
            continue;
        }
        if (!star || resume >= name.size())
            return false;
        nextCodePoint(name, resume);
        p = *star;
        n = resume;
        captures.resize(upToStar, name.substr(begin, resume - begin));
    }
}

} // namespace

bool globMatches(std::string_view pattern, std::string_view name) { return matchGlob(pattern, name, {}); }

std::optional<std::vector<std::string_view>> globCaptures(std::string_view pattern, std::string_view name)
{
    std::vector<std::string_view> texts;
    return matchGlob(pattern, name, { &texts }) ? std::optional(std::move(texts)) : std::nullopt;
}

std::vector<GlobPart> globParts(std::string_view pattern)
{
    std::vector<GlobPart> parts;
    for (std::size_t p = 0; p < pattern.size();) {
        const auto end = pattern[p] == '[' ? bracketEnd(pattern, p) : std::nullopt;
        const bool wild = end || pattern[p] == '*' || pattern[p] == '?';
        const std::size_t next = end.value_or(p + 1);
        if (wild || parts.empty() || parts.back().wild)
            parts.push_back({ wild, {} });
        parts.back().text += pattern.substr(p, next - p);
        p = next;
    }
    return parts;
}

struct TensorFilter::Item {
    std::optional<NamePattern> names;
    std::optional<Dtype> dtype;
    TensorKind kind = TensorKind::Unknown;

    bool matches(const Tensor& tensor, const std::string& name) const
    {
        if (names)
            return names->matches(name);
        return dtype ? tensor.dtype == *dtype : tensor.kind == kind;
    }
};

TensorFilter::TensorFilter() = default;
TensorFilter::TensorFilter(TensorFilter&&) noexcept = default;
TensorFilter::~TensorFilter() = default;

Result<TensorFilter> TensorFilter::make(const std::vector<std::string>& only)
{
    TensorFilter filter;
    for (const std::string& text : only) {
        Item item;
        if (text.starts_with("re:")) {
            RAVEL_ASSIGN(item.names, NamePattern::expression(std::string_view(text).substr(3)));
        } else if (text.starts_with("dtype:")) {
            const auto dtype = dtypeFromName(std::string_view(text).substr(6));
            if (!dtype)
                return fail(ErrorCode::Usage, "the filter '" + escaped(text, 100)
                        + "' names no dtype; they are float32, bfloat16, int64, ...");
            item.dtype = *dtype;
        } else if (text.starts_with("kind:")) {
            bool known = false;
            for (const TensorKind kind : { TensorKind::Parameter, TensorKind::Buffer, TensorKind::Unknown })
                if (tensorKindName(kind) == std::string_view(text).substr(5)) {
                    item.kind = kind;
                    known = true;
                }
            if (!known)
                return fail(ErrorCode::Usage, "the filter '" + escaped(text, 100)
                        + "' names no kind; they are parameter, buffer and unknown");
        } else {
            item.names = NamePattern::glob(text);
        }
        filter.m_items.push_back(std::move(item));
    }
    return filter;
}

bool TensorFilter::matches(const Tensor& tensor, const std::string& name) const
{
    if (m_items.empty())
        return true;
    return std::any_of(m_items.begin(), m_items.end(), [&](const Item& item) { return item.matches(tensor, name); });
}

} // namespace ravel
