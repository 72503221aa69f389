// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/crc32.h"
#include "base/pool.h"
#include "base/text.h"
#include "save/flatten.h"
#include "save/losses.h"
#include "save/vectorfile.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ravel {

namespace {

constexpr std::int64_t chunkElements = 1 << 17;

// A source of which the selection takes only some runs, under another dtype where its own says nothing.
class TakenSource : public ElementSource {
public:
    TakenSource(std::shared_ptr<const ElementSource> all, std::vector<FlatRange> taken, Dtype dtype)
        : m_all(std::move(all))
        , m_dtype(dtype)
    {
        for (const FlatRange& range : taken) {
            m_runs.push_back({ m_count, range.begin.value });
            m_count += range.count().value;
        }
    }
    Dtype dtype() const override { return m_dtype; }
    std::int64_t count() const override { return m_count; }
    Result<> read(std::int64_t first, std::int64_t n, std::byte* out) const override
    {
        auto run = std::upper_bound(m_runs.begin(), m_runs.end(), first,
            [](std::int64_t ordinal, const Run& r) { return ordinal < r.ordinal; });
        for (; n > 0; ++run) {
            const Run& here = *(run - 1);
            const std::int64_t end = run == m_runs.end() ? m_count : run->ordinal;
            const std::int64_t part = std::min(n, end - first);
            RAVEL_TRY(m_all->read(here.flat + first - here.ordinal, part, out));
            out += part * dtypeSize(m_dtype);
            first += part;
            n -= part;
        }
        return {};
    }

private:
    struct Run {
        std::int64_t ordinal = 0, flat = 0;
    };
    std::shared_ptr<const ElementSource> m_all;
    Dtype m_dtype;
    std::vector<Run> m_runs;
    std::int64_t m_count = 0;
};

// Bytes without a meaning of their own are taken for the one dtype of one byte that all segments have.
Result<Dtype> meantDtype(const FlatLayout& layout, const ElementSource& source)
{
    if (source.dtype() != Dtype::Opaque)
        return source.dtype();
    std::optional<Dtype> all;
    for (const std::uint32_t ordinal : layout.placed()) {
        const Dtype dtype = layout.tensor(layout.listed()[ordinal]).dtype;
        if (dtypeSize(dtype) != 1 || (all && *all != dtype))
            return fail(ErrorCode::Unsupported, "the vector holds single bytes without a meaning (NumPy knows no float8), and "
                    + escaped(layout.listed()[ordinal].name, 100) + " is " + std::string(dtypeName(dtype))
                    + "; flatten with --dtype float32 instead");
        all = dtype;
    }
    return all.value_or(Dtype::UInt8);
}

class Unflattening {
public:
    Unflattening(const FlatLayout& layout, const EditedVector& vector, std::shared_ptr<const ElementSource> source, Dtype dtype, const Job& job)
        : m_layout(layout)
        , m_vector(vector)
        , m_source(std::move(source))
        , m_dtype(dtype)
        , m_job(job)
    {
    }

    Result<Unflattened> run()
    {
        RAVEL_TRY(convertAll());
        std::vector<FlatRange> taken;
        Selection selection;
        for (const std::uint32_t ordinal : m_layout.placed()) {
            const Segment& segment = m_layout.listed()[ordinal];
            if (segment.numel.value == 0 || !editable(segment))
                continue; // a segment that cannot be edited holds its numbers already
            selection.boxes.push_back(wholeBox(m_layout.checkpoint(), segment.tensor));
            taken.push_back({ segment.offset, segment.offset + segment.numel });
        }
        RAVEL_ASSIGN(const Step step, stepFor(taken));
        auto source = std::make_shared<TakenSource>(m_source, std::move(taken), m_dtype);
        Unflattened made;
        RAVEL_ASSIGN(made.step, bindSource(step, std::move(selection), std::move(source), m_layout, m_vector, m_job));
        made.losses = m_losses.result();
        return made;
    }

private:
    bool editable(const Segment& segment) const
    {
        const Tensor& tensor = m_layout.tensor(segment);
        return tensor.editable && isEditable(tensor.dtype) && m_layout.checkpoint().storages[tensor.storage].editable;
    }

    // A pass over the whole vector: what its numbers lose in each tensor's dtype, and whether those of tensors that cannot be
    // edited are the ones that stand there.
    Result<> convertAll()
    {
        const std::int64_t total = m_layout.numel().value;
        const std::int64_t chunks = total / chunkElements + (total % chunkElements != 0);
        std::atomic<std::int64_t> done = 0;
        return computePool().forEach(chunks, m_job, [&](std::int64_t chunk, int) -> Result<> {
            const FlatRange range { FlatIndex(chunk * chunkElements), FlatIndex(std::min(total, (chunk + 1) * chunkElements)) };
            const auto [first, last] = m_layout.placedIn(range);
            for (std::uint32_t p = first; p < last; ++p)
                RAVEL_TRY(convertPart(m_layout.placed()[p], range));
            m_job.progress(done += range.count().value, total);
            return {};
        });
    }

