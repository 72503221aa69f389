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
    m_taken.reset();
    Q_EMIT changed();
}

void SelectionModel::setTaken(std::optional<Taken> taken)
{
    if (!m_selection.where)
        taken.reset();
    if (taken == m_taken)
        return;
    m_taken = taken;
    Q_EMIT takenChanged();
}

void SelectionModel::hover(std::optional<FlatIndex> index)
{
    if (index == m_hovered)
        return;
    m_hovered = index;
    Q_EMIT hoveredChanged();
}

} // namespace ravel
