// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "edit/step.h"
#include "layout/flatlayout.h"
#include "layout/selection.h"

#include <string>
#include <vector>

namespace ravel {

// A selection as a step writes it: names and slices, which depend on no order; "prefix.*" or "*" where it is exactly the readable tensors that
// the glob names.
std::vector<SelectItem> selectItems(const FlatLayout&, const Selection&);
// The same as one types it into the slice box; empty where no single text says it.
std::string selectionAsTyped(const FlatLayout&, const Selection&);
// For people: "(512,)", "3 parts, 1,234 elements".
QString extentText(const Selection&);
// "linear1.weight[3, :]", "encoder.*", "3 parts": what a sentence says of it.
QString selectionName(const FlatLayout&, const Selection&);

} // namespace ravel
