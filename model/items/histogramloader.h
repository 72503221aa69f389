// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "items/tasks.h"
#include "stats/measure.h"
#include "stats/pyramid.h"

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ravel {

// Numbers whose distribution is to be seen.
struct HistogramSeries {
    QString name;
    EditedVector vector;
    Selection selection;                // its boxes, without its predicate, so that what it leaves out can be seen
    std::uint64_t state = 0;            // another one for other numbers in the same boxes
    // Where the boxes are whole segments that a pyramid summarises, as they are now: an answer without reading. Else empty.
    std::shared_ptr<const Pyramid> pyramid;
    std::vector<std::uint32_t> placed;
    // In place of a selection: all of this. The boxes of 100,000 tensors are 12 MB, and are made only while their elements are read.
    std::shared_ptr<const FlatLayout> whole;

    Count numel() const { return whole ? whole->numel() : selection.numel(); }
};

// What a histogram should show: one series or several, all in the same bins.
struct HistogramRequest {
    std::vector<HistogramSeries> series;
    double cut = typical;               // percent of the numbers left out at each end: 0, 1, 5 or 25
    std::optional<std::pair<double, double>> range; // in its place: as typed
    BinScale scale = BinScale::Linear;  // Log: the positive numbers, over at most `decades`
    int bins = 256;

    static constexpr double decades = 8;
    // Leaves out what lies farther from the 1 % and 99 % quantiles than they from each other, if anything does so fivefold.
    static constexpr double typical = -1;
    std::int64_t numel() const;
};
bool sameQuestion(const HistogramRequest&, const HistogramRequest&);

struct HistogramAnswer {
    enum Basis { Sample, Sketches, Counted }; // a sample of the elements; the analysis' sketches; all of them
    std::vector<Measurement> series;
    Basis basis = Sample;
    bool exact = false;    // counted in full; else estimated
    bool nothing = false;  // no number to show: nothing finite, or nothing positive on a log scale
    const Measurement& first() const { return series.front(); }
};

// Measures on a thread of its own (and the pool): from sketches where there are some, else an estimate from a sample where there is much to read, then
// exactly. A new request replaces the one under way. GUI thread only.
class HistogramLoader : public QObject {
    Q_OBJECT
public:
    static constexpr std::int64_t sample = 1 << 18;      // elements of an estimate
    static constexpr std::int64_t patience = 1 << 26;    // elements, above which counting waits until the analysis has read them
    static constexpr std::size_t kept = 8;               // exact answers

    explicit HistogramLoader(QObject* parent = nullptr);
    ~HistogramLoader() override;

    // Where counting runs, as work that the status bar tells of and cancels; null: on the loader's own thread.
    void setTasks(Tasks* tasks) { m_counting = tasks; }
    void request(const HistogramRequest&);
    void analysed(bool finished);                        // the pyramid knows more: goes on where it waits for that
    void cancel();
    void forget() { m_kept.clear(); }                    // exact answers: the document is another one
    bool busy() const { return m_busy; }
    bool waiting() const { return m_waiting != nullptr; } // for the analysis

Q_SIGNALS:
    void arrived(const ravel::HistogramAnswer&);
    void failed(const QString& sentence);
    void stopped();                                      // counting was cancelled: the estimate stays

private:
    // One copy of a request for all who hold it: its boxes may be many.
    using Shared = std::shared_ptr<const HistogramRequest>;
    void start(const Shared&, HistogramAnswer::Basis);
    void take(const Shared&, const HistogramAnswer&);

    Job m_job;
    bool m_busy = false;
    int m_ticket = 0;
    Shared m_waiting;
    std::deque<std::pair<Shared, HistogramAnswer>> m_kept;
    Tasks* m_counting = nullptr;
    Tasks m_tasks; // last: waits for what runs
};

// The work of one request; what the loader runs. From sketches: Usage where one is not there.
Result<HistogramAnswer> answer(const HistogramRequest&, HistogramAnswer::Basis, const Job&);
bool hasSketches(const HistogramRequest&);

} // namespace ravel
