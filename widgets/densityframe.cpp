// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/densityframe.h"

#include <algorithm>
#include <cmath>

namespace ravel {

void DensityFrame::update(const MapGeometry& geometry, int columns, int rows, const ValueAxis& axis, const Sources& sources)
{
    const Key key { geometry.view(), geometry.width(), std::max(columns, 0), std::max(rows, 1), axis, sources,
        sources.level ? sources.tiles->revision() : 0 };
    if (m_version > 0 && key == m_key)
        return;
    const bool moved = m_version == 0 || !(key.axis == m_key.axis) || key.rows != m_key.rows;
    m_key = key;
    ++m_version;
    if (moved)
        placeBins();
    const auto cells = static_cast<std::size_t>(m_key.columns) * static_cast<std::size_t>(m_key.rows);
    m_counts.assign(cells, 0);
    m_flags.assign(static_cast<std::size_t>(m_key.columns), 0);
    m_column.assign(static_cast<std::size_t>(m_key.rows) + 2, 0); // above, the rows, below
    m_most = 0;
    if (!sources.pyramid || cells == 0 || geometry.numel().value == 0)
        return;
    fromPyramid(geometry);
    if (sources.level)
        fromTiles(geometry);
}

std::int32_t DensityFrame::rowOf(double value) const
{
    const double unit = m_key.axis.toUnit(value);
    if (unit > 1 || unit < 0)
        return unit > 1 ? -1 : m_key.rows;
    return static_cast<std::int32_t>((1 - unit) * (m_key.rows - 1));
}

void DensityFrame::placeBins()
{
    m_spans.resize(Density::bins);
    const double height = m_key.rows - 1;
    const auto place = [&](double value) { return static_cast<float>(std::clamp((1 - m_key.axis.toUnit(value)) * height, -1.0, height + 2)); };
    for (std::size_t bin = 0; bin < m_spans.size(); ++bin) {
        Span& span = m_spans[bin];
        const KeyRange range = densityBinRange(static_cast<std::uint16_t>(bin));
        span.top = place(bin == Density::zeroBin ? 0 : range.highest);
        span.bottom = place(bin == Density::zeroBin ? 0 : range.lowest);
        // A bin that reaches beyond the axis says nothing of numbers there: only one that lies outside altogether does.
        if (span.top < 0 && span.bottom >= 0)
            span.top = 0;
        if (span.bottom > height && span.top <= height)
            span.bottom = static_cast<float>(height);
        span.first = static_cast<std::int32_t>(std::floor(span.top));
        span.last = static_cast<std::int32_t>(std::floor(span.bottom));
        span.first = std::clamp(span.first, -1, m_key.rows);
        span.last = std::clamp(span.last, -1, m_key.rows);
    }
}

// `rows` has one place more at each end: above and below.
void DensityFrame::add(const Density& density, float* rows, float factor)
{
    const float* counts = Density::decodedTable();
    density.forEachRun([&](std::uint16_t bin, std::span<const std::uint8_t> codes) {
        const Span* span = m_spans.data() + bin;
        for (std::size_t i = 0; i < codes.size();) {
            if (span[i].first != span[i].last) {
                const float count = counts[codes[i]] * factor;
                const float share = count / (span[i].bottom - span[i].top);
                for (std::int32_t row = span[i].first; count > 0 && row <= span[i].last; ++row)
                    rows[row + 1] += share * (std::min(span[i].bottom, static_cast<float>(row + 1)) - std::max(span[i].top, static_cast<float>(row)));
                ++i;
                continue;
            }
            const std::int32_t row = span[i].first; // most of the small ones share a row
            float sum = 0;
            for (; i < codes.size() && span[i].first == row && span[i].last == row; ++i)
                sum += counts[codes[i]];
            rows[row + 1] += sum * factor;
        }
    });
}

void DensityFrame::addNumber(double value, float* rows) { rows[rowOf(value) + 1] += 1; }

void DensityFrame::finish(std::size_t column, const float* rows, float factor)
{
    float* out = m_counts.data() + column * static_cast<std::size_t>(m_key.rows);
    for (int row = 0; row < m_key.rows; ++row) {
        out[row] = rows[row + 1] * factor;
        m_most = std::max(m_most, out[row]);
    }
    m_flags[column] |= (rows[0] > 0 ? Above : 0) | (rows[m_key.rows + 1] > 0 ? Below : 0);
}

void DensityFrame::fromPyramid(const MapGeometry& geometry)
{
    const double begin = geometry.view().begin.toDouble();
    const DensityTree::View view = m_key.sources.pyramid->densities(begin, begin + geometry.view().span, m_flags.size());
    const auto perColumn = static_cast<float>(std::max(1.0, geometry.view().span / static_cast<double>(m_flags.size())));
    for (std::size_t c = 0; c < view.columns.size(); ++c) {
        const DensityTree::Column& column = view.columns[c];
        if ((column.state & DensityTree::AllKnown) != 0)
            m_flags[c] |= Known;
        else if ((column.state & DensityTree::SomeKnown) != 0)
            m_flags[c] |= Partial;
        m_flags[c] |= (column.state & DensityTree::Estimated) != 0 ? Estimated | Partial : 0;
        const bool same = c > 0 && column.first == view.columns[c - 1].first && column.last == view.columns[c - 1].last;
        if (same) {
            std::copy_n(m_counts.begin() + static_cast<std::ptrdiff_t>(c - 1) * m_key.rows, m_key.rows, m_counts.begin() + static_cast<std::ptrdiff_t>(c) * m_key.rows);
            m_flags[c] |= m_flags[c - 1] & (Above | Below);
            continue;
        }
        float total = 0;
        std::fill(m_column.begin(), m_column.end(), 0.0f);
        for (std::uint32_t p = column.first; p < column.last; ++p) {
            add(view.parts[p], m_column.data(), 1);
            total += static_cast<float>(view.parts[p].count());
        }
        finish(c, m_column.data(), total > 0 ? perColumn / total : 0);
    }
}

bool DensityFrame::tileColumn(FlatRange range, const MapLoader& loader, std::size_t column)
{
    const int level = *m_key.sources.level;
    const std::int64_t size = std::int64_t(1) << level;
    // The buckets that begin in the column: each stands in exactly one.
    std::int64_t bucket = (range.begin.value + size - 1) / size;
    const std::int64_t last = std::max((range.end.value + size - 1) / size, bucket + 1);
    std::fill(m_column.begin(), m_column.end(), 0.0f);
    const MapTile* tile = nullptr;
    const std::int64_t first = bucket;
    for (; bucket < last; ++bucket) {
        const TileKey key { level, bucket / TileKey::buckets };
        if (!tile || tile->key != key)
            tile = loader.tile(key);
        const auto b = static_cast<std::size_t>(bucket % TileKey::buckets);
        if (!tile || b >= tile->summaries.size())
            return false;
        if (level >= MapTile::firstDensity) {
            add(tile->densities[b], m_column.data(), 1);
            continue;
        }
        for (std::uint32_t i = tile->numberBegin[b]; i < tile->numberBegin[b + 1]; ++i)
            addNumber(static_cast<double>(tile->numbers[i]), m_column.data());
    }
    m_flags[column] = Known;
    // Three buckets in one column and four in the next would be stripes.
    const double covered = static_cast<double>(last - first) * static_cast<double>(size);
    finish(column, m_column.data(), level < MapTile::firstDensity ? 1 : static_cast<float>(static_cast<double>(range.count().value) / covered));
    return true;
}

void DensityFrame::fromTiles(const MapGeometry& geometry)
{
    const double step = geometry.width() / static_cast<double>(m_flags.size());
    for (std::size_t c = 0; c < m_flags.size(); ++c)
        tileColumn(geometry.column(static_cast<double>(c) * step, step), *m_key.sources.tiles, c);
    m_most = m_counts.empty() ? 0 : *std::max_element(m_counts.begin(), m_counts.end());
}

} // namespace ravel
