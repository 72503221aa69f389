// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/querylexer.h"

namespace ravel {

namespace {

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

} // namespace

QueryToken QueryLexer::next()
{
    while (m_at < m_text.size() && isBlank(m_text[m_at]))
        ++m_at;
    QueryToken token;
    token.begin = token.end = m_at;
    if (m_at >= m_text.size())
        return token;
    const char c = m_text[m_at];
    if (c == '(' || c == ')') {
        token.kind = c == '(' ? QueryToken::Kind::Open : QueryToken::Kind::Close;
        token.text = c;
        token.end = ++m_at;
        return token;
    }
    if (c == '"')
        return between('"', QueryToken::Kind::Quoted);
    if (c == '/')
        return between('/', QueryToken::Kind::Expression);
    const bool beforeEqual = m_at + 1 < m_text.size() && m_text[m_at + 1] == '=';
    if (c == '<' || c == '>' || c == '=' || (c == '!' && beforeEqual)) {
        token.kind = QueryToken::Kind::Sign;
        token.text = m_text.substr(m_at, beforeEqual ? 2 : 1);
        token.end = m_at += token.text.size();
        return token;
    }
    return word();
}

// A backslash keeps the closing sign from closing, and goes.
QueryToken QueryLexer::between(char end, QueryToken::Kind kind)
{
    QueryToken token;
    token.kind = kind;
    token.begin = m_at++;
    while (m_at < m_text.size() && m_text[m_at] != end) {
        if (m_text[m_at] == '\\' && m_at + 1 < m_text.size()) {
            if (m_text[m_at + 1] != end)
                token.text += m_text[m_at];
            ++m_at;
        }
        token.text += m_text[m_at++];
    }
    token.closed = m_at < m_text.size();
    if (token.closed)
        ++m_at;
    if (kind == QueryToken::Kind::Expression && m_at < m_text.size() && m_text[m_at] == 'i') {
        token.anyCase = true;
        ++m_at;
    }
    token.end = m_at;
    return token;
}

QueryToken QueryLexer::word()
{
    QueryToken token;
    token.kind = QueryToken::Kind::Word;
    token.begin = m_at;
    while (m_at < m_text.size()) {
        const char c = m_text[m_at];
        if (c == '[') { // of a glob, or of an index in a name
            const std::size_t end = m_text.find(']', m_at + 2);
            if (end != std::string_view::npos && m_text.substr(m_at, end - m_at).find(' ') == std::string_view::npos) {
                m_at = end + 1;
                continue;
            }
        }
        const bool differs = c == '!' && m_at + 1 < m_text.size() && m_text[m_at + 1] == '=';
        if (isBlank(c) || c == '(' || c == ')' || c == '<' || c == '>' || c == '=' || c == '"' || differs)
            break;
        ++m_at;
    }
    token.text = m_text.substr(token.begin, m_at - token.begin);
    token.end = m_at;
    return token;
}

} // namespace ravel
