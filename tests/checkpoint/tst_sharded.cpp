// SPDX-License-Identifier: GPL-3.0-or-later
// Sets of several files that an index makes one checkpoint.
#include "checkpoint/bytes.h"
#include "checkpoint/shardindex.h"
#include "support/memoryio.h"
#include "support/shardset.h"
#include "support/words.h"
#include "support/zipwriter.h"

#include <QTemporaryDir>
#include <QTest>
#include <set>
#include <sys/resource.h>
#include <unistd.h>

using namespace ravel;

namespace {

using Map = std::vector<std::pair<std::string, std::string>>;

const std::string indexName = "d/model.safetensors.index.json";
const std::string one = "model-00001-of-00003.safetensors", two = "model-00002-of-00003.safetensors", three = "model-00003-of-00003.safetensors";

MemoryIo sampleIo()
{
    MemoryIo io;
    for (const FixtureShard& shard : sampleShards())
        io.files["d/" + shard.name] = shardBytes(shard, "safetensors");
    io.files[indexName] = shardIndexBytes(sampleShards());
    return io;
}

Map sampleMap()
{
    return { { "head.weight", three }, { "layers.0.bias", one }, { "layers.0.weight", one }, { "layers.1.weight", two }, { "steps", two } };
}

} // namespace

class TestSharded : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    int m_folders = 0;
    std::string newFolder()
    {
        const std::string name = "set" + std::to_string(++m_folders);
        QDir(m_directory.path()).mkdir(QString::fromStdString(name));
        return m_directory.path().toStdString() + '/' + name;
    }

