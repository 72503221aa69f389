// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/summary.h"

#include "stats/chunk.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr auto mostCount = std::numeric_limits<std::int64_t>::max();

// Virtual repeats (expanded tensors of a hostile file) can count beyond 2^63.
void add(std::int64_t& sum, std::int64_t n)
{
    if (__builtin_add_overflow(sum, n, &sum))
        sum = mostCount;
}

std::int64_t multiplied(std::int64_t a, std::int64_t b)
{
    std::int64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? mostCount : product;
}

} // namespace

double Summary::std() const
{
    const std::int64_t n = finite();
    if (n < 2)
        return std::numeric_limits<double>::quiet_NaN();
    return std::sqrt(m2 / static_cast<double>(n - 1));
}

void Summary::merge(const Summary& o)
{
    const auto mine = static_cast<double>(finite());
    const auto theirs = static_cast<double>(o.finite());
    if (theirs > 0 && mine > 0) {
        const double all = mine + theirs;
        const double apart = o.mean - mean;
        m2 += o.m2 + apart * apart * (mine * theirs / all);
        mean = std::isfinite(apart) ? mean + apart * (theirs / all) : mean * (mine / all) + o.mean * (theirs / all);
    } else if (theirs > 0) {
        mean = o.mean;
        m2 = o.m2;
    }
    add(count, o.count);
    add(nan, o.nan);
    add(positiveInf, o.positiveInf);
    add(negativeInf, o.negativeInf);
    add(zeros, o.zeros);
    min = std::min(min, o.min);
    max = std::max(max, o.max);
}

Summary Summary::times(std::int64_t n) const
{
    Summary result;
    if (n <= 0)
        return result;
    result = *this;
    for (std::int64_t* one : { &result.count, &result.nan, &result.positiveInf, &result.negativeInf, &result.zeros })
        *one = multiplied(*one, n);
    result.m2 = m2 * static_cast<double>(n);
    return result;
}

Summary summaryOf(const kernels::Moments& m)
{
    Summary s;
    s.count = m.finite + m.nan + m.positiveInf + m.negativeInf;
    s.nan = m.nan;
    s.positiveInf = m.positiveInf;
    s.negativeInf = m.negativeInf;
    s.zeros = m.zeros;
    if (m.finite > 0) {
        s.min = m.min;
        s.max = m.max;
        s.mean = m.mean;
        s.m2 = m.m2;
    }
    return s;
}

Summary summarise(Dtype dtype, const std::byte* elements, std::size_t n)
{
    Summary all;
    Chunk chunk;
    forEachChunk(dtype, elements, n, chunk, [&all](const Chunk& c) {
        kernels::Moments moments;
        c.moments(moments);
        all.merge(summaryOf(moments));
    });
    return all;
}

} // namespace ravel
