// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ravel {

// A call of torch's that changes a tensor's shape, asked of LibTorch itself. No numbers are needed, so a tensor of any size will do.
enum class ViewCall : std::uint8_t { View, Reshape, Contiguous, Flatten, Unflatten, Transpose, Squeeze };

struct ViewQuestion {
    ViewCall call = ViewCall::View;
    Dtype dtype = Dtype::Float32;        // one that LibTorch does not know is taken for float32: no shape depends on it
    std::vector<std::int64_t> shape;     // of the tensor asked about
    std::vector<std::int64_t> stride;    // in elements
    // View and Reshape: the shape wanted, one of it may be -1. Flatten: start_dim, end_dim. Unflatten: dim, then the sizes.
    // Transpose: two dims. Else none. Dims may be negative, as Python counts.
    std::vector<std::int64_t> arguments;
};

struct ViewAnswer {
    std::string error;                   // LibTorch's own words where it refused; the rest is empty then
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> stride;    // in elements
    bool shared = false;                 // the result views the same storage: nothing was copied
    bool contiguous = false;             // is_contiguous() of the result
};

// The call as Python writes it: "view(6, 4)", "unflatten(1, (2, 3))", "contiguous()".
std::string callText(const ViewQuestion&);

} // namespace ravel
