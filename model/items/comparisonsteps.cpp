// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/comparison.h"

#include "items/session.h"

#include <limits>

namespace ravel {

namespace {

using State = TensorDiff::State;

bool differs(const TensorDiff& diff) { return diff.state == State::Values || diff.state == State::Shape || (diff.state == State::Dtype && diff.different > 0); }

} // namespace

Comparison::Counts Comparison::counts() const
{
    Counts counts;
    for (std::size_t i = 0; i < m_diffs.size(); ++i) {
        if (!m_known[i])
            continue;
        ++counts.known;
        switch (m_diffs[i].state) {
        case State::Same: ++counts.same; break;
        case State::Values: ++counts.values; break;
        case State::Dtype: ++counts.dtype; break;
        case State::Shape: ++counts.shape; break;
        case State::OnlyA: ++counts.onlyA; break;
        case State::OnlyB: ++counts.onlyB; break;
        case State::Unreadable: ++counts.unreadable; break;
        }
    }
    return counts;
}

std::optional<FlatRange> Comparison::placeOf(std::size_t pair, bool whole) const
{
    const TensorDiff& diff = m_diffs[pair];
    const Document* document = m_session.document();
    if (diff.a == noOrdinal || !document)
        return std::nullopt;
    const FlatLayout& layout = *document->layout();
    const auto listed = layout.segmentOf(diff.a);
    if (!listed)
        return std::nullopt;
    const Segment& segment = layout.listed()[*listed];
    if (segment.aliasOf != noOrdinal || segment.numel.value == 0)
        return std::nullopt;
    if (whole || diff.first < 0)
        return FlatRange { segment.offset, segment.offset + segment.numel };
    return FlatRange { segment.offset + Count(diff.first), segment.offset + Count(diff.last + 1) };
}

std::optional<Comparison::Step> Comparison::stepFrom(std::optional<FlatIndex> from, int by) const
{
    const FlatIndex start = from.value_or(FlatIndex(by > 0 ? -1 : std::numeric_limits<std::int64_t>::max()));
    std::optional<std::size_t> best, outermost;
    FlatIndex bestAt, outermostAt;
    for (std::size_t i = 0; i < m_diffs.size(); ++i) {
        if (!m_known[i] || !differs(m_diffs[i]))
            continue;
        const auto place = placeOf(i, true);
        if (!place)
            continue;
        const FlatIndex at = place->begin;
        const bool beyond = by > 0 ? at > start : place->end <= start;
        if (beyond && (!best || (by > 0 ? at < bestAt : at > bestAt))) {
            best = i;
            bestAt = at;
        }
        if (!outermost || (by > 0 ? at < outermostAt : at > outermostAt)) {
            outermost = i;
            outermostAt = at;
        }
    }
    if (best)
        return Step { *best, false };
    return outermost ? std::optional(Step { *outermost, true }) : std::nullopt;
}

SideNumbers& Comparison::side(Side which) const { return which == Side::B ? *m_numbersOfB : *m_difference; }
const SideNumbers& Comparison::numbers(Side which) const { return side(which); }

void Comparison::forgetNumbers()
{
    m_numbersOfB->stop();
    m_difference->stop();
}

void Comparison::want(Side which)
{
    if (which == Side::A || !m_matching || !m_other || side(which).started())
        return;
    const Document* document = m_session.document();
    if (!document || document->checkpointPtr() != m_first.checkpointPtr())
        return;
    side(which).start({ document->layout(), m_first, *m_other, m_pairs },
        which == Side::B ? tr("Analysing %1").arg(title()) : tr("Analysing the difference to %1").arg(title()));
}

void Comparison::setShown(Side which)
{
    if (!isOpen())
        which = Side::A;
    if (which == m_shown)
        return;
    m_shown = which;
    want(which);
    Q_EMIT shownChanged();
}

} // namespace ravel
