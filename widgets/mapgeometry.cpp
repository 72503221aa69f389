// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapgeometry.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr std::int64_t farthest = std::int64_t(1) << 62;
constexpr double farPixel = 1e9;

} // namespace

MapPlace mapPlace(std::int64_t whole, double part)
{
    const double carry = std::floor(part);
    if (carry >= static_cast<double>(farthest) || carry <= -static_cast<double>(farthest))
        return { carry > 0 ? farthest : -farthest, 0 };
    std::int64_t sum = 0;
    if (!checkedAdd(whole, static_cast<std::int64_t>(carry), sum) || sum > farthest || sum < -farthest)
        return { carry > 0 || (carry == 0 && whole > 0) ? farthest : -farthest, 0 };
    double rest = part - carry;
    if (rest >= 1) { // -1e-20 is carried to -1 and leaves 1.0
        rest = 0;
        ++sum;
    }
    return { sum, rest };
}

MapPlace shifted(MapPlace place, double elements)
{
    const double whole = std::trunc(elements);
    if (!(std::abs(whole) < static_cast<double>(farthest)))
        return { whole > 0 ? farthest : -farthest, 0 };
    std::int64_t sum = 0;
    if (!checkedAdd(place.whole, static_cast<std::int64_t>(whole), sum))
        return { whole > 0 ? farthest : -farthest, 0 };
    return mapPlace(sum, place.part + (elements - whole));
}

double distance(MapPlace from, MapPlace to)
{
    return static_cast<double>(to.whole - from.whole) + (to.part - from.part);
}

MapGeometry::MapGeometry(Count numel, double width)
    : m_numel(numel)
    , m_width(std::max(width, 1.0))
{
    fitAll();
}

double MapGeometry::minSpan() const
{
    return std::min(m_width / maxElementWidth, std::max(1.0, static_cast<double>(m_numel.value)));
}

void MapGeometry::clamp()
{
    const double all = std::max(1.0, static_cast<double>(m_numel.value));
    m_view.span = std::clamp(std::isfinite(m_view.span) ? m_view.span : all, minSpan(), all);
    const MapPlace last = shifted({ std::max<std::int64_t>(m_numel.value, 1), 0 }, -m_view.span);
    if (distance(last, m_view.begin) > 0)
        m_view.begin = last;
    if (m_view.begin.whole < 0 || m_view.span >= all)
        m_view.begin = {};
}

void MapGeometry::setWidth(double pixels)
{
    m_width = std::max(pixels, 1.0);
    clamp();
}

void MapGeometry::setView(MapView view)
{
    m_view = { mapPlace(view.begin.whole, std::isfinite(view.begin.part) ? view.begin.part : 0), view.span };
    clamp();
}

double MapGeometry::toPixel(MapPlace place) const
{
    return std::clamp(distance(m_view.begin, place) * (m_width / m_view.span), -farPixel, farPixel);
}

double MapGeometry::toPixel(FlatIndex index) const
{
    return toPixel(MapPlace { index.value, 0 });
}

MapPlace MapGeometry::fromPixel(double x) const
{
    return shifted(m_view.begin, x * m_view.span / m_width);
}

FlatIndex MapGeometry::elementAt(double x) const
{
    const std::int64_t last = std::max<std::int64_t>(m_numel.value - 1, 0);
    return FlatIndex(std::clamp<std::int64_t>(fromPixel(x).whole, 0, last));
}

FlatRange MapGeometry::visible() const
{
    if (m_numel.value == 0)
        return {};
    const MapPlace end = shifted(m_view.begin, m_view.span);
    const std::int64_t past = end.whole + (end.part > 1e-9 ? 1 : 0); // not the element that the rounding of an end touches
    return { FlatIndex(m_view.begin.whole), FlatIndex(std::clamp(past, m_view.begin.whole + 1, m_numel.value)) };
}

FlatRange MapGeometry::column(double x, double w) const
{
    const MapPlace from = fromPixel(x), to = fromPixel(x + w);
    std::int64_t begin = from.whole + (from.part > 0 ? 1 : 0), end = to.whole + (to.part > 0 ? 1 : 0);
    if (end <= begin) { // no element starts here: the one that fills the column
        begin = from.whole;
        end = begin + 1;
    }
    begin = std::clamp<std::int64_t>(begin, 0, m_numel.value);
    end = std::clamp<std::int64_t>(end, begin, m_numel.value);
    return { FlatIndex(begin), FlatIndex(end) };
}

void MapGeometry::fitAll()
{
    m_view = { {}, std::max(1.0, static_cast<double>(m_numel.value)) };
}

void MapGeometry::fit(FlatRange range, double room)
{
    const double count = std::max(1.0, static_cast<double>(range.count().value));
    const double span = std::max(count / (1 - 2 * room), minSpan());
    m_view = { shifted({ range.begin.value, 0 }, (count - span) / 2), span };
    clamp();
}

void MapGeometry::zoom(double factor, double x)
{
    const double all = std::max(1.0, static_cast<double>(m_numel.value));
    const double span = std::clamp(m_view.span * factor, minSpan(), all);
    const MapPlace held = fromPixel(x);
    m_view = { shifted(held, -x * span / m_width), span };
    clamp();
}

void MapGeometry::panPixels(double dx)
{
    m_view.begin = shifted(m_view.begin, -dx * m_view.span / m_width);
    clamp();
}

void MapGeometry::panViews(double views)
{
    m_view.begin = shifted(m_view.begin, views * m_view.span);
    clamp();
}

void MapGeometry::centre(MapPlace place)
{
    m_view.begin = shifted(place, -m_view.span / 2);
    clamp();
}

} // namespace ravel
