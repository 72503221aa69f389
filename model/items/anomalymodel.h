// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include "base/job.h"
#include "stats/anomaly.h"

#include <memory>
#include <optional>
#include <vector>

class QTimer;

namespace ravel {

class Session;

// The anomalies of the open document as rows, found in the background: what the pyramid tells while it fills, and once it is full all of them, with
// exact passes. An edit starts the search anew as soon as its blocks are analysed.
class AnomalyModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Severity, Kind, Where, What, ColumnCount };
    enum class State { Nothing, Waiting, Looking, Done, Cancelled, Failed, Stuck }; // Waiting: for the analysis; Stuck: that ended before its end
    explicit AnomalyModel(Session&, QObject* parent = nullptr);
    ~AnomalyModel() override;

    State state() const { return m_state; }
    QString trouble() const { return m_trouble; } // where it failed
    const std::vector<Anomaly>& all() const { return m_all; } // in flat order, whatever is shown
    // The places of all of them in flat order: `range` of all()[anomaly].ranges[index]. Sorted in the background.
    struct Place {
        FlatRange range;
        std::size_t anomaly = 0, index = 0;
    };
    const std::vector<Place>& places() const { return m_places; }
    const Anomaly& at(int row) const { return m_all[m_rows[static_cast<std::size_t>(row)]]; }
    int rowOf(std::size_t anomaly) const;         // -1: not shown
    std::shared_ptr<const FlatLayout> layout() const { return m_layout; } // that they belong to
    int count(AnomalyKind) const;
    void showKind(std::optional<AnomalyKind>);    // none: all
    void look();                                  // again, after a cancel; where the analysis is not whole, at what it has
    QString tsv(const std::vector<int>& rows) const; // with a header; numbers as in C

    static QString kindText(AnomalyKind);
    static QString severityText(AnomalySeverity);
    static QString words(const FlatLayout&, const Anomaly&); // anomalyText() with numbers as the locale has them

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex&, int role) const override;
    QVariant headerData(int section, Qt::Orientation, int role) const override;
    void sort(int column, Qt::SortOrder = Qt::AscendingOrder) override; // -1: flat order

Q_SIGNALS:
    void changed(); // all() or state()

private:
    void begin();
    void advance();
    void start(bool passes);
    void show(std::vector<Anomaly>, std::vector<Place>);
    void arrange();
    QString text(const Anomaly&, int column) const;

    Session& m_session;
    QTimer* m_timer;
    State m_state = State::Nothing;
    QString m_trouble;
    std::shared_ptr<const FlatLayout> m_layout;
    std::vector<Anomaly> m_all;
    std::vector<Place> m_places;
    std::vector<std::size_t> m_rows; // into m_all
    std::optional<AnomalyKind> m_kind;
    int m_sortBy = -1;
    bool m_descending = false;
    std::optional<Job> m_job;
    std::uint64_t m_searched = 0; // revision of the pyramid that the last search saw
};

} // namespace ravel
