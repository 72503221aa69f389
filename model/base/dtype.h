// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ravel {

// Element types, named as PyTorch names them without `torch.`.
enum class Dtype : std::uint8_t {
    Float64, Float32, Float16, BFloat16,
    Float8E4M3fn, Float8E5M2, Float8E4M3fnuz, Float8E5M2fnuz,
    Complex64, Complex128,
    Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64,
    Bool,
    QInt8, QUInt8, QInt32, // the integers of quantised tensors; shown as integers, not editable
    Opaque,                // elements of one byte whose meaning is unknown: shown, never edited
};

enum class DtypeClass : std::uint8_t { Float, Complex, SignedInt, UnsignedInt, Bool, Quantised, Opaque };

constexpr int dtypeCount = 23;

DtypeClass dtypeClass(Dtype);
int dtypeSize(Dtype);               // bytes of one element
std::string_view dtypeName(Dtype);  // "float32", "bfloat16", "float8_e4m3fn", "bool", "qint8", "opaque"
std::optional<Dtype> dtypeFromName(std::string_view);
// Bytes of the unit that is swapped in a big-endian file: 4 in complex64, else dtypeSize.
int dtypeSwapSize(Dtype);

inline bool isFloat(Dtype d) { return dtypeClass(d) == DtypeClass::Float; }
inline bool isComplex(Dtype d) { return dtypeClass(d) == DtypeClass::Complex; }
inline bool isInteger(Dtype d)
{
    return dtypeClass(d) == DtypeClass::SignedInt || dtypeClass(d) == DtypeClass::UnsignedInt;
}
// What torch calls is_floating_point() or is_complex(): the numbers that training changes.
inline bool isTrainable(Dtype d) { return isFloat(d) || isComplex(d); }
inline bool isEditable(Dtype d)
{
    return dtypeClass(d) != DtypeClass::Quantised && dtypeClass(d) != DtypeClass::Opaque;
}

} // namespace ravel
