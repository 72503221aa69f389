// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/editedvector.h"

#include "edit/stepindex.h"

#include <algorithm>
#include <cstring>

namespace ravel {

namespace {

// The places of a box, copied to their row-major numbers, window by window of the storage; one read for each window, or for each run where
// the runs are few and far apart.
class BoxReader {
public:
    BoxReader(const EditedVector& vector, const Region& region, std::size_t size, std::byte* out)
        : m_vector(vector)
        , m_region(region)
        , m_size(size)
        , m_out(out)
    {
    }

    Result<> read()
    {
        constexpr std::int64_t window = 1 << 16;
        const StorageIndex end = m_region.end();
        for (StorageIndex at = m_region.start; at < end; at += Count(window))
            RAVEL_TRY(readWindow(at, std::min(end, at + Count(window))));
        return {};
    }

private:
    Result<> readWindow(StorageIndex begin, StorageIndex end)
    {
        m_runs.clear();
        std::int64_t covered = 0;
        StorageIndex low = end, high = begin;
        forEachRun(m_region, begin, end, [&](const Run& run) {
            m_runs.push_back(run);
            covered += run.count;
            low = std::min(low, run.start);
            high = std::max(high, StorageIndex(run.start.value + (run.count - 1) * run.stride + 1));
            return true;
        });
        constexpr std::int64_t sparse = 64;
        if (covered * sparse >= (high - low).value) {
            RAVEL_TRY(fetch(low, high - low));
            for (const Run& run : m_runs)
                scatter(run, low);
            return {};
        }
        for (const Run& run : m_runs)
            for (std::int64_t i = 0; i < run.count;) {
                const std::int64_t n = run.stride == 1 ? run.count : 1;
                const Run part { StorageIndex(run.start.value + i * run.stride), n, 1, run.ordinal + i * run.ordinalStride, run.ordinalStride };
                RAVEL_TRY(fetch(part.start, Count(n)));
                scatter(part, part.start);
                i += n;
            }
        return {};
    }

    Result<> fetch(StorageIndex first, Count n)
    {
        m_window.resize(static_cast<std::size_t>(std::max<std::int64_t>(n.value, 0)) * m_size);
        return n.value > 0 ? m_vector.read(m_region.storage, first, n, m_window.data()) : Result<>();
    }

    void scatter(const Run& run, StorageIndex windowBegin)
    {
        const std::byte* from = m_window.data() + static_cast<std::size_t>((run.start - windowBegin).value) * m_size;
        if (run.stride == 1 && run.ordinalStride == 1) {
            std::memcpy(m_out + static_cast<std::size_t>(run.ordinal) * m_size, from, static_cast<std::size_t>(run.count) * m_size);
            return;
        }
        for (std::int64_t i = 0; i < run.count; ++i)
            std::memcpy(m_out + static_cast<std::size_t>(run.ordinal + i * run.ordinalStride) * m_size,
                from + static_cast<std::size_t>(i * run.stride) * m_size, m_size);
    }

    const EditedVector& m_vector;
    const Region& m_region;
    std::size_t m_size;
    std::byte* m_out;
    std::vector<std::byte> m_window;
    std::vector<Run> m_runs;
};

// The element of `narrow` (the box with each repeated dimension cut to one) that element `position` of the box shows.
std::int64_t narrowPosition(const Box& box, const Box& narrow, std::int64_t position)
{
    std::int64_t result = 0, factor = 1;
    for (std::size_t d = box.slices.size(); d-- > 0;) {
        const std::int64_t k = position % box.slices[d].count;
        position /= box.slices[d].count;
        result += (narrow.slices[d].count == 1 ? 0 : k) * factor;
        factor *= narrow.slices[d].count;
    }
    return result;
}

} // namespace

EditedVector::EditedVector(std::shared_ptr<const Checkpoint> checkpoint)
    : m_checkpoint(std::move(checkpoint))
{
}

const std::vector<std::shared_ptr<const AppliedStep>>& EditedVector::steps() const
{
    static const std::vector<std::shared_ptr<const AppliedStep>> none;
    return m_chain ? m_chain->steps() : none;
}

EditedVector EditedVector::with(std::shared_ptr<const AppliedStep> step) const
{
    EditedVector next(m_checkpoint);
    next.m_chain = StepChain::extended(m_chain, std::move(step), *m_checkpoint);
    return next;
}

EditedVector EditedVector::withoutLast() const
{
    EditedVector previous(m_checkpoint);
    if (m_chain)
        previous.m_chain = m_chain->before();
    return previous;
}

Result<> EditedVector::read(StorageOrdinal storage, StorageIndex first, Count n, std::byte* out, Fit* fit) const
{
    RAVEL_TRY(m_checkpoint->read(storage, first, n, out));
    return apply(storage, first, n, out, fit);
}

Result<> EditedVector::apply(StorageOrdinal storage, StorageIndex first, Count n, std::byte* elements, Fit* fit) const
{
    if (!m_chain || n.value == 0)
        return {};
    Fit own;
    for (const auto& level : m_chain->levels())
        RAVEL_TRY(level->apply(*m_checkpoint, storage, first, first + n, elements, own));
    if (fit)
        *fit += own;
    return {};
}

Result<> EditedVector::readBox(const Box& box, std::vector<std::byte>& out) const
{
    const Tensor& tensor = m_checkpoint->tensors[box.tensor];
    const auto size = static_cast<std::size_t>(dtypeSize(tensor.dtype));
    const auto total = static_cast<std::size_t>(box.numel().value);
    if (!tensor.readable)
        return fail(ErrorCode::Unsupported, tensor.reason);
    Box narrow = box; // without the repeats of expanded dimensions
    for (std::size_t d = 0; d < box.slices.size(); ++d)
        if (tensor.stride[d] == 0 && box.slices[d].count > 1)
            narrow.slices[d].count = 1;
    const auto region = toRegion(*m_checkpoint, narrow);
    out.resize(total * size);
    if (!region || total == 0)
        return {};
    if (narrow == box)
        return BoxReader(*this, *region, size, out.data()).read();
    std::vector<std::byte> once(static_cast<std::size_t>(narrow.numel().value) * size);
    RAVEL_TRY(BoxReader(*this, *region, size, once.data()).read());
    for (std::size_t i = 0; i < total; ++i)
        std::memcpy(out.data() + i * size,
            once.data() + static_cast<std::size_t>(narrowPosition(box, narrow, static_cast<std::int64_t>(i))) * size, size);
    return {};
}

bool EditedVector::touches(StorageOrdinal storage, StorageIndex begin, StorageIndex end) const
{
    if (!m_chain)
        return false;
    const auto& levels = m_chain->levels();
    return std::any_of(levels.begin(), levels.end(), [&](const auto& level) { return level->touches(storage, begin, end); });
}

std::vector<StorageRange> EditedVector::hulls(StorageOrdinal storage) const
{
    std::vector<StorageRange> all, merged;
    if (m_chain)
        for (const auto& level : m_chain->levels())
            level->addHulls(storage, all);
    std::sort(all.begin(), all.end(), [](const StorageRange& a, const StorageRange& b) { return a.begin < b.begin; });
    for (const StorageRange& range : all) {
        if (!merged.empty() && range.begin <= merged.back().end)
            merged.back().end = std::max(merged.back().end, range.end);
        else
            merged.push_back(range);
    }
    return merged;
}

std::vector<StorageOrdinal> EditedVector::editedStorages() const
{
    std::vector<StorageOrdinal> all;
    if (m_chain)
        for (const auto& level : m_chain->levels())
            all.insert(all.end(), level->storages().begin(), level->storages().end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

} // namespace ravel
