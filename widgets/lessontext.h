// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "items/lessonshapes.h"

#include <vector>

namespace ravel {

// The arithmetic of a lesson as rich text for a label, its columns one under the other. What is still asked stands as a question mark.

// The index, the strides under its digits, the products under these, and their sum; then the offset of the tensor.
QString walkText(const LessonSubject&, const std::vector<WalkTerm>&, bool known);
// The template's lines, then one for each dimension: 23 = 1 × 12 + 11.
QString walkBackText(const LessonSubject&, const std::vector<WalkDivision>&, const std::vector<TemplateLine>&, bool known);
// (2, 3, 4) → (6, 4), and what becomes of the element's index.
QString flattenText(const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& at, const std::vector<std::int64_t>& after,
    const std::vector<std::int64_t>& atAfter, bool known);

} // namespace ravel
