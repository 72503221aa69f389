// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/offsetmap.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QElapsedTimer>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>

#include "widgets/editslane.h"
#include "widgets/mapinfo.h"
#include "widgets/mapinput.h"
#include "widgets/maplanes.h"
#include "widgets/mapmenu.h"
#include "widgets/mapnavigation.h"
#include "widgets/mapplot.h"
#include "widgets/viewhistory.h"

namespace ravel {

namespace {

constexpr std::size_t mostRanges = 4096; // drawn of a selection; more are joined across their smallest gaps
constexpr double zoomStep = 1.6, panStep = 0.25;

} // namespace

struct OffsetMap::Private {
    explicit Private(OffsetMap* map);

    bool open() const { return scene.layout != nullptr; }
    MapNavigation navigation() const { return { *scene.layout, scene.modules }; }
    std::optional<FlatRange> selectedHull() const;
    std::optional<PlacedRange> current() const;
    void change(ViewHistory::Move, const std::function<void(MapGeometry&)>&);
    void viewMoved();
    void selectionMoved();
    void cover();
    void choose(std::optional<PlacedRange>, bool fit);
    void walk(std::optional<PlacedRange> (MapNavigation::*step)(PlacedRange) const);
    double pointerX() const; // of a zoom by key, in pixels of the view

    OffsetMap* map;
    MapScene scene;
    MapLoader loader, previewLoader;
    MapPlot* plot;
    MapInfo* info;
    MapInput* input;
    QPointer<SelectionModel> selection;
    ViewHistory history;
    QElapsedTimer clock;
    bool coverWhole = true; // the cover is exact whatever is in view
};

OffsetMap::Private::Private(OffsetMap* m)
    : map(m)
{
    scene.loader = &loader;
    scene.previewLoader = &previewLoader;
    scene.theme = MapTheme::of(map->palette());
    plot = new MapPlot(scene, map);
    info = new MapInfo(scene, map);
    input = new MapInput(scene, *plot, map);
    clock.start();
}

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
    plot->drawOverlay();
    info->setSelection(selection ? selection->selection() : Selection {});
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

OffsetMap::OffsetMap(QWidget* parent)
    : QWidget(parent)
    , d(std::make_unique<Private>(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Offset map"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(1, 1, 1, 1);
    column->setSpacing(0);
    column->addWidget(d->plot, 1);
    column->addWidget(d->info);

    connect(&d->loader, &MapLoader::loaded, d->plot, &MapPlot::draw);
    connect(&d->loader, &MapLoader::failed, d->info, &MapInfo::setTrouble);
    connect(&d->previewLoader, &MapLoader::loaded, d->plot, &MapPlot::draw);
    connect(d->input, &MapInput::panned, this, [this](double pixels) {
        d->change(ViewHistory::Move::Glide, [pixels](MapGeometry& g) { g.panPixels(pixels); });
    });
    connect(d->input, &MapInput::zoomed, this, [this](double factor, double x) {
        d->change(ViewHistory::Move::Glide, [factor, x](MapGeometry& g) { g.zoom(factor, x); });
    });
    connect(d->input, &MapInput::movedTo, this, [this](double begin) {
        d->change(ViewHistory::Move::Glide, [begin](MapGeometry& g) { g.setView({ mapPlace(0, begin), g.view().span }); });
    });
    connect(d->input, &MapInput::dragged, this, [this](FlatRange range) {
        d->scene.selected = d->scene.selectedWhole = { range };
        d->plot->drawOverlay();
    });
    connect(d->input, &MapInput::selected, this, [this](const Selection& s) {
        if (d->selection)
            d->selection->select(s);
    });
    connect(d->input, &MapInput::shapeWanted, this, [this](Qt::CursorShape shape) { setCursor(shape); });
    connect(&lanes(), &MapLanes::changed, this, &OffsetMap::updateGeometry);
    connect(d->input, &MapInput::fitted, this, &OffsetMap::zoomTo);
    connect(d->input, &MapInput::pointed, this, [this](std::optional<FlatIndex> index) {
        if (d->selection)
            d->selection->hover(index);
    });
}

OffsetMap::~OffsetMap() = default;

void OffsetMap::setDocument(
    std::shared_ptr<const FlatLayout> layout, std::shared_ptr<Pyramid> pyramid, EditedVector edited, SelectionModel* selection)
{
    clear();
    d->scene.modules = ModuleBands(*layout);
    d->scene.geometry = MapGeometry(layout->numel(), d->scene.geometry.width());
    d->scene.layout = std::move(layout);
    d->scene.pyramid = std::move(pyramid);
    d->selection = selection;
    if (selection) {
        connect(selection, &SelectionModel::changed, this, [this] { d->selectionMoved(); });
        connect(selection, &SelectionModel::hoveredChanged, this, [this] {
            d->scene.pointed = d->selection->hovered();
            d->plot->drawOverlay();
            d->info->update();
        });
    }
    setEdited(std::move(edited));
    d->plot->arrange();
    d->selectionMoved();
    d->viewMoved();
}

void OffsetMap::clear()
{
    if (d->selection)
        disconnect(d->selection, nullptr, this, nullptr);
    d->input->giveUp();
    d->selection = nullptr;
    d->loader.clear();
    d->previewLoader.clear();
    d->scene.names.clear();
    d->scene.layout.reset();
    d->scene.pyramid.reset();
    d->scene.modules = {};
    d->scene.preview.reset();
    d->scene.selected.clear();
    d->scene.selectedWhole.clear();
    d->scene.edits.clear();
    d->scene.anomalies.clear();
    d->scene.anomalyEnds.clear();
    d->scene.pointed.reset();
    d->history.clear();
    d->info->setSelection({});
    d->plot->arrange();
    d->plot->draw();
    Q_EMIT historyChanged();
}

void OffsetMap::setEdited(EditedVector edited)
{
    if (!d->open())
        return;
    d->scene.edits = editedRanges(*d->scene.layout, edited);
    d->scene.known = d->scene.pyramid ? d->scene.pyramid->revision() : 0;
    d->loader.setSource(d->scene.layout, std::move(edited));
    d->info->setTrouble({});
    d->plot->draw();
}

void OffsetMap::setPreview(std::optional<EditedVector> preview)
{
    d->scene.preview.reset();
    if (preview && d->open()) {
        d->previewLoader.setSource(d->scene.layout, std::move(*preview));
        d->scene.preview.emplace();
    } else {
        d->previewLoader.clear();
    }
    d->plot->draw();
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
    if (d->input->giveUp())
        d->selectionMoved(); // back to what the model holds
    else if (d->selection)
        d->selection->select({});
}

void OffsetMap::setValueScale(ValueScale scale)
{
    d->scene.scale = scale;
    d->plot->draw();
}

void OffsetMap::setValueExtent(ValueExtent extent)
{
    d->scene.extent = extent;
    d->plot->draw();
}

void OffsetMap::setWheelScrolls(bool on) { d->input->setWheelScrolls(on); }

bool OffsetMap::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const QString text = d->input->toolTip(d->plot->mapFrom(this, help->pos()));
        text.isEmpty() ? QToolTip::hideText() : QToolTip::showText(help->globalPos(), text.toHtmlEscaped().replace(u'\n', QStringLiteral("<br>")), this);
        return true;
    }
    return QWidget::event(event);
}

