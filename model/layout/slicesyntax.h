// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/selection.h"

#include <string>
#include <string_view>

namespace ravel {

// What a person typed wrong, and where: `position` counts bytes of the text.
struct SyntaxError {
    std::size_t position = 0;
    std::string message;
};

// Parses what the slice box, --slice and recipes take (architecture.md section 8, interface.md):
//   name            exact name below the scope first, then a glob over names
//   name[3, :, ..., ::2, -1]   NumPy slices and integers; missing trailing dimensions are whole
//   name["..."]     quotes a name that holds []*?{}, in the place of the name: ["a[0]"][3]
//   #100:200[:step] a flat range of the layout, #100 one element
//   @0x2C0A1C0      the element whose bytes hold this byte of the file (file 0, or @1:0x... of another)
// Names may be of any readable tensor below the scope, in the layout or not.
tl::expected<Selection, SyntaxError> parseSelection(const FlatLayout&, std::string_view text);

// One box as parseSelection takes it: the name alone where it is whole.
std::string boxText(const FlatLayout&, const Box&);
// Boxes joined for people ("fc.weight[3, :]", "3 tensors").
std::string selectionText(const FlatLayout&, const Selection&);
// The same place in Python, with sd for the dict at the scope: sd["fc.weight"][3, :].
std::string pythonText(const FlatLayout&, const Box&);

} // namespace ravel
