// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogramplot.h"

#include <QApplication>
#include <QHelpEvent>
#include <QToolTip>

#include "items/qtext.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr double floorOfLog = 0.5; // where a bar of nothing stands on a log scale of counts

// Ticks at whole decades of an axis that counts them: 0.001, 0.01, ...
class DecadeTicker : public QCPAxisTicker {
protected:
    double getTickStep(const QCPRange& range) override { return std::max(1.0, std::ceil(range.size() / 6)); }
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(std::pow(10, std::round(tick)), 'g', 3);
    }
};

// Whole counts, short: 1.2M.
class CountTicker : public QCPAxisTicker {
protected:
    double getTickStep(const QCPRange& range) override { return std::max(1.0, QCPAxisTicker::getTickStep(range)); }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortCountText(std::llround(tick)); }
};

class LogCountTicker : public QCPAxisTickerLog {
protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortCountText(std::llround(tick)); }
};

} // namespace

HistogramPlot::HistogramPlot(QWidget* parent)
    : QCustomPlot(parent)
{
    setInteractions({});
    setFocusPolicy(Qt::ClickFocus);
    m_before = new QCPBars(xAxis, yAxis);
    m_before->setWidthType(QCPBars::wtPlotCoords);
    m_before->setPen(Qt::NoPen);
    m_before->setAntialiased(false); // bars that meet inside a pixel would leave stripes
    m_before->setAntialiasedFill(false);
    m_after = addGraph();
    m_after->setLineStyle(QCPGraph::lsStepLeft);
    m_after->setAdaptiveSampling(false);
    m_band = new QCPItemRect(this);
    m_band->setVisible(false);
    xAxis->grid()->setVisible(false);
    yAxis->grid()->setSubGridVisible(false);
    axisRect()->setMinimumMargins(QMargins(0, 4, 8, 0));
    yAxis->setPadding(2);
    xAxis->setNumberFormat(QStringLiteral("gb"));
    xAxis->setNumberPrecision(4);
    xAxis->ticker()->setTickCount(4);
    setTheme(MapTheme::of(palette()));
}

