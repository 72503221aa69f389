// SPDX-License-Identifier: GPL-3.0-or-later
// OffsetMap: where the view and the selection go.
#include "widgets/offsetmapprivate.h"
#include "widgets/mapbrush.h"

#include "items/stepselect.h"

#include <QCursor>

namespace ravel {

namespace {

constexpr std::size_t mostRanges = 4096; // drawn of a selection; more are joined across their smallest gaps
constexpr double zoomStep = 1.6, panStep = 0.25;

} // namespace

std::optional<FlatRange> OffsetMap::Private::selectedHull() const
{
    if (scene.selectedWhole.empty())
        return std::nullopt;
    return FlatRange { scene.selectedWhole.front().begin, scene.selectedWhole.back().end };
}

std::optional<PlacedRange> OffsetMap::Private::current() const
{
    return open() ? navigation().touched(scene.selectedWhole) : std::nullopt;
}

void OffsetMap::Private::change(ViewHistory::Move move, const std::function<void(MapGeometry&)>& how)
{
    if (!open())
        return;
    const MapView before = scene.geometry.view();
    how(scene.geometry);
    if (scene.geometry.view() == before)
        return;
    history.leave(before, move, clock.elapsed());
    Q_EMIT map->historyChanged();
    viewMoved();
}

void OffsetMap::Private::viewMoved()
{
    if (!coverWhole)
        cover();
    plot->draw();
    info->update();
    map->setAccessibleDescription(info->visibleText());
    Q_EMIT map->viewChanged();
}

void OffsetMap::Private::cover()
{
    scene.selected.clear();
    if (!open() || !selection)
        return;
    const FlatCover whole = flatCover(*scene.layout, selection->selection(), mostRanges);
    scene.selectedWhole = whole.ranges;
    coverWhole = whole.complete;
    scene.selected = coverWhole ? whole.ranges
                                : flatCover(*scene.layout, selection->selection(), mostRanges, scene.geometry.visible()).ranges;
}

void OffsetMap::Private::selectionMoved()
{
    cover();
    showBrush();
    plot->drawOverlay();
    takenMoved();
}

// A predicate is on the document's values: among other numbers its band would mark others than it takes.
void OffsetMap::Private::showBrush() { brush->setWhere(selection && !numbers ? selection->selection().where : std::nullopt); }

void OffsetMap::Private::takenMoved()
{
    if (selection)
        info->setSelection(selection->selection(), takenText(*selection));
    else
        info->setSelection({});
}

void OffsetMap::Private::choose(std::optional<PlacedRange> placed, bool fit)
{
    if (!open() || !placed)
        return;
    const FlatRange range = navigation().range(*placed);
    if (selection)
        selection->select(navigation().selection(*placed));
    const FlatRange visible = scene.geometry.visible();
    if (fit)
        map->zoomTo(range);
    else if (range.end <= visible.begin || range.begin >= visible.end)
        change(ViewHistory::Move::Jump, [&](MapGeometry& g) { g.centre({ range.begin.value + range.count().value / 2, 0 }); });
}

void OffsetMap::Private::walk(std::optional<PlacedRange> (MapNavigation::*step)(PlacedRange) const)
{
    if (const auto from = current())
        choose((navigation().*step)(*from), false);
}

double OffsetMap::Private::pointerX() const
{
    const QRect lanes = plot->lanes();
    const QPoint at = plot->mapFromGlobal(QCursor::pos());
    if (map->underMouse() && lanes.contains(at))
        return at.x() - lanes.left();
    return scene.geometry.width() / 2;
}

const MapScene& OffsetMap::scene() const { return d->scene; }
FlatRange OffsetMap::visibleRange() const { return d->open() ? d->scene.geometry.visible() : FlatRange {}; }
bool OffsetMap::hasSelection() const { return d->selectedHull().has_value(); }
bool OffsetMap::canGoBack() const { return d->history.canGoBack(); }
bool OffsetMap::canGoForward() const { return d->history.canGoForward(); }
ValueScale OffsetMap::valueScale() const { return d->scene.scale; }
ValueExtent OffsetMap::valueExtent() const { return d->scene.extent; }
bool OffsetMap::wheelScrolls() const { return d->input->wheelScrolls(); }
QSize OffsetMap::sizeHint() const { return { 960, 420 }; }
QSize OffsetMap::minimumSizeHint() const { return { 320, d->plot->leastHeight() + d->info->sizeHint().height() + 2 }; }

void OffsetMap::refresh()
{
    d->scene.known = d->scene.pyramid ? d->scene.pyramid->revision() : 0;
    if (d->scene.difference)
        d->scene.difference->known = d->scene.difference->pyramid->revision();
    d->plot->draw();
    d->info->update();
}

void OffsetMap::zoomTo(FlatRange range)
{
    d->change(ViewHistory::Move::Jump, [range](MapGeometry& g) { g.fit(range); });
}

void OffsetMap::showRange(FlatRange range)
{
    d->change(ViewHistory::Move::Jump,
        [range](MapGeometry& g) { g.setView({ mapPlace(range.begin.value, 0), static_cast<double>(range.count().value) }); });
}

void OffsetMap::zoomIn()
{
    d->change(ViewHistory::Move::Glide, [x = d->pointerX()](MapGeometry& g) { g.zoom(1 / zoomStep, x); });
}

void OffsetMap::zoomOut()
{
    d->change(ViewHistory::Move::Glide, [x = d->pointerX()](MapGeometry& g) { g.zoom(zoomStep, x); });
}

void OffsetMap::panBy(double views)
{
    d->change(ViewHistory::Move::Glide, [views](MapGeometry& g) { g.panViews(views); });
}

void OffsetMap::panLeft() { panBy(-panStep); }
void OffsetMap::panRight() { panBy(panStep); }

void OffsetMap::fitAll()
{
    d->change(ViewHistory::Move::Jump, [](MapGeometry& g) { g.fitAll(); });
}

void OffsetMap::fitSelection()
{
    if (const auto hull = d->selectedHull())
        zoomTo(*hull);
}

void OffsetMap::centreOrFit()
{
    const auto hull = d->selectedHull();
    if (!hull)
        return fitAll();
    MapGeometry centred = d->scene.geometry;
    centred.centre({ hull->begin.value + hull->count().value / 2, 0 });
    if (std::abs(distance(centred.view().begin, d->scene.geometry.view().begin)) < centred.perPixel())
        return zoomTo(*hull);
    d->change(ViewHistory::Move::Jump, [&centred](MapGeometry& g) { g = centred; });
}

void OffsetMap::back()
{
    if (const auto view = d->history.back(d->scene.geometry.view())) {
        d->scene.geometry.setView(*view);
        Q_EMIT historyChanged();
        d->viewMoved();
    }
}

void OffsetMap::forward()
{
    if (const auto view = d->history.forward(d->scene.geometry.view())) {
        d->scene.geometry.setView(*view);
        Q_EMIT historyChanged();
        d->viewMoved();
    }
}

void OffsetMap::nextTensor()
{
    if (!d->open())
        return;
    const auto hull = d->selectedHull();
    d->choose(d->navigation().tensor(hull ? std::optional(hull->end - Count(1)) : std::nullopt, 1), true);
}

void OffsetMap::previousTensor()
{
    if (!d->open())
        return;
    const auto hull = d->selectedHull();
    d->choose(d->navigation().tensor(hull ? std::optional(hull->begin) : std::nullopt, -1), true);
}

void OffsetMap::selectParent()
{
    const auto from = d->current();
    if (!from)
        return;
    // Of a part of a tensor, or of tensors that do not begin and end with a module, first the whole of them.
    if (from->last - from->first == 1 && !d->navigation().whole(d->scene.selectedWhole, *from))
        return d->choose(from, false);
    d->choose(d->navigation().parent(*from), false);
}

void OffsetMap::selectChild() { d->walk(&MapNavigation::child); }

void OffsetMap::selectNextSibling()
{
    if (const auto from = d->current())
        d->choose(d->navigation().sibling(*from, 1), false);
}

void OffsetMap::selectPreviousSibling()
{
    if (const auto from = d->current())
        d->choose(d->navigation().sibling(*from, -1), false);
}

void OffsetMap::giveUp()
{
    if (!d->input->giveUp() && d->selection)
        d->selection->select({});
}

void OffsetMap::setValueScale(ValueScale scale)
{
    d->scene.scale = scale;
    d->plot->draw();
    Q_EMIT scaleChanged();
}

void OffsetMap::setValueExtent(ValueExtent extent)
{
    d->scene.extent = extent;
    d->plot->draw();
    Q_EMIT scaleChanged();
}

void OffsetMap::setWheelScrolls(bool on)
{
    d->input->setWheelScrolls(on);
    Q_EMIT scaleChanged();
}

} // namespace ravel
