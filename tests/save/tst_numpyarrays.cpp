// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "../checkpoint/pickletext.h"
#include "base/crc32.h"
#include "save/save.h"
#include "savefixture.h"
#include "support/zipwriter.h"

#include <algorithm>
#include <cstring>
#include <numeric>

// numpy's arrays inside pickles: read in every way that they are pickled, and edited where their bytes stand as they are.

using namespace ravel;
using namespace pickletext;
using namespace std::string_literals;

namespace {

using Bytes = std::vector<std::byte>;

template <class T> std::string raw(const std::vector<T>& values)
{
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

Code dtype(const std::string& name, const std::string& order = "<")
{
    return build(call(global("numpy", "dtype"), { text(name), boolean(false), boolean(true) }),
        tuple({ number(3), text(order), none(), none(), none(), number(-1), number(-1), number(0) }));
}
// _reconstruct with a state.
Code array(const Code& type, const std::vector<std::int64_t>& shape, const Code& data, bool fortran = false, const std::string& module = "numpy.core.multiarray")
{
    return build(call(global(module, "_reconstruct"), { global("numpy", "ndarray"), numbers({ 0 }), bytes("b") }),
        tuple({ number(1), numbers(shape), type, boolean(fortran), data }));
}
Code buffer(const Code& type, const std::vector<std::int64_t>& shape, const Code& data, const std::vector<Code>& order)
{
    std::vector<Code> arguments { data, type, numbers(shape) };
    arguments.insert(arguments.end(), order.begin(), order.end());
    return call(global("numpy._core.numeric", "_frombuffer"), arguments);
}
Code shortBytes(const std::string& value) { return 'C' + littleEndian(value.size(), 1) + value; }
Code longBytes(const std::string& value) { return "\x8e" + littleEndian(value.size(), 8) + value; }
Code byteArray(const std::string& value) { return "\x96" + littleEndian(value.size(), 8) + value; }
std::string utf8(const std::string& latin1)
{
    std::string out;
    for (const char c : latin1) {
        if (c & 0x80)
            out += static_cast<char>(0xc0 | (static_cast<unsigned char>(c) >> 6));
        out += static_cast<char>(c & 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    return out;
}
Code encoded(const std::string& latin1) { return call(global("_codecs", "encode"), { text(utf8(latin1)), text("latin1") }); }
// As protocol 0 writes it: a line, in which backslash and newline are escaped and all else is Latin-1.
Code encodedLine(const std::string& latin1)
{
    Code line = "V";
    for (const char c : latin1)
        line += c == '\\' || c == '\n' || c == '\0' || c == '\r' || c == '\x1a' ? std::string("\\u00") + "0123456789abcdef"[(c >> 4) & 15] + "0123456789abcdef"[c & 15] : std::string(1, c);
    return call(global("_codecs", "encode"), { line + '\n', text("latin1") });
}

Bytes toBytes(const std::string& text)
{
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return { first, first + text.size() };
}

Bytes zipOf(const Code& pickle, ZipWriter& writer, ZipEntryOptions options = {})
{
    writer.add("archive/data.pkl", toBytes("\x80\x05" + pickle + '.'), options);
    writer.addText("archive/version", "3\n");
    return writer.finish();
}

Bytes legacyOf(const Code& pickle)
{
    return toBytes("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s + "\x80\x02" + number(1001) + '.' + "\x80\x02"
        + dict({ text("little_endian"), boolean(true) }) + '.' + "\x80\x02" + pickle + '.' + "\x80\x02]." );
}

} // namespace

class TestNumpyArrays : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder { quickDirectory() };
    std::string at(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)).toStdString(); }

