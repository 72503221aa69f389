// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/safetensors.h"

#include "checkpoint/bytes.h"
#include "checkpoint/fileerror.h"
#include "checkpoint/geometry.h"
#include "checkpoint/kind.h"
#include "checkpoint/safetensorsheader.h"

#include <algorithm>
#include <numeric>

namespace ravel {

namespace {

constexpr std::int64_t lengthBytes = 8;

struct NamedDtype {
    std::string_view name;
    int bits;
    Dtype dtype; // Opaque: the bytes are shown, and can't be edited
};

constexpr NamedDtype namedDtypes[] = {
    { "F64", 64, Dtype::Float64 }, { "F32", 32, Dtype::Float32 }, { "F16", 16, Dtype::Float16 },
    { "BF16", 16, Dtype::BFloat16 }, { "F8_E4M3", 8, Dtype::Float8E4M3fn }, { "F8_E5M2", 8, Dtype::Float8E5M2 },
    { "F8_E4M3FNUZ", 8, Dtype::Float8E4M3fnuz }, { "F8_E5M2FNUZ", 8, Dtype::Float8E5M2fnuz },
    { "F8_E8M0", 8, Dtype::Opaque }, { "F6_E2M3", 6, Dtype::Opaque }, { "F6_E3M2", 6, Dtype::Opaque },
    { "F4", 4, Dtype::Opaque }, { "C64", 64, Dtype::Complex64 }, { "I64", 64, Dtype::Int64 },
    { "I32", 32, Dtype::Int32 }, { "I16", 16, Dtype::Int16 }, { "I8", 8, Dtype::Int8 }, { "U64", 64, Dtype::UInt64 },
    { "U32", 32, Dtype::UInt32 }, { "U16", 16, Dtype::UInt16 }, { "U8", 8, Dtype::UInt8 }, { "BOOL", 8, Dtype::Bool },
};

const NamedDtype* dtypeNamed(std::string_view name)
{
    for (const NamedDtype& named : namedDtypes)
        if (named.name == name)
            return &named;
    return nullptr;
}

std::string placeOf(const SafetensorsEntry& entry)
{
    return "tensor " + inQuotes(entry.name) + " at data_offsets [" + std::to_string(entry.begin) + ", "
        + std::to_string(entry.end) + ')';
}

// The tensors have to tile the data part: no hole, no overlap, nothing behind the last.
Result<> checkTiling(const std::vector<SafetensorsEntry>& entries, std::int64_t dataSize)
{
    std::vector<std::uint32_t> order(entries.size());
    std::iota(order.begin(), order.end(), 0);
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
        return std::pair(entries[a].begin, entries[a].end) < std::pair(entries[b].begin, entries[b].end);
    };
    if (!std::is_sorted(order.begin(), order.end(), before))
        std::sort(order.begin(), order.end(), before);
    const SafetensorsEntry* last = nullptr;
    std::int64_t end = 0;
    for (std::uint32_t i : order) {
        const SafetensorsEntry& entry = entries[i];
        const std::string previous = last ? placeOf(*last) : std::string();
        if (entry.begin < end)
            return fail(ErrorCode::Format, "safetensors header: " + previous + " and " + placeOf(entry) + " overlap");
        if (entry.begin > end)
            return fail(ErrorCode::Format, "safetensors header: a hole of " + std::to_string(entry.begin - end)
                    + " bytes before " + placeOf(entry) + (last ? ", after " + previous : std::string()));
        end = entry.end;
        last = &entry;
    }
    if (end > dataSize)
        return fail(ErrorCode::Format, "safetensors header: " + placeOf(*last) + " ends past the file, which has only "
                + std::to_string(dataSize) + " bytes of data (is the download complete?)");
    if (end < dataSize)
        return fail(ErrorCode::Format, "safetensors: " + std::to_string(dataSize - end) + " trailing bytes after the last "
                + (last ? placeOf(*last) : std::string("tensor (the header names none)")) + ", extra data is not allowed");
    return {};
}

Result<> checkSize(const SafetensorsEntry& entry)
{
    if (entry.end < entry.begin)
        return fail(ErrorCode::Format, "safetensors header: " + placeOf(entry) + " ends before it begins");
    const auto numel = checkedNumel(entry.shape, Dtype::Opaque);
    if (!numel)
        return fail(ErrorCode::Format, "safetensors header: tensor " + inQuotes(entry.name) + ": " + numel.error().message);
    const NamedDtype* named = dtypeNamed(entry.dtype);
    if (!named)
        return {};
    const std::string wanted = "its shape " + listText(entry.shape) + " of dtype " + entry.dtype;
    std::int64_t bits = 0;
    if (!checkedMultiply(numel->value, named->bits, bits))
        return fail(ErrorCode::Format, "safetensors header: " + placeOf(entry) + ": " + wanted + " needs more than 2^63 bits");
    if (bits % 8 != 0)
        return fail(ErrorCode::Format, "safetensors header: " + placeOf(entry) + ": " + wanted + " needs "
                + std::to_string(bits) + " bits, which is not aligned to whole bytes");
    if (bits / 8 != entry.end - entry.begin)
        return fail(ErrorCode::Format, "safetensors header: " + placeOf(entry) + " has "
                + std::to_string(entry.end - entry.begin) + " bytes, " + wanted + " needs " + std::to_string(bits / 8));
    return {};
}

// Elements whose meaning is unknown are shown as bytes: the shape, and one more dimension for the bytes of an element.
std::vector<std::int64_t> opaqueShape(const SafetensorsEntry& entry)
{
    const std::int64_t bytes = entry.end - entry.begin;
    const std::int64_t numel = checkedNumel(entry.shape, Dtype::Opaque).value_or(Count(0)).value;
    if (numel == bytes)
        return entry.shape;
    if (numel == 0 || bytes % numel != 0)
        return { bytes };
    std::vector<std::int64_t> shape = entry.shape;
    shape.push_back(bytes / numel);
    return shape;
}

void addTensor(Checkpoint& checkpoint, SafetensorsEntry& entry, EntryOrdinal place, std::int64_t dataStart)
{
    const auto ordinal = static_cast<TensorOrdinal>(checkpoint.tensors.size());
    const NamedDtype* named = dtypeNamed(entry.dtype);
    Tensor& tensor = checkpoint.tensors.emplace_back();
    tensor.dtype = named ? named->dtype : Dtype::Opaque;
    tensor.shape = tensor.dtype == Dtype::Opaque ? opaqueShape(entry) : std::move(entry.shape);
    tensor.stride = contiguousStride(tensor.shape);
    tensor.numel = Count((entry.end - entry.begin) / dtypeSize(tensor.dtype));
    tensor.storage = static_cast<StorageOrdinal>(checkpoint.storages.size());
    tensor.entry = place;

    Storage& storage = checkpoint.storages.emplace_back();
    storage.id = { 0, std::to_string(tensor.storage) };
    storage.dtype = tensor.dtype;
    storage.numel = tensor.numel;
    static const SharedText cpu = "cpu";
    storage.device = cpu;
    storage.record = 0;
    storage.offsetInRecord = ByteOffset(entry.begin);
    storage.offset = ByteOffset(dataStart + entry.begin);
    if (tensor.dtype == Dtype::Opaque) {
        tensor.editable = storage.editable = false;
        tensor.reason = storage.reason = "its dtype " + inQuotes(entry.dtype) + " is not one that can be edited: its bytes are shown";
    }

    Entry& node = checkpoint.entries[place];
    node.kind = EntryKind::Tensor;
    node.tensor = ordinal;
    node.parent = 0;
    node.key = { PathKey::Kind::String, entry.name };
    tensor.name = std::move(entry.name);
    guessKind(tensor);
}

void addMetadata(Checkpoint& checkpoint, SafetensorsHeader& header, EntryOrdinal place)
{
    const auto first = static_cast<EntryOrdinal>(checkpoint.entries.size());
    Entry& node = checkpoint.entries[place];
    node.kind = EntryKind::Dict;
    node.key = { PathKey::Kind::String, "__metadata__" };
    node.parent = 0;
    node.firstChild = header.metadata.empty() ? noOrdinal : first;
    node.childCount = static_cast<std::uint32_t>(header.metadata.size());
    for (auto& [key, value] : header.metadata) {
        constexpr std::size_t shownBytes = 64 << 10;
        Entry text;
        text.kind = EntryKind::String;
        text.key = { PathKey::Kind::String, key };
        text.parent = place;
        text.size = value.size();
        text.value = value.substr(0, shownBytes);
        checkpoint.entries.push_back(std::move(text));
        checkpoint.facts.emplace_back("__metadata__." + key, value.substr(0, shownBytes));
    }
}

Result<std::vector<std::byte>> headerBytes(const OpenContext& context, const Probe& probe, File& file)
{
    const std::uint64_t length = load64(probe.head.data());
    const auto rest = static_cast<std::uint64_t>(probe.size.value - lengthBytes);
    const auto cap = static_cast<std::uint64_t>(context.limits.safetensorsHeader);
    const std::string stated = "safetensors header length is " + std::to_string(length);
    if (length == 0)
        return fail(ErrorCode::Format, stated + ", at least 2 is expected");
    if (length > cap)
        return fail(ErrorCode::Limit, stated + ", the limit is " + std::to_string(cap));
    if (length > rest)
        return fail(ErrorCode::Format, stated + " but only " + std::to_string(rest)
                + " bytes follow (is the download complete?)");
    return readRange(file, ByteOffset(lengthBytes), ByteCount(static_cast<std::int64_t>(length)));
}

Result<> fill(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint)
{
    RAVEL_ASSIGN(const std::vector<std::byte> bytes, headerBytes(context, probe, *checkpoint.files[0].file));
    auto parsed = parseSafetensorsHeader(bytes, context.limits.dimensions, context.job);
    if (!parsed)
        return fail(parsed.error().code, "safetensors " + parsed.error().message);
    SafetensorsHeader& header = *parsed;
    const auto dataStart = lengthBytes + static_cast<std::int64_t>(bytes.size());
    const std::int64_t dataSize = probe.size.value - dataStart;
    if (static_cast<std::int64_t>(header.entries.size()) > context.limits.tensors)
        return fail(ErrorCode::Limit, "safetensors header names " + std::to_string(header.entries.size())
                + " tensors, the limit is " + std::to_string(context.limits.tensors));
    for (const SafetensorsEntry& entry : header.entries)
        RAVEL_TRY(checkSize(entry));
    RAVEL_TRY(checkTiling(header.entries, dataSize));

    Record record;
    record.name = "data";
    record.offset = ByteOffset(dataStart);
    record.size = record.storedSize = ByteCount(dataSize);
    checkpoint.records.push_back(std::move(record));

    const std::size_t count = header.entries.size();
    checkpoint.tensors.reserve(count);
    checkpoint.storages.reserve(count);
    checkpoint.entries.resize(1 + count + (header.hasMetadata ? 1 : 0));
    Entry& root = checkpoint.entries[0];
    root.kind = EntryKind::Dict;
    root.childCount = static_cast<std::uint32_t>(checkpoint.entries.size() - 1);
    root.firstChild = root.childCount ? 1 : noOrdinal;
    EntryOrdinal place = 1;
    for (std::size_t i = 0; i <= count; ++i) {
        if (header.hasMetadata && i == header.metadataPlace)
            addMetadata(checkpoint, header, place++);
        if (i < count)
            addTensor(checkpoint, header.entries[i], place++, dataStart);
    }
    return {};
}

} // namespace

bool Safetensors::matches(const Probe& probe) const
{
    if (probe.head.size() <= static_cast<std::size_t>(lengthBytes))
        return false;
    const std::string_view length = textOf(probe.head).substr(0, lengthBytes);
    if (std::all_of(length.begin(), length.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; }))
        return false; // a text: as a length it would be more than 10^17
    std::string_view text = textOf(probe.head).substr(lengthBytes);
    if (text.starts_with("\xef\xbb\xbf"))
        text.remove_prefix(3);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != text.npos && (text[first] == '{' || text[first] == '[');
}

Result<> Safetensors::read(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint) const
{
    return withFileName(fill(context, probe, checkpoint), context.path);
}

} // namespace ravel
