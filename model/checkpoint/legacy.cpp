// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/legacy.h"

#include "checkpoint/bytes.h"
#include "checkpoint/fileerror.h"
#include "checkpoint/picklewindow.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

namespace ravel {

namespace {

using Kind = PickleNode::Kind;

constexpr std::string_view magicNumber = "119547037146038801333356"; // 0x1950a86a20f9469cfc6c
constexpr std::int64_t countBytes = 8;

// What the persistent ids of a pickle say of a storage before anything is looked up.
struct Stated {
    Dtype dtype = Dtype::Opaque;
    std::int64_t numel = 0;
};

class LegacyFile : public StorageCatalog {
public:
    LegacyFile(const OpenContext& context, std::int64_t size, Checkpoint& checkpoint)
        : m_context(context)
        , m_size(size)
        , m_checkpoint(checkpoint)
    {
    }

    Result<> read();
    Result<StorageOrdinal> find(const StorageRequest&, Checkpoint&) override;
    std::int64_t viewOffset(const StorageRequest& request) override { return request.hasView ? request.viewOffset : 0; }

private:
    Result<Pickle> part(const char* name);
    void readSystem(const Pickle&);
    RecordOrdinal addObjectRecord(std::int64_t place);
    Result<std::vector<std::string>> readKeys();
    void collectStated(const Pickle&);
    Result<std::int64_t> readCount(const std::string& key);
    void decideByteOrder(const std::string& key);
    Result<> readStorages(const std::vector<std::string>& keys);
    Result<> readStorage(const std::string& key);
    void addUnviewed();
    File& file() const { return *m_checkpoint.files[0].file; }
    StorageOrdinal add(const std::string& key, RecordOrdinal);

