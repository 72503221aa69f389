// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/bytes.h"
#include "checkpoint/inflate.h"
#include "checkpoint/npyarray.h"
#include "checkpoint/zip.h"

#include "base/text.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::string_view suffix = ".npy";
constexpr std::int64_t headerPrefix = 12;

Result<> readMember(const OpenContext& context, RecordOrdinal ordinal, EntryOrdinal place, Checkpoint& checkpoint)
{
    const Record& record = checkpoint.records[ordinal];
    const std::string what = inQuotes(record.name);
    RAVEL_ASSIGN(const std::vector<std::byte> head,
        recordHead(*checkpoint.files[0].file, record, context.limits.npyHeader + headerPrefix));
    RAVEL_ASSIGN(const NpyHeader header, parseNpyHeader(head, what, context.limits.npyHeader));
    if (record.method == Record::Method::Deflated && record.size.value > context.limits.inflatedBytes)
        return fail(ErrorCode::Limit, what + ": it is compressed from " + sizeText(record.size.value) + ", the limit is "
                + sizeText(context.limits.inflatedBytes));
    return addNpyArray(header, ordinal, what, place, checkpoint);
}

// A member that can't be read is listed with the reason; the others stay usable.
void addBadMember(const Error& error, EntryOrdinal place, Checkpoint& checkpoint)
{
    Entry& entry = checkpoint.entries[place];
    entry.kind = EntryKind::Tensor;
    entry.tensor = static_cast<TensorOrdinal>(checkpoint.tensors.size());
    Tensor tensor;
    tensor.name = entry.key.text;
    tensor.entry = place;
    tensor.shape = { 0 };
    tensor.stride = { 1 };
    tensor.readable = tensor.editable = false;
    tensor.reason = error.message;
    checkpoint.messages.push_back(error.message);
    checkpoint.tensors.push_back(std::move(tensor));
}

} // namespace

bool isNpz(const ZipArchive& archive)
{
    return std::any_of(archive.entries.begin(), archive.entries.end(), [](const ZipEntry& entry) { return entry.name.ends_with(suffix); });
}

Result<> readNpz(const OpenContext& context, const ZipArchive& archive, const std::vector<RecordOrdinal>& records, Checkpoint& checkpoint)
{
    const std::size_t count = archive.entries.size();
    checkpoint.entries.resize(1 + count);
    checkpoint.entries[0].kind = EntryKind::Dict;
    checkpoint.entries[0].firstChild = 1;
    checkpoint.entries[0].childCount = static_cast<std::uint32_t>(count);
    std::vector<RecordOrdinal> arrays;
    for (std::size_t i = 0; i < count; ++i) {
        RAVEL_TRY(context.job.check());
        const ZipEntry& member = archive.entries[i];
        const auto place = static_cast<EntryOrdinal>(i + 1);
        Entry& entry = checkpoint.entries[place];
        entry.parent = 0;
        entry.key = { PathKey::Kind::String, member.name };
        if (!member.name.ends_with(suffix)) {
            entry.kind = EntryKind::Other;
            entry.value = "a member of the archive that is no array, " + sizeText(member.size);
            continue;
        }
        entry.key.text.resize(member.name.size() - suffix.size());
        Result<> done = fail(ErrorCode::Unsupported, inQuotes(member.name) + " is compressed with method "
                + std::to_string(member.method) + ", stored or deflated is expected");
        if (records[i] != noOrdinal) {
            done = readMember(context, records[i], place, checkpoint);
            arrays.push_back(records[i]);
        }
        if (!done)
            addBadMember(done.error(), place, checkpoint);
    }
    return checkCrcs(std::move(arrays), context, checkpoint);
}

} // namespace ravel
