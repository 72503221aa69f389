// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/binner.h"

#include <algorithm>
#include <cmath>

namespace ravel {

Binner::Binner(const BinSpec& sound)
    : m_spec(sound)
{
    if (m_spec.scale != BinScale::Linear) {
        m_edges.reserve(static_cast<std::size_t>(m_spec.bins) + 1);
        for (int i = 0; i <= m_spec.bins; ++i)
            m_edges.push_back(m_spec.edge(i));
        return;
    }
    const auto bins = static_cast<double>(m_spec.bins);
    m_linear.low = m_spec.low;
    m_linear.high = m_spec.high;
    m_linear.bins = m_spec.bins;
    m_linear.binsAsDouble = bins;
    m_linear.scale = std::isfinite((m_spec.high - m_spec.low) * bins) ? 1.0 : 0x1p-64;
    m_linear.scaledLow = m_spec.low * m_linear.scale;
    m_linear.scaledWidth = m_spec.high * m_linear.scale - m_linear.scaledLow;
}

template <class T> void Binner::search(const T* x, std::size_t n, std::int32_t* out) const
{
    for (std::size_t i = 0; i < n; ++i) {
        const auto value = static_cast<double>(x[i]);
        if (value >= m_spec.low && value <= m_spec.high) {
            const auto next = std::upper_bound(m_edges.begin(), m_edges.end() - 1, value);
            out[i] = static_cast<std::int32_t>(next - m_edges.begin()) - 1;
            out[i] = std::min(out[i], m_spec.bins - 1);
        } else {
            out[i] = value < m_spec.low ? below() : value > m_spec.high ? above() : above() + 1;
        }
    }
}

std::int32_t Binner::binOf(double x) const
{
    std::int32_t bin = 0;
    binsOf(&x, 1, &bin);
    return bin;
}

void Binner::binsOf(const float* x, std::size_t n, std::int32_t* out) const
{
    m_edges.empty() ? kernels::current().binsOfFloats(x, n, m_linear, out) : search(x, n, out);
}

void Binner::binsOf(const double* x, std::size_t n, std::int32_t* out) const
{
    m_edges.empty() ? kernels::current().binsOfDoubles(x, n, m_linear, out) : search(x, n, out);
}

void Binner::binsOf(const Chunk& chunk, std::int32_t* out) const
{
    chunk.narrow ? binsOf(chunk.floats, chunk.n, out) : binsOf(chunk.doubles, chunk.n, out);
}

void Binner::addTo(Histogram& histogram, std::span<const std::int64_t> counts) const
{
    const auto bins = static_cast<std::size_t>(m_spec.bins);
    for (std::size_t i = 0; i < bins; ++i)
        histogram.counts[i] += counts[i];
    histogram.below += counts[bins];
    histogram.above += counts[bins + 1];
    histogram.nan += counts[bins + 2];
}

} // namespace ravel
