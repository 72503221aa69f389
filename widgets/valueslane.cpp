// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/valueslane.h"

#include "items/qtext.h"
#include "widgets/absent.h"
#include "widgets/valuegutter.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

} // namespace

ValuesLane::ValuesLane(QCPAxisRect* rect, const MapScene& scene)
    : MapLane(rect, scene, tr("values"))
{
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

QRect ValuesLane::plot() const { return rect().adjusted(0, 4, 0, -4); }

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
    }
    paintAbsent(painter, rect(), scene(), scene().absent, tr("not in B"));
    if (scene().preview)
        paintOutline(painter, area(), whereOther(frame.columns(), scene().preview->columns()), scene().theme.edit);
}

void ValuesLane::paintGutter(QCPPainter& painter)
{
    const QRect side = gutter();
    painter.setPen(scene().theme.faintText);
    painter.drawText(QRect(side.left() + 8, plot().top() + 2, side.width() / 2, 2 * painter.fontMetrics().height()),
        Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, name());
    if (scene().layout)
        paintValueTicks(painter, side, name(), area(), scene().theme, mParentPlot->locale());
}

void ValuesLane::paintGrid(QCPPainter& painter)
{
    paintValueGrid(painter, rect(), area(), scene().theme);
    QColor faint = scene().theme.line;
    faint.setAlphaF(0.5f);
    if (scene().geometry.elementWidth() < 3 * sampleWidth)
        return;
    const FlatRange visible = scene().geometry.visible();
    for (FlatIndex i = visible.begin; i < visible.end; i += Count(1))
        painter.fillRect(QRectF(std::floor(toX(i)), plot().top(), 1, plot().height()), faint);
}

// A thin line in each column of a fault: seen where the numbers are, too; its mark stands in the marks lane.
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

void ValuesLane::paintSampleFault(QCPPainter& painter, const Summary& sample, double centre, double width)
{
    QColor ground = sample.nan > 0 ? scene().theme.nan : scene().theme.inf;
    ground.setAlphaF(0.2f);
    painter.fillRect(QRectF(centre - width / 2, plot().top(), width, plot().height()), ground);
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
