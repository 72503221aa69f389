// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "items/lesson.h"

class QLabel;
class QLineEdit;
class QPushButton;

namespace ravel {

// Where a prediction is typed, and below it what is said of it: a sign and words, never a colour alone.
class AnswerRow : public QWidget {
    Q_OBJECT
public:
    AnswerRow(const QString& prompt, const QString& example, QWidget* parent);
    void setState(Guess, const QString& words, bool possible = true);
    QLineEdit* edit() const { return m_edit; }
    QString words() const;

Q_SIGNALS:
    void guessed(const QString&);

private:
    QLineEdit* m_edit;
    QPushButton* m_check;
    QLabel* m_words;
    Guess m_state = Guess::None;
};

// "✓ Right.", "✗ No: ...", "The answer was shown."; empty while nothing was guessed.
QString guessText(Guess, const QString& words);

} // namespace ravel
