// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/gguf.h"

#include "base/text.h"
#include "checkpoint/bytes.h"
#include "checkpoint/fileerror.h"
#include "checkpoint/geometry.h"
#include "checkpoint/ggmltype.h"
#include "checkpoint/ggufmetadata.h"
#include "checkpoint/kind.h"
#include "checkpoint/names.h"

#include <algorithm>
#include <numeric>

namespace ravel {

namespace {

constexpr std::uint64_t formatDimensions = 4; // GGML_MAX_DIMS
constexpr std::uint64_t mostPairs = 100'000;    // real models have some dozens of pairs,
constexpr std::int64_t mostTensors = 250'000;   // and some hundreds of tensors
constexpr std::size_t mostNameBytes = 32 << 20; // of all tensors together
constexpr std::int64_t pairBytes = 8 + 4 + 1; // the shortest that a pair of version 2 and later can be
constexpr std::int64_t tensorBytes = 8 + 4 + 4 + 8;

struct Info {
    std::string name;
    std::vector<std::int64_t> shape; // torch's order
    std::uint32_t typeId = 0;
    std::uint64_t offset = 0; // in the data part
    std::string problem;
};

class GgufFile {
public:
    GgufFile(const OpenContext& context, std::int64_t size, Checkpoint& checkpoint)
        : m_context(context)
        , m_checkpoint(checkpoint)
        , m_size(size)
        , m_reader(*checkpoint.files[0].file, size)
    {
    }

    Result<> read();

private:
    Result<> readStart();
    Result<> readInfos();
    Result<Info> readInfo();
    void place();
    void addTensor(Info&, std::uint32_t node);
    Result<> fill(const Info&, Tensor&, Storage&) const;
    void checkOverlaps();
    void warn(std::string message);

