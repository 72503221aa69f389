// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/mapgeometry.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ravel {

// The views that were left, for back and forward. Zooming with the wheel and panning are one step as long as no pause comes between.
class ViewHistory {
public:
    enum class Move : std::uint8_t { Jump, Glide };
    static constexpr std::int64_t pause = 700; // milliseconds
    static constexpr std::size_t kept = 200;

    void clear() { *this = ViewHistory(); }
    // The view is about to leave `from`; now in milliseconds.
    void leave(const MapView& from, Move, std::int64_t now);
    bool canGoBack() const { return !m_back.empty(); }
    bool canGoForward() const { return !m_forward.empty(); }
    std::optional<MapView> back(const MapView& present);
    std::optional<MapView> forward(const MapView& present);

private:
    std::vector<MapView> m_back, m_forward;
    std::optional<std::int64_t> m_gliding; // when the last piece of a glide came
};

} // namespace ravel
