// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/checkpoint.h"
#include "support/memoryio.h"
#include "support/picklewriter.h"
#include "support/torchzip.h"
#include "support/words.h"

#include <QTest>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;

const std::vector<FixtureStorage>& storages()
{
    static const std::vector<FixtureStorage> all { storageOf<float>(Dtype::Float32, { 0, 1, 2, 3, 4, 5 }),
        storageOf<std::int64_t>(Dtype::Int64, { 7, 8, 9 }) };
    return all;
}

const std::vector<FixtureTensor>& tensors()
{
    static const std::vector<FixtureTensor> all { { "w", 0, { 2, 3 }, {}, 0, TensorKind::Unknown },
        { "wt", 0, { 3, 2 }, { 1, 3 }, 0, TensorKind::Unknown }, { "n", 1, { 3 }, {}, 0, TensorKind::Unknown } };
    return all;
}

// A legacy file from its parts, so that each can be wrong on its own.
struct Parts {
    Bytes magic = PickleWriter().raw("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19").finish();
    Bytes version = PickleWriter().integer(1001).finish();
    Bytes system = PickleWriter().op('}').text("little_endian").op('\x88').op('s').finish();
    Bytes object = tensorPickle(storages(), tensors(), true);
    Bytes keys = PickleWriter().op(']').op('(').text("0").text("1").op('e').finish();
    std::vector<std::pair<std::int64_t, Bytes>> stored { { 6, storages()[0].bytes }, { 3, storages()[1].bytes } };

    Bytes file() const
    {
        Bytes bytes;
        for (const Bytes* part : { &magic, &version, &system, &object, &keys })
            bytes.insert(bytes.end(), part->begin(), part->end());
        for (const auto& [count, data] : stored) {
            for (int i = 0; i < 8; ++i)
                bytes.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(count) >> (8 * i) & 0xff));
            bytes.insert(bytes.end(), data.begin(), data.end());
        }
        return bytes;
    }
};

Bytes callOfSystem() { return PickleWriter().global("posix", "system").op('(').text("true").op('t').op('R').finish(); }

bool isSaid(const Checkpoint& checkpoint, std::string_view word)
{
    for (const std::string& message : checkpoint.messages)
        if (message.find(word) != std::string::npos)
            return true;
    return false;
}

} // namespace

class TestLegacy : public QObject {
    Q_OBJECT

