// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lessonpicture.h"

#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>

#include "checkpoint/geometry.h"
#include "items/lessonnumbers.h"
#include "items/qtext.h"
#include "items/session.h"
#include "layout/places.h"
#include "layout/walk.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int margin = 8;

} // namespace

LessonPicture::LessonPicture(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_numbers(new LessonNumbers(*session.tasks(), this))
    , m_theme(MapTheme::of(palette()))
{
    setAccessibleName(tr("The tensor as nested grids, and its strip of the flat vector"));
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    connect(m_numbers, &LessonNumbers::arrived, this, [this] {
        describe();
        update();
    });
    connect(session.selection(), &SelectionModel::hoveredChanged, this, [this] {
        const auto hovered = m_session.selection()->hovered();
        std::optional<std::int64_t> pointed;
        if (hovered && m_subject && m_subject->offset && *hovered >= *m_subject->offset && *hovered < *m_subject->offset + Count(m_subject->numel))
            pointed = (*hovered - *m_subject->offset).value;
        if (pointed != m_pointed) {
            m_pointed = pointed;
            update();
        }
    });
}

void LessonPicture::setScene(const LessonSubject& subject, const LessonScene& scene)
{
    const bool same = m_subject && m_subject->layout == subject.layout && m_subject->tensor == subject.tensor;
    if (!same)
        m_pointed.reset();
    const bool otherShape = !same || scene.shape != m_scene.shape || scene.memory != m_scene.memory;
    m_subject = subject;
    m_scene = scene;
    if (otherShape) {
        m_grid = {};
        m_first = 0;
    }
    if (!same)
        outdate();
    layOut();
    update();
}

void LessonPicture::outdate()
{
    if (m_subject && m_session.document())
        m_numbers->setSource(m_session.document()->edited(), m_subject->tensor);
    want();
    update();
}

void LessonPicture::clear()
{
    m_subject.reset();
    m_scene = {};
    m_grid = {};
    m_numbers->clear();
    setAccessibleDescription({});
    update();
}

QSize LessonPicture::sizeHint() const { return { 240, 160 }; }
QSize LessonPicture::minimumSizeHint() const { return { 120, fontMetrics().height() * 4 }; }
bool LessonPicture::complete() const { return m_numbers->complete(); }

QFont LessonPicture::smallFont() const
{
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.85);
    return small;
}

// Room for a number with three digits, and for the largest place.
QSizeF LessonPicture::cellSize() const
{
    const QFontMetricsF metrics(smallFont());
    const double widest = std::max(metrics.horizontalAdvance(u"-0.0042"_s), metrics.horizontalAdvance(countText(stripSize() - 1)));
    return { std::ceil(widest) + 6, std::ceil(metrics.height()) + 8 };
}

void LessonPicture::layOut()
{
    if (!m_subject)
        return;
    const QFontMetricsF small(smallFont());
    const QSizeF cell = cellSize();
    const double label = std::ceil(small.height());
    const double arcs = m_scene.path ? 2 * label : 0;
    const double stripHeight = label + 4 + arcs + cell.height() + label;
    m_strip = QRectF(margin, height() - margin - label - cell.height(), std::max(cell.width(), width() - 2.0 * margin), cell.height());
    const QSizeF room(width() - 2.0 * margin, height() - stripHeight - 3.0 * margin);
    const NestedGrid before = m_grid;
    const std::size_t n = m_scene.shape.size();
    const QString rows = n > 1 ? QString::number(m_scene.shape[n - 2] - 1) : QString();
    const NestedGrid::Metrics sizes { cell, { std::ceil(small.horizontalAdvance(rows)) + 6, label }, 10 };
    m_grid = NestedGrid(m_scene.shape, m_scene.at, room, sizes, before.cells().empty() ? nullptr : &before);
    const std::int64_t lit = stridedPlace(m_scene.at, m_scene.stride);
    if (m_scene.path && n > 0) // from the beginning of its row on
        m_first = lit - m_scene.at.back() * m_scene.stride.back() - 1;
    if (m_scene.litOnStrip && (lit < m_first || lit >= m_first + stripCount()))
        m_first = lit - stripCount() / 2;
    m_first = std::clamp<std::int64_t>(m_first, 0, std::max<std::int64_t>(0, stripSize() - stripCount()));
    want();
    describe();
}

