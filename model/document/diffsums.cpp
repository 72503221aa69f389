// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/diffsums.h"

#include "base/number.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace ravel {

namespace {

constexpr std::size_t lanes = 8; // sums that run side by side, so that the compiler may use vectors; added in one order

bool allFinite(const double* x, std::size_t n)
{
    constexpr std::uint64_t exponent = 0x7FF0000000000000;
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, x + i, sizeof bits);
        beyond |= (bits & exponent) == exponent ? 1U : 0U;
    }
    return beyond == 0;
}

double total(const double (&lane)[lanes])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

// A sum of squares that left the range of double, or fell below it, is taken again in long double.
bool lostInDouble(double sum, double largest) { return !std::isfinite(sum) || (sum < 1e-290 && largest > 0); }

void widen(Dtype dtype, std::size_t parts, const std::byte* elements, std::size_t n, std::vector<double>& out)
{
    out.resize(n * parts);
    toDoubles(dtype, elements, n, out.data());
    if (parts == 2 && !isComplex(dtype))
        for (std::size_t i = n; i-- > 0;) {
            out[2 * i] = out[i];
            out[2 * i + 1] = 0;
        }
}

} // namespace

void DiffSums::merge(const DiffSums& o)
{
    elements += o.elements;
    different += o.different;
    notFinite += o.notFinite;
    first = first < 0 ? o.first : o.first < 0 ? first : std::min(first, o.first);
    last = std::max(last, o.last);
    maxAbs = std::isnan(maxAbs) || std::isnan(o.maxAbs) ? std::numeric_limits<double>::quiet_NaN() : std::max(maxAbs, o.maxAbs);
    squares += o.squares;
    ofA += o.ofA;
    ofB += o.ofB;
    both += o.both;
}

void DiffSums::finish(TensorDiff& diff) const
{
    diff.compared = true;
    diff.elements = elements;
    diff.different = different;
    diff.notFinite = notFinite;
    diff.first = first;
    diff.last = last;
    diff.maxAbs = maxAbs;
    const long double a = std::sqrt(ofA), b = std::sqrt(ofB), distance = std::sqrt(squares);
    diff.l2 = static_cast<double>(distance);
    diff.relative = distance == 0 ? 0 : static_cast<double>(distance / b);
    if (distance == 0 && notFinite == 0)
        diff.cosine = 1;
    else if (a == 0 || b == 0)
        diff.cosine = std::numeric_limits<double>::quiet_NaN();
    else
        diff.cosine = static_cast<double>(std::clamp<long double>(both / a / b, -1, 1));
}

DiffAdder::DiffAdder(const DiffOptions& options, Dtype a, Dtype b)
    : m_options(options)
    , m_dtypeA(a)
    , m_dtypeB(b)
    , m_parts(isComplex(a) || isComplex(b) ? 2 : 1)
{
}

bool DiffAdder::same(double a, double b) const
{
    if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) && std::isnan(b);
    if (a == b)
        return true;
    return std::isfinite(a) && std::isfinite(b) && std::abs(a - b) <= m_options.atol + m_options.rtol * std::abs(b);
}

void DiffAdder::add(const std::byte* a, const std::byte* b, std::size_t n, std::int64_t position, DiffSums& sums)
{
    const std::int64_t before = sums.different;
    sums.elements += static_cast<std::int64_t>(n);
    widen(m_dtypeA, m_parts, a, n, m_a);
    widen(m_dtypeB, m_parts, b, n, m_b);
    if (m_parts == 1 && allFinite(m_a.data(), n) && allFinite(m_b.data(), n))
        addFinite(n, sums);
    else
        addAny(n, sums);
    const bool exact = m_dtypeA == m_dtypeB && isInteger(m_dtypeA) && dtypeSize(m_dtypeA) == 8;
    if (exact && m_options.atol == 0 && m_options.rtol == 0) // beyond 2^53 doubles are not enough to tell them apart
        tellApart(a, b, n, position, sums);
    if (sums.different > before)
        findEnds(n, position, sums);
}

void DiffAdder::findEnds(std::size_t n, std::int64_t position, DiffSums& sums) const
{
    const auto differs = [this](std::size_t i) {
        for (std::size_t p = i * m_parts; p < (i + 1) * m_parts; ++p)
            if (!same(m_a[p], m_b[p]))
                return true;
        return false;
    };
    const auto take = [&](std::size_t i) {
        const std::int64_t at = position + static_cast<std::int64_t>(i);
        sums.first = sums.first < 0 ? at : std::min(sums.first, at);
        sums.last = std::max(sums.last, at);
    };
    std::size_t i = 0;
    while (i < n && !differs(i))
        ++i;
    if (i == n)
        return; // only told apart as whole numbers
    take(i);
    for (i = n; !differs(--i);) { }
    take(i);
}

