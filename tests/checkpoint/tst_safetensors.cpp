// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/checkpoint.h"
#include "support/memoryio.h"

#include <QTest>

using namespace ravel;

namespace {

std::vector<std::byte> fileOf(std::string_view header, std::size_t dataBytes)
{
    std::vector<std::byte> bytes;
    for (int i = 0; i < 8; ++i)
        bytes.push_back(static_cast<std::byte>(header.size() >> (8 * i) & 0xff));
    for (const char c : header)
        bytes.push_back(static_cast<std::byte>(c));
    for (std::size_t i = 0; i < dataBytes; ++i)
        bytes.push_back(static_cast<std::byte>(i));
    return bytes;
}

// JSON with ' for ", so that it can be read here.
QByteArray json(QByteArray text) { return text.replace('\'', '"'); }

std::vector<std::byte> fileOf(const QByteArray& header, int dataBytes)
{
    return fileOf(std::string_view(header.constData(), static_cast<std::size_t>(header.size())), static_cast<std::size_t>(dataBytes));
}

const QByteArray good = json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}");

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyDtypeHasItsSize_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<QByteArray>("dtype");
        const auto row = [](const char* name, int bytes, const char* dtype) {
            QTest::newRow(name) << QByteArray(name) << bytes << QByteArray(dtype);
        };
        row("F64", 8, "float64");
        row("F32", 4, "float32");
        row("F16", 2, "float16");
        row("BF16", 2, "bfloat16");
        row("F8_E4M3", 1, "float8_e4m3fn");
        row("F8_E5M2", 1, "float8_e5m2");
        row("C64", 8, "complex64");
        row("I64", 8, "int64");
        row("I32", 4, "int32");
        row("I16", 2, "int16");
        row("I8", 1, "int8");
        row("U64", 8, "uint64");
        row("U32", 4, "uint32");
        row("U16", 2, "uint16");
        row("U8", 1, "uint8");
        row("BOOL", 1, "bool");
    }
    void everyDtypeHasItsSize()
    {
        QFETCH(QByteArray, name);
        QFETCH(int, bytes);
        QFETCH(QByteArray, dtype);
        const auto header = [&](int end) {
            return json("{'w':{'dtype':'") + name + json("','shape':[3],'data_offsets':[0,") + QByteArray::number(end) + "]}}";
        };
        const auto opened = openBytes(fileOf(header(3 * bytes), 3 * bytes));
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE(dtypeName((*opened)->tensors[0].dtype), std::string_view(dtype.constData()));
        QVERIFY((*opened)->tensors[0].editable);
        QVERIFY(!openBytes(fileOf(header(3 * bytes + 1), 3 * bytes + 1)));
    }

    // What has no meaning here is shown as bytes, and not edited.
    void otherDtypesAreBytes_data()
    {
        QTest::addColumn<QByteArray>("dtype");
        QTest::addColumn<QByteArray>("shape");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<QList<int>>("shown");
        QTest::newRow("eight bits") << QByteArray("F8_E8M0") << QByteArray("2,3") << 6 << QList<int> { 2, 3 };
        QTest::newRow("four bits") << QByteArray("F4") << QByteArray("2,4") << 4 << QList<int> { 4 };
        QTest::newRow("six bits") << QByteArray("F6_E2M3") << QByteArray("4") << 3 << QList<int> { 3 };
        QTest::newRow("of the future, three bytes") << QByteArray("F24") << QByteArray("2,2") << 12 << QList<int> { 2, 2, 3 };
        QTest::newRow("of the future, none") << QByteArray("F24") << QByteArray("0") << 0 << QList<int> { 0 };
    }
    void otherDtypesAreBytes()
    {
        QFETCH(QByteArray, dtype);
        QFETCH(QByteArray, shape);
        QFETCH(int, bytes);
        QFETCH(QList<int>, shown);
        const auto opened = openBytes(fileOf(json("{'w':{'dtype':'") + dtype + json("','shape':[") + shape
                + json("],'data_offsets':[0,") + QByteArray::number(bytes) + "]}}", bytes));
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const Tensor& tensor = (*opened)->tensors[0];
        QCOMPARE(tensor.dtype, Dtype::Opaque);
        QVERIFY(tensor.shape == std::vector<std::int64_t>(shown.begin(), shown.end()));
        QCOMPARE(tensor.numel, Count(bytes));
        QVERIFY(tensor.readable && !tensor.editable);
        QVERIFY(tensor.reason.find(dtype.toStdString()) != std::string::npos);
        QVERIFY(readEverything(**opened));
    }

    void whatIsWrongIsSaid_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char* name, const QByteArray& header, int bytes, const char* says) {
            QTest::newRow(name) << header << bytes << QByteArray(says);
        };
        row("not JSON", "{", 0, "JSON");
        row("a number beyond a double", "{\"w\":{\"dtype\":\"F32\",\"shape\":[1e400],\"data_offsets\":[0,8]}}", 8, "range of a double");
        row("a list", "[]", 0, "list");
        row("letters behind it", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} x"), 8, "JSON");
        row("byte order mark", "\xef\xbb\xbf{}", 0, "byte order mark");
        row("bad UTF-8", "{\"\xff\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "JSON");
        row("lone surrogate", json("{'\\ud800':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 8, "JSON");
        row("a tensor twice", json("{'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'w':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}"), 8, "twice");
        row("a tensor twice, in two spellings", json("{'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'\\u0077':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}"), 8, "twice");
        row("a field twice", json("{'w':{'dtype':'F32','dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 8, "twice");
        row("metadata twice", json("{'__metadata__':{},'__metadata__':{}}"), 0, "twice");
        row("metadata key twice", json("{'__metadata__':{'a':'1','a':'2'}}"), 0, "twice");
        row("metadata of a number", json("{'__metadata__':{'a':1}}"), 0, "metadata");
        row("metadata is a list", json("{'__metadata__':[]}"), 0, "metadata");
        row("no dtype", json("{'w':{'shape':[2],'data_offsets':[0,8]}}"), 8, "dtype");
        row("no shape", json("{'w':{'dtype':'F32','data_offsets':[0,8]}}"), 8, "shape");
        row("no offsets", json("{'w':{'dtype':'F32','shape':[2]}}"), 8, "data_offsets");
        row("dtype is a number", json("{'w':{'dtype':1,'shape':[2],'data_offsets':[0,8]}}"), 8, "dtype");
        row("shape is a number", json("{'w':{'dtype':'F32','shape':2,'data_offsets':[0,8]}}"), 8, "shape");
        row("shape of fractions", json("{'w':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}}"), 8, "shape");
        row("shape of lists", json("{'w':{'dtype':'F32','shape':[[2]],'data_offsets':[0,8]}}"), 8, "shape");
        row("shape of strings", json("{'w':{'dtype':'F32','shape':['2'],'data_offsets':[0,8]}}"), 8, "shape");
        row("negative size", json("{'w':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}"), 8, "negative");
        row("one offset", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0]}}"), 8, "1 numbers");
        row("three offsets", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8,8]}}"), 8, "3 numbers");
        row("negative offset", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}}"), 8, "negative");
        row("offset of 2^64", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,18446744073709551616]}}"), 8, "offset");
        row("offset of 2^63", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,9223372036854775808]}}"), 8, "offset");
        row("reversed offsets", json("{'w':{'dtype':'F32','shape':[0],'data_offsets':[8,0]}}"), 8, "ends before");
        row("shape and size differ", json("{'w':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}"), 8, "needs 12");
        row("more than 2^63 elements", json("{'w':{'dtype':'F32','shape':[9223372036854775807,2],'data_offsets':[0,8]}}"), 8, "2^63");
        row("more than 2^63 bytes", json("{'w':{'dtype':'F64','shape':[4611686018427387904],'data_offsets':[0,8]}}"), 8, "2^63");
        row("twelve bits", json("{'w':{'dtype':'F4','shape':[3],'data_offsets':[0,2]}}"), 2, "aligned");
        row("data missing", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 7, "past the file");
        row("data behind the last", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 9, "trailing");
        row("data of no tensor", "{}", 4, "trailing");
        row("a hole at the start", json("{'w':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}"), 12, "hole");
        row("a hole", json("{'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},'b':{'dtype':'U8','shape':[2],'data_offsets':[3,5]}}"), 5, "hole");
        row("overlap", json("{'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]},'b':{'dtype':'U8','shape':[3],'data_offsets':[2,5]}}"), 5, "overlap");
    }
    void whatIsWrongIsSaid()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, bytes);
        QFETCH(QByteArray, says);
        const auto opened = openBytes(fileOf(header, bytes), "net.safetensors");
        QVERIFY(!opened);
        const std::string& said = opened.error().message;
        QVERIFY2(said.starts_with("net.safetensors: safetensors"), said.c_str());
        QVERIFY2(said.find(says.toStdString()) != std::string::npos, said.c_str());
        QVERIFY(said.size() <= 300);
    }

    void theLengthIsCheckedBeforeAnythingIsRead_data()
    {
        QTest::addColumn<quint64>("length");
        QTest::addColumn<int>("code");
        QTest::newRow("zero") << quint64 { 0 } << static_cast<int>(ErrorCode::Format);
        QTest::newRow("one more than there is") << quint64 { 56 } << static_cast<int>(ErrorCode::Format);
        QTest::newRow("one more than the limit") << quint64 { 100'000'001 } << static_cast<int>(ErrorCode::Limit);
        QTest::newRow("2^63") << (quint64 { 1 } << 63) << static_cast<int>(ErrorCode::Limit);
        QTest::newRow("2^64 - 8, so that adding 8 wraps") << ~quint64 { 7 } << static_cast<int>(ErrorCode::Limit);
    }
    void theLengthIsCheckedBeforeAnythingIsRead()
    {
        QFETCH(quint64, length);
        QFETCH(int, code);
        auto bytes = fileOf(good, 0);
        for (int i = 0; i < 8; ++i)
            bytes[static_cast<std::size_t>(i)] = static_cast<std::byte>(length >> (8 * i) & 0xff);
        const auto opened = openBytes(bytes);
        QVERIFY(!opened);
        QCOMPARE(static_cast<int>(opened.error().code), code);
        QVERIFY2(opened.error().message.find("header length") != std::string::npos, opened.error().message.c_str());
    }

    void bracketsNestedDeeplyAreRefused_data()
    {
        QTest::addColumn<QByteArray>("start");
        QTest::newRow("for a tensor") << json("{'w':");
        QTest::newRow("in a field that is skipped") << json("{'w':{'unknown':");
    }
    void bracketsNestedDeeplyAreRefused()
    {
        QFETCH(QByteArray, start);
        const auto opened = openBytes(fileOf(start + QByteArray(90000, '['), 0));
        QVERIFY(!opened);
        QVERIFY(opened.error().message.find("header") != std::string::npos);
    }

    void nulPaddingIsRefused()
    {
        const auto opened = openBytes(fileOf(good + QByteArray(3, '\0'), 8));
        QVERIFY(!opened);
        QVERIFY2(opened.error().message.find("NUL") != std::string::npos, opened.error().message.c_str());
    }

    void whatOtherReadersAcceptOpens_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<int>("tensors");
        QTest::newRow("no tensors") << QByteArray("{}") << 0 << 0;
        QTest::newRow("spaces around it") << QByteArray("  ") + good + "   " << 8 << 1;
        QTest::newRow("an unknown field") << json("{'w':{'dtype':'F32','extra':{'a':[1,{'b':null}]},'shape':[2],'data_offsets':[0,8]}}") << 8 << 1;
        QTest::newRow("an unknown plain field") << json("{'w':{'dtype':'F32','extra':true,'shape':[2],'data_offsets':[0,8]}}") << 8 << 1;
        QTest::newRow("empty tensors anywhere") << json("{'a':{'dtype':'F32','shape':[0],'data_offsets':[8,8]},'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[0,4],'data_offsets':[0,0]}}") << 8 << 3;
    }
    void whatOtherReadersAcceptOpens()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, bytes);
        QFETCH(int, tensors);
        const auto opened = openBytes(fileOf(header, bytes));
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE((*opened)->tensors.size(), static_cast<std::size_t>(tensors));
        QVERIFY((*opened)->messages.empty());
        QVERIFY(readEverything(**opened));
    }

    void headerOrderIsCheckpointOrderWhereverTheBytesAre()
    {
        const auto opened = openBytes(fileOf(json("{'z.b':{'dtype':'U8','shape':[2],'data_offsets':[3,5]},'__metadata__':{'k':'v'},'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]}}"), 5));
        QVERIFY(opened);
        QCOMPARE((*opened)->tensors[0].name, "z.b");
        QCOMPARE((*opened)->entryPath((*opened)->tensors[0].entry).size(), std::size_t { 1 }); // a dot makes no tree
        QCOMPARE((*opened)->tensors[1].name, "a");
        QVERIFY(tensorBytes(**opened, (*opened)->tensors[0]) == (std::vector { std::byte { 3 }, std::byte { 4 } }));
        const Entry& metadata = (*opened)->entries[(*opened)->entries[0].firstChild + 1];
        QCOMPARE(metadata.key.text, "__metadata__");
        QCOMPARE((*opened)->entries[metadata.firstChild].value, "v");
        QCOMPARE((*opened)->entries[metadata.firstChild].parent, (*opened)->entries[0].firstChild + 1);
        QVERIFY(((*opened)->facts == std::vector<std::pair<std::string, std::string>> { { "__metadata__.k", "v" } }));
    }

    void batchNormBuffersAreToldByTheirNames()
    {
        const auto opened = openBytes(fileOf(json("{'bn.running_mean':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},'bn.weight':{'dtype':'U8','shape':[1],'data_offsets':[1,2]},'running_meaning':{'dtype':'U8','shape':[1],'data_offsets':[2,3]}}"), 3));
        QVERIFY(opened);
        QCOMPARE((*opened)->tensors[0].kind, TensorKind::Buffer);
        QVERIFY(!(*opened)->tensors[0].kindReason.empty());
        QCOMPARE((*opened)->tensors[1].kind, TensorKind::Unknown);
        QCOMPARE((*opened)->tensors[2].kind, TensorKind::Unknown);
    }

    void moreTensorsThanTheLimitAreRefused()
    {
        Limits limits;
        limits.tensors = 1;
        const auto opened = openBytes(fileOf(json("{'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},'b':{'dtype':'U8','shape':[1],'data_offsets':[1,2]}}"), 2), "a", limits);
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::Limit);
    }

    void openingCanBeCancelled()
    {
        MemoryIo io;
        io.files["a"] = fileOf(good, 8);
        Job job;
        job.cancel();
        QCOMPARE(openCheckpoint("a", io, {}, job).error().code, ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
