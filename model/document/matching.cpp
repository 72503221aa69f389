// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/matching.h"

#include "layout/flatlayout.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace ravel {

namespace {

using Names = std::vector<std::pair<std::string, TensorOrdinal>>;

constexpr std::size_t checkEvery = 1024; // names between two looks at the job

Names namesOf(const Checkpoint& checkpoint)
{
    Names names;
    names.reserve(checkpoint.tensors.size());
    for (TensorOrdinal t = 0; t < checkpoint.tensors.size(); ++t)
        names.emplace_back(checkpoint.tensors[t].name, t);
    return names;
}

// Whole names where no layout can be made, as of more elements than a flat vector can have.
Names namesBelowScope(const std::shared_ptr<const Checkpoint>& checkpoint)
{
    const auto layout = FlatLayout::make(checkpoint, {});
    if (!layout)
        return namesOf(*checkpoint);
    Names names;
    for (TensorOrdinal t = 0; t < checkpoint->tensors.size(); ++t)
        if ((*layout)->inScope(t))
            names.emplace_back((*layout)->nameOf(t), t);
    return names;
}

// What all names begin with, up to and with a dot.
std::string commonPrefix(const Names& names)
{
    if (names.size() < 2)
        return {};
    std::string_view common = names.front().first;
    for (const auto& [name, tensor] : names) {
        const auto end = std::mismatch(common.begin(), common.end(), name.begin(), name.end()).first;
        common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
    }
    const std::size_t dot = common.rfind('.');
    return dot == std::string_view::npos ? std::string() : std::string(common.substr(0, dot + 1));
}

bool isPlainText(std::string_view text) { return text.find_first_of("*?[]=()\\^$|+ ") == std::string_view::npos; }

} // namespace

Result<MatchSpec> MatchSpec::make(By by, const std::vector<std::string>& rules)
{
    MatchSpec spec;
    spec.by = by;
    for (const std::string& text : rules) {
        RAVEL_ASSIGN(MatchRule rule, MatchRule::parse(text));
        spec.rules.push_back(std::move(rule));
    }
    return spec;
}

std::vector<std::string> MatchSpec::ruleTexts() const
{
    std::vector<std::string> texts;
    for (const MatchRule& rule : rules)
        texts.push_back(rule.text());
    return texts;
}

Matcher::Matcher(std::shared_ptr<const Checkpoint> a, std::shared_ptr<const Checkpoint> b)
    : m_a(std::move(a))
    , m_b(std::move(b))
    , m_whole { namesOf(*m_a), namesOf(*m_b) }
    , m_below { namesBelowScope(m_a), namesBelowScope(m_b) }
    , m_scoped(m_below.a != m_whole.a || m_below.b != m_whole.b)
{
}

Result<Matching> Matcher::match(const MatchSpec& spec, const Job& job) const
{
    if (spec.by == MatchSpec::By::Order)
        return byOrder();
    RAVEL_ASSIGN(Matching whole, byName(m_whole, spec.rules, job));
    if (!m_scoped)
        return whole;
    RAVEL_ASSIGN(Matching below, byName(m_below, spec.rules, job));
    below.belowScopes = true;
    return below.matched > whole.matched ? std::move(below) : std::move(whole);
}

