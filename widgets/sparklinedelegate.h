// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "items/sparkline.h"

class QPalette;
class QRect;

namespace ravel {

// Bars of a sparkline inside a rectangle; hatched while it is not known, with an exclamation mark where there is NaN or infinity.
void paintSparkline(QPainter&, const QRect&, const Sparkline&, const QPalette&, bool selected);

// Draws the Sparkline that a cell holds under SparklineRole; any other cell as usual.
class SparklineDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter*, const QStyleOptionViewItem&, const QModelIndex&) const override;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override;
};

} // namespace ravel