    std::shared_ptr<const Checkpoint> open(const Bytes& bytes)
    {
        writeBytes(at("in.pt"), bytes);
        return openCheckpoint(at("in.pt")).value();
    }
    template <class T> std::vector<T> values(const Checkpoint& checkpoint, std::size_t tensor)
    {
        const Tensor& t = checkpoint.tensors[tensor];
        std::vector<T> values(static_cast<std::size_t>(t.numel.value));
        if (t.numel.value > 0 && !checkpoint.read(t.storage, StorageIndex(0), t.numel, reinterpret_cast<std::byte*>(values.data())))
            return {};
        return values;
    }

private Q_SLOTS:
    void everySpellingIsRead_data()
    {
        QTest::addColumn<std::string>("pickle");
        QTest::addColumn<bool>("editable");
        const std::string data = raw<float>({ 1.5f, -2, 3e30f, -0.0f, 0.1f, 7 });
        const auto row = [](const char* name, const Code& code, bool editable) { QTest::newRow(name) << code << editable; };
        row("BINBYTES", array(dtype("f4"), { 2, 3 }, bytes(data)), true);
        row("SHORT_BINBYTES", array(dtype("f4"), { 2, 3 }, shortBytes(data)), true);
        row("BINBYTES8", array(dtype("f4"), { 2, 3 }, longBytes(data)), true);
        row("BINSTRING of Python 2", array(dtype("f4"), { 2, 3 }, 'T' + littleEndian(data.size(), 4) + data), true);
        row("SHORT_BINSTRING of Python 2", array(dtype("f4"), { 2, 3 }, 'U' + littleEndian(data.size(), 1) + data), true);
        row("numpy 2", array(dtype("f4"), { 2, 3 }, bytes(data), false, "numpy._core.multiarray"), true);
        row("BYTEARRAY8", buffer(dtype("f4"), { 2, 3 }, byteArray(data), { text("C") }), true);
        row("axes", buffer(dtype("f4"), { 2, 3 }, byteArray(data), { text("K"), numbers({ 0, 1 }) }), true);
        row("native order", array(dtype("f4", "="), { 2, 3 }, bytes(data)), true);
        row("dtype without a state", array(call(global("numpy", "dtype"), { text("f4") }), { 2, 3 }, bytes(data)), true);
        row("protocol 2", array(dtype("f4"), { 2, 3 }, encoded(data)), false);
        row("protocol 0", array(dtype("f4"), { 2, 3 }, encodedLine(data)), false);
        row("text of Python 2", array(dtype("f4"), { 2, 3 }, "S'\\x00\\x00\\xc0?\\x00\\x00\\x00\\xc0\\xf5Iqq\\x00\\x00\\x00\\x80\\xcd\\xcc\\xcc=\\x00\\x00\\xe0@'\n"), false);
        row("memmap", build(call(global("numpy.core.multiarray", "_reconstruct"), { global("numpy", "memmap"), numbers({ 0 }), bytes("b") }),
                          tuple({ number(1), numbers({ 2, 3 }), dtype("f4"), boolean(false), bytes(data) })), true);
        row("state without a version", build(call(global("numpy.core.multiarray", "_reconstruct"), { global("numpy", "ndarray"), numbers({ 0 }), bytes("b") }),
                                           tuple({ numbers({ 2, 3 }), dtype("f4"), boolean(false), bytes(data) })), true);
    }
    void everySpellingIsRead()
    {
        QFETCH(std::string, pickle);
        QFETCH(bool, editable);
        const Code whole = dict({ text("a"), pickle });
        ZipWriter stored, deflated;
        ZipEntryOptions packed;
        packed.deflated = true;
        for (const auto& [file, isPacked] : { std::pair(zipOf(whole, stored), false), { zipOf(whole, deflated, packed), true }, { legacyOf(whole), false } }) {
            const auto checkpoint = open(file);
            QCOMPARE(checkpoint->tensors.size(), std::size_t(1));
            const Tensor& tensor = checkpoint->tensors[0];
            QVERIFY2(tensor.readable, tensor.reason.c_str());
            QCOMPARE(tensor.shape, (std::vector<std::int64_t> { 2, 3 }));
            QCOMPARE(tensor.stride, (std::vector<std::int64_t> { 3, 1 }));
            const std::string read = raw(values<float>(*checkpoint, 0));
            if (QByteArrayView(QTest::currentDataTag()) != "text of Python 2")
                QCOMPARE(read, raw<float>({ 1.5f, -2, 3e30f, -0.0f, 0.1f, 7 }));
            else
                QCOMPARE(read.substr(0, 8), raw<float>({ 1.5f, -2 }));
            QCOMPARE(tensor.editable, editable && !isPacked);
            QCOMPARE(tensor.reason.empty(), tensor.editable);
            QVERIFY(checkpoint->calls.empty());
        }
    }

    void kindsOfArrays()
    {
        ZipWriter writer;
        const auto checkpoint = open(zipOf(list({ array(dtype("f4", ">"), { 2 }, bytes("\x3f\xc0\x00\x00\xc0\x00\x00\x00"s)), array(dtype("i2"), { 2, 3 }, bytes(raw<std::int16_t>({ 1, 4, 2, 5, 3, 6 })), true),
                                                    array(dtype("f8"), {}, bytes(raw<double>({ 2.5 }))), array(dtype("f4"), { 0, 3 }, call(global("builtins", "bytes"), {})),
                                                    array(dtype("b1", "|"), { 2 }, bytes("\1\0"s)), buffer(dtype("i2"), { 3, 2 }, byteArray(raw<std::int16_t>({ 1, 2, 3, 4, 5, 6 })), { text("K"), numbers({ 1, 0 }) }) }),
            writer));
        QCOMPARE(checkpoint->tensors.size(), std::size_t(6));
        QCOMPARE(values<float>(*checkpoint, 0), (std::vector<float> { 1.5f, -2 }));
        QCOMPARE(checkpoint->tensors[1].stride, (std::vector<std::int64_t> { 1, 2 }));
        QCOMPARE(values<double>(*checkpoint, 2), std::vector<double> { 2.5 });
        QVERIFY(checkpoint->tensors[2].shape.empty());
        QCOMPARE(checkpoint->tensors[3].numel.value, 0);
        QVERIFY(checkpoint->tensors[3].readable);
        QCOMPARE(checkpoint->tensors[4].dtype, Dtype::Bool);
        QCOMPARE(checkpoint->tensors[5].shape, (std::vector<std::int64_t> { 2, 3 }));
        QCOMPARE(checkpoint->tensors[5].stride, (std::vector<std::int64_t> { 1, 2 }));
    }

