// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/editedvector.h"
#include "layout/selection.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ravel {

// Where the numbers of a tensor come from: the open checkpoint with its edits, another checkpoint, or the difference of the two. Boxes speak of
// the tensors of the open checkpoint in any case. Immutable; for any thread.
class NumberSource {
public:
    virtual ~NumberSource() = default;
    // Of the numbers of a tensor; none where this source has none for it.
    virtual std::optional<Dtype> dtypeOf(TensorOrdinal) const = 0;
    // Elements of a box, row-major, in native byte order, of dtypeOf(box.tensor); a failure where that is none.
    virtual Result<> readBox(const Box&, std::vector<std::byte>& out) const = 0;
    // The same numbers as those of a checkpoint through its edits, where that is all they are: a faster way to measure many.
    virtual std::optional<std::pair<EditedVector, Selection>> direct(const Selection&) const { return std::nullopt; }
};

std::shared_ptr<const NumberSource> editedNumbers(EditedVector);

// Tensor t of the open checkpoint stands for matches[t] of the other one: of the same shape; noOrdinal where it has none.
std::shared_ptr<const NumberSource> matchedNumbers(EditedVector other, std::vector<TensorOrdinal> matches);

// a - b, computed in double: float64, or complex128 where either of the two is complex. Of tensors that both have.
std::shared_ptr<const NumberSource> differenceNumbers(std::shared_ptr<const NumberSource> a, std::shared_ptr<const NumberSource> b);

} // namespace ravel
