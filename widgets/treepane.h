// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <QWidget>

#include "items/treemodel.h"

class QLabel;
class QLineEdit;
class QTimer;
class QTreeView;

namespace ravel {

class Session;

// The parameters as a tree, with a filter above and a count below. Selecting rows selects all that is in them.
class TreePane : public QWidget {
    Q_OBJECT
public:
    explicit TreePane(Session&, QWidget* parent = nullptr);
    TreeModel* model() const { return m_model; }
    QTreeView* view() const { return m_view; }
    QLineEdit* filterEdit() const { return m_filter; }
    QSize sizeHint() const override;

Q_SIGNALS:
    void scopeWanted(const QString& name); // "Use as Scope" of a row
    void informationWanted();              // about what the file stores out of the tree's sight

protected:
    void resizeEvent(QResizeEvent*) override;

private:
    void selectRows();
    void followSelection();
    void keepState();     // before a reset: what is open and current
    void restoreState();
    void afterFilter();
    void count();
    void askStorages();
    void contextMenu(const QPoint&);

    Session& m_session;
    TreeModel* m_model;
    QTreeView* m_view;
    QLineEdit* m_filter;
    QLabel* m_count;
    QLabel* m_outOfSight; // what the file stores and no tensor shows
    QTimer* m_filterTimer;
    bool m_following = false;  // the view's selection is being set, not made
    bool m_selecting = false;  // the shared selection is being set from here
    QSet<NodeOrdinal> m_open;
    std::size_t m_nodes = 0;   // of the tree that m_open belongs to
};

} // namespace ravel
