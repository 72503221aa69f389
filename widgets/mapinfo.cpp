// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapinfo.h"

#include <QPainter>

#include "items/qtext.h"
#include "items/stepselect.h"
#include "layout/slicesyntax.h"

#include <algorithm>

namespace ravel {

MapInfo::MapInfo(const MapScene& scene, QWidget* parent)
    : QWidget(parent)
    , m_scene(scene)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
}

QSize MapInfo::sizeHint() const { return { 100, fontMetrics().height() + 6 }; }

void MapInfo::setTrouble(const QString& sentence)
{
    m_trouble = sentence;
    update();
}

void MapInfo::setSelection(const Selection& selection, const QString& taken)
{
    m_selection.clear();
    if (m_scene.layout && !m_scene.selectedWhole.empty()) {
        const FlatIndex begin = m_scene.selectedWhole.front().begin, end = m_scene.selectedWhole.back().end;
        const QString range = QStringLiteral("[%1, %2)").arg(countText(begin.value), countText(end.value));
        const std::int64_t numel = selection.numel().value;
        const QString count = numel == 1 ? tr("1 element") : tr("%1 elements").arg(countText(numel));
        QString where = shown(ravel::selectionText(*m_scene.layout, { selection.boxes, std::nullopt }));
        if (where.startsWith(u'#'))
            where.clear(); // says the range again
        m_selection = QStringLiteral("%1  %2  %3").arg(range, count, where);
        if (selection.where)
            m_selection += tr("  where %1").arg(predicateText(*selection.where)) + (taken.isEmpty() ? QString() : tr(": %1 of them").arg(taken));
    } else if (!selection.boxes.empty()) {
        m_selection = tr("The selection lies outside the layout");
    }
    update();
}

QString MapInfo::pointerText() const
{
    if (!m_scene.layout || !m_scene.pointed)
        return {};
    const auto& facts = m_scene.element->facts();
    if (!facts || facts->index != *m_scene.pointed)
        return {};
    const QString text = QStringLiteral("%1  %2").arg(countText(facts->index.value), facts->name + facts->coordinates);
    return facts->value.isEmpty() ? text : text + (facts->side.isEmpty() ? QStringLiteral(" ") : QStringLiteral("  ")) + valueText(*facts);
}

QString MapInfo::stateText() const
{
    if (!m_trouble.isEmpty())
        return m_trouble;
    if (!m_scene.pyramid || m_scene.pyramid->blockCount() == 0)
        return {};
    const double known = static_cast<double>(m_scene.pyramid->knownBlocks()) / static_cast<double>(m_scene.pyramid->blockCount());
    if (known >= 1)
        return {};
    const QString share = tr("%1 % read").arg(static_cast<int>(known * 100));
    return m_scene.frame.estimated() ? tr("≈ estimate, %1").arg(share) : share;
}

QString MapInfo::visibleText() const
{
    if (!m_scene.layout)
        return tr("Nothing is open");
    const FlatRange visible = m_scene.geometry.visible();
    const auto [first, last] = m_scene.layout->placedIn(visible);
    if (first >= last)
        return tr("The vector is empty");
    return tr("Offsets %1 to %2 of %3: %n tensor(s), from %4 to %5", nullptr, static_cast<int>(last - first))
        .arg(countText(visible.begin.value), countText(visible.end.value), countText(m_scene.geometry.numel().value),
            shown(m_scene.segment(first).name), shown(m_scene.segment(last - 1).name));
}

void MapInfo::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_scene.theme.gutter);
    const QRect area = rect().adjusted(8, 0, -8, 0);
    const QFontMetrics metrics = fontMetrics();
    const QColor ink = readable(m_scene.theme.text, m_scene.theme.gutter);
    int right = area.right();
    const auto atRight = [&](const QString& text, const QColor& colour, int most) {
        if (text.isEmpty() || most < metrics.averageCharWidth() * 4)
            return;
        const QString shownText = metrics.elidedText(text, Qt::ElideMiddle, most);
        const int width = metrics.horizontalAdvance(shownText);
        painter.setPen(colour);
        painter.drawText(QRect(right - width, area.top(), width + 1, area.height()), Qt::AlignRight | Qt::AlignVCenter, shownText);
        right -= width + 24;
    };
    atRight(stateText(), m_scene.theme.faintText, area.width() / 2);
    atRight(pointerText(), m_scene.theme.faintText, (right - area.left()) * 6 / 10);
    painter.setPen(ink);
    painter.drawText(QRect(area.left(), area.top(), std::max(0, right - area.left()), area.height()), Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(m_selection.isEmpty() ? visibleText() : m_selection, Qt::ElideRight, std::max(0, right - area.left())));
}

} // namespace ravel
