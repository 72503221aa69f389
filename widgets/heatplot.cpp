// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatplot.h"

#include <QApplication>

#include "items/qtext.h"

#include <algorithm>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr double fewestCells = 2;    // shown across or down, unless there is but one
constexpr int profileRoom = 44;      // pixels
constexpr int leastForProfiles = 170; // pixels of height: below that the cells need them more
constexpr double wheelStep = 1.2;    // a notch

// Whole cells, a label in the middle of each that has one.
class CellTicker : public QCPAxisTicker {
public:
    std::optional<HeatView> view;
    bool rows = false;

protected:
    double getTickStep(const QCPRange& range) override { return std::max(1.0, cleanMantissa(std::ceil(range.size() / (mTickCount + 1e-10)))); }
    int getSubTickCount(double) override { return 0; }
    QVector<double> createTickVector(double step, const QCPRange& range) override
    {
        QVector<double> ticks;
        double whole = std::max(1.0, std::round(step)), middle = 0.5;
        if (view && view->kernels()) { // one label a kernel, at its middle
            const auto pitch = static_cast<double>(view->pitch(rows));
            whole = std::ceil(whole / pitch) * pitch;
            middle = (pitch - 1) / 2;
        }
        for (double cell = std::ceil((range.lower - middle) / whole) * whole; cell + middle < range.upper && ticks.size() < 100; cell += whole)
            ticks << cell + middle;
        return ticks;
    }
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        const auto cell = static_cast<std::int64_t>(std::floor(tick));
        if (!view)
            return {};
        return locale.toString(static_cast<qlonglong>(rows ? view->rowLabel(cell) : view->columnLabel(cell)));
    }
};

int legendRows(const HeatPicture& picture) { return (picture.nan > 0) + (picture.positiveInf + picture.negativeInf > 0); }

} // namespace

HeatPlot::HeatPlot(QWidget* parent)
    : QCustomPlot(parent)
{
    setInteractions({});
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    makeRects();
    new HeatItem(m_main, m_scene);
    m_columnProfile = new HeatProfile(m_columnRect, Qt::Horizontal, m_scene);
    m_rowProfile = new HeatProfile(m_rowRect, Qt::Vertical, m_scene);
    new HeatLegend(m_main, m_scene);
    new HeatOverlay(m_main, u"overlay"_s, m_scene);
    setTheme(MapTheme::of(palette()));
}

HeatPlot::~HeatPlot() = default;

void HeatPlot::makeRects()
{
    plotLayout()->clear();
    m_main = new QCPAxisRect(this);
    m_columnRect = new QCPAxisRect(this);
    m_rowRect = new QCPAxisRect(this);
    m_bar = new QCPColorScale(this);
    plotLayout()->addElement(0, 0, m_columnRect);
    plotLayout()->addElement(1, 0, m_main);
    plotLayout()->addElement(1, 1, m_rowRect);
    plotLayout()->addElement(1, 2, m_bar);
    plotLayout()->setRowSpacing(3);
    plotLayout()->setColumnSpacing(4);
    m_bar->setType(QCPAxis::atRight);
    m_bar->setBarWidth(12);
    m_bar->setRangeDrag(false);
    m_bar->setRangeZoom(false);
    m_bar->axis()->ticker()->setTickCount(5);
    auto* across = new QCPMarginGroup(this);
    m_main->setMarginGroup(QCP::msLeft | QCP::msRight, across);
    m_columnRect->setMarginGroup(QCP::msLeft | QCP::msRight, across);
    auto* down = new QCPMarginGroup(this);
    for (QCPLayoutElement* each : std::initializer_list<QCPLayoutElement*> { m_main, m_rowRect, m_bar })
        each->setMarginGroup(QCP::msTop | QCP::msBottom, down);
    m_rowRect->setMinimumMargins(QMargins(0, 0, 0, 0));
    m_columnRect->setMinimumMargins(QMargins(0, 0, 0, 0));
    m_main->setMinimumMargins(QMargins(0, 0, 0, 0));
    m_main->axis(QCPAxis::atLeft)->setRangeReversed(true);
    m_rowRect->axis(QCPAxis::atLeft)->setRangeReversed(true);
    for (const auto& [rect, type] : { std::pair(m_columnRect, QCPAxis::atBottom), std::pair(m_rowRect, QCPAxis::atLeft) }) {
        rect->axis(type)->setTicks(false);
        rect->axis(type)->setTickLabels(false);
    }
    m_columnRect->axis(QCPAxis::atLeft)->ticker()->setTickCount(2);
    m_rowRect->axis(QCPAxis::atBottom)->ticker()->setTickCount(1);
    for (const QCPAxis::AxisType type : { QCPAxis::atLeft, QCPAxis::atBottom }) {
        auto ticker = QSharedPointer<CellTicker>::create();
        ticker->rows = type == QCPAxis::atLeft;
        m_main->axis(type)->setTicker(ticker);
        m_main->axis(type)->setSubTicks(false);
        m_main->axis(type)->setTickLength(0, 4); // none over the cells
    }
    for (QCPAxisRect* rect : { m_main, m_columnRect, m_rowRect })
        for (QCPAxis* axis : rect->axes()) {
            axis->grid()->setVisible(false);
            axis->setNumberFormat(u"gb"_s);
            axis->setNumberPrecision(3);
            axis->setPadding(2);
        }
    setProfiles(true);
}

