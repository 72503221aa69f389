// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "edit/editedvector.h"
#include "items/selectionmodel.h"
#include "layout/flatlayout.h"

#include <memory>
#include <optional>

namespace ravel {

// The distribution of what is selected (of the whole layout while nothing is): before the recipe as bars, after it as an outline; a
// preview in its place while there is one. An estimate from a sample comes first and says so, then the exact counts. Dragging over
// bins limits the selection to their values. GUI thread only; it measures on the pool.
class HistogramView : public QWidget {
    Q_OBJECT
public:
    explicit HistogramView(QWidget* parent = nullptr);
    ~HistogramView() override;

    // `before` is the checkpoint without steps, `after` with them. `selection` is not owned and may die before the view.
    void setDocument(std::shared_ptr<const FlatLayout>, EditedVector before, EditedVector after, SelectionModel* selection);
    void clear();
    void setEdited(EditedVector after);             // the recipe changed
    void setPreview(std::optional<EditedVector>);   // what a step not yet applied would make of it

    bool logCounts() const;
    bool logValues() const;
    // Percent of the numbers left out at each end of the range: 0 (none), 1, 5 or 25; HistogramRequest::typical (what it starts with): outliers.
    double cut() const;
    bool busy() const;  // still measuring
    QString statisticsText() const; // the table of statistics, cells with tabs between
    bool exact() const; // what is shown is counted, not estimated

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public Q_SLOTS:
    void setLogCounts(bool);
    void setLogValues(bool);
    void setCut(double percent);

Q_SIGNALS:
    void measured(); // what is shown is up to date and exact

protected:
    void changeEvent(QEvent*) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace ravel