    const OpenContext& m_context;
    std::int64_t m_size;
    Checkpoint& m_checkpoint;
    std::int64_t m_place = 0; // how far the file is read
    bool m_saysBigEndian = false;
    bool m_bigEndian = false;
    std::unordered_map<std::string, Stated> m_stated;
    std::unordered_map<std::string, std::string> m_contradictions; // by key
    std::vector<std::pair<std::string, RecordOrdinal>> m_order;    // as they stand in the file
    std::unordered_map<std::string, RecordOrdinal> m_records;
    std::unordered_map<std::string, StorageOrdinal> m_storages;
    SharedTexts m_devices;
};

Result<Pickle> LegacyFile::part(const char* name)
{
    const std::string where = "the part '" + std::string(name) + '\'';
    if (m_place >= m_size)
        return fail(ErrorCode::Format, "truncated: the file ends at byte " + std::to_string(m_size) + ", before " + where);
    auto pickle = readPickleAt(file(), m_place, m_size, where + " at byte " + std::to_string(m_place), m_context);
    if (pickle)
        m_place += static_cast<std::int64_t>(pickle->end);
    return pickle;
}

void LegacyFile::readSystem(const Pickle& pickle)
{
    noteCalls(pickle, "the part 'sys_info'", m_checkpoint);
    const PickleNode root = pickle.nodes[pickle.root];
    if (root.kind != Kind::Dict)
        return m_checkpoint.messages.push_back("the part 'sys_info' is no dict: little-endian storages are assumed");
    for (std::size_t i = 0; i + 1 < root.items.size(); i += 2) {
        const PickleNode key = pickle.nodes[root.items[i]];
        const PickleNode value = pickle.nodes[root.items[i + 1]];
        if (key.kind == Kind::String && key.text == "little_endian" && value.kind == Kind::Bool) {
            m_saysBigEndian = value.integer == 0;
            m_checkpoint.facts.emplace_back("byteorder", m_saysBigEndian ? "big" : "little");
        }
    }
}

// The pickle of the object is a record too: numpy's arrays stand in it.
RecordOrdinal LegacyFile::addObjectRecord(std::int64_t place)
{
    Record& record = m_checkpoint.records.emplace_back();
    record.name = "object";
    record.offset = ByteOffset(place);
    record.size = record.storedSize = ByteCount(m_place - place);
    return static_cast<RecordOrdinal>(m_checkpoint.records.size() - 1);
}

// The element size of a storage stands only in the persistent ids that name it.
void LegacyFile::collectStated(const Pickle& pickle)
{
    for (const PickleNode& node : pickle.nodes) {
        if (node.kind != Kind::Persistent || node.items.empty())
            continue;
        const PickleNode id = pickle.nodes[node.items[0]];
        if (id.kind != Kind::Tuple || id.items.size() < 5)
            continue;
        const auto part = [&](std::size_t i) { return pickle.nodes[id.items[i]]; };
        const auto dtype = storageClassDtype(part(1).text);
        if (part(0).text != "storage" || part(1).kind != Kind::Global || !dtype || part(4).kind != Kind::Integer)
            continue;
        const std::string key = part(2).kind == Kind::Integer ? std::to_string(part(2).integer) : std::string(part(2).text);
        const auto [known, isNew] = m_stated.try_emplace(key, Stated { *dtype, part(4).integer });
        if (!isNew && dtypeSize(known->second.dtype) != dtypeSize(*dtype))
            m_contradictions.try_emplace(key, std::string(dtypeName(known->second.dtype)) + " and " + std::string(dtypeName(*dtype)));
    }
}

Result<std::vector<std::string>> LegacyFile::readKeys()
{
    RAVEL_ASSIGN(const Pickle pickle, part("storage keys"));
    noteCalls(pickle, "the part 'storage keys'", m_checkpoint);
    const PickleNode root = pickle.nodes[pickle.root];
    if (root.kind != Kind::List)
        return fail(ErrorCode::Format, "the part 'storage keys' is no list of keys"
                + (pickle.called.empty() ? std::string() : " but what a call of the global " + inQuotes(pickle.called[0]) + " would give, which was not made"));
    std::vector<std::string> keys;
    std::unordered_set<std::string_view> seen;
    keys.reserve(root.items.size());
    for (const std::uint32_t item : root.items) {
        const PickleNode key = pickle.nodes[item];
        if (key.kind != Kind::String && key.kind != Kind::Integer)
            return fail(ErrorCode::Format, "the part 'storage keys' holds something that is no storage key");
        keys.push_back(key.kind == Kind::Integer ? std::to_string(key.integer) : std::string(key.text));
        if (!seen.insert(keys.back()).second)
            return fail(ErrorCode::Format, "the part 'storage keys' names the key " + inQuotes(keys.back()) + " twice: a duplicate");
    }
    return keys;
}

// Torch on a big-endian machine says so in sys_info; whether it then wrote the storages in that order differs between
// versions, and the first count shows it.
void LegacyFile::decideByteOrder(const std::string& key)
{
    m_bigEndian = m_saysBigEndian;
    std::byte bytes[countBytes];
    const auto stated = m_stated.find(key);
    if (!m_saysBigEndian || stated == m_stated.end() || m_size - m_place < countBytes || !file().readAt(ByteOffset(m_place), bytes))
        return;
    if (static_cast<std::int64_t>(load64(bytes)) != stated->second.numel)
        return;
    m_bigEndian = false;
    m_checkpoint.messages.push_back("sys_info says that the file is big-endian, but its storages are little-endian: read as such");
}

Result<std::int64_t> LegacyFile::readCount(const std::string& key)
{
    if (m_size - m_place < countBytes)
        return fail(ErrorCode::Format, "truncated: the file ends at byte " + std::to_string(m_size) + ", inside the size of storage " + inQuotes(key));
    std::byte bytes[countBytes];
    RAVEL_TRY(file().readAt(ByteOffset(m_place), bytes));
    if (m_bigEndian)
        std::reverse(std::begin(bytes), std::end(bytes));
    m_place += countBytes;
    return static_cast<std::int64_t>(load64(bytes));
}

Result<> LegacyFile::readStorage(const std::string& key)
{
    const auto stated = m_stated.find(key);
    if (stated == m_stated.end())
        return fail(ErrorCode::Format, "the part 'storage keys' names the storage key " + inQuotes(key)
                + ", which no tensor uses: the size of its elements is not known");
    if (const auto both = m_contradictions.find(key); both != m_contradictions.end())
        return fail(ErrorCode::Format, "storage " + inQuotes(key) + " is used as " + both->second + ": the size of its elements is not known");
    const std::int64_t elementSize = dtypeSize(stated->second.dtype);
    RAVEL_ASSIGN(const std::int64_t count, readCount(key));
    const std::int64_t rest = m_size - m_place;
    if (count < 0 || count > rest / elementSize)
        return fail(ErrorCode::Format, "truncated: storage " + inQuotes(key) + " at byte " + std::to_string(m_place) + " says a size of "
                + std::to_string(count) + " elements of " + std::string(dtypeName(stated->second.dtype)) + ", only "
                + std::to_string(rest) + " bytes follow");
    if (count != stated->second.numel)
        m_checkpoint.messages.push_back("storage " + inQuotes(key) + " has a size of " + std::to_string(count) + " elements, its tensors say "
            + std::to_string(stated->second.numel));
    const auto ordinal = static_cast<RecordOrdinal>(m_checkpoint.records.size());
    Record& record = m_checkpoint.records.emplace_back();
    record.name = "storage " + key;
    record.offset = ByteOffset(m_place);
    record.size = record.storedSize = ByteCount(count * elementSize);
    m_order.emplace_back(key, ordinal);
    m_records.emplace(key, ordinal);
    m_place += record.size.value;
    return {};
}

Result<> LegacyFile::readStorages(const std::vector<std::string>& keys)
{
    if (!keys.empty())
        decideByteOrder(keys.front());
    for (const std::string& key : keys) {
        RAVEL_TRY(m_context.job.check());
        RAVEL_TRY(readStorage(key));
    }
    if (m_place < m_size)
        m_checkpoint.messages.push_back(std::to_string(m_size - m_place) + " trailing bytes after the last storage; they are kept");
    return {};
}

StorageOrdinal LegacyFile::add(const std::string& key, RecordOrdinal ordinal)
{
    const Record& record = m_checkpoint.records[ordinal];
    Storage storage;
    storage.id = { 0, key };
    storage.dtype = m_stated.at(key).dtype;
    storage.numel = Count(record.size.value / dtypeSize(storage.dtype));
    storage.record = ordinal;
    storage.offset = record.offset;
    storage.bigEndian = m_bigEndian && dtypeSwapSize(storage.dtype) > 1;
    storage.editable = isEditable(storage.dtype);
    if (!storage.editable)
        storage.reason = "elements of dtype " + std::string(dtypeName(storage.dtype)) + " can't be edited";
    m_checkpoint.storages.push_back(std::move(storage));
    return static_cast<StorageOrdinal>(m_checkpoint.storages.size() - 1);
}

Result<StorageOrdinal> LegacyFile::find(const StorageRequest& request, Checkpoint& checkpoint)
{
    const auto record = m_records.find(request.key);
    if (record == m_records.end())
        return fail(ErrorCode::Format, "its storage key " + inQuotes(request.key) + " is missing among the file's storages");
    const auto [known, isNew] = m_storages.try_emplace(request.key, noOrdinal);
    if (isNew) {
        known->second = add(request.key, record->second);
        checkpoint.storages[known->second].device = m_devices.of(request.device);
    }
    const std::int64_t have = checkpoint.storages[known->second].numel.value;
    if (request.numel > have)
        return fail(ErrorCode::Format, "its storage " + inQuotes(request.key) + " should have a size of " + std::to_string(request.numel)
                + " elements, " + std::to_string(have) + " are there");
    return known->second;
}

void LegacyFile::addUnviewed()
{
    for (const auto& [key, record] : m_order) {
        if (m_storages.contains(key))
            continue;
        Storage& storage = m_checkpoint.storages[add(key, record)];
        storage.editable = false;
        storage.reason = "no tensor uses it";
    }
}

Result<> LegacyFile::read()
{
    RAVEL_TRY(part("magic number"));
    RAVEL_ASSIGN(const Pickle version, part("protocol version"));
    if (const PickleNode root = version.nodes[version.root]; root.kind == Kind::Integer) {
        constexpr std::int64_t known = 1001;
        m_checkpoint.facts.emplace_back("version", std::to_string(root.integer));
        if (root.integer != known)
            m_checkpoint.messages.push_back("the protocol version is " + std::to_string(root.integer) + ", 1001 is expected");
    }
    noteCalls(version, "the part 'protocol version'", m_checkpoint);
    RAVEL_ASSIGN(const Pickle system, part("sys_info"));
    readSystem(system);
    const std::int64_t objectPlace = m_place;
    RAVEL_ASSIGN(Pickle object, part("object"));
    object.record = addObjectRecord(objectPlace);
    m_checkpoint.facts.emplace_back("pickle protocol", std::to_string(object.protocol));
    RAVEL_ASSIGN(const std::vector<std::string> keys, readKeys());
    collectStated(object);
    RAVEL_TRY(readStorages(keys));
    RAVEL_TRY(buildTree(object, *this, m_checkpoint, "the object", m_context.limits, m_context.job));
    addUnviewed();
    return {};
}

} // namespace

bool Legacy::matches(const Probe& probe) const
{
    if (!mayStartPickle(probe.head))
        return false;
    const auto first = readPickle(probe.head, "magic number", Limits {}, Job {});
    if (!first)
        return false;
    const PickleNode& root = first->nodes[first->root];
    return root.kind == Kind::BigInteger && root.text == magicNumber;
}

Result<> Legacy::read(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint) const
{
    return withFileName(LegacyFile(context, probe.size.value, checkpoint).read(), context.path);
}

} // namespace ravel
