// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include "layout/flatlayout.h"

namespace ravel {

// A layout that a test takes for granted.
inline std::shared_ptr<const FlatLayout> layoutOf(std::shared_ptr<const Checkpoint> checkpoint, LayoutSpec spec = {})
{
    auto layout = FlatLayout::make(std::move(checkpoint), spec);
    if (!layout)
        qFatal("%s", layout.error().message.c_str());
    return *layout;
}

} // namespace ravel
