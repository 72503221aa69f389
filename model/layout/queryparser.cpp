// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "layout/querylexer.h"
#include "layout/queryterms.h"

#include <algorithm>
#include <charconv>

namespace ravel {

namespace {

constexpr int deepest = 64; // parentheses and nots in each other
constexpr std::size_t mostTerms = 1000;

using Token = QueryToken;
using Wrong = tl::unexpected<SyntaxError>;

Wrong wrong(std::size_t position, std::string message) { return Wrong(SyntaxError { position, std::move(message) }); }

std::string quotedWord(const Token& token) { return "'" + escaped(token.text, 40) + "'"; }

bool isKeyword(const Token& token, std::string_view word) { return token.kind == Token::Kind::Word && lowered(token.text) == word; }

const QueryFieldWord* fieldOf(std::string_view word)
{
    const std::string low = lowered(word);
    for (const QueryFieldWord& field : queryFieldWords())
        if (field.word == low)
            return &field;
    return nullptr;
}

// Edits between two short words: how far a slip is from what was meant (Levenshtein).
std::size_t slips(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t corner = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({ row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1) });
            corner = above;
        }
    }
    return row[b.size()];
}

std::string listed(const std::vector<std::string>& words)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + escaped(words[i], 60);
    return text;
}

std::string unknownField(std::string_view word)
{
    const std::string low = lowered(word);
    const auto isSwapped = [&](std::string_view other) { return std::is_permutation(low.begin(), low.end(), other.begin(), other.end()); };
    for (const QueryFieldWord& field : queryFieldWords())
        if (low.size() <= 12 && (slips(low, field.word) <= (field.word.size() > 3 ? 2u : 1u) || isSwapped(field.word)))
            return "'" + escaped(word, 40) + "' is no statistic; is '" + std::string(field.word) + "' meant?";
    return "'" + escaped(word, 40) + "' is no statistic; they are min, max, mean, std, absmax, nan, inf, zeros, finite, numel, bytes, dim and offset";
}

struct Amount {
    double number = 0;
    bool percent = false;
};

// "1e-6", "50%", "1.5M"; none where it is no number.
std::optional<Amount> readAmount(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    Amount amount;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount.number);
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error != std::errc() || rest.size() > 1 || !(amount.number - amount.number == 0))
        return std::nullopt;
    if (rest.empty())
        return amount;
    switch (rest[0]) {
    case '%': amount.percent = true; return amount;
    case 'k': case 'K': amount.number *= 1e3; return amount;
    case 'M': amount.number *= 1e6; return amount;
    case 'G': amount.number *= 1e9; return amount;
    case 'T': amount.number *= 1e12; return amount;
    default: return std::nullopt;
    }
}

Comparison comparisonOf(std::string_view sign)
{
    if (sign == "<")
        return Comparison::Less;
    if (sign == "<=")
        return Comparison::LessEqual;
    if (sign == ">")
        return Comparison::Greater;
    if (sign == ">=")
        return Comparison::GreaterEqual;
    return sign == "!=" ? Comparison::NotEqual : Comparison::Equal;
}

} // namespace

class QueryParser {
public:
    QueryParser(std::string_view text, const QueryWords* words)
        : m_lexer(text)
        , m_words(words)
    {
        advance();
    }

    tl::expected<TensorQuery, SyntaxError> parse()
    {
        if (m_token.kind == Token::Kind::End)
            return std::move(m_query);
        const auto whole = either(0);
        if (!whole)
            return Wrong(whole.error());
        if (m_token.kind != Token::Kind::End)
            return wrong(m_token.begin, m_token.kind == Token::Kind::Close ? "this parenthesis closes nothing" : "nothing stands before this comparison");
        return std::move(m_query);
    }

private:
    using Term = TensorQuery::Term;
    using Parsed = tl::expected<std::size_t, SyntaxError>; // ordinal of the term

    void advance()
    {
        m_token = m_ahead ? std::move(*m_ahead) : m_lexer.next();
        m_ahead.reset();
    }
    const Token& ahead()
    {
        if (!m_ahead)
            m_ahead = m_lexer.next();
        return *m_ahead;
    }
    std::size_t add(Term term)
    {
        m_query.m_terms.push_back(std::make_shared<const Term>(std::move(term)));
        return m_query.m_terms.size() - 1;
    }
    std::size_t join(Term::Kind kind, std::size_t left, std::size_t right = 0)
    {
        Term term;
        term.kind = kind;
        term.left = left;
        term.right = right;
        return add(std::move(term));
    }

