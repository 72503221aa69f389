// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "items/heatpicture.h"

#include <utility>

class QCheckBox;
class QComboBox;
class QLineEdit;

namespace ravel {

// Which values the colours span: all, those between two percentiles, what was typed; symmetric about zero where wanted.
class HeatRange : public QWidget {
    Q_OBJECT
public:
    explicit HeatRange(QWidget* parent = nullptr);

    static constexpr double typed = -1;
    double cut() const;                      // percent left out at each end: 0, 0.1, 1, 5; or `typed`
    void setCut(double percent);
    bool symmetric() const;
    void setSymmetric(bool);
    void setDiverging(bool);                 // the middle colour means zero: symmetric in any case
    void setCompact(bool);                   // without the two fields, unless they are what counts
    void type(double low, double high);      // as if it were typed
    // Of these numbers; shows what it finds. While they are not all there, of those that are.
    std::pair<double, double> of(const HeatPicture&);

Q_SIGNALS:
    void changed();

private:
    void takeTyped();
    void showFields();
    QComboBox* m_cut;
    QCheckBox* m_symmetric;
    QLineEdit *m_low, *m_high;
    QWidget* m_to;
    std::pair<double, double> m_typed { 0, 1 };
    bool m_compact = false;
    bool m_diverging = false, m_wish = false; // symmetric: as the user has it
};

} // namespace ravel