void HistogramPlot::setTheme(const MapTheme& theme)
{
    m_theme = theme;
    setBackground(QBrush(theme.gutter));
    axisRect()->setBackground(QBrush(theme.background));
    for (QCPAxis* axis : axisRect()->axes()) {
        axis->setBasePen(theme.line);
        axis->setTickPen(theme.faintText);
        axis->setSubTickPen(theme.line);
        axis->setTickLabelColor(theme.faintText);
        axis->setTickLabelFont(font());
        axis->grid()->setPen(QPen(theme.line, 1, Qt::DotLine));
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    m_before->setBrush(mixed(theme.band, theme.deviation, 0.5));
    m_band->setPen(theme.selectionLine);
    m_band->setBrush(theme.selectionFill);
    fill();
}

void HistogramPlot::setLogCounts(bool on)
{
    m_logCounts = on;
    fill();
}

void HistogramPlot::show(const HistogramAnswer& answer, bool preview)
{
    m_answer = answer;
    m_preview = preview;
    m_anchor.reset();
    fill();
}

void HistogramPlot::showNothing()
{
    m_answer.reset();
    fill();
}

double HistogramPlot::axisValue(double value) const
{
    const bool decades = m_answer && m_answer->before.histogram.spec.scale == BinScale::Log;
    return decades ? std::log10(std::max(value, std::numeric_limits<double>::min())) : value;
}

void HistogramPlot::fill()
{
    m_before->data()->clear();
    m_after->data()->clear();
    if (!m_answer || m_answer->nothing) {
        m_band->setVisible(false);
        replot(rpQueuedReplot);
        return;
    }
    const Histogram& before = m_answer->before.histogram;
    const BinSpec& spec = before.spec;
    double low = axisValue(spec.edge(0)), high = axisValue(spec.edge(spec.bins));
    if (!(low < high)) // all one number: histc widens by one at each side
        low -= 1, high += 1;
    const double width = (high - low) / spec.bins;
    const double base = m_logCounts ? floorOfLog : 0;
    std::int64_t top = 1;
    QVector<double> keys, counts;
    for (int i = 0; i < spec.bins; ++i) {
        const std::int64_t n = before.counts[static_cast<std::size_t>(i)];
        keys << low + (i + 0.5) * width;
        counts << (n == 0 ? base : static_cast<double>(n));
        top = std::max(top, n);
    }
    m_before->setWidth(width);
    m_before->setBaseValue(base);
    m_before->setData(keys, counts, true);
    if (m_answer->after) {
        const Histogram& after = m_answer->after->histogram;
        QVector<double> edges, outline;
        for (int i = 0; i <= spec.bins; ++i) { // the last once more, to close its bin
            const std::int64_t n = after.counts[static_cast<std::size_t>(std::min(i, spec.bins - 1))];
            edges << low + i * width;
            outline << (n == 0 ? base : static_cast<double>(n));
            top = std::max(top, n);
        }
        m_after->setData(edges, outline, true);
        m_after->setPen(QPen(m_theme.edit, 1.5, m_preview ? Qt::DashLine : Qt::SolidLine));
    }
    const bool decades = spec.scale == BinScale::Log;
    xAxis->setTicker(decades ? QSharedPointer<QCPAxisTicker>(new DecadeTicker) : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    xAxis->ticker()->setTickCount(4);
    xAxis->setRange(low, high);
    yAxis->setScaleType(m_logCounts ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    yAxis->setTicker(m_logCounts ? QSharedPointer<QCPAxisTicker>(new LogCountTicker) : QSharedPointer<QCPAxisTicker>(new CountTicker));
    yAxis->setRange(base, static_cast<double>(top) * (m_logCounts ? 1.5 : 1.05));
    setBand(m_where);
}

void HistogramPlot::setBand(const std::optional<Predicate>& where)
{
    m_where = where;
    const bool visible = where && m_answer && !m_answer->nothing;
    m_band->setVisible(visible);
    if (visible) {
        const QCPRange range = xAxis->range();
        m_band->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
        m_band->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
        m_band->topLeft->setCoords(std::max(axisValue(where->low), range.lower), 0);
        m_band->bottomRight->setCoords(std::min(axisValue(where->high), range.upper), 1);
    }
    replot(rpQueuedReplot);
}

std::optional<int> HistogramPlot::binAt(double x) const
{
    if (!m_answer || m_answer->nothing)
        return std::nullopt;
    const int bins = m_answer->before.histogram.spec.bins;
    const QCPRange range = xAxis->range();
    const double share = (xAxis->pixelToCoord(x) - range.lower) / range.size();
    return std::clamp(static_cast<int>(std::floor(share * bins)), 0, bins - 1);
}

Predicate HistogramPlot::values(int first, int last) const
{
    const BinSpec& spec = m_answer->before.histogram.spec;
    Predicate where { spec.edge(first), spec.edge(last + 1) };
    if (last + 1 < spec.bins) // a bin ends before the next begins; only the last is closed
        where.high = std::nextafter(where.high, -std::numeric_limits<double>::infinity());
    return where;
}

QString HistogramPlot::binText(int bin) const
{
    const Histogram& before = m_answer->before.histogram;
    const auto i = static_cast<std::size_t>(bin);
    const QString range = tr("%1 to %2").arg(numberText(before.spec.edge(bin)), numberText(before.spec.edge(bin + 1)));
    const QString about = m_answer->exact ? QString() : QStringLiteral("≈ ");
    QString text = tr("%1: %2%3").arg(range, about, countText(before.counts[i]));
    if (m_answer->after)
        text += tr(", after %1%2").arg(about, countText(m_answer->after->histogram.counts[i]));
    return text;
}

void HistogramPlot::markBins(int a, int b) { setBand(values(std::min(a, b), std::max(a, b))); }

void HistogramPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && axisRect()->rect().contains(event->pos())) {
        m_anchor = binAt(event->position().x());
        m_pressed = event->position();
    }
}

void HistogramPlot::mouseMoveEvent(QMouseEvent* event)
{
    const bool dragging = (event->position() - m_pressed).manhattanLength() >= QApplication::startDragDistance();
    if (m_anchor && event->buttons().testFlag(Qt::LeftButton) && dragging)
        markBins(*m_anchor, *binAt(event->position().x()));
}

void HistogramPlot::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_anchor || event->button() != Qt::LeftButton)
        return;
    const int from = *m_anchor, to = *binAt(event->position().x());
    m_anchor.reset();
    if ((event->position() - m_pressed).manhattanLength() < QApplication::startDragDistance())
        Q_EMIT choiceDropped();
    else
        Q_EMIT binsChosen(values(std::min(from, to), std::max(from, to)));
}

bool HistogramPlot::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QCustomPlot::event(event);
    auto* help = static_cast<QHelpEvent*>(event);
    const auto bin = axisRect()->rect().contains(help->pos()) ? binAt(help->pos().x()) : std::nullopt;
    bin ? QToolTip::showText(help->globalPos(), binText(*bin), this) : QToolTip::hideText();
    return true;
}

} // namespace ravel
