// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "checkpoint/bytes.h"
#include "checkpoint/entrydraft.h"
#include "checkpoint/inflate.h"
#include "checkpoint/names.h"
#include "checkpoint/pickle.h"
#include "checkpoint/treebudget.h"
#include "checkpoint/zip.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>
#include <utility>

namespace ravel {

namespace {

constexpr std::string_view mainPickle = "data.pkl";
constexpr std::string_view dataFolder = "data/";
constexpr std::string_view constantsFolder = "constants/";

// The folder of a data.pkl, with its slash; "" at the top. None where the entry is something else.
std::optional<std::string_view> rootOf(std::string_view name)
{
    if (name == mainPickle)
        return name.substr(0, 0);
    if (name.ends_with("/data.pkl"))
        return name.substr(0, name.size() - mainPickle.size());
    return std::nullopt;
}

// One archive, read through the names of its entries below the root folder.
class TorchZip : public StorageCatalog {
public:
    TorchZip(const OpenContext& context, const ZipArchive& archive, const std::vector<RecordOrdinal>& records, Checkpoint& checkpoint)
        : m_context(context)
        , m_archive(archive)
        , m_records(records)
        , m_checkpoint(checkpoint)
    {
    }

    Result<> read();
    Result<StorageOrdinal> find(const StorageRequest&, Checkpoint&) override;

private:
    Result<> findRoot();
    Result<> readFacts();
    void readVersion();
    Result<> readTree(std::string_view pickle, std::string_view storageFolder, const Limits&);
    Result<std::vector<std::byte>> pickleBytes(std::string_view name);
    bool isScript() const;
    Result<> readScript();
    Result<> addConstants(const Limits&);
    void addCode();
    Result<> checkStorages();
    void addUnviewed();
    std::string keyOf(const ZipEntry&) const;
    const ZipEntry* entryNamed(std::string_view nameBelowRoot) const;
    std::optional<std::string> smallText(std::string_view nameBelowRoot);
    RecordOrdinal recordOf(const ZipEntry& entry) const { return m_records[static_cast<std::size_t>(&entry - m_archive.entries.data())]; }
    StorageOrdinal addStorage(const StorageRequest&, const ZipEntry&);

