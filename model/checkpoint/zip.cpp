// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/zip.h"

#include "checkpoint/bytes.h"
#include "checkpoint/fileerror.h"

#include <algorithm>

namespace ravel {

namespace {

// A zip archive that is no checkpoint: what it seems to be.
std::string whatArchiveIs(const ZipArchive& archive)
{
    const auto holds = [&](std::string_view name) {
        return std::any_of(archive.entries.begin(), archive.entries.end(),
            [&](const ZipEntry& entry) { return entry.name == name || (name.ends_with('/') && entry.name.starts_with(name)); });
    };
    if (archive.entries.empty())
        return "the zip archive is empty: no tensor in it";
    if (holds("[Content_Types].xml"))
        return "this is an office document, not a checkpoint";
    if (holds("model.weights.h5"))
        return "this is a Keras model, a format that Ravel does not read";
    if (holds("META-INF/") || holds("AndroidManifest.xml"))
        return "this is a Java or Android archive, not a checkpoint";
    if (holds("MAR-INF/"))
        return "this is a TorchServe archive, not a checkpoint: unpack it, and open the file of the model in it";
    if (std::any_of(archive.entries.begin(), archive.entries.end(), [](const ZipEntry& e) { return e.name.ends_with("/.data/extern_modules"); }))
        return "this is a torch.package archive, which Ravel does not read: load it with torch.package, and save the model's state_dict";
    return "no data.pkl under a root folder in this zip archive, so that it is no PyTorch checkpoint; its first entry is "
        + inQuotes(archive.entries.front().name);
}

Result<> readArchive(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint)
{
    RAVEL_ASSIGN(ZipArchive archive, readZipArchive(*checkpoint.files[0].file, probe, context.limits, context.job));
    checkpoint.messages = std::move(archive.warnings);
    if (!archive.readOnlyReason.empty()) {
        checkpoint.writable = false;
        checkpoint.readOnlyReason = archive.readOnlyReason;
    }
    const std::vector<RecordOrdinal> records = addRecords(archive, checkpoint);
    if (isTorchZip(archive))
        return readTorchZip(context, archive, records, checkpoint);
    if (isNpz(archive)) {
        checkpoint.container = "npz";
        return readNpz(context, archive, records, checkpoint);
    }
    RAVEL_ASSIGN(const bool nest, isNest(context, archive, records, checkpoint));
    if (nest) {
        checkpoint.container = "zip of checkpoints";
        return readNest(context, archive, records, checkpoint);
    }
    return fail(ErrorCode::Unsupported, whatArchiveIs(archive));
}

} // namespace

std::vector<RecordOrdinal> addRecords(const ZipArchive& archive, Checkpoint& checkpoint)
{
    std::vector<RecordOrdinal> records;
    records.reserve(archive.entries.size());
    for (const ZipEntry& entry : archive.entries) {
        if (entry.method != ZipEntry::Stored && entry.method != ZipEntry::Deflated) {
            records.push_back(noOrdinal);
            continue;
        }
        records.push_back(static_cast<RecordOrdinal>(checkpoint.records.size()));
        Record& record = checkpoint.records.emplace_back();
        record.name = entry.name;
        record.offset = ByteOffset(entry.dataPlace);
        record.storedSize = ByteCount(entry.storedSize);
        record.size = ByteCount(entry.size);
        record.method = entry.method == ZipEntry::Stored ? Record::Method::Stored : Record::Method::Deflated;
        record.crc = entry.crc;
        record.crcPlaces = entry.crcPlaces;
    }
    return records;
}

Result<> checkCrcs(std::vector<RecordOrdinal> records, const OpenContext& context, Checkpoint& checkpoint)
{
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());
    std::int64_t bytes = 0;
    for (const RecordOrdinal ordinal : records)
        if (const std::int64_t size = checkpoint.records[ordinal].size.value; size > context.checkedBytes - bytes)
            return {};
        else
            bytes += size;
    RAVEL_ASSIGN(const std::vector<std::string> messages, damagedRecords(checkpoint, records, context.job));
    checkpoint.messages.insert(checkpoint.messages.end(), messages.begin(), messages.end());
    return {};
}

bool Zip::matches(const Probe& probe) const
{
    const std::string_view head = textOf(probe.head);
    if (head.starts_with("PK\3\4") || head.starts_with("PK\5\6"))
        return true;
    // Something before the archive: refused, but as the broken zip archive that it is.
    const std::string_view tail = textOf(probe.tail);
    const std::size_t end = tail.rfind("PK\5\6");
    return end != tail.npos && tail.size() - end == 22 && load16(probe.tail.data() + end + 20) == 0;
}

Result<> Zip::read(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint) const
{
    return withFileName(readArchive(context, probe, checkpoint), context.path);
}

} // namespace ravel
