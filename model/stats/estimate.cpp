// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/chunk.h"
#include "stats/measure.h"
#include "stats/measuring.h"
#include "stats/scan.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace ravel {

namespace {

constexpr std::int64_t runLength = 64;         // neighbours in the box's own order that are read at once
constexpr std::int64_t hullBytes = 64 << 10;   // at most, for a run of strided elements

// Reads n elements of a box from a row-major place on, all in one row of its last dimension.
class BoxReader {
public:
    BoxReader(const EditedVector& vector, const Box& box)
        : m_vector(vector)
        , m_box(box)
        , m_tensor(vector.checkpoint().tensors[box.tensor])
        , m_size(static_cast<std::size_t>(dtypeSize(m_tensor.dtype)))
    {
    }

    std::int64_t rowLength() const { return m_box.slices.empty() ? 1 : m_box.slices.back().count; }

    Result<> read(std::int64_t place, std::int64_t n, std::vector<std::byte>& out)
    {
        std::int64_t index = m_tensor.storageOffset.value;
        for (std::size_t d = m_box.slices.size(); d-- > 0;) {
            const Slice& slice = m_box.slices[d];
            index += (slice.start + place % slice.count * slice.step) * m_tensor.stride[d];
            place /= slice.count;
        }
        const std::int64_t step = m_box.slices.empty() ? 1 : m_box.slices.back().step * m_tensor.stride.back();
        out.resize(static_cast<std::size_t>(n) * m_size);
        const std::int64_t extent = (n - 1) * std::abs(step) + 1;
        if (extent * static_cast<std::int64_t>(m_size) <= hullBytes)
            return readHull(index, step, n, extent, out);
        for (std::int64_t i = 0; i < n; ++i)
            RAVEL_TRY(m_vector.read(m_tensor.storage, StorageIndex(index + i * step), Count(1),
                out.data() + static_cast<std::size_t>(i) * m_size));
        return {};
    }

private:
    Result<> readHull(std::int64_t index, std::int64_t step, std::int64_t n, std::int64_t extent, std::vector<std::byte>& out)
    {
        m_hull.resize(static_cast<std::size_t>(extent) * m_size);
        const std::int64_t first = step < 0 ? index + (n - 1) * step : index;
        RAVEL_TRY(m_vector.read(m_tensor.storage, StorageIndex(first), Count(extent), m_hull.data()));
        for (std::int64_t i = 0; i < n; ++i)
            std::memcpy(out.data() + static_cast<std::size_t>(i) * m_size,
                m_hull.data() + static_cast<std::size_t>(index + i * step - first) * m_size, m_size);
        return {};
    }

    const EditedVector& m_vector;
    const Box& m_box;
    const Tensor& m_tensor;
    std::size_t m_size;
    std::vector<std::byte> m_hull;
};

struct Sample {
    SketchBuilder sketch;
    FullSummary sum;
    Chunk chunk;

    void add(Dtype dtype, const std::byte* elements, std::size_t n)
    {
        forEachChunk(dtype, elements, n, chunk, [this](const Chunk& c) {
            std::uint16_t keys[kernels::chunkNumbers];
            c.keys(keys);
            sum.merge(fullSummaryOf(c));
            sketch.addKeys(keys, c.n);
        });
    }
};

// Runs of neighbours, spread evenly over a selection: visit(box, place in it, n).
template <class Visit> Result<> forEachRun(const Selection& selection, Count budget, const Job& job, Visit visit)
{
    const std::int64_t all = selection.numel().value;
    const std::int64_t runs = std::max<std::int64_t>(1, budget.value / runLength), wanted = std::min(runLength, budget.value);
    std::size_t box = 0;
    std::int64_t before = 0; // elements in the boxes before this one
    for (std::int64_t i = 0; i < runs; ++i) {
        RAVEL_TRY(job.check());
        // In the middle of its share; 128 bits, since both factors can be large.
        const auto place = static_cast<std::int64_t>(static_cast<__int128>(all) * (2 * i + 1) / (2 * runs));
        while (place - before >= selection.boxes[box].numel().value)
            before += selection.boxes[box++].numel().value;
        const Box& in = selection.boxes[box];
        const std::int64_t row = in.slices.empty() ? 1 : in.slices.back().count;
        RAVEL_TRY(visit(in, place - before, std::min(wanted, row - (place - before) % row)));
        job.progress(i + 1, runs);
    }
    return {};
}

Measurement measurementOf(Sample& sample, const MeasureOptions& options)
{
    Measurement result;
    result.summary = sample.sum.summary;
    result.higher = sample.sum.higher;
    result.hasHigher = options.higher;
    result.exact = false;
    fromSketch(sample.sketch.take(), options, result);
    return result;
}

// The numbers that a selection holds as far as they can be read.
std::int64_t populationOf(const Selection& selection, const Checkpoint& checkpoint)
{
    std::int64_t n = 0;
    for (const Box& box : selection.boxes)
        if (const Tensor& tensor = checkpoint.tensors[box.tensor]; tensor.readable)
            n += box.numel().value * numbersPerElement(tensor.dtype);
    return n;
}

} // namespace

Result<Measurement> estimate(
    const EditedVector& vector, const Selection& selection, const MeasureOptions& options, Count budget, const Job& job)
{
    const std::int64_t all = selection.numel().value;
    if (all <= budget.value) {
        Pool alone(1);
        return measure(vector, selection, options, job, alone);
    }
    Sample sample;
    std::vector<std::byte> elements;
    const auto add = [&](const Box& in, std::int64_t place, std::int64_t n) -> Result<> {
        const Tensor& tensor = vector.checkpoint().tensors[in.tensor];
        if (!tensor.readable || tensor.storage == noOrdinal)
            return {};
        RAVEL_TRY(BoxReader(vector, in).read(place, n, elements));
        auto kept = static_cast<std::size_t>(n);
        if (selection.where)
            kept = keepMatching(tensor.dtype, elements.data(), kept, *selection.where);
        sample.add(tensor.dtype, elements.data(), kept);
        return {};
    };
    RAVEL_TRY(forEachRun(selection, budget, job, add));
    Measurement result = measurementOf(sample, options);
    if (!selection.where)
        result.population = populationOf(selection, vector.checkpoint());
    return result;
}

} // namespace ravel
