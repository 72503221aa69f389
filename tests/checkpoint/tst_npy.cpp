// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/npy.h"
#include "support/memoryio.h"
#include "support/npzwriter.h"

#include <QTest>

using namespace ravel;

namespace {

std::vector<std::byte> fileOf(const QByteArray& header, const QByteArray& data, int version = 1)
{
    return npyBytesOf({ header.constData(), static_cast<std::size_t>(header.size()) }, { data.constData(), static_cast<std::size_t>(data.size()) }, version);
}

QByteArray headerOf(const char* descr, const char* shape, const char* fortran = "False")
{
    return QByteArray("{'descr': ") + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }     \n";
}

} // namespace

class TestNpy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsMadeIsParsed_data()
    {
        QTest::addColumn<int>("dtype");
        for (int i = 0; i < dtypeCount; ++i)
            QTest::newRow(std::string(dtypeName(static_cast<Dtype>(i))).c_str()) << i;
    }
    void whatIsMadeIsParsed()
    {
        QFETCH(int, dtype);
        const auto made = static_cast<Dtype>(dtype);
        for (const std::vector<std::int64_t>& shape : std::vector<std::vector<std::int64_t>> { {}, { 0 }, { 5 }, { 2, 3 }, { 1, 9223372036854775807, 1 } }) {
            const auto bytes = makeNpyHeader(made, shape);
            QCOMPARE(bytes.size() % 64, std::size_t { 0 });
            const auto header = parseNpyHeader(bytes, "a.npy", 65536);
            QVERIFY2(header, header ? "" : header.error().message.c_str());
            QVERIFY(header->shape == shape);
            QVERIFY(!header->fortranOrder && !header->bigEndian);
            QCOMPARE(header->itemSize, dtypeSize(made));
            QCOMPARE(header->dataOffset.value, static_cast<std::int64_t>(bytes.size()));
            const bool known = isTrainable(made) ? made < Dtype::BFloat16 || isComplex(made) : isInteger(made) || made == Dtype::Bool;
            if (known)
                QCOMPARE(header->dtype, made);
        }
    }

    void aShapeTooLongForVersionOneGetsTwo()
    {
        const std::vector<std::int64_t> shape(64, 1);
        QCOMPARE(std::to_integer<int>(makeNpyHeader(Dtype::Float32, shape)[6]), 1);
        const std::vector<std::int64_t> longShape(30000, 1);
        const auto bytes = makeNpyHeader(Dtype::Float32, longShape);
        QCOMPARE(std::to_integer<int>(bytes[6]), 2);
        QCOMPARE(bytes.size() % 64, std::size_t { 0 });
    }

    void headersOfNumpyOpen_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<QByteArray>("dtype");
        QTest::addColumn<QList<int>>("shape");
        QTest::addColumn<QList<int>>("stride");
        const auto row = [](const char* name, const QByteArray& header, int bytes, const char* dtype, QList<int> shape, QList<int> stride) {
            QTest::newRow(name) << header << bytes << QByteArray(dtype) << shape << stride;
        };
        row("plain", headerOf("'<f4'", "(2, 3)"), 24, "float32", { 2, 3 }, { 3, 1 });
        row("fortran order", headerOf("'<f4'", "(2, 3)", "True"), 24, "float32", { 2, 3 }, { 1, 2 });
        row("a scalar", headerOf("'<i8'", "()"), 8, "int64", {}, {});
        row("one size", headerOf("'|u1'", "(3,)"), 3, "uint8", { 3 }, { 1 });
        row("Python 2 long", headerOf("'|i1'", "(3L, 1L)"), 3, "int8", { 3, 1 }, { 1, 1 });
        row("bool without order", headerOf("'?'", "(1,)"), 1, "bool", { 1 }, { 1 });
        row("double quotes", headerOf("\"<c8\"", "(1,)"), 8, "complex64", { 1 }, { 1 });
        row("empty", headerOf("'<f2'", "(0, 7)"), 0, "float16", { 0, 7 }, { 7, 1 });
        row("text", headerOf("'<U3'", "(2,)"), 24, "opaque", { 2, 12 }, { 12, 1 });
        row("bytes", headerOf("'|S5'", "(2,)"), 10, "opaque", { 2, 5 }, { 5, 1 });
        row("dates", headerOf("'<M8[ns]'", "(2,)"), 16, "opaque", { 2, 8 }, { 8, 1 });
        row("long double", headerOf("'<f16'", "(1,)"), 16, "opaque", { 1, 16 }, { 16, 1 });
        row("records", headerOf("[('a', '<f4'), ('b', '|u1', (2,)), ('c', [('d', '<i8')])]", "(2,)"), 28, "opaque", { 2, 14 }, { 14, 1 });
        row("records in fortran order", headerOf("[('a', '<f4'), ('b', '|u1')]", "(2, 3)", "True"), 30, "opaque", { 2, 3, 5 }, { 5, 10, 1 });
    }
    void headersOfNumpyOpen()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, bytes);
        QFETCH(QByteArray, dtype);
        QFETCH(QList<int>, shape);
        QFETCH(QList<int>, stride);
        const auto opened = openBytes(fileOf(header, QByteArray(bytes, 'x')), "a.npy");
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const Tensor& tensor = (*opened)->tensors[0];
        QCOMPARE(dtypeName(tensor.dtype), std::string_view(dtype.constData()));
        QVERIFY(tensor.shape == std::vector<std::int64_t>(shape.begin(), shape.end()));
        QVERIFY(tensor.stride == std::vector<std::int64_t>(stride.begin(), stride.end()));
        QCOMPARE(tensor.editable, tensor.dtype != Dtype::Opaque);
        QVERIFY(readEverything(**opened));
    }

    void bigEndianIsSwapped()
    {
        const auto opened = openBytes(fileOf(headerOf("'>i4'", "(2,)"), QByteArray("\0\0\0\1\0\0\1\0", 8)), "a.npy");
        QVERIFY(opened);
        QVERIFY((*opened)->storages[0].bigEndian);
        QVERIFY(tensorBytes(**opened, (*opened)->tensors[0]) == storageOf<std::int32_t>(Dtype::Int32, { 1, 256 }).bytes);
    }

    void fortranOrderIsReadInItsOrder()
    {
        const auto opened = openBytes(fileOf(headerOf("'|u1'", "(2, 3)", "True"), QByteArray("\0\1\2\3\4\5", 6)), "a.npy");
        QVERIFY(opened);
        QVERIFY(tensorBytes(**opened, (*opened)->tensors[0]) == storageOf<std::uint8_t>(Dtype::UInt8, { 0, 2, 4, 1, 3, 5 }).bytes);
    }

    void versionsTwoAndThreeOpen()
    {
        for (const int version : { 2, 3 }) {
            const auto opened = openBytes(fileOf(headerOf("'|u1'", "(3,)"), "abc", version), "a.npy");
            QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        }
    }

    void whatIsWrongIsSaid_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char* name, const QByteArray& header, int bytes, const char* says) {
            QTest::newRow(name) << header << bytes << QByteArray(says);
        };
        row("code", "__import__('os').system('true')", 0, "a value is expected");
        row("code in the dict", headerOf("__import__('os')", "(1,)"), 1, "expected");
        row("a list", "[]", 0, "not a dict");
        row("nothing", "", 0, "a value is expected");
        row("unclosed", "{'descr': '<f4'", 0, "a comma is expected");
        row("unclosed string", "{'descr", 0, "quote");
        row("something behind", headerOf("'<f4'", "(1,)") + "x", 4, "the end is expected");
        row("no shape", "{'descr': '<f4', 'fortran_order': False}", 0, "shape is missing");
        row("no dtype", "{'shape': (1,), 'fortran_order': False}", 0, "descr is missing");
        row("no order", "{'descr': '<f4', 'shape': (1,)}", 0, "fortran_order is missing");
        row("a key twice", "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", 0, "twice");
        row("another key", "{'descr': '<f4', 'extra': 1, 'fortran_order': False, 'shape': (1,)}", 0, "extra");
        row("a number as key", "{1: '<f4'}", 0, "key");
        row("order is a number", headerOf("'<f4'", "(1,)", "1"), 4, "fortran_order");
        row("shape is a list", headerOf("'<f4'", "[1]"), 4, "tuple");
        row("shape is a number", headerOf("'<f4'", "(1)"), 4, "tuple");
        row("shape of bools", headerOf("'<f4'", "(True, 1)"), 4, "whole number");
        row("shape of fractions", headerOf("'<f4'", "(1.0,)"), 4, "expected");
        row("negative size", headerOf("'<f4'", "(-1,)"), 4, "negative");
        row("a size of 500 digits", headerOf("'<f4'", "(" + QByteArray(500, '9') + ",)"), 4, "2^63");
        row("sizes whose product overflows", headerOf("'<f4'", "(4611686018427387904, 4)"), 4, "2^63");
        row("bytes whose product overflows", headerOf("'<f8'", "(2305843009213693952,)"), 4, "2^63");
        row("too many sizes", headerOf("'<f4'", "(" + QByteArray(65 * 2, '1').replace("11", "1,") + ")"), 4, "limit");
        row("elements of nothing", headerOf("'<f0'", "(1,)"), 4, "no bytes");
        row("records of nothing", headerOf("[]", "(1,)"), 4, "no bytes");
        row("huge elements", headerOf("'|V999999999999'", "(1,)"), 4, "truncated");
        row("elements beyond 2^63", headerOf("'<U9223372036854775807'", "(1,)"), 4, "2^63");
        row("unknown dtype", headerOf("'<q4'", "(1,)"), 4, "known");
        row("no dtype at all", headerOf("''", "(1,)"), 4, "known");
        row("dtype is a number", headerOf("4", "(1,)"), 4, "dtype");
        row("field without a dtype", headerOf("[('a',)]", "(1,)"), 4, "field");
        row("field of negative size", headerOf("[('a', '<f4', (-1,))]", "(1,)"), 4, "field");
        row("too little data", headerOf("'<f4'", "(2,)"), 7, "truncated");
        row("brackets", QByteArray(30000, '['), 0, "nests");
        row("objects", headerOf("'|O'", "(1,)"), 8, "object");
        row("objects in records", headerOf("[('a', '|O')]", "(1,)"), 8, "object");
    }
    void whatIsWrongIsSaid()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, bytes);
        QFETCH(QByteArray, says);
        const auto opened = openBytes(fileOf(header, QByteArray(bytes, 'x')), "a.npy");
        QVERIFY(!opened);
        const std::string& said = opened.error().message;
        QVERIFY2(said.starts_with("a.npy: "), said.c_str());
        QVERIFY2(said.find(says.toStdString()) != std::string::npos, said.c_str());
    }

    void headerLengthsAreCheckedBeforeAnythingIsRead()
    {
        auto bytes = fileOf(headerOf("'<f4'", "(1,)"), "xxxx", 2);
        for (std::size_t i = 8; i < 12; ++i)
            bytes[i] = std::byte { 0xff };
        QCOMPARE(openBytes(bytes).error().code, ErrorCode::Limit);
        bytes = fileOf(headerOf("'<f4'", "(1,)"), "xxxx");
        bytes[8] = bytes[9] = std::byte { 0xf0 };
        QCOMPARE(openBytes(bytes).error().code, ErrorCode::Format);
        bytes[6] = std::byte { 9 };
        QCOMPARE(openBytes(bytes).error().code, ErrorCode::Unsupported);
    }

    void trailingBytesAreKeptAndSaid()
    {
        const auto opened = openBytes(fileOf(headerOf("'|u1'", "(3,)"), "abcde"), "a.npy");
        QVERIFY(opened);
        QCOMPARE((*opened)->messages.size(), std::size_t { 1 });
        QVERIFY((*opened)->messages[0].find("trailing") != std::string::npos);
    }

    // One bad member does not fail the others.
    void membersOfAnArchiveStandAlone()
    {
        ZipWriter zip;
        zip.add("a.npy", npyBytes(storageOf<float>(Dtype::Float32, { 1, 2 }), { 2 }));
        zip.add("objects.npy", fileOf(headerOf("'|O'", "(1,)"), "12345678"));
        zip.add("cut.npy", fileOf(headerOf("'<f4'", "(9,)"), "1234"));
        zip.addText("readme.txt", "hello");
        zip.add("dir/b.npy", npyBytes(storageOf<float>(Dtype::Float32, { 3 }), {}));
        const auto opened = openBytes(zip.finish(), "a.npz");
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE((*opened)->tensors.size(), std::size_t { 4 });
        QCOMPARE((*opened)->entries[0].childCount, 5u);
        QVERIFY(tensorNamed(**opened, "a")->editable);
        QVERIFY(!tensorNamed(**opened, "objects")->readable);
        QVERIFY(tensorNamed(**opened, "objects")->reason.find("object") != std::string::npos);
        QVERIFY(!tensorNamed(**opened, "cut")->readable);
        QVERIFY(tensorBytes(**opened, *tensorNamed(**opened, "dir/b")) == storageOf<float>(Dtype::Float32, { 3 }).bytes);
        QCOMPARE((*opened)->messages.size(), std::size_t { 2 });
        QVERIFY((*opened)->writable);
    }

    void anArchiveThatInflatesWithoutEndIsListedAndNotInflated()
    {
        Limits limits;
        limits.inflatedBytes = 1 << 20;
        ZipWriter zip;
        ZipEntryOptions deflated;
        deflated.deflated = true;
        zip.add("bomb.npy", npyBytes({ Dtype::UInt8, std::vector<std::byte>(8 << 20) }, { 8 << 20 }), deflated);
        const auto opened = openBytes(zip.finish(), "a.npz", limits);
        QVERIFY(opened);
        QVERIFY(!(*opened)->tensors[0].readable);
        QVERIFY((*opened)->tensors[0].reason.find("limit") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestNpy)
#include "tst_npy.moc"
