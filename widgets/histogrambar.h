// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <utility>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QToolButton;

namespace ravel {

// What a histogram is asked for: scales of counts and of values, range, what is kept, ridge, statistics, copy.
class HistogramBar : public QWidget {
    Q_OBJECT
public:
    explicit HistogramBar(QWidget* parent = nullptr);

    QComboBox *counts, *values, *range;
    QLineEdit *low, *high; // of a typed range
    QToolButton *keep, *ridge, *statistics, *copy;

    void showTyped(std::pair<double, double>); // in the two fields, and them
    void hideTyped();

Q_SIGNALS:
    void rangeTyped(double low, double high);

private:
    void takeTyped();
};

} // namespace ravel
