// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogramplot.h"

#include <QApplication>
#include <QHelpEvent>
#include <QToolTip>

#include "items/qtext.h"
#include "widgets/histogramticks.h"
#include "widgets/ridgeitem.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr double floorOfLog = 0.5; // where a bar of nothing stands on a log scale of counts

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
    new RidgeItem(*this);
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

QColor HistogramPlot::seriesColor(int series) const
{
    if (series == 0)
        return m_before->brush().color();
    if (series == 1 && m_look.after)
        return m_theme.edit;
    const QColor others[] { readable(QColor(0xd9, 0x5f, 0x02), m_theme.background, 3), readable(QColor(0x75, 0x70, 0xb3), m_theme.background, 3) };
    return others[(series - (m_look.after ? 2 : 1)) % 2];
}

void HistogramPlot::setCountScale(CountScale scale)
{
    m_scale = scale;
    fill();
}

void HistogramPlot::show(const HistogramAnswer& answer, const HistogramLook& look)
{
    m_answer = answer;
    m_look = look;
    m_anchor.reset();
    fill();
}

void HistogramPlot::showNothing()
{
    m_answer.reset();
    m_anchor.reset(); // a drag over what is gone
    fill();
}

double HistogramPlot::axisValue(double value) const { return m_answer ? m_answer->first().histogram.spec.place(value) : value; }
double HistogramPlot::base() const { return m_scale == CountScale::Log ? floorOfLog : 0; }

double HistogramPlot::height(double count) const
{
    switch (m_scale) {
    case CountScale::Log: return count > 0 ? std::max(count, floorOfLog) : floorOfLog;
    case CountScale::Symlog: return std::log10(1 + count);
    default: return count;
    }
}

void HistogramPlot::fill()
{
    m_before->data()->clear();
    m_after->data()->clear();
    for (QCPGraph* other : std::as_const(m_others))
        removeGraph(other);
    m_others.clear();
    const bool bins = m_answer && !m_answer->nothing;
    yAxis->setTickLabels(!m_look.ridge);
    yAxis->setTicks(!m_look.ridge);
    if (bins) {
        const BinSpec& spec = m_answer->first().histogram.spec;
        m_low = spec.place(spec.edge(0));
        double high = spec.place(spec.edge(spec.bins));
        if (!(m_low < high)) // all one number: histc widens by one at each side
            m_low -= 1, high = m_low + 2;
        m_width = (high - m_low) / spec.bins;
        m_top = 1;
        if (!m_look.ridge)
            fillBars();
        setAxes();
    }
    setBand(m_where);
}

void HistogramPlot::fillBars()
{
    const Histogram& before = m_answer->first().histogram;
    QVector<double> keys, counts;
    for (int i = 0; i < before.spec.bins; ++i) {
        const auto n = static_cast<double>(before.counts[static_cast<std::size_t>(i)]);
        keys << m_low + (i + 0.5) * m_width;
        counts << height(n);
        m_top = std::max(m_top, n);
    }
    m_before->setWidth(m_width);
    m_before->setBaseValue(base());
    m_before->setData(keys, counts, true);
    const auto all = static_cast<double>(m_answer->first().summary.finite());
    for (std::size_t i = 1; i < m_answer->series.size(); ++i) {
        const Measurement& one = m_answer->series[i];
        const bool after = i == 1 && m_look.after;
        const QColor colour = seriesColor(static_cast<int>(i));
        if (after) {
            fillOutline(m_after, one.histogram, 1, QPen(colour, 1.5, m_look.preview ? Qt::DashLine : Qt::SolidLine));
            continue;
        }
        QCPGraph* graph = addGraph();
        graph->setLineStyle(QCPGraph::lsStepLeft);
        graph->setAdaptiveSampling(false);
        m_others << graph;
        // Of another number of elements: as if there were as many.
        const auto finite = static_cast<double>(one.summary.finite());
        fillOutline(graph, one.histogram, finite > 0 ? all / finite : 1, QPen(colour, 1.8, m_others.size() == 1 ? Qt::DashDotLine : Qt::DotLine));
    }
}

void HistogramPlot::fillOutline(QCPGraph* graph, const Histogram& histogram, double scale, const QPen& pen)
{
    const int bins = histogram.spec.bins;
    QVector<double> edges, outline;
    for (int i = 0; i <= bins; ++i) { // the last once more, to close its bin
        const double n = static_cast<double>(histogram.counts[static_cast<std::size_t>(std::min(i, bins - 1))]) * scale;
        edges << m_low + i * m_width;
        outline << height(n);
        m_top = std::max(m_top, n);
    }
    graph->setData(edges, outline, true);
    graph->setPen(pen);
}

