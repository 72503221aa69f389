// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ravel {

// The arithmetic of flatten and unflatten, step by step, as it is taught. Shapes and strides are in elements, of readable tensors (their products fit
// 63 bits); places count from a tensor's first element. Source: PyTorch's documentation of torch.flatten, torch.transpose and Tensor.stride.

// From an index to its place: the sum of coordinate times stride.
struct WalkTerm {
    std::int64_t coordinate = 0, stride = 0, product = 0;
    bool operator==(const WalkTerm&) const = default;
};
std::vector<WalkTerm> walkTerms(std::span<const std::int64_t> coordinates, std::span<const std::int64_t> stride);
std::int64_t stridedPlace(std::span<const std::int64_t> coordinates, std::span<const std::int64_t> stride);

// And back: value = coordinate * stride + rest, the rest is the next one's value. Row-major; no size is 0.
struct WalkDivision {
    std::int64_t value = 0, stride = 0, coordinate = 0, rest = 0;
    bool operator==(const WalkDivision&) const = default;
};
std::vector<WalkDivision> walkBack(std::int64_t place, std::span<const std::int64_t> shape);
std::vector<std::int64_t> coordinatesAt(std::int64_t place, std::span<const std::int64_t> shape);

// torch.flatten(start_dim, end_dim): 0 <= first <= last < ndim; of a 0-d tensor (1,), with 0 and 0.
std::vector<std::int64_t> flattenedShape(std::span<const std::int64_t> shape, std::size_t first, std::size_t last);
std::vector<std::int64_t> flattenedCoordinates(
    std::span<const std::int64_t> coordinates, std::span<const std::int64_t> shape, std::size_t first, std::size_t last);

// As people type a shape or an index: whole numbers apart by commas or blanks, in brackets, parentheses or none. "()" is the empty list; none where it is
// no list of numbers that fit 63 bits.
std::optional<std::vector<std::int64_t>> parseNumbers(std::string_view);

} // namespace ravel
