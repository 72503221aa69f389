// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPaintDevice>
#include <QSize>

#include <memory>

namespace ravel {

// Paints into SVG 1.1: text stays text, clips are kept (QSvgGenerator of Qt 6.4 drops them), and the same painting gives the same bytes.
// Units are pixels of the size given; fonts in points are taken at `dpi`.
class SvgDevice : public QPaintDevice {
public:
    SvgDevice(QSize size, int dpi);
    ~SvgDevice() override;

    QByteArray bytes(const QString& title) const; // the document, once the painter has ended
    QPaintEngine* paintEngine() const override;

protected:
    int metric(PaintDeviceMetric) const override;

private:
    class Engine;
    QSize m_size;
    int m_dpi;
    std::unique_ptr<Engine> m_engine;
};

} // namespace ravel
