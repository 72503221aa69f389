// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/filesave.h"

#include "base/crc32.h"
#include "base/pool.h"
#include "base/posixfile.h"
#include "base/text.h"
#include "checkpoint/bytes.h"
#include "save/sha256.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ravel {

namespace {

tl::unexpected<Error> notAsWritten(const FilePlan& plan, const Checkpoint& checkpoint, ByteOffset at)
{
    return fail(ErrorCode::Io, sentence(checkpoint.files[plan.file()].path, "what was written does not read back at byte "
            + std::to_string(at.value) + ": the disk or its driver is faulty"));
}

// Checks each difference between source and output against what was meant to be written; counts what it saw.
class Inspector {
public:
    Inspector(const Checkpoint& checkpoint, const FilePlan& plan, const std::vector<WrittenSpan>& written, const ExpectedChecksums& expected)
        : m_checkpoint(checkpoint)
        , m_plan(plan)
        , m_written(written)
        , m_expected(expected)
    {
    }

    Result<> operator()(const FilePiece& piece, std::span<const std::byte> before, std::span<const std::byte> after)
    {
        if (m_plan.regions()[piece.region].kind == FileRegion::Kind::Checksum) {
            const auto expected = m_expected.find(piece.region);
            if (expected == m_expected.end()
                || littleEndian(after.first<4>()) != expected->second)
                return notAsWritten(m_plan, m_checkpoint, piece.range.begin);
            return {};
        }
        ByteOffset at = piece.range.begin;
        const auto part = [&](std::span<const std::byte> bytes, ByteRange range) {
            return bytes.subspan(static_cast<std::size_t>((range.begin - piece.range.begin).value),
                static_cast<std::size_t>(range.count().value));
        };
        const auto same = [&](ByteOffset end) {
            const ByteRange range { at, end };
            return range.count().value == 0
                || std::memcmp(part(before, range).data(), part(after, range).data(),
                       static_cast<std::size_t>(range.count().value)) == 0;
        };
        auto span = std::lower_bound(m_written.begin(), m_written.end(), piece.range.begin,
            [](const WrittenSpan& s, ByteOffset byte) { return s.range.begin < byte; });
        for (; span != m_written.end() && span->range.begin < piece.range.end; ++span) {
            if (!same(span->range.begin) || crc32Of(part(after, span->range)) != span->crc)
                return notAsWritten(m_plan, m_checkpoint, at);
            at = span->range.end;
            ++m_seen;
        }
        return same(piece.range.end) ? Result<>() : notAsWritten(m_plan, m_checkpoint, at);
    }

    bool sawAll() const { return m_seen == m_written.size(); }

private:
    const Checkpoint& m_checkpoint;
    const FilePlan& m_plan;
    const std::vector<WrittenSpan>& m_written;
    const ExpectedChecksums& m_expected;
    std::atomic<std::size_t> m_seen = 0;
};

Result<> checkSpace(Io& io, const std::string& directory, ByteCount needed)
{
    RAVEL_ASSIGN(const ByteCount free, io.freeSpace(directory));
    if (free >= needed)
        return {};
    return fail(ErrorCode::Io, shownPath(directory) + " has no room: the save needs " + sizeText(needed.value) + ", has "
            + sizeText(free.value));
}

} // namespace

FileSave::FileSave(const EditedVector& vector, FilePlan plan, const SaveOptions& options, TensorChanges& changes, const Job& job,
    std::function<void(ByteCount)> progress)
    : m_vector(vector)
    , m_checkpoint(vector.checkpoint())
    , m_options(options)
    , m_changes(changes)
    , m_job(job)
    , m_progress(std::move(progress))
    , m_plan(std::move(plan))
    , m_source(*m_checkpoint.files[m_plan.file()].file)
{
}

Result<> FileSave::prepare()
{
    auto patch = Patch::make(m_vector, m_plan);
    if (!patch)
        return tl::unexpected(named(std::move(patch.error())));
    m_patch = std::move(*patch);
    return {};
}

