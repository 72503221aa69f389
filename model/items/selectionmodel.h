// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "base/quantity.h"
#include "layout/selection.h"

#include <cstdint>
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
    // Of a selection with a predicate, how many of its elements that takes, as far as they have been counted: told by what counts them, forgotten with the
    // next selection.
    struct Taken {
        std::int64_t elements = 0;
        bool exact = true; // else an estimate
        bool operator==(const Taken&) const = default;
    };
    const std::optional<Taken>& taken() const { return m_taken; }
    void setTaken(std::optional<Taken>);
    void hover(std::optional<FlatIndex>);

Q_SIGNALS:
    void changed();
    void takenChanged();
    void hoveredChanged();

private:
    Selection m_selection;
    std::optional<Taken> m_taken;
    std::optional<FlatIndex> m_hovered;
};

} // namespace ravel
