// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/dcpwriter.h"

#include "checkpoint/geometry.h"
#include "support/picklewriter.h"
#include "support/torchzip.h"

#include <algorithm>

namespace ravel {

namespace {

// The elements of a box, row-major or column-major.
FixtureStorage cut(const FixtureStorage& whole, const std::vector<std::int64_t>& shape, const DcpWriter::Box& box, bool columnMajor)
{
    const auto size = static_cast<std::size_t>(dtypeSize(whole.dtype));
    const std::vector<std::int64_t> strides = contiguousStride(shape);
    std::int64_t count = 1;
    for (const std::int64_t n : box.sizes)
        count *= n;
    FixtureStorage part { whole.dtype, {} };
    for (std::int64_t i = 0; i < count; ++i) {
        std::int64_t rest = i, at = 0;
        for (std::size_t step = 0; step < shape.size(); ++step) {
            const std::size_t d = columnMajor ? step : shape.size() - 1 - step; // the fastest first
            at += (box.offsets[d] + rest % box.sizes[d]) * strides[d];
            rest /= box.sizes[d];
        }
        const auto from = whole.bytes.begin() + at * static_cast<std::int64_t>(size);
        part.bytes.insert(part.bytes.end(), from, from + static_cast<std::ptrdiff_t>(size));
    }
    return part;
}

std::vector<std::int64_t> columnStride(const std::vector<std::int64_t>& sizes)
{
    std::vector<std::int64_t> stride;
    std::int64_t step = 1;
    for (const std::int64_t size : sizes) {
        stride.push_back(step);
        step *= size;
    }
    return stride;
}

PickleWriter& newObject(PickleWriter& pickle, const std::string& module, const char* name) { return pickle.global(module, name).op(')').op('\x81'); }

PickleWriter& size(PickleWriter& pickle, const std::vector<std::int64_t>& values)
{
    return pickle.global("torch", "Size").op('(').integers(values).op('t').op('R');
}

void putProperties(PickleWriter& pickle, const DcpWriter::Item& item, const std::string& module)
{
    newObject(pickle, module, "TensorProperties").op('(').global("torch", dtypeName(item.dtype));
    pickle.global("torch.serialization", "_get_layout").op('(').text("torch.strided").op('t').op('R');
    pickle.op(item.requiresGrad ? '\x88' : '\x89').global(module, "_MEM_FORMAT_ENCODING").op('(').integer(0).op('t').op('R');
    pickle.op('\x89').op('t').op('b');
}

} // namespace

std::vector<DcpWriter::Box> DcpWriter::rows(const std::vector<std::int64_t>& shape, std::int64_t ranks)
{
    std::vector<Box> boxes;
    const std::int64_t each = (shape[0] + ranks - 1) / ranks;
    for (std::int64_t rank = 0; rank < ranks; ++rank) {
        Box box { std::vector<std::int64_t>(shape.size(), 0), shape, "__" + std::to_string(rank) + "_0.distcp" };
        box.offsets[0] = std::min(rank * each, shape[0]);
        box.sizes[0] = std::min(each, shape[0] - box.offsets[0]);
        boxes.push_back(box);
    }
    return boxes;
}

void DcpWriter::append(std::string name, Box box, bool isObject, const std::vector<std::byte>& blob)
{
    std::vector<std::byte>& file = files[box.file];
    chunks.push_back({ std::move(name), box, isObject, static_cast<std::int64_t>(file.size()), static_cast<std::int64_t>(blob.size()) });
    file.insert(file.end(), blob.begin(), blob.end());
}

void DcpWriter::addTensor(std::string name, const FixtureStorage& whole, const std::vector<std::int64_t>& shape, std::vector<Box> boxes,
    const DcpChunkOptions& how)
{
    for (const Box& box : boxes) {
        const FixtureStorage part = cut(whole, shape, box, how.columnMajor);
        const FixtureTensor tensor { "", 0, box.sizes, how.columnMajor ? columnStride(box.sizes) : std::vector<std::int64_t>() };
        TorchZipOptions options;
        options.storages.deflated = how.deflated;
        options.byteorder = how.bigEndian ? "big" : "little";
        append(name, box, false, how.legacy ? legacyBytes({ part }, { tensor }, !how.bigEndian) : torchZipBytes({ part }, { tensor }, options));
    }
    items.push_back({ std::move(name), false, whole.dtype, shape, std::move(boxes) });
}

void DcpWriter::addObject(std::string name, const std::vector<std::byte>& blob, std::string file)
{
    append(name, { {}, {}, std::move(file) }, true, blob);
    items.push_back({ std::move(name), true });
}

std::vector<std::byte> DcpWriter::metadata() const
{
    const std::string module = package + ".metadata";
    PickleWriter pickle;
    newObject(pickle, module, "Metadata").op('}').op('(').text("state_dict_metadata").op('}').op('(');
    for (const Item& item : items) {
        pickle.text(item.name);
        newObject(pickle, module, item.isObject ? "BytesStorageMetadata" : "TensorStorageMetadata");
        if (item.isObject)
            continue;
        pickle.op('}').op('(').text("properties");
        putProperties(pickle, item, module);
        size(pickle.text("size"), item.shape).text("chunks").op(']').op('(');
        for (const Box& box : item.boxes) {
            newObject(pickle, module, "ChunkStorageMetadata").op('}').op('(');
            size(pickle.text("offsets"), box.offsets);
            size(pickle.text("sizes"), box.sizes).op('u').op('b');
        }
        pickle.op('e').op('u').op('b');
    }
    pickle.op('u').text("planner_data").op('}').op('(');
    for (const Item& item : items) {
        if (item.path.empty())
            continue;
        pickle.text(item.name).op('(');
        for (const std::string& key : item.path)
            pickle.text(key);
        pickle.op('t');
    }
    pickle.op('u').text("storage_data").op('}').op('(');
    for (const Chunk& chunk : chunks) {
        newObject(pickle, module, "MetadataIndex").op('}').op('(').text("fqn").text(chunk.name);
        if (!chunk.isObject)
            size(pickle.text("offset"), chunk.box.offsets);
        pickle.text("index").op('N').op('u').op('b');
        newObject(pickle, package + ".filesystem", "_StorageInfo").op('}').op('(').text("relative_path").text(chunk.box.file);
        pickle.text("offset").integer(chunk.offset).text("length").integer(chunk.length).op('u').op('b');
    }
    return pickle.op('u').op('u').op('b').finish();
}

std::map<std::string, std::vector<std::byte>> DcpWriter::folder(const std::string& path) const
{
    std::map<std::string, std::vector<std::byte>> all;
    for (const auto& [name, bytes] : files)
        all[path + '/' + name] = bytes;
    all[path + "/.metadata"] = metadata();
    return all;
}

std::vector<std::byte> savedInteger(std::int64_t value)
{
    ZipWriter zip;
    zip.add("archive/data.pkl", PickleWriter().integer(value).finish());
    zip.addText("archive/version", "3\n");
    return zip.finish();
}

DcpWriter sampleDcp()
{
    DcpWriter writer;
    writer.addTensor("rows", countingStorage(Dtype::Float32, 12), { 4, 3 }, DcpWriter::rows({ 4, 3 }, 2));
    writer.addTensor("boxes", countingStorage(Dtype::Int16, 12), { 3, 4 },
        { { { 0, 0 }, { 2, 3 } }, { { 0, 3 }, { 2, 1 } }, { { 2, 0 }, { 1, 3 } }, { { 2, 3 }, { 1, 1 }, "__1_0.distcp" } });
    writer.addTensor("model.bias", countingStorage(Dtype::BFloat16, 2), { 2 }, DcpWriter::rows({ 2 }, 1));
    writer.items.back().path = { "model", "bias" };
    writer.addObject("step", savedInteger(7));
    return writer;
}

} // namespace ravel
