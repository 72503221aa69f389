// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/checkpoint.h"
#include "support/ggufwriter.h"
#include "support/memoryio.h"
#include "support/words.h"
#include "support/zipwriter.h"

#include <QTest>
#include <bit>

using namespace ravel;

namespace {

std::vector<std::byte> bytesOf(std::size_t n, int first = 1)
{
    std::vector<std::byte> bytes(n);
    for (std::size_t i = 0; i < n; ++i)
        bytes[i] = static_cast<std::byte>(first + static_cast<int>(i));
    return bytes;
}

const Entry* child(const Checkpoint& checkpoint, const Entry& parent, std::string_view key)
{
    for (std::uint32_t i = 0; i < parent.childCount; ++i)
        if (const Entry& entry = checkpoint.entries[parent.firstChild + i]; entry.key.text == key)
            return &entry;
    return nullptr;
}

const Entry* metadata(const Checkpoint& checkpoint, std::string_view key)
{
    const Entry* parent = child(checkpoint, checkpoint.entries[0], "<metadata>");
    return parent ? child(checkpoint, *parent, key) : nullptr;
}

std::string errorOf(std::vector<std::byte> bytes)
{
    const auto opened = openBytes(std::move(bytes), "model.gguf");
    return opened ? "opens" : opened.error().message;
}

} // namespace

