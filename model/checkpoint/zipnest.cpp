// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "checkpoint/bytes.h"
#include "checkpoint/fileslice.h"
#include "checkpoint/inflate.h"
#include "checkpoint/inner.h"
#include "checkpoint/treebudget.h"
#include "checkpoint/zip.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::int64_t headBytes = 4 << 10;
constexpr std::int64_t shownBytes = 64 << 10;
constexpr std::size_t mostMembers = 10'000; // each is looked at

Result<Probe> headOf(const Record& record, const Checkpoint& checkpoint)
{
    Probe probe;
    RAVEL_ASSIGN(probe.head, recordHead(*checkpoint.files[0].file, record, std::min(headBytes, record.size.value)));
    probe.size = record.size;
    return probe;
}

class Nest {
public:
    Nest(const OpenContext& context, Checkpoint& checkpoint)
        : m_context(context)
        , m_checkpoint(checkpoint)
        , m_budget(context.limits)
    {
    }

    Result<> add(const ZipEntry& member, RecordOrdinal ordinal)
    {
        if (ordinal == noOrdinal) {
            addOther(member.name, "a member of the archive, compressed with method " + std::to_string(member.method));
            return {};
        }
        // by value: adding an inner checkpoint moves the records
        const Record record = m_checkpoint.records[ordinal];
        const auto probe = headOf(record, m_checkpoint);
        if (!probe)
            return addBad(member.name, probe.error());
        if (!mayBeInner(*probe))
            return addPlain(record);
        if (const auto may = m_budget.check(); !may)
            return addBad(member.name, { ErrorCode::Limit, inQuotes(member.name) + ": " + may.error().message });
        auto opened = addCheckpoint(record, ordinal);
        if (!opened)
            return addBad(member.name, opened.error());
        ++m_opened;
        return {};
    }

    Result<> finish()
    {
        if (m_opened == 0)
            return fail(m_firstError.code, "no member of this zip archive is a checkpoint that can be read: " + m_firstError.message);
        std::move(m_draft).moveTo(m_checkpoint);
        return {};
    }

private:
    void addOther(const std::string& name, std::string value)
    {
        Entry entry;
        entry.kind = EntryKind::Other;
        entry.key = { PathKey::Kind::String, name };
        entry.value = std::move(value);
        m_draft.add(0, std::move(entry));
    }

    // What can't be read is listed with the reason; the others stay usable.
    Result<> addBad(const std::string& name, const Error& error)
    {
        if (error.code == ErrorCode::Cancelled)
            return tl::unexpected(error);
        if (m_firstError.message.empty())
            m_firstError = error;
        m_checkpoint.messages.push_back(bounded(error.message));
        addOther(name, bounded(error.message));
        return {};
    }

    Result<> addPlain(const Record& record)
    {
        const auto start = recordHead(*m_checkpoint.files[0].file, record, std::min(shownBytes, record.size.value));
        if (!start)
            return addBad(record.name, start.error());
        if (!isText(textOf(*start))) {
            addOther(record.name, "a member of the archive that is no checkpoint, " + sizeText(record.size.value));
            return {};
        }
        Entry entry;
        entry.kind = EntryKind::String;
        entry.key = { PathKey::Kind::String, record.name };
        entry.size = static_cast<std::uint64_t>(record.size.value);
        entry.value = textOf(*start);
        m_draft.add(0, std::move(entry));
        return {};
    }

    Result<std::shared_ptr<File>> fileOf(const Record& record)
    {
        if (record.method == Record::Method::Stored)
            return sliceOf(m_checkpoint.files[0].file, record.offset, record.size);
        constexpr std::int64_t alwaysFine = 1 << 20;
        const std::int64_t ratio = m_context.limits.inflateRatio;
        const std::string what = inQuotes(record.name) + " is compressed from " + sizeText(record.size.value);
        if (record.size.value > alwaysFine && record.size.value / ratio > record.storedSize.value)
            return fail(ErrorCode::Limit, what + " to " + sizeText(record.storedSize.value) + ", the limit is a ratio of " + std::to_string(ratio));
        if (record.size.value > m_context.limits.inflatedBytes - m_inflated)
            return fail(ErrorCode::Limit, what + ", the limit of all compressed members together is " + sizeText(m_context.limits.inflatedBytes));
        m_inflated += record.size.value;
        RAVEL_ASSIGN(std::vector<std::byte> bytes, recordBytes(*m_checkpoint.files[0].file, record, m_context.limits.inflatedBytes));
        return fileOfBytes(std::make_shared<const std::vector<std::byte>>(std::move(bytes)));
    }

    Result<> addCheckpoint(const Record& record, RecordOrdinal ordinal)
    {
        RAVEL_ASSIGN(std::shared_ptr<File> file, fileOf(record));
        const OpenContext context { m_context.io, m_budget.limits(), m_context.job, m_context.path, m_context.inSet, m_context.checkedBytes, m_context.depth };
        const auto read = readInner(context, std::move(file), record.name);
        if (!read) {
            m_budget.failed(read.error());
            return tl::unexpected(read.error());
        }
        const std::unique_ptr<Checkpoint>& inner = *read;
        m_budget.take(*inner);
        InnerPlace place { record.name, 0, record.offset, ordinal, record.method == Record::Method::Deflated };
        RAVEL_TRY(addInner(m_checkpoint, std::move(*inner), place, 0, { PathKey::Kind::String, record.name }, {}, m_draft, m_names,
            m_context.limits));
        return {};
    }

    const OpenContext& m_context;
    Checkpoint& m_checkpoint;
    TreeBudget m_budget;
    EntryDraft m_draft;
    InnerNames m_names;
    Error m_firstError;
    std::int64_t m_inflated = 0;
    std::size_t m_opened = 0;
};

} // namespace

Result<bool> isNest(
    const OpenContext& context, const ZipArchive& archive, const std::vector<RecordOrdinal>& records, const Checkpoint& checkpoint)
{
    if (archive.entries.size() > mostMembers)
        return false;
    for (std::size_t i = 0; i < archive.entries.size(); ++i) {
        RAVEL_TRY(context.job.check());
        if (records[i] == noOrdinal)
            continue;
        const auto probe = headOf(checkpoint.records[records[i]], checkpoint);
        if (!probe || !mayBeInner(*probe))
            continue;
        if (context.depth > 0)
            return fail(ErrorCode::Unsupported, "an archive inside an archive, with " + inQuotes(archive.entries[i].name)
                    + " in it: one level of archives is opened, unpack the outer one");
        return true;
    }
    return false;
}

Result<> readNest(
    const OpenContext& context, const ZipArchive& archive, const std::vector<RecordOrdinal>& records, Checkpoint& checkpoint)
{
    Nest nest(context, checkpoint);
    std::vector<RecordOrdinal> members;
    for (std::size_t i = 0; i < archive.entries.size(); ++i) {
        RAVEL_TRY(context.job.check());
        if (archive.entries[i].name.ends_with('/'))
            continue;
        RAVEL_TRY(nest.add(archive.entries[i], records[i]));
        if (records[i] != noOrdinal)
            members.push_back(records[i]);
    }
    RAVEL_TRY(nest.finish());
    return checkCrcs(std::move(members), context, checkpoint);
}

} // namespace ravel
