// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/dcp.h"

#include "base/pool.h"
#include "checkpoint/bytes.h"
#include "checkpoint/dcpfiles.h"
#include "checkpoint/fileerror.h"
#include "checkpoint/geometry.h"
#include "checkpoint/inner.h"
#include "checkpoint/kind.h"
#include "checkpoint/picklewindow.h"
#include "checkpoint/storagepieces.h"
#include "checkpoint/treebudget.h"
#include "checkpoint/zip.h"

#include <algorithm>
#include <map>

namespace ravel {

namespace {

constexpr const char* onlyRead = "it is part of a torch.distributed.checkpoint folder, which is only read";

// A blob that was opened: what torch.save wrote of a chunk, or of an object.
using Opened = Result<std::unique_ptr<Checkpoint>>;

struct Blob {
    DcpFiles::Place place;
    ByteOffset offset;
    std::string name; // for messages
    bool isObject = false;
    Opened opened = fail(ErrorCode::Format, "");
};

class DcpFolder {
public:
    DcpFolder(const OpenContext& context, std::int64_t size, Checkpoint& checkpoint)
        : m_context(context)
        , m_chunkLimits(limitsOfChunk(context.limits))
        , m_budget(context.limits)
        , m_size(size)
        , m_checkpoint(checkpoint)
        , m_files(context, checkpoint)
    {
    }

    Result<> read();

private:
    Result<> addItems(std::span<const DcpItem>);
    Result<> openBlobs(std::span<const DcpItem>, std::vector<Blob>&);
    Result<> addObject(const DcpItem&, Blob&);
    Result<> addTensor(const DcpItem&, std::span<Blob>);
    Result<> fill(const DcpItem&, std::span<Blob>, Tensor&);
    Result<> addPart(const DcpItem&, const DcpChunk&, Blob&, StoragePieces&, std::vector<MosaicTile>&);
    void store(const DcpItem&, Tensor&, std::shared_ptr<StoragePieces>, const MosaicTile* whole);
    std::uint32_t placeOf(const DcpItem&, Path&);
    static std::pair<std::uint32_t, std::string> identityOf(std::uint32_t parent, const PathKey&);
    std::uint32_t folderOf(std::uint32_t parent, const PathKey&);
    void warn(const DcpItem&, const std::string&);

    // What a blob is opened with.
    OpenContext inside(const Limits& limits) const { return { m_context.io, limits, m_context.job, m_context.path, true, 0, m_context.depth }; }
    static Limits limitsOfChunk(Limits limits)
    {
        constexpr std::int64_t memory = 2 << 20; // the pickle of a tensor is small; of the legacy format it is read with a megabyte around it
        limits.pickleMemory = std::min(limits.pickleMemory, memory);
        return limits;
    }

