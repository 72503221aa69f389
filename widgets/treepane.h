// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <QWidget>

#include "items/treemodel.h"

class QAction;
class QLabel;
class QLineEdit;
class QTimer;
class QToolButton;
class QTreeView;

namespace ravel {

class Session;

// The parameters as a tree or a list, with a filter above (TensorQuery), what is wrong with it below that, and a count at the bottom. Selecting
// rows selects all that is in them. A click on a column's head sorts, a second one the other way round, a third one not at all.
class TreePane : public QWidget {
    Q_OBJECT
public:
    explicit TreePane(Session&, QWidget* parent = nullptr);
    TreeModel* model() const { return m_model; }
    QTreeView* view() const { return m_view; }
    QLineEdit* filterEdit() const { return m_filter; }
    QSize sizeHint() const override;

    // Columns besides the name, which is always shown. Kept in the settings once they are chosen; before that as many as there is room for.
    bool isColumnShown(int column) const { return m_shown.contains(column); }
    void showColumn(int column, bool);
    void setFlat(bool);
    static QString columnId(int column);          // "min": for settings and commands
    static QString columnTitle(int column);

Q_SIGNALS:
    void columnsChanged();
    void flatChanged(bool);
    void scopeWanted(const QString& name); // "Use as Scope" of a row
    void informationWanted();              // about what the file stores out of the tree's sight

protected:
    void resizeEvent(QResizeEvent*) override;
    void changeEvent(QEvent*) override;

private:
    void setUpFilter(); // and what is said beside it
    void setUpView();
    void selectRows();
    void followSelection();
    void keepState();     // before a reset: what is open and current
    void restoreState();
    void afterFilter();
    void afterRearranging();
    void showError();
    void layColumns();
    void columnMenu(const QPoint&);
    void count();
    void askStorages();
    void contextMenu(const QPoint&);

    Session& m_session;
    TreeModel* m_model;
    QTreeView* m_view;
    QLineEdit* m_filter;
    QLabel *m_error, *m_count;
    QToolButton* m_flat;
    QLabel* m_outOfSight; // what the file stores and no tensor shows
    QTimer* m_filterTimer;
    bool m_following = false;  // the view's selection is being set, not made
    bool m_selecting = false;  // the shared selection is being set from here
    QSet<int> m_shown;         // columns
    bool m_chosen = false;     // by the user
    QSet<NodeOrdinal> m_open;
    std::size_t m_nodes = 0;   // of the tree that m_open belongs to
};

} // namespace ravel