    const OpenContext& m_context;
    const ZipArchive& m_archive;
    const std::vector<RecordOrdinal>& m_records;
    Checkpoint& m_checkpoint;
    std::string m_root;
    std::string m_storageFolder; // with the root: "archive/data/"
    bool m_bigEndian = false;
    std::unordered_map<std::string_view, const ZipEntry*> m_entries;
    std::map<std::pair<const ZipEntry*, Dtype>, StorageOrdinal> m_storages;
    std::unordered_map<const ZipEntry*, StorageOrdinal> m_firstOfEntry; // the only one that can be edited
    SharedTexts m_devices;
};

Result<> TorchZip::findRoot()
{
    const ZipEntry* main = nullptr;
    std::size_t found = 0;
    const auto depth = [](const ZipEntry& entry) { return std::count(entry.name.begin(), entry.name.end(), '/'); };
    for (const ZipEntry& entry : m_archive.entries) {
        m_entries.emplace(entry.name, &entry);
        if (!rootOf(entry.name))
            continue;
        ++found;
        if (!main || depth(entry) < depth(*main))
            main = &entry;
    }
    m_root = *rootOf(main->name);
    for (const ZipEntry& entry : m_archive.entries)
        if (&entry != main && rootOf(entry.name) && depth(entry) == depth(*main))
            return fail(ErrorCode::Format, "two root folders in this zip archive: " + inQuotes(main->name) + " and "
                    + inQuotes(entry.name) + ", one is expected");
    if (m_root.empty())
        m_checkpoint.messages.push_back("data.pkl stands at the top of the archive without a root folder: torch does not load such a file");
    m_checkpoint.facts.emplace_back("root", m_root.empty() ? "" : m_root.substr(0, m_root.size() - 1));
    return {};
}

const ZipEntry* TorchZip::entryNamed(std::string_view nameBelowRoot) const
{
    const auto found = m_entries.find(m_root + std::string(nameBelowRoot));
    return found == m_entries.end() ? nullptr : found->second;
}

std::optional<std::string> TorchZip::smallText(std::string_view nameBelowRoot)
{
    constexpr std::int64_t most = 4096;
    const ZipEntry* entry = entryNamed(nameBelowRoot);
    if (!entry || recordOf(*entry) == noOrdinal)
        return std::nullopt;
    auto bytes = recordBytes(*m_checkpoint.files[0].file, m_checkpoint.records[recordOf(*entry)], most);
    if (!bytes) {
        m_checkpoint.messages.push_back(bytes.error().message);
        return std::nullopt;
    }
    std::string text(textOf(*bytes));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    m_checkpoint.facts.emplace_back(nameBelowRoot, text);
    return text;
}

void TorchZip::readVersion()
{
    auto version = smallText("version");
    if (!version)
        version = smallText(".data/version");
    if (!version) {
        m_checkpoint.messages.push_back("the archive has no version record: torch does not load it");
        return;
    }
    constexpr int newest = 10; // kMaxProducedFileFormatVersion, caffe2/serialize/versions.h
    int number = 0;
    const auto [end, error] = std::from_chars(version->data(), version->data() + version->size(), number);
    if (error != std::errc() || end != version->data() + version->size() || number < 1)
        m_checkpoint.messages.push_back("the version record holds " + inQuotes(*version) + ", a number from 1 to 10 is expected");
    else if (number > newest)
        m_checkpoint.messages.push_back("the version record says " + *version + ", newer than the newest that is known, "
            + std::to_string(newest));
}

Result<> TorchZip::readFacts()
{
    readVersion();
    for (std::string_view name : { ".format_version", ".storage_alignment", ".data/serialization_id" })
        smallText(name);
    if (const auto order = smallText("byteorder")) {
        m_bigEndian = *order == "big";
        if (*order != "big" && *order != "little")
            return fail(ErrorCode::Format, "the byteorder record holds " + inQuotes(*order) + ", little or big is expected");
    }
    return {};
}

Result<std::vector<std::byte>> TorchZip::pickleBytes(std::string_view name)
{
    const ZipEntry& entry = *entryNamed(name);
    if (recordOf(entry) == noOrdinal)
        return fail(ErrorCode::Unsupported, "record " + inQuotes(entry.name) + " is compressed with method "
                + std::to_string(entry.method) + ", stored or deflated is expected");
    const Record& record = m_checkpoint.records[recordOf(entry)];
    if (record.size.value == 0)
        return fail(ErrorCode::Format, "record " + inQuotes(entry.name) + " is empty, a pickle is expected");
    constexpr std::int64_t alwaysFine = 1 << 20;
    const std::int64_t ratio = m_context.limits.inflateRatio;
    if (record.size.value > alwaysFine && record.size.value / ratio > record.storedSize.value)
        return fail(ErrorCode::Limit, "record " + inQuotes(entry.name) + " is compressed from " + sizeText(record.size.value)
                + " to " + sizeText(record.storedSize.value) + ", the limit is a ratio of " + std::to_string(ratio));
    RAVEL_ASSIGN(std::vector<std::byte> bytes, recordBytes(*m_checkpoint.files[0].file, record, m_context.limits.pickleBytes));
    // Not only while that is quick: everything that is shown hangs on it.
    const RecordOrdinal ordinal = recordOf(entry);
    RAVEL_ASSIGN(const std::vector<std::string> damage, damagedRecords(m_checkpoint, std::span(&ordinal, 1), m_context.job));
    m_checkpoint.messages.insert(m_checkpoint.messages.end(), damage.begin(), damage.end());
    return bytes;
}

Result<> TorchZip::readTree(std::string_view name, std::string_view storageFolder, const Limits& limits)
{
    m_storageFolder = m_root + std::string(storageFolder);
    RAVEL_ASSIGN(std::vector<std::byte> bytes, pickleBytes(name));
    const std::size_t size = bytes.size();
    RAVEL_ASSIGN(Pickle pickle, readPickle(std::move(bytes), std::string(name), limits, m_context.job));
    pickle.record = recordOf(*entryNamed(name));
    if (pickle.end < size)
        m_checkpoint.messages.push_back("record " + inQuotes(name) + ": " + std::to_string(size - pickle.end)
            + " bytes after the end of its pickle; they are kept, and not read");
    m_checkpoint.facts.emplace_back("pickle protocol", std::to_string(pickle.protocol));
    return buildTree(pickle, *this, m_checkpoint, std::string(name), limits, m_context.job);
}

Result<StorageOrdinal> TorchZip::find(const StorageRequest& request, Checkpoint& checkpoint)
{
    const auto found = m_entries.find(m_storageFolder + request.key);
    if (found == m_entries.end())
        return fail(ErrorCode::Format, "its storage " + inQuotes(request.key) + " is missing: the archive has no record "
                + inQuotes(m_storageFolder + request.key));
    const ZipEntry& entry = *found->second;
    if (recordOf(entry) == noOrdinal)
        return fail(ErrorCode::Unsupported, "its storage " + inQuotes(request.key) + " is compressed with method "
                + std::to_string(entry.method) + ", stored or deflated is expected");
    std::int64_t bytes = 0;
    if (request.numel < 0 || !checkedMultiply(request.numel, dtypeSize(request.dtype), bytes) || bytes > entry.size)
        return fail(ErrorCode::Format, "its storage " + inQuotes(request.key) + " should have " + std::to_string(request.numel)
                + " elements of " + std::string(dtypeName(request.dtype)) + ", its record has a size of " + std::to_string(entry.size) + " bytes");
    if (entry.method == ZipEntry::Deflated && entry.size > m_context.limits.inflatedBytes)
        return fail(ErrorCode::Limit, "its storage " + inQuotes(request.key) + " is compressed and would have " + sizeText(entry.size)
                + ", the limit is " + sizeText(m_context.limits.inflatedBytes));
    const std::pair identity(&entry, request.dtype);
    if (const auto known = m_storages.find(identity); known != m_storages.end()) {
        if (checkpoint.storages[known->second].numel.value >= request.numel)
            return known->second;
        return fail(ErrorCode::Format, "its storage " + inQuotes(request.key) + " has a size of "
                + std::to_string(checkpoint.storages[known->second].numel.value) + " elements for a tensor before it, and of "
                + std::to_string(request.numel) + " here");
    }
    if (bytes < entry.size)
        checkpoint.messages.push_back("storage " + inQuotes(request.key) + " has " + std::to_string(request.numel) + " elements of "
            + std::string(dtypeName(request.dtype)) + ", its record has a size of " + std::to_string(entry.size) + " bytes, "
            + std::to_string(entry.size - bytes) + " more");
    const StorageOrdinal ordinal = addStorage(request, entry);
    m_storages.emplace(identity, ordinal);
    m_firstOfEntry.emplace(&entry, ordinal);
    return ordinal;
}

// "0"; storages elsewhere than in data/ say where.
std::string TorchZip::keyOf(const ZipEntry& entry) const
{
    const std::string below = entry.name.substr(m_root.size());
    return below.starts_with(dataFolder) ? below.substr(dataFolder.size()) : below;
}

StorageOrdinal TorchZip::addStorage(const StorageRequest& request, const ZipEntry& entry)
{
    const auto ordinal = static_cast<StorageOrdinal>(m_checkpoint.storages.size());
    const std::string dtype(dtypeName(request.dtype));
    const auto first = m_firstOfEntry.find(&entry);
    Storage storage;
    storage.id = { 0, first == m_firstOfEntry.end() ? keyOf(entry) : keyOf(entry) + ':' + dtype };
    storage.dtype = request.dtype;
    storage.numel = Count(request.numel);
    storage.device = m_devices.of(request.device);
    storage.record = recordOf(entry);
    storage.bigEndian = m_bigEndian && dtypeSwapSize(request.dtype) > 1;
    if (entry.method == ZipEntry::Stored)
        storage.offset = ByteOffset(entry.dataPlace);
    else
        storage.reason = "its storage is compressed in the archive";
    if (!isEditable(request.dtype))
        storage.reason = "elements of dtype " + dtype + " can't be edited";
    if (first != m_firstOfEntry.end()) {
        const std::string other(dtypeName(m_checkpoint.storages[first->second].dtype));
        storage.reason = "its storage is used as " + other + " by a tensor before it: edit that one";
        m_checkpoint.messages.push_back("storage " + inQuotes(request.key) + " is used as " + other + " and as " + dtype
            + ": it can be edited as the former only");
    }
    storage.editable = storage.reason.empty();
    m_checkpoint.storages.push_back(std::move(storage));
    return ordinal;
}

void TorchZip::addUnviewed()
{
    for (const ZipEntry& entry : m_archive.entries) {
        const std::string_view name = entry.name;
        const bool isStorage = name.starts_with(m_root)
            && (name.substr(m_root.size()).starts_with(dataFolder) || name.substr(m_root.size()).starts_with(constantsFolder));
        if (!isStorage || name.ends_with('/') || recordOf(entry) == noOrdinal || m_firstOfEntry.contains(&entry))
            continue;
        Storage storage;
        storage.id = { 0, keyOf(entry) };
        storage.numel = Count(entry.size);
        storage.record = recordOf(entry);
        if (entry.method == ZipEntry::Stored)
            storage.offset = ByteOffset(entry.dataPlace);
        storage.editable = false;
        storage.reason = "no tensor says what is in it";
        m_checkpoint.storages.push_back(std::move(storage));
    }
}

Result<> TorchZip::checkStorages()
{
    std::vector<RecordOrdinal> records;
    for (const Storage& storage : m_checkpoint.storages)
        if (storage.record != noOrdinal)
            records.push_back(storage.record);
    return checkCrcs(std::move(records), m_context, m_checkpoint);
}

// TorchScript keeps the tensors that its code names in constants.pkl, archives for phones all of them: they stand below
// "constants".
Result<> TorchZip::addConstants(const Limits& limits)
{
    constexpr std::string_view constants = "constants.pkl";
    if (!entryNamed(constants))
        return {};
    std::vector<Entry> entries = std::exchange(m_checkpoint.entries, {});
    std::vector<Tensor> tensors = std::exchange(m_checkpoint.tensors, {});
    const auto done = readTree(constants, constantsFolder, limits);
    std::vector<Entry> added = std::exchange(m_checkpoint.entries, std::move(entries));
    std::vector<Tensor> addedTensors = std::exchange(m_checkpoint.tensors, std::move(tensors));
    if (!done && done.error().code == ErrorCode::Cancelled)
        return done;
    if (!done)
        m_checkpoint.messages.push_back(done.error().message);
    if (!done || added[0].childCount == 0)
        return {};
    const auto first = static_cast<TensorOrdinal>(m_checkpoint.tensors.size());
    const PathKey key { PathKey::Kind::Attribute, "constants" };
    TensorNames names;
    for (const Tensor& tensor : m_checkpoint.tensors)
        names.take(tensor.name);
    for (Tensor& tensor : addedTensors) {
        tensor.name = names.take(key.text + '.' + tensor.name);
        m_checkpoint.tensors.push_back(std::move(tensor));
    }
    EntryDraft draft(std::move(m_checkpoint.entries));
    draft.graft(0, key, std::move(added), first);
    std::move(draft).moveTo(m_checkpoint);
    return {};
}

// Code is shown as text; how its lines came about (.debug_pkl) is listed and not read.
void TorchZip::addCode()
{
    constexpr std::int64_t shownBytes = 64 << 10;
    std::int64_t allowance = 16 << 20; // of all texts together
    std::size_t left = 10'000; // members
    EntryDraft draft(std::move(m_checkpoint.entries));
    for (const std::string_view folder : { "code/", "extra/" }) {
        std::uint32_t parent = 0;
        for (const ZipEntry& member : m_archive.entries) {
            const std::string start = m_root + std::string(folder);
            if (!member.name.starts_with(start) || member.name.ends_with('/') || recordOf(member) == noOrdinal || left == 0)
                continue;
            --left;
            if (parent == 0)
                parent = draft.add(0, { PathKey::Kind::Attribute, std::string(folder.substr(0, folder.size() - 1)) }, EntryKind::Dict);
            Entry entry;
            entry.key = { PathKey::Kind::String, member.name.substr(start.size()) };
            entry.kind = EntryKind::Other;
            entry.value = sizeText(member.size) + ", not shown";
            const bool isText = !member.name.ends_with(".debug_pkl") && allowance > 0;
            const auto text = isText
                ? recordHead(*m_checkpoint.files[0].file, m_checkpoint.records[recordOf(member)], std::min(shownBytes, member.size))
                : std::vector<std::byte>();
            if (!text) {
                m_checkpoint.messages.push_back(text.error().message);
            } else if (isText) {
                entry.kind = EntryKind::String;
                entry.size = static_cast<std::uint64_t>(member.size);
                entry.value = textOf(*text);
                allowance -= static_cast<std::int64_t>(text->size());
            }
            draft.add(parent, std::move(entry));
        }
    }
    std::move(draft).moveTo(m_checkpoint);
}

bool TorchZip::isScript() const
{
    const std::string code = m_root + "code/";
    return entryNamed("constants.pkl")
        || std::any_of(m_archive.entries.begin(), m_archive.entries.end(), [&](const ZipEntry& entry) { return entry.name.starts_with(code); });
}

// A module's tree, and what torch.jit.save adds to it.
Result<> TorchZip::readScript()
{
    TreeBudget budget(m_context.limits);
    RAVEL_TRY(readTree(mainPickle, dataFolder, budget.limits()));
    budget.take(m_checkpoint);
    m_checkpoint.facts.emplace_back("TorchScript", entryNamed("bytecode.pkl") ? "with bytecode, for phones" : "yes");
    if (m_checkpoint.entries[0].kind == EntryKind::Tensor)
        return {};
    RAVEL_TRY(addConstants(budget.limits()));
    addCode();
    return {};
}

Result<> TorchZip::read()
{
    RAVEL_TRY(findRoot());
    RAVEL_TRY(readFacts());
    RAVEL_TRY(isScript() ? readScript() : readTree(mainPickle, dataFolder, m_context.limits));
    addUnviewed();
    return checkStorages();
}

} // namespace

bool isTorchZip(const ZipArchive& archive)
{
    return std::any_of(archive.entries.begin(), archive.entries.end(),
        [](const ZipEntry& entry) { return rootOf(entry.name).has_value(); });
}

Result<> readTorchZip(const OpenContext& context, const ZipArchive& archive, const std::vector<RecordOrdinal>& records, Checkpoint& checkpoint)
{
    return TorchZip(context, archive, records, checkpoint).read();
}

} // namespace ravel
