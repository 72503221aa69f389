// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "base/quantity.h"
#include "items/comparisonmodel.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace ravel {

class Comparison;
class MatchBox;
class Session;

// The second checkpoint beside the first: how many tensors are equal, different, only in one, and a table of them all. A row selects its tensor. While
// nothing is compared, it says how to begin.
class ComparisonPane : public QWidget {
    Q_OBJECT
public:
    ComparisonPane(Session&, Comparison&, QWidget* parent = nullptr);

    QTableView* table() const { return m_table; }
    ComparisonModel* model() const { return m_model; }
    MatchBox* matchBox() const { return m_matchBox; }
    QString counts() const; // the line above the table
    QString advice() const; // what would match more, or what to do where nothing does; empty: nothing to say

    void showRow(std::size_t pair); // makes it the current one, where the filter lets it in
    void editMatching();
    void copyTable();

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void compareWanted();             // with a file to be asked for
    void compareSavedWanted();
    void showWanted(ravel::FlatRange); // of the tensor of a row

protected:
    bool eventFilter(QObject*, QEvent*) override; // the table's Copy

private:
    QWidget* makeEmptyPage();
    QWidget* makeTablePage();
    void makeTable(QWidget* page);
    void fill();
    void fillFilters();
    void showCounts();
    void showAdvice();
    QString unfinishedText() const;
    void applyFilter();
    void chooseRow(const QModelIndex&);
    void contextMenu(const QPoint&);

    Session& m_session;
    Comparison& m_comparison;
    ComparisonModel* m_model;
    QStackedWidget* m_pages = nullptr;
    QTableView* m_table = nullptr;
    MatchBox* m_matchBox = nullptr;
    QLabel *m_title = nullptr, *m_counts = nullptr, *m_advice = nullptr;
    QComboBox* m_filter = nullptr;
    QLineEdit* m_name = nullptr;
    QPushButton *m_takeAdvice = nullptr, *m_again = nullptr, *m_saved = nullptr;
    QToolButton* m_match = nullptr;
};

} // namespace ravel
