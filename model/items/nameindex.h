// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/flatlayout.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// The names that the slice box completes: those of a layout's tensors, in order. Immutable; costs 4 bytes a name besides the layout.
class NameIndex {
public:
    explicit NameIndex(std::shared_ptr<const FlatLayout>);

    // How a name could go on: first the next component of those that begin with the text ("enc" gives "encoder.", "encoder." gives
    // "encoder.layers."), then, where that is little, whole names that hold it anywhere (ASCII letters of either case). In natural order,
    // whole names as the slice syntax takes them; `most` at most. Quick: a few comparisons a result, and one look through all names at worst.
    std::vector<std::string> completions(std::string_view text, std::size_t most) const;

private:
    const std::string& name(std::size_t i) const;
    std::shared_ptr<const FlatLayout> m_layout;
    std::vector<TensorOrdinal> m_sorted; // bytewise
};

} // namespace ravel
