// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapfigure.h"

#include <QCoreApplication>
#include <QResizeEvent>

#include "widgets/maplanes.h"
#include "widgets/mapplot.h"
#include "widgets/offsetmap.h"

namespace ravel {

MapFigure::MapFigure(const OffsetMap& map, QSize size, const QPalette& palette, double ratio, bool transparent)
    : m_map(&map)
    , m_scene(map.scene())
    , m_size(size)
{
    m_loader.setSource(*m_scene.loader);
    m_previewLoader.setSource(*m_scene.previewLoader);
    m_scene.loader = &m_loader;
    m_scene.previewLoader = &m_previewLoader;
    m_differenceLoader.setSource(*m_scene.differenceLoader);
    m_scene.differenceLoader = &m_differenceLoader;
    m_scene.element = nullptr; // the map's own
    m_scene.theme = MapTheme::of(palette);
    if (transparent) {
        m_scene.theme.gutter.setAlpha(0);
        m_scene.theme.background.setAlpha(0);
    }
    m_scene.names.clear(); // elided for another width
    m_scene.pointed.reset();
    m_plot = std::make_unique<MapPlot>(m_scene, nullptr);
    m_plot->setFont(map.font());
    m_plot->setBufferDevicePixelRatio(ratio);
    m_plot->mapLanes().setState(map.lanes().state());
    m_plot->resize(size);
    QResizeEvent resized(size, {}); // a widget that is never shown is not told
    QCoreApplication::sendEvent(m_plot.get(), &resized);
}

MapFigure::~MapFigure() = default;

// What has been found since the scene was copied.
void MapFigure::learn()
{
    if (m_scene.pyramid)
        m_scene.known = m_scene.pyramid->revision();
    if (m_scene.difference)
        m_scene.difference->known = m_scene.difference->pyramid->revision();
    if (!m_map || m_map->scene().layout != m_scene.layout)
        return;
    m_scene.anomalies = m_map->scene().anomalies;
    m_scene.anomalyEnds = m_map->scene().anomalyEnds;
}

bool MapFigure::settled()
{
    learn();
    m_plot->replot(QCustomPlot::rpImmediateRefresh);
    return !m_loader.busy() && !(m_scene.preview && m_previewLoader.busy()) && !(m_scene.difference && m_differenceLoader.busy());
}

void MapFigure::paint(QCPPainter& painter, QPoint at)
{
    m_plot->replot(QCustomPlot::rpImmediateRefresh); // makes the frames
    painter.save();
    painter.translate(at);
    m_plot->toPainter(&painter, m_size.width(), m_size.height());
    painter.restore();
}

} // namespace ravel
