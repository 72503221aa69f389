// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/nestedgrid.h"

#include <QStringList>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::int64_t mostAcross = 16, mostBlocks = 6; // of one of the last two dimensions, of another
constexpr double cutWidth = 14;                         // where something is left out

} // namespace

// The grid of the last two dimensions, or less where the tensor has less.
QSizeF NestedGrid::sizeFrom(std::size_t dim) const
{
    const std::size_t n = m_windows.size(), inner = n >= 2 ? n - 2 : 0;
    if (dim >= inner) {
        double width = m_metrics.cell.width(), height = m_metrics.cell.height();
        if (n > 0) {
            const Window& columns = m_windows.back();
            width = width * static_cast<double>(columns.count) + (columns.cut() ? 2 * cutWidth : 0);
            height += m_metrics.label.height();
        }
        if (n > 1) {
            const Window& rows = m_windows[n - 2];
            height += m_metrics.cell.height() * static_cast<double>(rows.count - 1) + (rows.cut() ? 2 * cutWidth : 0);
            width += m_metrics.label.width();
        }
        if (n > 2)
            height += m_metrics.label.height(); // its outer coordinates
        return { width, height };
    }
    const QSizeF part = sizeFrom(dim + 1);
    const Window& window = m_windows[dim];
    const auto along = [&](double one) {
        return one * static_cast<double>(window.count) + m_metrics.gap * static_cast<double>(window.count - 1) + (window.cut() ? 2 * cutWidth : 0);
    };
    return across(dim) ? QSizeF(along(part.width()), part.height()) : QSizeF(part.width(), along(part.height()));
}

// Those with one place alone take no turn.
bool NestedGrid::across(std::size_t dim) const
{
    bool across = m_acrossFirst;
    for (std::size_t d = m_windows.size() - 2; d-- > dim + 1;)
        across = across == (m_windows[d].size == 1);
    return across;
}

void NestedGrid::grow(QSizeF room)
{
    const std::size_t n = m_windows.size();
    const auto fits = [&] {
        const QSizeF wanted = sizeFrom(0);
        return wanted.width() <= room.width() && wanted.height() <= room.height();
    };
    for (std::int64_t target = 2; target <= mostAcross; ++target)
        for (std::size_t d = n; d-- > 0;) {
            Window& window = m_windows[d];
            if (window.count >= std::min(window.size, target) || (d + 2 < n && target > mostBlocks))
                continue;
            const std::int64_t before = window.count++;
            if (!fits()) // the whole may, because nothing has to be marked then
                window.count = window.size <= target + 1 ? window.size : before;
            if (!fits())
                window.count = before;
        }
}

std::int64_t NestedGrid::cellCount() const
{
    std::int64_t count = 1; // at most 16 x 16 of at most 6 blocks a dimension, and no more than fit
    for (const Window& window : m_windows)
        count *= window.count;
    return count;
}

NestedGrid::NestedGrid(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& at, QSizeF room, const Metrics& metrics, const NestedGrid* before)
    : m_metrics(metrics)
{
    for (const std::int64_t size : shape)
        m_windows.push_back({ 0, 1, size });
    const std::vector<Window> least = m_windows;
    grow(room);
    const std::vector<Window> across = m_windows;
    const std::int64_t shown = cellCount();
    m_windows = least;
    m_acrossFirst = false;
    grow(room);
    if (cellCount() <= shown) {
        m_acrossFirst = true;
        m_windows = across;
    }
    for (std::size_t d = 0; d < m_windows.size() && d < at.size(); ++d) {
        Window& window = m_windows[d];
        std::int64_t first = std::max<std::int64_t>(0, at[d] - window.count / 2);
        if (before && before->m_windows.size() == m_windows.size() && before->m_windows[d].size == window.size) {
            const std::int64_t old = before->m_windows[d].first;
            if (at[d] >= old && at[d] < old + window.count)
                first = old;
        }
        window.first = std::min(first, window.size - window.count);
    }
    m_size = sizeFrom(0);
    std::vector<std::int64_t> coordinates;
    place(0, { 0, 0 }, coordinates);
}

void NestedGrid::mark(QRectF where, bool vertical)
{
    m_labels.push_back({ where, vertical ? u"⋮"_s : u"⋯"_s, Qt::AlignCenter });
}