// What is refused is a matter of the file; failures of the disk name it already.
Error FileSave::named(Error error) const
{
    if (error.code == ErrorCode::Refused)
        error.message = bounded(sentence(m_checkpoint.files[m_plan.file()].path, error.message));
    return error;
}

Result<> FileSave::write(Io& io, File& output, const std::string& directory, ByteCount needed)
{
    const bool cloned = output.cloneFrom(m_source).has_value();
    if (!cloned) {
        RAVEL_TRY(checkSpace(io, directory, needed));
        RAVEL_TRY(output.resize(m_plan.size()));
    }
    const auto written = m_patch->write(m_source, output, cloned, m_changes, m_job, m_progress);
    if (!written && written.error().code == ErrorCode::Refused)
        return tl::unexpected(refusedPlace(m_vector, m_job));
    RAVEL_TRY(written);
    m_crcChanges = m_patch->crcChanges();
    auto expected = mendChecksums(m_checkpoint, m_plan, m_crcChanges, m_source, output);
    if (!expected)
        return tl::unexpected(named(std::move(expected.error())));
    m_expected = std::move(*expected);
    return {};
}

Result<> FileSave::verify(File& output)
{
    RAVEL_ASSIGN(const FileStatus status, output.status());
    if (status.identity.size != m_plan.size().value)
        return notAsWritten(m_plan, m_checkpoint, ByteOffset(status.identity.size));
    Inspector inspector(m_checkpoint, m_plan, m_patch->written(), m_expected);
    RAVEL_ASSIGN(m_comparison, Comparison::make(m_checkpoint, m_plan, m_source, output, m_changes, std::ref(inspector), m_job, m_progress));
    if (!inspector.sawAll())
        return notAsWritten(m_plan, m_checkpoint, m_patch->written().front().range.begin);
    m_records = checkRecords(m_checkpoint, m_plan, m_comparison);
    for (const CrcState& state : m_records) {
        const auto change = m_crcChanges.find(state.record);
        const std::uint32_t by = change == m_crcChanges.end() ? 0 : change->second;
        if (state.after != (state.before ^ by))
            return notAsWritten(m_plan, m_checkpoint, m_checkpoint.records[state.record].offset);
    }
    if (m_options.mendWrongCrc)
        RAVEL_TRY(overwriteWrong(m_checkpoint, m_plan, m_records, m_crcChanges, output, m_expected, m_comparison));
    return checkExpected(output);
}

Result<> FileSave::checkExpected(File& output)
{
    for (const auto& [region, value] : m_expected) {
        std::array<std::byte, 4> bytes {};
        RAVEL_TRY(output.readAt(m_plan.range(region).begin, bytes));
        if (littleEndian(bytes) != value)
            return notAsWritten(m_plan, m_checkpoint, m_plan.range(region).begin);
    }
    return {};
}

Result<> FileSave::describe(File& output, FileFacts& before, FileFacts& after, Receipt& receipt)
{
    const RegionSums whole = m_comparison.whole(m_plan);
    before.crc32 = whole.before;
    after.crc32 = whole.after;
    before.size = after.size = m_plan.size().value;
    const auto warnings = crcWarnings(m_checkpoint, m_records, m_options.mendWrongCrc, m_crcChanges);
    receipt.warnings.insert(receipt.warnings.end(), warnings.begin(), warnings.end());
    for (const StorageOrdinal i : m_plan.storages())
        if (const auto region = m_plan.regionOf(i); region && !m_comparison.regions[*region].differs)
            receipt.unchangedStorages[m_checkpoint.storages[i].id.text()] = m_comparison.regions[*region].before;
    if (!m_options.hash)
        return {};
    return computePool().forEach(2, m_job, [&](std::int64_t i, int) -> Result<> {
        RAVEL_ASSIGN((i == 0 ? before : after).sha256, sha256Of(i == 0 ? m_source : output, m_plan.size(), m_job));
        return {};
    });
}

std::pair<std::uint32_t, ByteCount> FileSave::otherBytes() const
{
    return { m_comparison.others(m_plan).before, Comparison::otherSize(m_plan) };
}

} // namespace ravel
