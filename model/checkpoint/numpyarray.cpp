// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/numpyarray.h"

#include "checkpoint/bytes.h"
#include "checkpoint/geometry.h"
#include "checkpoint/numpyvalue.h"
#include "checkpoint/picklemachine.h"
#include "checkpoint/picklenames.h"
#include "checkpoint/spelling.h"

#include <algorithm>

namespace ravel {

namespace {

using Kind = PickleNode::Kind;

bool makesFromBuffer(std::string_view function)
{
    return function == "numpy.core.numeric._frombuffer" || function == "numpy._core.numeric._frombuffer" || function == "numpy.frombuffer";
}

bool isEmptyBytesCall(const Pickle& pickle, std::uint32_t node)
{
    if (pickle.nodes.kind(node) != Kind::Call || !argumentsOf(pickle, node).empty())
        return false;
    const std::string_view function = globalName(pickle, pickle.nodes[node].items[0]);
    return function == "builtins.bytes" || function == "__builtin__.bytes";
}

} // namespace

bool makesNumpyArray(std::string_view function) { return isArrayCall(function) || makesFromBuffer(function); }

std::optional<NumpyArrayReader::Parts> NumpyArrayReader::partsOfBuffer(std::uint32_t node) const
{
    const auto arguments = argumentsOf(m_pickle, node);
    Parts parts;
    parts.holder = m_pickle.nodes[node].items[1];
    if (arguments.size() == 2 && globalName(m_pickle, m_pickle.nodes[node].items[0]) == "numpy.frombuffer") {
        parts.data = arguments[0];
        parts.dtype = arguments[1];
        return parts;
    }
    if (arguments.size() < 4 || arguments.size() > 5)
        return std::nullopt;
    parts.data = arguments[0];
    parts.dtype = arguments[1];
    parts.shape = arguments[2];
    const std::string_view order = m_pickle.nodes[arguments[3]].text;
    parts.fortran = order == "F";
    const bool hasAxes = arguments.size() == 5 && m_pickle.nodes.kind(arguments[4]) != Kind::None;
    if (order == "K" && hasAxes)
        parts.axes = arguments[4];
    return order == "C" || order == "F" || (order == "K" && hasAxes) ? std::optional(parts) : std::nullopt;
}

std::optional<NumpyArrayReader::Parts> NumpyArrayReader::partsOf(std::uint32_t node) const
{
    if (m_pickle.nodes.kind(node) != Kind::Call)
        return std::nullopt;
    const std::string_view function = globalName(m_pickle, m_pickle.nodes[node].items[0]);
    if (makesFromBuffer(function))
        return partsOfBuffer(node);
    const PickleAdditions& added = m_pickle.additionsOf(node);
    if (!isArrayCall(function) || added.state.size() != 1)
        return std::nullopt;
    const PickleNode state = m_pickle.nodes[added.state[0]];
    if (state.kind != Kind::Tuple || state.items.size() < 4 || state.items.size() > 5)
        return std::nullopt;
    const auto part = [&](std::size_t i) { return state.items[state.items.size() - 4 + i]; };
    Parts parts;
    parts.shape = part(0);
    parts.dtype = part(1);
    parts.fortran = isTrue(m_pickle, part(2));
    parts.data = part(3);
    parts.holder = added.state[0];
    return parts;
}

std::optional<DescribedTensor> NumpyArrayReader::read(std::uint32_t node)
{
    const auto parts = partsOf(node);
    if (!parts)
        return std::nullopt;
    const std::string text = numpyDtypeText(m_pickle, parts->dtype);
    const std::optional<Dtype> dtype = dtypeOfNumpy(text);
    if (!dtype)
        return std::nullopt;
    DescribedTensor described;
    if (const auto filled = fill(*parts, *dtype, text.starts_with('>') && dtypeSwapSize(*dtype) > 1, described); !filled)
        spoilTensor(described, filled.error().message);
    return described;
}

Result<std::vector<std::int64_t>> NumpyArrayReader::shapeOf(std::uint32_t index) const
{
    const PickleNode node = m_pickle.nodes[index];
    if (node.kind == Kind::Integer)
        return std::vector { node.integer };
    if (node.kind != Kind::Tuple && node.kind != Kind::List)
        return fail(ErrorCode::Format, "its shape is " + std::string(kindText(node.kind)) + ", not a tuple of integers");
    if (node.items.size() > static_cast<std::uint64_t>(m_limits.dimensions))
        return fail(ErrorCode::Limit, "its shape has " + std::to_string(node.items.size()) + " dimensions, the limit is "
                + std::to_string(m_limits.dimensions));
    std::vector<std::int64_t> shape;
    for (const std::uint32_t item : node.items) {
        const auto size = integerOf(m_pickle, item);
        if (!size)
            return fail(ErrorCode::Format, "its shape holds " + std::string(kindText(m_pickle.nodes.kind(item))) + " where an integer is expected");
        shape.push_back(*size);
    }
    return shape;
}

// Shape and strides of the array whose elements stand in the order that the parts say.
Result<> NumpyArrayReader::arrange(const Parts& parts, Tensor& tensor) const
{
    if (parts.fortran) {
        std::vector<std::int64_t> reversed(tensor.shape.rbegin(), tensor.shape.rend());
        tensor.stride = contiguousStride(reversed);
        std::reverse(tensor.stride.begin(), tensor.stride.end());
        return {};
    }
    tensor.stride = contiguousStride(tensor.shape);
    if (parts.axes == noOrdinal)
        return {};
    RAVEL_ASSIGN(const std::vector<std::int64_t> axes, shapeOf(parts.axes));
    std::vector<bool> seen(axes.size(), false);
    bool valid = axes.size() == tensor.shape.size();
    for (std::size_t i = 0; valid && i < axes.size(); ++i) {
        valid = axes[i] >= 0 && axes[i] < static_cast<std::int64_t>(axes.size()) && !seen[static_cast<std::size_t>(axes[i])];
        if (valid)
            seen[static_cast<std::size_t>(axes[i])] = true;
    }
    if (!valid)
        return fail(ErrorCode::Format, "its order of axes does not fit its shape");
    Tensor moved = tensor;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        moved.shape[i] = tensor.shape[static_cast<std::size_t>(axes[i])];
        moved.stride[i] = tensor.stride[static_cast<std::size_t>(axes[i])];
    }
    tensor = std::move(moved);
    return {};
}

