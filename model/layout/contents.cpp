// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/contents.h"

#include "layout/selection.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace ravel {

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

void addTo(std::int64_t& sum, std::int64_t value)
{
    if (!checkedAdd(sum, value, sum))
        sum = most;
}

// What two tensors have in common that show the same elements, in whatever order of their dimensions.
std::string elementsOf(const Tensor& tensor)
{
    std::vector<std::pair<std::int64_t, std::int64_t>> dimensions;
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        if (tensor.shape[d] != 1)
            dimensions.emplace_back(tensor.stride[d], tensor.shape[d]);
    std::sort(dimensions.begin(), dimensions.end());
    std::string key = std::to_string(tensor.storageOffset.value);
    for (const auto& [stride, size] : dimensions)
        key += ' ' + std::to_string(stride) + '*' + std::to_string(size);
    return key;
}

SharedStorage::How howShared(const Checkpoint& checkpoint, const std::vector<TensorOrdinal>& tensors, const StorageUse& use)
{
    std::unordered_map<std::string, TensorOrdinal> distinct;
    for (const TensorOrdinal t : tensors)
        distinct.emplace(elementsOf(checkpoint.tensors[t]), t);
    if (distinct.size() == 1)
        return SharedStorage::How::Alias;
    std::int64_t places = 0;
    for (const auto& [key, t] : distinct)
        if (const auto region = toRegion(checkpoint, wholeBox(checkpoint, t)))
            addTo(places, distinctPlaces(*region).numel().value);
    return use.exact && places == use.viewed.value ? SharedStorage::How::Apart : SharedStorage::How::Overlap;
}

void gatherStorages(const Checkpoint& checkpoint, Contents& contents)
{
    const std::vector<StorageUse> uses = storageUse(checkpoint);
    std::vector<std::vector<TensorOrdinal>> viewers(checkpoint.storages.size());
    for (TensorOrdinal t = 0; t < checkpoint.tensors.size(); ++t)
        if (checkpoint.tensors[t].readable && checkpoint.tensors[t].storage != noOrdinal)
            viewers[checkpoint.tensors[t].storage].push_back(t);
    for (StorageOrdinal s = 0; s < uses.size(); ++s) {
        const Storage& storage = checkpoint.storages[s];
        if (viewers[s].size() > 1)
            contents.shared.push_back({ s, howShared(checkpoint, viewers[s], uses[s]), viewers[s] });
        if (storage.record == noOrdinal)
            continue;
        const std::int64_t size = dtypeSize(storage.dtype); // its bytes lie in the file: no overflow
        addTo(contents.storageBytes, storage.numel.value * size);
        const std::int64_t hidden = (storage.numel - uses[s].viewed).value * size;
        addTo(contents.hiddenBytes, hidden);
        contents.hiddenExact = contents.hiddenExact && uses[s].exact;
        if (viewers[s].empty())
            contents.unviewed.push_back(s);
        else if (hidden > 0 || !uses[s].exact)
            contents.hidden.push_back({ s, viewers[s][0], hidden, uses[s].exact });
    }
}

// A storage that overlaps another record, in files that open read-only, may make this a little less than nothing: then it is 0.
void gatherSpace(const Checkpoint& checkpoint, Contents& contents)
{
    for (const SourceFile& file : checkpoint.files)
        addTo(contents.fileBytes, file.status.identity.size);
    std::vector<std::int64_t> numbers(checkpoint.records.size(), 0); // bytes of storages, by record
    std::int64_t together = 0; // where all storages start, ored
    for (const Storage& storage : checkpoint.storages) {
        if (storage.record == noOrdinal)
            continue;
        RecordOrdinal outermost = storage.record;
        while (checkpoint.records[outermost].outer != noOrdinal)
            outermost = checkpoint.records[outermost].outer;
        addTo(numbers[outermost], storage.spelling == Spelling::Plain ? storage.numel.value * dtypeSize(storage.dtype) : storage.spelledSize.value);
        if (!storage.offset || storage.numel.value == 0)
            continue;
        together |= storage.offset->value | 4096;
        contents.misaligned += storage.offset->value % dtypeSwapSize(storage.dtype) != 0 ? 1 : 0;
    }
    contents.alignment = together & -together;
    std::int64_t recorded = 0;
    for (RecordOrdinal r = 0; r < checkpoint.records.size(); ++r) {
        const Record& record = checkpoint.records[r];
        const bool isPacked = record.method == Record::Method::Deflated;
        if (isPacked)
            contents.compressed.push_back(r);
        if (record.outer != noOrdinal) // counted with the record around it
            continue;
        const std::int64_t inNumbers = isPacked && numbers[r] > 0 ? record.storedSize.value : std::min(numbers[r], record.storedSize.value);
        addTo(recorded, record.storedSize.value);
        addTo(contents.numberBytes, inNumbers);
        addTo(contents.otherRecordBytes, record.storedSize.value - inNumbers);
    }
    contents.betweenBytes = std::max<std::int64_t>(contents.fileBytes - recorded, 0);
}

bool isValue(EntryKind kind)
{
    switch (kind) {
    case EntryKind::None:
    case EntryKind::Bool:
    case EntryKind::Integer:
    case EntryKind::Float:
    case EntryKind::Complex:
    case EntryKind::String:
    case EntryKind::Bytes:
    case EntryKind::Class:
    case EntryKind::Other: return true;
    default: return false;
    }
}

void gatherEntries(const Checkpoint& checkpoint, Contents& contents)
{
    std::unordered_map<std::string_view, std::size_t> known;
    // In the order in which one reads the tree: depth first.
    std::vector<EntryOrdinal> open { 0 };
    while (!open.empty()) {
        const EntryOrdinal at = open.back();
        open.pop_back();
        const Entry& entry = checkpoint.entries[at];
        if (isValue(entry.kind))
            contents.values.push_back(at);
        if (entry.kind == EntryKind::Object) {
            const auto [place, isNew] = known.emplace(entry.value, contents.objects.size());
            if (isNew)
                contents.objects.push_back({ entry.value, 0, at });
            ++contents.objects[place->second].count;
        }
        for (std::uint32_t i = entry.childCount; i-- > 0;)
            open.push_back(entry.firstChild + i);
    }
}

} // namespace

std::string_view sharingText(SharedStorage::How how)
{
    switch (how) {
    case SharedStorage::How::Alias: return "the same elements";
    case SharedStorage::How::Overlap: return "some of the same elements";
    case SharedStorage::How::Apart: break;
    }
    return "different elements of one storage";
}

Contents storageContents(const Checkpoint& checkpoint)
{
    Contents contents;
    gatherStorages(checkpoint, contents);
    return contents;
}

Contents contentsOf(const Checkpoint& checkpoint)
{
    Contents contents = storageContents(checkpoint);
    gatherSpace(checkpoint, contents);
    gatherEntries(checkpoint, contents);
    contents.layers = tellLayers(checkpoint);
    return contents;
}

} // namespace ravel
