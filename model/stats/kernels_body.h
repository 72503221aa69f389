// SPDX-License-Identifier: GPL-3.0-or-later
// The body of kernels_baseline.cpp, kernels_avx2.cpp and kernels_avx512.cpp: included there within a namespace of each file's own.

template <class To, class From> inline To bitsOf(From from)
{
    static_assert(sizeof(To) == sizeof(From));
    To to;
    __builtin_memcpy(&to, &from, sizeof(to));
    return to;
}

template <class T> struct Pattern;
template <> struct Pattern<float> {
    using Signed = std::int32_t;
    static constexpr Signed exponent = 0x7F800000;
    static constexpr Signed largest = 0x7FFFFFFF;
    static constexpr int signShift = 31;
    static constexpr float infinity = __builtin_inff();
};
template <> struct Pattern<double> {
    using Signed = std::int64_t;
    static constexpr Signed exponent = 0x7FF0000000000000;
    static constexpr Signed largest = 0x7FFFFFFFFFFFFFFF;
    static constexpr int signShift = 63;
    static constexpr double infinity = __builtin_inf();
};

template <class T> inline bool isFinite(T x)
{
    return (bitsOf<typename Pattern<T>::Signed>(x) & Pattern<T>::exponent) != Pattern<T>::exponent;
}

// The patterns of finite numbers as signed integers in their order; -0 counts as 0. Integers, because their minimum and maximum do not
// depend on the order in which they are taken, so that the compiler may vectorise.
template <class T> inline typename Pattern<T>::Signed orderOf(typename Pattern<T>::Signed bits)
{
    return bits ^ ((bits >> Pattern<T>::signShift) & Pattern<T>::largest);
}

template <class T> struct Extremes {
    using Signed = typename Pattern<T>::Signed;
    Signed low = Pattern<T>::largest;
    Signed high = ~Pattern<T>::largest;
    Signed zeros = 0;

    Extremes(const T* x, std::size_t n)
    {
        Signed lowest = low, highest = high, zero = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const auto bits = bitsOf<Signed>(x[i] + T(0));
            const Signed order = orderOf<T>(bits);
            lowest = order < lowest ? order : lowest;
            highest = order > highest ? order : highest;
            zero += static_cast<Signed>(bits == 0);
        }
        low = lowest;
        high = highest;
        zeros = zero;
    }
    // NaNs stand beyond the infinities.
    bool finite() const { return high < Pattern<T>::exponent && low > ~Pattern<T>::exponent; }
    double min() const { return static_cast<double>(bitsOf<T>(orderOf<T>(low))); }
    double max() const { return static_cast<double>(bitsOf<T>(orderOf<T>(high))); }
};

// A compiler does not vectorise a sum of doubles by itself, since its order matters. Here it is kept in 32 lanes on every target, in
// as many vectors as that takes, and the lanes are added in one order.
constexpr std::size_t lanes = 32;
#if defined(__AVX512F__)
constexpr std::size_t vectorWidth = 8;
#elif defined(__AVX__)
constexpr std::size_t vectorWidth = 4;
#else
constexpr std::size_t vectorWidth = 2;
#endif
typedef double Doubles __attribute__((vector_size(8 * vectorWidth)));

struct LaneSums {
    Doubles sums[lanes / vectorWidth] = {};

    double total(double rest) const
    {
        double part[lanes];
        __builtin_memcpy(part, sums, sizeof(part));
        for (std::size_t half = lanes / 2; half > 0; half /= 2)
            for (std::size_t l = 0; l < half; ++l)
                part[l] += part[l + half];
        return part[0] + rest;
    }
};

double sumOf(const double* x, std::size_t n)
{
    LaneSums lane;
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        for (std::size_t k = 0; k < lanes / vectorWidth; ++k) {
            Doubles value;
            __builtin_memcpy(&value, x + i + vectorWidth * k, sizeof(value));
            lane.sums[k] += value;
        }
    double rest = 0;
    for (; i < n; ++i)
        rest += x[i];
    return lane.total(rest);
}

