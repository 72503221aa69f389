// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/dtype.h"

#include <array>
#include <cstddef>

namespace ravel {

namespace {

struct Facts {
    std::string_view name;
    int size;
    int swapSize;
    DtypeClass kind;
};

constexpr std::array<Facts, dtypeCount> facts { {
    { "float64", 8, 8, DtypeClass::Float },
    { "float32", 4, 4, DtypeClass::Float },
    { "float16", 2, 2, DtypeClass::Float },
    { "bfloat16", 2, 2, DtypeClass::Float },
    { "float8_e4m3fn", 1, 1, DtypeClass::Float },
    { "float8_e5m2", 1, 1, DtypeClass::Float },
    { "float8_e4m3fnuz", 1, 1, DtypeClass::Float },
    { "float8_e5m2fnuz", 1, 1, DtypeClass::Float },
    { "complex64", 8, 4, DtypeClass::Complex },
    { "complex128", 16, 8, DtypeClass::Complex },
    { "int8", 1, 1, DtypeClass::SignedInt },
    { "int16", 2, 2, DtypeClass::SignedInt },
    { "int32", 4, 4, DtypeClass::SignedInt },
    { "int64", 8, 8, DtypeClass::SignedInt },
    { "uint8", 1, 1, DtypeClass::UnsignedInt },
    { "uint16", 2, 2, DtypeClass::UnsignedInt },
    { "uint32", 4, 4, DtypeClass::UnsignedInt },
    { "uint64", 8, 8, DtypeClass::UnsignedInt },
    { "bool", 1, 1, DtypeClass::Bool },
    { "qint8", 1, 1, DtypeClass::Quantised },
    { "quint8", 1, 1, DtypeClass::Quantised },
    { "qint32", 4, 4, DtypeClass::Quantised },
    { "opaque", 1, 1, DtypeClass::Opaque },
} };

const Facts& factsOf(Dtype d) { return facts[static_cast<std::size_t>(d)]; }

} // namespace

DtypeClass dtypeClass(Dtype d) { return factsOf(d).kind; }
int dtypeSize(Dtype d) { return factsOf(d).size; }
int dtypeSwapSize(Dtype d) { return factsOf(d).swapSize; }
std::string_view dtypeName(Dtype d) { return factsOf(d).name; }

std::optional<Dtype> dtypeFromName(std::string_view name)
{
    for (std::size_t i = 0; i < facts.size(); ++i)
        if (facts[i].name == name)
            return static_cast<Dtype>(i);
    return std::nullopt;
}

} // namespace ravel
