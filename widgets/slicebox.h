// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "base/quantity.h"

#include <memory>

class QLabel;
class QLineEdit;

namespace ravel {

class NameIndex;
class Session;

// The selection as text: a name, a glob, a NumPy slice, #flat range or @byte. Answers as one types, with the shape or with what is wrong
// and where, and offers how a name goes on; Enter selects, and asks for a flat range or a byte to be shown.
class SliceBox : public QWidget {
    Q_OBJECT
public:
    explicit SliceBox(Session&, QWidget* parent = nullptr);
    QLineEdit* lineEdit() const { return m_edit; }
    QString answer() const;
    void take();       // gets the keyboard, with all of its text selected
    void takeOffset(); // gets the keyboard, with a # to write an offset behind

Q_SIGNALS:
    void placeWanted(ravel::FlatRange);

protected:
    void changeEvent(QEvent*) override;
    bool eventFilter(QObject*, QEvent*) override;

private:
    void parse();   // what stands there, and answers
    void select();
    void showSelection();
    void sayExtent();
    void say(const QString& text, bool wrong);
    void indexNames();

    Session& m_session;
    QLineEdit* m_edit;
    QLabel* m_answer;
    std::shared_ptr<const NameIndex> m_names; // null: not made yet
    bool m_wrong = false;
};

} // namespace ravel