    const OpenContext& m_context;
    Limits m_chunkLimits;
    TreeBudget m_budget; // of the objects
    std::int64_t m_size;
    Checkpoint& m_checkpoint;
    DcpFiles m_files;
    EntryDraft m_draft;
    InnerNames m_names;
    std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> m_nodes; // by parent and key
    std::size_t m_warnings = 0;
};

void DcpFolder::warn(const DcpItem& item, const std::string& what)
{
    constexpr std::size_t named = 20;
    if (++m_warnings <= named)
        m_checkpoint.messages.push_back(inQuotes(item.name) + ": " + what);
}

std::pair<std::uint32_t, std::string> DcpFolder::identityOf(std::uint32_t parent, const PathKey& key)
{
    return { parent, static_cast<char>('0' + static_cast<int>(key.kind)) + key.text };
}

// A node for a dict on the way to an item; 0 where something else stands there.
std::uint32_t DcpFolder::folderOf(std::uint32_t parent, const PathKey& key)
{
    const std::pair identity = identityOf(parent, key);
    if (const auto known = m_nodes.find(identity); known != m_nodes.end())
        return m_draft.at(known->second).kind == EntryKind::Dict ? known->second : 0;
    const std::uint32_t node = m_draft.add(parent, key, EntryKind::Dict);
    m_nodes.emplace(identity, node);
    return node;
}

// The parent of an item's entry, and its path: nested where the planner said so, else by its flat name.
std::uint32_t DcpFolder::placeOf(const DcpItem& item, Path& path)
{
    const PathKey flat { PathKey::Kind::String, item.name };
    path = item.path.empty() ? Path { flat } : item.path;
    std::uint32_t parent = 0;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        parent = folderOf(parent, path[i]);
        if (parent == 0) {
            path = { flat };
            break;
        }
    }
    return parent;
}

// Each blob is an archive of its own with a header, a pickle, a directory: those of tensors are opened on all processors, objects one by
// one when they are added.
Result<> DcpFolder::openBlobs(std::span<const DcpItem> items, std::vector<Blob>& blobs)
{
    const auto add = [&](const DcpItem& item, const DcpBlob& from) {
        Blob& blob = blobs.emplace_back();
        blob.isObject = !item.isTensor;
        if (!item.problem.empty())
            return;
        auto place = m_files.find(from);
        if (!place) {
            blob.opened = tl::unexpected(place.error());
            return;
        }
        blob.place = std::move(*place);
        blob.offset = ByteOffset(from.offset);
        blob.name = from.file + " at byte " + std::to_string(from.offset);
    };
    for (const DcpItem& item : items) {
        for (const DcpChunk& chunk : item.chunks)
            add(item, chunk.blob);
        if (!item.isTensor)
            add(item, item.blob);
    }
    return computePool().forEach(static_cast<std::int64_t>(blobs.size()), m_context.job, [&](std::int64_t i, int) -> Result<> {
        Blob& blob = blobs[static_cast<std::size_t>(i)];
        if (!blob.place.slice || blob.isObject)
            return {};
        blob.opened = readInner(inside(m_chunkLimits), blob.place.slice, blob.name);
        if (!blob.opened && blob.opened.error().code == ErrorCode::Cancelled)
            return tl::unexpected(blob.opened.error());
        return {};
    });
}

Result<> DcpFolder::addItems(std::span<const DcpItem> items)
{
    std::vector<Blob> blobs;
    RAVEL_TRY(openBlobs(items, blobs));
    std::span<Blob> rest = blobs;
    for (const DcpItem& item : items) {
        const std::size_t count = item.isTensor ? item.chunks.size() : 1;
        RAVEL_TRY(item.isTensor ? addTensor(item, rest.first(count)) : addObject(item, rest.front()));
        rest = rest.subspan(count);
        if (m_draft.size() > static_cast<std::uint64_t>(m_context.limits.entries))
            return fail(ErrorCode::Limit, "it has more entries than the limit of " + std::to_string(m_context.limits.entries));
    }
    return {};
}

Result<> DcpFolder::addObject(const DcpItem& item, Blob& blob)
{
    Path path;
    const std::uint32_t parent = placeOf(item, path);
    const PathKey key = path.back();
    path.pop_back();
    if (const auto may = m_budget.check(); !may)
        blob.opened = tl::unexpected(may.error());
    else if (blob.place.slice)
        blob.opened = readInner(inside(m_budget.limits()), blob.place.slice, blob.name);
    if (!blob.opened && blob.opened.error().code == ErrorCode::Cancelled)
        return tl::unexpected(blob.opened.error());
    if (!item.problem.empty() || !blob.opened) {
        if (!blob.opened)
            m_budget.failed(blob.opened.error());
        const std::string why = item.problem.empty() ? blob.opened.error().message : item.problem;
        Entry entry;
        entry.kind = EntryKind::Other;
        entry.key = key;
        entry.value = bounded(why);
        m_nodes.emplace(identityOf(parent, key), m_draft.add(parent, std::move(entry)));
        warn(item, why);
        return {};
    }
    Checkpoint& inner = **blob.opened;
    m_budget.take(inner);
    inner.facts.clear();
    for (Storage& storage : inner.storages) {
        storage.editable = false;
        storage.reason = onlyRead;
    }
    for (Tensor& tensor : inner.tensors)
        if (tensor.editable) {
            tensor.editable = false;
            tensor.reason = onlyRead;
        }
    InnerPlace place { item.name, blob.place.file, blob.offset, noOrdinal, false };
    RAVEL_ASSIGN(const std::uint32_t node, addInner(m_checkpoint, std::move(inner), place, parent, key, path, m_draft, m_names, m_context.limits));
    m_nodes.emplace(identityOf(parent, key), node);
    return {};
}

// One chunk as a part of its tensor; why it is none.
Result<> DcpFolder::addPart(const DcpItem& item, const DcpChunk& chunk, Blob& blob, StoragePieces& pieces, std::vector<MosaicTile>& tiles)
{
    if (!blob.opened)
        return tl::unexpected(blob.opened.error());
    Checkpoint& inner = **blob.opened;
    const auto bad = [&](const std::string& what) {
        return fail(ErrorCode::Format, "its chunk at byte " + std::to_string(chunk.blob.offset) + " of " + inQuotes(chunk.blob.file) + ' ' + what);
    };
    if (inner.tensors.size() != 1 || inner.tensors[0].entry != 0)
        return bad("holds something else than one tensor");
    const Tensor& tensor = inner.tensors[0];
    if (!tensor.readable || tensor.storage == noOrdinal)
        return bad("can't be read: " + tensor.reason);
    if (tensor.dtype != item.dtype)
        return bad("is of dtype " + std::string(dtypeName(tensor.dtype)) + ", " + std::string(dtypeName(item.dtype)) + " is expected");
    if (tensor.shape != chunk.sizes)
        return bad("has another shape than .metadata says");
    Storage part = inner.storages[tensor.storage];
    part.id.file = blob.place.file;
    if (part.offset)
        part.offset = blob.offset + ByteCount(part.offset->value);
    if (part.record != noOrdinal) {
        Record record = std::move(inner.records[part.record]);
        record.file = blob.place.file;
        record.name = chunk.blob.file + '/' + std::to_string(chunk.blob.offset) + '/' + record.name;
        record.offset = blob.offset + ByteCount(record.offset.value);
        for (ByteOffset& place : record.crcPlaces)
            place = blob.offset + ByteCount(place.value);
        part.record = static_cast<RecordOrdinal>(m_checkpoint.records.size());
        m_checkpoint.records.push_back(std::move(record));
    }
    tiles.push_back({ chunk.offsets, chunk.sizes, tensor.stride, tensor.storageOffset.value, static_cast<std::uint32_t>(pieces.parts.size()) });
    pieces.parts.push_back(std::move(part));
    for (const std::string& message : inner.messages)
        warn(item, message);
    m_names.calls.addTo(m_checkpoint.calls, inner.calls);
    return {};
}

// A chunk that is all of the tensor is its storage; several are pieces of one.
void DcpFolder::store(const DcpItem& item, Tensor& tensor, std::shared_ptr<StoragePieces> pieces, const MosaicTile* whole)
{
    Storage storage;
    if (whole) {
        storage = std::move(pieces->parts[0]);
        tensor.stride = whole->stride;
        tensor.storageOffset = StorageIndex(whole->first);
    } else {
        storage.dtype = item.dtype;
        storage.numel = tensor.numel;
        storage.device = pieces->parts.empty() ? SharedText("cpu") : pieces->parts[0].device;
        if (!pieces->parts.empty())
            storage.id.file = pieces->parts[0].id.file;
        if (tensor.numel.value > 0)
            storage.pieces = std::move(pieces);
    }
    storage.id.key = tensor.name;
    storage.editable = tensor.editable = false;
    storage.reason = tensor.reason = onlyRead;
    tensor.storage = static_cast<StorageOrdinal>(m_checkpoint.storages.size());
    m_checkpoint.storages.push_back(std::move(storage));
}

Result<> DcpFolder::fill(const DcpItem& item, std::span<Blob> blobs, Tensor& tensor)
{
    if (!item.problem.empty())
        return fail(ErrorCode::Format, item.problem);
    RAVEL_ASSIGN(tensor.numel, checkedNumel(item.shape, item.dtype));
    auto pieces = std::make_shared<StoragePieces>(StoragePieces { *Mosaic::make({ 0 }, {}), {} });
    std::vector<MosaicTile> tiles;
    for (std::size_t i = 0; i < item.chunks.size(); ++i) {
        const DcpChunk& chunk = item.chunks[i];
        if (chunk.sizes.size() == item.shape.size() && std::find(chunk.sizes.begin(), chunk.sizes.end(), 0) != chunk.sizes.end())
            continue; // of a rank that had nothing of it
        RAVEL_TRY(addPart(item, chunk, blobs[i], *pieces, tiles));
    }
    const bool isWhole = tiles.size() == 1 && tiles[0].sizes == item.shape;
    const MosaicTile first = tiles.empty() ? MosaicTile {} : tiles[0];
    RAVEL_ASSIGN(pieces->mosaic, Mosaic::make(item.shape, std::move(tiles)));
    store(item, tensor, std::move(pieces), isWhole ? &first : nullptr);
    return {};
}

Result<> DcpFolder::addTensor(const DcpItem& item, std::span<Blob> blobs)
{
    if (m_checkpoint.tensors.size() >= static_cast<std::uint64_t>(m_context.limits.tensors))
        return fail(ErrorCode::Limit, "it has more tensors than the limit of " + std::to_string(m_context.limits.tensors));
    Tensor tensor;
    Path path;
    const std::uint32_t parent = placeOf(item, path);
    std::string name;
    for (const PathKey& key : path)
        name += (name.empty() ? "" : ".") + key.text;
    tensor.name = m_names.tensors.take(std::move(name));
    tensor.dtype = item.dtype;
    tensor.shape = item.shape;
    tensor.stride = contiguousStride(item.shape);
    tensor.requiresGrad = item.requiresGrad;
    if (const auto filled = fill(item, blobs, tensor); !filled) {
        tensor.reason = bounded(filled.error().message);
        tensor.readable = tensor.editable = false;
        tensor.storage = noOrdinal;
        if (!checkedNumel(tensor.shape, tensor.dtype)) {
            tensor.shape = { 0 };
            tensor.stride = { 1 };
        }
        tensor.numel = *checkedNumel(tensor.shape, tensor.dtype);
        warn(item, tensor.reason);
    }
    if (item.requiresGrad) {
        tensor.kind = TensorKind::Parameter;
        static const SharedText requiresGrad = "requires_grad is set";
        tensor.kindReason = requiresGrad;
    } else {
        guessKind(tensor);
    }
    const std::uint32_t node = m_draft.add(parent, path.back(), EntryKind::Tensor);
    m_nodes.emplace(identityOf(parent, path.back()), node);
    m_draft.at(node).tensor = static_cast<TensorOrdinal>(m_checkpoint.tensors.size());
    m_checkpoint.tensors.push_back(std::move(tensor));
    return {};
}

Result<> DcpFolder::read()
{
    if (m_context.inSet || m_context.depth > 0)
        return fail(ErrorCode::Unsupported, "the .metadata of a distributed checkpoint, where a file of a set is expected");
    RAVEL_ASSIGN(const Pickle pickle, readPickleAt(*m_checkpoint.files[0].file, 0, m_size, ".metadata", m_context));
    noteCalls(pickle, ".metadata", m_checkpoint);
    RAVEL_ASSIGN(DcpMetadata metadata, readDcpMetadata(pickle, m_context.limits, m_context.job));
    m_checkpoint.writable = false;
    m_checkpoint.readOnlyReason = "a torch.distributed.checkpoint folder is only read: flatten it, or load and save it with torch";
    const std::span<const DcpItem> items = metadata.items;
    constexpr std::size_t blobsAtOnce = 256; // each is some kilobytes while it is open, or, of bad files, two megabytes
    for (std::size_t begin = 0; begin < items.size();) {
        std::size_t end = begin, blobs = 0;
        while (end < items.size() && (end == begin || blobs + items[end].chunks.size() < blobsAtOnce))
            blobs += items[end++].chunks.size() + 1;
        RAVEL_TRY(addItems(items.subspan(begin, end - begin)));
        begin = end;
        m_context.job.progress(static_cast<std::int64_t>(end), static_cast<std::int64_t>(items.size()));
    }
    if (constexpr std::size_t named = 20; m_warnings > named)
        m_checkpoint.messages.push_back("and " + std::to_string(m_warnings - named) + " more tensors or objects have something wrong with them");
    m_checkpoint.facts.emplace_back("files", std::to_string(m_checkpoint.files.size() - 1));
    m_checkpoint.facts.insert(m_checkpoint.facts.end(), metadata.facts.begin(), metadata.facts.end());
    std::move(m_draft).moveTo(m_checkpoint);
    std::vector<RecordOrdinal> records;
    for (RecordOrdinal i = 0; i < m_checkpoint.records.size(); ++i)
        records.push_back(i);
    return checkCrcs(std::move(records), m_context, m_checkpoint);
}

} // namespace

bool Dcp::matches(const Probe& probe) const
{
    const std::string_view start = textOf(probe.head).substr(0, 256);
    return mayStartPickle(probe.head) && start.find("torch.distributed.") != start.npos && start.find("checkpoint.metadata") != start.npos
        && start.find("Metadata") != start.npos;
}

std::vector<std::string> Dcp::entryFiles(std::span<const std::string> names) const
{
    const bool has = std::find(names.begin(), names.end(), ".metadata") != names.end();
    return has ? std::vector<std::string> { ".metadata" } : std::vector<std::string>();
}

Result<> Dcp::read(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint) const
{
    return withFileName(DcpFolder(context, probe.size.value, checkpoint).read(), context.path);
}

} // namespace ravel
