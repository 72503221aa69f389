// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QStringList>

#include "widgets/maplane.h"

#include <cstdint>
#include <optional>

namespace ravel {

// The lines of a lane's tool tip: so many of them, and how many more there would be.
class TipLines {
    Q_DECLARE_TR_FUNCTIONS(ravel::TipLines)
public:
    explicit TipLines(qsizetype most)
        : m_most(most)
    {
    }
    // `words` makes the line: of one too many it is not asked.
    template <class Words> void add(Words words)
    {
        if (m_lines.size() < m_most)
            m_lines << words();
        else
            ++m_more;
    }
    std::optional<MapHit> hit(std::uint32_t placed) const // none without a line
    {
        if (m_lines.isEmpty())
            return std::nullopt;
        return MapHit { placed, placed + 1, (m_more > 0 ? m_lines + QStringList(tr("and %n more", nullptr, m_more)) : m_lines).join(u'\n') };
    }

private:
    qsizetype m_most;
    int m_more = 0;
    QStringList m_lines;
};

} // namespace ravel
