// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/offsetmap.h"

#include "widgets/mapgeometry.h"

namespace ravel {

struct OffsetMap::Private {
    std::shared_ptr<const FlatLayout> layout;
    std::shared_ptr<Pyramid> pyramid;
    std::optional<EditedVector> edited;
    MapGeometry geometry;
    ValueScale scale = ValueScale::Linear;
    ValueExtent extent = ValueExtent::Typical;
    bool wheelScrolls = false;
};

OffsetMap::OffsetMap(QWidget* parent)
    : QWidget(parent)
    , d(std::make_unique<Private>())
{
}
OffsetMap::~OffsetMap() = default;

void OffsetMap::setDocument(std::shared_ptr<const FlatLayout> layout, std::shared_ptr<Pyramid> pyramid, EditedVector edited, SelectionModel*)
{
    d->layout = std::move(layout);
    d->pyramid = std::move(pyramid);
    d->edited = std::move(edited);
    d->geometry = MapGeometry(d->layout->numel(), width());
    Q_EMIT viewChanged();
}
void OffsetMap::clear() { d->layout = nullptr; }
void OffsetMap::setEdited(EditedVector edited) { d->edited = std::move(edited); }
void OffsetMap::setPreview(std::optional<EditedVector>) { }
FlatRange OffsetMap::visibleRange() const { return d->layout ? d->geometry.visible() : FlatRange {}; }
bool OffsetMap::canGoBack() const { return false; }
bool OffsetMap::canGoForward() const { return false; }
ValueScale OffsetMap::valueScale() const { return d->scale; }
ValueExtent OffsetMap::valueExtent() const { return d->extent; }
bool OffsetMap::wheelScrolls() const { return d->wheelScrolls; }
QSize OffsetMap::sizeHint() const { return { 900, 360 }; }
QSize OffsetMap::minimumSizeHint() const { return { 320, 200 }; }
void OffsetMap::refresh() { update(); }
void OffsetMap::zoomTo(FlatRange range)
{
    d->geometry.fit(range);
    Q_EMIT viewChanged();
}
void OffsetMap::zoomIn() { }
void OffsetMap::zoomOut() { }
void OffsetMap::panBy(double) { }
void OffsetMap::panLeft() { }
void OffsetMap::panRight() { }
void OffsetMap::fitAll() { }
void OffsetMap::fitSelection() { }
void OffsetMap::centreOrFit() { }
void OffsetMap::back() { }
void OffsetMap::forward() { }
void OffsetMap::nextTensor() { }
void OffsetMap::previousTensor() { }
void OffsetMap::selectParent() { }
void OffsetMap::selectChild() { }
void OffsetMap::selectNextSibling() { }
void OffsetMap::selectPreviousSibling() { }
void OffsetMap::giveUp() { }
void OffsetMap::setValueScale(ValueScale scale) { d->scale = scale; }
void OffsetMap::setValueExtent(ValueExtent extent) { d->extent = extent; }
void OffsetMap::setWheelScrolls(bool on) { d->wheelScrolls = on; }

} // namespace ravel
