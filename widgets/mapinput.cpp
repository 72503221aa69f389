// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapinput.h"

#include <QApplication>

#include "widgets/laneborders.h"
#include "widgets/maplanes.h"
#include "widgets/mapplot.h"
#include "widgets/overviewlane.h"
#include "widgets/valueslane.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ravel {

namespace {

constexpr int frame = 16;         // milliseconds
constexpr double wheelZoom = 1.25; // a notch
constexpr double notch = 120;
constexpr double wheelPan = 0.12; // views a notch

} // namespace

MapInput::MapInput(const MapScene& scene, const MapPlot& plot, QObject* parent)
    : QObject(parent)
    , m_scene(scene)
    , m_plot(plot)
    , m_borders(new LaneBorders(plot.mapLanes(), this))
{
    m_tell.setSingleShot(true);
    m_tell.setInterval(frame);
    m_scroll.setInterval(frame);
    connect(&m_tell, &QTimer::timeout, this, &MapInput::tellSelection);
    connect(&m_scroll, &QTimer::timeout, this, &MapInput::scrollOn);
}

double MapInput::viewX(QPointF point) const { return point.x() - m_plot.lanes().left(); }

std::optional<FlatIndex> MapInput::elementAt(QPointF point) const
{
    if (!m_scene.layout || m_scene.geometry.numel().value == 0)
        return std::nullopt;
    if (m_plot.overview().rect().contains(point.toPoint()))
        return m_plot.overview().indexAt(point.x());
    if (m_plot.lanes().contains(point.toPoint()))
        return m_scene.geometry.elementAt(viewX(point));
    return std::nullopt;
}

std::optional<PlacedRange> MapInput::tensorsAt(QPointF point) const
{
    if (const auto hit = m_plot.hit(point); hit && hit->first < hit->last) // flags on the ruler are no tensors
        return PlacedRange { hit->first, hit->last };
    const auto index = elementAt(point);
    const auto placed = index ? m_scene.layout->placedAt(*index) : fail(ErrorCode::Usage, {});
    if (!placed)
        return std::nullopt;
    return PlacedRange { *placed, *placed + 1 };
}

void MapInput::press(QPointF point, Qt::MouseButton button, Qt::KeyboardModifiers modifiers)
{
    if (m_drag == Drag::None && button == Qt::LeftButton && m_borders->press(point))
        return;
    if (m_drag != Drag::None || !elementAt(point))
        return;
    m_from = m_last = point;
    const bool overview = m_plot.overview().rect().contains(point.toPoint());
    if (button == Qt::MiddleButton || (button == Qt::LeftButton && modifiers.testFlag(Qt::ShiftModifier) && !overview)) {
        m_drag = Drag::Pan;
    } else if (button == Qt::LeftButton && overview) {
        m_drag = Drag::Window;
        const QRectF window = m_plot.overview().window();
        const MapView view = m_scene.geometry.view();
        const double at = static_cast<double>(m_plot.overview().indexAt(point.x()).value);
        m_grip = window.contains(point) ? at - view.begin.toDouble() : view.span / 2;
        dragWindow(point);
    } else if (button == Qt::LeftButton) {
        m_drag = Drag::Undecided;
        m_anchor = *elementAt(point);
    }
}

void MapInput::move(QPointF point, Qt::MouseButtons buttons)
{
    if ((m_drag != Drag::None || m_borders->dragging()) && buttons == Qt::NoButton)
        giveUp(); // the release went elsewhere
    const bool onBorder = m_borders->dragging() || (m_drag == Drag::None && m_borders->at(point));
    if (std::exchange(m_onBorder, onBorder) != onBorder)
        Q_EMIT shapeWanted(onBorder ? Qt::SizeVerCursor : Qt::ArrowCursor);
    if (m_borders->move(point))
        return;
    if (m_drag == Drag::Undecided && (point - m_from).manhattanLength() >= QApplication::startDragDistance()) {
        m_drag = Drag::Select;
        Q_EMIT selectionBegun();
    }
    const QPointF step = point - m_last;
    m_last = point;
    if (m_drag == Drag::Pan)
        Q_EMIT panned(step.x());
    else if (m_drag == Drag::Window)
        dragWindow(point);
    else if (m_drag == Drag::Select)
        dragSelection(point);
    Q_EMIT pointed(elementAt(point));
}

