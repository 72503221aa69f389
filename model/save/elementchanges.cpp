// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/elementchanges.h"

#include "base/multiversion.h"
#include "base/number.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace ravel {

namespace {

// Blocks have a fixed length, so that their loops need no ends; a short one is padded with elements that do not differ.
constexpr std::size_t blockLength = 512;
constexpr std::size_t widest = 16; // bytes of an element

struct Block {
    alignas(64) std::array<std::byte, blockLength * widest> before, after;
    alignas(64) std::array<std::int32_t, blockLength> differs; // -1 or 0
    alignas(64) std::array<double, 2 * blockLength> x, y;
};

// A magnitude's bits as an integer: ordered as magnitudes are, infinity above them, NaN above all.
RAVEL_INLINE inline std::int64_t magnitudeBits(double d)
{
    return std::bit_cast<std::int64_t>(d) & std::numeric_limits<std::int64_t>::max();
}

double fromMagnitudeBits(std::int64_t bits)
{
    const double d = std::bit_cast<double>(bits);
    return std::isnan(d) ? std::numeric_limits<double>::quiet_NaN() : d;
}

// How many of the first n bytes differ; n is a multiple of 64, and at most 64 * 255 (a lane is one byte).
RAVEL_INLINE inline std::uint32_t countBytes(const Block& block, std::size_t n)
{
    alignas(64) std::array<std::uint8_t, 64> lanes {};
    for (std::size_t i = 0; i < n; i += 64)
        for (std::size_t k = 0; k < 64; ++k)
            lanes[k] = static_cast<std::uint8_t>(lanes[k] + (block.before[i + k] != block.after[i + k]));
    std::uint32_t sum = 0;
    for (std::size_t k = 0; k < 64; ++k)
        sum += lanes[k];
    return sum;
}

// Fills `differs`, by elements of `words` words each, and says how many do.
template <class Word, std::size_t words> RAVEL_INLINE inline std::int32_t countElements(Block& block)
{
    std::int32_t differing = 0;
    for (std::size_t i = 0; i < blockLength; ++i) {
        Word x = 0;
        for (std::size_t k = 0; k < words; ++k) {
            Word a, b;
            std::memcpy(&a, block.before.data() + (i * words + k) * sizeof(Word), sizeof(Word));
            std::memcpy(&b, block.after.data() + (i * words + k) * sizeof(Word), sizeof(Word));
            x = static_cast<Word>(x | (a ^ b));
        }
        block.differs[i] = x != 0 ? -1 : 0;
        differing -= block.differs[i];
    }
    return differing;
}

// Fills `differs` on the way.
void count(Block& block, int size, ElementChanges& changes)
{
    multiversion([&]() RAVEL_INLINE {
        switch (size) {
        case 1: changes.elements += countElements<std::uint8_t, 1>(block); break;
        case 2: changes.elements += countElements<std::uint16_t, 1>(block); break;
        case 4: changes.elements += countElements<std::uint32_t, 1>(block); break;
        case 8: changes.elements += countElements<std::uint64_t, 1>(block); break;
        default: changes.elements += countElements<std::uint64_t, 2>(block); break;
        }
        changes.bytes += countBytes(block, blockLength * static_cast<std::size_t>(size));
    });
}

// Integers of 64 bits: exact, and only then rounded to double.
template <class Int> std::int64_t largestIntegerChange(const Block& block)
{
    std::int64_t largest = 0;
    for (std::size_t i = 0; i < blockLength; ++i) {
        Int a, b;
        std::memcpy(&a, block.before.data() + i * sizeof a, sizeof a);
        std::memcpy(&b, block.after.data() + i * sizeof b, sizeof b);
        if (block.differs[i])
            largest = std::max(largest, magnitudeBits(static_cast<double>(Int128(b) - Int128(a))));
    }
    return largest;
}

std::int64_t largestComplexChange(Dtype dtype, Block& block)
{
    toDoubles(dtype, block.before.data(), blockLength, block.x.data());
    toDoubles(dtype, block.after.data(), blockLength, block.y.data());
    std::int64_t largest = 0;
    for (std::size_t i = 0; i < blockLength; ++i) {
        if (!block.differs[i])
            continue;
        const double re = block.y[2 * i] - block.x[2 * i], im = block.y[2 * i + 1] - block.x[2 * i + 1];
        const double size = std::isnan(re) || std::isnan(im) ? re + im + NAN : std::hypot(re, im);
        largest = std::max(largest, magnitudeBits(size));
    }
    return largest;
}

std::int64_t largestRealChange(Dtype dtype, Block& block)
{
    if (dtype == Dtype::Opaque)
        dtype = Dtype::UInt8;
    toDoubles(dtype, block.before.data(), blockLength, block.x.data());
    toDoubles(dtype, block.after.data(), blockLength, block.y.data());
    std::int64_t largest = 0;
    multiversion([&]() RAVEL_INLINE {
        std::int64_t found = 0;
        for (std::size_t i = 0; i < blockLength; ++i) {
            const std::int64_t bits = magnitudeBits(block.y[i] - block.x[i]);
            found = std::max(found, bits & block.differs[i]);
        }
        largest = found;
    });
    return largest;
}

std::int64_t largestChange(Dtype dtype, Block& block)
{
    if (dtype == Dtype::Int64)
        return largestIntegerChange<std::int64_t>(block);
    if (dtype == Dtype::UInt64)
        return largestIntegerChange<std::uint64_t>(block);
    return isComplex(dtype) ? largestComplexChange(dtype, block) : largestRealChange(dtype, block);
}

} // namespace

ElementChanges& ElementChanges::operator+=(const ElementChanges& other)
{
    elements += other.elements;
    bytes += other.bytes;
    maxAbs = fromMagnitudeBits(std::max(magnitudeBits(maxAbs), magnitudeBits(other.maxAbs)));
    return *this;
}

ElementChanges measureChanges(Dtype dtype, const std::byte* before, const std::byte* after,
    std::size_t n, const std::uint8_t* mask)
{
    ElementChanges changes;
    const auto size = static_cast<std::size_t>(dtypeSize(dtype));
    Block block;
    std::int64_t largest = 0;
    for (std::size_t i = 0; i < n; i += blockLength) {
        const std::size_t here = std::min(blockLength, n - i);
        if (std::memcmp(before + i * size, after + i * size, here * size) == 0)
            continue;
        std::memcpy(block.before.data(), before + i * size, here * size);
        std::memcpy(block.after.data(), after + i * size, here * size);
        if (here < blockLength) {
            std::memset(block.before.data() + here * size, 0, (blockLength - here) * size);
            std::memset(block.after.data() + here * size, 0, (blockLength - here) * size);
        }
        for (std::size_t k = 0; mask != nullptr && k < here; ++k)
            if (mask[i + k] == 0) // as if it did not differ
                std::memcpy(block.after.data() + k * size, block.before.data() + k * size, size);
        count(block, static_cast<int>(size), changes);
        largest = std::max(largest, largestChange(dtype, block));
    }
    changes.maxAbs = fromMagnitudeBits(largest);
    return changes;
}

} // namespace ravel
