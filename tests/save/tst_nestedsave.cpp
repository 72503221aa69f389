// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints inside an archive: what an edit changes in one of them, both archives' checksums follow.
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "base/crc32.h"
#include "save/save.h"
#include "savefixture.h"
#include "support/torchzip.h"
#include "support/zipwriter.h"

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;

const char* const steps = R"([
    {"op": "set", "select": "policy.fc.weight[3, :]", "value": -1.5},
    {"op": "set", "select": "policy.big.weight[200:500, 3]", "value": 0.25},
    {"op": "set", "select": "policy.steps[1]", "value": 9007199254740993}])";

Model edited(Model model)
{
    for (std::size_t j = 0; j < 40; ++j)
        model.element<float>(0, 3 * 40 + j) = -1.5f;
    for (std::size_t i = 200; i < 500; ++i)
        model.element<float>(1, i * 1000 + 3) = 0.25f;
    model.element<std::int64_t>(3, 1) = 9007199254740993;
    return model;
}

// As Stable-Baselines3 writes: a text, and checkpoints beside each other.
Bytes archiveOf(const Bytes& policy, const Bytes& other, const ZipEntryOptions& options = {}, ZipWriter* writer = nullptr)
{
    ZipWriter own;
    ZipWriter& zip = writer ? *writer : own;
    zip.addText("data", "{\"gamma\": 0.99}", options);
    zip.add("policy", policy, options);
    zip.add("other", other, options);
    zip.addText("version", "1.2.0", options);
    return zip.finish(false);
}

// The same with checksums that are wrong by these bits: of the storage of "wide" in policy, and of policy in the archive.
Bytes spoiledArchive(const Model& policy, std::uint32_t innerError, std::uint32_t outerError)
{
    const auto spoil = [](Bytes& in, const ZipPlaces& places, std::uint32_t error) {
        for (const std::size_t place : { places.descriptor + 4, places.central + 16 })
            for (std::size_t i = 0; i < 4; ++i)
                in[place + i] ^= static_cast<std::byte>(error >> 8 * i);
    };
    ZipWriter inner, outer;
    Bytes bytes = torchZipBytes(policy.storages, policy.tensors, {}, &inner);
    spoil(bytes, inner.places("archive/data/4"), innerError);
    Bytes whole = archiveOf(bytes, fileKind("safetensors").write(plainModel()), {}, &outer);
    spoil(whole, outer.places("policy"), outerError);
    return whole;
}

ZipEntryOptions pythons() // what Python's zipfile writes to a file
{
    ZipEntryOptions options;
    options.descriptor = false;
    options.align = 1;
    options.flags = 0;
    return options;
}

} // namespace

class TestNestedSave : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory { QString::fromLatin1(quickDirectory()) };
    std::string at(const char* name) const { return m_directory.path().toStdString() + '/' + name; }

    Receipt saved(const Bytes& archive, const char* recipe, SaveOptions options = {})
    {
        writeBytes(at("model.zip"), archive);
        const EditedFile file = openEdited(at("model.zip"), recipe);
        options.overwrite = true;
        const auto receipt = save(systemIo(), file.vector, file.recipe, at("out.zip"), options, Job());
        if (!receipt)
            throw std::runtime_error(receipt.error().message);
        const auto verdict = verify(systemIo(), at("model.zip"), at("out.zip"), *receipt, Job());
        if (!verdict || !verdict->ok)
            throw std::runtime_error("the receipt is wrong");
        return *receipt;
    }

private Q_SLOTS:
    void onlyElementsAndBothChecksumsChange_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("outer");
        for (const FileKind& kind : fileKinds())
            for (int outer = 0; outer < (kind.name == "zip" ? 3 : 1); ++outer)
                QTest::addRow("%s, outer %d", kind.name.c_str(), outer) << QString::fromStdString(kind.name) << outer;
    }
    void onlyElementsAndBothChecksumsChange()
    {
        QFETCH(QString, kind);
        QFETCH(int, outer);
        ZipEntryOptions options;
        if (outer == 1)
            options = pythons();
        options.checksum = outer != 2;
        const FileKind& inner = fileKind(kind.toStdString());
        const Model model = inner.views ? sampleModel() : plainModel();
        const Bytes other = fileKind("zip").write(plainModel());
        const Bytes before = archiveOf(inner.write(model), other, options);
        const Receipt receipt = saved(before, steps);
        QCOMPARE(receipt.warnings.size(), std::size_t(0));
        QVERIFY(readBytes(at("out.zip")) == archiveOf(inner.write(edited(model)), other, options));
        saved(before, "[]");
        QVERIFY(readBytes(at("out.zip")) == before);
    }

    // Both members at once: the outer directory's checksums are two.
    void editsInSeveralMembersMeet()
    {
        const FileKind& zip = fileKind("zip");
        Model a = plainModel(), b = plainModel();
        const Bytes before = archiveOf(zip.write(a), zip.write(b));
        saved(before, R"([{"op": "set", "select": "policy.wide[0]", "value": 7}, {"op": "set", "select": "other.wide[1]", "value": 8}])");
        a.element<double>(4, 0) = 7;
        b.element<double>(4, 1) = 8;
        QVERIFY(readBytes(at("out.zip")) == archiveOf(zip.write(a), zip.write(b)));
    }

    void whatWasWrongStaysSoUnlessItIsMended_data()
    {
        QTest::addColumn<bool>("innerWrong");
        QTest::addColumn<bool>("outerWrong");
        QTest::newRow("inner") << true << false;
        QTest::newRow("outer") << false << true;
        QTest::newRow("both") << true << true;
    }
    void whatWasWrongStaysSoUnlessItIsMended()
    {
        QFETCH(bool, innerWrong);
        QFETCH(bool, outerWrong);
        const std::uint32_t inner = innerWrong ? 0x12345678 : 0, outer = outerWrong ? 0x0badf00d : 0;
        Model model = plainModel();
        const Bytes before = spoiledArchive(model, inner, outer);
        const char* const recipe = R"([{"op": "set", "select": "policy.wide[2]", "value": 0.5}])";
        model.element<double>(4, 2) = 0.5;

        QVERIFY(!saved(before, recipe).warnings.empty());
        QVERIFY(readBytes(at("out.zip")) == spoiledArchive(model, inner, outer)); // wrong by the same bits
        SaveOptions mend;
        mend.mendWrongCrc = true;
        saved(before, recipe, mend);
        QVERIFY(readBytes(at("out.zip")) == spoiledArchive(model, 0, 0));
    }

    void pythonAgreesOnBothLevels()
    {
        QProcess python;
        saved(archiveOf(fileKind("zip").write(sampleModel()), fileKind("zip, zip64 entries").write(plainModel()), pythons()), steps);
        python.start(QStringLiteral("/usr/bin/python3"), { QStringLiteral("-c"),
            QStringLiteral("import io,sys,zipfile\n"
                           "outer=zipfile.ZipFile(sys.argv[1])\n"
                           "assert outer.testzip() is None\n"
                           "for name in ('policy','other'):\n"
                           "    assert zipfile.ZipFile(io.BytesIO(outer.read(name))).testzip() is None\n"),
            QString::fromStdString(at("out.zip")) });
        if (!python.waitForFinished() || python.error() == QProcess::FailedToStart)
            QSKIP("there is no /usr/bin/python3");
        QVERIFY2(python.exitCode() == 0, python.readAllStandardError().constData());
    }
};

QTEST_GUILESS_MAIN(TestNestedSave)
#include "tst_nestedsave.moc"
