// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatpainter.h"

#include <QPainter>

#include "items/qtext.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr double hatchFrom = 8;     // pixels of a cell
constexpr double smallestMark = 4;  // of a cell that has no number
constexpr double numberWidth = 44, numberHeight = 15;
constexpr int mostMarks = 20'000;
constexpr auto infinite = static_cast<std::uint8_t>(HeatPicture::PositiveInf | HeatPicture::NegativeInf);

// Blocks of a picture that are in view: top, left, bottom, right in the picture.
CellRect visibleBlocks(const HeatPicture& picture, const HeatGeometry& geometry)
{
    const auto block = [](double cell, std::int64_t first, std::int64_t size) {
        return static_cast<std::int64_t>(std::floor((cell - static_cast<double>(first)) / static_cast<double>(size)));
    };
    const CellRect all { 0, 0, picture.rows, picture.columns };
    return CellRect { block(geometry.view.top(), picture.window.top, picture.blockRows),
        block(geometry.view.left(), picture.window.left, picture.blockColumns),
        block(geometry.view.bottom(), picture.window.top, picture.blockRows) + 1,
        block(geometry.view.right(), picture.window.left, picture.blockColumns) + 1 }
        .cut(all);
}

CellRect cellsOf(const HeatPicture& picture, std::int64_t row, std::int64_t column)
{
    const std::int64_t top = picture.window.top + row * picture.blockRows, left = picture.window.left + column * picture.blockColumns;
    return CellRect { top, left, top + picture.blockRows, left + picture.blockColumns }.cut(picture.window);
}

} // namespace

QImage heatImage(const HeatPicture& picture, const HeatScale& scale)
{
    QImage image(static_cast<int>(picture.columns), static_cast<int>(picture.rows), QImage::Format_ARGB32_Premultiplied);
    const ColorMap& map = ColorMap::of(scale.map);
    const QRgb nan = nanColor().rgba(), infinity = infinityColor().rgba();
    for (std::int64_t r = 0; r < picture.rows; ++r) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(static_cast<int>(r)));
        for (std::int64_t c = 0; c < picture.columns; ++c) {
            const std::size_t i = picture.index(r, c);
            const std::uint8_t marks = picture.marks[i];
            if (marks == 0)
                line[c] = 0;
            else if ((marks & HeatPicture::Nan) != 0)
                line[c] = nan;
            else
                line[c] = (marks & infinite) != 0 ? infinity : map.at(scale.share(picture.values[i]));
        }
    }
    return image;
}

void paintHeat(QPainter& painter, const HeatPicture& picture, const QImage& image, const HeatGeometry& geometry)
{
    const CellRect blocks = visibleBlocks(picture, geometry);
    if (blocks.empty())
        return;
    const auto at = [](std::int64_t first, std::int64_t n, std::int64_t size) { return static_cast<double>(first + n * size); };
    const QRectF to(QPointF(geometry.x(at(picture.window.left, blocks.left, picture.blockColumns)), geometry.y(at(picture.window.top, blocks.top, picture.blockRows))),
        QPointF(geometry.x(at(picture.window.left, blocks.right, picture.blockColumns)), geometry.y(at(picture.window.top, blocks.bottom, picture.blockRows))));
    painter.save();
    painter.setClipRect(geometry.rect(picture.window), Qt::IntersectClip); // the last block may reach beyond it
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(to, image, QRectF(static_cast<double>(blocks.left), static_cast<double>(blocks.top), static_cast<double>(blocks.columns()), static_cast<double>(blocks.rows())));
    painter.restore();
}

QBrush nanHatch() { return QBrush(Qt::black, Qt::BDiagPattern); }
QBrush infinityHatch() { return QBrush(Qt::white, Qt::DiagCrossPattern); }

void paintHeatFaults(QPainter& painter, const HeatPicture& picture, const HeatGeometry& geometry, const MapTheme& theme)
{
    if (picture.nan + picture.positiveInf + picture.negativeInf == 0)
        return;
    const CellRect blocks = visibleBlocks(picture, geometry);
    int painted = 0;
    painter.save();
    painter.setPen(Qt::NoPen);
    for (std::int64_t r = blocks.top; r < blocks.bottom; ++r)
        for (std::int64_t c = blocks.left; c < blocks.right; ++c) {
            const std::uint8_t marks = picture.marks[picture.index(r, c)];
            if ((marks & (HeatPicture::Nan | infinite)) == 0 || ++painted > mostMarks)
                continue;
            const bool nan = (marks & HeatPicture::Nan) != 0;
            QRectF cell = geometry.rect(cellsOf(picture, r, c));
            if (std::min(cell.width(), cell.height()) >= hatchFrom) {
                painter.fillRect(cell, nan ? nanHatch() : infinityHatch());
                continue;
            }
            if (std::min(cell.width(), cell.height()) >= smallestMark)
                continue;
            const double w = std::max(cell.width(), smallestMark), h = std::max(cell.height(), smallestMark);
            cell = QRectF(cell.center().x() - w / 2, cell.center().y() - h / 2, w, h);
            painter.fillRect(cell.adjusted(-1, -1, 1, 1), theme.background);
            painter.fillRect(cell, nan ? nanColor() : infinityColor());
        }
    painter.restore();
}

void paintHeatNumbers(QPainter& painter, const HeatPicture& picture, const HeatGeometry& geometry, const HeatScale& scale)
{
    if (picture.blocks() || geometry.cellWidth() < numberWidth || geometry.cellHeight() < numberHeight)
        return;
    const ColorMap& map = ColorMap::of(scale.map);
    const CellRect blocks = visibleBlocks(picture, geometry);
    const int digits = geometry.cellWidth() >= 70 ? 6 : 4;
    for (std::int64_t r = blocks.top; r < blocks.bottom; ++r)
        for (std::int64_t c = blocks.left; c < blocks.right; ++c) {
            const std::size_t i = picture.index(r, c);
            const std::uint8_t marks = picture.marks[i];
            if (marks == 0)
                continue;
            const bool nan = (marks & HeatPicture::Nan) != 0, inf = (marks & infinite) != 0;
            const double value = nan ? std::nan("") : !inf ? picture.values[i] : (marks & HeatPicture::PositiveInf) != 0 ? INFINITY : -INFINITY;
            const QColor ground = nan ? nanColor() : inf ? infinityColor() : QColor::fromRgb(map.at(scale.share(value)));
            const QRectF cell = geometry.rect(cellsOf(picture, r, c));
            const QString text = numberText(value, digits);
            if (nan || inf) // the hatching would run through it
                painter.fillRect(QRectF(painter.fontMetrics().boundingRect(text)).translated(cell.center() - QRectF(painter.fontMetrics().boundingRect(text)).center()).adjusted(-2, 0, 2, 0), ground);
            painter.setPen(contrast(Qt::black, ground) > contrast(Qt::white, ground) ? Qt::black : Qt::white);
            painter.drawText(cell, Qt::AlignCenter, text);
        }
}

} // namespace ravel
