// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "items/valuemodel.h"

#include <vector>

class QComboBox;
class QHBoxLayout;
class QLabel;
class QSpinBox;
class QTableView;
class QToolButton;

namespace ravel {

class Session;

// The numbers of the selection as a table: which part of it, where the other dimensions stand, which page; the cells, editable.
class ValuePane : public QWidget {
    Q_OBJECT
public:
    explicit ValuePane(Session&, QWidget* parent = nullptr);
    ValueModel* model() const { return m_model; }
    QTableView* table() const { return m_table; }
    QString message() const; // why a text was refused, until the next one is taken
    QSize sizeHint() const override;

protected:
    void changeEvent(QEvent*) override;

private:
    void follow();          // the shared selection
    void showPart(int part);
    void selectCells();
    void showPlace();       // pager, spin boxes, title
    void fitColumns();
    void say(const QString&);
    void makeSpins();
    void hover(const QModelIndex&);

    Session& m_session;
    ValueModel* m_model;
    QTableView* m_table;
    QComboBox* m_part;
    QLabel *m_title, *m_message, *m_rowsText, *m_columnsText;
    QToolButton *m_up, *m_down, *m_left, *m_right;
    QHBoxLayout* m_spinRow;
    std::vector<QSpinBox*> m_spins;
    std::vector<Box> m_parts;
    bool m_selecting = false, m_filling = false;
};

} // namespace ravel