Result<> NumpyArrayReader::fill(const Parts& parts, Dtype dtype, bool bigEndian, DescribedTensor& described)
{
    Tensor& tensor = described.tensor;
    tensor.dtype = dtype;
    RAVEL_ASSIGN(const Bytes bytes, bytesOf(parts.data));
    if (parts.shape == noOrdinal)
        tensor.shape = { bytes.size / dtypeSize(dtype) };
    else {
        RAVEL_ASSIGN(tensor.shape, shapeOf(parts.shape));
    }
    RAVEL_ASSIGN(tensor.numel, checkedNumel(tensor.shape, dtype));
    RAVEL_TRY(arrange(parts, tensor));
    if (tensor.numel.value * dtypeSize(dtype) != bytes.size)
        return fail(ErrorCode::Format, "its shape needs a size of " + std::to_string(tensor.numel.value * dtypeSize(dtype))
                + " bytes, the pickle has " + std::to_string(bytes.size) + " for it");
    RAVEL_ASSIGN(tensor.storage, storageOf(parts, dtype, bigEndian, tensor.numel));
    const Storage& storage = m_checkpoint.storages[tensor.storage];
    if (!storage.editable)
        lockTensor(tensor, storage.reason);
    return {};
}

// The text of _codecs.encode(text, 'latin1') and its like: each character a byte.
Result<NumpyArrayReader::Bytes> NumpyArrayReader::spelledBytes(std::uint32_t index) const
{
    const PickleNode node = m_pickle.nodes[index];
    const std::string_view all = textOf(*m_pickle.bytes);
    const char opcode = all[node.position];
    Bytes bytes;
    bytes.node = index;
    bytes.place = node.textPlace;
    bytes.spelledSize = static_cast<std::int64_t>(node.text.size());
    bytes.spelling = Spelling::Utf8;
    if (opcode == 'V' || opcode == 'S') {
        bytes.spelling = opcode == 'V' ? Spelling::RawUnicodeEscape : Spelling::StringEscape;
        std::string_view line = all.substr(node.position + 1, all.find('\n', node.position) - node.position - 1);
        bytes.place = node.position + 1;
        if (opcode == 'S') {
            line = line.substr(1, line.rfind(line.front()) - 1);
            ++bytes.place;
        }
        bytes.spelledSize = static_cast<std::int64_t>(line.size());
    }
    if (opcode == 'S' || opcode == 'U' || opcode == 'T') { // a Python 2 str: bytes
        bytes.spelling = opcode == 'S' ? bytes.spelling : Spelling::Plain;
        bytes.size = static_cast<std::int64_t>(node.text.size());
        return bytes;
    }
    for (std::size_t at = 0; at < node.text.size(); ++bytes.size)
        if (!takeLatin1(node.text, at))
            return fail(ErrorCode::Format, "its bytes are spelled as a text with characters beyond U+00FF");
    return bytes;
}

