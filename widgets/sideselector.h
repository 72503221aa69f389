// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "document/difference.h"

class QButtonGroup;

namespace ravel {

class Comparison;

// Three buttons: whose numbers map, histogram and heat map show. Hidden while nothing is compared.
class SideSelector : public QWidget {
    Q_OBJECT
public:
    explicit SideSelector(Comparison&, QWidget* parent = nullptr);
    Side side() const;

private:
    void follow();
    Comparison& m_comparison;
    QButtonGroup* m_buttons;
};

QString sideTitle(Side); // "A", "B", "A−B"

} // namespace ravel