void OffsetMap::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        d->scene.theme = MapTheme::of(palette());
        d->scene.names.clear();
        d->plot->arrange();
        d->plot->draw();
    }
    QWidget::changeEvent(event);
}

void OffsetMap::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(hasFocus() ? d->scene.theme.window : d->scene.theme.line);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void OffsetMap::focusInEvent(QFocusEvent*) { update(); }
void OffsetMap::focusOutEvent(QFocusEvent*) { update(); }
void OffsetMap::mousePressEvent(QMouseEvent* event) { d->input->press(event->position() - d->plot->pos(), event->button(), event->modifiers()); }
void OffsetMap::mouseMoveEvent(QMouseEvent* event) { d->input->move(event->position() - d->plot->pos(), event->buttons()); }
void OffsetMap::mouseReleaseEvent(QMouseEvent* event) { d->input->release(event->position() - d->plot->pos(), event->button()); }
void OffsetMap::mouseDoubleClickEvent(QMouseEvent* event) { d->input->doubleClick(event->position() - d->plot->pos(), event->button()); }
void OffsetMap::leaveEvent(QEvent*) { d->input->leave(); }

void OffsetMap::wheelEvent(QWheelEvent* event)
{
    if (d->input->wheel(event->position() - d->plot->pos(), event->angleDelta(), event->modifiers()))
        event->accept();
    else
        event->ignore();
}

void OffsetMap::contextMenuEvent(QContextMenuEvent* event)
{
    const QPoint point = event->pos() - d->plot->pos();
    if (event->reason() == QContextMenuEvent::Mouse && d->plot->inGutter(point))
        showLaneMenu(*this, const_cast<MapLane*>(d->plot->laneAt(point)), event->globalPos());
    else
        showMapMenu(*this, event->globalPos());
}

MapLanes& OffsetMap::lanes() const { return d->plot->mapLanes(); }

void OffsetMap::setAnomalies(std::vector<MapAnomaly> anomalies)
{
    d->scene.anomalies = std::move(anomalies);
    d->scene.anomalyEnds.clear();
    FlatIndex end;
    for (const MapAnomaly& anomaly : d->scene.anomalies)
        d->scene.anomalyEnds.push_back(end = std::max(end, anomaly.range.end));
    d->plot->draw();
}

} // namespace ravel
