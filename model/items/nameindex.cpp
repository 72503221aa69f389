// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/nameindex.h"

#include "items/naturalorder.h"
#include "layout/namepattern.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::size_t few = 8;       // results, below which names are looked through
constexpr std::size_t mostComponents = 2000; // gathered before they are put in order

} // namespace

NameIndex::NameIndex(std::shared_ptr<const FlatLayout> layout)
    : m_layout(std::move(layout))
{
    const auto& tensors = m_layout->checkpoint().tensors;
    for (TensorOrdinal t = 0; t < tensors.size(); ++t)
        if (m_layout->inScope(t) && tensors[t].readable)
            m_sorted.push_back(t);
    std::sort(m_sorted.begin(), m_sorted.end(), [this](TensorOrdinal a, TensorOrdinal b) { return m_layout->nameOf(a) < m_layout->nameOf(b); });
}

const std::string& NameIndex::name(std::size_t i) const { return m_layout->nameOf(m_sorted[i]); }

std::vector<std::string> NameIndex::completions(std::string_view text, std::size_t most) const
{
    std::vector<std::string> found;
    const auto from = [this](std::size_t first, std::string_view bound, bool after) {
        const auto at = std::partition_point(m_sorted.begin() + static_cast<std::ptrdiff_t>(first), m_sorted.end(), [&](TensorOrdinal t) {
            const std::string_view other = m_layout->nameOf(t);
            return after ? other.substr(0, bound.size()) <= bound : other < bound;
        });
        return static_cast<std::size_t>(at - m_sorted.begin());
    };
    for (std::size_t i = from(0, text, false); i < m_sorted.size() && found.size() < mostComponents;) {
        const std::string_view whole = name(i);
        if (!whole.starts_with(text))
            break;
        const std::size_t dot = whole.find('.', text.size());
        if (dot == std::string_view::npos) {
            if (whole != text)
                found.push_back(quotedName(whole));
            ++i;
            continue;
        }
        const std::string_view part = whole.substr(0, dot + 1);
        const std::size_t next = from(i, part, true);
        found.push_back(next - i == 1 ? quotedName(whole) : std::string(part)); // one name alone is that name
        i = next;
    }
    const auto naturally = [](const std::string& a, const std::string& b) { return compareNames(a, b) < 0; };
    std::stable_sort(found.begin(), found.end(), naturally);
    if (found.size() < few && !text.empty()) {
        const NamePattern part = NamePattern::part(text);
        const auto before = static_cast<std::ptrdiff_t>(found.size());
        for (std::size_t i = 0; i < m_sorted.size() && found.size() < most; ++i)
            if (!std::string_view(name(i)).starts_with(text) && part.matches(name(i)))
                found.push_back(quotedName(name(i)));
        std::stable_sort(found.begin() + before, found.end(), naturally);
    }
    if (found.size() > most)
        found.resize(most);
    return found;
}

} // namespace ravel