    Result<> convertPart(std::uint32_t ordinal, FlatRange range)
    {
        const Segment& segment = m_layout.listed()[ordinal];
        const Tensor& tensor = m_layout.tensor(segment);
        const FlatIndex begin = std::max(range.begin, segment.offset);
        const std::int64_t n = (std::min(range.end, segment.offset + segment.numel) - begin).value;
        const bool fixed = !editable(segment);
        if (n <= 0 || (m_dtype == tensor.dtype && !fixed))
            return {};
        const auto count = static_cast<std::size_t>(n);
        std::vector<std::byte> in(count * static_cast<std::size_t>(dtypeSize(m_dtype)));
        std::vector<std::byte> out(count * static_cast<std::size_t>(dtypeSize(tensor.dtype)));
        RAVEL_TRY(m_source->read(begin.value, n, in.data()));
        const std::int64_t position = (begin - segment.offset).value;
        RAVEL_TRY(m_losses.convert({ ordinal, segment.name, tensor.shape, position }, m_dtype, in.data(), count, tensor.dtype, out.data()));
        return fixed ? checkFixed(segment, position, out) : Result<>();
    }

    Result<> checkFixed(const Segment& segment, std::int64_t position, const std::vector<std::byte>& wanted)
    {
        const Tensor& tensor = m_layout.tensor(segment);
        const auto size = static_cast<std::size_t>(dtypeSize(tensor.dtype));
        const FlatIndex begin = segment.offset + Count(position);
        RAVEL_ASSIGN(const Selection selection,
            selectRange(m_layout, { begin, begin + Count(static_cast<std::int64_t>(wanted.size() / size)) }));
        std::vector<std::byte> there, part;
        for (const Box& box : selection.boxes) {
            RAVEL_TRY(m_vector.readBox(box, part));
            there.insert(there.end(), part.begin(), part.end());
        }
        if (there == wanted)
            return {};
        const auto at = std::mismatch(there.begin(), there.end(), wanted.begin()).first - there.begin();
        const std::string& reason = tensor.reason.empty() ? m_layout.checkpoint().storages[tensor.storage].reason : tensor.reason;
        return fail(ErrorCode::Refused, placeText(segment.name, tensor.shape, position + at / static_cast<std::ptrdiff_t>(size))
                + " would change, but " + escaped(segment.name, 80) + " cannot be edited"
                + (reason.empty() ? " (" + std::string(dtypeName(tensor.dtype)) + ")" : ": " + reason));
    }

    // As a recipe can say it: flat ranges of this layout, and the file with its CRC-32.
    Result<Step> stepFor(const std::vector<FlatRange>& taken)
    {
        Step step;
        step.operation = Operation::Values;
        step.rounding = { Overflow::Inf, Fraction::Nearest };
        FlatRange run { FlatIndex(0), FlatIndex(0) };
        const auto flush = [&] {
            if (run.count().value > 0)
                step.select.push_back({ std::to_string(run.begin.value) + ':' + std::to_string(run.end.value), true });
        };
        for (const FlatRange& range : taken) {
            if (range.begin != run.end) {
                flush();
                run.begin = range.begin;
            }
            run.end = range.end;
        }
        flush();
        step.selectIsList = step.select.size() != 1;
        if (const auto* file = dynamic_cast<const VectorFile*>(m_source.get())) {
            RAVEL_ASSIGN(const std::uint32_t sum, file->crc(m_job));
            step.valuesFile = file->path();
            step.valuesHash = crc32Text(sum);
        }
        return step;
    }

    const FlatLayout& m_layout;
    const EditedVector& m_vector;
    std::shared_ptr<const ElementSource> m_source;
    Dtype m_dtype;
    const Job& m_job;
    Losses m_losses;
};

} // namespace

Result<Unflattened> unflatten(const FlatLayout& layout, const EditedVector& vector, std::shared_ptr<const ElementSource> source, const Job& job)
{
    if (source->count() != layout.numel().value)
        return fail(ErrorCode::Usage, "the vector has " + grouped(source->count()) + " numbers, the layout needs "
                + grouped(layout.numel().value));
    RAVEL_ASSIGN(const Dtype dtype, meantDtype(layout, *source));
    return Unflattening(layout, vector, std::move(source), dtype, job).run();
}

} // namespace ravel
