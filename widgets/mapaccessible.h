// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAccessibleWidget>

#include "base/quantity.h"
#include "layout/flatlayout.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace ravel {

class OffsetMap;

// The offset map for those who do not see it: its children are the segments in view, from left to right, each with its name, offsets and statistics. Choosing
// one (the action "press") selects it. Installed once by OffsetMap.
class MapAccessible : public QAccessibleWidget {
public:
    explicit MapAccessible(OffsetMap*);
    ~MapAccessible() override;
    static void install(); // the factory

    int childCount() const override;
    QAccessibleInterface* child(int index) const override;
    int indexOfChild(const QAccessibleInterface*) const override;
    QAccessibleInterface* childAt(int x, int y) const override;
    QAccessibleInterface* focusChild() const override;

    OffsetMap* map() const;

private:
    // Those in view that are not empty, ordinals into placed(); kept for as long as layout and view stay.
    const std::vector<std::uint32_t>& visible() const;
    mutable std::vector<std::uint32_t> m_visible;
    mutable FlatRange m_range;
    mutable std::map<std::uint32_t, QAccessible::Id> m_children; // by ordinal; of the layout below
    mutable std::weak_ptr<const FlatLayout> m_layout; // not its address alone: another may come to stand there
    void forget() const;
};

} // namespace ravel