    static void compareTensors(const Checkpoint& checkpoint)
    {
        QCOMPARE(checkpoint.container, "legacy");
        QVERIFY(tensorBytes(checkpoint, *tensorNamed(checkpoint, "w")) == storages()[0].bytes);
        QVERIFY(tensorBytes(checkpoint, *tensorNamed(checkpoint, "wt")) == storageOf<float>(Dtype::Float32, { 0, 3, 1, 4, 2, 5 }).bytes);
        QVERIFY(tensorBytes(checkpoint, *tensorNamed(checkpoint, "n")) == storages()[1].bytes);
    }

private Q_SLOTS:
    void theMagicNumberIsReadInEverySpelling_data()
    {
        QTest::addColumn<QByteArray>("magic");
        QTest::newRow("protocol 0 and 1") << QByteArray("L119547037146038801333356L\n.");
        QTest::newRow("protocol 2") << QByteArray("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
        QTest::newRow("protocol 4, framed") << QByteArray("\x80\x04\x95\x0d\0\0\0\0\0\0\0\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 24);
    }
    void theMagicNumberIsReadInEverySpelling()
    {
        QFETCH(QByteArray, magic);
        Parts parts;
        parts.magic = textBytes({ magic.constData(), static_cast<std::size_t>(magic.size()) });
        const auto opened = openBytes(parts.file());
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QVERIFY((*opened)->messages.empty());
        compareTensors(**opened);
    }

    void storagesMayStandInAnyOrder()
    {
        Parts parts;
        parts.keys = PickleWriter().op(']').op('(').text("1").text("0").op('e').finish();
        std::swap(parts.stored[0], parts.stored[1]);
        const auto opened = openBytes(parts.file());
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        compareTensors(**opened);
        QCOMPARE((*opened)->storages[0].id.key, "0"); // the tree's order
        QVERIFY(*(*opened)->storages[0].offset > *(*opened)->storages[1].offset);
    }

    void rawStoragesHaveRecordsWithoutChecksums()
    {
        const Bytes file = Parts().file();
        const auto opened = openBytes(file);
        QVERIFY(opened);
        for (const Storage& storage : (*opened)->storages) {
            const Record& record = (*opened)->records[storage.record];
            QCOMPARE(record.offset, *storage.offset);
            QCOMPARE(record.size.value, storage.numel.value * dtypeSize(storage.dtype));
            QCOMPARE(record.crc, 0u);
            QVERIFY(record.crcPlaces.empty());
        }
        QCOMPARE((*opened)->records.back().offset.value + (*opened)->records.back().size.value, static_cast<std::int64_t>(file.size()));
    }

    void aBigEndianMachineMayHaveWrittenLittleEndianStorages()
    {
        Parts parts;
        parts.system = PickleWriter().op('}').text("little_endian").op('\x89').op('s').finish();
        const auto opened = openBytes(parts.file());
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QVERIFY(isSaid(**opened, "endian"));
        compareTensors(**opened);
        QVERIFY(!(*opened)->storages[0].bigEndian);
    }

    void viewsOfStoragesStartWhereTheySay()
    {
        // ('storage', FloatStorage, '0', 'cpu', 6, ('view', 2, 3)) and a tensor that starts at element 1 of that view
        PickleWriter object;
        object.op('}').op('(').text("v").global("torch._utils", "_rebuild_tensor_v2").op('(').op('(').text("storage");
        object.global("torch", "FloatStorage").text("0").text("cpu").integer(6).op('(').text("view").integer(2).integer(3).op('t').op('t').op('Q');
        object.integer(1).integers({ 2 }).integers({ 1 }).op('\x89').emptyOrderedDict().op('t').op('R').op('u');
        Parts parts;
        parts.object = object.finish();
        parts.keys = PickleWriter().op(']').op('(').text("0").op('e').finish();
        parts.stored.pop_back();
        const auto opened = openBytes(parts.file());
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE((*opened)->storages.size(), std::size_t { 1 });
        QCOMPARE((*opened)->storages[0].numel, Count(6));
        QVERIFY(tensorBytes(**opened, (*opened)->tensors[0]) == storageOf<float>(Dtype::Float32, { 3, 4 }).bytes);
    }

    void trailingBytesAreKeptAndSaid()
    {
        Bytes bytes = Parts().file();
        bytes.resize(bytes.size() + 10);
        const auto opened = openBytes(bytes);
        QVERIFY(opened);
        QVERIFY(isSaid(**opened, "10 trailing"));
        compareTensors(**opened);
    }

    void hostileCallsInAnyPartAreNamed_data()
    {
        QTest::addColumn<int>("part");
        QTest::newRow("version") << 1;
        QTest::newRow("sys_info") << 2;
        QTest::newRow("keys") << 4;
    }
    void hostileCallsInAnyPartAreNamed()
    {
        QFETCH(int, part);
        Parts parts;
        (part == 1 ? parts.version : part == 2 ? parts.system : parts.keys) = callOfSystem();
        const auto opened = openBytes(parts.file());
        if (opened)
            QVERIFY(isSaid(**opened, "posix.system") && part != 4);
        else
            QVERIFY2(part == 4 && opened.error().message.find("posix.system") != std::string::npos, opened.error().message.c_str());
    }

    void aMagicNumberThatACallWouldGiveIsNone()
    {
        Parts parts;
        parts.magic = callOfSystem();
        const auto opened = openBytes(parts.file());
        QVERIFY(!opened);
        QVERIFY2(opened.error().message.find("posix.system") != std::string::npos, opened.error().message.c_str());
    }

    // Where the file ends is said by the name of the part.
    void aCutFileSaysInWhichPartItEnds_data()
    {
        QTest::addColumn<int>("whole"); // parts that are there
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("version") << 1 << QByteArray("protocol version");
        QTest::newRow("sys_info") << 2 << QByteArray("sys_info");
        QTest::newRow("object") << 3 << QByteArray("object");
        QTest::newRow("keys") << 4 << QByteArray("storage keys");
        QTest::newRow("size of a storage") << 5 << QByteArray("size of storage '0'");
        QTest::newRow("data of a storage") << 6 << QByteArray("storage '0'");
        QTest::newRow("size of the last storage") << 7 << QByteArray("size of storage '1'");
    }
    void aCutFileSaysInWhichPartItEnds()
    {
        QFETCH(int, whole);
        QFETCH(QByteArray, says);
        const Parts parts;
        const std::size_t sizes[] { parts.magic.size(), parts.version.size(), parts.system.size(), parts.object.size(), parts.keys.size(), 8, 24, 8 };
        std::size_t size = 0;
        for (int i = 0; i < whole; ++i)
            size += sizes[i];
        Bytes bytes = parts.file();
        for (const std::size_t more : { std::size_t { 0 }, std::size_t { 3 } }) {
            const auto opened = openBytes(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size + more)));
            QVERIFY(!opened);
            const std::string& said = opened.error().message;
            QVERIFY2(said.find(says.constData()) != std::string::npos, said.c_str());
        }
    }

