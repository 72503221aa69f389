// SPDX-License-Identifier: GPL-3.0-or-later
// Folders of torch.distributed.checkpoint.
#include "checkpoint/checkpoint.h"
#include "checkpoint/geometry.h"
#include "checkpoint/mosaic.h"
#include "support/dcpwriter.h"
#include "support/memoryio.h"
#include "support/picklewriter.h"
#include "support/torchzip.h"
#include "support/words.h"
#include "support/zipwriter.h"

#include <QTest>

#include <cstring>
#include <functional>
#include <numeric>
#include <random>

using namespace ravel;

namespace {

using Box = DcpWriter::Box;
using Shape = std::vector<std::int64_t>;

FixtureStorage counting(Dtype dtype, const Shape& shape)
{
    return countingStorage(dtype, std::accumulate(shape.begin(), shape.end(), std::int64_t(1), std::multiplies<>()));
}

Result<std::shared_ptr<const Checkpoint>> opened(const DcpWriter& writer, const std::string& path = "ckpt/step-10", const Limits& limits = {})
{
    MemoryIo io;
    io.files = writer.folder("ckpt/step-10");
    return openCheckpoint(path, io, limits);
}

// A grid of boxes over a shape: so many along each dimension, files by rank.
std::vector<Box> grid(const Shape& shape, const Shape& parts)
{
    std::vector<Box> boxes { { {}, {} } };
    for (std::size_t d = 0; d < shape.size(); ++d) {
        std::vector<Box> next;
        const std::int64_t each = (shape[d] + parts[d] - 1) / parts[d];
        for (const Box& box : boxes)
            for (std::int64_t begin = 0; begin < shape[d]; begin += each) {
                Box more = box;
                more.offsets.push_back(begin);
                more.sizes.push_back(std::min(each, shape[d] - begin));
                next.push_back(more);
            }
        boxes = next;
    }
    for (std::size_t i = 0; i < boxes.size(); ++i)
        boxes[i].file = "__" + std::to_string(i % 3) + "_0.distcp";
    return boxes;
}

} // namespace

class TestDcp : public QObject {
    Q_OBJECT

    // Opens a folder whose one tensor has something wrong with it.
    static std::string reasonOf(const DcpWriter& writer)
    {
        const auto checkpoint = opened(writer);
        if (!checkpoint)
            return "the folder: " + checkpoint.error().message;
        const Tensor& tensor = *tensorNamed(**checkpoint, "w");
        if (tensor.readable)
            return "it is readable";
        if (tensor.editable || tensor.storage != noOrdinal || !says((*checkpoint)->messages, "'w': "))
            return "it is listed wrongly";
        const Tensor* other = tensorNamed(**checkpoint, "good");
        return other && other->readable ? tensor.reason : "the good one suffered";
    }

private Q_SLOTS:
    void chunksMakeOneTensor_data()
    {
        QTest::addColumn<Shape>("shape");
        QTest::addColumn<Shape>("parts");
        const auto row = [](const char* name, Shape shape, Shape parts) { QTest::newRow(name) << shape << parts; };
        row("whole", { 4, 5 }, { 1, 1 });
        row("rows", { 8, 5 }, { 4, 1 });
        row("uneven rows", { 7, 5 }, { 3, 1 });
        row("columns", { 4, 9 }, { 1, 4 });
        row("grid", { 6, 8 }, { 2, 3 });
        row("three dimensions", { 4, 5, 6 }, { 2, 2, 3 });
        row("the middle one", { 3, 8, 4 }, { 1, 4, 1 });
        row("vector", { 17 }, { 5 });
        row("number", {}, {});
        row("ones", { 1, 6, 1 }, { 1, 3, 1 });
    }
    void chunksMakeOneTensor()
    {
        QFETCH(Shape, shape);
        QFETCH(Shape, parts);
        const FixtureStorage whole = counting(Dtype::Float32, shape);
        for (int how = 0; how < 5; ++how) {
            DcpChunkOptions options;
            options.legacy = how == 1;
            options.deflated = how == 2;
            options.bigEndian = how == 3;
            options.columnMajor = how == 4;
            DcpWriter writer;
            writer.addTensor("w", whole, shape, grid(shape, parts), options);
            const auto checkpoint = opened(writer);
            QVERIFY2(checkpoint, checkpoint ? "" : checkpoint.error().message.c_str());
            QVERIFY2((*checkpoint)->messages.empty(), (*checkpoint)->messages.empty() ? "" : (*checkpoint)->messages[0].c_str());
            QCOMPARE((*checkpoint)->tensors.size(), std::size_t(1));
            const Tensor& tensor = (*checkpoint)->tensors[0];
            QVERIFY2(tensor.readable, tensor.reason.c_str());
            QVERIFY(!tensor.editable && !(*checkpoint)->storages[tensor.storage].editable && !(*checkpoint)->writable);
            QVERIFY(tensor.shape == shape);
            QCOMPARE(tensor.dtype, Dtype::Float32);
            QVERIFY(tensorBytes(**checkpoint, tensor) == whole.bytes); // element by element
            // and in pieces of every place and length
            const Storage& storage = (*checkpoint)->storages[tensor.storage];
            if (!storage.pieces)
                continue;
            const std::int64_t n = storage.numel.value;
            for (std::int64_t first = 0; first < n; ++first)
                for (std::int64_t count = 1; count <= n - first; ++count) {
                    std::vector<std::byte> bytes(static_cast<std::size_t>(4 * count));
                    QVERIFY((*checkpoint)->read(tensor.storage, StorageIndex(first), Count(count), bytes.data()));
                    QVERIFY(std::equal(bytes.begin(), bytes.end(), whole.bytes.begin() + 4 * first));
                }
        }
    }