Result<Matching> Matcher::byName(const Sides& names, const std::vector<MatchRule>& rules, const Job& job) const
{
    std::unordered_map<std::string_view, std::size_t> inB;
    for (std::size_t i = 0; i < names.b.size(); ++i)
        inB.emplace(names.b[i].first, i);
    Matching result;
    result.pairs.reserve(names.a.size());
    std::vector<bool> taken(names.b.size());
    std::vector<std::size_t> partner(names.a.size(), names.b.size());
    const auto take = [&](std::size_t a, std::string_view name) {
        const auto found = inB.find(name);
        if (found == inB.end() || taken[found->second])
            return false;
        taken[found->second] = true;
        partner[a] = found->second;
        return true;
    };
    for (std::size_t a = 0; a < names.a.size() && !rules.empty(); ++a) {
        if (a % checkEvery == 0)
            RAVEL_TRY(job.check());
        for (const MatchRule& rule : rules)
            if (const auto mapped = rule.apply(names.a[a].first); mapped && take(a, *mapped))
                break;
    }
    for (std::size_t a = 0; a < names.a.size(); ++a)
        if (partner[a] == names.b.size())
            take(a, names.a[a].first);
    for (std::size_t a = 0; a < names.a.size(); ++a) {
        Matching::Pair pair { names.a[a].second, noOrdinal, names.a[a].first, {} };
        if (partner[a] < names.b.size()) {
            pair.b = names.b[partner[a]].second;
            if (names.b[partner[a]].first != pair.name)
                pair.nameInB = names.b[partner[a]].first;
        }
        result.pairs.push_back(std::move(pair));
    }
    finish(result, names, taken);
    return result;
}

Matching Matcher::byOrder() const
{
    Matching result;
    result.belowScopes = m_scoped;
    const Names &a = m_below.a, &b = m_below.b;
    std::vector<bool> taken(b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        Matching::Pair pair { a[i].second, noOrdinal, a[i].first, {} };
        if (i < b.size()) {
            pair.b = b[i].second;
            if (b[i].first != pair.name)
                pair.nameInB = b[i].first;
            taken[i] = true;
        }
        result.pairs.push_back(std::move(pair));
    }
    finish(result, m_below, taken);
    return result;
}

void Matcher::finish(Matching& result, const Sides& names, const std::vector<bool>& taken) const
{
    for (const Matching::Pair& pair : result.pairs)
        if (pair.b != noOrdinal) {
            ++result.matched;
            result.sameShape += m_a->tensors[pair.a].shape == m_b->tensors[pair.b].shape ? 1 : 0;
        }
    for (std::size_t b = 0; b < names.b.size(); ++b)
        if (!taken[b])
            result.pairs.push_back({ noOrdinal, names.b[b].second, names.b[b].first, {} });
    result.inA = static_cast<std::int64_t>(names.a.size());
    result.inB = static_cast<std::int64_t>(names.b.size());
}

// The plainest first: of two that match as much the first is taken.
std::vector<std::string> Matcher::usualRules() const
{
    std::vector<std::string> rules;
    const auto both = [&rules](const std::string& prefix) {
        if (!prefix.empty() && isPlainText(prefix)) {
            rules.push_back(prefix + "*=*");
            rules.push_back("*=" + prefix + '*');
        }
    };
    for (const char* usual : { "module.", "model.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "model._orig_mod.", "module.model." })
        both(usual);
    for (const Sides* names : { &m_whole, &m_below }) {
        const std::string a = commonPrefix(names->a), b = commonPrefix(names->b);
        both(a);
        both(b);
        if (!a.empty() && !b.empty() && a != b && isPlainText(a) && isPlainText(b))
            rules.push_back(a + "*=" + b + '*');
    }
    return rules;
}

Result<std::optional<Matcher::Suggestion>> Matcher::suggest(const MatchSpec& current, const Job& job) const
{
    RAVEL_ASSIGN(const Matching now, match(current, job));
    std::optional<Suggestion> best;
    std::int64_t most = now.sameShape;
    if (most == std::min(now.inA, now.inB) || current.by == MatchSpec::By::Order)
        return best;
    for (const std::string& text : usualRules()) {
        RAVEL_ASSIGN(const MatchSpec added, MatchSpec::make(MatchSpec::By::Name, { text }));
        MatchSpec spec = current;
        spec.rules.insert(spec.rules.end(), added.rules.begin(), added.rules.end());
        RAVEL_ASSIGN(const Matching matching, match(spec, job));
        if (matching.sameShape > most) {
            most = matching.sameShape;
            best = Suggestion { spec, most };
        }
    }
    const Matching order = byOrder();
    if (order.sameShape > most && order.inA == order.inB && order.sameShape == order.inA)
        best = Suggestion { { MatchSpec::By::Order, {} }, order.sameShape };
    return best;
}

} // namespace ravel