void DiffAdder::addFinite(std::size_t n, DiffSums& sums) const
{
    double squares[lanes] = {}, ofA[lanes] = {}, ofB[lanes] = {}, both[lanes] = {}, most[lanes] = {};
    std::int64_t different[lanes] = {};
    const double atol = m_options.atol, rtol = m_options.rtol;
    const auto take = [&](std::size_t i, std::size_t k) {
        const double a = m_a[i], b = m_b[i], distance = std::abs(a - b);
        squares[k] += distance * distance;
        ofA[k] += a * a;
        ofB[k] += b * b;
        both[k] += a * b;
        most[k] = distance > most[k] ? distance : most[k];
        different[k] += distance > atol + rtol * std::abs(b) ? 1 : 0;
    };
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        for (std::size_t k = 0; k < lanes; ++k)
            take(i + k, k);
    for (std::size_t k = 0; i < n; ++i, ++k)
        take(i, k);
    const double largest = *std::max_element(most, most + lanes);
    if (lostInDouble(total(squares), largest) || !std::isfinite(total(ofA)) || !std::isfinite(total(ofB)) || !std::isfinite(total(both))) {
        addAny(n, sums);
        return;
    }
    sums.squares += total(squares);
    sums.ofA += total(ofA);
    sums.ofB += total(ofB);
    sums.both += total(both);
    sums.maxAbs = std::isnan(sums.maxAbs) ? sums.maxAbs : std::max(sums.maxAbs, largest);
    for (const std::int64_t one : different)
        sums.different += one;
}

void DiffAdder::addAny(std::size_t n, DiffSums& sums) const
{
    for (std::size_t i = 0; i < n; ++i) {
        bool equal = true;
        for (std::size_t p = 0; p < m_parts; ++p) {
            const double a = m_a[i * m_parts + p], b = m_b[i * m_parts + p];
            equal = same(a, b) && equal;
            if (std::isfinite(a) && std::isfinite(b)) {
                const long double distance = static_cast<long double>(a) - b;
                sums.squares += distance * distance;
                sums.ofA += static_cast<long double>(a) * a;
                sums.ofB += static_cast<long double>(b) * b;
                sums.both += static_cast<long double>(a) * b;
                if (!std::isnan(sums.maxAbs))
                    sums.maxAbs = std::max(sums.maxAbs, std::abs(a - b));
            } else if (a != b && !(std::isnan(a) && std::isnan(b))) {
                ++sums.notFinite;
                sums.maxAbs = std::isnan(a) || std::isnan(b) || std::isnan(sums.maxAbs) ? std::numeric_limits<double>::quiet_NaN()
                                                                                         : std::numeric_limits<double>::infinity();
            }
        }
        sums.different += equal ? 0 : 1;
    }
}

void DiffAdder::tellApart(const std::byte* a, const std::byte* b, std::size_t n, std::int64_t position, DiffSums& sums) const
{
    for (std::size_t i = 0; i < n; ++i) {
        if (m_a[i] != m_b[i] || std::memcmp(a + 8 * i, b + 8 * i, 8) == 0)
            continue;
        const Int128 distance = loadNumber(m_dtypeA, a + 8 * i).integer - loadNumber(m_dtypeB, b + 8 * i).integer;
        const double size = std::abs(static_cast<double>(distance));
        const std::int64_t at = position + static_cast<std::int64_t>(i);
        ++sums.different;
        sums.first = sums.first < 0 ? at : std::min(sums.first, at);
        sums.last = std::max(sums.last, at);
        sums.squares += static_cast<long double>(size) * size;
        sums.maxAbs = std::max(sums.maxAbs, size);
    }
}

void DiffAdder::addEqual(const std::byte* elements, std::size_t n, DiffSums& sums)
{
    sums.elements += static_cast<std::int64_t>(n);
    widen(m_dtypeA, m_parts, elements, n, m_a);
    double lane[lanes] = {};
    bool sound = true;
    for (std::size_t i = 0; i < m_a.size(); ++i) {
        sound = sound && std::isfinite(m_a[i]);
        lane[i % lanes] += m_a[i] * m_a[i];
    }
    long double sum = total(lane);
    if (!sound || !std::isfinite(total(lane))) {
        sum = 0;
        for (const double x : m_a)
            sum += std::isfinite(x) ? static_cast<long double>(x) * x : 0;
    }
    sums.ofA += sum;
    sums.ofB += sum;
    sums.both += sum;
}

} // namespace ravel
