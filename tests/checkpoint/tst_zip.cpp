// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/checkpoint.h"
#include "support/faultyio.h"
#include "support/memoryio.h"
#include "support/picklewriter.h"
#include "support/torchzip.h"

#include <QTest>

#include <map>
#include <cstring>
#include <functional>
#include <zlib.h>

using namespace ravel;

namespace {

const std::vector<FixtureStorage>& storages()
{
    static const std::vector<FixtureStorage> all { storageOf<float>(Dtype::Float32, { 0, 1, 2, 3, 4, 5 }),
        storageOf<std::int32_t>(Dtype::Int32, { 7, 8, 9 }) };
    return all;
}

const std::vector<FixtureTensor>& tensors()
{
    static const std::vector<FixtureTensor> all { { "w", 0, { 2, 3 }, {}, 0, TensorKind::Unknown },
        { "wt", 0, { 3, 2 }, { 1, 3 }, 0, TensorKind::Unknown }, { "tail", 0, { 2 }, {}, 4, TensorKind::Unknown },
        { "p", 1, { 3 }, {}, 0, TensorKind::Parameter } };
    return all;
}

using Bytes = std::vector<std::byte>;
using Break = std::function<void(Bytes&, const ZipWriter&)>;

enum class Outcome { Opens, Warns, ReadOnly, Fails };

struct Case {
    const char* name;
    Outcome outcome;
    const char* says; // a word of the error or of a message
    Break change;
    TorchZipOptions options {};
};

void put(Bytes& bytes, std::size_t at, std::string_view text)
{
    std::memcpy(bytes.data() + at, text.data(), text.size());
}

void append(Bytes& bytes, std::string_view text)
{
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    bytes.insert(bytes.end(), first, first + text.size());
}

const char* const pickleName = "archive/data.pkl";
const char* const firstName = "archive/data/0";
const char* const secondName = "archive/data/1";

TorchZipOptions without(bool zip64End)
{
    TorchZipOptions options;
    options.zip64End = zip64End;
    return options;
}

TorchZipOptions withZip64Fields()
{
    TorchZipOptions options;
    options.storages.zip64 = true;
    return options;
}

TorchZipOptions withoutDescriptors()
{
    TorchZipOptions options;
    options.storages.descriptor = false;
    return options;
}

const std::vector<Case>& cases()
{
    static const std::vector<Case> all {
        // the end of the archive
        { "end record of another disk", Outcome::Fails, "disk", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() + 4, 7, 2); } },
        { "fewer entries than there are", Outcome::Fails, "central directory", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() + 8, 0x00020002, 4); }, without(false) },
        { "more entries than there are", Outcome::Fails, "central directory", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() + 8, 0x00070007, 4); }, without(false) },
        { "directory elsewhere", Outcome::Fails, "central directory", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() + 16, z.directoryPlace() - 1, 4); }, without(false) },
        { "directory outside the file", Outcome::Fails, "central directory", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() + 16, 0xfffffff0, 4); }, without(false) },
        { "zip64 end disagrees about the entries", Outcome::ReadOnly, "differ", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() + 8, 0x00040004, 4); } },
        { "zip64 end states too much", Outcome::Fails, "central directory", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() - 76 + 40, ~0ull, 8); } },
        { "locator leads nowhere", Outcome::Fails, "zip64", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() - 12, ~0ull, 8); } },
        { "locator leads elsewhere", Outcome::Fails, "zip64", [](Bytes& b, const ZipWriter& z) { patch(b, z.endPlace() - 12, 8, 8); } },
        { "trailing bytes", Outcome::Warns, "trailing", [](Bytes& b, const ZipWriter&) { append(b, "something behind the archive"); } },
        { "leading bytes", Outcome::Fails, "zip", [](Bytes& b, const ZipWriter&) { b.insert(b.begin(), 64, std::byte { 'x' }); } },
        { "second end record in the comment", Outcome::Fails, "two archives", [](Bytes& b, const ZipWriter& z) {
             const Bytes end(b.begin() + static_cast<std::ptrdiff_t>(z.endPlace()), b.end());
             patch(b, z.endPlace() + 20, end.size(), 2);
             b.insert(b.end(), end.begin(), end.end());
         }, without(false) },
        // the central directory
        { "no signature", Outcome::Fails, "signature", [](Bytes& b, const ZipWriter& z) { put(b, z.places(firstName).central, "PK\3\3"); } },
        { "name runs out of the directory", Outcome::Fails, "past", [](Bytes& b, const ZipWriter& z) { patch(b, z.places("archive/version").central + 28, 65000, 2); } },
        { "entry starts in the directory", Outcome::Fails, "entry", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 42, z.directoryPlace() - 8, 4); } },
        { "entry reaches into the directory", Outcome::Fails, "directory", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 20, 0x7ffffff0, 4); patch(b, z.places(firstName).central + 24, 0x7ffffff0, 4); } },
        { "entry points to no local header", Outcome::Fails, "local header", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 42, z.places(firstName).local + 1, 4); } },
        { "plain entry of two sizes", Outcome::Fails, "sizes differ", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 24, 48, 4); } },
        { "entry on another disk", Outcome::Fails, "disk", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 34, 3, 2); } },
        { "full size without a zip64 field", Outcome::Fails, "zip64", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 24, 0xffffffff, 4); } },
        { "zip64 field too short", Outcome::Fails, "zip64", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 46 + 14 + 2, 4, 2); }, withZip64Fields() },
        { "zip64 size of 2^63", Outcome::Fails, "size", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 46 + 14 + 4, 1ull << 63, 8); }, withZip64Fields() },
        { "name twice", Outcome::Fails, "twice", [](Bytes& b, const ZipWriter& z) { put(b, z.places(secondName).central + 46, firstName); } },
        { "names that differ in case", Outcome::ReadOnly, "case", [](Bytes& b, const ZipWriter& z) { put(b, z.places("archive/version").central + 46, "ARCHIVE/DATA/0!"); put(b, z.places(secondName).central + 46, "ARCHIVE/data/0"); } },
        { "two entries of the same bytes", Outcome::ReadOnly, "overlap", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(secondName).central + 42, z.places(firstName).local, 4); } },
        // local headers and data descriptors
        { "local name differs", Outcome::ReadOnly, "names it", [](Bytes& b, const ZipWriter& z) { put(b, z.places(firstName).local + 30, "archive/data/7"); } },
        { "local method differs", Outcome::ReadOnly, "method", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).local + 8, 8, 2); } },
        { "local size differs", Outcome::ReadOnly, "size", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).local + 22, 9999, 4); }, withoutDescriptors() },
        { "local crc differs", Outcome::ReadOnly, "crc", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).local + 14, 9999, 4); }, withoutDescriptors() },
        { "local extra field runs into the directory", Outcome::Fails, "runs into", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).local + 28, 65000, 2); } },
        { "encrypted, it says", Outcome::ReadOnly, "encrypted", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 8, 0x0809, 2); } },
        { "descriptor of another size", Outcome::ReadOnly, "descriptor", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).descriptor + 8, 25, 4); } },
        { "descriptor of another crc", Outcome::ReadOnly, "descriptor", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).descriptor + 4, 25, 4); } },
        { "descriptor missing", Outcome::ReadOnly, "descriptor", [](Bytes& b, const ZipWriter& z) { put(b, z.places(firstName).descriptor, "none"); } },
        { "an entry that is not listed", Outcome::Warns, "hidden", [](Bytes& b, const ZipWriter& z) {
             const ZipPlaces& version = z.places("archive/version");
             const Bytes end(b.begin() + static_cast<std::ptrdiff_t>(z.endPlace()), b.end());
             b.resize(version.central);
             b.insert(b.end(), end.begin(), end.end());
             patch(b, version.central + 8, 0x00040004, 4);
             patch(b, version.central + 12, version.central - z.directoryPlace(), 4);
         }, without(false) },
        // checksums
        { "pickle altered", Outcome::Warns, "checksum", [](Bytes& b, const ZipWriter& z) { put(b, z.places(pickleName).data + 9, "v"); } },
        { "storage altered", Outcome::Warns, "damaged or altered", [](Bytes& b, const ZipWriter& z) { put(b, z.places(firstName).data, "!"); } },
        // records
        { "unknown method", Outcome::Warns, "method 99", [](Bytes& b, const ZipWriter& z) { patch(b, z.places(firstName).central + 10, 99, 2); patch(b, z.places(firstName).local + 8, 99, 2); } },
        { "byteorder of neither kind", Outcome::Fails, "byteorder", [](Bytes& b, const ZipWriter& z) { put(b, z.places("archive/byteorder").data, "LITTLE"); } },
        { "version of letters", Outcome::Warns, "version", [](Bytes& b, const ZipWriter& z) { put(b, z.places("archive/version").data, "x"); } },
        { "version of tomorrow", Outcome::Warns, "newer", [](Bytes& b, const ZipWriter& z) { put(b, z.places("archive/version").data, "99"); } },
        { "a name that leaves the folder", Outcome::Warns, "path", [](Bytes& b, const ZipWriter& z) { put(b, z.places("archive/version").central + 46, "archive/../sion"); put(b, z.places("archive/version").local + 30, "archive/../sion"); } },
        { "a name with NUL", Outcome::Warns, "NUL", [](Bytes& b, const ZipWriter& z) { patch(b, z.places("archive/version").central + 50, 0, 1); patch(b, z.places("archive/version").local + 34, 0, 1); } },
        { "a symbolic link", Outcome::Warns, "symbolic link", [](Bytes& b, const ZipWriter& z) { patch(b, z.places("archive/version").central + 38, 0120777u << 16, 4); } },
    };
    return all;
}

