// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/flatlayout.h"

#include "base/text.h"
#include "checkpoint/bytes.h"
#include "layout/filter.h"
#include "layout/order.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <unordered_map>

namespace ravel {

namespace {

// True for the tensors that stand below an entry.
std::vector<bool> tensorsBelow(const Checkpoint& checkpoint, EntryOrdinal scope)
{
    std::vector<bool> below(checkpoint.tensors.size(), scope == 0);
    if (scope == 0)
        return below;
    enum class State : std::uint8_t { Unknown, Inside, Outside };
    std::vector<State> state(checkpoint.entries.size(), State::Unknown);
    state[0] = State::Outside;
    state[scope] = State::Inside;
    std::vector<EntryOrdinal> walked;
    for (std::size_t t = 0; t < checkpoint.tensors.size(); ++t) {
        walked.clear();
        EntryOrdinal at = checkpoint.tensors[t].entry;
        while (at != noOrdinal && state[at] == State::Unknown) {
            walked.push_back(at);
            at = checkpoint.entries[at].parent;
        }
        const State found = at == noOrdinal ? State::Outside : state[at];
        for (const EntryOrdinal e : walked)
            state[e] = found;
        below[t] = found == State::Inside;
    }
    return below;
}

Result<EntryOrdinal> resolveScope(const Checkpoint& checkpoint, const std::string& scope)
{
    const auto found = findEntry(checkpoint, scope);
    if (!found)
        return fail(ErrorCode::Usage, sentence(checkpoint.path, "there is no '" + escaped(scope, 100) + "' to take as the scope"));
    EntryOrdinal at = *found;
    if (checkpoint.entries[at].kind == EntryKind::Reference && checkpoint.entries[at].target != noOrdinal)
        at = checkpoint.entries[at].target;
    const Entry& entry = checkpoint.entries[at];
    if (at != 0 && entry.kind == EntryKind::Tensor)
        return fail(ErrorCode::Usage, sentence(checkpoint.path, "the scope '" + escaped(scope, 100)
                + "' is a tensor; a scope is a dict, list or object that holds tensors"));
    if (at != 0 && entry.childCount == 0)
        return fail(ErrorCode::Usage, sentence(checkpoint.path, "the scope '" + escaped(scope, 100) + "' holds nothing"));
    return at;
}

bool isMember(const Tensor& tensor, Order order)
{
    if (!tensor.readable || tensor.storage == noOrdinal)
        return false;
    return order != Order::Parameters || (isTrainable(tensor.dtype) && tensor.kind != TensorKind::Buffer);
}

} // namespace

std::string_view orderName(Order order)
{
    switch (order) {
    case Order::Checkpoint: return "checkpoint";
    case Order::Sorted: return "sorted";
    case Order::File: return "file";
    case Order::Parameters: break;
    }
    return "parameters";
}

std::optional<Order> orderFromName(std::string_view name)
{
    for (const Order order : { Order::Checkpoint, Order::Sorted, Order::File, Order::Parameters })
        if (orderName(order) == name)
            return order;
    return std::nullopt;
}

std::string quotedName(std::string_view name)
{
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    const bool plain = !name.empty() && name.find_first_of("[]*?{}") == std::string_view::npos && name[0] != '#'
        && name[0] != '@' && !blank(name.front()) && !blank(name.back());
    if (plain)
        return escapedWhole(name);
    std::string inside; // a quote in the name would look like the end of it
    for (const char c : escapedWhole(name))
        inside += c == '"' ? std::string("\\x22") : std::string(1, c);
    return "[\"" + inside + "\"]";
}

Result<std::shared_ptr<FlatLayout>> FlatLayout::named(
    std::shared_ptr<const Checkpoint> checkpoint, const LayoutSpec& spec)
{
    std::shared_ptr<FlatLayout> layout(new FlatLayout());
    layout->m_checkpoint = std::move(checkpoint);
    layout->m_spec = spec;
    if (spec.order == Order::Parameters)
        layout->m_spec.aliases = Aliases::Once; // model.parameters() names each parameter once
    const Checkpoint& c = *layout->m_checkpoint;
    RAVEL_ASSIGN(layout->m_scopeEntry, resolveScope(c, spec.scope ? *spec.scope : usualScope(c)));
    layout->m_spec.scope = c.entryName(layout->m_scopeEntry);
    layout->m_scopeDepth = c.entryPath(layout->m_scopeEntry).size();
    layout->m_inScope = tensorsBelow(c, layout->m_scopeEntry);
    layout->nameTensors();
    layout->m_segmentOf.assign(c.tensors.size(), noOrdinal);
    return layout;
}

Result<std::shared_ptr<const FlatLayout>> FlatLayout::make(
    std::shared_ptr<const Checkpoint> checkpoint, const LayoutSpec& spec)
{
    RAVEL_ASSIGN(const std::shared_ptr<FlatLayout> layout, named(std::move(checkpoint), spec));
    RAVEL_ASSIGN(std::vector<TensorOrdinal> chosen, layout->chooseTensors());
    sortTensors(*layout->m_checkpoint, layout->m_scopeDepth, spec.order, chosen);
    RAVEL_TRY(layout->place(chosen));
    return layout;
}

Result<std::shared_ptr<const FlatLayout>> FlatLayout::makeListed(
    std::shared_ptr<const Checkpoint> checkpoint, const LayoutSpec& spec, const std::vector<Listing>& listing)
{
    RAVEL_ASSIGN(const std::shared_ptr<FlatLayout> layout, named(std::move(checkpoint), spec));
    for (const Listing& item : listing) {
        if (item.tensor >= layout->m_inScope.size() || !layout->m_inScope[item.tensor]
            || (!item.absent && !isMember(layout->m_checkpoint->tensors[item.tensor], Order::Checkpoint)))
            return fail(ErrorCode::Usage, "a tensor of the list cannot be read, or is not below the scope");
        if (item.aliasOf != noOrdinal) {
            AliasIndex aliases(*layout->m_checkpoint);
            const std::uint32_t original = item.aliasOf;
            if (original >= layout->m_listed.size() || layout->m_listed[original].aliasOf != noOrdinal
                || aliases.firstOf(layout->m_listed[original].tensor, 0) != noOrdinal
                || aliases.firstOf(item.tensor, 1) != 0)
                return fail(ErrorCode::Usage, escaped(layout->nameOf(item.tensor), 100)
                        + " does not share its numbers with the tensor that it should repeat");
        }
        RAVEL_TRY(layout->append(item.tensor, item.aliasOf));
    }
    return layout;
}

void FlatLayout::nameTensors()
{
    const auto& tensors = m_checkpoint->tensors;
    m_byName.assign(std::bit_ceil(2 * tensors.size() + 1), noOrdinal);
    if (m_scopeEntry == 0) {
        TensorOrdinal t = 0;
        while (t < tensors.size() && addName(t))
            ++t;
        if (t == tensors.size())
            return; // as ever: a checkpoint's names are unique
        std::fill(m_byName.begin(), m_byName.end(), noOrdinal);
    }
    m_names.resize(tensors.size());
    std::unordered_map<std::string, std::int64_t> used; // last number given to a name that came again
    for (TensorOrdinal t = 0; t < tensors.size(); ++t) {
        if (!m_inScope[t]) {
            m_names[t] = tensors[t].name;
            continue;
        }
        m_names[t] = m_scopeEntry == 0 ? tensors[t].name : joinedPath(m_checkpoint->entryPath(tensors[t].entry), m_scopeDepth);
        if (addName(t))
            continue;
        const std::string base = m_names[t];
        std::int64_t& number = used.try_emplace(base, 1).first->second;
        do
            m_names[t] = base + '#' + std::to_string(++number);
        while (!addName(t));
    }
}

// Of the tensor in the scope that has this name, or where it would stand.
std::size_t FlatLayout::placeOfName(std::string_view name) const
{
    const std::size_t last = m_byName.size() - 1;
    std::size_t at = std::hash<std::string_view> {}(name) & last;
    while (m_byName[at] != noOrdinal && nameOf(m_byName[at]) != name)
        at = (at + 1) & last;
    return at;
}

// False where there is one of that name.
bool FlatLayout::addName(TensorOrdinal t)
{
    TensorOrdinal& place = m_byName[placeOfName(nameOf(t))];
    if (place != noOrdinal)
        return false;
    place = t;
    return true;
}

Result<std::vector<TensorOrdinal>> FlatLayout::chooseTensors() const
{
    RAVEL_ASSIGN(const TensorFilter filter, TensorFilter::make(m_spec.only));
    std::vector<TensorOrdinal> chosen;
    bool any = false;
    for (TensorOrdinal t = 0; t < m_inScope.size(); ++t) {
        if (!m_inScope[t] || !isMember(m_checkpoint->tensors[t], m_spec.order))
            continue;
        any = true;
        if (filter.matches(m_checkpoint->tensors[t], nameOf(t)))
            chosen.push_back(t);
    }
    if (any && chosen.empty())
        return fail(ErrorCode::Usage, sentence(m_checkpoint->path, "no tensor " + (m_spec.scope->empty() ? "" : "below '" + escaped(*m_spec.scope, 80) + "' ")
                + "matches '" + escaped(m_spec.only.front(), 80) + "'" + (m_spec.only.size() > 1 ? " or the other filters" : "")));
    return chosen;
}

Result<> FlatLayout::place(const std::vector<TensorOrdinal>& chosen)
{
    AliasIndex aliases(*m_checkpoint);
    m_listed.reserve(chosen.size());
    m_placed.reserve(chosen.size());
    for (const TensorOrdinal t : chosen) {
        const auto ordinal = static_cast<std::uint32_t>(m_listed.size());
        RAVEL_TRY(append(t, m_spec.aliases == Aliases::Once ? aliases.firstOf(t, ordinal) : noOrdinal));
    }
    return {};
}

Result<> FlatLayout::append(TensorOrdinal t, std::uint32_t aliasOf)
{
    const auto ordinal = static_cast<std::uint32_t>(m_listed.size());
    const Tensor& tensor = m_checkpoint->tensors[t];
    Segment segment { t, nameOf(t), FlatIndex(m_numel.value), tensor.numel, aliasOf };
    if (aliasOf != noOrdinal) {
        segment.offset = m_listed[aliasOf].offset;
    } else {
        if (!checkedAdd(m_numel.value, tensor.numel.value, m_numel.value))
            return fail(ErrorCode::Limit, "the flat vector of " + escaped(m_checkpoint->path, 120)
                    + " would have more than 2^63 - 1 elements at '" + escaped(nameOf(t), 80) + "'");
        m_placed.push_back(ordinal);
    }
    m_segmentOf[t] = ordinal;
    m_listed.push_back(std::move(segment));
    return {};
}

Result<std::uint32_t> FlatLayout::placedAt(FlatIndex index) const
{
    if (index.value < 0 || index.value >= m_numel.value)
        return fail(ErrorCode::Usage, "flat index " + std::to_string(index.value) + " is not in [0, "
                + std::to_string(m_numel.value) + ")");
    // Empty segments share their offset with the one after them, so the last that begins at or before the index holds it.
    const auto after = std::upper_bound(m_placed.begin(), m_placed.end(), index,
        [this](FlatIndex i, std::uint32_t ordinal) { return i < m_listed[ordinal].offset; });
    return static_cast<std::uint32_t>(after - m_placed.begin() - 1);
}

std::pair<std::uint32_t, std::uint32_t> FlatLayout::placedIn(FlatRange range) const
{
    const FlatIndex begin = std::max(range.begin, FlatIndex(0));
    const FlatIndex end = std::min(range.end, FlatIndex(m_numel.value));
    if (begin >= end)
        return { 0, 0 };
    return { *placedAt(begin), *placedAt(end - Count(1)) + 1 };
}

std::optional<std::uint32_t> FlatLayout::find(std::string_view name) const
{
    const auto tensor = tensorNamed(name);
    return tensor ? segmentOf(*tensor) : std::nullopt;
}

std::optional<std::uint32_t> FlatLayout::segmentOf(TensorOrdinal tensor) const
{
    if (tensor >= m_segmentOf.size() || m_segmentOf[tensor] == noOrdinal)
        return std::nullopt;
    return m_segmentOf[tensor];
}

std::optional<TensorOrdinal> FlatLayout::tensorNamed(std::string_view name) const
{
    const TensorOrdinal found = m_byName[placeOfName(name)];
    return found == noOrdinal ? std::nullopt : std::optional(found);
}

} // namespace ravel