private Q_SLOTS:
    void opensAsOneCheckpoint_data()
    {
        QTest::addColumn<QByteArray>("container");
        for (const char* container : { "safetensors", "zip", "legacy" })
            QTest::newRow(container) << QByteArray(container);
    }
    void opensAsOneCheckpoint()
    {
        QFETCH(QByteArray, container);
        const auto shards = sampleShards(container == "safetensors" ? ".safetensors" : ".bin");
        const std::string index = writeSet(newFolder(), shards, container.toStdString());
        const auto opened = openCheckpoint(index);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const Checkpoint& set = **opened;
        QCOMPARE(set.container, std::string("sharded"));
        QVERIFY2(set.messages.empty(), lines(set.messages).c_str());
        QVERIFY(set.writable);
        QCOMPARE(set.files.size(), 4u);
        QCOMPARE(set.files[0].name, shards[0].name);
        QCOMPARE(set.files[3].name, std::string("model.safetensors.index.json"));
        const std::vector<std::string> order { "head.weight", "layers.0.bias", "layers.0.weight", "layers.1.weight", "steps" };
        QCOMPARE(set.tensors.size(), order.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            QCOMPARE(set.tensors[i].name, order[i]); // the index's order
            QCOMPARE(set.entries[set.tensors[i].entry].tensor, TensorOrdinal(i));
            QCOMPARE(set.entryName(set.tensors[i].entry), order[i]);
        }
        for (std::size_t s = 0; s < shards.size(); ++s)
            for (const FixtureTensor& wanted : shards[s].tensors) {
                const Tensor* tensor = tensorNamed(set, wanted.name);
                QVERIFY(tensor);
                const Storage& storage = set.storages[tensor->storage];
                QCOMPARE(storage.id.file, static_cast<std::uint32_t>(s));
                QCOMPARE(set.records[storage.record].file, static_cast<std::uint32_t>(s));
                QVERIFY(tensor->shape == wanted.shape);
                QVERIFY(tensorBytes(set, *tensor) == shards[s].storages[wanted.storage].bytes);
                // The same bytes at the place that it names, read by hand.
                const auto& bytes = shards[s].storages[wanted.storage].bytes;
                const auto file = readBytes(set.files[s].path);
                QVERIFY(std::equal(bytes.begin(), bytes.end(), file.begin() + storage.offset->value));
            }
        for (std::size_t i = 1; i < set.storages.size() && container == "safetensors"; ++i)
            QCOMPARE(set.tensors[i].storage, StorageOrdinal(i)); // as the tree first names them
        QVERIFY(damagedRecords(set).value().empty());
    }

    // A file of a few megabytes, linked under many names, may describe gigabytes of objects.
    void treesOfAllShardsTogetherAreBounded()
    {
        std::string numbers;
        for (int i = 0; i < 20'000; ++i)
            numbers += std::string("M\x2c\x01", 3);
        ZipWriter shard;
        shard.addText("archive/data.pkl", "\x80\x02](" + numbers + "e.");
        shard.addText("archive/version", "3");
        const std::vector<std::byte> wide = shard.finish();
        MemoryIo io;
        Map map;
        for (int i = 0; i < 12; ++i) {
            const std::string name = "shard" + std::to_string(10 + i) + ".bin";
            io.files["d/" + name] = wide;
            map.emplace_back("t" + std::to_string(i), name);
        }
        io.files[indexName] = shardIndexBytes(map);
        Limits limits;
        limits.pickleMemory = 16 << 20;
        const auto set = openCheckpoint(indexName, io, limits);
        QVERIFY2(set, set ? "" : set.error().message.c_str());
        QVERIFY(says((*set)->messages, "shard 'shard21.bin' can't be opened: "));
        QVERIFY(!says((*set)->messages, "shard 'shard10.bin' can't be opened: "));
        QVERIFY(says((*set)->messages, "it was not read, as several before it took"));
        QVERIFY(!(*set)->writable);
    }

    // The records of a shard stand behind those of the shards before it, and so do the ones around them.
    void shardsMayBeArchivesOfCheckpoints()
    {
        const auto opened = openCheckpoint(writeSet(newFolder(), sampleShards(".bin"), "zip of zips"));
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const Checkpoint& set = **opened;
        QVERIFY2(set.messages.empty(), lines(set.messages).c_str());
        QVERIFY(set.writable);
        std::set<std::uint32_t> files;
        for (const Tensor& tensor : set.tensors) {
            const Record& record = set.records.at(set.storages[tensor.storage].record);
            QVERIFY(record.outer != noOrdinal);
            const Record& member = set.records.at(record.outer);
            QCOMPARE(member.name, std::string("net.pth"));
            QCOMPARE(member.file, record.file);
            QVERIFY(member.offset <= record.offset && record.offset + record.storedSize <= member.offset + member.storedSize);
            files.insert(member.file);
        }
        QCOMPARE(files.size(), 3u);
    }

    void aFolderOpensThroughItsIndex()
    {
        const std::string folder = newFolder();
        QVERIFY(openCheckpoint(folder).error().message.find("this is an empty directory") != std::string::npos);
        writeSet(folder, sampleShards());
        const auto opened = openCheckpoint(folder);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE((*opened)->path, folder);
        QCOMPARE((*opened)->tensors.size(), 5u);
        QVERIFY((*opened)->messages.empty());

        writeSet(folder, sampleShards(".bin"), "zip", "pytorch_model.bin.index.json");
        const auto both = openCheckpoint(folder).value();
        QCOMPARE(both->files.back().name, std::string("model.safetensors.index.json"));
        QVERIFY2(says(both->messages, "was opened by 'model.safetensors.index.json'; it also holds 'pytorch_model.bin.index.json'"),
            lines(both->messages).c_str());
        QVERIFY(systemIo().rename(folder + "/model.safetensors.index.json", folder + "/model.safetensors.index.fp16.json"));
        QCOMPARE(openCheckpoint(folder).value()->files.back().name, std::string("pytorch_model.bin.index.json"));
    }

    void aShardOpensAsItselfAndNamesTheSet()
    {
        const std::string folder = newFolder();
        writeSet(folder, sampleShards());
        const auto shard = openCheckpoint(folder + '/' + two).value();
        QCOMPARE(shard->container, std::string("safetensors"));
        QCOMPARE(shard->tensors.size(), 2u);
        QVERIFY(says(shard->messages, "open 'model.safetensors.index.json' beside it"));
    }

    void linksToShardsAreFollowed() // the cache of huggingface_hub is made of them
    {
        const std::string blobs = newFolder(), folder = newFolder();
        writeSet(blobs, sampleShards());
        for (const std::string& name : { one, two, three, std::string("model.safetensors.index.json") })
            QCOMPARE(symlink((blobs + '/' + name).c_str(), (folder + '/' + name).c_str()), 0);
        const auto set = openCheckpoint(folder).value();
        QVERIFY2(set->writable && set->messages.empty(), lines(set->messages).c_str());
        QVERIFY(readEverything(*set));
    }

    void whatIsNoTensorIsShownBelowItsShard()
    {
        MemoryIo io = sampleIo();
        const std::string header = R"({"__metadata__":{"format":"pt"},"head.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
        std::string file(8, '\0');
        file[0] = static_cast<char>(header.size());
        io.files["d/" + three] = textBytes(file + header + "abcd");
        io.files[indexName] = shardIndexBytes(sampleMap());
        const auto set = openCheckpoint(indexName, io).value();
        const auto format = std::find_if(set->entries.begin(), set->entries.end(), [](const Entry& e) { return e.key.text == "format"; });
        QVERIFY(format != set->entries.end());
        QCOMPARE(set->entryName(static_cast<EntryOrdinal>(format - set->entries.begin())), three + ".__metadata__.format");
        QCOMPARE(format->value, std::string("pt"));
        for (EntryOrdinal e = 1; e < set->entries.size(); ++e) { // a sound tree
            const Entry& parent = set->entries[set->entries[e].parent];
            QVERIFY(e >= parent.firstChild && e < parent.firstChild + parent.childCount);
        }
    }

    // Whatever is wrong with a set: what is right of it is there, and a sentence names the rest.
    void aBrokenSetSaysWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("index");
        QTest::addColumn<QByteArray>("message"); // of the set, or of the failure
        QTest::addColumn<bool>("opens");
        QTest::addColumn<bool>("writable");
        QTest::addColumn<int>("readable"); // tensors
        const auto json = [](const Map& map, std::optional<double> total = {}) {
            const auto bytes = shardIndexBytes(map, total);
            return QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        };
        const auto changed = [&](std::size_t i, const std::string& name, const std::string& shard) {
            Map map = sampleMap();
            map[i] = { name, shard };
            return json(map);
        };
        const auto opens = [](const char* row, const QByteArray& index, const char* message, bool writable, int readable) {
            QTest::newRow(row) << index << QByteArray(message) << true << writable << readable;
        };
        opens("as it should be", json(sampleMap(), 12 * 4 + 6 * 2 + 20 * 4 + 2 * 8 + 8 * 8), "", true, 5);
        opens("no metadata", QByteArray(json(sampleMap())).replace("\"metadata\": {},", ""), "", true, 5);
        opens("total_size as a float", QByteArray(json(sampleMap())).replace("\"metadata\": {}", "\"metadata\": {\"total_size\": 220.0}"), "", true, 5);
        opens("total_size disagrees", json(sampleMap(), 221), "states a total_size of 221 bytes, its tensors have 220", true, 5);
        opens("total_size is a text", QByteArray(json(sampleMap())).replace("\"metadata\": {}", "\"metadata\": {\"total_size\": \"x\"}"), "", true, 5);
        opens("a missing shard", changed(0, "head.weight", "gone.safetensors"), "shard 'gone.safetensors' is missing", false, 4);
        opens("a tensor that its shard has not", changed(0, "tail.weight", three),
            "1 tensor stands in the index, and not in its shard: 'tail.weight' in 'model-00003", true, 5);
        opens("a tensor that the index does not name", json({ { "steps", two }, { "head.weight", three } }),
            "1 tensor stands in a shard, and not in the index: 'layers.1.weight'", true, 3);
        opens("a tensor in another shard", changed(4, "steps", three), "says that tensor 'steps' stands in shard 'model-00003", false, 5);
        opens("up", changed(0, "head.weight", "../secret"), "is not opened, its name is a path", false, 4);
        opens("absolute", changed(0, "head.weight", "/etc/passwd"), "is not opened, its name is a path", false, 4);
        opens("the folder above", changed(0, "head.weight", ".."), "is not opened, its name is a folder", false, 4);
        opens("no name", changed(0, "head.weight", ""), "is not opened, its name is empty", false, 4);
        opens("a NUL", changed(0, "head.weight", std::string("a\0b", 3)), "is not opened, its name holds a NUL byte", false, 4);
        opens("a long name", changed(0, "head.weight", std::string(300, 'a')), "longer than any file name", false, 4);
        opens("the index itself", changed(0, "head.weight", "model.safetensors.index.json"),
            "can't be opened: model.safetensors.index.json: this is the index of a sharded set", false, 4);
        opens("a broken shard", changed(0, "head.weight", "broken"), "shard 'broken' can't be opened: broken: ", false, 4);
        QByteArray twice = json(sampleMap());
        twice.replace("\"steps\": ", ("\"steps\": \"" + one + "\", \"steps\": ").c_str());
        opens("a name twice", twice, "the index names tensor 'steps' twice", false, 5);
        opens("unknown keys", QByteArray(json(sampleMap())).replace("\"metadata\"", "\"x\": [1, {\"y\": [null]}], \"metadata\""), "", true, 5);
        opens("deep metadata", QByteArray(json(sampleMap())).replace("\"metadata\": {}", "\"metadata\": {\"a\": " + QByteArray(60, '[') + QByteArray(60, ']') + '}'), "", true, 5);
        opens("nothing at all", "{\"weight_map\": {}}", "", true, 0);
        opens("nothing is there", changed(0, "x", "y").replace("model-0", "other-0"), "is missing", false, 0);

        const auto refused = [](const char* row, const QByteArray& index, const char* message) {
            QTest::newRow(row) << index << QByteArray(message) << false << false << 0;
        };
        refused("no object", "{\"weight_map\": 5}", "index gives a number as weight_map, an object is expected");
        refused("a list", "{\"weight_map\": []}", "index gives a list as weight_map, an object is expected");
        refused("two of them", "{\"weight_map\": {}, \"weight_map\": {}}", "index holds weight_map twice");
        refused("not at the top", "{\"a\": {\"weight_map\": {}}}", "index holds no weight_map");
        refused("a number for a shard", "{\"weight_map\": {\"a\": 5}}", "index gives a number as the shard of tensor 'a', a string is expected");
        refused("a list for a shard", "{\"weight_map\": {\"a\": [\"b\"]}}", "gives a list as the shard of tensor 'a'");
        refused("null for a shard", "{\"weight_map\": {\"a\": null}}", "gives null as the shard of tensor 'a'");
        refused("cut", json(sampleMap()).left(200), "is not JSON: something is wrong at byte 200");
        refused("more behind it", json(sampleMap()) + "x", "is not JSON");
        refused("a NUL byte", json(sampleMap()) + QByteArray(1, '\0'), "holds a NUL byte");
        refused("a byte order mark", "\xef\xbb\xbf" + json(sampleMap()), "byte order mark");
        refused("deep", "{\"weight_map\": {}, \"a\": " + QByteArray(100'000, '[') + QByteArray(100'000, ']') + '}', "deeper than 64 levels");
        refused("deeper", "{\"weight_map\": {}, \"a\": " + QByteArray(500'000, '{').replace("{", "{\"\":"), "deeper than 64 levels");
    }
    void aBrokenSetSaysWhatIsWrong()
    {
        QFETCH(QByteArray, index);
        QFETCH(QByteArray, message);
        QFETCH(bool, opens);
        QFETCH(bool, writable);
        QFETCH(int, readable);
        MemoryIo io = sampleIo();
        io.files[indexName] = textBytes(index.toStdString());
        io.files["d/broken"] = textBytes("no checkpoint at all");
        io.files["secret"] = io.files["/etc/passwd"] = shardBytes(sampleShards()[2], "safetensors"); // would open, if it were asked for
        const auto opened = openCheckpoint(indexName, io);
        QCOMPARE(opened.has_value(), opens);
        if (!opened) {
            QVERIFY2(opened.error().message.find(message.constData()) != std::string::npos, opened.error().message.c_str());
            QVERIFY(opened.error().message.starts_with("model.safetensors.index.json: "));
            QVERIFY(opened.error().message.size() <= 300);
            return;
        }
        const Checkpoint& set = **opened;
        if (message.isEmpty())
            QVERIFY2(set.messages.empty(), lines(set.messages).c_str());
        else
            QVERIFY2(says(set.messages, message.constData()), lines(set.messages).c_str());
        QCOMPARE(set.writable, writable);
        QCOMPARE(set.readOnlyReason.empty(), writable);
        QCOMPARE(std::count_if(set.tensors.begin(), set.tensors.end(), [](const Tensor& t) { return t.readable; }), readable);
        QVERIFY(readEverything(set));
        for (const Tensor& tensor : set.tensors) {
            QCOMPARE(tensor.readable, tensor.reason.empty());
            QVERIFY(tensor.readable || (!tensor.editable && tensor.storage == noOrdinal));
        }
        for (const std::string& m : set.messages)
            QVERIFY(m.size() <= 300);
    }

    void tensorsThatTheIndexDoesNotNameComeLast()
    {
        MemoryIo io = sampleIo();
        io.files[indexName] = shardIndexBytes(Map { { "steps", two }, { "head.weight", three } });
        const auto set = openCheckpoint(indexName, io).value();
        QCOMPARE(set->tensors.size(), 3u); // shard one is named nowhere
        QCOMPARE(set->tensors[0].name, std::string("steps"));
        QCOMPARE(set->tensors[2].name, std::string("layers.1.weight"));
        QVERIFY(set->tensors[2].editable && set->writable);
        QVERIFY2(says(set->messages, "1 tensor stands in a shard, and not in the index: 'layers.1.weight'"), lines(set->messages).c_str());
    }

    void oneNameInTwoShardsIsReadOnly()
    {
        MemoryIo io = sampleIo();
        auto shards = sampleShards();
        shards[0].tensors[1].name = "steps";
        io.files["d/" + one] = shardBytes(shards[0], "safetensors");
        Map map = sampleMap();
        map.erase(map.begin() + 1);
        io.files[indexName] = shardIndexBytes(map);
        const auto set = openCheckpoint(indexName, io).value();
        QVERIFY(!set->writable);
        QVERIFY2(set->readOnlyReason.find("tensor 'steps' stands in shards 'model-00001") == 0, set->readOnlyReason.c_str());
        QCOMPARE(tensorNamed(*set, "steps")->dtype, Dtype::Int64); // where the index says
        QCOMPARE(tensorNamed(*set, "steps#2")->dtype, Dtype::Float16);
    }

    void aReadOnlyShardMakesAReadOnlySet()
    {
        const std::string folder = newFolder();
        auto shards = sampleShards(".bin");
        const std::string index = writeSet(folder, shards, "zip");
        auto bytes = readBytes(folder + '/' + shards[1].name);
        const auto text = textOf(bytes);
        bytes[text.rfind("archive/data/1") + 13] = std::byte('7'); // the directory says otherwise than the entry
        writeBytes(folder + '/' + shards[1].name, bytes);
        const auto set = openCheckpoint(index).value();
        QVERIFY(!set->writable);
        QVERIFY2(set->readOnlyReason.starts_with("shard 'model-00002-of-00003.bin': "), set->readOnlyReason.c_str());
    }

    void damageNamesItsShard()
    {
        const std::string folder = newFolder();
        const auto shards = sampleShards(".bin");
        const std::string index = writeSet(folder, shards, "zip");
        const auto sound = openCheckpoint(index).value();
        const Storage& storage = sound->storages[tensorNamed(*sound, "steps")->storage];
        auto bytes = readBytes(folder + '/' + shards[1].name);
        bytes[static_cast<std::size_t>(storage.offset->value)] ^= std::byte(1);
        writeBytes(folder + '/' + shards[1].name, bytes);
        const auto set = openCheckpoint(index).value();
        QCOMPARE(set->messages.size(), 1u);
        QVERIFY2(set->messages[0].starts_with("model-00002-of-00003.bin: record 'archive/data/1': its crc"), set->messages[0].c_str());
        QVERIFY(damagedRecords(*set).value() == set->messages);
    }

    void sharedStoragesOfAShardStayShared()
    {
        MemoryIo io;
        const FixtureShard shard { "a.bin", { countingStorage(Dtype::Float32, 6) }, { { "embed", 0, { 2, 3 } }, { "head", 0, { 2, 3 } } } };
        io.files["d/a.bin"] = shardBytes(shard, "zip");
        io.files["d/pytorch_model.bin.index.json"] = shardIndexBytes({ { "embed", "a.bin" }, { "head", "a.bin" } }, 24); // once, as writers count it
        const auto set = openCheckpoint("d/pytorch_model.bin.index.json", io).value();
        QCOMPARE(set->tensors[0].storage, set->tensors[1].storage);
        QVERIFY2(set->messages.empty(), lines(set->messages).c_str());
    }

    void limitsAreNamed_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<QByteArray>("message");
        QTest::newRow("bytes") << 0 << QByteArray("the limit is 100");
        QTest::newRow("entries") << 1 << QByteArray("names more than 4 tensors, which is the limit");
        QTest::newRow("shards") << 2 << QByteArray("names more than 2 shards, which is the limit");
        QTest::newRow("tensors") << 3 << QByteArray("hold more than 6 tensors, which is the limit");
    }
    void limitsAreNamed()
    {
        QFETCH(int, which);
        QFETCH(QByteArray, message);
        Limits limits;
        std::int64_t* const fields[] = { &limits.indexBytes, &limits.indexEntries, &limits.shards, &limits.tensors };
        const std::int64_t values[] = { 100, 4, 2, 6 };
        *fields[which] = values[which];
        MemoryIo io = sampleIo();
        const auto opened = openCheckpoint(indexName, io, limits);
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::Limit);
        QVERIFY2(opened.error().message.find(message.constData()) != std::string::npos, opened.error().message.c_str());
    }

    void moreShardsThanDescriptorsOpenAndRead()
    {
        const std::string folder = newFolder();
        std::vector<FixtureShard> shards;
        for (int i = 0; i < 150; ++i)
            shards.push_back({ "s" + std::to_string(1000 + i), { storageOf<float>(Dtype::Float32, { float(i), 1 }) }, { { "t" + std::to_string(1000 + i), 0, { 2 } } } });
        const std::string index = writeSet(folder, shards);
        rlimit before {};
        QCOMPARE(getrlimit(RLIMIT_NOFILE, &before), 0);
        const rlimit few { 100, before.rlim_max };
        QCOMPARE(setrlimit(RLIMIT_NOFILE, &few), 0);
        const auto opened = openCheckpoint(index);
        const auto read = opened ? readEverything(**opened) : Result<>();
        float last = 0;
        const auto again = opened ? (*opened)->read((*opened)->tensors[149].storage, StorageIndex(0), Count(1), reinterpret_cast<std::byte*>(&last)) : Result<>();
        QCOMPARE(setrlimit(RLIMIT_NOFILE, &before), 0);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QVERIFY((*opened)->messages.empty());
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        QVERIFY(again);
        QCOMPARE(last, 149.f);

        // A shard that is opened again has to be the one that was opened first.
        writeBytes(folder + "/new", shardBytes(shards[0], "safetensors"));
        QVERIFY(systemIo().rename(folder + "/new", folder + "/s1140"));
        QCOMPARE(setrlimit(RLIMIT_NOFILE, &few), 0);
        std::vector<Result<>> answers;
        for (std::size_t t = 30; t < 150; ++t) // the others push it out
            answers.push_back((*opened)->read((*opened)->tensors[t].storage, StorageIndex(0), Count(1), reinterpret_cast<std::byte*>(&last)));
        QCOMPARE(setrlimit(RLIMIT_NOFILE, &before), 0);
        QCOMPARE(answers[110].error().code, ErrorCode::Changed);
        QVERIFY(answers[109] && answers[111]);
    }

    void noDescriptorIsLeftIsASentence()
    {
        const std::string index = writeSet(newFolder(), sampleShards());
        rlimit before {};
        QCOMPARE(getrlimit(RLIMIT_NOFILE, &before), 0);
        const int next = dup(0);
        close(next);
        const rlimit few { static_cast<rlim_t>(next) + 2, before.rlim_max }; // the index and one shard
        QCOMPARE(setrlimit(RLIMIT_NOFILE, &few), 0);
        const auto opened = openCheckpoint(index);
        QCOMPARE(setrlimit(RLIMIT_NOFILE, &before), 0);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QVERIFY(!(*opened)->writable);
        QVERIFY2(says((*opened)->messages, "Too many open files"), lines((*opened)->messages).c_str());
    }

    void indexesAreToldByTheirNames()
    {
        for (const char* name : { "model.safetensors.index.json", "pytorch_model.bin.index.json", "a.index.json",
                 "diffusion_pytorch_model.safetensors.index.fp16.json" })
            QVERIFY2(isIndexName(name), name);
        for (const char* name : { "config.json", "model_index.json", "index.json", ".index.json", ".model.index.json", "a.index.b.c.json", "model.index", ".json", "" })
            QVERIFY2(!isIndexName(name), name);
        QCOMPARE(indexNameOfShard("model-00001-of-00002.safetensors"), std::string("model.safetensors.index.json"));
        QCOMPARE(indexNameOfShard("pytorch_model-00012-of-00100.bin"), std::string("pytorch_model.bin.index.json"));
        for (const char* name : { "model.safetensors", "-00001-of-00002.bin", "a-0001-of-0002.bin", "a-00001-of-00002", "a-00001-of-00002.", "" })
            QCOMPARE(indexNameOfShard(name), std::string());
    }

    // A set whose index is cut or changed anywhere opens with sound tensors, or there is a sentence.
    void aChangedByteOfTheIndexNeverLeadsAstray()
    {
        const auto good = shardIndexBytes(sampleShards());
        for (std::size_t at = 0; at < good.size(); ++at)
            for (const int change : { 0x01, 0x04, 0x80 }) {
                MemoryIo io = sampleIo();
                io.files[indexName][at] ^= static_cast<std::byte>(change);
                const auto opened = openCheckpoint(indexName, io);
                if (opened)
                    QVERIFY(readEverything(**opened));
                else
                    QVERIFY(opened.error().message.starts_with("model.safetensors.index.json: "));
            }
    }
};

QTEST_GUILESS_MAIN(TestSharded)
#include "tst_sharded.moc"
