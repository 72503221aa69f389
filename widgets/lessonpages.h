// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "items/lesson.h"

class QComboBox;
class QLabel;
class QSlider;
class QVBoxLayout;

namespace ravel {

class AnswerRow;
class QuestionTable;
class TableTask;

// What stands beside the picture: the words of one step and where its questions are answered. refill() shows what has become of them.
class LessonPage : public QWidget {
    Q_OBJECT
public:
    LessonPage(Lesson&, LessonStep, QWidget* parent);
    void refill();
    AnswerRow* answer() const { return m_answer; }      // of the steps that have one
    QuestionTable* table() const { return m_table; }
    QString arithmetic() const;                          // rich text

protected:
    virtual void fill() = 0;
    void changeEvent(QEvent*) override;
    void addAnswer(const QString& prompt, const QString& example);
    void addTable(TableTask&);
    QLabel* addText(bool rich = false);
    QSlider* addSlider(const QString& name, QLabel*& value);

    Lesson& m_lesson;
    LessonStep m_step;
    QVBoxLayout* m_column;
    QLabel *m_words, *m_arithmetic = nullptr;
    AnswerRow* m_answer = nullptr;
    QuestionTable* m_table = nullptr;
};

LessonPage* makeLessonPage(Lesson&, LessonStep, QWidget* parent);

} // namespace ravel
