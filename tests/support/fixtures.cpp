// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/fixtures.h"

#include "base/number.h"
#include "checkpoint/geometry.h"
#include "support/memoryfile.h"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace ravel {

namespace {

struct Child;
struct Node {
    std::vector<Child> children;
    TensorOrdinal tensor = noOrdinal;
};
struct Child {
    std::string name;
    Node node;
};

Node& childOf(Node& node, const std::string& key)
{
    for (auto& [name, child] : node.children)
        if (name == key)
            return child;
    node.children.push_back({ key, {} });
    return node.children.back().node;
}

void place(Checkpoint& checkpoint, EntryOrdinal at, const Node& node)
{
    if (node.tensor != noOrdinal) {
        checkpoint.entries[at].kind = EntryKind::Tensor;
        checkpoint.entries[at].tensor = node.tensor;
        checkpoint.tensors[node.tensor].entry = at;
        return;
    }
    checkpoint.entries[at].kind = EntryKind::Dict;
    const auto first = static_cast<EntryOrdinal>(checkpoint.entries.size());
    checkpoint.entries[at].firstChild = first;
    checkpoint.entries[at].childCount = static_cast<std::uint32_t>(node.children.size());
    for (const auto& [name, child] : node.children) {
        Entry entry;
        entry.key = { PathKey::Kind::String, name };
        entry.parent = at;
        checkpoint.entries.push_back(entry);
    }
    for (std::size_t i = 0; i < node.children.size(); ++i)
        place(checkpoint, first + static_cast<EntryOrdinal>(i), node.children[i].node);
}

const char* safetensorsName(Dtype dtype)
{
    switch (dtype) {
    case Dtype::Float64: return "F64";
    case Dtype::Float32: return "F32";
    case Dtype::Float16: return "F16";
    case Dtype::BFloat16: return "BF16";
    case Dtype::Float8E4M3fn: return "F8_E4M3";
    case Dtype::Float8E5M2: return "F8_E5M2";
    case Dtype::Complex64: return "C64";
    case Dtype::Int8: return "I8";
    case Dtype::Int16: return "I16";
    case Dtype::Int32: return "I32";
    case Dtype::Int64: return "I64";
    case Dtype::UInt8: return "U8";
    case Dtype::UInt16: return "U16";
    case Dtype::UInt32: return "U32";
    case Dtype::UInt64: return "U64";
    case Dtype::Bool: return "BOOL";
    default: return "?";
    }
}

} // namespace

std::shared_ptr<const Checkpoint> fixtureCheckpoint(
    std::vector<FixtureStorage> storages, const std::vector<FixtureTensor>& tensors)
{
    auto checkpoint = std::make_shared<Checkpoint>();
    checkpoint->path = checkpoint->container = "fixture";
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < storages.size(); ++i) {
        Storage storage;
        storage.id = { 0, std::to_string(i) };
        storage.dtype = storages[i].dtype;
        storage.numel = Count(static_cast<std::int64_t>(storages[i].bytes.size()) / dtypeSize(storage.dtype));
        storage.device = "cpu";
        storage.record = static_cast<RecordOrdinal>(i);
        storage.offset = ByteOffset(static_cast<std::int64_t>(bytes.size()));
        Record record;
        record.name = "data/" + storage.id.key;
        record.offset = *storage.offset;
        record.size = record.storedSize = ByteCount(static_cast<std::int64_t>(storages[i].bytes.size()));
        checkpoint->storages.push_back(storage);
        checkpoint->records.push_back(record);
        bytes.insert(bytes.end(), storages[i].bytes.begin(), storages[i].bytes.end());
    }
    SourceFile file;
    file.path = file.name = "fixture";
    file.file = std::make_shared<MemoryFile>(bytes);
    file.status = *file.file->status();
    checkpoint->files.push_back(file);

    Node root;
    for (const FixtureTensor& fixture : tensors) {
        Node* node = &root;
        for (std::size_t start = 0; start <= fixture.name.size();) {
            const std::size_t dot = std::min(fixture.name.find('.', start), fixture.name.size());
            node = &childOf(*node, fixture.name.substr(start, dot - start));
            start = dot + 1;
        }
        node->tensor = static_cast<TensorOrdinal>(checkpoint->tensors.size());
        Tensor tensor;
        tensor.name = fixture.name;
        tensor.dtype = checkpoint->storages[fixture.storage].dtype;
        tensor.shape = fixture.shape;
        tensor.stride = fixture.stride.empty() ? contiguousStride(fixture.shape) : fixture.stride;
        tensor.numel = *checkedNumel(fixture.shape, tensor.dtype);
        tensor.storage = fixture.storage;
        tensor.storageOffset = StorageIndex(fixture.offset);
        tensor.kind = fixture.kind;
        checkpoint->tensors.push_back(tensor);
    }
    checkpoint->entries.emplace_back();
    place(*checkpoint, 0, root);
    return checkpoint;
}

FixtureStorage countingStorage(Dtype dtype, std::int64_t n)
{
    FixtureStorage storage { dtype, std::vector<std::byte>(static_cast<std::size_t>(n * dtypeSize(dtype))) };
    Fit fit;
    for (std::int64_t i = 0; i < n; ++i)
        storeNumber(dtype, Number::ofInteger(i), { Overflow::Saturate, Fraction::Nearest },
            storage.bytes.data() + i * dtypeSize(dtype), fit);
    return storage;
}

std::vector<std::byte> safetensorsBytes(
    const std::vector<FixtureStorage>& storages, const std::vector<FixtureTensor>& tensors)
{
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    std::vector<std::byte> data;
    for (const FixtureTensor& tensor : tensors) {
        const FixtureStorage& storage = storages[tensor.storage];
        const std::size_t begin = data.size();
        data.insert(data.end(), storage.bytes.begin(), storage.bytes.end());
        header[tensor.name] = { { "dtype", safetensorsName(storage.dtype) }, { "shape", tensor.shape },
            { "data_offsets", { begin, data.size() } } };
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    std::vector<std::byte> bytes;
    for (int i = 0; i < 8; ++i)
        bytes.push_back(static_cast<std::byte>((text.size() >> (8 * i)) & 0xff));
    for (char c : text)
        bytes.push_back(static_cast<std::byte>(c));
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
}

void writeBytes(const std::string& path, const std::vector<std::byte>& bytes)
{
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

std::vector<std::byte> readBytes(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return { first, first + text.size() };
}

} // namespace ravel
