// SPDX-License-Identifier: GPL-3.0-or-later
// What every container has to do, whatever its bytes look like.
#include "base/number.h"
#include "checkpoint/container.h"
#include "checkpoint/geometry.h"
#include "support/dcpwriter.h"
#include "support/ggufwriter.h"
#include "support/memoryio.h"
#include "support/npzwriter.h"
#include "support/shardset.h"
#include "support/torchzip.h"

#include <QTest>

#include <map>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;

// A checkpoint of some container as files: one, or those of a folder. Adding a row to samples() puts the next container under
// the whole contract.
struct Sample {
    std::string container;
    std::map<std::string, Bytes> files;
    std::string path = "net.pt"; // what is opened
    bool stored = true;          // its storages' bytes stand in a file as they are
    bool editable = true;
    bool hasNames = true;
    std::string prefix {};       // of its tensors' names
};

Sample oneFile(std::string container, Bytes bytes)
{
    Sample sample { std::move(container), {} };
    sample.files[sample.path] = std::move(bytes);
    return sample;
}

const std::vector<FixtureStorage>& storages()
{
    static const std::vector<FixtureStorage> all {
        storageOf<float>(Dtype::Float32, { 0, 1.5f, -2, 3e30f, 4, 5 }),
        storageOf<std::int64_t>(Dtype::Int64, { 7, -8 }),
        storageOf<std::uint16_t>(Dtype::Float16, { 0x3c00, 0xc000, 0x7c01 }),
        FixtureStorage { Dtype::Float32, {} },
        storageOf<double>(Dtype::Float64, { 2.5 }),
    };
    return all;
}

const std::vector<FixtureTensor>& tensors()
{
    static const std::vector<FixtureTensor> all {
        { "fc.weight", 0, { 2, 3 }, {}, 0, TensorKind::Unknown },
        { "steps", 1, { 2 }, {}, 0, TensorKind::Unknown },
        { "half", 2, { 3, 1 }, {}, 0, TensorKind::Unknown },
        { "none", 3, { 0, 4 }, {}, 0, TensorKind::Unknown },
        { "scalar", 4, {}, {}, 0, TensorKind::Unknown },
    };
    return all;
}

Sample nest(bool deflated)
{
    ZipEntryOptions options;
    options.deflated = deflated;
    ZipWriter zip;
    zip.addText("data", "{}", options);
    zip.add("policy.pth", torchZipBytes(storages(), tensors()), options);
    Sample sample = oneFile("zip of checkpoints", zip.finish());
    sample.prefix = "policy.pth.";
    return sample;
}

Sample shardedSet(const std::string& container)
{
    const std::string stem = container == "safetensors" ? "model" : "pytorch_model";
    const std::string extension = container == "safetensors" ? ".safetensors" : ".bin";
    std::vector<FixtureShard> shards(2);
    for (std::size_t i = 0; i < tensors().size(); ++i) {
        FixtureShard& shard = shards[i < 2 ? 0 : 1];
        shard.name = stem + (i < 2 ? "-00001-of-00002" : "-00002-of-00002") + extension;
        FixtureTensor tensor = tensors()[i];
        tensor.storage = static_cast<std::uint32_t>(shard.storages.size());
        shard.storages.push_back(storages()[i]);
        shard.tensors.push_back(tensor);
    }
    Sample sample { "sharded", {}, "model" };
    for (const FixtureShard& shard : shards)
        sample.files["model/" + shard.name] = shardBytes(shard, container);
    sample.files["model/" + stem + extension + ".index.json"] = shardIndexBytes(shards);
    return sample;
}

