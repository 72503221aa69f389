// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "widgets/mapscene.h"

namespace ravel {

// A segment in words: name, dtype, shape, offsets, statistics as far as they are known.
QString segmentWords(const MapScene&, std::uint32_t placed);

} // namespace ravel
