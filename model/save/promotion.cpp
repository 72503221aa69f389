// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/flatten.h"

#include "save/convert.h"

#include <algorithm>

namespace ravel {

namespace {

// float8 of different kinds, or with another dtype: torch has no answer; float16 holds every number of each of them.
Dtype promoteFloats(Dtype a, Dtype b)
{
    if (dtypeSize(a) == 1)
        a = Dtype::Float16;
    if (dtypeSize(b) == 1)
        b = Dtype::Float16;
    if (a == b)
        return a;
    return dtypeSize(a) == dtypeSize(b) ? Dtype::Float32 : dtypeSize(a) > dtypeSize(b) ? a : b;
}

// The smallest signed integer that holds both; with uint64 there is none, and float64 is NumPy's answer (torch has none).
Dtype promoteIntegers(Dtype a, Dtype b)
{
    const bool signedA = dtypeClass(a) == DtypeClass::SignedInt;
    if (signedA == (dtypeClass(b) == DtypeClass::SignedInt))
        return dtypeSize(a) >= dtypeSize(b) ? a : b;
    const int bits = std::max(dtypeSize(signedA ? a : b), 2 * dtypeSize(signedA ? b : a));
    return bits == 2 ? Dtype::Int16 : bits == 4 ? Dtype::Int32 : bits == 8 ? Dtype::Int64 : Dtype::Float64;
}

Dtype promote(Dtype a, Dtype b)
{
    if (a == b)
        return a;
    if (a == Dtype::Bool || b == Dtype::Bool)
        return a == Dtype::Bool ? b : a;
    if (isComplex(a) || isComplex(b)) {
        const auto wide = [](Dtype d) { return d == Dtype::Complex128 || d == Dtype::Float64; };
        return wide(a) || wide(b) ? Dtype::Complex128 : Dtype::Complex64;
    }
    if (isFloat(a) && isFloat(b))
        return promoteFloats(a, b);
    if (isFloat(a) || isFloat(b))
        return isFloat(a) ? a : b;
    return promoteIntegers(a, b);
}

} // namespace

Dtype promotedDtype(const FlatLayout& layout)
{
    std::optional<Dtype> all;
    for (const std::uint32_t ordinal : layout.placed()) {
        const Dtype dtype = asNumbers(layout.tensor(layout.listed()[ordinal]).dtype);
        all = all ? promote(*all, dtype) : dtype;
    }
    return all.value_or(Dtype::Float32);
}

} // namespace ravel