double squaresAbout(const double* x, std::size_t n, double mean)
{
    LaneSums lane;
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        for (std::size_t k = 0; k < lanes / vectorWidth; ++k) {
            Doubles value;
            __builtin_memcpy(&value, x + i + vectorWidth * k, sizeof(value));
            value -= mean;
            lane.sums[k] += value * value;
        }
    double rest = 0;
    for (; i < n; ++i) {
        const double deviation = x[i] - mean;
        rest += deviation * deviation;
    }
    return lane.total(rest);
}

// The mean of finite numbers whose sum is beyond the range.
double meanOfHuge(const double* x, std::size_t n)
{
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i)
        mean += x[i] / static_cast<double>(n);
    return mean;
}

// Counts what is not finite and leaves it out; returns how many numbers are left.
template <class T> std::size_t sortOut(const T* x, std::size_t n, double* left, Moments& out)
{
    std::size_t kept = 0;
    for (std::size_t i = 0; i < n; ++i) {
        out.nan += x[i] != x[i];
        out.positiveInf += x[i] == Pattern<T>::infinity;
        out.negativeInf += x[i] == -Pattern<T>::infinity;
        left[kept] = static_cast<double>(x[i]);
        kept += isFinite(x[i]);
    }
    return kept;
}

template <class T> void moments(const T* x, std::size_t n, Moments& out)
{
    out = Moments {};
    const Extremes<T> extremes(x, n);
    out.zeros = extremes.zeros;
    double wide[chunkNumbers];
    if (extremes.finite()) {
        for (std::size_t i = 0; i < n; ++i)
            wide[i] = static_cast<double>(x[i]);
        out.min = extremes.min();
        out.max = extremes.max();
    } else {
        n = sortOut(x, n, wide, out);
        const Extremes<double> left(wide, n);
        out.min = left.min();
        out.max = left.max();
    }
    out.finite = static_cast<std::int64_t>(n);
    if (n == 0)
        return;
    out.mean = sumOf(wide, n) / static_cast<double>(n);
    if (!isFinite(out.mean))
        out.mean = meanOfHuge(wide, n);
    out.m2 = squaresAbout(wide, n, out.mean);
}

void higherAbout(const double* x, std::size_t n, double mean, HigherMoments& out)
{
    LaneSums third, fourth, absolute;
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        for (std::size_t k = 0; k < lanes / vectorWidth; ++k) {
            Doubles value;
            __builtin_memcpy(&value, x + i + vectorWidth * k, sizeof(value));
            const Doubles deviation = value - mean, square = deviation * deviation;
            third.sums[k] += square * deviation;
            fourth.sums[k] += square * square;
            absolute.sums[k] += value < 0.0 ? -value : value;
        }
    double rest3 = 0, rest4 = 0, rest = 0;
    for (; i < n; ++i) {
        const double deviation = x[i] - mean, square = deviation * deviation;
        rest3 += square * deviation;
        rest4 += square * square;
        rest += x[i] < 0 ? -x[i] : x[i];
    }
    out.m3 = third.total(rest3);
    out.m4 = fourth.total(rest4);
    out.absolute = absolute.total(rest);
}

template <class T> void higher(const T* x, std::size_t n, double mean, HigherMoments& out)
{
    double left[chunkNumbers];
    std::size_t kept = 0;
    if (Extremes<T>(x, n).finite()) { // as ever; what follows is several times as slow
        for (; kept < n; ++kept)
            left[kept] = static_cast<double>(x[kept]);
    } else {
        for (std::size_t i = 0; i < n; ++i) {
            left[kept] = static_cast<double>(x[i]);
            kept += isFinite(x[i]);
        }
    }
    higherAbout(left, kept, mean, out);
}

void keysOfFloats(const float* x, std::size_t n, std::uint16_t* keys)
{
    for (std::size_t i = 0; i < n; ++i) {
        const auto bits = bitsOf<std::uint32_t>(x[i] + 0.0f);
        const auto sign = static_cast<std::uint32_t>(static_cast<std::int32_t>(bits) >> 31);
        keys[i] = static_cast<std::uint16_t>((bits ^ (sign | 0x80000000u)) >> 16);
    }
}

