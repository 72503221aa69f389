// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "items/tasks.h"
#include "stats/measure.h"

#include <optional>

namespace ravel {

// What a histogram should show.
struct HistogramRequest {
    EditedVector before;               // the checkpoint without steps
    std::optional<EditedVector> after; // none: nothing to compare with
    Selection selection;               // its boxes; a predicate is left out, so that what it leaves out can be seen
    double cut = typical;              // percent of the numbers left out at each end: 0, 1, 5 or 25
    BinScale scale = BinScale::Linear; // Log: the positive numbers, over at most `decades`
    int bins = 256;

    static constexpr double decades = 8;
    // Leaves out what lies farther from the 1 % and 99 % quantiles than they from each other, if anything does so fivefold.
    static constexpr double typical = -1;
};

// Before and after in the same bins.
struct HistogramAnswer {
    Measurement before;
    std::optional<Measurement> after;
    bool exact = false;    // counted in full; else estimated from a sample
    bool nothing = false;  // no number to show: nothing finite, or nothing positive on a log scale
};

// Measures on a thread of its own (and the pool): an estimate first, where there is much to read, then exactly. A new request replaces the one
// under way. GUI thread only.
class HistogramLoader : public QObject {
    Q_OBJECT
public:
    static constexpr std::int64_t sample = 1 << 18; // elements of an estimate

    explicit HistogramLoader(QObject* parent = nullptr);

    void request(const HistogramRequest&);
    void cancel();
    bool busy() const { return m_busy; }

Q_SIGNALS:
    void arrived(const ravel::HistogramAnswer&);
    void failed(const QString& sentence);

private:
    void start(const HistogramRequest&, bool exact);

    Job m_job;
    bool m_busy = false;
    Tasks m_tasks; // last: waits for what runs
};

// The work of one request; what the loader runs.
Result<HistogramAnswer> answer(const HistogramRequest&, bool exact, const Job&);

} // namespace ravel