    void whatIsWrongIsSaid_data()
    {
        QTest::addColumn<QByteArray>("what");
        QTest::addColumn<QByteArray>("says");
        QTest::addColumn<bool>("opens");
        QTest::newRow("a key twice") << QByteArray("twice") << QByteArray("duplicate") << false;
        QTest::newRow("a key that no tensor uses") << QByteArray("extra") << QByteArray("which no tensor uses") << false;
        QTest::newRow("a key that is missing") << QByteArray("missing") << QByteArray("missing among") << true;
        QTest::newRow("keys are no list") << QByteArray("no list") << QByteArray("no list") << false;
        QTest::newRow("a key is None") << QByteArray("none") << QByteArray("no storage key") << false;
        QTest::newRow("a negative count") << QByteArray("negative") << QByteArray("-1 elements") << false;
        QTest::newRow("a huge count") << QByteArray("huge") << QByteArray("bytes follow") << false;
        QTest::newRow("fewer elements than its tensors say") << QByteArray("fewer") << QByteArray("5 are there") << true;
        QTest::newRow("another version") << QByteArray("version") << QByteArray("1001 is expected") << true;
        QTest::newRow("sys_info is a list") << QByteArray("system") << QByteArray("little-endian storages are assumed") << true;
    }
    void whatIsWrongIsSaid()
    {
        QFETCH(QByteArray, what);
        QFETCH(QByteArray, says);
        QFETCH(bool, opens);
        Parts parts;
        const auto keys = [&](std::initializer_list<const char*> names) {
            PickleWriter list;
            list.op(']').op('(');
            for (const char* name : names)
                list.text(name);
            parts.keys = list.op('e').finish();
        };
        if (what == "twice")
            keys({ "0", "0" });
        else if (what == "extra")
            keys({ "7", "0", "1" });
        else if (what == "missing") {
            keys({ "0" });
            parts.stored.pop_back();
        } else if (what == "no list")
            parts.keys = PickleWriter().op('}').finish();
        else if (what == "none")
            parts.keys = PickleWriter().op(']').op('N').op('a').finish();
        else if (what == "negative")
            parts.stored[0].first = -1;
        else if (what == "huge")
            parts.stored[0].first = std::int64_t { 1 } << 61; // times four wraps
        else if (what == "fewer") {
            parts.stored[0].first = 5;
            parts.stored[0].second.resize(20);
        } else if (what == "version")
            parts.version = PickleWriter().integer(1002).finish();
        else
            parts.system = PickleWriter().op(']').finish();
        const auto opened = openBytes(parts.file());
        QCOMPARE(opened.has_value(), opens);
        if (opened)
            QVERIFY2(isSaid(**opened, says.constData()), (*opened)->messages.empty() ? "" : (*opened)->messages[0].c_str());
        else
            QVERIFY2(opened.error().message.find(says.constData()) != std::string::npos, opened.error().message.c_str());
    }

    void aPickleLongerThanTheFirstWindowIsReadWhole()
    {
        std::vector<FixtureTensor> many;
        for (int i = 0; i < 20000; ++i)
            many.push_back({ "layer." + std::to_string(i), 0, { 2, 3 }, {}, 0, TensorKind::Unknown });
        const std::vector<FixtureStorage> one { storages()[0] };
        const Bytes bytes = legacyBytes(one, many);
        QVERIFY(bytes.size() > (2u << 20));
        const auto opened = openBytes(bytes);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE((*opened)->tensors.size(), many.size());
        QCOMPARE((*opened)->storages.size(), std::size_t { 1 });
    }
};

QTEST_GUILESS_MAIN(TestLegacy)
#include "tst_legacy.moc"