void HeatPlot::setProfiles(bool shown)
{
    m_profiles = shown;
    shown = shown && height() >= leastForProfiles;
    m_bar->axis()->ticker()->setTickCount(height() >= leastForProfiles ? 5 : 2);
    m_main->axis(QCPAxis::atLeft)->ticker()->setTickCount(height() >= leastForProfiles ? 5 : 3);
    const int room = shown ? profileRoom : 0;
    for (QCPAxisRect* rect : { m_columnRect, m_rowRect }) {
        rect->setVisible(shown);
        for (QCPAxis* axis : rect->axes())
            axis->setVisible(shown && (axis->axisType() == QCPAxis::atLeft || axis->axisType() == QCPAxis::atBottom));
    }
    const int line = QFontMetrics(font()).height();
    const int above = shown ? room : std::max(3, m_legendRows * line); // the legend stands there, too
    m_columnRect->setMinimumSize(10, above);
    m_columnRect->setMaximumSize(QWIDGETSIZE_MAX, above);
    m_rowRect->setMinimumSize(shown ? room + 12 : 1, 10);
    m_rowRect->setMaximumSize(shown ? room + 12 : 1, QWIDGETSIZE_MAX);
    replot(rpQueuedReplot);
}

void HeatPlot::setTheme(const MapTheme& theme)
{
    m_scene.theme = theme;
    setBackground(QBrush(theme.gutter));
    QList<QCPAxis*> axes { m_bar->axis() };
    for (QCPAxisRect* rect : { m_main, m_columnRect, m_rowRect }) {
        rect->setBackground(QBrush(rect == m_main ? theme.gutter : theme.background));
        axes << rect->axes();
    }
    for (QCPAxis* axis : axes) {
        axis->setBasePen(theme.line);
        axis->setTickPen(theme.faintText);
        axis->setSubTickPen(theme.line);
        axis->setTickLabelColor(theme.faintText);
        axis->setTickLabelFont(font());
    }
    replot(rpQueuedReplot);
}

void HeatPlot::setView(const HeatView& view)
{
    m_scene.view = view;
    m_scene.outlines.clear();
    m_scene.rubber.reset();
    m_scene.pointed.reset();
    m_pressed.reset();
    dropPictures();
    for (const QCPAxis::AxisType type : { QCPAxis::atLeft, QCPAxis::atBottom })
        static_cast<CellTicker*>(m_main->axis(type)->ticker().data())->view = view;
    fit();
}

void HeatPlot::clearView()
{
    m_scene.view.reset();
    m_scene.outlines.clear();
    m_scene.pointed.reset();
    dropPictures();
    for (const QCPAxis::AxisType type : { QCPAxis::atLeft, QCPAxis::atBottom })
        static_cast<CellTicker*>(m_main->axis(type)->ticker().data())->view.reset();
    replot(rpQueuedReplot);
}

void HeatPlot::dropPictures()
{
    m_scene.base.reset();
    m_scene.detail.reset();
    replot(rpQueuedReplot);
}

void HeatPlot::setPicture(std::shared_ptr<const HeatPicture> picture)
{
    if (!m_scene.view)
        return;
    const bool whole = picture->window == m_scene.view->whole();
    (whole ? m_scene.baseImage : m_scene.detailImage) = heatImage(*picture, m_scene.scale);
    if (whole)
        m_scene.detail.reset();
    (whole ? m_scene.base : m_scene.detail) = std::move(picture);
    if (const int rows = legendRows(*m_scene.best()); rows != std::exchange(m_legendRows, rows))
        setProfiles(m_profiles);
    showAxes();
}