class TestGguf : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void metadataIsShownInTheTree_data()
    {
        QTest::addColumn<int>("version");
        QTest::addColumn<bool>("big");
        for (int version = 1; version <= 3; ++version)
            for (const bool big : { false, true })
                QTest::addRow("version %d%s", version, big ? ", big-endian" : "") << version << big;
    }
    void metadataIsShownInTheTree()
    {
        QFETCH(int, version);
        QFETCH(bool, big);
        GgufWriter writer(version, big);
        writer.text("general.name", "tiny").number("a.u8", 0, 200, 1).number("a.i8", 1, 0xff, 1).number("a.u16", 2, 60000, 2);
        writer.number("a.i16", 3, 0xfffe, 2).number("a.u32", 4, 4000000000u, 4).number("a.i32", 5, 0xffffffff, 4);
        writer.number("a.f32", 6, std::bit_cast<std::uint32_t>(1e-5f), 4).number("a.bool", 7, 1, 1);
        writer.number("a.u64", 10, ~0ull, 8).number("a.i64", 11, ~0ull, 8).number("a.f64", 12, std::bit_cast<std::uint64_t>(0.1), 8);
        writer.array("words", 8, 3).valueText("one").valueText("").valueText("dr\xff" "ei");
        writer.array("lists", 9, 2).valueArray(4, 2).value(7, 4).value(8, 4).valueArray(8, 1).valueText("x");
        const auto opened = openBytes(writer.finish());
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const Checkpoint& checkpoint = **opened;
        const std::pair<const char*, const char*> scalars[] { { "general.name", "tiny" }, { "a.u8", "200" }, { "a.i8", "-1" }, { "a.u16", "60000" },
            { "a.i16", "-2" }, { "a.u32", "4000000000" }, { "a.i32", "-1" }, { "a.f32", "1e-05" }, { "a.bool", "True" },
            { "a.u64", "18446744073709551615" }, { "a.i64", "-1" }, { "a.f64", "0.1" } };
        for (const auto& [key, value] : scalars) {
            QVERIFY2(metadata(checkpoint, key), key);
            QCOMPARE(metadata(checkpoint, key)->value, std::string(value));
        }
        const Entry* words = metadata(checkpoint, "words");
        QCOMPARE(words->childCount, 3u);
        QCOMPARE(child(checkpoint, *words, "2")->value, std::string("dr\xff" "ei"));
        const Entry* lists = metadata(checkpoint, "lists");
        QCOMPARE(lists->kind, EntryKind::List);
        QCOMPARE(child(checkpoint, *child(checkpoint, *lists, "0"), "1")->value, std::string("8"));
        QCOMPARE(child(checkpoint, *child(checkpoint, *lists, "1"), "0")->value, std::string("x"));
        QCOMPARE(checkpoint.facts[0], std::pair(std::string("version"), std::to_string(version)));
        QCOMPARE(checkpoint.facts[1].second, std::string(big ? "big" : "little"));
        QVERIFY(checkpoint.messages.empty());
    }

    void longArraysAreReadWholeAndShownInPart()
    {
        GgufWriter writer;
        writer.array("tokens", 8, 5000);
        for (int i = 0; i < 5000; ++i)
            writer.valueText("t" + std::to_string(i));
        writer.array("scores", 6, 5000);
        for (int i = 0; i < 5000; ++i)
            writer.value(0, 4);
        writer.text("last", "is found");
        const auto opened = openBytes(writer.finish());
        QVERIFY(opened);
        QCOMPARE(metadata(**opened, "tokens")->childCount, 1000u);
        QVERIFY(metadata(**opened, "tokens")->value.find("5,000") != std::string::npos);
        QCOMPARE(metadata(**opened, "scores")->childCount, 1000u);
        QCOMPARE(metadata(**opened, "last")->value, std::string("is found"));
    }

    void quantisedBlocksAreBytesWithTheirTypesName()
    {
        GgufWriter writer;
        writer.tensor("blk.0.q", { 2, 512 }, 12, bytesOf(2 * 2 * 144));
        writer.tensor("blk.0.mx", { 3, 32 }, 39, bytesOf(3 * 17));
        const auto opened = openBytes(writer.finish());
        QVERIFY(opened);
        const Tensor& q = (*opened)->tensors[0];
        QVERIFY(q.readable && !q.editable && !(*opened)->storages[q.storage].editable);
        QCOMPARE(q.dtype, Dtype::Opaque);
        QVERIFY((q.shape == std::vector<std::int64_t> { 2, 2, 144 }));
        QVERIFY2(q.reason.find("Q4_K") != std::string::npos && q.reason.find("[2, 512]") != std::string::npos, q.reason.c_str());
        QVERIFY(tensorBytes(**opened, q) == bytesOf(2 * 2 * 144));
        QVERIFY(tensorBytes(**opened, (*opened)->tensors[1]) == bytesOf(3 * 17));
        QVERIFY((*opened)->messages.empty());
        QVERIFY((*opened)->writable);
    }

    void dimensionsAreShownInTorchsOrder()
    {
        GgufWriter writer(3, false, 64);
        writer.tensor("w", { 2, 3 }, 24, bytesOf(6));
        writer.tensor("deep", { 1, 2, 1, 5 }, 0, bytesOf(40), 4);
        const auto opened = openBytes(writer.finish());
        QVERIFY(opened);
        QVERIFY(((*opened)->tensors[0].shape == std::vector<std::int64_t> { 2, 3 }));
        QVERIFY(((*opened)->tensors[0].stride == std::vector<std::int64_t> { 3, 1 }));
        QVERIFY(((*opened)->tensors[1].shape == std::vector<std::int64_t> { 1, 2, 1, 5 }));
        QVERIFY(tensorBytes(**opened, (*opened)->tensors[1]) == bytesOf(40));
        QCOMPARE((*opened)->storages[1].offsetInRecord.value, 64);
        QCOMPARE((*opened)->storages[1].offset->value % 64, 0);
    }

    void aBadTensorDoesNotFailTheFile_data()
    {
        QTest::addColumn<QByteArray>("says");
        QTest::addColumn<std::vector<std::int64_t>>("shape");
        QTest::addColumn<unsigned>("type");
        QTest::addColumn<qulonglong>("offset");
        using Shape = std::vector<std::int64_t>;
        const auto row = [](const char* name, const char* says, Shape shape, unsigned type, qulonglong offset) {
            QTest::newRow(name) << QByteArray(says) << shape << type << offset;
        };
        row("unknown type", "ggml type 77", { 4 }, 77, 0);
        row("removed type", "ggml type 4 ", { 32 }, 4, 0);
        row("five dimensions", "5 dimensions", { 1, 1, 1, 1, 1 }, 0, 0);
        row("part of a block", "whole blocks", { 2, 33 }, 2, 0);
        row("past the end", "end past the file", { 9 }, 0, 0);
        row("offset past the end", "past the file", { 1 }, 0, 1 << 20);
        row("offset that wraps", "past the file", { 1 }, 0, ~0ull - 2);
        row("negative", "negative", { -1 }, 0, 0);
        row("overflow", "2^63", { 1ll << 32, 1ll << 32 }, 0, 0);
        row("overflow in bytes", "2^63", { 1ll << 61 }, 0, 0);
        row("overflow of zero", "whole blocks", { 0, 5 }, 12, 0);
    }
    void aBadTensorDoesNotFailTheFile()
    {
        QFETCH(QByteArray, says);
        QFETCH(std::vector<std::int64_t>, shape);
        QFETCH(unsigned, type);
        QFETCH(qulonglong, offset);
        GgufWriter writer;
        writer.tensor("good", { 4 }, 0, bytesOf(16), 4).tensorAt("bad", shape, type, offset);
        const auto opened = openBytes(writer.finish());
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QVERIFY((*opened)->tensors[0].readable && (*opened)->tensors[0].editable);
        const Tensor& bad = (*opened)->tensors[1];
        QVERIFY(!bad.readable && !bad.editable && bad.storage == noOrdinal);
        QVERIFY2(bad.reason.find(says.constData()) != std::string::npos, bad.reason.c_str());
        QVERIFY(::says((*opened)->messages, "'bad'"));
    }

    void twoReadingsMakeItReadOnly()
    {
        GgufWriter twice;
        twice.tensor("w", { 4 }, 0, bytesOf(16), 4).tensor("w", { 4 }, 0, bytesOf(16, 50), 4);
        const auto opened = openBytes(twice.finish());
        QVERIFY(opened && !(*opened)->writable);
        QCOMPARE((*opened)->tensors[1].name, std::string("w#2"));
        GgufWriter overlapping;
        overlapping.tensor("a", { 8 }, 0, bytesOf(32), 4).tensorAt("empty", { 0 }, 0, 0).tensorAt("b", { 2 }, 0, 24);
        const auto overlap = openBytes(overlapping.finish());
        QVERIFY(overlap && !(*overlap)->writable);
        QVERIFY2((*overlap)->readOnlyReason.find("'a' and 'b' overlap") != std::string::npos, (*overlap)->readOnlyReason.c_str());
        GgufWriter keys;
        keys.text("k", "1").text("k", "2");
        const auto both = openBytes(keys.finish());
        QVERIFY(both && says((*both)->messages, "'k' is there twice"));
    }

    void brokenHeadersAreErrors()
    {
        const auto header = [](std::uint64_t tensors, std::uint64_t pairs, std::uint32_t version = 3, std::size_t more = 0) {
            auto bytes = GgufWriter().finish();
            patch(bytes, 4, version, 4);
            patch(bytes, 8, tensors, 8);
            patch(bytes, 16, pairs, 8);
            bytes.resize(bytes.size() + more);
            return bytes;
        };
        const std::pair<std::string, const char*> cases[] {
            { errorOf(header(0, 0, 4)), "version is 4" },
            { errorOf(header(0, 0, 0)), "version" },
            { errorOf(header(1ull << 60, 0)), "states 1152921504606846976 tensors" },
            { errorOf(header(0, 1ull << 60)), "pairs of metadata" },
            { errorOf(header(250'001, 0, 3, 24 * 250'001)), "states 250001 tensors, the limit is 250000" },
            { errorOf(header(0, 100'001, 3, 13 * 100'001)), "states 100001 pairs of metadata, the limit is 100000" },
            { errorOf(GgufWriter().number("key", 13, 0, 4).finish()), "unknown value type 13" },
            { errorOf(GgufWriter().array("key", 99, 0).finish()), "unknown type 99" },
            { errorOf(GgufWriter().array("key", 8, 1ull << 61).finish()), "states 2305843009213693952 elements" },
            { errorOf(GgufWriter().array("key", 12, 1ull << 61).finish()), "elements" },
            { errorOf(GgufWriter().number("general.alignment", 4, 3, 4).finish()), "power of two" },
            { errorOf(GgufWriter().number("general.alignment", 4, 0, 4).finish()), "power of two" },
            { errorOf(GgufWriter().text("general.alignment", "32").finish()), "power of two" },
            { errorOf(GgufWriter().number("key", 8, ~0ull, 8).finish()), "a string of 18446744073709551615 bytes" },
        };
        for (const auto& [found, wanted] : cases) {
            QVERIFY2(found.starts_with("model.gguf: GGUF header: "), found.c_str());
            QVERIFY2(found.find(wanted) != std::string::npos, found.c_str());
            QVERIFY(found.size() <= 300);
        }
        GgufWriter names;
        for (int i = 0; i < 600; ++i)
            names.tensorAt(std::to_string(i) + std::string(60'000, 'n'), { 1 }, 0, 0);
        QVERIFY(errorOf(names.finish()).find("take more than the limit of ") != std::string::npos);
        GgufWriter many;
        many.tensorAt("w", std::vector<std::int64_t>(65, 1), 0, 0);
        QVERIFY(errorOf(many.finish()).find("65 dimensions") != std::string::npos);
    }

    void nestedArraysAreBounded()
    {
        GgufWriter writer;
        writer.array("deep", 9, 1);
        for (int i = 0; i < 100000; ++i)
            writer.valueArray(9, 1);
        QVERIFY(errorOf(writer.finish()).find("nested deeper") != std::string::npos);
    }

    void anEmptyTensorBehindTheEndStandsInItsRecord()
    {
        const auto whole = GgufWriter().tensorAt("none", { 0, 3 }, 0, 0).finish();
        for (std::size_t cut = 0; cut < 32; ++cut) {
            const auto opened = openBytes({ whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(cut) });
            if (!opened || (*opened)->storages.empty())
                continue;
            const Storage& storage = (*opened)->storages[0];
            const Record& record = (*opened)->records[storage.record];
            QCOMPARE(storage.offset->value, record.offset.value + storage.offsetInRecord.value);
            QVERIFY(storage.offset->value <= static_cast<std::int64_t>(whole.size() - cut));
        }
    }

    void aPartOfASplitModelSaysSo()
    {
        const auto opened = openBytes(GgufWriter().number("split.count", 2, 3, 2).finish());
        QVERIFY(opened && says((*opened)->messages, "one of 3 files"));
    }
};

QTEST_GUILESS_MAIN(TestGguf)
#include "tst_gguf.moc"
