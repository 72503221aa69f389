// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/densitypainter.h"

#include "widgets/columnimage.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace ravel {

namespace {

constexpr int shades = 256;
constexpr int faintest = 24; // a single number is seen, whatever the fullest cell holds
constexpr int notch = 3;     // pixels

// Nearly the binary logarithm of 1 + count, times 2^23: the bits of a float are that but for a curve of 0.09 at most. Monotone.
std::int32_t logBits(float count) { return std::bit_cast<std::int32_t>(1 + count) - std::bit_cast<std::int32_t>(1.0f); }

std::array<std::uint32_t, shades> inksOf(const MapTheme& theme)
{
    std::array<std::uint32_t, shades> inks {};
    for (int i = 0; i < shades; ++i)
        inks[static_cast<std::size_t>(i)] = densityShade(theme, static_cast<double>(i - faintest) / (shades - 1 - faintest)).rgba();
    return inks;
}

// In blocks of columns: the counts stand column by column, the picture's lines do not.
void paintShades(const DensityFrame& frame, DensityScale scale, const MapTheme& theme, QImage& image)
{
    constexpr std::size_t block = 32;
    const auto inks = inksOf(theme);
    const auto rows = static_cast<std::size_t>(frame.rows()), columns = static_cast<std::size_t>(frame.columns());
    const auto across = static_cast<std::size_t>(scale.across);
    const float factor = static_cast<float>(shades - 1 - faintest) / static_cast<float>(std::max(logBits(frame.most()), 1));
    const float* counts = frame.counts().data();
    for (std::size_t first = 0; first < columns; first += block)
        for (std::size_t row = 0; row < rows; ++row) {
            auto* line = reinterpret_cast<std::uint32_t*>(image.scanLine(static_cast<int>(row) * scale.down));
            for (std::size_t c = first; c < std::min(first + block, columns); ++c) {
                const float count = counts[c * rows + row];
                if (!(count > 0))
                    continue;
                const int shade = faintest + static_cast<int>(static_cast<float>(logBits(count)) * factor);
                std::fill_n(line + c * across, across, inks[static_cast<std::size_t>(std::min(shade, shades - 1))]);
            }
        }
    for (int row = 0; row < frame.rows() && scale.down > 1; ++row)
        for (int k = 1; k < scale.down; ++k)
            std::memcpy(image.scanLine(row * scale.down + k), image.constScanLine(row * scale.down), static_cast<std::size_t>(image.bytesPerLine()));
}

void paintNotches(const DensityFrame& frame, int repeat, int height, const QColor& colour, QImage& image)
{
    const std::uint32_t ink = colour.rgba();
    const auto fill = [&](std::size_t column, int first) {
        for (int row = std::max(first, 0); row < std::min(first + height, image.height()); ++row)
            std::fill_n(reinterpret_cast<std::uint32_t*>(image.scanLine(row)) + column * static_cast<std::size_t>(repeat), repeat, ink);
    };
    for (std::size_t c = 0; c < frame.flags().size(); ++c) {
        if ((frame.flags()[c] & DensityFrame::Above) != 0)
            fill(c, 0);
        if ((frame.flags()[c] & DensityFrame::Below) != 0)
            fill(c, image.height() - height);
    }
}

} // namespace

QColor densityShade(const MapTheme& theme, double share)
{
    // Towards the mean's colour by way of the band's and the deviation's: ever darker on a light ground, ever brighter on a dark one.
    const QColor stops[] = { mixed(theme.background, theme.band, 0.85), theme.band, theme.deviation, theme.mean };
    const double at = std::clamp(share, 0.0, 1.0) * 3;
    const int below = std::min(static_cast<int>(at), 2);
    return mixed(stops[below], stops[below + 1], at - below);
}

void DensityPainter::paint(QPainter& painter, QPoint topLeft, const DensityFrame& frame, DensityScale scale, double ratio, const MapTheme& theme)
{
    if (frame.columns() == 0)
        return;
    const int repeat = scale.across;
    const Key key { frame.version(), scale, ratio, theme };
    if (m_image.isNull() || !(key == m_key)) {
        m_key = key;
        m_image = QImage(frame.columns() * repeat, frame.rows() * scale.down, QImage::Format_ARGB32_Premultiplied);
        m_image.fill(Qt::transparent);
        paintShades(frame, scale, theme, m_image);
        const int unit = std::max(1, static_cast<int>(ratio));
        paintNotches(frame, repeat, notch * unit, theme.mean, m_image);
        std::vector<ColumnHatch> hatches;
        hatches.reserve(frame.flags().size() * static_cast<std::size_t>(repeat));
        for (const std::uint8_t flags : frame.flags()) {
            const bool any = (flags & (DensityFrame::Known | DensityFrame::Partial)) != 0;
            const bool sure = (flags & DensityFrame::Known) != 0 && (flags & DensityFrame::Estimated) == 0;
            hatches.insert(hatches.end(), static_cast<std::size_t>(repeat), !any ? ColumnHatch::Unknown : sure ? ColumnHatch::None : ColumnHatch::Unsure);
        }
        paintHatches(hatches, { theme.unknown.rgba(), theme.faintText.rgba() }, unit, m_image);
        m_image.setDevicePixelRatio(ratio);
    }
    painter.drawImage(topLeft, m_image);
}

} // namespace ravel