Result<NumpyArrayReader::Bytes> NumpyArrayReader::bytesOf(std::uint32_t data)
{
    if (const auto known = m_bytes.find(data); known != m_bytes.end())
        return known->second;
    const auto find = [&]() -> Result<Bytes> {
        if (const auto text = encodedText(m_pickle, data))
            return spelledBytes(*text);
        const PickleNode node = m_pickle.nodes[data];
        if (isEmptyBytesCall(m_pickle, data))
            return Bytes { data, m_pickle.nodes[data].position, 0, 0, Spelling::Plain };
        if (node.kind == Kind::String)
            return spelledBytes(data);
        if (node.kind != Kind::Bytes)
            return fail(ErrorCode::Format, "where its data should be there is " + std::string(kindText(node.kind)));
        const auto size = static_cast<std::int64_t>(node.text.size());
        return Bytes { data, node.textPlace, size, size, Spelling::Plain };
    };
    return m_bytes.emplace(data, find()).first->second;
}

Result<StorageOrdinal> NumpyArrayReader::storageOf(const Parts& parts, Dtype dtype, bool bigEndian, Count numel)
{
    if (m_pickle.record == noOrdinal)
        return fail(ErrorCode::Unsupported, "its numbers stand inside a pickle whose place in the file is not known");
    RAVEL_ASSIGN(Bytes bytes, bytesOf(parts.data));
    if (bytes.size == 0)
        bytes.spelling = Spelling::Plain;
    const std::string identity = std::to_string(bytes.place) + (bigEndian ? '>' : '<') + std::string(dtypeName(dtype));
    if (const auto known = m_storages.find(identity); known != m_storages.end())
        return known->second;
    const Record& record = m_checkpoint.records[m_pickle.record];
    const auto place = static_cast<std::int64_t>(bytes.place) + m_pickle.placeInRecord;
    const auto ordinal = static_cast<StorageOrdinal>(m_checkpoint.storages.size());
    Storage storage;
    storage.id = { record.file, record.name.substr(record.name.rfind('/') + 1) + '@' + std::to_string(place) };
    storage.dtype = dtype;
    storage.numel = numel;
    storage.device = "cpu";
    storage.record = m_pickle.record;
    storage.offsetInRecord = ByteOffset(place);
    storage.bigEndian = bigEndian;
    storage.spelling = bytes.spelling;
    storage.spelledSize = ByteCount(bytes.spelledSize);
    if (record.method == Record::Method::Stored && bytes.spelling == Spelling::Plain)
        storage.offset = record.offset + ByteCount(place);
    const auto [first, isFirst] = m_first.emplace(bytes.place, ordinal);
    storage.reason = whyNotEditable(parts, bytes);
    if (storage.reason.empty() && !isFirst) {
        storage.id.key += ':' + std::string(dtypeName(dtype)) + (bigEndian ? ">" : "");
        storage.reason = "its bytes are used as " + std::string(dtypeName(m_checkpoint.storages[first->second].dtype))
            + (m_checkpoint.storages[first->second].bigEndian ? " in big-endian order" : "") + " by an array before it: edit that one";
    }
    storage.editable = storage.reason.empty();
    m_checkpoint.storages.push_back(std::move(storage));
    m_storages.emplace(identity, ordinal);
    return ordinal;
}

std::string NumpyArrayReader::whyNotEditable(const Parts& parts, const Bytes& bytes)
{
    if (bytes.spelling != Spelling::Plain)
        return "the pickle spells this numpy array as text, whose length an edit would change";
    if (m_checkpoint.records[m_pickle.record].method != Record::Method::Stored)
        return "this numpy array stands in a pickle that is compressed in the archive";
    if (bytes.size == 0)
        return {};
    if (m_pickle.nodes.isName(parts.data) || isUsedElsewhere(parts.data))
        return "the pickle uses the bytes of this numpy array for something else too";
    return {};
}

// One bytes object may stand in several places of a pickle. As the data of arrays alone it may be edited.
bool NumpyArrayReader::isUsedElsewhere(std::uint32_t data)
{
    if (!m_uses)
        countUses();
    const Uses& uses = m_uses->at(data);
    return uses.all != uses.asData;
}

void NumpyArrayReader::countUses()
{
    m_uses.emplace();
    std::vector<bool> isData(m_pickle.nodes.size(), false);
    std::unordered_set<std::uint32_t> holders;
    for (std::uint32_t node = 0; node < m_pickle.nodes.size(); ++node) {
        const auto parts = partsOf(node);
        if (!parts)
            continue;
        isData[parts->data] = true;
        Uses& uses = (*m_uses)[parts->data];
        uses.asData += holders.insert(parts->holder).second ? 1 : 0;
    }
    const auto count = [&](std::span<const std::uint32_t> nodes) {
        for (const std::uint32_t node : nodes)
            if (isData[node])
                ++(*m_uses)[node].all;
    };
    for (const PickleNode node : m_pickle.nodes)
        count(node.items);
    for (const auto& [node, added] : m_pickle.additions) {
        count(added.state);
        count(added.elements);
        count(added.pairs);
    }
}

} // namespace ravel
