// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "base/quantity.h"
#include "layout/selection.h"

#include <optional>

namespace ravel {

// The one selection of the window, and the element under the pointer. Every pane shows it and sets it; none knows another.
class SelectionModel : public QObject {
    Q_OBJECT
public:
    explicit SelectionModel(QObject* parent = nullptr);
    const Selection& selection() const { return m_selection; }
    std::optional<FlatIndex> hovered() const { return m_hovered; }

    void select(const Selection&); // says changed() only when it differs
    void hover(std::optional<FlatIndex>);

Q_SIGNALS:
    void changed();
    void hoveredChanged();

private:
    Selection m_selection;
    std::optional<FlatIndex> m_hovered;
};

} // namespace ravel
