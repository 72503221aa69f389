// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "save/save.h"
#include "savefixture.h"
#include "support/words.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;

const char* const steps = R"([{"op": "multiply", "select": "fc.weight", "factor": -1},
    {"op": "set", "select": "big.weight[100:300, 7]", "value": 0.5}])";

} // namespace

class TestVerify : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_directory;
    Receipt m_receipt;
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::string before() const { return m_directory->path().toStdString() + "/before"; }
    std::string after() const { return m_directory->path().toStdString() + "/after"; }

    void prepare(const char* kind = "zip", bool hash = false)
    {
        const FileKind& how = fileKind(kind);
        writeBytes(before(), how.write(how.views ? sampleModel() : plainModel()));
        const EditedFile file = openEdited(before(), steps);
        m_checkpoint = file.checkpoint;
        SaveOptions options;
        options.hash = hash;
        options.overwrite = true;
        auto saved = save(systemIo(), file.vector, file.recipe, after(), options, Job());
        QVERIFY2(saved, saved ? "" : saved.error().message.c_str());
        m_receipt = *saved;
    }
    Verdict verdict(const Receipt& receipt) const
    {
        auto answer = verify(systemIo(), before(), after(), receipt, Job());
        return answer ? *answer : Verdict { false, { answer.error().message } };
    }

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(QString::fromLatin1(quickDirectory())); }

    void acceptsWhatASaveMade_data()
    {
        QTest::addColumn<QString>("kind");
        for (const FileKind& kind : fileKinds())
            QTest::newRow(kind.name.c_str()) << QString::fromStdString(kind.name);
    }
    void acceptsWhatASaveMade()
    {
        QFETCH(QString, kind);
        prepare(kind.toStdString().c_str(), true);
        const Verdict found = verdict(m_receipt);
        QVERIFY2(found.ok, lines(found.lines).c_str());
        QVERIFY(found.lines.size() >= 7);
    }

    void theReceiptSurvivesItsJson()
    {
        prepare("zip", true);
        m_receipt.tensors[0].maxAbsChange = NAN;
        m_receipt.tensors[1].maxAbsChange = INFINITY;
        m_receipt.warnings = { "a \"warning\"\nof two lines" };
        m_receipt.tensors[2].name = "odd \x01\xff \\x41 \xc3\xa9";
        m_receipt.unchangedStorages["0:\n"] = 5;
        const std::string text = toJson(m_receipt).dump(2);
        const auto parsed = parseReceipt(text, "receipt");
        QVERIFY2(parsed, parsed ? "" : parsed.error().message.c_str());
        const std::string again = toJson(*parsed).dump(2);
        const auto differs = std::mismatch(text.begin(), text.end(), again.begin(), again.end()).first - text.begin();
        QVERIFY2(again == text, text.substr(static_cast<std::size_t>(differs)).c_str());
        QVERIFY(text.find("\"NaN\"") != std::string::npos && text.find("\"Infinity\"") != std::string::npos);
        QCOMPARE(parsed->tensors[2].name, m_receipt.tensors[2].name);
        QVERIFY(parsed->unchangedStorages == m_receipt.unchangedStorages);
        QCOMPARE(toJson(m_receipt)["format"].get<std::string>(), std::string("ravel.receipt/1"));
        QCOMPARE(toJson(m_receipt)["structure_changed"].get<bool>(), false);
    }

    void oneFlippedByteAnywhereIsFound_data()
    {
        QTest::addColumn<QString>("where");
        for (const char* where : { "start", "pickle", "changed element", "unchanged element of a changed tensor",
                 "unchanged storage", "checksum of a changed record", "checksum of an unchanged record", "padding", "end" })
            QTest::newRow(where) << QString::fromLatin1(where);
    }
    void oneFlippedByteAnywhereIsFound()
    {
        QFETCH(QString, where);
        prepare();
        const auto storageByte = [&](std::size_t s, std::int64_t element) {
            return m_checkpoint->storages[s].offset->value + element * dtypeSize(m_checkpoint->storages[s].dtype);
        };
        const auto size = m_checkpoint->files[0].status.identity.size;
        const auto& changed = m_checkpoint->records[m_checkpoint->storages[0].record];
        const auto& unchanged = m_checkpoint->records[m_checkpoint->storages[2].record];
        const std::map<QString, std::int64_t> places {
            { QStringLiteral("start"), 0 },
            { QStringLiteral("pickle"), m_checkpoint->records[0].offset.value + 30 },
            { QStringLiteral("changed element"), storageByte(0, 17) + 1 },
            { QStringLiteral("unchanged element of a changed tensor"), storageByte(1, 9) },
            { QStringLiteral("unchanged storage"), storageByte(2, 5) },
            { QStringLiteral("checksum of a changed record"), changed.crcPlaces.back().value + 2 },
            { QStringLiteral("checksum of an unchanged record"), unchanged.crcPlaces.front().value },
            { QStringLiteral("padding"), changed.offset.value - 1 },
            { QStringLiteral("end"), size - 1 },
        };
        Bytes bytes = readBytes(after());
        bytes[static_cast<std::size_t>(places.at(where))] ^= std::byte(0x40);
        writeBytes(after(), bytes);
        const Verdict found = verdict(m_receipt);
        QVERIFY(!found.ok);
        // Also where whoever altered the file altered the sum of the whole, too.
        Receipt forged = m_receipt;
        const std::string text = lines(found.lines);
        const auto at = text.find("the file after has the CRC-32 ");
        QVERIFY2(at != std::string::npos, text.c_str());
        forged.after.crc32 = static_cast<std::uint32_t>(std::stoul(text.substr(at + 30, 8), nullptr, 16));
        const Verdict again = verdict(forged);
        QVERIFY2(!again.ok, lines(again.lines).c_str());
    }

    void everyByteOfASmallFileCounts()
    {
        Model model;
        model.storages = { countingStorage(Dtype::Float32, 12), countingStorage(Dtype::Int16, 5) };
        model.tensors = { { "fc.weight", 0, { 12 }, {}, 0 }, { "b", 1, { 5 }, {}, 0 } };
        writeBytes(before(), fileKind("zip").write(model));
        const EditedFile file = openEdited(before(), R"([{"op": "add", "select": "fc.weight[3]", "value": 1}])");
        m_receipt = save(systemIo(), file.vector, file.recipe, after(), {}, Job()).value();
        const Bytes good = readBytes(after());
        for (std::size_t i = 0; i < good.size(); ++i) {
            Bytes bad = good;
            bad[i] ^= std::byte(1);
            writeBytes(after(), bad);
            QVERIFY2(!verdict(m_receipt).ok, std::to_string(i).c_str());
        }
        writeBytes(after(), good);
        QVERIFY(verdict(m_receipt).ok);
    }

    void aWrongReceiptIsFound_data()
    {
        QTest::addColumn<int>("lie");
        const char* lies[] = { "before crc", "after crc", "before size", "after size", "elements", "bytes", "largest change",
            "a tensor more", "a tensor less", "a tensor twice", "storage sum", "a storage less", "a storage more", "other bytes", "sha256" };
        for (int i = 0; i < 15; ++i)
            QTest::newRow(lies[i]) << i;
    }
    void aWrongReceiptIsFound()
    {
        QFETCH(int, lie);
        prepare("zip", true);
        Receipt r = m_receipt;
        QVERIFY(r.tensors.size() >= 3 && !r.unchangedStorages.empty());
        switch (lie) {
        case 0: r.before.crc32 ^= 1; break;
        case 1: r.after.crc32 ^= 1; break;
        case 2: ++r.before.size; break;
        case 3: --r.after.size; break;
        case 4: ++r.tensors[0].elementsChanged; break;
        case 5: --r.tensors[1].bytesChanged; break;
        case 6: r.tensors[0].maxAbsChange *= 1.0000001; break;
        case 7: r.tensors.push_back({ "fc.half", 1, 1, 1, 0 }); break;
        case 8: r.tensors.pop_back(); break;
        case 9: r.tensors.push_back(r.tensors[0]); break;
        case 10: r.unchangedStorages.begin()->second ^= 1; break;
        case 11: r.unchangedStorages.erase(r.unchangedStorages.begin()); break;
        case 12: r.unchangedStorages["0:77"] = 0; break;
        case 13: r.otherBytes ^= 0x100; break;
        case 14: (*r.after.sha256)[0] = (*r.after.sha256)[0] == 'a' ? 'b' : 'a'; break;
        }
        const Verdict found = verdict(r);
        QVERIFY(!found.ok);
        QVERIFY(std::any_of(found.lines.begin(), found.lines.end(), [](const std::string& line) { return line.starts_with("WRONG: "); }));
    }

    void otherFilesAreNotTheReceipts()
    {
        prepare();
        const Bytes old = readBytes(before());
        std::swap(m_receipt.before, m_receipt.after);
        QVERIFY(!verdict(m_receipt).ok);
        std::swap(m_receipt.before, m_receipt.after);
        writeBytes(after(), old);
        QVERIFY(!verdict(m_receipt).ok);
        writeBytes(after(), Bytes(old.begin(), old.end() - 1));
        QVERIFY(!verdict(m_receipt).ok);
        QVERIFY(!verify(systemIo(), before(), after() + "x", m_receipt, Job()));
        QVERIFY(!verify(systemIo(), before() + "x", after(), m_receipt, Job()));
    }

    void badReceiptsAreRefusedByKey_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("no json") << "{" << "not valid JSON";
        QTest::newRow("a list") << "[]" << "not an object";
        QTest::newRow("another format") << R"({"format": "ravel.recipe/1"})" << "ravel.receipt/1";
        QTest::newRow("unknown key") << R"({"format": "ravel.receipt/1", "extra": 1})" << "unknown key 'extra'";
        QTest::newRow("missing key") << R"({"format": "ravel.receipt/1"})" << "'before' is missing";
        QTest::newRow("wrong type") << R"({"format": "ravel.receipt/1", "before": 3})" << "before is not an object";
        QTest::newRow("wrong crc")
            << R"({"format": "ravel.receipt/1", "before": {"path": "a", "size": 1, "mtime_ns": 0, "crc32": "123"}})" << "eight hex digits";
        QTest::newRow("deep") << QString(100'000, QLatin1Char('[')) << "64 levels";
    }
    void badReceiptsAreRefusedByKey()
    {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const auto parsed = parseReceipt(text.toStdString(), "receipt");
        QVERIFY(!parsed);
        QVERIFY2(parsed.error().message.find(says.toStdString()) != std::string::npos, parsed.error().message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestVerify)
#include "tst_verify.moc"
