// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;

namespace ravel {

class Session;

// The selection as text: a name, a glob, a NumPy slice, #flat range or @byte. Answers as one types, with the shape or with what is wrong
// and where; Enter selects.
class SliceBox : public QWidget {
    Q_OBJECT
public:
    explicit SliceBox(Session&, QWidget* parent = nullptr);
    QLineEdit* lineEdit() const { return m_edit; }
    QString answer() const;
    void take(); // gets the keyboard, with all of its text selected

protected:
    void changeEvent(QEvent*) override;
    bool eventFilter(QObject*, QEvent*) override;

private:
    void parse();   // what stands there, and answers
    void select();
    void showSelection();
    void say(const QString& text, bool wrong);

    Session& m_session;
    QLineEdit* m_edit;
    QLabel* m_answer;
    bool m_wrong = false;
};

} // namespace ravel
