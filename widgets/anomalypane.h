// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "items/anomalymodel.h"

class QComboBox;
class QLabel;
class QToolButton;
class QTreeView;

namespace ravel {

class Session;

// The anomalies as a list; a click on one selects it and asks for its place to be shown. next() and previous() walk through the places of all
// kinds, from what is selected, in flat order.
class AnomalyPane : public QWidget {
    Q_OBJECT
public:
    explicit AnomalyPane(Session&, QWidget* parent = nullptr);
    AnomalyModel* model() const { return m_model; }
    QTreeView* view() const { return m_view; }
    QComboBox* kinds() const { return m_kinds; }
    QString status() const;

public Q_SLOTS:
    void next();
    void previous();
    void copy(); // the marked rows, or all, as TSV

Q_SIGNALS:
    void placeWanted(ravel::FlatRange); // to be zoomed to
    void said(const QString&);          // a message for the status bar
    void found();                       // model()->all() is another one

protected:
    bool eventFilter(QObject*, QEvent*) override;

private:
    void go(int row);
    void step(int direction);
    void fillKinds();
    void showStatus();

    Session& m_session;
    AnomalyModel* m_model;
    QTreeView* m_view;
    QComboBox* m_kinds;
    QLabel* m_status;
    QToolButton* m_again;
    std::optional<std::pair<std::size_t, std::size_t>> m_at; // anomaly and range that was walked to ...
    Selection m_walkedTo;                                // ... as long as this is selected
};

// A window of the flat vector about a place, wide enough to see what is around it.
FlatRange surroundings(FlatRange place, Count numel);

} // namespace ravel
