// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "base/quantity.h"
#include "items/bookmarks.h"

class QLabel;
class QToolButton;
class QTreeView;

namespace ravel {

class Session;

// The bookmarks as a list: a click goes to one, its note is edited in place, Delete takes it away.
class BookmarkPane : public QWidget {
    Q_OBJECT
public:
    explicit BookmarkPane(Session&, QWidget* parent = nullptr);
    Bookmarks* model() const { return m_model; }
    QTreeView* view() const { return m_view; }

public Q_SLOTS:
    void add();        // the selection, or the element under the pointer
    void removeCurrent();
    void editNote();
    void go(int row);

Q_SIGNALS:
    void placeWanted(ravel::FlatRange);
    void said(const QString&);

protected:
    bool eventFilter(QObject*, QEvent*) override;

private:
    void update();

    Session& m_session;
    Bookmarks* m_model;
    QTreeView* m_view;
    QLabel* m_status;
    QToolButton *m_add, *m_remove, *m_note;
};

} // namespace ravel
