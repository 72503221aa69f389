// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScreen>
#include <QWidget>

namespace ravel {

// A size for a window that is to be `wanted`: smaller where its screen, less a frame and a title, is (a small screen, or a large scale).
inline QSize fittingScreen(const QWidget& window, QSize wanted)
{
    const QScreen* screen = window.screen();
    return screen ? wanted.boundedTo(screen->availableSize() - QSize(16, 48)) : wanted;
}

} // namespace ravel
