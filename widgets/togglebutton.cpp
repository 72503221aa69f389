// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/togglebutton.h"

#include <QPainter>

namespace ravel {

ToggleButton::ToggleButton(QWidget* parent)
    : QToolButton(parent)
{
    setCheckable(true);
}

void ToggleButton::paintEvent(QPaintEvent* event)
{
    QToolButton::paintEvent(event);
    if (!isChecked())
        return;
    constexpr int thick = 3;
    QPainter painter(this);
    painter.fillRect(rect().adjusted(2, height() - thick - 1, -2, -1), palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::Highlight));
}

} // namespace ravel
