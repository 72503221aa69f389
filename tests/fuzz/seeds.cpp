// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/targets.h"
#include "support/dcpwriter.h"
#include "support/ggufwriter.h"
#include "support/npzwriter.h"
#include "support/picklewriter.h"
#include "support/torchzip.h"
#include "support/words.h"

#include <string_view>

using namespace std::string_view_literals;

namespace ravel {

namespace {

using Bytes = std::vector<std::byte>;

const std::vector<FixtureStorage>& storages()
{
    static const std::vector<FixtureStorage> all { countingStorage(Dtype::Float32, 12), countingStorage(Dtype::Int64, 3),
        countingStorage(Dtype::BFloat16, 5), countingStorage(Dtype::Bool, 4) };
    return all;
}

const std::vector<FixtureTensor>& tensors()
{
    static const std::vector<FixtureTensor> all { { "w", 0, { 3, 4 }, {}, 0, TensorKind::Parameter }, { "t", 0, { 4, 3 }, { 1, 4 }, 0 },
        { "s", 1, { 3 }, {}, 0 }, { "h", 2, { 2 }, { 2 }, 1 }, { "m", 3, { 2, 2 }, {}, 0 } };
    return all;
}

const std::vector<FixtureTensor>& apart() // a storage each
{
    static const std::vector<FixtureTensor> all { { "w", 0, { 3, 4 }, {}, 0 }, { "s", 1, { 3 }, {}, 0 }, { "h", 2, { 5 }, {}, 0 }, { "m", 3, { 2, 2 }, {}, 0 } };
    return all;
}

Bytes zipWith(const std::function<void(TorchZipOptions&)>& change)
{
    TorchZipOptions options;
    options.storages.align = 16; // small seeds are quick ones
    change(options);
    return torchZipBytes(storages(), tensors(), options);
}

std::vector<Seed> zipSeeds()
{
    return { { "plain", zipWith([](auto&) {}) }, { "deflated", zipWith([](auto& o) { o.pickle.deflated = true; }) },
        { "deflated-storages", zipWith([](auto& o) { o.storages.deflated = true; }) }, { "zip64", zipWith([](auto& o) { o.storages.zip64 = true; }) },
        { "no-descriptors", zipWith([](auto& o) { o.storages.descriptor = o.pickle.descriptor = false; }) },
        { "big-endian", zipWith([](auto& o) { o.byteorder = "big"; o.comment = "kept"; o.serializationId = true; }) },
        { "plain-end", zipWith([](auto& o) { o.zip64End = false; o.storages.checksum = false; }) },
        { "npz", npzBytes({ countingStorage(Dtype::Float32, 4) }, { { "a", 0, { 2, 2 }, {}, 0 } }) },
        { "npz-deflated", npzBytes({ countingStorage(Dtype::Int64, 4) }, { { "a", 0, { 4 }, {}, 0 } }, true) } };
}

Bytes objectPickle()
{
    PickleWriter p;
    p.op('}').op('(').text("args").global("argparse", "Namespace").op(')').op('\x81').op('}').text("lr").raw("G?\xb9\x99\x99\x99\x99\x99\x9a").op('s').op('b');
    p.text("list").op(']').op('q').op('\1').op('(').integer(3).op('N').op('h').op('\1').op('e');
    p.text("size").global("torch", "Size").integers({ 2, 3 }).op('\x85').op('R').text("dtype").global("torch", "float32");
    p.text("os").global("posix", "system").text("true").op('\x85').op('R').text("set").global("builtins", "set").op(']').op('\x85').op('R');
    return p.op('u').finish();
}

std::vector<Seed> pickleSeeds()
{
    return { { "tensors", tensorPickle(storages(), tensors()) }, { "views", tensorPickle(storages(), apart(), true) }, { "objects", objectPickle() },
        { "proto4", textBytes(std::string_view("\x80\4\x95\x1b\0\0\0\0\0\0\0}\x94(\x8c\1a\x94K\1\x8c\1b\x94\x8c\5posix\x94\x8c\6system\x94\x93\x94u.", 45)) },
        { "proto0", textBytes("(dp0\nVkey\np1\nI42\nsVf\np2\nF1.5\nsVl\np3\n(lp4\nI1\naL2L\nasVt\np5\n(I01\nS'x'\ntp6\ns.") },
        { "numpy", textBytes("cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(U\2f4K\0K\1tR(K\3U\1<NNNJ\377\377\377\377J\377\377\377\377K\0tbU\4\1\2\3\4tR."sv) },
        { "arrays", textBytes("\x80\3}(U\1acnumpy.core.multiarray\n_reconstruct\nq\0cnumpy\nndarray\nK\0\x85U\1b\x87R(K\1K\2\x85q\1cnumpy\ndtype\nU\2f4\x85R(K\3U\1<NNNNNK\0tbq\2\x89"
                            "C\10" "12345678" "q\3tbU\1bh\0)R(K\1h\1h\2\x88h\3tbU\1ch\0)R(K\1h\1h\2\x89" "c_codecs\nencode\nX\11\0\0\0" "\xc3\xbf" "1234567" "U\6latin1\x86RtbU\1dcnumpy._core.numeric\n_frombuffer\n"
                            "(\x96\10\0\0\0\0\0\0\0" "abcdefgh" "h\2h\1U\1CtRu."sv) },
        { "composites", textBytes("\x80\2}(U\1actorch._utils\n_rebuild_tensor\n((U\7storagectorch\nFloatStorage\nU\1" "0U\3cpuK\4tQK\0K\4\x85K\1\x85tRq\1U\1bctorch._utils\n_rebuild_sparse_tensor\n"
                                "ctorch\nsparse_coo\n(h\1h\1K\4\x85t\x86RU\1cctorch._utils\n_rebuild_qtensor\n((U\7storagectorch\nQInt8Storage\nU\1" "1U\3cpuK\4tQK\0K\4\x85K\1\x85"
                                "(ctorch\nper_channel_affine\nh\1h\1K\0t\x89NtRu."sv) } };
}

std::vector<Seed> textSeeds(const std::string& target)
{
    if (target == "slice")
        return { { "name", textBytes("fc.weight") }, { "slices", textBytes("fc.weight[3, ::-2]") }, { "dots", textBytes("conv1.weight[..., 1:3, -1]") },
            { "glob", textBytes("*.w?ight[a-z]*") }, { "quoted", textBytes("[\"a[0]\"][1:]") }, { "flat", textBytes("#10:-20:3") }, { "byte", textBytes("@0:0x2c") },
            { "escaped", textBytes("n\\x00l[0]") } };
    const auto recipe = [](std::string_view steps) {
        return textBytes(R"({"format": "ravel.recipe/1", "layout": {"scope": "", "order": "sorted", "aliases": "repeat", "only": ["fc.*", "dtype:float32"]}, "steps": [)"
            + std::string(steps) + "]}");
    };
    return { { "set", recipe(R"({"op": "set", "select": "fc.weight[3, :]", "value": 0.5})") },
        { "arithmetic", recipe(R"({"op": "multiply", "select": ["fc.*", "z"], "factor": "NaN"}, {"op": "add", "select": {"range": "1:20:3"}, "value": [1, -2.5], "overflow": "saturate"})") },
        { "noise", recipe(R"({"op": "noise", "select": "*", "distribution": "normal", "scale": 0.01, "relative_to": "std", "measured": {"std": 0.5}, "seed": 7})") },
        { "clip", recipe(R"({"op": "clip", "select": "*", "where": {"low": 3, "high": "Infinity"}, "low": -1, "high": 1, "kinds": ["floating", "integer"]})") },
        { "values", recipe(R"({"op": "values", "select": "fc.bias", "values": [0, 1, [2, 3], 9223372036854775807], "fraction": "nearest"})") },
        { "copy", recipe(R"({"op": "copy", "select": "fc.weight", "from": {"file": "donor.pt", "select": "fc.weight"}})") } };
}

std::vector<Seed> npySeeds()
{
    return { { "float", npyBytes(countingStorage(Dtype::Float32, 6), { 2, 3 }) }, { "scalar", npyBytes(countingStorage(Dtype::Int64, 1), {}) },
        { "fortran", npyBytesOf("{'descr': '>f8', 'fortran_order': True, 'shape': (1, 2), }\n", "0123456789abcdef", 2) },
        { "structured", npyBytesOf("{'descr': [('a', '<f4'), ('b', '|S4', (2,))], 'fortran_order': False, 'shape': (1,), }\n", "0123456789ab") },
        { "npz", npzBytes({ countingStorage(Dtype::Float32, 4) }, { { "a", 0, { 2, 2 }, {}, 0 } }) } };
}

std::vector<Seed> ggufSeeds()
{
    const std::vector<FixtureStorage> parts { countingStorage(Dtype::Float32, 6), countingStorage(Dtype::BFloat16, 4) };
    const std::vector<FixtureTensor> two { { "token_embd.weight", 0, { 2, 3 }, {}, 0 }, { "h", 1, { 4 }, {}, 0 } };
    GgufWriter metadata;
    metadata.text("general.architecture", "llama").number("llama.block_count", 4, 2, 4).array("tokenizer.ggml.tokens", 8, 2).valueText("a").valueText("b");
    metadata.array("nested", 9, 1).valueArray(5, 2).value(1, 4).value(2, 4).number("general.alignment", 4, 32, 4);
    metadata.tensor("q", { 32 }, 2, std::vector<std::byte>(18));
    return { { "v3", ggufBytes(parts, two) }, { "v1", ggufBytes(parts, two, 1) }, { "big-endian", ggufBytes(parts, two, 3, true) }, { "metadata", metadata.finish() } };
}

std::vector<Seed> indexSeeds()
{
    return { { "both", textBytes(R"({"metadata": {"total_size": 48}, "weight_map": {"a.w": "a.safetensors", "a.n": "a.safetensors", "b.w": "b.bin", "b.t": "b.bin"}})") },
        { "one", textBytes(R"({"weight_map": {"a.w": "a.safetensors"}})") }, { "missing", textBytes(R"({"weight_map": {"a.w": "c.safetensors", "x": "../a.safetensors"}})") },
        { "itself", textBytes(R"({"weight_map": {"a.w": "model.safetensors.index.json"}})") } };
}

std::vector<Seed> dcpSeeds()
{
    DcpWriter old = sampleDcp();
    old.package = "torch.distributed._shard.checkpoint"; // torch 1.13
    return { { "plain", sampleDcp().metadata() }, { "torch-1.13", old.metadata() } };
}

std::vector<Seed> safetensorsSeeds()
{
    const std::string header = R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F8_E5M2","shape":[2,0],"data_offsets":[4,4]},"c\ud83d\ude00":{"dtype":"BOOL","shape":[4],"data_offsets":[4,8]}} )";
    std::string file(8, '\0');
    file[0] = static_cast<char>(header.size());
    return { { "plain", safetensorsBytes(storages(), apart()) }, { "metadata", textBytes(file + header + "01234567") } };
}

} // namespace

std::vector<Seed> seedsOf(const std::string& target)
{
    if (target == "zip")
        return zipSeeds();
    if (target == "pickle")
        return pickleSeeds();
    if (target == "legacy")
        return { { "plain", legacyBytes(storages(), tensors()) }, { "big-endian", legacyBytes(storages(), apart(), false) }, { "objects", objectPickle() } };
    if (target == "safetensors")
        return safetensorsSeeds();
    if (target == "npy")
        return npySeeds();
    if (target == "gguf")
        return ggufSeeds();
    if (target == "index")
        return indexSeeds();
    if (target == "dcp")
        return dcpSeeds();
    if (target == "recipe" || target == "slice")
        return textSeeds(target);
    std::vector<Seed> all;
    for (const char* of : { "zip", "legacy", "safetensors", "npy" })
        for (auto [name, bytes] : seedsOf(of)) {
            bytes.insert(bytes.begin(), 8, std::byte { 1 });
            all.emplace_back(of + ("-" + name), bytes);
        }
    return all;
}

} // namespace ravel