Sample distributed(std::int64_t ranks)
{
    DcpWriter writer;
    for (const FixtureTensor& tensor : tensors()) {
        std::vector<DcpWriter::Box> whole { { std::vector<std::int64_t>(tensor.shape.size(), 0), tensor.shape } };
        const bool split = ranks > 1 && !tensor.shape.empty() && tensor.shape[0] > 0;
        writer.addTensor(tensor.name, storages()[tensor.storage], tensor.shape, split ? DcpWriter::rows(tensor.shape, ranks) : whole);
    }
    Sample sample { "dcp", writer.folder("model"), "model" };
    sample.editable = false;
    sample.stored = ranks == 1;
    return sample;
}

Result<std::shared_ptr<const Checkpoint>> opened(const Sample& sample, const Job& job = {})
{
    MemoryIo io;
    io.files = sample.files;
    return openCheckpoint(sample.path, io, {}, job);
}

// A number that is shown comes from where its record and its file say that its bytes are.
bool isInside(const Checkpoint& checkpoint, const Storage& storage)
{
    if (!storage.offset || storage.record == noOrdinal)
        return true;
    const Record& record = checkpoint.records[storage.record];
    const std::int64_t bytes = storage.numel.value * dtypeSize(storage.dtype);
    const std::int64_t end = record.offset.value + record.storedSize.value;
    return storage.offset->value >= record.offset.value && bytes <= end - storage.offset->value
        && end <= checkpoint.files[record.file].status.identity.size && record.file == storage.id.file;
}

std::vector<std::pair<const char*, Sample>> samples()
{
    TorchZipOptions plain;
    TorchZipOptions wide;
    wide.storages.zip64 = wide.pickle.zip64 = true;
    TorchZipOptions bare;
    bare.storages.descriptor = bare.pickle.descriptor = bare.zip64End = false;
    bare.storages.align = bare.pickle.align = 1;
    bare.byteorder.clear();
    bare.root = "a.folder/";
    TorchZipOptions deflated;
    deflated.storages.deflated = deflated.pickle.deflated = true;
    TorchZipOptions big;
    big.byteorder = "big";
    TorchZipOptions commented;
    commented.comment = "a comment";
    const auto zip = [](const TorchZipOptions& options) { return oneFile("zip", torchZipBytes(storages(), tensors(), options)); };
    const auto inflated = [](Sample sample) { return sample.stored = sample.editable = false, sample; };
    Sample npy = oneFile("npy", npyBytes(storages()[0], { 2, 3 }));
    npy.hasNames = false;
    return {
        { "zip", zip(plain) },
        { "zip64", zip(wide) },
        { "zip without descriptors", zip(bare) },
        { "zip deflated", inflated(zip(deflated)) },
        { "zip big-endian", zip(big) },
        { "zip with a comment", zip(commented) },
        { "legacy", oneFile("legacy", legacyBytes(storages(), tensors())) },
        { "legacy big-endian", oneFile("legacy", legacyBytes(storages(), tensors(), false)) },
        { "safetensors", oneFile("safetensors", safetensorsBytes(storages(), tensors())) },
        { "gguf", oneFile("gguf", ggufBytes(storages(), tensors())) },
        { "gguf version 1", oneFile("gguf", ggufBytes(storages(), tensors(), 1)) },
        { "gguf big-endian", oneFile("gguf", ggufBytes(storages(), tensors(), 3, true)) },
        { "npz", oneFile("npz", npzBytes(storages(), tensors())) },
        { "npz deflated", inflated(oneFile("npz", npzBytes(storages(), tensors(), true))) },
        { "npy", npy },
        { "zip of checkpoints", nest(false) },
        { "zip of deflated checkpoints", inflated(nest(true)) },
        { "sharded set", shardedSet("safetensors") },
        { "sharded set of zips", shardedSet("zip") },
        { "sharded set of legacy files", shardedSet("legacy") },
        { "dcp", distributed(1) },
        { "dcp of three ranks", distributed(3) },
    };
}

} // namespace

Q_DECLARE_METATYPE(Sample)

class TestContainers : public QObject {
    Q_OBJECT

