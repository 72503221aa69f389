// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/editedvector.h"
#include "edit/recipe.h"
#include "layout/flatlayout.h"

namespace ravel {

// The steps in force as a recipe: under the layout that they share, else as names from the root, which no layout changes. `now`: the layout of a recipe
// without steps. For any thread: steps of several layouts take a layout of the whole checkpoint.
Recipe recipeOf(const EditedVector&, const FlatLayout& now);

} // namespace ravel
