// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

class QComboBox;
class QLabel;
class QVBoxLayout;

namespace ravel {

class TableTask;
struct LessonQuestion;

// The questions of a step: each with its choices, and the answer's words once it is known and guessed or shown.
class QuestionTable : public QWidget {
    Q_OBJECT
public:
    QuestionTable(TableTask&, QWidget* parent);
    void refill();
    QComboBox* chooser(int question) const;
    QString words(int question) const;

private:
    struct Row {
        QWidget* widget;
        QLabel *call, *answer, *detail, *words;
        QComboBox* choice;
    };
    Row makeRow(int question);
    void fill(const Row&, const LessonQuestion&);
    TableTask& m_task;
    QVBoxLayout* m_column;
    QLabel* m_trouble;
    std::vector<Row> m_rows;
};

} // namespace ravel
