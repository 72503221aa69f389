// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/icons.h"

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

QIcon drawn(const QPainterPath& path, bool mirrored, const QPalette& palette)
{
    QIcon icon;
    for (const QIcon::Mode mode : { QIcon::Normal, QIcon::Disabled })
        for (const int size : { 16, 24, 32, 48 }) {
            QPixmap pixmap(size, size);
            pixmap.fill(Qt::transparent);
            QPainter painter(&pixmap);
            painter.setRenderHint(QPainter::Antialiasing);
            painter.scale(size / 16.0, size / 16.0);
            if (mirrored) {
                painter.translate(16, 0);
                painter.scale(-1, 1);
            }
            const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
            painter.setPen(QPen(palette.color(group, QPalette::ButtonText), 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
            painter.drawPath(path);
            painter.end();
            icon.addPixmap(pixmap, mode);
        }
    return icon;
}

} // namespace

QIcon undoIcon(const QPalette& palette) { return drawn(bentArrow(), false, palette); }
QIcon redoIcon(const QPalette& palette) { return drawn(bentArrow(), true, palette); }
QIcon backIcon(const QPalette& palette) { return drawn(chevron(), false, palette); }
QIcon forwardIcon(const QPalette& palette) { return drawn(chevron(), true, palette); }

} // namespace ravel
