// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of a HistogramView: its parts and numbers, what it asks of them (histogramquestion.cpp) and what it says of the answer (histogramnote.cpp).
#pragma once

#include <QPointer>
#include <QString>

#include "items/histogramloader.h"
#include "items/statisticsmodel.h"
#include "widgets/histogrambar.h"
#include "widgets/histogramview.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

class QLabel;
class QTableView;

namespace ravel {

struct HistogramView::Private {
    explicit Private(HistogramView*);
    void connectBar();
    void ask();
    HistogramRequest question();
    // `of` none: everything.
    HistogramSeries series(const QString& name, EditedVector, std::optional<std::vector<Box>> of, std::uint64_t number, bool asAnalysed) const;
    void addRidges(HistogramRequest&, const std::vector<Box>&, bool asAnalysed) const;
    void show(const HistogramAnswer&);
    void showNote();
    void showBand();
    void choose(const Predicate&); // bins that were dragged over
    void placeTable();
    std::optional<std::vector<Box>> boxes() const; // what is measured; none: everything
    std::size_t boxCount() const { return selection && !selection->selection().empty() ? selection->selection().boxes.size() : layout->placed().size(); }
    QString rangeText(const HistogramAnswer&) const;
    std::optional<SelectionModel::Taken> taken() const;
    QString selectedText(const HistogramAnswer&) const;
    QString selectionTitle() const;
    BinScale scale() const { return static_cast<BinScale>(bar->values->currentData().toInt()); }

    static constexpr std::size_t mostRidges = 100;

    HistogramView* view;
    std::shared_ptr<const FlatLayout> layout;
    std::shared_ptr<const Pyramid> pyramid;
    std::optional<EditedVector> before, after, preview;
    std::optional<EditedVector> source; // of numbers in place of the document's
    QString sourceName;
    std::optional<HistogramSeries> kept;
    QPointer<SelectionModel> selection;
    std::vector<Box> asked; // boxes of the request under way or shown
    HistogramLook look;
    std::uint64_t state = 0; // rises with each change of the numbers
    std::pair<double, double> range { 0, 1 };
    double cut = HistogramRequest::typical;
    bool exact = false, wasStopped = false;
    bool refused = false; // a choice of bins, since these are not the document's numbers
    HistogramLoader loader;
    HistogramPlot* plot;
    HistogramBar* bar;
    StatisticsModel* statistics;
    QTableView* table;
    QLabel *note, *legend;
};

} // namespace ravel