    static void addRows()
    {
        QTest::addColumn<Sample>("sample");
        for (const auto& [name, sample] : samples())
            QTest::newRow(name) << sample;
    }
    static std::vector<FixtureTensor> expected(const Sample& sample)
    {
        return sample.hasNames ? tensors() : std::vector { tensors()[0] };
    }
    // Folders are long: of their lengths a part is tried.
    static std::size_t stepOf(const Sample& sample) { return sample.files.size() > 1 ? 5 : 1; }
    static const Tensor* find(const Checkpoint& checkpoint, const Sample& sample, const FixtureTensor& tensor)
    {
        return sample.hasNames ? tensorNamed(checkpoint, sample.prefix + tensor.name) : &checkpoint.tensors.at(0);
    }

private Q_SLOTS:
    void opensWithNamesShapesAndValues_data() { addRows(); }
    void opensWithNamesShapesAndValues()
    {
        QFETCH(Sample, sample);
        const auto open = opened(sample);
        QVERIFY2(open, open ? "" : open.error().message.c_str());
        const Checkpoint& checkpoint = **open;
        QCOMPARE(checkpoint.container, sample.container);
        QVERIFY2(checkpoint.messages.empty(), checkpoint.messages.empty() ? "" : checkpoint.messages[0].c_str());
        QCOMPARE(checkpoint.writable, sample.container != "dcp");
        const auto wanted = expected(sample);
        QCOMPARE(checkpoint.tensors.size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const Tensor* tensor = find(checkpoint, sample, wanted[i]);
            QVERIFY2(tensor, wanted[i].name.c_str());
            if (sample.container != "sharded") // the index names them, sorted
                QCOMPARE(tensor, &checkpoint.tensors[i]); // checkpoint order is the file's
            QCOMPARE(tensor->dtype, storages()[wanted[i].storage].dtype);
            QVERIFY(tensor->shape == wanted[i].shape);
            QVERIFY(tensor->stride == contiguousStride(wanted[i].shape));
            QVERIFY(tensor->readable);
            QCOMPARE(tensor->editable, sample.editable);
            QVERIFY(tensor->editable || !tensor->reason.empty());
            QVERIFY(tensorBytes(checkpoint, *tensor) == storages()[wanted[i].storage].bytes);
            QCOMPARE(checkpoint.entries[tensor->entry].kind, EntryKind::Tensor);
            QCOMPARE(&checkpoint.tensors[checkpoint.entries[tensor->entry].tensor], tensor);
            QCOMPARE(checkpoint.entryName(tensor->entry), tensor->name);
        }
    }

    void byteOffsetsPointToTheValues_data() { addRows(); }
    void byteOffsetsPointToTheValues()
    {
        QFETCH(Sample, sample);
        const auto open = opened(sample);
        QVERIFY(open);
        for (const FixtureTensor& wanted : expected(sample)) {
            const Tensor* tensor = find(**open, sample, wanted);
            const Storage& storage = (*open)->storages[tensor->storage];
            if (storage.pieces || tensor->numel.value == 0)
                continue;
            if (sample.container != "dcp") // of which some tensors are in pieces
                QCOMPARE(storage.offset.has_value(), sample.stored);
            const Record& record = (*open)->records[storage.record];
            const auto bytes = static_cast<std::int64_t>(storages()[wanted.storage].bytes.size());
            QVERIFY(storage.offsetInRecord.value + bytes <= record.size.value);
            if (!storage.offset)
                continue;
            QVERIFY(isInside(**open, storage));
            QCOMPARE(storage.offset->value, record.offset.value + storage.offsetInRecord.value);
            const Bytes& file = sample.files.at((*open)->files[storage.id.file].path);
            Bytes found(file.begin() + storage.offset->value, file.begin() + storage.offset->value + bytes);
            if (storage.bigEndian)
                swapBytes(storage.dtype, found.data(), static_cast<std::size_t>(storage.numel.value));
            QVERIFY(found == storages()[wanted.storage].bytes);
        }
    }

