// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/expressioncost.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace ravel {

namespace {

constexpr std::int64_t most = 1'000'000'000;
constexpr int fewRepeats = 2, fewChoices = 8;

struct Repeat {
    std::int64_t least = 1, most = 1;
    bool endless = false;
    bool varies() const { return endless || least != most; }
};

class Reader {
public:
    explicit Reader(std::string_view text)
        : m_text(text)
    {
    }

    ExpressionCost read()
    {
        std::vector<Group> open(1);
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '(') {
                ++m_at;
                open.emplace_back();
                continue;
            }
            if (c == '|') {
                ++m_at;
                ++m_choices;
                open.back().varies = true;
                continue;
            }
            Group item;
            if (c == ')') {
                ++m_at;
                if (open.size() == 1)
                    continue; // std::regex says so
                item = open.back();
                open.pop_back();
            } else {
                skipItem();
            }
            add(open.back(), item);
        }
        while (open.size() > 1) {
            open[open.size() - 2].size += open.back().size;
            open.pop_back();
        }
        m_exploding = m_exploding || m_repeats > fewRepeats || m_choices > fewChoices;
        return { open.front().size, m_exploding };
    }

private:
    struct Group {
        std::int64_t size = 1;
        bool varies = false; // in length, or in what it takes
    };

    void add(Group& outer, const Group& item)
    {
        const Repeat repeat = readRepeat();
        const std::int64_t times = std::max<std::int64_t>(1, repeat.most);
        outer.size = std::min(most, outer.size + item.size * std::min(times, most / item.size));
        outer.varies = outer.varies || item.varies || repeat.varies();
        if (item.varies && (repeat.endless || repeat.most > 1))
            m_exploding = true;
        if (repeat.endless)
            ++m_repeats;
        else if (repeat.varies())
            m_choices += static_cast<int>(std::min<std::int64_t>(repeat.most - repeat.least, fewChoices + 1));
    }

    void skipItem()
    {
        const char c = m_text[m_at++];
        if (c == '\\' && m_at < m_text.size()) {
            ++m_at;
        } else if (c == '[') {
            for (bool first = true; m_at < m_text.size() && (m_text[m_at] != ']' || first); first = false)
                m_at += m_text[m_at] == '\\' ? 2 : 1;
            ++m_at;
        }
        m_at = std::min(m_at, m_text.size());
    }

    // A number in braces; false where there is none.
    bool readNumber(std::int64_t& number)
    {
        const auto [end, error] = std::from_chars(m_text.data() + m_at, m_text.data() + m_text.size(), number);
        if (error == std::errc::invalid_argument)
            return false;
        if (error == std::errc::result_out_of_range)
            number = most;
        number = std::clamp<std::int64_t>(number, 0, most);
        m_at = static_cast<std::size_t>(end - m_text.data());
        return true;
    }

    // All quantifiers that follow; a second one (a lazy `?`) only takes its characters.
    Repeat readRepeat()
    {
        Repeat repeat;
        if (m_at >= m_text.size())
            return repeat;
        switch (m_text[m_at]) {
        case '*': repeat = { 0, 1, true }; break;
        case '+': repeat = { 1, 1, true }; break;
        case '?': repeat = { 0, 1, false }; break;
        case '{': return readBraces();
        default: return repeat;
        }
        ++m_at;
        skipLazy();
        return repeat;
    }

    Repeat readBraces()
    {
        const std::size_t begin = m_at++;
        Repeat repeat;
        if (!readNumber(repeat.least)) {
            m_at = begin + 1; // no quantifier: std::regex says so
            return {};
        }
        repeat.most = repeat.least;
        if (m_at < m_text.size() && m_text[m_at] == ',') {
            ++m_at;
            if (!readNumber(repeat.most))
                repeat.endless = true;
        }
        if (m_at < m_text.size())
            ++m_at; // }
        skipLazy();
        return repeat;
    }

    void skipLazy()
    {
        if (m_at < m_text.size() && m_text[m_at] == '?')
            ++m_at;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_repeats = 0, m_choices = 0;
    bool m_exploding = false;
};

} // namespace

ExpressionCost expressionCost(std::string_view text) { return Reader(text).read(); }

} // namespace ravel
