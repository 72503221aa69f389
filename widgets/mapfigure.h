// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/mapscene.h"

#include <QPointer>
#include <QSize>

#include <memory>

class QCPPainter;
class QPalette;

namespace ravel {

class MapPlot;
class OffsetMap;

// The map once more, to be painted elsewhere: the same view, lanes and selection in another size and palette, while the window's own stays as it
// is and may go away before; it reads for itself, and sees what the analysis learns meanwhile. GUI thread only.
class MapFigure {
public:
    // `ratio`: pixels of what is drawn as pixels (bands, shades) to one of `size`. `transparent`: without a ground.
    MapFigure(const OffsetMap&, QSize size, const QPalette&, double ratio, bool transparent);
    ~MapFigure();

    bool settled(); // all numbers that it draws are here; asks for those that are not
    void paint(QCPPainter&, QPoint at);
    FlatRange visible() const { return m_scene.geometry.visible(); }

private:
    void learn();

    QPointer<const OffsetMap> m_map;
    MapScene m_scene;
    MapLoader m_loader, m_previewLoader, m_differenceLoader;
    std::unique_ptr<MapPlot> m_plot;
    QSize m_size;
};

} // namespace ravel
