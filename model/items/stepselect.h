// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "edit/editedvector.h"
#include "edit/step.h"
#include "items/selectionmodel.h"
#include "layout/flatlayout.h"
#include "layout/selection.h"

#include <memory>
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
// "0.5 ≤ x < 1": in few digits; an end that is less than its digits say is shown as one that does not belong to it.
QString predicateText(const Predicate&);
// How many elements the predicate of the selection takes: "1,234", "≈ 1,234", empty where nobody has counted.
QString takenText(const SelectionModel&);
// "linear1.weight[3, :]", "encoder.*", "3 parts": what a sentence says of it.
QString selectionName(const FlatLayout&, const Selection&);
// The steps that cover some element of a flat range, in any tensor that lies on the same storage; oldest first.
std::vector<std::shared_ptr<const AppliedStep>> stepsOver(const FlatLayout&, const EditedVector&, FlatRange);
bool covers(const AppliedStep&, const FlatLayout&, FlatRange);
// The steps that one of the two has and the other has not: what lies behind the last that they share.
std::vector<std::shared_ptr<const AppliedStep>> changedSteps(const EditedVector& before, const EditedVector& after);

} // namespace ravel
