// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/feed.h"

#include "stats/chunk.h"

namespace ravel {

namespace {

constexpr Count pieceElements { 128 << 10 };

} // namespace

SourceFeed::SourceFeed(const NumberSource& source, const Selection& selection)
    : m_source(source)
    , m_where(selection.where)
{
    for (const Box& box : selection.boxes) {
        const auto dtype = source.dtypeOf(box.tensor);
        if (!dtype)
            continue;
        m_anyWide = m_anyWide || !fitsFloat(*dtype);
        const std::int64_t numbers = box.numel().value * numbersPerElement(*dtype);
        m_numbers += numbers;
        m_bytes += box.numel().value * dtypeSize(*dtype);
        static_cast<void>(forEachPiece(box, pieceElements, [this](const Box& piece) -> Result<> {
            m_pieces.push_back(piece);
            return {};
        }));
    }
}

std::int64_t SourceFeed::bytes(std::int64_t item) const
{
    const Box& piece = m_pieces[static_cast<std::size_t>(item)];
    return piece.numel().value * dtypeSize(*m_source.dtypeOf(piece.tensor));
}

std::optional<std::int64_t> SourceFeed::few(std::int64_t most) const
{
    return m_numbers <= most ? std::optional(m_numbers) : std::nullopt;
}

Result<> SourceFeed::read(std::int64_t item, ScanBuffers& buffers, const Job& job, const Visit& visit) const
{
    RAVEL_TRY(job.check());
    const Box& piece = m_pieces[static_cast<std::size_t>(item)];
    const Dtype dtype = *m_source.dtypeOf(piece.tensor);
    RAVEL_TRY(m_source.readBox(piece, buffers.gathered));
    auto n = static_cast<std::size_t>(piece.numel().value);
    if (m_where)
        n = keepMatching(dtype, buffers.gathered.data(), n, *m_where);
    if (n > 0)
        visit({ dtype, buffers.gathered.data(), n, 1 });
    return {};
}

} // namespace ravel
