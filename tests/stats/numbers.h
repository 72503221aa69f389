// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/number.h"
#include "support/fixtures.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace ravel {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

inline std::vector<float> normalFloats(std::size_t n, unsigned seed, float mean = 0, float std = 1)
{
    std::mt19937 bits(seed);
    std::vector<float> values(n);
    for (float& value : values) { // the sum of 12 uniform numbers: the same everywhere, unlike std::normal_distribution
        double sum = -6;
        for (int i = 0; i < 12; ++i)
            sum += static_cast<double>(bits()) / 4294967296.0;
        value = static_cast<float>(mean + std * sum);
    }
    return values;
}

// With zeros of both signs, NaNs, infinities, denormals and the largest numbers strewn in.
inline std::vector<float> wildFloats(std::size_t n, unsigned seed)
{
    std::vector<float> values = normalFloats(n, seed);
    const float odd[] = { 0.0f, -0.0f, std::nanf(""), -std::nanf(""), INFINITY, -INFINITY, 1e-45f, -1e-40f, 3.4028235e38f,
        -3.4028235e38f, 1.17549435e-38f };
    std::mt19937 bits(seed + 1);
    for (std::size_t i = 0; i < n; i += 1 + bits() % 9)
        values[i] = odd[bits() % std::size(odd)];
    return values;
}

inline std::vector<std::byte> bytesOf(Dtype dtype, const std::vector<double>& values)
{
    const auto size = static_cast<std::size_t>(dtypeSize(dtype));
    std::vector<std::byte> bytes(values.size() * size);
    Fit fit;
    for (std::size_t i = 0; i < values.size(); ++i)
        storeNumber(dtype, Number::ofReal(values[i]), { Overflow::Saturate, Fraction::Nearest }, bytes.data() + i * size, fit);
    return bytes;
}

template <class T> const std::byte* raw(const std::vector<T>& values) { return reinterpret_cast<const std::byte*>(values.data()); }

inline bool near(double a, double b, double relative = 1e-12)
{
    if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) && std::isnan(b);
    return a == b || std::abs(a - b) <= relative * std::max(std::abs(a), std::abs(b));
}

} // namespace ravel
