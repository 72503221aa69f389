// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"
#include "base/error.h"
#include "base/quantity.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace ravel {

// The header of a .npy file: numpy.lib.format, versions 1.0 to 3.0.
struct NpyHeader {
    Dtype dtype = Dtype::Float64; // Opaque: text, dates, structured and other elements that are only bytes to us
    std::int64_t itemSize = 8;    // bytes of an element, 1 or more
    bool bigEndian = false;
    bool fortranOrder = false;
    std::vector<std::int64_t> shape;
    ByteOffset dataOffset; // from the start of the .npy bytes
    std::string descr;     // as written: "<f4"
};

// `bytes` begins with the magic and holds at least the header (or all there is). Object arrays are Refused; a header
// that is longer than `limit` is one past its Limit. `what` starts each message: "net.npz: a.npy".
// The product of the shape and the item size is not checked: see checkedNumel().
// bfloat16 and float8 have no numpy dtype: written as ml_dtypes does, '<V2' and '<V1' (readers see raw bytes).
Result<NpyHeader> parseNpyHeader(std::span<const std::byte> bytes, const std::string& what, std::int64_t limit);
std::vector<std::byte> makeNpyHeader(Dtype, std::span<const std::int64_t> shape);

} // namespace ravel
