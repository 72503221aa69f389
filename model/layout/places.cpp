// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/places.h"

#include <algorithm>
#include <numeric>

namespace ravel {

namespace {

using Coordinates = std::vector<std::int64_t>;

// The dimensions that move, by descending stride; empty where they overlap each other.
std::optional<std::vector<std::size_t>> separateDims(const Tensor& tensor)
{
    std::vector<std::size_t> dims;
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        if (tensor.shape[d] > 1 && tensor.stride[d] != 0)
            dims.push_back(d);
    std::sort(dims.begin(), dims.end(), [&](std::size_t a, std::size_t b) { return tensor.stride[a] > tensor.stride[b]; });
    std::int64_t extent = 1;
    for (std::size_t i = dims.size(); i-- > 0;) {
        if (tensor.stride[dims[i]] < extent)
            return std::nullopt;
        extent += (tensor.shape[dims[i]] - 1) * tensor.stride[dims[i]];
    }
    return dims;
}

// Searches the coordinates in row-major order for those whose steps add up to a distance. Each dimension is tried only where what is left can
// still be reached: it lies within the reach of the later dimensions, and is a multiple of their strides' common divisor.
class CoordinateSearch {
public:
    CoordinateSearch(const Tensor& tensor, const Coordinates* except)
        : m_tensor(tensor)
        , m_except(except)
        , m_reach(tensor.shape.size() + 1, 0)
        , m_divisor(tensor.shape.size() + 1, 0)
        , m_at(tensor.shape.size(), 0)
    {
        for (std::size_t d = tensor.shape.size(); d-- > 0;) {
            m_reach[d] = m_reach[d + 1] + (tensor.shape[d] - 1) * tensor.stride[d];
            m_divisor[d] = tensor.shape[d] > 1 ? std::gcd(m_divisor[d + 1], tensor.stride[d]) : m_divisor[d + 1];
        }
    }

    // Depth is the number of dimensions, which a limit bounds.
    bool search(std::size_t d, std::int64_t left)
    {
        if (left < 0 || left > m_reach[d] || (m_divisor[d] == 0 ? left != 0 : left % m_divisor[d] != 0) || --m_steps < 0)
            return false;
        if (d == m_at.size())
            return !m_except || m_at != *m_except;
        const std::int64_t stride = m_tensor.stride[d], size = m_tensor.shape[d];
        std::int64_t first = 0, last = size - 1;
        if (stride > 0) {
            first = left > m_reach[d + 1] ? (left - m_reach[d + 1] - 1) / stride + 1 : 0;
            last = std::min(last, left / stride);
        } else {
            last = std::min<std::int64_t>(last, m_except ? 1 : 0); // every one is the same place
        }
        for (m_at[d] = first; m_at[d] <= last && m_steps > 0; ++m_at[d])
            if (search(d + 1, left - m_at[d] * stride))
                return true;
        return false;
    }
    const Coordinates& found() const { return m_at; }

private:
    const Tensor& m_tensor;
    const Coordinates* m_except;
    std::vector<std::int64_t> m_reach, m_divisor; // of the dimensions from d on
    Coordinates m_at;
    std::int64_t m_steps = 200'000;
};

} // namespace

std::optional<std::vector<std::int64_t>> firstCoordinates(
    const Tensor& tensor, StorageIndex index, const std::vector<std::int64_t>* except)
{
    std::int64_t left = (index - tensor.storageOffset).value;
    if (left < 0 || tensor.numel.value == 0)
        return std::nullopt;
    const auto dims = separateDims(tensor);
    if (!dims) {
        CoordinateSearch search(tensor, except);
        return search.search(0, left) ? std::optional(search.found()) : std::nullopt;
    }
    Coordinates coordinates(tensor.shape.size(), 0);
    for (const std::size_t d : *dims) {
        coordinates[d] = std::min(left / tensor.stride[d], tensor.shape[d] - 1);
        left -= coordinates[d] * tensor.stride[d];
    }
    if (left != 0)
        return std::nullopt;
    if (!except || coordinates != *except)
        return coordinates;
    for (std::size_t d = coordinates.size(); d-- > 0;) // the next place of the same element: a repeat through stride 0
        if (tensor.stride[d] == 0 && tensor.shape[d] > 1) {
            coordinates[d] = 1;
            return coordinates;
        }
    return std::nullopt;
}

} // namespace ravel
