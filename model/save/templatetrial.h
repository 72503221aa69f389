// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "edit/editedvector.h"
#include "layout/flatlayout.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ravel {

// For teaching: a right template, broken in one way, and what the program itself says to the broken one. The template is that of one tensor
// and its next neighbour in the layout, as `ravel layout --only` writes it; the vector is theirs alone and begins at 0.
enum class TemplateFault : std::uint8_t {
    None,            // the right one: goes through
    VectorLength,    // the vector is one number too short
    TotalNumel,      // the whole is said to be one longer than its segments
    ShapeProduct,    // a shape whose product is not its numel
    StrideCount,     // one stride too many for the shape
    Overlap,         // the second tensor begins one place too early
    Gap,             // ... one place too late
    NotJson,         // the last brace is missing
    MissingKey,      // a segment without its shape
    UnknownKey,      // a key that nobody knows
    UnknownDtype,    // a dtype that does not exist
    SameNameTwice,
    WrongAlias,      // repeats a segment that is not there
    MissingTensor,   // a name that the checkpoint does not have
    LeftOutTensor,   // a tensor of the checkpoint that the template ought to name and does not
    OtherShape,      // another shape than the checkpoint's tensor, of the same product
    TiedDiffer,      // two places of one stored element, with different numbers in the vector
    NarrowDtype,     // a dtype that cannot hold the numbers, in a fresh file
    SwappedDims,     // a shape with two sizes exchanged, in a fresh file: the same product, and nearly every number elsewhere
    SwappedOrder,    // the two tensors in the other order: numbers under the wrong name
};

enum class TrialVerdict : std::uint8_t { Right, Refused, Losses, SilentlyWrong };

struct TemplateTrial {
    TemplateFault fault = TemplateFault::None;
    bool possible = true; // false: `words` says why this tensor cannot show it, and nothing else is set
    TrialVerdict verdict = TrialVerdict::Right;
    std::string change {}; // what was broken: "\"offset\" of fc.bias: 12 became 11"; empty for None
    // Refused: the message. Losses: their first example, and how many. Right and SilentlyWrong: where the number of an element
    // stands now, the one at `at` where that has moved: "what was fc.weight[1, 2] stands at fc.weight[2, 0] now".
    std::string words {};
};

std::vector<TemplateFault> allTemplateFaults(); // in the order in which a lesson shows them

// Breaks the tensor's template and puts it through what reads one: parseTemplate(), layoutLike(), unflatten(), the conversions of a
// fresh file. Of the numbers a few thousand around `at` are read at most, and none is changed. `at` are coordinates in the tensor's shape; where they are
// none, the first element is taken. Usage where there is no such tensor, Cancelled; whatever else goes wrong is a trial that is not possible.
Result<TemplateTrial> tryTemplate(
    const FlatLayout&, const EditedVector&, TensorOrdinal, const std::vector<std::int64_t>& at, TemplateFault, const Job&);

} // namespace ravel
