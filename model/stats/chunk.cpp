// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/chunk.h"

#include "base/number.h"

#include <array>
#include <cstring>

namespace ravel {

namespace {

using Codes = std::array<float, 256>;

// The dtype whose numbers an element consists of, as toDoubles() takes it.
Dtype numberDtype(Dtype dtype)
{
    switch (dtype) {
    case Dtype::Complex64: return Dtype::Float32;
    case Dtype::Complex128: return Dtype::Float64;
    case Dtype::QInt8: return Dtype::Int8;
    case Dtype::QUInt8:
    case Dtype::Opaque: return Dtype::UInt8;
    case Dtype::QInt32: return Dtype::Int32;
    default: return dtype;
    }
}

Codes makeCodes(Dtype dtype)
{
    std::array<std::byte, 256> bytes;
    std::array<double, 256> values;
    for (std::size_t i = 0; i < 256; ++i)
        bytes[i] = static_cast<std::byte>(i);
    toDoubles(dtype, bytes.data(), 256, values.data());
    Codes codes;
    for (std::size_t i = 0; i < 256; ++i)
        codes[i] = static_cast<float>(values[i]);
    return codes;
}

const Codes& codesOf(Dtype dtype)
{
    static const std::array<Codes, dtypeCount> all = [] {
        std::array<Codes, dtypeCount> codes {};
        for (int d = 0; d < dtypeCount; ++d)
            if (const auto one = static_cast<Dtype>(d); dtypeSize(one) == 1)
                codes[static_cast<std::size_t>(d)] = makeCodes(numberDtype(one));
        return codes;
    }();
    return all[static_cast<std::size_t>(dtype)];
}

template <class T> void convert(const std::byte* elements, std::size_t n, float* out)
{
    for (std::size_t i = 0; i < n; ++i) {
        T value;
        std::memcpy(&value, elements + i * sizeof(T), sizeof(T));
        out[i] = static_cast<float>(value);
    }
}

// Where the numbers stand, if that is a place for a T; else a copy.
template <class T> const T* inPlace(const std::byte* elements, std::size_t n, T* room)
{
    if (reinterpret_cast<std::uintptr_t>(elements) % alignof(T) == 0)
        return reinterpret_cast<const T*>(elements);
    std::memcpy(room, elements, n * sizeof(T));
    return room;
}

} // namespace

bool fitsFloat(Dtype dtype)
{
    switch (dtype) {
    case Dtype::Float32:
    case Dtype::Complex64:
    case Dtype::Float16:
    case Dtype::BFloat16:
    case Dtype::Int16:
    case Dtype::UInt16: return true;
    default: return dtypeSize(dtype) == 1;
    }
}

int numbersPerElement(Dtype dtype) { return isComplex(dtype) ? 2 : 1; }

void fillChunk(Dtype dtype, const std::byte* elements, std::size_t n, Chunk& chunk)
{
    n *= static_cast<std::size_t>(numbersPerElement(dtype));
    dtype = numberDtype(dtype);
    chunk.n = n;
    chunk.narrow = fitsFloat(dtype);
    chunk.floats = chunk.floatRoom;
    chunk.doubles = chunk.doubleRoom;
    if (dtype == Dtype::Float32) {
        chunk.floats = inPlace(elements, n, chunk.floatRoom);
    } else if (dtype == Dtype::Float64) {
        chunk.doubles = inPlace(elements, n, chunk.doubleRoom);
    } else if (dtype == Dtype::Float16 || dtype == Dtype::BFloat16) {
        std::uint16_t codes[kernels::chunkNumbers];
        std::memcpy(codes, elements, n * sizeof(std::uint16_t));
        const kernels::Table& k = kernels::current();
        (dtype == Dtype::Float16 ? k.floatsOfHalfs : k.floatsOfBFloat16s)(codes, n, chunk.floatRoom);
    } else if (dtypeSize(dtype) == 1) {
        const Codes& codes = codesOf(dtype);
        for (std::size_t i = 0; i < n; ++i)
            chunk.floatRoom[i] = codes[static_cast<std::size_t>(elements[i])];
    } else if (dtype == Dtype::Int16) {
        convert<std::int16_t>(elements, n, chunk.floatRoom);
    } else if (dtype == Dtype::UInt16) {
        convert<std::uint16_t>(elements, n, chunk.floatRoom);
    } else {
        toDoubles(dtype, elements, n, chunk.doubleRoom);
    }
}

} // namespace ravel
