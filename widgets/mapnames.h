// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFontMetrics>
#include <QHash>
#include <QStaticText>
#include <QString>

#include <cstdint>
#include <functional>

namespace ravel {

// Names laid out and elided once, for as long as they are drawn at the same width. Forgets all when it grows too large.
class MapNames {
public:
    void clear() { m_names.clear(); }
    // The name of `id`, elided to `width` pixels; `text` is asked when it is new. Null where not even a few letters fit.
    const QStaticText* fitted(std::uint64_t id, int width, const QFont&, const QFontMetrics&, const std::function<QString()>& text);

private:
    struct Name {
        QString full;
        int fullWidth = 0;
        int fittedTo = -1; // -1: whole
        QStaticText text;
    };
    QHash<std::uint64_t, Name> m_names;
};

} // namespace ravel
