// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/npyliteral.h"

#include "checkpoint/bytes.h"

#include <charconv>

namespace ravel {

namespace {

class Parser {
public:
    explicit Parser(std::string_view text)
        : m_text(text)
    {
    }

    Result<NpyLiteral> whole()
    {
        RAVEL_ASSIGN(NpyLiteral literal, value(0));
        skipSpace();
        if (m_at != m_text.size())
            return bad("the end");
        return literal;
    }

private:
    Result<NpyLiteral> value(int depth)
    {
        constexpr int deepest = 8;
        skipSpace();
        if (depth > deepest)
            return fail(ErrorCode::Format, "it nests deeper than 8 levels at character " + std::to_string(m_at));
        if (m_at == m_text.size())
            return bad("a value");
        switch (m_text[m_at]) {
        case '(': return sequence(')', NpyLiteral::Kind::Tuple, depth);
        case '[': return sequence(']', NpyLiteral::Kind::List, depth);
        case '{': return dict(depth);
        case '\'':
        case '"': return string();
        default: return word();
        }
    }

    Result<NpyLiteral> sequence(char close, NpyLiteral::Kind kind, int depth)
    {
        NpyLiteral literal;
        literal.kind = kind;
        ++m_at;
        bool comma = true;
        while (!taken(close)) {
            if (!comma)
                return bad("a comma");
            RAVEL_ASSIGN(NpyLiteral item, value(depth + 1));
            literal.items.push_back(std::move(item));
            comma = taken(',');
        }
        if (kind == NpyLiteral::Kind::Tuple && literal.items.size() == 1 && !comma) {
            NpyLiteral only = std::move(literal.items[0]); // parentheses, not a tuple
            return only;
        }
        return literal;
    }

    Result<NpyLiteral> dict(int depth)
    {
        NpyLiteral literal;
        literal.kind = NpyLiteral::Kind::Dict;
        ++m_at;
        bool comma = true;
        while (!taken('}')) {
            if (!comma)
                return bad("a comma");
            RAVEL_ASSIGN(NpyLiteral key, value(depth + 1));
            if (!taken(':'))
                return bad("a colon");
            RAVEL_ASSIGN(NpyLiteral item, value(depth + 1));
            literal.items.push_back(std::move(key));
            literal.items.push_back(std::move(item));
            comma = taken(',');
        }
        return literal;
    }

    Result<NpyLiteral> string()
    {
        NpyLiteral literal;
        literal.kind = NpyLiteral::Kind::String;
        const char quote = m_text[m_at++];
        while (m_at < m_text.size() && m_text[m_at] != quote) {
            if (m_text[m_at] == '\\' && m_at + 1 < m_text.size())
                ++m_at;
            literal.text += m_text[m_at++];
        }
        if (m_at == m_text.size())
            return bad("a closing quote");
        ++m_at;
        return literal;
    }

    // None, True, False or a whole number, which Python 2 ends in L.
    Result<NpyLiteral> word()
    {
        const std::size_t start = m_at;
        while (m_at < m_text.size() && std::string_view(" \t\r\n,:()[]{}'\"").find(m_text[m_at]) == std::string_view::npos)
            ++m_at;
        std::string_view word = m_text.substr(start, m_at - start);
        NpyLiteral literal;
        if (word == "None")
            return literal;
        if (word == "True" || word == "False") {
            literal.kind = NpyLiteral::Kind::Bool;
            literal.truth = word == "True";
            return literal;
        }
        literal.kind = NpyLiteral::Kind::Integer;
        if (word.size() > 1 && word.back() == 'L')
            word.remove_suffix(1);
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), literal.integer);
        if (error == std::errc() && end == word.data() + word.size() && !word.empty())
            return literal;
        if (error == std::errc::result_out_of_range)
            return fail(ErrorCode::Format, "the number " + inQuotes(word.substr(0, 24)) + " at character " + std::to_string(start)
                    + " is more than 2^63 - 1");
        m_at = start;
        return bad("a value");
    }

    bool taken(char c)
    {
        skipSpace();
        if (m_at == m_text.size() || m_text[m_at] != c)
            return false;
        ++m_at;
        return true;
    }
    void skipSpace()
    {
        while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\n' || m_text[m_at] == '\t' || m_text[m_at] == '\r'))
            ++m_at;
    }
    tl::unexpected<Error> bad(const char* expected) const
    {
        const std::string found = m_at == m_text.size() ? "its end" : inQuotes(m_text.substr(m_at, 12));
        return fail(ErrorCode::Format, found + " stands at character " + std::to_string(m_at) + ", " + expected + " is expected");
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

} // namespace

Result<NpyLiteral> parseNpyLiteral(std::string_view text) { return Parser(text).whole(); }

} // namespace ravel
