// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/pickleobjects.h"

namespace ravel {

// What numpy pickles: dtypes as numpy.dtype('f4', ...) with the state (version, byte order, ...), scalars as
// scalar(dtype, bytes), arrays as _reconstruct(...) with the state (version, shape, dtype, Fortran order, data).
bool isArrayCall(std::string_view function);

// "<f4"; empty where the node is no plain dtype.
std::string numpyDtypeText(const Pickle&, std::uint32_t dtype);
// Ravel's dtype for "<f4"; none for records, texts, dates, objects.
std::optional<Dtype> dtypeOfNumpy(std::string_view text);

// The value of a scalar; none where its dtype is none of ours or the bytes do not fit it.
std::optional<ObjectView> numpyScalar(const Pickle&, std::span<const std::uint32_t> arguments);

// The text node of _codecs.encode(text, 'latin1'), which protocols below 3 use for bytes; none where the node is no such call.
std::optional<std::uint32_t> encodedText(const Pickle&, std::uint32_t node);
std::string latin1FromUtf8(std::string_view); // what is not Latin-1 stays as it is

} // namespace ravel
