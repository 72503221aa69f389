// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/valueslane.h"

#include "items/qtext.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr int stripHeight = 12;
constexpr int tickSpacing = 28; // pixels, at least

QString tickText(double value, const QLocale& locale) { return locale.toString(value, 'g', 4); }

} // namespace

ValuesLane::ValuesLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("values"))
{
}

QRect ValuesLane::strip() const
{
    const QRect all = rect();
    return QRect(all.left(), all.top(), all.width(), stripHeight);
}

namespace {

// The previewed columns that differ from the present ones; the others are left out of the outline.
std::vector<Column> whereOther(const std::vector<Column>& now, std::vector<Column> then)
{
    for (std::size_t i = 0; i < then.size() && i < now.size(); ++i)
        if (now[i].min == then[i].min && now[i].max == then[i].max)
            then[i].flags = 0;
    return then;
}

} // namespace

QRect ValuesLane::plot() const { return rect().adjusted(0, stripHeight + 4, 0, -4); }

ColumnArea ValuesLane::area() const
{
    return { plot(), 1 / scene().pixelRatio, scene().values };
}

void ValuesLane::paintLane(QCPPainter& painter)
{
    painter.fillRect(rect(), scene().theme.background);
    paintGrid(painter);
    const MapFrame& frame = scene().frame;
    if (scene().geometry.elementWidth() >= sampleWidth && samplesKnown()) {
        paintSamples(painter);
    } else {
        paintFaults(painter);
        m_columns.paint(painter, area(), frame.columns(), frame.version(), scene().theme);
        paintMarks(painter, strip(), 1 / scene().pixelRatio, frame.columns(), scene().theme);
    }
    if (scene().preview)
        paintOutline(painter, area(), whereOther(frame.columns(), scene().preview->columns()), scene().theme.edit);
}

void ValuesLane::paintGutter(QCPPainter& painter)
{
    const MapTheme& theme = scene().theme;
    const QRect side = gutter();
    const int height = painter.fontMetrics().height();
    // The legend of the marks stands beside their strip.
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, true);
    const double middle = strip().top() + stripHeight / 2.0, radius = stripHeight / 2.0 - 1;
    const int half = (side.width() - 4) / 2;
    paintNanMark(painter, QPointF(side.left() + 8 + radius, middle), radius, theme.nan);
    paintInfMark(painter, QPointF(side.left() + 8 + half + radius, middle), radius, theme.inf);
    painter.restore();
    painter.setPen(theme.faintText);
    const int textTop = static_cast<int>(middle) - height / 2;
    painter.drawText(QRect(side.left() + 8 + stripHeight + 2, textTop, half, height), Qt::AlignLeft | Qt::AlignVCenter, tr("NaN"));
    painter.drawText(QRect(side.left() + 8 + half + stripHeight + 2, textTop, half, height), Qt::AlignLeft | Qt::AlignVCenter, tr("Inf"));
    painter.drawText(QRect(side.left() + 8, plot().top() + 2, half, height), Qt::AlignLeft | Qt::AlignVCenter, name());
    if (scene().layout)
        paintTicks(painter);
}

void ValuesLane::paintTicks(QCPPainter& painter)
{
    const QRect side = gutter();
    const int height = painter.fontMetrics().height();
    const ColumnArea where = area();
    auto ticks = scene().values.ticks(std::max(2, plot().height() / tickSpacing));
    // Zero comes first: where labels are close, it is its neighbours that give way.
    std::stable_partition(ticks.begin(), ticks.end(), [](double tick) { return tick == 0; });
    std::vector<double> taken;
    for (const double tick : ticks) {
        const double y = where.y(tick);
        const QString text = tickText(tick, mParentPlot->locale());
        const int width = painter.fontMetrics().horizontalAdvance(text);
        const QRect box(side.right() - 6 - width, static_cast<int>(y) - height / 2, width + 1, height);
        const bool overName = box.top() < plot().top() + 2 + height && width > side.width() / 2;
        const bool close = std::any_of(taken.begin(), taken.end(), [&](double other) { return std::abs(other - y) < height; });
        if (close || overName || box.bottom() > side.bottom() + height / 2)
            continue;
        taken.push_back(y);
        painter.setPen(scene().theme.faintText);
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, text);
        painter.fillRect(QRect(side.right() - 3, static_cast<int>(y), 4, 1), scene().theme.faintText);
    }
}

void ValuesLane::paintGrid(QCPPainter& painter)
{
    const ColumnArea where = area();
    QColor faint = scene().theme.line;
    faint.setAlphaF(0.5f);
    for (const double tick : scene().values.ticks(std::max(2, plot().height() / tickSpacing)))
        painter.fillRect(QRectF(rect().left(), std::floor(where.y(tick)), rect().width(), 1), tick == 0 ? scene().theme.line : faint);
    if (scene().geometry.elementWidth() < 3 * sampleWidth)
        return;
    const FlatRange visible = scene().geometry.visible();
    for (FlatIndex i = visible.begin; i < visible.end; i += Count(1))
        painter.fillRect(QRectF(std::floor(toX(i)), plot().top(), 1, plot().height()), faint);
}