    void whatIsNoNumberIsOpaque_data()
    {
        QTest::addColumn<std::string>("pickle");
        QTest::newRow("dates") << array(dtype("M8"), { 1 }, bytes("12345678"));
        QTest::newRow("texts") << array(dtype("U2"), { 1 }, bytes("12345678"));
        QTest::newRow("objects") << array(dtype("O8", "|"), { 1 }, list({ none() }));
        QTest::newRow("records") << array(build(call(global("numpy", "dtype"), { text("V4") }), tuple({ number(3), text("|"), none(), tuple({ text("a") }), dict({}), number(4), number(1), number(0) })), { 1 }, bytes("1234"));
        QTest::newRow("arrays of arrays") << array(build(call(global("numpy", "dtype"), { text("f4") }), tuple({ number(3), text("<"), tuple({ dtype("f4"), numbers({ 2 }) }), none(), none(), number(-1), number(-1), number(0) })), { 1 }, bytes("12345678"));
    }
    void whatIsNoNumberIsOpaque()
    {
        QFETCH(std::string, pickle);
        ZipWriter writer;
        const auto checkpoint = open(zipOf(dict({ text("a"), pickle }), writer));
        QVERIFY(checkpoint->tensors.empty());
        QCOMPARE(checkpoint->entries[1].kind, EntryKind::Object);
    }

    void badArraysAreListedWithTheirReason_data()
    {
        QTest::addColumn<std::string>("pickle");
        QTest::addColumn<std::string>("says");
        const auto row = [](const char* name, const Code& code, const char* says) { QTest::newRow(name) << code << std::string(says); };
        row("too few bytes", array(dtype("f4"), { 3 }, bytes("12345678")), "its shape needs a size of 12 bytes, the pickle has 8");
        row("too many", array(dtype("f4"), { 1 }, bytes("12345678")), "needs a size of 4 bytes, the pickle has 8");
        row("negative", array(dtype("f4"), { -2 }, bytes("12345678")), "negative size");
        row("overflow", array(dtype("f4"), { 1LL << 40, 1LL << 40 }, bytes("12345678")), "more than 2^63 bytes");
        row("65 dimensions", array(dtype("u1"), std::vector<std::int64_t>(65, 1), bytes("1")), "65 dimensions, the limit is 64");
        row("no bytes", array(dtype("f4"), { 1 }, number(7)), "where its data should be there is an integer");
        row("text beyond Latin-1", array(dtype("u1"), { 1 }, call(global("_codecs", "encode"), { text("\xe2\x82\xac"), text("latin1") })), "beyond U+00FF");
        row("axes that do not fit", buffer(dtype("u1"), { 1, 1 }, byteArray("1"), { text("K"), numbers({ 0, 0 }) }), "order of axes");
        row("shape of texts", build(call(global("numpy.core.multiarray", "_reconstruct"), {}), tuple({ number(1), tuple({ text("a") }), dtype("u1"), boolean(false), bytes("1") })), "its shape holds a string");
    }
    void badArraysAreListedWithTheirReason()
    {
        QFETCH(std::string, pickle);
        QFETCH(std::string, says);
        ZipWriter writer;
        const auto checkpoint = open(zipOf(dict({ text("a"), pickle }), writer));
        QCOMPARE(checkpoint->tensors.size(), std::size_t(1));
        QVERIFY(!checkpoint->tensors[0].readable);
        QVERIFY2(checkpoint->tensors[0].reason.find(says) != std::string::npos, checkpoint->tensors[0].reason.c_str());
    }

    void oneBytesObjectIsOneStorage()
    {
        ZipWriter writer;
        const Code data = remember(bytes(raw<float>({ 1, 2 })), 0);
        const auto checkpoint = open(zipOf(dict({ text("a"), array(dtype("f4"), { 2 }, data), text("b"), array(dtype("f4"), { 2, 1 }, recall(0)),
                                                  text("c"), array(dtype("i4"), { 2 }, recall(0)) }), writer));
        QCOMPARE(checkpoint->tensors[0].storage, checkpoint->tensors[1].storage);
        QVERIFY(checkpoint->tensors[0].editable && checkpoint->tensors[1].editable);
        QVERIFY(!checkpoint->tensors[2].editable);
        QVERIFY2(checkpoint->tensors[2].reason.find("used as float32") != std::string::npos, checkpoint->tensors[2].reason.c_str());
        QCOMPARE(checkpoint->storages.size(), std::size_t(2));
    }

