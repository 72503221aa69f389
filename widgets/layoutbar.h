// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QComboBox;
class QLabel;

namespace ravel {

class Session;

// Above the map: which part of the checkpoint is laid out, and in which order.
class LayoutBar : public QWidget {
    Q_OBJECT
public:
    explicit LayoutBar(Session&, QWidget* parent = nullptr);
    QComboBox* scope() const { return m_scope; }
    QComboBox* order() const { return m_order; }
    void setScope(const QString& name);

private:
    void fill();
    void change();

    Session& m_session;
    QComboBox* m_scope;
    QComboBox* m_order;
    QLabel* m_extent;
};

} // namespace ravel
