// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/selection.h"
#include "layout/slicesyntax.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ravel {

// The parts of the slice syntax. `position` is where `text` stands in what was typed.

// What stands between the brackets of name[...], resolved against a shape as NumPy does: integers, slices, one ellipsis.
tl::expected<std::vector<Slice>, SyntaxError> parseSlices(
    std::span<const std::int64_t> shape, std::string_view text, std::size_t position);

// What follows #: a place, or begin:end[:step] of which each part may be left out; negative places count from the end.
// Unlike a slice it does not reach beyond the vector.
tl::expected<Selection, SyntaxError> parseFlatRange(const FlatLayout&, std::string_view text, std::size_t position);

// One element as a box of indices.
Box elementBox(TensorOrdinal, std::span<const std::int64_t> coordinates);

} // namespace ravel
