// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapframe.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

// Half a column at most stands in its neighbour.
constexpr double bucketsPerColumn = 2;

float narrowed(double value)
{
    constexpr double most = std::numeric_limits<float>::max();
    return static_cast<float>(std::clamp(value, -most, most));
}

} // namespace

Column toColumn(const Summary& summary)
{
    Column column;
    column.flags = Column::Known;
    if (summary.nan > 0)
        column.flags |= Column::HasNan;
    if (summary.inf() > 0)
        column.flags |= Column::HasInf;
    if (summary.finite() == 0) {
        column.flags |= Column::NoFinite;
        return column;
    }
    if (summary.zeros == summary.count)
        column.flags |= Column::AllZero;
    column.min = narrowed(summary.min);
    column.max = narrowed(summary.max);
    column.mean = narrowed(summary.mean);
    const double deviation = summary.std();
    column.std = std::isfinite(deviation) ? narrowed(deviation) : 0;
    return column;
}

std::optional<int> MapFrame::levelFor(double elementsPerColumn, std::int64_t blockSize)
{
    if (elementsPerColumn >= static_cast<double>(blockSize))
        return std::nullopt;
    const double bucket = elementsPerColumn / bucketsPerColumn;
    return bucket < 1 ? 0 : static_cast<int>(std::floor(std::log2(bucket)));
}

void MapFrame::update(const MapGeometry& geometry, int columns, const Sources& sources)
{
    const Pyramid* pyramid = sources.pyramid;
    const bool shows = pyramid && columns > 0 && geometry.numel().value > 0;
    m_level.reset();
    if (shows && sources.tiles)
        m_level = levelFor(geometry.view().span / columns, std::max(pyramid->blockSize(), sources.finer));
    const Key key { geometry.view(), geometry.width(), columns, sources, m_level ? sources.tiles->revision() : 0 };
    if (key == m_key)
        return;
    m_key = key;
    ++m_version;
    m_columns.assign(static_cast<std::size_t>(std::max(columns, 0)), Column {});
    if (shows) {
        if (m_level && sources.wants)
            sources.tiles->want(geometry.visible(), *m_level);
        if (!sources.tilesOnly)
            fromPyramid(geometry, *pyramid);
        if (m_level)
            fromTiles(geometry, *sources.tiles);
    }
    m_estimated = std::any_of(m_columns.begin(), m_columns.end(), [](const Column& c) { return c.is(Column::Estimated); });
}

void MapFrame::fromPyramid(const MapGeometry& geometry, const Pyramid& pyramid)
{
    const double begin = geometry.view().begin.toDouble();
    pyramid.columns(begin, begin + geometry.view().span, m_columns);
}

void MapFrame::fromTiles(const MapGeometry& geometry, const MapLoader& loader)
{
    const double step = geometry.width() / static_cast<double>(m_columns.size());
    const std::int64_t size = std::int64_t(1) << *m_level;
    const MapTile* tile = nullptr;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        const FlatRange range = geometry.column(static_cast<double>(i) * step, step);
        // The buckets that begin in the column: each stands in exactly one.
        std::int64_t first = (range.begin.value + size - 1) / size;
        const std::int64_t last = std::max((range.end.value + size - 1) / size, first + 1);
        Summary all;
        for (; first < last; ++first) {
            const TileKey key { *m_level, first / TileKey::buckets };
            if (!tile || tile->key != key)
                tile = loader.tile(key);
            const auto bucket = static_cast<std::size_t>(first % TileKey::buckets);
            if (!tile || bucket >= tile->summaries.size())
                break;
            all.merge(tile->summaries[bucket]);
        }
        if (first == last && all.count > 0)
            m_columns[i] = toColumn(all);
    }
}

ValueLimits MapFrame::limits(ValueExtent extent) const
{
    std::vector<double> lows, highs;
    lows.reserve(m_columns.size());
    highs.reserve(m_columns.size());
    for (const Column& column : m_columns) {
        if (!(column.is(Column::Known) || column.is(Column::Partial)) || column.is(Column::NoFinite))
            continue;
        lows.push_back(static_cast<double>(column.min));
        highs.push_back(static_cast<double>(column.max));
    }
    return limitsFor(lows, highs, extent);
}

} // namespace ravel
