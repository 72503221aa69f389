// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/sideselector.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>

#include "items/comparison.h"
#include "widgets/togglebutton.h"

using namespace Qt::StringLiterals;

namespace ravel {

QString sideTitle(Side side)
{
    switch (side) {
    case Side::A: return u"A"_s;
    case Side::B: return u"B"_s;
    case Side::Difference: break;
    }
    return u"A−B"_s;
}

SideSelector::SideSelector(Comparison& comparison, QWidget* parent)
    : QWidget(parent)
    , m_comparison(comparison)
    , m_buttons(new QButtonGroup(this))
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    auto* label = new QLabel(tr("Numbers"), this);
    row->addWidget(label);
    row->addSpacing(4);
    const struct {
        Side side;
        QString name, tip;
    } choices[] { { Side::A, tr("Numbers of A"), tr("Map, histogram and heat map show the open file") },
        { Side::B, tr("Numbers of B"), tr("Map, histogram and heat map show the file that it is compared with") },
        { Side::Difference, tr("Difference A−B"), tr("Map, histogram and heat map show the open file minus the other") } };
    for (const auto& choice : choices) {
        auto* button = new ToggleButton(this);
        button->setText(sideTitle(choice.side));
        button->setAccessibleName(choice.name);
        button->setToolTip(choice.tip);
        button->setMinimumWidth(fontMetrics().horizontalAdvance(u"A−B"_s) + 16);
        m_buttons->addButton(button, static_cast<int>(choice.side));
        row->addWidget(button);
    }
    connect(m_buttons, &QButtonGroup::idClicked, this, [this](int id) { m_comparison.setShown(static_cast<Side>(id)); });
    connect(&comparison, &Comparison::opened, this, &SideSelector::follow);
    connect(&comparison, &Comparison::closed, this, &SideSelector::follow);
    connect(&comparison, &Comparison::shownChanged, this, &SideSelector::follow);
    follow();
}

Side SideSelector::side() const { return static_cast<Side>(m_buttons->checkedId()); }

void SideSelector::follow()
{
    m_buttons->button(static_cast<int>(m_comparison.shown()))->setChecked(true);
    setVisible(m_comparison.isOpen());
}

} // namespace ravel