    Parsed either(int depth)
    {
        Parsed left = both(depth);
        while (left && isKeyword(m_token, "or")) {
            advance();
            const Parsed right = both(depth);
            if (!right)
                return right;
            left = join(Term::Kind::Or, *left, *right);
        }
        return left;
    }

    Parsed both(int depth)
    {
        Parsed left = single(depth);
        while (left && m_token.kind != Token::Kind::End && m_token.kind != Token::Kind::Close && !isKeyword(m_token, "or")) {
            if (isKeyword(m_token, "and"))
                advance();
            const Parsed right = single(depth);
            if (!right)
                return right;
            left = join(Term::Kind::And, *left, *right);
        }
        return left;
    }

    Parsed single(int depth)
    {
        if (depth > deepest || m_query.m_terms.size() > mostTerms)
            return wrong(m_token.begin, "the filter is too long, or nested too deep");
        switch (m_token.kind) {
        case Token::Kind::End: return wrong(m_token.begin, "something is missing here");
        case Token::Kind::Close: return wrong(m_token.begin, "something is missing before this parenthesis");
        case Token::Kind::Sign: return wrong(m_token.begin, "a statistic is missing before '" + m_token.text + "'");
        case Token::Kind::Open: return inParentheses(depth);
        case Token::Kind::Quoted: return quoted();
        case Token::Kind::Expression: return expression();
        case Token::Kind::Word: break;
        }
        if (isKeyword(m_token, "not")) {
            advance();
            const Parsed inner = single(depth + 1);
            return inner ? Parsed(join(Term::Kind::Not, *inner)) : inner;
        }
        if (isKeyword(m_token, "and") || isKeyword(m_token, "or"))
            return wrong(m_token.begin, "something is missing before '" + m_token.text + "'; a name that holds it stands in quotes");
        if (ahead().kind == Token::Kind::Sign)
            return comparison();
        return word();
    }

    Parsed inParentheses(int depth)
    {
        const std::size_t begin = m_token.begin;
        advance();
        const Parsed inner = either(depth + 1);
        if (!inner)
            return inner;
        if (m_token.kind != Token::Kind::Close)
            return wrong(m_token.kind == Token::Kind::End ? begin : m_token.begin, "this parenthesis is not closed");
        advance();
        return inner;
    }

    Parsed named(NamePattern pattern)
    {
        Term term;
        term.names = std::move(pattern);
        advance();
        return add(std::move(term));
    }

    Parsed quoted()
    {
        if (!m_token.closed)
            return wrong(m_token.begin, "the quote is not closed");
        return named(NamePattern::part(m_token.text));
    }

    Parsed expression()
    {
        if (!m_token.closed)
            return wrong(m_token.begin, "the regular expression is not closed with /");
        auto pattern = NamePattern::expression(m_token.text, m_token.anyCase);
        if (!pattern)
            return wrong(m_token.begin, pattern.error().message);
        return named(std::move(*pattern));
    }

    Parsed word()
    {
        const std::string& text = m_token.text;
        for (const auto& [prefix, read] : { std::pair("dtype:", &QueryParser::ofDtype), std::pair("kind:", &QueryParser::ofKind),
                 std::pair("is:", &QueryParser::ofTrait) })
            if (lowered(text).starts_with(prefix)) {
                const std::size_t length = std::string_view(prefix).size();
                const Parsed read_ = (this->*read)(text.substr(length), m_token.begin + length);
                m_query.m_asksOfTensors = true;
                advance();
                return read_;
            }
        return named(text.find_first_of("*?[") == std::string::npos ? NamePattern::part(text) : NamePattern::glob(text));
    }

    Parsed ofDtype(const std::string& word, std::size_t at)
    {
        Term term;
        term.kind = Term::Kind::OfDtype;
        term.dtypes = dtypesMeant(word);
        if (term.dtypes.empty()) {
            const bool tell = m_words && !m_words->dtypes.empty();
            return wrong(at, (word.empty() ? std::string("a dtype is missing") : "'" + escaped(word, 40) + "' is no dtype")
                    + (tell ? "; here there are " + listed(m_words->dtypes) : "; they are float32, bf16, int64, ..."));
        }
        return add(std::move(term));
    }

