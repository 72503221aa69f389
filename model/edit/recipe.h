// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/step.h"
#include "layout/flatlayout.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ravel {

// The ordered list of steps, "ravel.recipe/1" (architecture.md section 8).
struct Recipe {
    LayoutSpec layout;
    bool operator==(const Recipe&) const = default;
    std::vector<Step> steps;
};

nlohmann::ordered_json toJson(const Recipe&);
nlohmann::ordered_json toJson(const Step&);
// Unknown keys, wrong types, parameters that an operation does not take or that are missing are Format errors that name the step
// (from 1) and the key. Integers stay whole at any size that a dtype can hold.
Result<Recipe> parseRecipe(std::string_view json, const std::string& what);

} // namespace ravel