void NestedGrid::place(std::size_t dim, QPointF origin, std::vector<std::int64_t>& coordinates)
{
    const std::size_t n = m_windows.size();
    if (n < 3 || dim >= n - 2) {
        placeGrid(origin, coordinates);
        return;
    }
    const Window& window = m_windows[dim];
    const QSizeF part = sizeFrom(dim + 1), all = sizeFrom(dim);
    const bool beside = across(dim);
    if (window.cut()) {
        const QSizeF slot = beside ? QSizeF(cutWidth, all.height()) : QSizeF(all.width(), cutWidth);
        if (window.first > 0)
            mark({ origin, slot }, !beside);
        if (window.first + window.count < window.size)
            mark({ QPointF(origin.x() + all.width() - slot.width(), origin.y() + all.height() - slot.height()), slot }, !beside);
        (beside ? origin.rx() : origin.ry()) += cutWidth;
    }
    for (std::int64_t i = 0; i < window.count; ++i) {
        coordinates.push_back(window.first + i);
        place(dim + 1, origin, coordinates);
        coordinates.pop_back();
        (beside ? origin.rx() : origin.ry()) += (beside ? part.width() : part.height()) + m_metrics.gap;
    }
}

void NestedGrid::placeGrid(QPointF origin, std::vector<std::int64_t>& coordinates)
{
    const std::size_t n = m_windows.size();
    const Window one;
    const Window& rows = n > 1 ? m_windows[n - 2] : one;
    const Window& columns = n > 0 ? m_windows[n - 1] : one;
    const QSizeF cell = m_metrics.cell, label = m_metrics.label, all = sizeFrom(n >= 2 ? n - 2 : 0);
    m_blocks.push_back({ origin, all });
    if (n > 2) {
        QStringList parts;
        for (const std::int64_t coordinate : coordinates)
            parts << QString::number(coordinate);
        m_labels.push_back({ { origin, QSizeF(all.width(), label.height()) }, u'[' + parts.join(u", "_s) + u", :, :]"_s, Qt::AlignLeft | Qt::AlignVCenter });
        origin.ry() += label.height();
    }
    if (n > 1)
        origin.rx() += label.width();
    const QPointF top = origin; // of the numbers of the columns
    if (n > 0)
        origin.ry() += label.height();
    const double x = origin.x() + (columns.cut() ? cutWidth : 0), y = origin.y() + (rows.cut() ? cutWidth : 0);
    const double width = cell.width() * static_cast<double>(columns.count), height = cell.height() * static_cast<double>(rows.count);
    for (std::int64_t c = 0; n > 0 && c < columns.count; ++c)
        m_labels.push_back({ { QPointF(x + cell.width() * static_cast<double>(c), top.y()), QSizeF(cell.width(), label.height()) },
            QString::number(columns.first + c), Qt::AlignCenter });
    for (std::int64_t r = 0; n > 1 && r < rows.count; ++r)
        m_labels.push_back({ { QPointF(origin.x() - label.width(), y + cell.height() * static_cast<double>(r)), QSizeF(label.width() - 4, cell.height()) },
            QString::number(rows.first + r), Qt::AlignRight | Qt::AlignVCenter });
    if (columns.first > 0)
        mark({ x - cutWidth, y, cutWidth, height }, false);
    if (columns.first + columns.count < columns.size)
        mark({ x + width, y, cutWidth, height }, false);
    if (rows.first > 0)
        mark({ x, y - cutWidth, width, cutWidth }, true);
    if (rows.first + rows.count < rows.size)
        mark({ x, y + height, width, cutWidth }, true);
    for (std::int64_t r = 0; r < rows.count; ++r)
        for (std::int64_t c = 0; c < columns.count; ++c) {
            Cell made { coordinates, { QPointF(x + cell.width() * static_cast<double>(c), y + cell.height() * static_cast<double>(r)), cell } };
            if (n > 1)
                made.coordinates.push_back(rows.first + r);
            if (n > 0)
                made.coordinates.push_back(columns.first + c);
            m_cells.push_back(std::move(made));
        }
}

const NestedGrid::Cell* NestedGrid::cellAt(QPointF point) const
{
    const auto found = std::find_if(m_cells.begin(), m_cells.end(), [point](const Cell& cell) { return cell.rect.contains(point); });
    return found == m_cells.end() ? nullptr : &*found;
}

const NestedGrid::Cell* NestedGrid::cellOf(const std::vector<std::int64_t>& coordinates) const
{
    const auto found = std::find_if(m_cells.begin(), m_cells.end(), [&](const Cell& cell) { return cell.coordinates == coordinates; });
    return found == m_cells.end() ? nullptr : &*found;
}

bool NestedGrid::complete() const
{
    return std::none_of(m_windows.begin(), m_windows.end(), [](const Window& window) { return window.cut(); });
}

} // namespace ravel