    void chunksOfTheLegacyFormatMayBeLarge()
    {
        const Shape shape { 600, 1000 };
        DcpChunkOptions legacy;
        legacy.legacy = true;
        DcpWriter writer;
        writer.addTensor("w", counting(Dtype::Float32, shape), shape, DcpWriter::rows(shape, 2), legacy);
        const auto checkpoint = opened(writer);
        QVERIFY(checkpoint);
        QVERIFY2((*checkpoint)->tensors[0].readable, (*checkpoint)->tensors[0].reason.c_str());
    }

    void objectsTogetherAreBounded()
    {
        std::string numbers;
        for (int i = 0; i < 20'000; ++i)
            numbers += std::string("M\x2c\x01", 3);
        ZipWriter blob;
        blob.addText("archive/data.pkl", "\x80\x02](" + numbers + "e.");
        blob.addText("archive/version", "3");
        const auto wide = blob.finish();
        DcpWriter writer;
        for (int i = 0; i < 12; ++i)
            writer.addObject("object" + std::to_string(10 + i), wide);
        Limits limits;
        limits.pickleMemory = 16 << 20;
        const auto checkpoint = opened(writer, "ckpt/step-10", limits);
        QVERIFY2(checkpoint, checkpoint ? "" : checkpoint.error().message.c_str());
        QVERIFY(says((*checkpoint)->messages, "'object21': "));
        QVERIFY(!says((*checkpoint)->messages, "'object10': "));
        QVERIFY(says((*checkpoint)->messages, "'object21': it was not read, as several before it took"));
        QVERIFY((*checkpoint)->entries.size() < 12 * 20'000);
    }

    void irregularBoxesTileAnArray()
    {
        // random cuts of boxes into two, again and again
        std::mt19937 random(7);
        for (int round = 0; round < 30; ++round) {
            const Shape shape { 9, 7, 5 };
            std::vector<Box> boxes { { { 0, 0, 0 }, shape } };
            for (int i = 0; i < 20; ++i) {
                Box& box = boxes[random() % boxes.size()];
                const std::size_t d = random() % 3;
                if (box.sizes[d] < 2)
                    continue;
                Box other = box;
                const auto at = static_cast<std::int64_t>(1 + random() % static_cast<std::uint64_t>(box.sizes[d] - 1));
                other.offsets[d] += at;
                other.sizes[d] -= at;
                box.sizes[d] = at;
                boxes.push_back(other);
            }
            const FixtureStorage whole = counting(Dtype::Int32, shape);
            DcpWriter writer;
            writer.addTensor("w", whole, shape, boxes);
            const auto checkpoint = opened(writer);
            QVERIFY(checkpoint);
            const Tensor& tensor = (*checkpoint)->tensors[0];
            QVERIFY2(tensor.readable, tensor.reason.c_str());
            std::vector<std::byte> bytes(whole.bytes.size());
            QVERIFY((*checkpoint)->read(tensor.storage, StorageIndex(0), tensor.numel, bytes.data()));
            QVERIFY(bytes == whole.bytes);
        }
    }

    void aFolderIsOpenedByItselfOrByItsMetadata()
    {
        DcpWriter writer;
        writer.addTensor("w", counting(Dtype::Float32, { 4 }), { 4 }, { { { 0 }, { 4 } } });
        for (const char* path : { "ckpt/step-10", "ckpt/step-10/", "ckpt/step-10/.metadata" }) {
            const auto checkpoint = opened(writer, path);
            QVERIFY2(checkpoint, checkpoint ? "" : checkpoint.error().message.c_str());
            QCOMPARE((*checkpoint)->container, std::string("dcp"));
            QCOMPARE((*checkpoint)->path, std::string(path));
            QCOMPARE((*checkpoint)->files.size(), std::size_t(2));
            QCOMPARE((*checkpoint)->files[1].name, std::string("__0_0.distcp"));
        }
    }

    void namesAndObjectsStandWhereThePlannerSaid()
    {
        for (const char* package : { "torch.distributed.checkpoint", "torch.distributed._shard.checkpoint" }) {
            DcpWriter writer;
            writer.package = package;
            writer.addTensor("model.fc.weight", counting(Dtype::BFloat16, { 6, 2 }), { 6, 2 }, DcpWriter::rows({ 6, 2 }, 3));
            writer.items.back().path = { "model", "fc.weight" };
            writer.items.back().requiresGrad = true;
            writer.addObject("model.epoch", savedInteger(42));
            writer.items.back().path = { "model", "epoch" };
            writer.addTensor("flat.name", counting(Dtype::Int64, { 2 }), { 2 }, { { { 0 }, { 2 } } });
            writer.addObject("extra", torchZipBytes({ counting(Dtype::Float32, { 3 }) }, { { "inside", 0, { 3 } } }));
            const auto checkpoint = opened(writer);
            QVERIFY2(checkpoint, checkpoint ? "" : checkpoint.error().message.c_str());
            QVERIFY2((*checkpoint)->messages.empty(), (*checkpoint)->messages.empty() ? "" : (*checkpoint)->messages[0].c_str());
            QVERIFY((*checkpoint)->calls.empty());
            const Tensor* weight = tensorNamed(**checkpoint, "model.fc.weight");
            QVERIFY(weight);
            QCOMPARE((*checkpoint)->entryPath(weight->entry).size(), std::size_t(2));
            QCOMPARE((*checkpoint)->entryName(weight->entry), weight->name);
            QCOMPARE(weight->kind, TensorKind::Parameter);
            QVERIFY(tensorNamed(**checkpoint, "flat.name"));
            const Tensor* inside = tensorNamed(**checkpoint, "extra.inside");
            QVERIFY(inside && inside->readable && !inside->editable);
            QVERIFY(tensorBytes(**checkpoint, *inside) == counting(Dtype::Float32, { 3 }).bytes);
            bool found = false;
            for (EntryOrdinal e = 0; e < (*checkpoint)->entries.size(); ++e)
                if ((*checkpoint)->entryName(e) == "model.epoch")
                    found = (*checkpoint)->entries[e].value == "42" && (*checkpoint)->entries[e].kind == EntryKind::Integer;
            QVERIFY(found);
        }
    }

    void emptyRanksAndEmptyTensorsAreFine()
    {
        DcpWriter writer;
        auto boxes = DcpWriter::rows({ 2, 3 }, 4); // two ranks have nothing
        QCOMPARE(boxes[3].sizes[0], 0);
        writer.addTensor("w", counting(Dtype::Float32, { 2, 3 }), { 2, 3 }, boxes);
        writer.addTensor("none", { Dtype::Float32, {} }, { 0, 3 }, { { { 0, 0 }, { 0, 3 } } });
        const auto checkpoint = opened(writer);
        QVERIFY(checkpoint);
        QVERIFY2((*checkpoint)->messages.empty(), (*checkpoint)->messages.empty() ? "" : (*checkpoint)->messages[0].c_str());
        QVERIFY(tensorBytes(**checkpoint, (*checkpoint)->tensors[0]) == counting(Dtype::Float32, { 2, 3 }).bytes);
        QVERIFY((*checkpoint)->tensors[1].readable);
        QVERIFY(readEverything(**checkpoint));
    }

    void aBadTensorDoesNotFailTheFolder_data()
    {
        using Change = std::function<void(DcpWriter&)>;
        QTest::addColumn<Change>("change");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char* name, const char* words, Change change) { QTest::newRow(name) << change << QByteArray(words); };
        const auto boxOf = [](DcpWriter& w, std::size_t i) -> Box& { return w.items[1].boxes[i]; };
        row("missing file", "'__1_0.distcp' is missing", [](DcpWriter& w) { w.files.erase("__1_0.distcp"); });
        row("file cut short", "end past the file", [](DcpWriter& w) { w.files["__1_0.distcp"].resize(100); });
        row("empty file", "end past the file", [](DcpWriter& w) { w.files["__1_0.distcp"].clear(); });
        row("parent folder", "not opened", [](DcpWriter& w) { w.chunks[2].box.file = "../__1_0.distcp"; });
        row("absolute path", "not opened", [](DcpWriter& w) { w.chunks[2].box.file = "/etc/passwd"; });
        row("NUL in a path", "not opened", [](DcpWriter& w) { w.chunks[2].box.file = std::string("a\0b", 3); });
        row("no path", "not opened", [](DcpWriter& w) { w.chunks[2].box.file.clear(); });
        row("offset past the end", "end past the file", [](DcpWriter& w) { w.chunks[2].offset = 1ll << 62; });
        row("length past the end", "end past the file", [](DcpWriter& w) { w.chunks[2].length = INT64_MAX; });
        row("negative offset", "where it stands is not said", [](DcpWriter& w) { w.chunks[2].offset = -1; });
        row("negative length", "where it stands is not said", [](DcpWriter& w) { w.chunks[2].length = -5; });
        row("no length", "no bytes are stated", [](DcpWriter& w) { w.chunks[2].length = 0; });
        row("not the start of a blob", "__1_0.distcp at byte 1: zip archive", [](DcpWriter& w) { w.chunks[2].offset += 1, w.chunks[2].length -= 1; });
        row("no index for it", "storage_data does not say", [](DcpWriter& w) { w.chunks.erase(w.chunks.begin() + 2); });
        row("the bytes of another", "belong to another chunk", [](DcpWriter& w) {
            w.chunks[2].box.file = w.chunks[1].box.file;
            w.chunks[2].offset = w.chunks[1].offset;
            w.chunks[2].length = w.chunks[1].length;
        });
        row("overlapping chunks", "[0:3, 0:3] and [2:4, 0:3] overlap", [=](DcpWriter& w) {
            DcpWriter other; // a chunk of three rows in place of two
            boxOf(w, 0).sizes[0] = 3;
            boxOf(w, 0).file = "other.distcp";
            other.addTensor("w", counting(Dtype::Float32, { 4, 3 }), { 4, 3 }, { boxOf(w, 0) });
            w.chunks[1] = other.chunks[0];
            w.files["other.distcp"] = other.files["other.distcp"];
        });
        row("a hole", "of its 12 elements", [=](DcpWriter& w) { w.items[1].boxes.pop_back(); });
        row("chunk outside", "outside its shape", [=](DcpWriter& w) { w.items[1].shape[0] = 3; });
        row("larger shape", "of its 15 elements", [=](DcpWriter& w) { w.items[1].shape[0] = 5; });
        row("more dimensions", "dimensions", [=](DcpWriter& w) { w.items[1].shape.push_back(1); });
        row("negative size", "negative", [=](DcpWriter& w) { w.items[1].shape[0] = -4; });
        row("huge shape", "2^63", [=](DcpWriter& w) { w.items[1].shape = { 1ll << 40, 1ll << 40 }; });
        row("huge shape with a zero", "outside", [=](DcpWriter& w) { w.items[1].shape = { 0, 1ll << 62 }; });
        row("chunk of other sizes", "another shape", [=](DcpWriter& w) { boxOf(w, 0).sizes = { 1, 6 }; });
        row("other dtype", "is of dtype float32, int32", [](DcpWriter& w) { w.items[1].dtype = Dtype::Int32; });
        row("unknown dtype", "its dtype 'torch.opaque'", [](DcpWriter& w) { w.items[1].dtype = Dtype::Opaque; });
        row("a dict where a tensor should be", "something else than one tensor", [](DcpWriter& w) {
            const auto dict = torchZipBytes({ counting(Dtype::Float32, { 2, 3 }) }, { { "x", 0, { 2, 3 } } });
            w.files["__1_0.distcp"] = dict;
            w.chunks[2].length = static_cast<std::int64_t>(dict.size());
        });
        row("no chunks", "of its 12 elements", [](DcpWriter& w) { w.items[1].boxes.clear(); });
    }
    static DcpWriter good()
    {
        DcpWriter writer;
        writer.addTensor("good", counting(Dtype::Float32, { 2 }), { 2 }, { { { 0 }, { 2 } } });
        writer.addTensor("w", counting(Dtype::Float32, { 4, 3 }), { 4, 3 }, DcpWriter::rows({ 4, 3 }, 2));
        return writer;
    }
    void aBadTensorDoesNotFailTheFolder()
    {
        QFETCH(std::function<void(DcpWriter&)>, change);
        QFETCH(QByteArray, says);
        DcpWriter writer = good();
        QVERIFY(opened(writer) && (*opened(writer))->messages.empty());
        change(writer);
        const std::string reason = reasonOf(writer);
        QVERIFY2(reason.find(says.constData()) != std::string::npos, reason.c_str());
        QVERIFY(reason.size() <= 300);
    }

    void aBadObjectIsListedWithItsReason()
    {
        DcpWriter writer = good();
        writer.addObject("step", savedInteger(3), "gone.distcp");
        writer.files.erase("gone.distcp");
        const auto checkpoint = opened(writer);
        QVERIFY(checkpoint && says((*checkpoint)->messages, "'step': its file 'gone.distcp' is missing"));
        QVERIFY((*checkpoint)->tensors[1].readable);
    }

    void aReplicatedChunkMayBeListedForEachRank()
    {
        DcpWriter writer = good();
        writer.items[1].boxes.push_back(writer.items[1].boxes[0]);
        const auto checkpoint = opened(writer);
        QVERIFY(checkpoint && (*checkpoint)->tensors[1].readable);
    }

    void itemsOfOneNameStayApart()
    {
        DcpWriter writer;
        writer.addTensor("a", counting(Dtype::Float32, { 2 }), { 2 }, { { { 0 }, { 2 } } });
        writer.items.back().path = { "x" };
        writer.addTensor("b", counting(Dtype::Float32, { 2 }), { 2 }, { { { 0 }, { 2 } } });
        writer.items.back().path = { "x" };
        writer.addTensor("c", counting(Dtype::Float32, { 2 }), { 2 }, { { { 0 }, { 2 } } });
        writer.items.back().path = { "x", "below a tensor" };
        const auto checkpoint = opened(writer);
        QVERIFY(checkpoint);
        QVERIFY(tensorNamed(**checkpoint, "x") && tensorNamed(**checkpoint, "x#2") && tensorNamed(**checkpoint, "c"));
        QVERIFY(readEverything(**checkpoint));
    }

    // Below an object nothing can stand, even where it is a dict of its own.
    void nothingStandsBelowAnObject()
    {
        for (const bool broken : { false, true }) {
            DcpWriter writer;
            writer.addObject("object", torchZipBytes({ countingStorage(Dtype::Float32, 3) }, { { "inner", 0, { 3 } } }));
            writer.items.back().path = { "x", "y" };
            if (broken)
                writer.chunks.back().box.file = "nowhere";
            writer.addTensor("flat", counting(Dtype::Float32, { 2 }), { 2 }, { { { 0 }, { 2 } } });
            writer.items.back().path = { "x", "y", "w" };
            const auto checkpoint = opened(writer);
            QVERIFY2(checkpoint, checkpoint ? "" : checkpoint.error().message.c_str());
            QVERIFY(tensorNamed(**checkpoint, "flat"));
            QCOMPARE(tensorNamed(**checkpoint, "x.y.inner") != nullptr, !broken);
            const auto& entries = (*checkpoint)->entries;
            QCOMPARE(std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.key.text == "y"; }), 1);
            for (EntryOrdinal e = 0; e < entries.size(); ++e)
                for (std::uint32_t i = 0; i < entries[e].childCount; ++i)
                    QCOMPARE(entries[entries[e].firstChild + i].parent, e);
            QVERIFY(readEverything(**checkpoint));
        }
    }

    // Column by column, far from each other: what stands together in several rows is read at once.
    void farStridesAreReadInSpans()
    {
        const std::int64_t rows = 64, columns = 500, apart = 100'000;
        const Mosaic mosaic = Mosaic::make({ rows, columns }, { { { 0, 0 }, { rows, columns }, { 1, apart }, 7, 3 } }).value();
        int reads = 0;
        const auto readPart = [&](std::uint32_t part, StorageIndex first, Count n, std::byte* out) -> Result<> {
            ++reads;
            if (part != 3)
                return fail(ErrorCode::Usage, "another part");
            for (std::int64_t i = 0; i < n.value; ++i) {
                const std::int64_t value = first.value + i;
                std::memcpy(out + i * 8, &value, 8);
            }
            return {};
        };
        const std::int64_t begin = 5 * columns + 17, count = 20 * columns;
        std::vector<std::int64_t> values(static_cast<std::size_t>(count));
        QVERIFY(mosaic.read(begin, count, 8, reinterpret_cast<std::byte*>(values.data()), readPart));
        for (std::int64_t i = 0; i < count; ++i)
            QCOMPARE(values[static_cast<std::size_t>(i)], 7 + (begin + i) / columns + (begin + i) % columns * apart);
        QCOMPARE(reads, static_cast<int>(columns));
    }

    void whatIsNoMetadataIsAnError()
    {
        const auto errorOf = [](std::vector<std::byte> metadata) {
            MemoryIo io;
            io.files["d/.metadata"] = std::move(metadata);
            const auto checkpoint = openCheckpoint("d", io);
            return checkpoint ? std::string("opens") : checkpoint.error().message;
        };
        DcpWriter writer = good();
        auto cut = writer.metadata();
        cut.resize(cut.size() / 2);
        QVERIFY(errorOf(cut).starts_with(".metadata: "));
        PickleWriter other;
        other.op('}').text("torch.distributed.checkpoint.metadata Metadata").op('N').op('s');
        QVERIFY2(errorOf(other.finish()).find("no Metadata") != std::string::npos, errorOf(other.finish()).c_str());
        PickleWriter bare;
        bare.global("torch.distributed.checkpoint.metadata", "Metadata").op(')').op('\x81').op('}').op('b');
        QVERIFY(errorOf(bare.finish()).find("state_dict_metadata") != std::string::npos);
    }

    void oneFileOfAFolderPointsToTheFolder()
    {
        DcpWriter writer = good();
        const auto part = opened(writer, "ckpt/step-10/__1_0.distcp"); // one blob: it opens as such
        QVERIFY(part && says((*part)->messages, "open the directory"));
        const auto several = opened(writer, "ckpt/step-10/__0_0.distcp");
        QVERIFY(!several);
        QVERIFY2(several.error().message.find("open the directory") != std::string::npos, several.error().message.c_str());
        MemoryIo io;
        io.files["d/__0_0.distcp"] = writer.files["__0_0.distcp"];
        const auto unfinished = openCheckpoint("d", io);
        QVERIFY(!unfinished);
        QVERIFY2(unfinished.error().message.find("without its .metadata") != std::string::npos, unfinished.error().message.c_str());
    }

    void aMetadataThatCallsSomethingIsNamed()
    {
        PickleWriter pickle;
        pickle.global("torch.distributed.checkpoint.metadata", "Metadata").op(')').op('\x81').op('}').op('(');
        pickle.text("state_dict_metadata").op('}').text("storage_data").op('}').text("storage_meta");
        pickle.global("posix", "system").op('(').text("true").op('t').op('R').op('u').op('b');
        MemoryIo io;
        io.files["d/.metadata"] = pickle.finish();
        const auto checkpoint = openCheckpoint("d", io);
        QVERIFY(checkpoint);
        QVERIFY(says((*checkpoint)->calls, "posix.system") && says((*checkpoint)->messages, "posix.system"));
    }

    // A list of chunks that many tensors share, a blob that a million chunks claim.
    void bombsAreBounded()
    {
        DcpWriter writer;
        writer.addTensor("w", counting(Dtype::Float32, { 2 }), { 2 }, { { { 0 }, { 2 } } });
        for (std::int64_t i = 0; i < 20000; ++i) {
            writer.items[0].boxes.push_back({ { i + 2 }, { 1 } });
            writer.chunks.push_back({ "w", { { i + 2 }, { 1 } }, false, 0, writer.chunks[0].length });
        }
        writer.items[0].shape = { 20002 };
        const auto checkpoint = opened(writer);
        QVERIFY(checkpoint);
        QVERIFY2((*checkpoint)->tensors[0].reason.find("belong to another chunk") != std::string::npos, (*checkpoint)->tensors[0].reason.c_str());
        QVERIFY((*checkpoint)->records.size() < 100);
    }

    void aCancelledOpeningStops()
    {
        MemoryIo io;
        io.files = good().folder("d");
        Job job;
        job.cancel();
        const auto checkpoint = openCheckpoint("d", io, {}, job);
        QVERIFY(!checkpoint && checkpoint.error().code == ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestDcp)
#include "tst_dcp.moc"