void MapInput::release(QPointF point, Qt::MouseButton button)
{
    if ((button != Qt::LeftButton && button != Qt::MiddleButton) || m_borders->release())
        return;
    const Drag drag = m_drag;
    m_drag = Drag::None;
    m_scroll.stop();
    if (drag == Drag::Undecided) {
        click(point);
    } else if (drag == Drag::Select) {
        m_drag = Drag::Select;
        dragSelection(point);
        m_drag = Drag::None;
        m_scroll.stop();
        tellSelection();
    }
}

void MapInput::click(QPointF point)
{
    const auto placed = tensorsAt(point);
    if (!placed)
        return;
    const auto index = elementAt(point);
    if (!m_plot.hit(point) && m_scene.geometry.elementWidth() >= ValuesLane::sampleWidth) {
        if (const auto one = selectRange(*m_scene.layout, { *index, *index + Count(1) }))
            Q_EMIT selected(*one);
        return;
    }
    Q_EMIT selected(MapNavigation(*m_scene.layout, m_scene.modules).selection(*placed));
}

void MapInput::doubleClick(QPointF point, Qt::MouseButton button)
{
    if (button == Qt::LeftButton && m_borders->doubleClick(point))
        return;
    const auto placed = tensorsAt(point);
    if (button != Qt::LeftButton || !placed || m_plot.overview().rect().contains(point.toPoint()))
        return press(point, button, {});
    const MapNavigation navigation(*m_scene.layout, m_scene.modules);
    Q_EMIT selected(navigation.selection(*placed));
    Q_EMIT fitted(navigation.range(*placed));
}

void MapInput::dragSelection(QPointF point)
{
    const FlatIndex here = m_scene.geometry.elementAt(std::clamp(viewX(point), 0.0, m_scene.geometry.width() - 1));
    m_range = { std::min(m_anchor, here), std::max(m_anchor, here) + Count(1) };
    Q_EMIT dragged(m_range);
    if (!m_tell.isActive())
        m_tell.start();
    const QRect lanes = m_plot.lanes();
    const bool beyond = point.x() < lanes.left() || point.x() > lanes.right();
    if (beyond != m_scroll.isActive())
        beyond ? m_scroll.start() : m_scroll.stop();
}

void MapInput::scrollOn()
{
    const QRect lanes = m_plot.lanes();
    const double over = m_last.x() < lanes.left() ? lanes.left() - m_last.x() : lanes.right() - m_last.x();
    Q_EMIT panned(over * 0.4);
    dragSelection(m_last);
}

void MapInput::tellSelection()
{
    m_tell.stop();
    if (!m_scene.layout)
        return;
    if (const auto selection = selectRange(*m_scene.layout, m_range))
        Q_EMIT selected(*selection);
}

void MapInput::dragWindow(QPointF point)
{
    const MapGeometry all(m_scene.geometry.numel(), m_plot.overview().rect().width());
    Q_EMIT movedTo(all.fromPixel(point.x() - m_plot.overview().rect().left()).toDouble() - m_grip);
}

bool MapInput::wheel(QPointF point, QPoint angleDelta, Qt::KeyboardModifiers modifiers)
{
    if (!elementAt(point) || m_plot.overview().rect().contains(point.toPoint()))
        return false;
    const bool sideways = std::abs(angleDelta.x()) > std::abs(angleDelta.y());
    const double notches = (sideways ? angleDelta.x() : angleDelta.y()) / notch;
    const bool pans = sideways || modifiers.testFlag(Qt::ShiftModifier) || (m_wheelScrolls && !modifiers.testFlag(Qt::ControlModifier));
    if (pans)
        Q_EMIT panned(notches * wheelPan * m_scene.geometry.width());
    else
        Q_EMIT zoomed(std::pow(wheelZoom, -notches), viewX(point));
    return true;
}

void MapInput::leave()
{
    if (m_drag == Drag::None)
        Q_EMIT pointed(std::nullopt);
}

bool MapInput::giveUp()
{
    const bool dragging = m_borders->giveUp() || m_drag != Drag::None;
    const bool selecting = std::exchange(m_drag, Drag::None) == Drag::Select;
    m_tell.stop();
    m_scroll.stop();
    if (selecting)
        Q_EMIT selectionGivenUp();
    return dragging;
}

} // namespace ravel