    Parsed ofKind(const std::string& word, std::size_t at)
    {
        Term term;
        for (const TensorKind kind : { TensorKind::Parameter, TensorKind::Buffer, TensorKind::Unknown })
            if (tensorKindName(kind) == lowered(word)) {
                term.kind = Term::Kind::OfKind;
                term.tensorKind = kind;
                return add(std::move(term));
            }
        term.kind = Term::Kind::OfLayer;
        term.layer = lowered(word);
        const auto begins = [&](const std::string& kind) { return lowered(kind).starts_with(term.layer); };
        const bool known = !word.empty() && (!m_words || std::any_of(m_words->kinds.begin(), m_words->kinds.end(), begins));
        if (known)
            return add(std::move(term));
        std::vector<std::string> kinds { "parameter", "buffer", "unknown" };
        if (m_words)
            kinds.insert(kinds.end(), m_words->kinds.begin(), m_words->kinds.end());
        return wrong(at, (word.empty() ? std::string("a kind is missing") : "there is no '" + escaped(word, 40) + "' here")
                + "; kinds are " + listed(kinds));
    }

    Parsed ofTrait(const std::string& word, std::size_t at)
    {
        Term term;
        term.kind = Term::Kind::Trait;
        for (const QueryTraitWord& trait : queryTraitWords())
            if (trait.word == lowered(word)) {
                term.trait = trait.trait;
                return add(std::move(term));
            }
        return wrong(at, "after is: comes alias, edited, opaque, readonly or unreadable");
    }

    Parsed comparison()
    {
        const QueryFieldWord* field = fieldOf(m_token.text);
        if (!field)
            return wrong(m_token.begin, readAmount(m_token.text) ? "the statistic stands first: std < 1e-6" : unknownField(m_token.text));
        Term term;
        term.kind = Term::Kind::Compare;
        term.field = field->field;
        advance();
        term.comparison = comparisonOf(m_token.text);
        advance();
        if (m_token.kind != Token::Kind::Word)
            return wrong(m_token.begin, "a number is missing here");
        const auto amount = readAmount(m_token.text);
        if (!amount)
            return wrong(m_token.begin, quotedWord(m_token) + " is no number; 0.5, 1e-6, 2M and 50% are");
        term.number = amount->number;
        term.percent = amount->percent;
        const std::size_t sign = m_token.end - 1;
        advance();
        if (isKeyword(m_token, "%")) {
            term.percent = true;
            advance();
        }
        if (term.percent && !countsPart(term.field))
            return wrong(sign, "% is for nan, inf, zeros and finite, of the number of elements");
        m_query.m_asksOfTensors = true;
        m_query.m_asksOfNumbers = m_query.m_asksOfNumbers || needsNumbers(term.field);
        return add(std::move(term));
    }

    QueryLexer m_lexer;
    const QueryWords* m_words;
    Token m_token;
    std::optional<Token> m_ahead;
    TensorQuery m_query;
};

tl::expected<TensorQuery, SyntaxError> TensorQuery::parse(std::string_view text, const QueryWords* words)
{
    return QueryParser(text, words).parse();
}

namespace {

void offer(std::vector<std::string>& texts, std::string_view typed, const std::string& text)
{
    if (text.size() > typed.size() && lowered(text).starts_with(lowered(typed)))
        texts.push_back(text);
}

} // namespace

QueryCompletions completeQuery(std::string_view text, std::size_t cursor, const QueryWords& words)
{
    QueryLexer lexer(text.substr(0, cursor));
    Token token, before;
    for (Token next = lexer.next(); next.kind != Token::Kind::End; next = lexer.next()) {
        before = std::move(token);
        token = std::move(next);
    }
    QueryCompletions completions;
    completions.begin = completions.end = cursor;
    if (token.kind != Token::Kind::Word || token.end != cursor || before.kind == Token::Kind::Sign)
        return completions;
    completions.begin = token.begin;
    const std::string typed = lowered(token.text);
    auto& texts = completions.texts;
    if (typed.starts_with("dtype:")) {
        for (const std::string& dtype : words.dtypes)
            offer(texts, typed, "dtype:" + dtype);
    } else if (typed.starts_with("kind:")) {
        for (const char* kind : { "parameter", "buffer", "unknown" })
            offer(texts, typed, std::string("kind:") + kind);
        for (const std::string& kind : words.kinds)
            if (kind.find(' ') == std::string::npos)
                offer(texts, typed, "kind:" + kind);
    } else if (typed.starts_with("is:")) {
        for (const QueryTraitWord& trait : queryTraitWords())
            offer(texts, typed, "is:" + std::string(trait.word));
    } else {
        for (const char* prefix : { "dtype:", "kind:", "is:" })
            offer(texts, typed, prefix);
        for (const QueryFieldWord& field : queryFieldWords().first(13))
            offer(texts, typed, std::string(field.word) + " ");
        if (before.kind != Token::Kind::End)
            for (const char* keyword : { "and ", "or ", "not " })
                offer(texts, typed, keyword);
    }
    return completions;
}

} // namespace ravel
