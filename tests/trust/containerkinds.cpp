// SPDX-License-Identifier: GPL-3.0-or-later
#include "trust/containerkinds.h"

#include "support/dcpwriter.h"
#include "support/ggufwriter.h"
#include "support/npzwriter.h"
#include "support/shardset.h"
#include "support/torchzip.h"

#include <algorithm>
#include <filesystem>

namespace ravel {

namespace {

using Bytes = std::vector<std::byte>;

struct Model {
    std::vector<FixtureStorage> storages;
    std::vector<FixtureTensor> tensors;
};

// A storage each.
Model apart(std::initializer_list<Dtype> without = {})
{
    Model model;
    for (const Dtype dtype : { Dtype::Float32, Dtype::Float16, Dtype::BFloat16, Dtype::Float64, Dtype::Complex64, Dtype::Int64, Dtype::Int16, Dtype::UInt8, Dtype::Bool }) {
        if (std::find(without.begin(), without.end(), dtype) != without.end())
            continue;
        const auto storage = static_cast<std::uint32_t>(model.storages.size());
        model.storages.push_back(countingStorage(dtype, 60));
        model.tensors.push_back({ "net." + std::string(dtypeName(dtype)), storage, { 5, 12 }, {}, 0,
            isTrainable(dtype) ? TensorKind::Parameter : TensorKind::Buffer }); // torch refuses parameters of integers
    }
    return model;
}

// Aliases, transposed, strided, overlapping, repeated, empty, 0-d.
Model shared()
{
    Model model = apart();
    const std::vector<FixtureTensor> views { { "tied", 0, { 5, 12 }, {}, 0 }, { "turned", 0, { 12, 5 }, { 1, 12 }, 0 }, { "every second", 0, { 30 }, { 2 }, 1 },
        { "overlapping", 0, { 20, 8 }, { 2, 1 }, 3 }, { "spread", 1, { 4, 3 }, { 0, 1 }, 7 }, { "none", 1, { 0, 3 }, {}, 0 }, { "scalar", 3, {}, {}, 59 },
        { "half[0]", 2, { 3 }, { 20 }, 0 } };
    model.tensors.insert(model.tensors.end(), views.begin(), views.end());
    return model;
}

ContainerKind kindOf(const std::string& name, const std::function<Bytes()>& bytes, bool torch = false, bool zip = false, bool editable = true)
{
    return { name, [bytes](const std::string& folder) {
                const std::string path = folder + "/net.pt";
                writeBytes(path, bytes());
                return path;
            }, torch, zip, editable };
}

// `summed`: Python's zipfile takes the CRC 0 of archives without checksums for a wrong one.
ContainerKind torchZip(const std::string& name, bool torch, const std::function<void(TorchZipOptions&)>& change, bool summed = true)
{
    TorchZipOptions options;
    change(options);
    return kindOf(name, [options] { const Model m = shared(); return torchZipBytes(m.storages, m.tensors, options); }, torch, summed);
}

Bytes nested()
{
    const Model m = shared(), other = apart();
    ZipWriter zip;
    zip.addText("data", "{\"gamma\": 0.99}");
    zip.add("policy.pth", torchZipBytes(m.storages, m.tensors));
    zip.add("policy.optimizer.pth", torchZipBytes(other.storages, other.tensors));
    return zip.finish(false);
}

// The storages in three shards, each with all tensors of its own.
std::vector<FixtureShard> shardsOf(const Model& model, const std::string& extension)
{
    constexpr std::size_t count = 3;
    std::vector<FixtureShard> shards;
    std::vector<std::uint32_t> firsts;
    for (std::size_t i = 0; i <= count; ++i)
        firsts.push_back(static_cast<std::uint32_t>(model.storages.size() * i / count));
    for (std::size_t i = 0; i < count; ++i) {
        FixtureShard shard { "model-0000" + std::to_string(i + 1) + "-of-00003" + extension,
            { model.storages.begin() + firsts[i], model.storages.begin() + firsts[i + 1] }, {} };
        for (FixtureTensor tensor : model.tensors) {
            if (tensor.storage < firsts[i] || tensor.storage >= firsts[i + 1])
                continue;
            tensor.storage -= firsts[i];
            shard.tensors.push_back(tensor);
        }
        shards.push_back(std::move(shard));
    }
    return shards;
}

ContainerKind sharded(const std::string& name, const std::string& container, const Model& model)
{
    const bool plain = container == "safetensors";
    const auto shards = shardsOf(model, plain ? ".safetensors" : ".bin");
    return { name, [=](const std::string& folder) {
                const std::string set = folder + "/set";
                std::filesystem::create_directory(set);
                writeSet(set, shards, container, plain ? "model.safetensors.index.json" : "pytorch_model.bin.index.json");
                return set;
            }, container == "zip" || container == "legacy", container.starts_with("zip"), true, true };
}

// Two ranks with some rows each of every tensor.
ContainerKind distributed()
{
    return { "distributed checkpoint", [](const std::string& folder) {
                const Model model = apart();
                DcpWriter writer;
                for (const FixtureTensor& tensor : model.tensors)
                    writer.addTensor(tensor.name, model.storages[tensor.storage], tensor.shape, DcpWriter::rows(tensor.shape, 2));
                std::filesystem::create_directory(folder + "/set");
                for (const auto& [path, bytes] : writer.folder(folder + "/set"))
                    writeBytes(path, bytes);
                return folder + "/set";
            }, false, false, false, true };
}

std::vector<ContainerKind> makeKinds()
{
    const auto plain = [](auto writer, std::initializer_list<Dtype> without) {
        return [writer, m = apart(without)] { return writer(m.storages, m.tensors); };
    };
    return {
        torchZip("zip", true, [](auto&) {}),
        torchZip("zip, no checksums", true, [](auto& o) { o.storages.checksum = o.pickle.checksum = false; }, false),
        torchZip("zip, no descriptors", true, [](auto& o) { o.storages.descriptor = o.pickle.descriptor = false; }),
        torchZip("zip, zip64 entries", true, [](auto& o) { o.storages.zip64 = o.pickle.zip64 = true; }),
        torchZip("zip, misaligned", true, [](auto& o) { o.storages.align = 1; }),
        torchZip("zip, plain end, comment, id", true, [](auto& o) { o.zip64End = false; o.comment = "kept"; o.serializationId = true; }),
        torchZip("zip, big-endian", false, [](auto& o) { o.byteorder = "big"; }),
        torchZip("zip, deflated pickle", true, [](auto& o) { o.pickle.deflated = true; }),
        kindOf("zip, deflated storages", [] { TorchZipOptions o; o.storages.deflated = true; const Model m = shared(); return torchZipBytes(m.storages, m.tensors, o); }, true, true, false),
        kindOf("zip of zips", nested, false, true),
        kindOf("legacy", [] { const Model m = shared(); return legacyBytes(m.storages, m.tensors); }, true),
        kindOf("legacy, big-endian", [] { const Model m = shared(); return legacyBytes(m.storages, m.tensors, false); }),
        kindOf("safetensors", plain([](auto& s, auto& t) { return safetensorsBytes(s, t); }, {})),
        kindOf("npy", [] { return npyBytes(countingStorage(Dtype::Float32, 60), { 5, 12 }); }),
        kindOf("npz", plain([](auto& s, auto& t) { return npzBytes(s, t); }, { Dtype::BFloat16 }), false, true),
        kindOf("npz, deflated", plain([](auto& s, auto& t) { return npzBytes(s, t, true); }, { Dtype::BFloat16 }), false, true, false),
        kindOf("GGUF", plain([](auto& s, auto& t) { return ggufBytes(s, t); }, { Dtype::Complex64, Dtype::UInt8, Dtype::Bool })),
        sharded("sharded set of safetensors", "safetensors", apart()),
        sharded("sharded set of zips", "zip", shared()),
        sharded("sharded set of zips of zips", "zip of zips", shared()),
        sharded("sharded set of legacy files", "legacy", shared()),
        distributed(),
    };
}

} // namespace

const std::vector<ContainerKind>& containerKinds()
{
    static const std::vector<ContainerKind> kinds = makeKinds();
    return kinds;
}

} // namespace ravel