void HeatPlot::setScale(const HeatScale& scale)
{
    m_scene.scale = scale;
    QCPColorGradient gradient;
    gradient.clearColorStops();
    const auto& colors = ColorMap::of(scale.map).colors();
    for (std::size_t i = 0; i < colors.size(); ++i)
        gradient.setColorStopAt(static_cast<double>(i) / 255, QColor::fromRgb(colors[i]));
    m_bar->setGradient(gradient);
    m_bar->setDataRange(scale.low < scale.high ? QCPRange(scale.low, scale.high) : QCPRange(scale.low - 1, scale.low + 1));
    if (m_scene.base)
        m_scene.baseImage = heatImage(*m_scene.base, scale);
    if (m_scene.detail)
        m_scene.detailImage = heatImage(*m_scene.detail, scale);
    showAxes();
}

void HeatPlot::setOutlines(std::vector<CellRect> outlines)
{
    m_scene.outlines = std::move(outlines);
    layer(u"overlay"_s)->replot();
}

QRect HeatPlot::mapRect() const { return m_main->rect(); }
HeatGeometry HeatPlot::geometry() const { return m_scene.geometry(m_main->rect()); }

CellRect HeatPlot::visible() const
{
    if (!m_scene.view)
        return {};
    const auto cell = [](double place) { return static_cast<std::int64_t>(std::clamp(place, 0.0, 9e18)); };
    const QRectF& c = m_scene.cells;
    return CellRect { cell(std::floor(c.top())), cell(std::floor(c.left())), cell(std::ceil(c.bottom())), cell(std::ceil(c.right())) }
        .cut(m_scene.view->whole());
}

bool HeatPlot::fits() const { return m_scene.view && visible() == m_scene.view->whole(); }

void HeatPlot::showCells(const QRectF& wanted)
{
    if (!m_scene.view)
        return;
    const auto rows = static_cast<double>(m_scene.view->rows()), columns = static_cast<double>(m_scene.view->columns());
    const double width = std::clamp(wanted.width(), std::min(fewestCells, columns), std::max(columns, 1.0));
    const double height = std::clamp(wanted.height(), std::min(fewestCells, rows), std::max(rows, 1.0));
    const QRectF cells(std::clamp(wanted.left(), 0.0, std::max(0.0, columns - width)), std::clamp(wanted.top(), 0.0, std::max(0.0, rows - height)), width, height);
    if (cells != m_scene.cells) {
        m_scene.cells = cells;
        if (m_scene.detail && fits())
            m_scene.detail.reset();
    }
    showAxes();
    Q_EMIT viewChanged();
}

void HeatPlot::showAxes()
{
    const QRectF& c = m_scene.cells;
    for (QCPAxisRect* rect : { m_main, m_columnRect })
        rect->axis(QCPAxis::atBottom)->setRange(c.left(), c.right());
    for (QCPAxisRect* rect : { m_main, m_rowRect })
        rect->axis(QCPAxis::atLeft)->setRange(c.top(), c.bottom());
    m_columnRect->axis(QCPAxis::atLeft)->setRange(m_columnProfile->valueRange());
    m_rowRect->axis(QCPAxis::atBottom)->setRange(m_rowProfile->valueRange());
    replot(rpQueuedReplot);
}

void HeatPlot::fit()
{
    if (m_scene.view)
        showCells(QRectF(0, 0, static_cast<double>(m_scene.view->columns()), static_cast<double>(m_scene.view->rows())));
}

void HeatPlot::zoom(double factor, QPointF at, bool across, bool down)
{
    if (!m_scene.view)
        return;
    const HeatGeometry g = geometry();
    if (g.pixels.isEmpty())
        return; // it has not been laid out yet
    const double x = std::clamp((at.x() - g.pixels.left()) / g.pixels.width(), 0.0, 1.0), y = std::clamp((at.y() - g.pixels.top()) / g.pixels.height(), 0.0, 1.0);
    QRectF cells = m_scene.cells;
    const double width = across ? cells.width() / factor : cells.width(), height = down ? cells.height() / factor : cells.height();
    cells = QRectF(cells.left() + (cells.width() - width) * x, cells.top() + (cells.height() - height) * y, width, height);
    showCells(cells);
}

void HeatPlot::zoomAtPointer(double factor)
{
    const QPoint pointer = mapFromGlobal(QCursor::pos());
    zoom(factor, mapRect().contains(pointer) ? QPointF(pointer) : QRectF(mapRect()).center(), true, true);
}