std::int64_t LessonPicture::stripSize() const
{
    if (!m_subject)
        return 0;
    std::vector<std::int64_t> last = m_scene.shape;
    for (std::int64_t& size : last)
        --size;
    return stridedPlace(last, m_scene.stride) + 1;
}

std::int64_t LessonPicture::stripCount() const
{
    return std::min(stripSize(), std::max<std::int64_t>(1, static_cast<std::int64_t>(m_strip.width() / cellSize().width())));
}

QRectF LessonPicture::stripCell(std::int64_t place) const
{
    const double cell = cellSize().width();
    return { m_strip.left() + cell * static_cast<double>(place - m_first), m_strip.top(), cell, m_strip.height() };
}

void LessonPicture::scrollTo(std::int64_t first)
{
    first = std::clamp<std::int64_t>(first, 0, std::max<std::int64_t>(0, stripSize() - stripCount()));
    if (first == m_first)
        return;
    m_first = first;
    want();
    update();
}

std::int64_t LessonPicture::positionOf(const std::vector<std::int64_t>& gridCoordinates) const { return stridedPlace(gridCoordinates, m_scene.order); }

std::optional<std::int64_t> LessonPicture::positionOnStrip(std::int64_t place) const
{
    if (!m_scene.memory)
        return place % m_subject->numel; // a batch repeats it
    const Tensor& facts = m_subject->facts();
    const auto coordinates = firstCoordinates(facts, facts.storageOffset + Count(place));
    return coordinates ? std::optional(stridedPlace(*coordinates, m_subject->order)) : std::nullopt;
}

StorageIndex LessonPicture::storageOf(std::int64_t position) const { return toStorageIndex(m_subject->facts(), position); }
QString LessonPicture::valueOf(std::int64_t position) const { return m_numbers->text(storageOf(position)); }

void LessonPicture::want()
{
    if (!m_subject)
        return;
    std::vector<StorageIndex> wanted;
    for (const NestedGrid::Cell& cell : m_grid.cells())
        wanted.push_back(storageOf(positionOf(cell.coordinates)));
    for (std::int64_t place = m_first; place < m_first + stripCount(); ++place)
        if (const auto position = positionOnStrip(place))
            wanted.push_back(storageOf(*position));
    m_numbers->want(std::move(wanted));
}

QString LessonPicture::cellText(const std::vector<std::int64_t>& coordinates) const
{
    if (coordinates == m_scene.at && !m_scene.litOnStrip)
        return u"?"_s;
    return m_scene.places ? countText(stridedPlace(coordinates, m_scene.stride)) : valueOf(positionOf(coordinates));
}

QString LessonPicture::stripText(std::int64_t place) const
{
    const auto position = positionOnStrip(place);
    if (!position)
        return {};
    return !m_scene.litInGrid && place == stridedPlace(m_scene.at, m_scene.stride) ? u"?"_s : valueOf(*position);
}

std::optional<QRect> LessonPicture::cellRect(const std::vector<std::int64_t>& coordinates) const
{
    const NestedGrid::Cell* cell = m_grid.cellOf(coordinates);
    return cell ? std::optional(cell->rect.translated(margin, margin).toAlignedRect()) : std::nullopt;
}

std::optional<QRect> LessonPicture::stripRect(std::int64_t place) const
{
    if (place < m_first || place >= m_first + stripCount())
        return std::nullopt;
    return stripCell(place).toAlignedRect();
}

