// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lessonpicture.h"

#include <QPainter>
#include <QPainterPath>

#include "checkpoint/geometry.h"
#include "items/qtext.h"
#include "layout/walk.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int margin = 8;
constexpr std::int64_t pathSteps = 12; // of the walk through the grids

// From cell to cell above the strip, with a head where it arrives.
void paintHop(QPainter& painter, QPointF from, QPointF to, double most)
{
    const double height = std::min(most, 6 + std::abs(to.x() - from.x()) / 8);
    QPainterPath path(from);
    path.cubicTo(from - QPointF(0, height * 4 / 3), to - QPointF(0, height * 4 / 3), to);
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
    painter.setBrush(painter.pen().color());
    painter.drawPolygon(QPolygonF { to, to + QPointF(-3, -5), to + QPointF(3, -5) });
}

} // namespace

void LessonPicture::paintCell(QPainter& painter, const QRectF& rect, std::optional<std::int64_t> position, const QString& text, bool lit) const
{
    const QRectF inside = rect.adjusted(0.5, 0.5, -0.5, -0.5);
    const bool odd = position && (*position / std::max<std::int64_t>(m_scene.row, 1)) % 2 == 1;
    painter.setPen(m_theme.line);
    if (!position)
        painter.setBrush(QBrush(m_theme.line, Qt::BDiagPattern)); // of the storage, but not of this tensor
    else
        painter.setBrush(lit ? mixed(m_theme.background, m_theme.selectionLine, 0.3) : odd ? mixed(m_theme.background, m_theme.tensor[1], 0.6) : m_theme.background);
    painter.drawRect(inside);
    if (lit) {
        painter.setPen(QPen(m_theme.selectionLine, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect.adjusted(1.5, 1.5, -1.5, -1.5));
    } else if (position && position == m_pointed) {
        painter.setPen(QPen(m_theme.pointer, 1, Qt::DashLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect.adjusted(1.5, 1.5, -1.5, -1.5));
    }
    painter.setPen(m_theme.text);
    painter.drawText(rect.adjusted(2, 0, -2, 0), Qt::AlignCenter | Qt::TextSingleLine,
        painter.fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(rect.width()) - 4));
}

QString LessonPicture::caption() const
{
    if (m_scene.batch > 0)
        return tr("x in one row: %n time(s) this tensor", nullptr, static_cast<int>(m_scene.batch));
    if (m_scene.memory)
        return tr("Memory: the storage, place 0 is the tensor's first element");
    if (!m_subject->offset && m_subject->repeats)
        return tr("The tensor's elements in one row (the flat vector has them in the order of the tensor that it repeats)");
    if (!m_subject->offset)
        return tr("The tensor's elements in one row (it has no place in the layout's flat vector)");
    return tr("Flat vector: %1 to %2 are this tensor's, place 0 is %1")
        .arg(countText(m_subject->offset->value), countText(m_subject->offset->value + m_subject->numel - 1));
}

void LessonPicture::paintPath(QPainter& painter) const
{
    if (m_scene.shape.empty())
        return;
    const double top = m_strip.top() - 2;
    std::int64_t numel = 1;
    for (const std::int64_t size : m_scene.shape)
        numel *= size;
    std::vector<std::int64_t> row = m_scene.at; // from its first element on
    row.back() = 0;
    const std::int64_t from = stridedPlace(row, contiguousStride(m_scene.shape));
    painter.setPen(QPen(m_theme.alias, 1.5));
    painter.setRenderHint(QPainter::Antialiasing);
    std::optional<double> last;
    for (std::int64_t step = from; step < std::min(numel, from + pathSteps); ++step) {
        const std::int64_t place = stridedPlace(coordinatesAt(step, m_scene.shape), m_scene.stride);
        const bool seen = place >= m_first && place < m_first + stripCount();
        const double x = stripCell(place).center().x();
        if (seen && last)
            paintHop(painter, { *last, top }, { x, top }, 1.5 * painter.fontMetrics().height());
        last = seen ? std::optional(x) : std::nullopt;
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void LessonPicture::paintStrip(QPainter& painter) const
{
    const std::int64_t count = stripCount(), lit = stridedPlace(m_scene.at, m_scene.stride);
    const QFont small = smallFont();
    const double label = std::ceil(QFontMetricsF(small).height());
    const double arcs = m_scene.path ? 2 * label : 0;
    painter.setFont(small);
    painter.setPen(m_theme.faintText);
    painter.drawText(QRectF(margin, m_strip.top() - arcs - label - 4, m_strip.width(), label), Qt::AlignLeft | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(caption(), Qt::ElideRight, static_cast<int>(m_strip.width())));
    for (std::int64_t place = m_first; place < m_first + count; ++place) {
        const QRectF cell = stripCell(place);
        paintCell(painter, cell, positionOnStrip(place), stripText(place), m_scene.litOnStrip && place == lit);
        painter.setPen(m_scene.litOnStrip && place == lit ? m_theme.text : m_theme.faintText);
        painter.drawText(QRectF(cell.left(), cell.bottom(), cell.width(), label), Qt::AlignCenter, countText(place));
    }
    painter.setPen(m_theme.faintText);
    const QRectF first = stripCell(m_first), last = stripCell(m_first + count - 1);
    if (m_first > 0)
        painter.drawText(QRectF(0, first.top(), margin, first.height()), Qt::AlignCenter, u"⋯"_s);
    if (m_first + count < stripSize())
        painter.drawText(QRectF(last.right(), last.top(), std::max(margin + 6.0, width() - last.right()), last.height()), Qt::AlignLeft | Qt::AlignVCenter, u"⋯"_s);
    if (m_scene.path)
        paintPath(painter);
}

void LessonPicture::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.background);
    if (!m_subject)
        return;
    painter.save();
    painter.translate(margin, margin);
    painter.setFont(smallFont());
    painter.setPen(m_theme.faintText);
    for (const NestedGrid::Label& label : m_grid.labels())
        painter.drawText(label.rect, static_cast<int>(label.alignment) | Qt::TextSingleLine | Qt::TextDontClip, label.text);
    for (const NestedGrid::Cell& cell : m_grid.cells())
        paintCell(painter, cell.rect, positionOf(cell.coordinates), cellText(cell.coordinates), m_scene.litInGrid && cell.coordinates == m_scene.at);
    painter.restore();
    paintStrip(painter);
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.selectionLine, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

} // namespace ravel
