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

#if defined(__AVX512F__)
constexpr std::size_t registers = 32;
#else
constexpr std::size_t registers = 16;
#endif

inline Doubles widened(const double* x)
{
    Doubles value;
    __builtin_memcpy(&value, x, sizeof(value));
    return value;
}

inline Doubles widened(const float* x)
{
#if defined(__AVX512F__) // what a compiler makes of __builtin_convertvector takes the vector apart
    return reinterpret_cast<Doubles>(_mm512_maskz_cvtps_pd(0xFF, _mm256_loadu_ps(x)));
#elif defined(__AVX__)
    return reinterpret_cast<Doubles>(_mm256_cvtps_pd(_mm_loadu_ps(x)));
#else
    Doubles value;
    for (std::size_t i = 0; i < vectorWidth; ++i)
        value[i] = static_cast<double>(x[i]);
    return value;
#endif
}

inline double magnitude(double x) { return bitsOf<double>(bitsOf<std::int64_t>(x) & Pattern<double>::largest); }
inline Doubles magnitude(Doubles x)
{
    typedef std::int64_t Integers __attribute__((vector_size(8 * vectorWidth)));
    return reinterpret_cast<Doubles>(reinterpret_cast<Integers>(x) & Pattern<double>::largest);
}

// Several sums in one sweep: terms(x, sums) adds to each of them what a number gives, many numbers at a time or one. Lanes are swept in groups
// whose sums stay in the registers; a chunk that is swept more often for that comes from the first-level cache.
template <std::size_t sums, class T, class Terms> inline void sweep(const T* x, std::size_t n, double* totals, Terms terms)
{
    constexpr std::size_t vectors = lanes / vectorWidth, room = registers / 2 / sums;
    constexpr std::size_t group = room < vectors ? room : vectors;
    const std::size_t whole = n - n % lanes;
    double part[sums][lanes];
    for (std::size_t first = 0; first < lanes; first += group * vectorWidth) {
        Doubles lane[group][sums] = {};
        for (std::size_t i = first; i < whole; i += lanes)
            for (std::size_t k = 0; k < group; ++k)
                terms(widened(x + i + vectorWidth * k), lane[k]);
        for (std::size_t k = 0; k < group; ++k)
            for (std::size_t s = 0; s < sums; ++s)
                __builtin_memcpy(part[s] + first + vectorWidth * k, &lane[k][s], sizeof(Doubles));
    }
    double rest[sums] = {};
    for (std::size_t i = whole; i < n; ++i)
        terms(static_cast<double>(x[i]), rest);
    for (std::size_t s = 0; s < sums; ++s) {
        for (std::size_t half = lanes / 2; half > 0; half /= 2)
            for (std::size_t l = 0; l < half; ++l)
                part[s][l] += part[s][l + half];
        totals[s] = part[s][0] + rest[s];
    }
}

// The mean of finite numbers whose sum is beyond the range.
template <class T> double meanOfHuge(const T* x, std::size_t n)
{
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i)
        mean += static_cast<double>(x[i]) / static_cast<double>(n);
    return mean;
}

// Of finite numbers.
template <class T> void sumUp(const T* x, std::size_t n, Moments& out, HigherMoments* higher)
{
    out.finite = static_cast<std::int64_t>(n);
    if (n == 0)
        return;
    double sum = 0;
    sweep<1>(x, n, &sum, [](auto value, auto* sums) { sums[0] += value; });
    out.mean = sum / static_cast<double>(n);
    if (!isFinite(out.mean))
        out.mean = meanOfHuge(x, n);
    const double mean = out.mean;
    if (higher == nullptr) {
        sweep<1>(x, n, &out.m2, [mean](auto value, auto* sums) {
            const auto deviation = value - mean;
            sums[0] += deviation * deviation;
        });
        return;
    }
    double totals[4];
    sweep<4>(x, n, totals, [mean](auto value, auto* sums) {
        const auto deviation = value - mean, square = deviation * deviation;
        sums[0] += square;
        sums[1] += square * deviation;
        sums[2] += square * square;
        sums[3] += magnitude(value);
    });
    out.m2 = totals[0];
    *higher = { totals[1], totals[2], totals[3] };
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

template <class T> void moments(const T* x, std::size_t n, Moments& out, HigherMoments* higher)
{
    out = Moments {};
    if (higher != nullptr)
        *higher = HigherMoments {};
    const Extremes<T> extremes(x, n);
    out.zeros = extremes.zeros;
    if (extremes.finite()) {
        out.min = extremes.min();
        out.max = extremes.max();
        sumUp(x, n, out, higher);
        return;
    }
    double left[chunkNumbers];
    const std::size_t kept = sortOut(x, n, left, out);
    const Extremes<double> extremesLeft(left, kept);
    out.min = extremesLeft.min();
    out.max = extremesLeft.max();
    sumUp(left, kept, out, higher);
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

std::size_t select(const std::uint16_t* keys, std::size_t n, const std::uint32_t* chosen, std::uint16_t* places)
{
    std::size_t found = 0, i = 0;
#if defined(__AVX512F__)
    const __m512i one = _mm512_set1_epi32(1), step = _mm512_set1_epi32(16);
    __m512i place = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (; i + 16 <= n; i += 16) {
        const __m512i key = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(keys + i)));
        const __m512i bits = _mm512_i32gather_epi32(_mm512_srli_epi32(key, 5), chosen, 4);
        const __mmask16 are = _mm512_test_epi32_mask(bits, _mm512_rolv_epi32(one, key)); // rotated by the key's lowest 5 bits
        const __m512i left = _mm512_maskz_compress_epi32(are, place);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(places + found), _mm512_cvtepi32_epi16(left));
        found += static_cast<std::size_t>(__builtin_popcount(are));
        place = _mm512_add_epi32(place, step);
    }
#endif
    for (; i < n; ++i) {
        places[found] = static_cast<std::uint16_t>(i);
        found += (chosen[keys[i] >> 5] >> (keys[i] & 31)) & 1;
    }
    return found;
}

constexpr Table tableOf(const char* name)
{
    return { name, moments<float>, moments<double>, keysOfFloats, keysOfDoubles, bins<float>, bins<double>, floatsOfHalfs,
        floatsOfBFloat16s, countKeys, select };
}
