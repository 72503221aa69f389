// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"

#include <c10/core/ScalarType.h>
#include <optional>

namespace ravel {

// LibTorch's name of a dtype; none where this LibTorch has no such one.
inline std::optional<c10::ScalarType> scalarType(Dtype dtype)
{
    switch (dtype) {
    case Dtype::Float64: return c10::kDouble;
    case Dtype::Float32: return c10::kFloat;
    case Dtype::Float16: return c10::kHalf;
    case Dtype::BFloat16: return c10::kBFloat16;
    case Dtype::Complex64: return c10::kComplexFloat;
    case Dtype::Complex128: return c10::kComplexDouble;
    case Dtype::Int8: return c10::kChar;
    case Dtype::Int16: return c10::kShort;
    case Dtype::Int32: return c10::kInt;
    case Dtype::Int64: return c10::kLong;
    case Dtype::UInt8: return c10::kByte;
    case Dtype::Bool: return c10::kBool;
    default: return std::nullopt;
    }
}

} // namespace ravel