std::string everyMessage(const Checkpoint& checkpoint)
{
    std::string all;
    for (const std::string& message : checkpoint.messages)
        all += message + '\n';
    return all;
}

std::uint32_t crcAt(const Bytes& bytes, ByteOffset place)
{
    std::uint32_t crc = 0;
    std::memcpy(&crc, bytes.data() + place.value, 4); // the tests run on little-endian machines
    return crc;
}

} // namespace

class TestZip : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsBrokenIsSaid_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < cases().size(); ++i)
            QTest::newRow(cases()[i].name) << static_cast<int>(i);
    }
    void whatIsBrokenIsSaid()
    {
        QFETCH(int, row);
        const Case& broken = cases()[static_cast<std::size_t>(row)];
        ZipWriter zip;
        Bytes bytes = torchZipBytes(storages(), tensors(), broken.options, &zip);
        QVERIFY(openBytes(bytes));
        broken.change(bytes, zip);
        const auto opened = openBytes(bytes);
        const std::string said = opened ? everyMessage(**opened) : opened.error().message;
        QVERIFY2(said.find(broken.says) != std::string::npos, said.c_str());
        if (!opened)
            QVERIFY2(broken.outcome == Outcome::Fails && said.starts_with("net.pt: "), said.c_str());
        else
            QVERIFY2(broken.outcome == ((*opened)->writable ? Outcome::Warns : Outcome::ReadOnly), said.c_str());
        if (opened)
            QCOMPARE((*opened)->readOnlyReason.empty(), (*opened)->writable);
    }

    void stridesAndOffsetsAreThePickles()
    {
        const auto opened = openBytes(torchZipBytes(storages(), tensors()));
        QVERIFY(opened);
        const Tensor* transposed = tensorNamed(**opened, "wt");
        QVERIFY(transposed->stride == (std::vector<std::int64_t> { 1, 3 }));
        QVERIFY(tensorBytes(**opened, *transposed) == storageOf<float>(Dtype::Float32, { 0, 3, 1, 4, 2, 5 }).bytes);
        QCOMPARE(tensorNamed(**opened, "tail")->storageOffset, StorageIndex(4));
        QCOMPARE(tensorNamed(**opened, "tail")->storage, transposed->storage);
        QCOMPARE(tensorNamed(**opened, "p")->kind, TensorKind::Parameter);
    }

    // Every place that is listed holds the checksum, and no other place of the archive does.
    void everyCopyOfAChecksumIsFound_data()
    {
        QTest::addColumn<bool>("descriptor");
        QTest::addColumn<bool>("zip64");
        QTest::addColumn<std::size_t>("copies");
        QTest::newRow("descriptor and directory") << true << false << std::size_t { 2 };
        QTest::newRow("descriptor with wide sizes") << true << true << std::size_t { 2 };
        QTest::newRow("local header and directory") << false << false << std::size_t { 2 };
    }
    void everyCopyOfAChecksumIsFound()
    {
        QFETCH(bool, descriptor);
        QFETCH(bool, zip64);
        QFETCH(std::size_t, copies);
        TorchZipOptions options;
        options.storages.descriptor = descriptor;
        options.storages.zip64 = zip64;
        const Bytes bytes = torchZipBytes(storages(), tensors(), options);
        const auto opened = openBytes(bytes);
        QVERIFY(opened);
        for (const Storage& storage : (*opened)->storages) {
            const Record& record = (*opened)->records[storage.record];
            QCOMPARE(record.crcPlaces.size(), copies);
            QCOMPARE(record.crc, static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()) + record.offset.value, static_cast<uInt>(record.size.value))));
            for (const ByteOffset place : record.crcPlaces)
                QCOMPARE(crcAt(bytes, place), record.crc);
            std::size_t found = 0;
            for (std::size_t at = 0; at + 4 <= bytes.size(); ++at)
                found += crcAt(bytes, ByteOffset(static_cast<std::int64_t>(at))) == record.crc;
            QCOMPARE(found, copies);
        }
    }

    void archivesWithoutChecksumsHaveNone()
    {
        TorchZipOptions options;
        options.pickle.checksum = options.storages.checksum = false;
        const auto opened = openBytes(torchZipBytes(storages(), tensors(), options));
        QVERIFY(opened);
        QVERIFY((*opened)->messages.empty());
        for (const Storage& storage : (*opened)->storages)
            QVERIFY((*opened)->records[storage.record].crcPlaces.empty());
    }

    void aRecordTooLargeToCheckAtOpenIsCheckedOnDemand()
    {
        constexpr std::int64_t elements = 5 << 20;
        const std::vector<FixtureStorage> large { FixtureStorage { Dtype::Float32, Bytes(elements * 4) } };
        ZipWriter zip;
        Bytes bytes = torchZipBytes(large, { { "w", 0, { elements }, {}, 0, TensorKind::Unknown } }, {}, &zip);
        put(bytes, zip.places(firstName).data + 100, "altered");
        const auto opened = openBytes(bytes);
        QVERIFY(opened);
        QVERIFY((*opened)->messages.empty());
        const auto damage = damagedRecords(**opened);
        QVERIFY(damage);
        QCOMPARE(damage->size(), std::size_t { 1 });
        QVERIFY(damage->front().find(firstName) != std::string::npos);
        Job job;
        job.cancel();
        QCOMPARE(damagedRecords(**opened, job).error().code, ErrorCode::Cancelled);
    }

    void deflatedStoragesAreReadAndNotEdited()
    {
        TorchZipOptions options;
        options.storages.deflated = true;
        const auto opened = openBytes(torchZipBytes(storages(), tensors(), options));
        QVERIFY(opened);
        for (const Tensor& tensor : (*opened)->tensors) {
            QVERIFY(tensor.readable && !tensor.editable && !tensor.reason.empty());
            QVERIFY(!(*opened)->storages[tensor.storage].offset);
        }
        QVERIFY(tensorBytes(**opened, *tensorNamed(**opened, "w")) == storages()[0].bytes);
        QVERIFY((*opened)->writable);
    }

    void whatIsWrongWithADeflatedStorageIsSaidWithTheFilesName()
    {
        TorchZipOptions options;
        options.storages.deflated = true;
        ZipWriter zip;
        Bytes bytes = torchZipBytes(storages(), tensors(), options, &zip);
        bytes[zip.places(firstName).data] = std::byte { 0x07 }; // a block of a kind that there is none
        const auto opened = openBytes(bytes, "folder/net.pt");
        QVERIFY(opened);
        std::byte element[4];
        const auto read = (*opened)->read(tensorNamed(**opened, "w")->storage, StorageIndex(0), Count(1), element);
        QVERIFY(!read);
        QVERIFY2(read.error().message.starts_with("net.pt: record 'archive/data/0': "), read.error().message.c_str());
    }

    void aDeflatedStorageBeyondTheLimitIsListedWithTheReason()
    {
        Limits limits;
        limits.inflatedBytes = 20;
        TorchZipOptions options;
        options.storages.deflated = true;
        const auto opened = openBytes(torchZipBytes(storages(), tensors(), options), "net.pt", limits);
        QVERIFY(opened);
        const Tensor* tensor = tensorNamed(**opened, "w");
        QVERIFY(!tensor->readable);
        QVERIFY2(tensor->reason.find("limit") != std::string::npos, tensor->reason.c_str());
        QVERIFY(tensorNamed(**opened, "p")->readable);
    }

    void aPickleThatInflatesTooFarIsRefusedBeforeItIs()
    {
        std::string pickle = "\x80\x02";
        for (int i = 0; i < (4 << 20); ++i)
            pickle += "N0";
        ZipWriter zip;
        ZipEntryOptions deflated;
        deflated.deflated = true;
        zip.addText("archive/data.pkl", pickle + "}.", deflated);
        zip.addText("archive/version", "3");
        const auto opened = openBytes(zip.finish());
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::Limit);
    }

    void storagesThatNoTensorUsesAreListedLast()
    {
        const std::vector<FixtureTensor> second { tensors()[3] };
        const auto opened = openBytes(torchZipBytes(storages(), second));
        QVERIFY(opened);
        QCOMPARE((*opened)->storages.size(), std::size_t { 2 });
        QCOMPARE((*opened)->storages[0].id.key, "1");
        QCOMPARE((*opened)->storages[1].id.key, "0");
        QCOMPARE((*opened)->storages[1].dtype, Dtype::Opaque);
        QCOMPARE((*opened)->storages[1].numel, Count(24));
        QVERIFY(!(*opened)->storages[1].editable);
    }

    void twoRootsAreRefused()
    {
        ZipWriter zip;
        zip.add("a/data.pkl", tensorPickle({}, {}));
        zip.add("b/data.pkl", tensorPickle({}, {}));
        const auto opened = openBytes(zip.finish());
        QVERIFY(!opened);
        QVERIFY2(opened.error().message.find("two root") != std::string::npos, opened.error().message.c_str());
    }

    void anArchiveWithoutAPickleSaysWhatItHolds_data()
    {
        QTest::addColumn<QString>("member");
        QTest::addColumn<QString>("says");
        QTest::newRow("nothing") << QString() << QStringLiteral("no tensor");
        QTest::newRow("nested") << QStringLiteral("policy.pth") << QStringLiteral("no PyTorch checkpoint");
        QTest::newRow("office") << QStringLiteral("[Content_Types].xml") << QStringLiteral("office");
        QTest::newRow("java") << QStringLiteral("META-INF/x") << QStringLiteral("Java");
        QTest::newRow("other") << QStringLiteral("readme.txt") << QStringLiteral("no data.pkl");
    }
    void anArchiveWithoutAPickleSaysWhatItHolds()
    {
        QFETCH(QString, member);
        QFETCH(QString, says);
        ZipWriter zip;
        if (!member.isEmpty())
            zip.addText(member.toStdString(), "x");
        const auto opened = openBytes(zip.finish());
        QVERIFY(!opened);
        QVERIFY2(opened.error().message.find(says.toStdString()) != std::string::npos, opened.error().message.c_str());
    }

    void scriptsShowConstantsAndCode_data()
    {
        QTest::addColumn<bool>("phone");
        QTest::newRow("torch.jit.save") << false;
        QTest::newRow("for phones: all tensors are constants") << true;
    }
    void scriptsShowConstantsAndCode()
    {
        QFETCH(bool, phone);
        ZipEntryOptions deflated;
        deflated.deflated = true;
        ZipWriter zip;
        const auto main = phone ? tensorPickle({}, {}) : tensorPickle(storages(), tensors());
        zip.add("m/data.pkl", main);
        if (!phone)
            for (std::size_t i = 0; i < storages().size(); ++i)
                zip.add("m/data/" + std::to_string(i), storages()[i].bytes);
        zip.add("m/constants.pkl", tensorPickle(storages(), tensors()));
        for (std::size_t i = 0; i < storages().size(); ++i)
            zip.add("m/constants/" + std::to_string(i), storages()[i].bytes);
        zip.addText("m/code/__torch__/net.py", "def forward(self):\n  pass\n", deflated);
        zip.add("m/code/__torch__/net.py.debug_pkl", { std::byte { 0x80 } }, deflated);
        zip.addText("m/extra/labels.txt", "cat\ndog\n");
        if (phone)
            zip.add("m/bytecode.pkl", tensorPickle({}, {}));
        zip.addText("m/version", "3");
        const auto opened = openBytes(zip.finish());
        QVERIFY(opened);
        const Checkpoint& checkpoint = **opened;
        QVERIFY2(checkpoint.messages.empty(), checkpoint.messages.empty() ? "" : checkpoint.messages[0].c_str());
        QCOMPARE(checkpoint.tensors.size(), tensors().size() * (phone ? 1 : 2));
        QCOMPARE(tensorNamed(checkpoint, "w") != nullptr, !phone);
        const Tensor* constant = tensorNamed(checkpoint, "constants.w");
        QVERIFY(constant && constant->editable);
        QCOMPARE(checkpoint.storages[constant->storage].id.key, "constants/0");
        QVERIFY(tensorBytes(checkpoint, *constant) == storages()[0].bytes);
        for (const Tensor& tensor : checkpoint.tensors) {
            QCOMPARE(checkpoint.entryName(tensor.entry), tensor.name);
            QCOMPARE(&checkpoint.tensors[checkpoint.entries[tensor.entry].tensor], &tensor);
        }
        std::map<std::string, const Entry*> named;
        for (EntryOrdinal e = 0; e < checkpoint.entries.size(); ++e)
            named[checkpoint.entryName(e)] = &checkpoint.entries[e];
        QCOMPARE(named.at("code.__torch__/net.py")->value, std::string("def forward(self):\n  pass\n"));
        QCOMPARE(named.at("code.__torch__/net.py")->kind, EntryKind::String);
        QCOMPARE(named.at("code.__torch__/net.py.debug_pkl")->kind, EntryKind::Other);
        QCOMPARE(named.at("extra.labels.txt")->value, std::string("cat\ndog\n"));
        const auto isScript = [](const auto& fact) { return fact.first == "TorchScript"; };
        const auto script = std::find_if(checkpoint.facts.begin(), checkpoint.facts.end(), isScript);
        QVERIFY(script != checkpoint.facts.end());
        QCOMPARE(script->second.find("phones") != std::string::npos, phone);
    }

    void oneStorageOfTwoDtypesIsEditedAsTheFirst()
    {
        const std::vector<FixtureStorage> two { storages()[0], FixtureStorage { Dtype::Int32, storages()[0].bytes } };
        PickleWriter both;
        const auto tensor = [&](const char* name, const char* type) {
            both.text(name).global("torch._utils", "_rebuild_tensor_v2").op('(').op('(').text("storage").global("torch", type).text("0");
            both.text("cpu").integer(6).op('t').op('Q').integer(0).integers({ 6 }).integers({ 1 }).op('\x89').emptyOrderedDict().op('t').op('R');
        };
        both.op('}').op('(');
        tensor("f", "FloatStorage");
        tensor("i", "IntStorage");
        ZipWriter zip;
        zip.add(pickleName, both.op('u').finish());
        zip.add(firstName, two[0].bytes);
        zip.addText("archive/version", "3");
        const auto opened = openBytes(zip.finish());
        QVERIFY(opened);
        QVERIFY(tensorNamed(**opened, "f")->editable);
        QVERIFY(!tensorNamed(**opened, "i")->editable);
        QCOMPARE(tensorNamed(**opened, "i")->dtype, Dtype::Int32);
        QVERIFY(tensorBytes(**opened, *tensorNamed(**opened, "i")) == two[0].bytes);
        QVERIFY(!((*opened)->storages[0].id == (*opened)->storages[1].id));
        QCOMPARE((*opened)->messages.size(), std::size_t { 1 });
    }

    // While one compressed record is read from a slow disk, what is inflated already is there at once.
    void whatIsInflatedIsReadWhileAnotherIsInflated()
    {
        TorchZipOptions options;
        options.storages.deflated = true;
        MemoryIo memory;
        memory.files["net.pt"] = torchZipBytes(storages(), tensors(), options);
        FaultyIo io(memory);
        const auto opened = openCheckpoint("net.pt", io);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const Checkpoint& checkpoint = **opened;
        std::vector<std::byte> kept(storages()[0].bytes.size()), other(storages()[1].bytes.size());
        QVERIFY(checkpoint.read(0, {}, checkpoint.storages[0].numel, kept.data()));
        int readMeanwhile = 0;
        io.onCall(Call::Read, [&] {
            std::fill(kept.begin(), kept.end(), std::byte(0));
            readMeanwhile += checkpoint.read(0, {}, checkpoint.storages[0].numel, kept.data()).has_value();
        });
        QVERIFY(checkpoint.read(1, {}, checkpoint.storages[1].numel, other.data()));
        QVERIFY(readMeanwhile > 0);
        QVERIFY(kept == storages()[0].bytes && other == storages()[1].bytes);
    }

    void theLongestCommentIsNoObstacle()
    {
        TorchZipOptions options;
        options.comment = std::string(65535, 'c');
        const auto opened = openBytes(torchZipBytes(storages(), tensors(), options));
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QVERIFY((*opened)->messages.empty() && (*opened)->writable);
    }

    void aFileWrongInManyPlacesSaysAFew()
    {
        std::vector<FixtureStorage> many(1000, storages()[0]);
        std::vector<FixtureTensor> views;
        for (std::uint32_t i = 0; i < many.size(); ++i)
            views.push_back({ "t" + std::to_string(i), i, { 6 }, {}, 0, TensorKind::Unknown });
        ZipWriter zip;
        zip.add(pickleName, tensorPickle(many, views));
        for (std::size_t i = 0; i < many.size(); ++i)
            zip.add("archive/data/" + std::to_string(i), Bytes(100));
        zip.addText("archive/version", "3");
        const auto opened = openBytes(zip.finish());
        QVERIFY(opened);
        QCOMPARE((*opened)->messages.size(), std::size_t { 201 });
        QVERIFY2((*opened)->messages.back().find("800 more") != std::string::npos, (*opened)->messages.back().c_str());
        QCOMPARE((*opened)->tensors.size(), many.size());
    }

    void tenThousandEntriesAreCheckedForOverlapQuickly()
    {
        ZipWriter zip;
        zip.add(pickleName, tensorPickle({}, {}));
        for (int i = 0; i < 10000; ++i)
            zip.addText("archive/data/" + std::to_string(i), "xxxx");
        zip.addText("archive/version", "3");
        const auto opened = openBytes(zip.finish());
        QVERIFY(opened);
        QCOMPARE((*opened)->storages.size(), std::size_t { 10000 });
        QVERIFY((*opened)->messages.empty());
    }

    void factsAreShown()
    {
        TorchZipOptions options;
        options.serializationId = true;
        const auto opened = openBytes(torchZipBytes(storages(), tensors(), options));
        QVERIFY(opened);
        const auto fact = [&](std::string_view name) {
            for (const auto& [key, value] : (*opened)->facts)
                if (key == name)
                    return value;
            return std::string("none");
        };
        QCOMPARE(fact("version"), "3");
        QCOMPARE(fact("byteorder"), "little");
        QCOMPARE(fact("root"), "archive");
        QCOMPARE(fact(".data/serialization_id").size(), std::size_t { 40 });
    }
};

QTEST_GUILESS_MAIN(TestZip)
#include "tst_zip.moc"
