// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace ravel {

// A distance: so many of something. Counts of elements and counts of bytes do not mix.
template <class Tag> struct Distance {
    std::int64_t value = 0;

    constexpr Distance() = default;
    constexpr explicit Distance(std::int64_t v)
        : value(v)
    {
    }
    constexpr auto operator<=>(const Distance&) const = default;
    constexpr Distance operator+(Distance o) const { return Distance(value + o.value); }
    constexpr Distance operator-(Distance o) const { return Distance(value - o.value); }
    constexpr Distance operator*(std::int64_t k) const { return Distance(value * k); }
    constexpr Distance& operator+=(Distance o) { return value += o.value, *this; }
    constexpr Distance& operator-=(Distance o) { return value -= o.value, *this; }
};

// A place on an axis, counted from 0; the difference of two places is a distance.
template <class Tag, class Step> struct Position {
    std::int64_t value = 0;

    constexpr Position() = default;
    constexpr explicit Position(std::int64_t v)
        : value(v)
    {
    }
    constexpr auto operator<=>(const Position&) const = default;
    constexpr Position operator+(Step d) const { return Position(value + d.value); }
    constexpr Position operator-(Step d) const { return Position(value - d.value); }
    constexpr Step operator-(Position o) const { return Step(value - o.value); }
    constexpr Position& operator+=(Step d) { return value += d.value, *this; }
    constexpr Position& operator-=(Step d) { return value -= d.value, *this; }
};

using Count = Distance<struct ElementTag>;
using ByteCount = Distance<struct ByteTag>;
using FlatIndex = Position<struct FlatTag, Count>;       // in the flat vector
using StorageIndex = Position<struct StorageTag, Count>; // in a storage
using ByteOffset = Position<struct FileTag, ByteCount>;  // in a file

// Half-open ranges.
struct FlatRange {
    FlatIndex begin, end;
    constexpr bool operator==(const FlatRange&) const = default;
    constexpr Count count() const { return end - begin; }
    constexpr bool contains(FlatIndex i) const { return begin <= i && i < end; }
};

struct ByteRange {
    ByteOffset begin, end;
    constexpr bool operator==(const ByteRange&) const = default;
    constexpr ByteCount count() const { return end - begin; }
};

// False on overflow; sizes that a file states go through these before anything else is done with them.
[[nodiscard]] constexpr bool checkedAdd(std::int64_t a, std::int64_t b, std::int64_t& sum)
{
    return !__builtin_add_overflow(a, b, &sum);
}
[[nodiscard]] constexpr bool checkedMultiply(std::int64_t a, std::int64_t b, std::int64_t& product)
{
    return !__builtin_mul_overflow(a, b, &product);
}

} // namespace ravel
