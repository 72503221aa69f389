// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/patch.h"

#include "base/crc32.h"
#include "base/number.h"
#include "base/pool.h"
#include "base/posixfile.h"
#include "base/text.h"

#include <algorithm>

namespace ravel {

namespace {

// The disk is given work in pieces of this size; a call for each unit would cost more than it gains.
constexpr std::int64_t writebackSize = 16 << 20;

// A checksum can only be mended where all that it covers is known.
Result<> checkRecord(const Checkpoint& checkpoint, const Storage& storage, ByteRange bytes)
{
    if (storage.record == noOrdinal)
        return {};
    const Record& record = checkpoint.records[storage.record];
    if (record.method == Record::Method::Stored && record.offset <= bytes.begin
        && bytes.end <= record.offset + record.storedSize)
        return {};
    return fail(ErrorCode::Refused, "storage " + escaped(storage.id.text(), 80) + " is not inside its record "
            + escaped(record.name, 100) + ", whose checksum could not be mended");
}

} // namespace

struct Patch::Buffers {
    std::vector<std::byte> unit;   // as it will stand in the output
    std::vector<std::byte> edited; // of one run of elements
};

Patch::Patch(const EditedVector& vector, const FilePlan& plan)
    : m_vector(vector)
    , m_plan(plan)
{
}

Result<std::unique_ptr<Patch>> Patch::make(const EditedVector& vector, const FilePlan& plan)
{
    std::unique_ptr<Patch> patch(new Patch(vector, plan));
    for (const StorageOrdinal ordinal : plan.storages()) {
        const std::vector<StorageRange> hulls = vector.hulls(ordinal);
        if (hulls.empty())
            continue;
        const Storage& storage = vector.checkpoint().storages[ordinal];
        const std::string name = "storage " + escaped(storage.id.text(), 80);
        if (!storage.editable)
            return fail(ErrorCode::Refused, name + " cannot be edited: " + storage.reason);
        const auto region = plan.regionOf(ordinal);
        if (!region)
            return fail(ErrorCode::Refused,
                name + " has no bytes of its own in the file, so it cannot be saved in place");
        RAVEL_TRY(checkRecord(vector.checkpoint(), storage, plan.range(*region)));
        patch->m_edited.push_back({ plan.range(*region), ordinal, hulls });
    }
    std::sort(patch->m_edited.begin(), patch->m_edited.end(),
        [](const Edited& a, const Edited& b) { return a.range.begin < b.range.begin; });
    for (std::size_t i = 1; i < patch->m_edited.size(); ++i)
        if (patch->m_edited[i].range.begin < patch->m_edited[i - 1].range.end)
            return fail(ErrorCode::Refused, "two storages stand at byte "
                    + std::to_string(patch->m_edited[i].range.begin.value)
                    + " of the file, and both were edited");
    return patch;
}

std::vector<Patch::Touched> Patch::touchedIn(ByteRange unit) const
{
    std::vector<Touched> found;
    auto edited = std::upper_bound(m_edited.begin(), m_edited.end(), unit.begin,
        [](ByteOffset byte, const Edited& e) { return byte < e.range.end; });
    for (; edited != m_edited.end() && edited->range.begin < unit.end; ++edited) {
        const std::int64_t size = dtypeSize(m_vector.checkpoint().storages[edited->storage].dtype);
        const auto element = [&](ByteOffset byte) {
            return StorageIndex((std::clamp(byte, edited->range.begin, edited->range.end)
                                    - edited->range.begin).value / size);
        };
        const StorageIndex first = element(unit.begin), last = element(unit.end);
        auto hull = std::upper_bound(edited->hulls.begin(), edited->hulls.end(), first,
            [](StorageIndex i, const StorageRange& range) { return i < range.end; });
        for (; hull != edited->hulls.end() && hull->begin < last; ++hull) {
            const StorageRange elements { std::max(first, hull->begin), std::min(last, hull->end) };
            if (m_vector.touches(edited->storage, elements.begin, elements.end))
                found.push_back({ &*edited, elements });
        }
    }
    return found;
}

// Puts a run's edited values into the unit; false where no byte differs.
Result<bool> Patch::edit(const Touched& touched, ByteRange unit, Buffers& buffers,
    TensorChanges& changes, WrittenSpan& span)
{
    const StorageOrdinal ordinal = touched.edited->storage;
    const Storage& storage = m_vector.checkpoint().storages[ordinal];
    const Count n = touched.elements.end - touched.elements.begin;
    const auto count = static_cast<std::size_t>(n.value);
    const std::int64_t size = dtypeSize(storage.dtype);
    const ByteOffset at = touched.edited->range.begin + ByteCount(touched.elements.begin.value * size);
    const auto old = std::span(buffers.unit)
                         .subspan(static_cast<std::size_t>((at - unit.begin).value), count * static_cast<std::size_t>(size));
    buffers.edited.assign(old.begin(), old.end());
    if (storage.bigEndian)
        swapBytes(storage.dtype, buffers.edited.data(), count);
    Fit fit;
    RAVEL_TRY(m_vector.apply(ordinal, touched.elements.begin, n, buffers.edited.data(), &fit));
    if (fit.refused > 0)
        return fail(ErrorCode::Refused, {}); // save() finds the place and its sentence
    if (fit.saturated > 0)
        RAVEL_TRY(changes.addSaturated(m_vector, ordinal, touched.elements.begin, n));
    if (storage.bigEndian)
        swapBytes(storage.dtype, buffers.edited.data(), count);

    const auto first = std::mismatch(old.begin(), old.end(), buffers.edited.begin()).first - old.begin();
    if (first == static_cast<std::ptrdiff_t>(old.size()))
        return false;
    const auto last = old.size()
        - static_cast<std::size_t>(
            std::mismatch(old.rbegin(), old.rend(), buffers.edited.rbegin()).first - old.rbegin());
    const auto run = old.subspan(static_cast<std::size_t>(first), last - static_cast<std::size_t>(first));
    span.range = { at + ByteCount(first), at + ByteCount(static_cast<std::int64_t>(last)) };
    const std::uint32_t crcBefore = crc32Of(run);
    std::copy_n(buffers.edited.begin() + first, run.size(), run.begin());
    span.crc = crc32Of(run);
    note(touched, span, crcBefore);
    return true;
}

void Patch::note(const Touched& touched, const WrittenSpan& span, std::uint32_t crcBefore)
{
    const RecordOrdinal ordinal = m_vector.checkpoint().storages[touched.edited->storage].record;
    const std::lock_guard lock(m_mutex);
    m_written.push_back(span);
    if (ordinal == noOrdinal)
        return;
    const Record& record = m_vector.checkpoint().records[ordinal];
    const ByteCount following = record.offset + record.storedSize - span.range.end;
    m_changes[ordinal] ^= crc32Change(crcBefore, span.crc, following);
}

Result<> Patch::writeUnit(File& source, File& output, bool cloned, ByteRange unit,
    Buffers& buffers, TensorChanges& changes)
{
    const std::vector<Touched> touched = touchedIn(unit);
    if (touched.empty())
        return cloned ? Result<>() : output.copyFrom(source, unit);
    buffers.unit.resize(static_cast<std::size_t>(unit.count().value));
    RAVEL_TRY(source.readAt(unit.begin, buffers.unit));
    for (const Touched& run : touched) {
        WrittenSpan span;
        RAVEL_ASSIGN(const bool differs, edit(run, unit, buffers, changes, span));
        if (differs && cloned)
            RAVEL_TRY(output.writeAt(span.range.begin,
                std::span(buffers.unit)
                    .subspan(static_cast<std::size_t>((span.range.begin - unit.begin).value),
                        static_cast<std::size_t>(span.range.count().value))));
    }
    return cloned ? Result<>() : output.writeAt(unit.begin, buffers.unit);
}

Result<> Patch::write(File& source, File& output, bool cloned, TensorChanges& changes,
    const Job& job, const std::function<void(ByteCount)>& progress)
{
    Pool& pool = computePool();
    std::vector<Buffers> buffers(static_cast<std::size_t>(pool.threads()) + 1);
    const auto work = [&](std::int64_t index, int worker) -> Result<> {
        const ByteRange unit = m_plan.unit(static_cast<std::size_t>(index));
        RAVEL_TRY(writeUnit(source, output, cloned, unit, buffers[static_cast<std::size_t>(worker)], changes));
        if (const std::int64_t begun = unit.end.value / writebackSize; begun != unit.begin.value / writebackSize)
            output.startWriting({ ByteOffset((begun - 1) * writebackSize), unit.end });
        if (progress)
            progress(unit.count());
        return {};
    };
    RAVEL_TRY(pool.forEach(static_cast<std::int64_t>(m_plan.units()), job, work));
    std::sort(m_written.begin(), m_written.end(),
        [](const WrittenSpan& a, const WrittenSpan& b) { return a.range.begin < b.range.begin; });
    return {};
}

Error refusedPlace(const EditedVector& vector, const Job& job)
{
    EditedVector before(vector.checkpointPtr());
    for (std::size_t i = 0; i < vector.steps().size(); ++i) {
        const auto effect = measureEffect(before, *vector.steps()[i], job);
        if (!effect)
            return effect.error();
        if (!effect->firstRefused.empty())
            return { ErrorCode::Refused,
                shownPath(vector.checkpoint().path) + ": step " + std::to_string(i + 1) + ": " + effect->firstRefused };
        before = before.with(vector.steps()[i]);
    }
    return { ErrorCode::Refused, "a step makes a value that its dtype cannot hold" };
}

} // namespace ravel