void keysOfDoubles(const double* x, std::size_t n, std::uint16_t* keys)
{
    constexpr double smallestNormal = 0x1p-126; // of float32; below it the pattern counts steps of 2^-149
    for (std::size_t i = 0; i < n; ++i) {
        const double value = x[i] + 0.0;
        const auto bits = bitsOf<std::uint64_t>(value);
        const std::uint64_t magnitude = bits & 0x7FFFFFFFFFFFFFFFu;
        const double absolute = bitsOf<double>(magnitude);
        const bool tiny = absolute < smallestNormal;
        auto key = static_cast<std::int32_t>(magnitude >> 45) - (896 << 7);
        key = key > 0x7F7F ? 0x7F7F : key;
        key = tiny ? static_cast<std::int32_t>((tiny ? absolute : 0.0) * 0x1p133) : key;
        key = isFinite(value) ? key : 0x7FFF;
        keys[i] = static_cast<std::uint16_t>((bits >> 63) != 0 ? 0x7FFF - key : 0x8000 + key);
    }
}

template <class T> void bins(const T* x, std::size_t n, const LinearBins& spec, std::int32_t* out)
{
    const double low = spec.low, high = spec.high, scale = spec.scale, scaledLow = spec.scaledLow;
    const double width = spec.scaledWidth, count = spec.binsAsDouble;
    const std::int32_t last = spec.bins - 1;
    for (std::size_t i = 0; i < n; ++i) {
        const auto value = static_cast<double>(x[i]);
        const bool inside = value >= low && value <= high;
        const double at = (value * scale - scaledLow) * count / width;
        const auto bin = static_cast<std::int32_t>(inside ? at : 0.0);
        std::int32_t outside = last + 3;
        outside = value > high ? last + 2 : outside;
        outside = value < low ? last + 1 : outside;
        out[i] = inside ? (bin > last ? last : bin) : outside;
    }
}

// float16: exponent and mantissa are moved into place and the bias is mended by a multiplication, which is exact.
void floatsOfHalfs(const std::uint16_t* x, std::size_t n, float* out)
{
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t half = x[i];
        const std::uint32_t magnitude = (half & 0x7FFFu) << 13;
        const float scaled = bitsOf<float>(magnitude) * 0x1p112f;
        const std::uint32_t special = magnitude | 0x7F800000u;
        const std::uint32_t number = (half & 0x7C00u) == 0x7C00u ? special : bitsOf<std::uint32_t>(scaled);
        out[i] = bitsOf<float>(number | ((half & 0x8000u) << 16));
    }
}

void floatsOfBFloat16s(const std::uint16_t* x, std::size_t n, float* out)
{
    for (std::size_t i = 0; i < n; ++i)
        out[i] = bitsOf<float>(static_cast<std::uint32_t>(x[i]) << 16);
}

void countKeys(const std::uint16_t* keys, std::size_t n, std::uint32_t* counts)
{
    // All the same, as zeros are: each addition would wait for the one before.
    std::uint32_t differ = 0;
    for (std::size_t k = 0; k < n; ++k)
        differ |= keys[k] ^ keys[0];
    if (differ == 0 && n > 0) {
        counts[keys[0]] += static_cast<std::uint32_t>(n);
        return;
    }
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) { // one load of four keys
        std::uint64_t four;
        __builtin_memcpy(&four, keys + i, sizeof(four));
        ++counts[four & 0xFFFF];
        ++counts[(four >> 16) & 0xFFFF];
        ++counts[(four >> 32) & 0xFFFF];
        ++counts[four >> 48];
    }
    for (; i < n; ++i)
        ++counts[keys[i]];
}

std::size_t select(const std::uint16_t* keys, std::size_t n, const std::uint8_t* classes, std::uint16_t* places)
{
    std::size_t found = 0;
    for (std::size_t i = 0; i < n; ++i) {
        places[found] = static_cast<std::uint16_t>(i);
        found += classes[keys[i]] != 0;
    }
    return found;
}

constexpr Table tableOf(const char* name)
{
    return { name, moments<float>, moments<double>, higher<float>, higher<double>, keysOfFloats, keysOfDoubles, bins<float>, bins<double>, floatsOfHalfs,
        floatsOfBFloat16s, countKeys, select };
}