    void bytesThatMeanSomethingElseTooAreLeftAlone()
    {
        ZipWriter writer;
        const auto checkpoint = open(zipOf(dict({ text("a"), array(dtype("u1"), { 3 }, remember(bytes("abc"), 0)), recall(0), number(1),
                                                  text("n"), array(dtype("u1"), { 2 }, remember("U\x02os", 1)), text("f"), recall(1) + text("path") + "\x93" }), writer));
        QCOMPARE(checkpoint->tensors.size(), std::size_t(2));
        for (const Tensor& tensor : checkpoint->tensors) {
            QVERIFY(tensor.readable && !tensor.editable);
            QVERIFY2(tensor.reason.find("for something else too") != std::string::npos, tensor.reason.c_str());
        }
    }

    void anEditChangesTheBytesOfTheArrayAndTheChecksum_data()
    {
        QTest::addColumn<int>("container");
        QTest::newRow("zip") << 0;
        QTest::newRow("zip without descriptors") << 1;
        QTest::newRow("legacy") << 2;
    }
    void anEditChangesTheBytesOfTheArrayAndTheChecksum()
    {
        QFETCH(int, container);
        const Code pickle = dict({ text("a"), array(dtype("f4"), { 2, 2 }, bytes(raw<float>({ 1, 2, 3, 4 }))), text("big"), array(dtype("f8", ">"), { 1 }, bytes("\x3f\xf0\0\0\0\0\0\0"s)),
            text("bytes"), bytes("kept"), text("old"), array(dtype("f4"), { 1 }, encoded(raw<float>({ 0.1f }))) });
        ZipWriter writer;
        ZipEntryOptions options;
        options.descriptor = container == 0;
        const Bytes before = container == 2 ? legacyOf(pickle) : zipOf(pickle, writer, options);
        writeBytes(at("in.pt"), before);
        EditedFile file = openEdited(at("in.pt"), R"([{"op": "set", "select": "a[1, 0]", "value": -8}, {"op": "multiply", "select": "big", "factor": 3}])");
        const auto receipt = save(systemIo(), file.vector, file.recipe, at("out.pt"), {}, Job());
        QVERIFY2(receipt.has_value(), receipt ? "" : receipt.error().message.c_str());
        const Bytes after = readBytes(at("out.pt"));
        QCOMPARE(after.size(), before.size());
        const auto saved = openCheckpoint(at("out.pt")).value();
        QVERIFY2(saved->messages.empty(), saved->messages.empty() ? "" : saved->messages[0].c_str()); // the pickle's CRC is right
        QCOMPARE(values<float>(*saved, 0), (std::vector<float> { 1, 2, -8, 4 }));
        QCOMPARE(values<double>(*saved, 1), std::vector<double> { 3 });
        QCOMPARE(values<float>(*saved, 2), std::vector<float> { 0.1f });
        // Only those elements and copies of the CRC differ.
        const auto place = [&](const Checkpoint& c, std::size_t t, std::int64_t i) { return c.storages[c.tensors[t].storage].offset->value + i; };
        for (std::size_t i = 0; i < after.size(); ++i) {
            const auto byte = static_cast<std::int64_t>(i);
            const bool inArray = (byte >= place(*saved, 0, 8) && byte < place(*saved, 0, 12)) || (byte >= place(*saved, 1, 0) && byte < place(*saved, 1, 8));
            const auto& crcs = saved->records[saved->storages[saved->tensors[0].storage].record].crcPlaces;
            const bool inCrc = std::any_of(crcs.begin(), crcs.end(), [&](ByteOffset at) { return byte >= at.value && byte < at.value + 4; });
            QVERIFY2(after[i] == before[i] || inArray || inCrc, std::to_string(i).c_str());
        }
        const auto proof = verify(systemIo(), at("in.pt"), at("out.pt"), *receipt, Job());
        QVERIFY(proof && proof->ok);
        QFile::remove(QString::fromStdString(at("out.pt")));
        // What the pickle spells as text is refused with that reason.
        try {
            openEdited(at("in.pt"), R"([{"op": "set", "select": "old", "value": 1}])");
            QFAIL("an array that is spelled as text was edited");
        } catch (const std::runtime_error& error) {
            QVERIFY2(QByteArray(error.what()).contains("spells this numpy array as text"), error.what());
        }
    }
};

QTEST_GUILESS_MAIN(TestNumpyArrays)
#include "tst_numpyarrays.moc"