std::optional<std::int64_t> LessonPicture::positionAt(QPointF point) const
{
    if (!m_subject)
        return std::nullopt;
    if (const NestedGrid::Cell* cell = m_grid.cellAt(point - QPointF(margin, margin)))
        return positionOf(cell->coordinates);
    for (std::int64_t place = m_first; place < m_first + stripCount(); ++place)
        if (stripCell(place).contains(point))
            return positionOnStrip(place);
    return std::nullopt;
}

void LessonPicture::mousePressEvent(QMouseEvent* event)
{
    const auto position = positionAt(event->position());
    if (event->button() == Qt::LeftButton && position)
        Q_EMIT picked(coordinatesAt(*position, m_subject->shape));
}

void LessonPicture::mouseMoveEvent(QMouseEvent* event) { Q_EMIT hovered(positionAt(event->position())); }
void LessonPicture::leaveEvent(QEvent*) { Q_EMIT hovered(std::nullopt); }

void LessonPicture::wheelEvent(QWheelEvent* event)
{
    const int turned = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
    m_turned += turned; // fine wheels turn by less than a cell
    const int cells = m_turned / 60;
    m_turned -= cells * 60;
    scrollTo(m_first - cells);
    event->accept();
}

// Arrows move in the grids as they are drawn; Page Up and Page Down from block to block, through all dimensions before; Home and End along the strip.
void LessonPicture::keyPressEvent(QKeyEvent* event)
{
    if (!m_subject || m_scene.shape.empty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    const std::size_t n = m_scene.shape.size();
    std::vector<std::int64_t> at = m_scene.at;
    const auto move = [&](std::size_t dim, std::int64_t by) {
        if (dim < n)
            at[dim] = std::clamp<std::int64_t>(at[dim] + by, 0, m_scene.shape[dim] - 1);
    };
    switch (event->key()) {
    case Qt::Key_Left: move(n - 1, -1); break;
    case Qt::Key_Right: move(n - 1, 1); break;
    case Qt::Key_Up: move(n - 2, -1); break;
    case Qt::Key_Down: move(n - 2, 1); break;
    case Qt::Key_PageUp: nextBlock(at, -1); break;
    case Qt::Key_PageDown: nextBlock(at, 1); break;
    case Qt::Key_Home: scrollTo(0); return;
    case Qt::Key_End: scrollTo(stripSize()); return;
    default: QWidget::keyPressEvent(event); return;
    }
    if (at != m_scene.at)
        Q_EMIT picked(coordinatesAt(positionOf(at), m_subject->shape));
}

// In row-major order of the dimensions before the last two; stops at the ends.
void LessonPicture::nextBlock(std::vector<std::int64_t>& at, std::int64_t by) const
{
    if (at.size() < 3)
        return;
    const auto outer = static_cast<std::ptrdiff_t>(at.size()) - 2;
    const std::vector<std::int64_t> shape(m_scene.shape.begin(), m_scene.shape.begin() + outer);
    const std::vector<std::int64_t> here(at.begin(), at.begin() + outer), stride = contiguousStride(shape);
    const std::int64_t block = stridedPlace(here, stride) + by;
    if (block < 0 || block >= stride.front() * shape.front())
        return;
    const std::vector<std::int64_t> there = coordinatesAt(block, shape);
    std::copy(there.begin(), there.end(), at.begin());
}

void LessonPicture::describe()
{
    if (!m_subject)
        return;
    QString text = tr("shape %1").arg(shapeText(m_scene.shape)); // and of the element what is not asked for
    if (m_scene.litInGrid)
        text += tr(", element %1").arg(indexText(m_scene.at));
    if (m_scene.litOnStrip)
        text += tr(", place %1").arg(countText(stridedPlace(m_scene.at, m_scene.stride)));
    if (m_scene.litInGrid && m_scene.litOnStrip)
        text += tr(", value %1").arg(valueOf(positionOf(m_scene.at)));
    setAccessibleDescription(text);
}

void LessonPicture::resizeEvent(QResizeEvent*) { layOut(); }

void LessonPicture::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        m_theme = MapTheme::of(palette());
        layOut();
        update();
    }
    QWidget::changeEvent(event);
}

} // namespace ravel