// A thin line down from each mark, so that a fault is seen where the numbers are, too.
void ValuesLane::paintFaults(QCPPainter& painter)
{
    const auto& columns = scene().frame.columns();
    const double width = 1 / scene().pixelRatio;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!columns[i].is(Column::HasNan) && !columns[i].is(Column::HasInf))
            continue;
        QColor colour = columns[i].is(Column::HasNan) ? scene().theme.nan : scene().theme.inf;
        colour.setAlphaF(0.45f);
        painter.fillRect(QRectF(rect().left() + static_cast<double>(i) * width, plot().top(), width, plot().height()), colour);
    }
}

bool ValuesLane::samplesKnown() const
{
    const FlatRange visible = scene().geometry.visible();
    const TileKey first = TileKey::at(0, visible.begin), last = TileKey::at(0, visible.end - Count(1));
    for (std::int64_t i = first.index; i <= last.index; ++i)
        if (!scene().loader->tile({ 0, i }))
            return false;
    return visible.count().value > 0;
}

void ValuesLane::paintSamples(QCPPainter& painter)
{
    const FlatRange visible = scene().geometry.visible();
    const double width = scene().geometry.elementWidth();
    painter.setRenderHint(QPainter::Antialiasing, true);
    for (FlatIndex i = visible.begin; i < visible.end; i += Count(1)) {
        const MapTile* tile = scene().loader->tile(TileKey::at(0, i));
        const auto place = static_cast<std::size_t>(i.value % TileKey::buckets);
        if (place >= tile->summaries.size())
            continue;
        const Summary& sample = tile->summaries[place];
        if (sample.finite() < sample.count)
            paintSampleFault(painter, sample, toX(i) + width / 2, width);
        paintSample(painter, sample, tile->texts[place], toX(i) + width / 2, width);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

// One mark above the element, whatever its width.
void ValuesLane::paintSampleFault(QCPPainter& painter, const Summary& sample, double centre, double width)
{
    const MapTheme& theme = scene().theme;
    const QPointF mark(centre, strip().top() + stripHeight / 2.0);
    QColor ground = sample.nan > 0 ? theme.nan : theme.inf;
    ground.setAlphaF(0.2f);
    painter.fillRect(QRectF(centre - width / 2, plot().top(), width, plot().height()), ground);
    if (sample.inf() > 0)
        paintInfMark(painter, mark, stripHeight / 2.0 - 1, theme.inf);
    if (sample.nan > 0)
        paintNanMark(painter, mark, stripHeight / 2.0 - 1, theme.nan);
}

void ValuesLane::paintSample(QCPPainter& painter, const Summary& sample, const std::string& exact, double centre, double width)
{
    const ColumnArea where = area();
    const MapTheme& theme = scene().theme;
    const double zero = where.y(0), stem = width >= 12 ? 2 : 1, dot = std::clamp(width / 3, 2.0, 6.0);
    double anchor = zero;
    bool upwards = true;
    if (sample.finite() > 0) {
        // A complex element is two samples on one stem.
        const double top = std::min(zero, where.y(sample.max)), bottom = std::max(zero, where.y(sample.min));
        painter.fillRect(QRectF(centre - stem / 2, top, stem, std::max(1.0, bottom - top)), theme.deviation);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.mean);
        for (const double value : { sample.min, sample.max })
            painter.drawEllipse(QPointF(centre, where.y(value)), dot / 2, dot / 2);
        upwards = sample.max > 0 || sample.min >= 0;
        anchor = upwards ? where.y(sample.max) : where.y(sample.min);
    }
    if (width < numberWidth)
        return;
    const QFontMetrics metrics = painter.fontMetrics();
    QString text = toQt(exact);
    if (metrics.horizontalAdvance(text) > width - 4 && sample.count == 1 && sample.finite() == 1)
        text = mParentPlot->locale().toString(sample.mean, 'g', 4);
    text = metrics.elidedText(text, Qt::ElideRight, static_cast<int>(width) - 2);
    const double height = metrics.height();
    double y = upwards ? anchor - dot - height : anchor + dot;
    y = std::clamp(y, static_cast<double>(plot().top()), plot().bottom() - height);
    const QRectF box(centre - width / 2, y, width, height);
    const int textWidth = metrics.horizontalAdvance(text);
    QColor ground = theme.background; // behind the digits: the stem may run there
    ground.setAlphaF(0.85f);
    painter.fillRect(QRectF(centre - textWidth / 2.0 - 1, y, textWidth + 2, height), ground);
    painter.setPen(theme.text);
    painter.drawText(box, Qt::AlignCenter, text);
}

} // namespace ravel
