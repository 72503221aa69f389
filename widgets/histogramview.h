// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "edit/editedvector.h"
#include "items/selectionmodel.h"
#include "layout/flatlayout.h"
#include "stats/histogram.h"
#include "stats/pyramid.h"
#include "widgets/histogramplot.h"

#include <memory>
#include <optional>

namespace ravel {

class StatisticsModel;
class Tasks;

// The distribution of what is selected (of the whole layout while nothing is): before the recipe as bars, after it as an outline; a preview in its
// place while there is one; what was kept for comparison over it; or each part of the selection as a row of a ridge. Statistics beside it. An estimate
// from a sample comes first and says so, then the exact counts. Dragging over bins limits the selection to their values, where they are the document's. GUI thread only; it
// measures on the pool.
class HistogramView : public QWidget {
    Q_OBJECT
public:
    explicit HistogramView(QWidget* parent = nullptr);
    ~HistogramView() override;

    // `before` is the checkpoint without steps, `after` with them. `selection` is not owned and may die before the view. The pyramid, of the edited
    // numbers, answers for whole segments without reading.
    void setDocument(std::shared_ptr<const FlatLayout>, EditedVector before, EditedVector after, SelectionModel* selection,
        std::shared_ptr<const Pyramid> = {});
    void clear();
    void setEdited(EditedVector after);             // the recipe changed
    void setPreview(std::optional<EditedVector>);   // what a step not yet applied would make of it
    void analysed(bool finished);                   // the pyramid knows more
    void setTasks(Tasks*);                          // where counting runs, as work that can be seen and cancelled

    // Numbers from elsewhere in place of the document's (another checkpoint, a difference: document/difference.h), and their name; none: the document's.
    void setNumbers(std::optional<EditedVector>, const QString& name = {});

    CountScale countScale() const;
    BinScale valueScale() const;
    // Percent of the numbers left out at each end of the range: 0 (none), 1, 5 or 25; HistogramRequest::typical (what it starts with): outliers;
    // `typed`: setRange().
    static constexpr double typed = -2;
    double cut() const;
    bool busy() const;      // still measuring
    bool waiting() const;   // for the analysis, with an estimate until then
    QString statisticsText() const; // the table of statistics, cells with tabs between
    bool exact() const;     // what is shown is counted, not estimated
    bool keeps() const;     // something for comparison
    bool ridge() const;
    bool showsStatistics() const;
    QString note() const;   // what is cut off, what is an estimate
    HistogramPlot* plot() const;
    const StatisticsModel* statistics() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public Q_SLOTS:
    void setCountScale(ravel::CountScale);
    void setValueScale(ravel::BinScale);
    void setCut(double percent);
    void setRange(double low, double high);
    void setKept(bool);     // what is shown now, under what is shown next; or no longer
    void setRidge(bool);
    void setStatisticsShown(bool);
    void copyStatistics();

Q_SIGNALS:
    void measured();        // what is shown is up to date and exact

protected:
    void changeEvent(QEvent*) override;
    void resizeEvent(QResizeEvent*) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace ravel