    void readsOnlyWhatAStorageHas_data() { addRows(); }
    void readsOnlyWhatAStorageHas()
    {
        QFETCH(Sample, sample);
        const auto open = opened(sample);
        QVERIFY(open);
        const auto ordinal = find(**open, sample, tensors()[0])->storage;
        std::byte bytes[64];
        QVERIFY((*open)->read(ordinal, StorageIndex(5), Count(1), bytes));
        QVERIFY((*open)->read(ordinal, StorageIndex(6), Count(0), bytes));
        QVERIFY(!(*open)->read(ordinal, StorageIndex(5), Count(2), bytes));
        QVERIFY(!(*open)->read(ordinal, StorageIndex(7), Count(0), bytes));
        QVERIFY(!(*open)->read(ordinal, StorageIndex(-1), Count(1), bytes));
        QVERIFY(!(*open)->read(99, StorageIndex(0), Count(1), bytes));
    }

    // A file cut anywhere is an error, or says what is missing.
    void aCutFileIsNeverTakenForWhole_data() { addRows(); }
    void aCutFileIsNeverTakenForWhole()
    {
        QFETCH(Sample, sample);
        for (const auto& [name, bytes] : sample.files)
            for (std::size_t size = 0; size < bytes.size(); size += stepOf(sample)) {
                if (bytes.size() - size == 1 && bytes.back() == std::byte { '\n' })
                    continue; // of a text, which is whole without it
                Sample cut = sample;
                cut.files[name].resize(size);
                const auto open = opened(cut);
                if (open) {
                    QVERIFY2(!(*open)->messages.empty(), qPrintable(QString::fromStdString(name) + u' ' + QString::number(size)));
                    QVERIFY(readEverything(**open) || !sample.stored);
                    continue;
                }
                QVERIFY2(open.error().message.find(": ") != std::string::npos, open.error().message.c_str());
                QVERIFY(open.error().message.size() <= 300);
            }
    }

    // Whatever a byte is changed to: it opens and everything readable can be read and lies in its record, or there is a sentence.
    void aChangedByteNeverLeadsAstray_data() { addRows(); }
    void aChangedByteNeverLeadsAstray()
    {
        QFETCH(Sample, sample);
        Sample changed = sample;
        for (auto& [name, bytes] : changed.files)
            for (std::size_t at = 0; at < bytes.size(); ++at) {
                const std::byte before = bytes[at];
                for (const int change : { 0x01, 0xff }) {
                    if (sample.files.size() > 1 && (at % 2 == 0) == (change == 1))
                        continue;
                    bytes[at] = before ^ static_cast<std::byte>(change);
                    const auto open = opened(changed);
                    if (!open) {
                        QVERIFY(!open.error().message.empty());
                        continue;
                    }
                    const auto read = readEverything(**open);
                    const bool excused = !sample.stored && !(*open)->messages.empty(); // a broken deflate stream
                    QVERIFY2(read || excused, qPrintable(QString::fromStdString(name) + u' ' + QString::number(at)));
                    for (const Storage& storage : (*open)->storages)
                        QVERIFY(isInside(**open, storage));
                }
                bytes[at] = before;
            }
    }

    void eachFormatIsToldByItsContentAlone_data() { addRows(); }
    void eachFormatIsToldByItsContentAlone()
    {
        QFETCH(Sample, sample);
        if (sample.files.size() > 1)
            return; // a folder is told by the name of one file in it
        for (const char* name : { "model.safetensors", "net.pt", "x.npz", "noextension" })
            QCOMPARE(openBytes(sample.files.begin()->second, name).value()->container, sample.container);
    }

    void aCancelledOpeningStops_data() { addRows(); }
    void aCancelledOpeningStops()
    {
        QFETCH(Sample, sample);
        Job job;
        job.cancel();
        const auto open = opened(sample, job);
        QVERIFY(!open);
        QCOMPARE(open.error().code, ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestContainers)
#include "tst_containers.moc"