void HistogramPlot::setAxes()
{
    const BinSpec& spec = m_answer->first().histogram.spec;
    xAxis->setTicker(valueTicker(spec));
    xAxis->ticker()->setTickCount(4);
    xAxis->setRange(m_low, m_low + m_width * spec.bins);
    if (m_look.ridge) {
        yAxis->setScaleType(QCPAxis::stLinear);
        yAxis->setRange(0, 1);
        return;
    }
    yAxis->setScaleType(m_scale == CountScale::Log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    yAxis->setTicker(countTicker(m_scale));
    yAxis->setRange(base(), m_scale == CountScale::Symlog ? height(m_top) * 1.05 : m_top * (m_scale == CountScale::Log ? 1.5 : 1.05));
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
    const int bins = m_answer->first().histogram.spec.bins;
    const QCPRange range = xAxis->range();
    const double share = (xAxis->pixelToCoord(x) - range.lower) / range.size();
    return std::clamp(static_cast<int>(std::floor(share * bins)), 0, bins - 1);
}

std::pair<double, double> HistogramPlot::ridgeRow(int series) const
{
    const QRect area = axisRect()->rect();
    const int n = m_answer ? static_cast<int>(m_answer->series.size()) : 1;
    const double row = area.height() / (n + 0.6); // the first may rise above its row as the others do
    const double bottom = area.bottom() + 1 - row * (n - 1 - series);
    return { bottom, bottom - row * 1.6 };
}

double HistogramPlot::ridgeHeight(int series, int bin) const
{
    const Histogram& h = m_answer->series[static_cast<std::size_t>(series)].histogram;
    if (h.counts.empty())
        return 0;
    const auto of = [this](std::int64_t n) { return m_scale == CountScale::Linear ? static_cast<double>(n) : std::log10(1 + static_cast<double>(n)); };
    const double most = of(*std::max_element(h.counts.begin(), h.counts.end()));
    return most > 0 ? of(h.counts[static_cast<std::size_t>(bin)]) / most : 0;
}

std::optional<int> HistogramPlot::ridgeAt(double y) const
{
    if (!m_look.ridge || !m_answer || m_answer->nothing)
        return std::nullopt;
    for (int i = 0; i < static_cast<int>(m_answer->series.size()); ++i)
        if (y < ridgeRow(i).first)
            return i;
    return std::nullopt;
}

Predicate HistogramPlot::values(int first, int last) const
{
    const BinSpec& spec = m_answer->first().histogram.spec;
    Predicate where { spec.edge(first), spec.edge(last + 1) };
    if (last + 1 < spec.bins) // a bin ends before the next begins; only the last is closed
        where.high = std::nextafter(where.high, -std::numeric_limits<double>::infinity());
    return where;
}

QString HistogramPlot::binText(int bin, std::optional<int> ridge) const
{
    const BinSpec& spec = m_answer->first().histogram.spec;
    const auto i = static_cast<std::size_t>(bin);
    const QString about = m_answer->exact ? QString() : QStringLiteral("≈ ");
    const auto count = [&](std::size_t series) {
        const auto& counts = m_answer->series[series].histogram.counts;
        return about + countText(i < counts.size() ? counts[i] : 0);
    };
    QString text = tr("%1 to %2").arg(numberText(spec.edge(bin)), numberText(spec.edge(bin + 1)));
    if (ridge)
        return m_look.names.value(*ridge) + u'\n' + text + QStringLiteral(": ") + count(static_cast<std::size_t>(*ridge));
    if (m_answer->series.size() == 1)
        return text + QStringLiteral(": ") + count(0);
    for (std::size_t s = 0; s < m_answer->series.size(); ++s)
        text += u'\n' + m_look.names.value(static_cast<int>(s)) + QStringLiteral(": ") + count(s);
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

void HistogramPlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (const auto ridge = ridgeAt(event->position().y()); ridge && axisRect()->rect().contains(event->pos()))
        Q_EMIT ridgeChosen(*ridge);
}

bool HistogramPlot::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QCustomPlot::event(event);
    auto* help = static_cast<QHelpEvent*>(event);
    const auto bin = axisRect()->rect().contains(help->pos()) ? binAt(help->pos().x()) : std::nullopt;
    bin ? QToolTip::showText(help->globalPos(), binText(*bin, ridgeAt(help->pos().y())), this) : QToolTip::hideText();
    return true;
}

} // namespace ravel
