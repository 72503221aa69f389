// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/viewhistory.h"

namespace ravel {

void ViewHistory::leave(const MapView& from, Move move, std::int64_t now)
{
    const bool continues = move == Move::Glide && m_gliding && now - *m_gliding < pause;
    m_gliding = move == Move::Glide ? std::optional(now) : std::nullopt;
    if (continues)
        return;
    m_forward.clear();
    m_back.push_back(from);
    if (m_back.size() > kept)
        m_back.erase(m_back.begin());
}

std::optional<MapView> ViewHistory::back(const MapView& present)
{
    if (m_back.empty())
        return std::nullopt;
    m_gliding.reset();
    m_forward.push_back(present);
    const MapView view = m_back.back();
    m_back.pop_back();
    return view;
}

std::optional<MapView> ViewHistory::forward(const MapView& present)
{
    if (m_forward.empty())
        return std::nullopt;
    m_gliding.reset();
    m_back.push_back(present);
    const MapView view = m_forward.back();
    m_forward.pop_back();
    return view;
}

} // namespace ravel
