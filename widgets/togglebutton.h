// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>

namespace ravel {

// A tool button that stays down; a bar at its foot tells that it is, because styles show that by a shade alone, which is hard to see in the dark.
class ToggleButton : public QToolButton {
    Q_OBJECT
public:
    explicit ToggleButton(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent*) override;
};

} // namespace ravel
