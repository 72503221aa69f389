// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/icons.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QPixmap>

namespace ravel {

namespace {

// On a grid of 16 by 16, y down.
QPainterPath bentArrow()
{
    QPainterPath path;
    path.moveTo(6, 2.5);
    path.lineTo(2.5, 6);
    path.lineTo(6, 9.5);
    path.moveTo(2.5, 6);
    path.lineTo(9.5, 6);
    path.arcTo(5.75, 6, 7.5, 7.5, 90, -180);
    path.lineTo(6, 13.5);
    return path;
}

QPainterPath chevron()
{
    QPainterPath path;
    path.moveTo(10, 3);
    path.lineTo(5, 8);
    path.lineTo(10, 13);
    return path;
}

// Asks for the palette each time it is drawn: the theme may have changed.
class PaletteIcon : public QIconEngine {
public:
    PaletteIcon(const QPainterPath& path, bool mirrored)
        : m_path(path)
        , m_mirrored(mirrored)
    {
    }
    QIconEngine* clone() const override { return new PaletteIcon(*this); }
    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->translate(rect.topLeft());
        painter->scale(rect.width() / 16.0, rect.height() / 16.0);
        if (m_mirrored) {
            painter->translate(16, 0);
            painter->scale(-1, 1);
        }
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const QColor ink = QGuiApplication::palette().color(group, QPalette::ButtonText);
        painter->setPen(QPen(ink, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->setBrush(Qt::NoBrush);
        painter->drawPath(m_path);
        painter->restore();
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }

private:
    QPainterPath m_path;
    bool m_mirrored;
};

QIcon drawn(const QPainterPath& path, bool mirrored) { return QIcon(new PaletteIcon(path, mirrored)); }

} // namespace

QIcon undoIcon() { return drawn(bentArrow(), false); }
QIcon redoIcon() { return drawn(bentArrow(), true); }
QIcon backIcon() { return drawn(chevron(), false); }
QIcon forwardIcon() { return drawn(chevron(), true); }

} // namespace ravel
