// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ravel {

// One word or sign of a query (tensorquery.h), at bytes [begin, end) of its text.
struct QueryToken {
    enum class Kind : unsigned char { Word, Quoted, Expression, Sign, Open, Close, End } kind = Kind::End;
    std::string text;       // without quotes or slashes
    std::size_t begin = 0, end = 0;
    bool anyCase = false;   // of an expression
    bool closed = true;     // quotes and slashes have their second one
};

// Words end at a blank, a parenthesis, a sign of comparison; what stands in [brackets] belongs to its word.
class QueryLexer {
public:
    explicit QueryLexer(std::string_view text)
        : m_text(text)
    {
    }
    QueryToken next();

private:
    QueryToken between(char end, QueryToken::Kind);
    QueryToken word();
    std::string_view m_text;
    std::size_t m_at = 0;
};

} // namespace ravel
