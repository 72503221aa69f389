// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogramview.h"

namespace ravel {

struct HistogramView::Private {
    bool logCounts = false, logValues = false;
    double cut = 0;
};

HistogramView::HistogramView(QWidget* parent)
    : QWidget(parent)
    , d(std::make_unique<Private>())
{
}
HistogramView::~HistogramView() = default;
void HistogramView::setDocument(std::shared_ptr<const FlatLayout>, EditedVector, EditedVector, SelectionModel*) { }
void HistogramView::clear() { }
void HistogramView::setEdited(EditedVector) { }
void HistogramView::setPreview(std::optional<EditedVector>) { }
bool HistogramView::logCounts() const { return d->logCounts; }
bool HistogramView::logValues() const { return d->logValues; }
double HistogramView::cut() const { return d->cut; }
bool HistogramView::exact() const { return false; }
QSize HistogramView::sizeHint() const { return { 360, 260 }; }
QSize HistogramView::minimumSizeHint() const { return { 220, 160 }; }
void HistogramView::setLogCounts(bool on) { d->logCounts = on; }
void HistogramView::setLogValues(bool on) { d->logValues = on; }
void HistogramView::setCut(double percent) { d->cut = percent; }

} // namespace ravel
