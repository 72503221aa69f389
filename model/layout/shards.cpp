// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/shards.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::int64_t zeroAlignment = 2; // nccl_start_alignment_factor

std::int64_t divided(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

} // namespace

Shards::Shards(const FlatLayout& layout, ShardSpec spec)
    : m_layout(layout)
    , m_spec(spec)
{
    m_spec.parts = std::clamp(spec.parts, 1, ShardSpec::most);
}

std::int64_t Shards::partSize(std::int64_t numel) const
{
    const std::int64_t n = m_spec.parts;
    return m_spec.style == ShardStyle::Zero ? divided(numel, zeroAlignment * n) * zeroAlignment : divided(numel, n);
}

FlatRange Shards::whole(FlatIndex index) const
{
    if (m_spec.style != ShardStyle::Zero3)
        return { FlatIndex(0), FlatIndex(m_layout.numel().value) };
    const auto placed = m_layout.placedAt(index);
    if (!placed)
        return {};
    const Segment& segment = m_layout.listed()[m_layout.placed()[*placed]];
    return { segment.offset, segment.offset + segment.numel };
}

FlatRange Shards::part(FlatRange of, int rank) const
{
    const std::int64_t numel = of.count().value, n = m_spec.parts;
    std::int64_t begin = 0, end = 0;
    if (m_spec.style == ShardStyle::Equal) {
        const std::int64_t size = numel / n, longer = numel % n;
        begin = rank * size + std::min<std::int64_t>(rank, longer);
        end = begin + size + (rank < longer ? 1 : 0);
    } else {
        const std::int64_t size = partSize(numel);
        begin = rank >= divided(numel, std::max<std::int64_t>(size, 1)) ? numel : rank * size; // no product beyond 64 bits
        end = begin + std::min(size, numel - begin);
    }
    return { of.begin + Count(begin), of.begin + Count(end) };
}

int Shards::rankIn(FlatRange of, FlatIndex index) const
{
    const std::int64_t at = (index - of.begin).value, n = m_spec.parts;
    if (m_spec.style != ShardStyle::Equal)
        return static_cast<int>(at / std::max<std::int64_t>(partSize(of.count().value), 1));
    const std::int64_t size = of.count().value / n, longer = of.count().value % n;
    const std::int64_t inLonger = longer * (size + 1);
    return static_cast<int>(at < inLonger ? at / (size + 1) : longer + (at - inLonger) / size);
}

Shards::Piece Shards::pieceAt(FlatIndex index) const
{
    const FlatRange of = whole(index);
    const int rank = rankIn(of, index);
    return { rank, part(of, rank) };
}

std::uint64_t Shards::pieces() const
{
    return static_cast<std::uint64_t>(m_spec.parts) * (m_spec.style == ShardStyle::Zero3 ? m_layout.placed().size() : 1);
}

Shards::Piece Shards::piece(std::uint64_t i) const
{
    const auto parts = static_cast<std::uint64_t>(m_spec.parts);
    const int rank = static_cast<int>(i % parts);
    if (m_spec.style != ShardStyle::Zero3)
        return { rank, part({ FlatIndex(0), FlatIndex(m_layout.numel().value) }, rank) };
    const Segment& segment = m_layout.listed()[m_layout.placed()[static_cast<std::size_t>(i / parts)]];
    return { rank, part({ segment.offset, segment.offset + segment.numel }, rank) };
}

Count Shards::padding() const
{
    if (m_spec.style == ShardStyle::Equal)
        return Count(0);
    const auto missing = [this](std::int64_t numel) { return partSize(numel) * m_spec.parts - numel; };
    if (m_spec.style != ShardStyle::Zero3)
        return Count(missing(m_layout.numel().value));
    Count all;
    for (const std::uint32_t listed : m_layout.placed())
        all += Count(missing(m_layout.listed()[listed].numel.value));
    return all;
}

Shards::Ranks Shards::ranksOf(std::uint32_t placed) const
{
    const Segment& segment = m_layout.listed()[m_layout.placed()[placed]];
    if (segment.numel.value == 0)
        return {};
    const FlatRange of = whole(segment.offset);
    return { rankIn(of, segment.offset), rankIn(of, segment.offset + segment.numel - Count(1)) };
}

std::vector<std::uint32_t> Shards::straddling() const
{
    std::vector<std::uint32_t> result;
    for (std::uint32_t p = 0; p < m_layout.placed().size(); ++p)
        if (ranksOf(p).straddles())
            result.push_back(p);
    return result;
}

} // namespace ravel
