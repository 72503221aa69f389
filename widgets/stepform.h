// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include "edit/step.h"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QStackedWidget;

namespace ravel {

// A number as a recipe has it: integers stay exact, else a double, else complex ("1+2j"). C locale.
Result<Number> parseNumber(const QString& text);
// Numbers apart by white space, commas, semicolons or brackets: what one pastes.
Result<std::vector<Number>> parseNumbers(const QString& text);

// The parameters of one step, without its selection: operation, its numbers, what happens to what does not fit.
class StepForm : public QWidget {
    Q_OBJECT
public:
    explicit StepForm(QWidget* parent = nullptr);
    Result<Step> step() const; // the error says which field is wrong and why
    void setOperation(Operation);
    Operation operation() const;
    void newSeed();
    QSize sizeHint() const override;

    // For tests and for filling in: the fields of what is shown.
    QLineEdit* valueEdit() const { return m_value; }
    QLineEdit* scaleEdit() const { return m_scale; }

Q_SIGNALS:
    void changed(); // by the user

private:
    QWidget* numberPage();
    QWidget* noisePage();
    QWidget* clipPage();
    QWidget* valuesPage();
    void addRounding(QGridLayout*, int row);
    void showOperation();

    QComboBox *m_operation, *m_distribution, *m_overflow, *m_fraction;
    QStackedWidget* m_pages;
    QLabel* m_valueLabel;
    QLineEdit *m_value, *m_scale, *m_seed, *m_low, *m_high, *m_valuesFile;
    QCheckBox* m_relative;
    QPlainTextEdit* m_values;
    int m_labelWidth = 0;
    Operation m_shown = Operation::Multiply;
    QString m_numbers[operationCount]; // what stood in the number field, by operation
};

} // namespace ravel
