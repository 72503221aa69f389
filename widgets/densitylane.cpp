// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/densitylane.h"

#include "items/qtext.h"
#include "widgets/valuegutter.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr int mostRows = 240;  // its bins are no finer, and a tall lane costs no more
constexpr int legendWidth = 8; // pixels, at the left of the gutter

QString superscript(int number)
{
    static constexpr char16_t digits[] = u"\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
    QString text;
    for (const QChar digit : QString::number(number))
        text += QChar(digits[digit.digitValue()]);
    return text;
}

} // namespace

DensityLane::DensityLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("density"))
{
}

QRect DensityLane::plot() const { return rect().adjusted(0, 3, 0, -3); }

ColumnArea DensityLane::area() const { return { plot(), 1 / scene().pixelRatio, scene().values }; }

void DensityLane::paintLane(QCPPainter& painter)
{
    painter.fillRect(rect(), scene().theme.background);
    const double ratio = scene().pixelRatio;
    const int repeat = std::max(1, static_cast<int>(ratio));
    const int columns = static_cast<int>(std::floor(scene().geometry.width() * ratio)) / repeat;
    const int height = std::max(1, static_cast<int>(plot().height() * ratio)), down = (height + mostRows - 1) / mostRows;
    const int rows = std::max(1, height / down);
    m_frame.update(scene().geometry, columns, rows, scene().values, { scene().pyramid.get(), scene().known, scene().loader, scene().frame.level() });
    paintValueGrid(painter, rect(), area(), scene().theme);
    m_painter.paint(painter, plot().topLeft(), m_frame, { repeat, down }, ratio, scene().theme);
}

void DensityLane::paintGutter(QCPPainter& painter)
{
    const MapTheme& theme = scene().theme;
    const QRect side = gutter();
    const int height = painter.fontMetrics().height();
    painter.setPen(theme.faintText);
    painter.drawText(QRect(side.left() + 8, plot().top() + 2, side.width() / 2, height), Qt::AlignLeft | Qt::AlignVCenter, name());
    if (!scene().layout)
        return;
    paintValueTicks(painter, side, name(), area(), theme, mParentPlot->locale());
    // The scale of the shades, below the name where there is room.
    const QRect bar(side.left() + 8, plot().top() + height + 6, legendWidth, plot().height() - 2 * height - 6);
    if (bar.height() < 2 * height || !(m_frame.most() > 1))
        return;
    for (int y = 0; y < bar.height(); ++y)
        painter.fillRect(QRect(bar.left(), bar.top() + y, bar.width(), 1), densityShade(theme, 1 - y / static_cast<double>(bar.height() - 1)));
    const int left = bar.right() + 3;
    const QRect words(left, bar.top() - 2, side.width(), height);
    painter.setPen(theme.faintText);
    // In powers of ten: all that fits beside the values.
    const int decades = static_cast<int>(std::floor(std::log10(static_cast<double>(m_frame.most()))));
    const QString most = decades < 1 ? QString::number(std::lround(m_frame.most())) : QStringLiteral("10") + superscript(decades);
    painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter, most);
    painter.drawText(words.translated(0, bar.height() - height + 4), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("1"));
}

QString DensityLane::gutterText() const
{
    return tr("How many numbers have which value: the shade is the logarithm of the count.\nDots along the lower edge: an estimate. Hatched: not read yet.");
}

std::optional<MapHit> DensityLane::hit(QPointF point) const
{
    const QRect where = plot();
    const auto placed = placedUnder(point);
    if (!placed || !where.contains(point.toPoint()) || m_frame.columns() == 0)
        return std::nullopt;
    const int column = std::clamp(static_cast<int>((point.x() - where.left()) / where.width() * m_frame.columns()), 0, m_frame.columns() - 1);
    const int row = std::clamp(static_cast<int>((point.y() - where.top()) / where.height() * m_frame.rows()), 0, m_frame.rows() - 1);
    const std::uint8_t flags = m_frame.flags()[static_cast<std::size_t>(column)];
    const double rows = std::max(1, m_frame.rows() - 1);
    MapHit hit { *placed, *placed + 1, {} };
    if ((flags & (DensityFrame::Known | DensityFrame::Partial)) == 0) {
        hit.text = tr("Not read yet");
        return hit;
    }
    const QString low = numberText(scene().values.fromUnit(1 - (row + 1) / rows)), high = numberText(scene().values.fromUnit(1 - row / rows));
    const double count = static_cast<double>(m_frame.count(column, row));
    const QString about = count > 0 && count < 1 ? tr("Fewer than one") : tr("About %1").arg(shortCountText(std::llround(count)));
    hit.text = tr("%1 of the numbers in this column stand from %2 to %3").arg(count > 0 ? about : tr("None")).arg(low, high);
    if ((flags & DensityFrame::Estimated) != 0)
        hit.text += u'\n' + tr("An estimate: it has been sampled, or read in larger pieces");
    return hit;
}

} // namespace ravel
