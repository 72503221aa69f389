// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapnames.h"

namespace ravel {

namespace {

constexpr qsizetype mostNames = 20000;

QStaticText laidOut(const QString& text, const QFont& font)
{
    QStaticText laid(text);
    laid.setTextFormat(Qt::PlainText);
    laid.setPerformanceHint(QStaticText::AggressiveCaching);
    laid.prepare({}, font);
    return laid;
}

} // namespace

const QStaticText* MapNames::fitted(
    std::uint64_t id, int width, const QFont& font, const QFontMetrics& metrics, const std::function<QString()>& text)
{
    if (width < metrics.averageCharWidth() * 2)
        return nullptr;
    auto found = m_names.find(id);
    if (found == m_names.end()) {
        if (m_names.size() >= mostNames)
            m_names.clear();
        Name name;
        name.full = text();
        name.fullWidth = metrics.horizontalAdvance(name.full);
        name.text = laidOut(name.full, font);
        found = m_names.insert(id, name);
    }
    Name& name = *found;
    const int wanted = name.fullWidth <= width ? -1 : width & ~3; // zooming does not elide anew for each pixel
    if (name.fittedTo != wanted) {
        const QString shown = wanted < 0 ? name.full : metrics.elidedText(name.full, Qt::ElideRight, wanted);
        name.text = laidOut(shown, font);
        name.fittedTo = wanted;
    }
    return name.text.text().size() <= 1 && name.full.size() > 1 ? nullptr : &name.text;
}

} // namespace ravel
