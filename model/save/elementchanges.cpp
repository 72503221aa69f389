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
constexpr std::size_t blockLength = 256;
constexpr std::size_t widest = 16; // bytes of an element

struct Block {
    alignas(64) std::array<std::byte, blockLength * widest> before, after;
    alignas(64) std::array<std::uint8_t, blockLength> differs;
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

// How many bytes of x are not 0.
template <class Word> RAVEL_INLINE inline Word bytesSet(Word x)
{
    constexpr Word low = static_cast<Word>(0x7f7f7f7f7f7f7f7f), high = static_cast<Word>(~low);
    Word set = static_cast<Word>((((x & low) + low) | x) & high) >> 7;
    for (unsigned shift = 4 * sizeof(Word); shift >= 8; shift /= 2)
        set = static_cast<Word>(set + (set >> shift));
    return set & 15;
}

template <class Word> RAVEL_INLINE inline void countWords(Block& block, const std::uint8_t* mask,
    std::int64_t& elements, std::int64_t& bytes)
{
    std::uint32_t differing = 0, differingBytes = 0;
    for (std::size_t i = 0; i < blockLength; ++i) {
        Word a, b;
        std::memcpy(&a, block.before.data() + i * sizeof(Word), sizeof(Word));
        std::memcpy(&b, block.after.data() + i * sizeof(Word), sizeof(Word));
        const Word x = mask[i] != 0 ? static_cast<Word>(a ^ b) : Word(0);
        block.differs[i] = x != 0;
        differing += x != 0;
        differingBytes += static_cast<std::uint32_t>(bytesSet(x));
    }
    elements += differing;
    bytes += differingBytes;
}

void countPairs(Block& block, const std::uint8_t* mask, std::int64_t& elements, std::int64_t& bytes)
{
    for (std::size_t i = 0; i < blockLength; ++i) {
        std::int64_t here = 0;
        for (std::size_t k = 16 * i; k < 16 * (i + 1) && mask[i] != 0; ++k)
            here += block.before[k] != block.after[k];
        block.differs[i] = here > 0;
        elements += here > 0;
        bytes += here;
    }
}

// Fills `differs` on the way.
void count(Block& block, int size, const std::uint8_t* mask, ElementChanges& changes)
{
    multiversion([&]() RAVEL_INLINE {
        switch (size) {
        case 1: countWords<std::uint8_t>(block, mask, changes.elements, changes.bytes); break;
        case 2: countWords<std::uint16_t>(block, mask, changes.elements, changes.bytes); break;
        case 4: countWords<std::uint32_t>(block, mask, changes.elements, changes.bytes); break;
        case 8: countWords<std::uint64_t>(block, mask, changes.elements, changes.bytes); break;
        default: countPairs(block, mask, changes.elements, changes.bytes); break;
        }
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
            found = std::max(found, block.differs[i] != 0 ? bits : std::int64_t(0));
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
    std::array<std::uint8_t, blockLength> all;
    all.fill(1);
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
        if (mask != nullptr)
            std::memcpy(all.data(), mask + i, here);
        count(block, static_cast<int>(size), all.data(), changes);
        largest = std::max(largest, largestChange(dtype, block));
    }
    changes.maxAbs = fromMagnitudeBits(largest);
    return changes;
}

} // namespace ravel
