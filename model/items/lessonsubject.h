// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "layout/flatlayout.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ravel {

// The tensor that a lesson is about, and the element of it that is spoken of. Sizes, strides and places are in elements.
struct LessonSubject {
    std::shared_ptr<const FlatLayout> layout;
    TensorOrdinal tensor = noOrdinal;
    QString name;                      // escaped
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> order;   // row-major strides: of the tensor's run of the flat vector
    std::vector<std::int64_t> stride;  // of the storage
    std::int64_t numel = 0;
    std::optional<FlatIndex> offset;   // of its first element in the flat vector; none where it has no run there
    bool repeats = false;              // an alias: the elements of an earlier tensor
    std::vector<std::int64_t> at;

    // The element at the tensor's first place. `trouble` says why a tensor is no subject (it cannot be read, or has no elements).
    static std::optional<LessonSubject> of(std::shared_ptr<const FlatLayout>, TensorOrdinal, QString& trouble);
    const Tensor& facts() const { return layout->checkpoint().tensors[tensor]; }
    std::int64_t place() const;                // of `at`, in the tensor's run of the flat vector
    std::int64_t memory() const;               // of `at`, in the storage, from the tensor's first element on
    std::optional<FlatIndex> flat() const;     // of `at`
    bool contiguous() const;
};

// What a picture of nested grids and of the strip below them shows: a shape, its walk over the strip, and the element that is lit.
struct LessonScene {
    std::vector<std::int64_t> shape;   // of the grids
    std::vector<std::int64_t> order;   // by dimension: the step in the tensor's row-major numbering, which names an element
    std::vector<std::int64_t> stride;  // by dimension: the step on the strip
    std::vector<std::int64_t> at;      // in the grids
    std::int64_t row = 1;              // elements of a row of the tensor itself: rows are told apart
    bool litInGrid = true, litOnStrip = true;
    std::int64_t batch = 0;            // so many times the tensor, if it is one
    bool memory = false;               // the strip is the storage, else the tensor's run of the flat vector
    bool places = false;               // cells tell their place on the strip, else their value
    bool path = false;                 // the walk through the grids, row by row, is drawn over the strip
    bool operator==(const LessonScene&) const = default;
};

// As far as they are shown: "[1, 2, 3]", "[]".
QString indexText(const std::vector<std::int64_t>& coordinates);

} // namespace ravel