void HeatPlot::zoomIn() { zoomAtPointer(1.5); }
void HeatPlot::zoomOut() { zoomAtPointer(1 / 1.5); }
void HeatPlot::pan(double across, double down) { showCells(m_scene.cells.translated(across * m_scene.cells.width(), down * m_scene.cells.height())); }

void HeatPlot::giveUp()
{
    if (m_pressed) {
        m_pressed.reset();
        m_scene.rubber.reset();
        layer(u"overlay"_s)->replot();
    } else if (!fits()) {
        fit();
    } else {
        Q_EMIT choiceDropped();
    }
}

std::optional<std::pair<std::int64_t, std::int64_t>> HeatPlot::cellAt(QPointF at) const
{
    if (!m_scene.view || !QRectF(m_main->rect()).contains(at))
        return std::nullopt;
    const HeatGeometry g = geometry();
    const std::pair cell(static_cast<std::int64_t>(std::floor(g.row(at.y()))), static_cast<std::int64_t>(std::floor(g.column(at.x()))));
    if (cell.first < 0 || cell.second < 0 || cell.first >= m_scene.view->rows() || cell.second >= m_scene.view->columns())
        return std::nullopt;
    return cell;
}

void HeatPlot::point(QPointF at)
{
    const auto cell = cellAt(at);
    if (cell == m_scene.pointed)
        return;
    m_scene.pointed = cell;
    layer(u"overlay"_s)->replot();
    Q_EMIT pointed();
}

CellRect HeatPlot::dragged(QPointF to) const
{
    const QRectF r(m_main->rect());
    const auto inside = [&r](QPointF p) { return QPointF(std::clamp(p.x(), r.left(), r.right() - 0.5), std::clamp(p.y(), r.top(), r.bottom() - 0.5)); };
    const auto a = cellAt(inside(*m_pressed)), b = cellAt(inside(to));
    if (!a || !b)
        return {};
    return { std::min(a->first, b->first), std::min(a->second, b->second), std::max(a->first, b->first) + 1, std::max(a->second, b->second) + 1 };
}

void HeatPlot::mousePressEvent(QMouseEvent* event)
{
    if (!m_scene.view || !mapRect().contains(event->pos()))
        return;
    if (event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && event->modifiers().testFlag(Qt::ShiftModifier)))
        m_panned = event->position();
    else if (event->button() == Qt::LeftButton)
        m_pressed = event->position();
}

void HeatPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (m_panned) {
        const HeatGeometry g = geometry();
        const QPointF by = event->position() - *m_panned;
        m_panned = event->position();
        showCells(m_scene.cells.translated(-by.x() / g.cellWidth(), -by.y() / g.cellHeight()));
    } else if (m_pressed && (event->position() - *m_pressed).manhattanLength() >= QApplication::startDragDistance()) {
        m_scene.rubber = dragged(event->position());
        layer(u"overlay"_s)->replot();
    }
    point(event->position());
}

void HeatPlot::mouseReleaseEvent(QMouseEvent* event)
{
    m_panned.reset();
    if (!m_pressed || event->button() != Qt::LeftButton)
        return;
    const bool moved = (event->position() - *m_pressed).manhattanLength() >= QApplication::startDragDistance();
    const CellRect cells = dragged(event->position());
    m_pressed.reset();
    m_scene.rubber.reset();
    layer(u"overlay"_s)->replot();
    if (cells.empty())
        return;
    moved || event->modifiers().testFlag(Qt::ControlModifier) ? Q_EMIT chosen(cells) : Q_EMIT choiceDropped();
}

void HeatPlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        fit();
}

void HeatPlot::wheelEvent(QWheelEvent* event)
{
    const double notches = event->angleDelta().y() != 0 ? event->angleDelta().y() / 120.0 : event->angleDelta().x() / 120.0;
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier), control = event->modifiers().testFlag(Qt::ControlModifier);
    zoom(std::pow(wheelStep, notches), event->position(), !control, !shift);
    event->accept();
}

void HeatPlot::leaveEvent(QEvent* event)
{
    point(QPointF(-1, -1));
    QCustomPlot::leaveEvent(event);
}

void HeatPlot::resizeEvent(QResizeEvent* event)
{
    if ((event->oldSize().height() >= leastForProfiles) != (height() >= leastForProfiles))
        setProfiles(m_profiles);
    QCustomPlot::resizeEvent(event);
    Q_EMIT viewChanged();
}

} // namespace ravel
