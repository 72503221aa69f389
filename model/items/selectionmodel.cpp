// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/selectionmodel.h"

namespace ravel {

SelectionModel::SelectionModel(QObject* parent)
    : QObject(parent)
{
}

void SelectionModel::select(const Selection& selection)
{
    if (selection == m_selection)
        return;
    m_selection = selection;
    Q_EMIT changed();
}

void SelectionModel::hover(std::optional<FlatIndex> index)
{
    if (index == m_hovered)
        return;
    m_hovered = index;
    Q_EMIT hoveredChanged();
}

} // namespace ravel
