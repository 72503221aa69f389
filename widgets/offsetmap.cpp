// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/offsetmapprivate.h"

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>

#include "widgets/editslane.h"
#include "widgets/mapaccessible.h"
#include "widgets/mapbrush.h"
#include "widgets/maplanes.h"
#include "widgets/mapmenu.h"
#include "widgets/maptip.h"
#include "widgets/mapwords.h"

#include <algorithm>

namespace ravel {

namespace {

// Do the same names stand at the same places?
bool samePlaces(const FlatLayout& a, const FlatLayout& b)
{
    return a.numel() == b.numel() && std::ranges::equal(a.placed(), b.placed(), [&](std::uint32_t i, std::uint32_t j) {
        const Segment &one = a.listed()[i], &other = b.listed()[j];
        return one.offset == other.offset && one.numel == other.numel && one.name == other.name;
    });
}

} // namespace

OffsetMap::Private::Private(OffsetMap* m)
    : map(m)
{
    scene.loader = &loader;
    scene.previewLoader = &previewLoader;
    scene.differenceLoader = &differenceLoader;
    scene.theme = MapTheme::of(map->palette());
    plot = new MapPlot(scene, map);
    brush = new MapBrush(plot, QStringLiteral("overlay"), scene); // owned by the plot
    info = new MapInfo(scene, map);
    input = new MapInput(scene, *plot, map);
    scene.element = &element;
    clock.start();
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

    MapAccessible::install();
    connect(&d->element, &ElementReader::changed, d->info, QOverload<>::of(&QWidget::update));
    connect(&d->loader, &MapLoader::loaded, d->plot, &MapPlot::draw);
    connect(&d->loader, &MapLoader::failed, d->info, &MapInfo::setTrouble);
    connect(&d->previewLoader, &MapLoader::loaded, d->plot, &MapPlot::draw);
    connect(&d->differenceLoader, &MapLoader::loaded, d->plot, &MapPlot::draw);
    connect(&d->differenceLoader, &MapLoader::failed, d->info, &MapInfo::setTrouble);
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
    connect(d->input, &MapInput::selectionBegun, this, [this] { d->beforeDrag = d->selection ? d->selection->selection() : Selection(); });
    connect(d->input, &MapInput::selectionGivenUp, this, [this] {
        if (d->selection)
            d->selection->select(d->beforeDrag);
        d->selectionMoved();
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
    const bool stays = d->scene.layout && samePlaces(*d->scene.layout, *layout); // saved: whoever looks at a place goes on looking at it
    const ViewHistory history = stays ? d->history : ViewHistory();
    clear();
    d->scene.modules = ModuleBands(*layout);
    if (!stays)
        d->scene.geometry = MapGeometry(layout->numel(), d->scene.geometry.width());
    d->history = history;
    d->scene.shared = sharedPlaces(*layout);
    d->scene.aliases = aliasesWithoutPlace(*layout);
    d->scene.layout = std::move(layout);
    d->scene.pyramid = d->pyramid = std::move(pyramid);
    d->selection = selection;
    if (selection) {
        connect(selection, &SelectionModel::changed, this, [this] { d->selectionMoved(); });
        connect(selection, &SelectionModel::takenChanged, this, [this] { d->takenMoved(); });
        connect(selection, &SelectionModel::hoveredChanged, this, [this] {
            d->scene.pointed = d->selection->hovered();
            d->element.want(d->scene.pointed);
            d->plot->drawOverlay();
            d->info->update();
        });
    }
    setEdited(std::move(edited));
    d->remakeShards();
    d->plot->arrange();
    d->selectionMoved();
    d->viewMoved();
}

void OffsetMap::clear()
{
    if (d->selection)
        disconnect(d->selection, nullptr, this, nullptr);
    d->selection = nullptr; // what was selected in another document is not given back to it
    d->input->giveUp();
    d->loader.clear();
    d->previewLoader.clear();
    d->element.clear();
    d->scene.shards.reset(); // it speaks of the layout
    d->scene.shared.clear();
    d->scene.aliases.clear();
    d->pyramid.reset();
    d->scene.edited.reset();
    setNumbers(std::nullopt);
    setDifference(std::nullopt);
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
    d->scene.anomalyWords = nullptr;
    d->scene.pointed.reset();
    d->history.clear();
    d->info->setSelection({});
    d->plot->arrange();
    d->plot->draw();
    Q_EMIT shardsChanged();
    Q_EMIT historyChanged();
}

void OffsetMap::setEdited(EditedVector edited)
{
    if (!d->open())
        return;
    d->scene.edits = editedRanges(*d->scene.layout, edited);
    d->scene.edited = std::move(edited);
    d->scene.known = d->scene.pyramid ? d->scene.pyramid->revision() : 0;
    d->element.setSource(d->scene.layout, *d->scene.edited);
    if (!d->numbers)
        d->loader.setSource(d->scene.layout, *d->scene.edited);
    d->info->setTrouble({});
    d->plot->draw();
}

void OffsetMap::setPreview(std::optional<EditedVector> preview)
{
    d->scene.preview.reset();
    if (preview && d->open() && !d->numbers) {
        d->previewLoader.setSource(d->scene.layout, std::move(*preview));
        d->scene.preview.emplace();
    } else {
        d->previewLoader.clear();
    }
    d->plot->draw();
}

bool OffsetMap::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const QString text = mapToolTip(d->scene, *d->plot, d->element.facts(), d->plot->mapFrom(this, help->pos()));
        text.isEmpty() ? QToolTip::hideText()
                       : QToolTip::showText(help->globalPos(), QStringLiteral("<p style='white-space:pre'>%1</p>").arg(text.toHtmlEscaped()), this); // not wrapped
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
ElementReader& OffsetMap::element() const { return d->element; }
std::shared_ptr<const FlatLayout> OffsetMap::layoutShown() const { return d->scene.layout; }
std::shared_ptr<const Shards> OffsetMap::shards() const { return d->scene.shards; }
ShardSpec OffsetMap::shardSpec() const { return d->shards; }
QString OffsetMap::describe(std::uint32_t placed) const { return segmentWords(d->scene, placed); }

void OffsetMap::setShardSpec(ShardSpec spec)
{
    spec.parts = std::clamp(spec.parts, 1, ShardSpec::most);
    if (spec == d->shards)
        return;
    d->shards = spec;
    d->remakeShards();
    d->plot->draw();
}

void OffsetMap::Private::remakeShards()
{
    scene.names.clear(); // the boxes of ranks are others
    scene.shards = open() ? std::make_shared<const Shards>(*scene.layout, shards) : nullptr;
    Q_EMIT map->shardsChanged();
}

QRect OffsetMap::screenRect(std::uint32_t placed) const
{
    const QRect lanes = d->plot->lanes();
    const FlatRange range = d->scene.rangeOf(placed);
    const double left = std::max(0.0, d->scene.geometry.toPixel(range.begin)), right = std::min(d->scene.geometry.width(), d->scene.geometry.toPixel(range.end));
    if (right <= left)
        return {};
    const QPoint corner = d->plot->mapToGlobal(lanes.topLeft() + QPoint(static_cast<int>(left), 0));
    return QRect(corner, QSize(std::max(1, static_cast<int>(right - left)), lanes.height()));
}

bool OffsetMap::isSelected(std::uint32_t placed) const
{
    const FlatRange range = d->scene.rangeOf(placed);
    for (const FlatRange& selected : d->scene.selected)
        if (selected.begin <= range.begin && range.end <= selected.end)
            return true;
    return false;
}

void OffsetMap::selectSegment(std::uint32_t placed) { d->choose(PlacedRange { placed, placed + 1 }, false); }

void OffsetMap::selectAndShow(FlatRange range)
{
    if (!d->open() || !d->selection)
        return;
    if (const auto selection = selectRange(*d->scene.layout, range))
        d->selection->select(*selection);
    zoomTo(range);
}

void OffsetMap::setBookmarks(std::vector<std::pair<FlatRange, QString>> bookmarks)
{
    d->scene.bookmarks.clear();
    for (auto& [range, text] : bookmarks)
        d->scene.bookmarks.push_back({ range, std::move(text) });
    d->plot->draw();
}

void OffsetMap::setAnomalies(std::vector<MapAnomaly> anomalies, std::function<QString(std::size_t)> words)
{
    const auto before = [](const MapAnomaly& a, const MapAnomaly& b) { return a.range.begin < b.range.begin; };
    if (!std::is_sorted(anomalies.begin(), anomalies.end(), before))
        std::stable_sort(anomalies.begin(), anomalies.end(), before);
    d->scene.anomalies = std::move(anomalies);
    d->scene.anomalyWords = std::move(words);
    d->scene.anomalyEnds.clear();
    d->scene.anomalyEnds.reserve(d->scene.anomalies.size());
    FlatIndex end;
    for (const MapAnomaly& anomaly : d->scene.anomalies)
        d->scene.anomalyEnds.push_back(end = std::max(end, anomaly.range.end));
    d->plot->draw();
}

} // namespace ravel