    const OpenContext& m_context;
    Checkpoint& m_checkpoint;
    std::int64_t m_size;
    GgufReader m_reader;
    std::uint64_t m_tensorCount = 0;
    std::uint64_t m_pairCount = 0;
    GgufMetadata m_metadata;
    EntryDraft m_draft;
    TensorNames m_names;
    std::vector<Info> m_infos;
    std::size_t m_nameBytes = 0;
    std::int64_t m_dataStart = 0;
    std::size_t m_warnings = 0;
};

void GgufFile::warn(std::string message)
{
    constexpr std::size_t named = 20;
    if (++m_warnings <= named)
        m_checkpoint.messages.push_back("GGUF: " + std::move(message));
}

Result<> GgufFile::readStart()
{
    RAVEL_TRY(m_reader.skip(4)); // the magic
    RAVEL_ASSIGN(std::uint64_t version, m_reader.number(4));
    if ((version & 0xffff) == 0) { // written the other way round
        m_reader.setBigEndian(true);
        version = version >> 24 | (version >> 8 & 0xff00);
    }
    if (version < 1 || version > 3)
        return fail(ErrorCode::Unsupported, "its version is " + std::to_string(version) + ", 1 to 3 are known");
    m_reader.setWide(version >= 2);
    RAVEL_ASSIGN(m_tensorCount, m_reader.length());
    RAVEL_ASSIGN(m_pairCount, m_reader.length());
    m_checkpoint.facts.emplace_back("version", std::to_string(version));
    m_checkpoint.facts.emplace_back("byteorder", m_reader.bigEndian() ? "big" : "little");
    const auto left = static_cast<std::uint64_t>(m_reader.left());
    const std::int64_t narrow = m_reader.lengthBytes() == 4 ? 4 : 0; // version 1 has shorter lengths
    if (m_pairCount > left / static_cast<std::uint64_t>(pairBytes - narrow)
        || m_tensorCount > left / static_cast<std::uint64_t>(tensorBytes - narrow))
        return fail(ErrorCode::Format, "it states " + std::to_string(m_tensorCount) + " tensors and " + std::to_string(m_pairCount)
                + " pairs of metadata, only " + std::to_string(left) + " bytes follow (is the download complete?)");
    const std::int64_t most = std::min(m_context.limits.tensors, mostTensors);
    if (m_tensorCount > static_cast<std::uint64_t>(most))
        return fail(ErrorCode::Limit, "it states " + std::to_string(m_tensorCount) + " tensors, the limit is " + std::to_string(most));
    if (m_pairCount > mostPairs)
        return fail(ErrorCode::Limit, "it states " + std::to_string(m_pairCount) + " pairs of metadata, the limit is " + std::to_string(mostPairs));
    return {};
}

Result<Info> GgufFile::readInfo()
{
    constexpr std::size_t longestName = 64 << 10;
    Info info;
    RAVEL_ASSIGN(GgufReader::Text name, m_reader.text(longestName));
    if (name.size > longestName)
        return fail(ErrorCode::Limit, "its name has " + std::to_string(name.size) + " bytes, the limit is " + std::to_string(longestName));
    info.name = std::move(name.bytes);
    RAVEL_ASSIGN(const std::uint64_t dimensions, m_reader.number(4));
    if (dimensions > static_cast<std::uint64_t>(m_context.limits.dimensions))
        return fail(ErrorCode::Format, "tensor " + inQuotes(info.name) + " states " + std::to_string(dimensions)
                + " dimensions, at most " + std::to_string(formatDimensions) + " are allowed");
    if (dimensions > formatDimensions)
        info.problem = "it has " + std::to_string(dimensions) + " dimensions, GGUF allows " + std::to_string(formatDimensions);
    for (std::uint64_t d = 0; d < dimensions; ++d) {
        RAVEL_ASSIGN(const std::uint64_t size, m_reader.length());
        info.shape.push_back(static_cast<std::int64_t>(size)); // what is negative then is refused with the shape
    }
    std::reverse(info.shape.begin(), info.shape.end());
    RAVEL_ASSIGN(const std::uint64_t type, m_reader.number(4));
    info.typeId = static_cast<std::uint32_t>(type);
    RAVEL_ASSIGN(info.offset, m_reader.number(8));
    return info;
}

Result<> GgufFile::readInfos()
{
    for (std::uint64_t i = 0; i < m_tensorCount; ++i) {
        if (i % 4096 == 0)
            RAVEL_TRY(m_context.job.check());
        const std::int64_t place = m_reader.position();
        auto info = readInfo();
        if (!info)
            return fail(info.error().code, "tensor " + std::to_string(i + 1) + " of " + std::to_string(m_tensorCount)
                    + " at byte " + std::to_string(place) + ": " + info.error().message);
        m_nameBytes += info->name.size();
        if (m_nameBytes > mostNameBytes)
            return fail(ErrorCode::Limit, "the names of its first " + std::to_string(i + 1) + " tensors take more than the limit of " + sizeText(mostNameBytes));
        m_infos.push_back(std::move(*info));
    }
    const std::int64_t behind = m_reader.position() % m_metadata.alignment;
    m_dataStart = std::min(m_size, m_reader.position() + (behind == 0 ? 0 : m_metadata.alignment - behind));
    return {};
}

// Shape, size and place of a tensor, compared with the file; why it cannot be read.
Result<> GgufFile::fill(const Info& info, Tensor& tensor, Storage& storage) const
{
    const auto bad = [](const std::string& why) { return fail(ErrorCode::Format, why); };
    if (!info.problem.empty())
        return bad(info.problem);
    const GgmlType* type = ggmlType(info.typeId);
    if (!type)
        return bad("its ggml type " + std::to_string(info.typeId) + " is not known");
    RAVEL_TRY(checkedNumel(info.shape, Dtype::Opaque));
    const std::int64_t row = info.shape.empty() ? 1 : info.shape.back();
    if (row % type->blockNumbers != 0)
        return bad("its rows of " + std::to_string(row) + " numbers are not whole blocks of " + std::string(type->name) + ", "
            + std::to_string(type->blockNumbers) + " numbers each");
    tensor.dtype = storage.dtype = type->dtype;
    tensor.shape = info.shape;
    if (type->dtype == Dtype::Opaque) {
        if (tensor.shape.empty())
            return bad("it has no dimension, " + std::string(type->name) + " needs one");
        tensor.shape.back() /= type->blockNumbers;
        tensor.shape.push_back(type->blockBytes);
    }
    RAVEL_ASSIGN(tensor.numel, checkedNumel(tensor.shape, tensor.dtype));
    tensor.stride = contiguousStride(tensor.shape);
    storage.numel = tensor.numel;
    const std::int64_t bytes = tensor.numel.value * dtypeSize(tensor.dtype);
    const auto room = static_cast<std::uint64_t>(m_size - m_dataStart);
    if (info.offset > room || static_cast<std::uint64_t>(bytes) > room - info.offset)
        return bad("its " + std::to_string(bytes) + " bytes at byte " + std::to_string(info.offset)
            + " of the data end past the file, which has " + std::to_string(room) + " bytes of data (is the download complete?)");
    storage.offsetInRecord = ByteOffset(static_cast<std::int64_t>(info.offset));
    storage.offset = ByteOffset(m_dataStart + static_cast<std::int64_t>(info.offset));
    return {};
}

void GgufFile::addTensor(Info& info, std::uint32_t node)
{
    Tensor& tensor = m_checkpoint.tensors.emplace_back();
    tensor.name = m_names.take(info.name);
    Storage storage;
    storage.id = { 0, std::to_string(m_checkpoint.storages.size()) };
    static const SharedText cpu = "cpu";
    storage.device = cpu;
    storage.record = 0;
    storage.bigEndian = m_reader.bigEndian();
    if (tensor.name != info.name) {
        m_checkpoint.writable = false;
        if (m_checkpoint.readOnlyReason.empty())
            m_checkpoint.readOnlyReason = "GGUF: tensor " + inQuotes(info.name) + " is there twice: readers differ in which they take";
        warn("duplicate tensor " + inQuotes(info.name) + "; both are shown");
    }
    if (const auto filled = fill(info, tensor, storage); !filled) {
        tensor.reason = filled.error().message;
        tensor.readable = tensor.editable = false;
        tensor.shape = info.shape;
        if (!checkedNumel(tensor.shape, tensor.dtype))
            tensor.shape = { 0 };
        tensor.stride = contiguousStride(tensor.shape);
        tensor.numel = *checkedNumel(tensor.shape, tensor.dtype);
        warn("tensor " + inQuotes(info.name) + ": " + tensor.reason);
    } else {
        if (const GgmlType& type = *ggmlType(info.typeId); type.dtype == Dtype::Opaque)
            storage.reason = "its numbers are quantised as " + std::string(type.name) + ", " + std::to_string(type.blockNumbers) + " in "
                + std::to_string(type.blockBytes) + " bytes (shape " + listText(info.shape) + "): the bytes are shown";
        if (info.offset % static_cast<std::uint64_t>(m_metadata.alignment) != 0)
            warn("tensor " + inQuotes(info.name) + " is not aligned to " + std::to_string(m_metadata.alignment) + " bytes: other readers refuse it");
        tensor.reason = storage.reason;
        tensor.editable = storage.editable = storage.reason.empty();
        tensor.storage = static_cast<StorageOrdinal>(m_checkpoint.storages.size());
        m_checkpoint.storages.push_back(std::move(storage));
    }
    guessKind(tensor);
    m_draft.at(node).tensor = static_cast<TensorOrdinal>(m_checkpoint.tensors.size() - 1);
}

void GgufFile::checkOverlaps()
{
    std::vector<TensorOrdinal> order;
    for (TensorOrdinal i = 0; i < m_checkpoint.tensors.size(); ++i)
        if (m_checkpoint.tensors[i].readable && m_checkpoint.tensors[i].numel.value > 0)
            order.push_back(i);
    const auto begin = [&](TensorOrdinal i) { return m_checkpoint.storages[m_checkpoint.tensors[i].storage].offset->value; };
    const auto end = [&](TensorOrdinal i) {
        return begin(i) + m_checkpoint.tensors[i].numel.value * dtypeSize(m_checkpoint.tensors[i].dtype);
    };
    std::stable_sort(order.begin(), order.end(), [&](TensorOrdinal a, TensorOrdinal b) { return begin(a) < begin(b); });
    std::size_t last = 0; // that reaches furthest
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (begin(order[i]) < end(order[last])) {
            const std::string said = "tensors " + inQuotes(m_checkpoint.tensors[order[last]].name) + " and "
                + inQuotes(m_checkpoint.tensors[order[i]].name) + " overlap at byte " + std::to_string(begin(order[i]));
            m_checkpoint.writable = false;
            if (m_checkpoint.readOnlyReason.empty())
                m_checkpoint.readOnlyReason = "GGUF: " + said;
            warn(said);
        }
        if (end(order[i]) > end(order[last]))
            last = i;
    }
}

void GgufFile::place()
{
    Record record;
    record.name = "data";
    record.offset = ByteOffset(m_dataStart);
    record.size = record.storedSize = ByteCount(m_size - record.offset.value);
    m_checkpoint.records.push_back(std::move(record));
    for (Info& info : m_infos)
        addTensor(info, m_draft.add(0, { PathKey::Kind::String, info.name }, EntryKind::Tensor));
    checkOverlaps();
    std::move(m_draft).moveTo(m_checkpoint);
}

Result<> GgufFile::read()
{
    RAVEL_TRY(readStart());
    const std::uint32_t parent = m_draft.add(0, { PathKey::Kind::Attribute, "<metadata>" }, EntryKind::Dict);
    RAVEL_ASSIGN(m_metadata, readGgufMetadata(m_reader, m_pairCount, parent, m_draft, m_context.job));
    RAVEL_TRY(readInfos());
    m_checkpoint.facts.emplace_back("alignment", std::to_string(m_metadata.alignment));
    m_checkpoint.facts.emplace_back("shapes", "the file states dimensions fastest first; they are shown reversed, as torch does");
    for (auto& fact : m_metadata.facts)
        m_checkpoint.facts.push_back(std::move(fact));
    m_checkpoint.messages = std::move(m_metadata.messages);
    if (m_metadata.splitCount.value_or(1) > 1)
        m_checkpoint.messages.push_back("GGUF: this is one of " + std::to_string(*m_metadata.splitCount)
            + " files of a split model; only its own tensors are shown");
    place();
    if (constexpr std::size_t named = 20; m_warnings > named)
        m_checkpoint.messages.push_back("GGUF: and " + std::to_string(m_warnings - named) + " more messages like these");
    return {};
}

} // namespace

bool Gguf::matches(const Probe& probe) const
{
    return textOf(probe.head).starts_with("GGUF");
}

Result<> Gguf::read(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint) const
{
    return withFileName(GgufFile(context, probe.size.value, checkpoint).read(), context.path, "GGUF header: ");
}

} // namespace ravel
