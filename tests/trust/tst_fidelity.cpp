// SPDX-License-Identifier: GPL-3.0-or-later
// A save changes what was edited and the checksums that cover it, in every container: edits are drawn at random, from fixed seeds.

#include "fuzz/fidelity.h"
#include "save/save.h"
#include "trust/containerkinds.h"

#include <QCryptographicHash>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <filesystem>

using namespace ravel;

namespace {

const QString python = QStringLiteral("/usr/bin/python3");

const char* const testzip = "import sys, zipfile\n"
                            "for name in sys.argv[1:]:\n"
                            "    wrong = zipfile.ZipFile(name).testzip()\n"
                            "    if wrong is not None: print(name, wrong)\n";

const char* const load = "import json, sys, warnings\n"
                         "warnings.simplefilter('ignore')\n"
                         "sys.path.insert(0, sys.argv[1])\n"
                         "import judge\n"
                         "print(json.dumps({name: {fact['name']: fact['sha256'] for fact in judge.facts(name, True)} for name in sys.argv[2:]}))\n";

QString digest(const EditedVector& vector, TensorOrdinal tensor)
{
    std::vector<std::byte> bytes;
    if (!vector.readBox(wholeBox(vector.checkpoint(), tensor), bytes))
        return QStringLiteral("unreadable");
    const QByteArrayView view(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()));
    return QString::fromLatin1(QCryptographicHash::hash(view.toByteArray(), QCryptographicHash::Sha256).toHex());
}

// The digests of a file's tensors by name.
QJsonObject digests(const EditedVector& vector, std::uint32_t file)
{
    QJsonObject digests;
    const Checkpoint& checkpoint = vector.checkpoint();
    for (TensorOrdinal t = 0; t < checkpoint.tensors.size(); ++t)
        if (checkpoint.storages[checkpoint.tensors[t].storage].id.file == file)
            digests[QString::fromStdString(checkpoint.tensors[t].name)] = digest(vector, t);
    return digests;
}

// What stands in a saved set beside its index; a file that was saved is itself.
QStringList checkpointFiles(const std::string& saved)
{
    QStringList files;
    if (!std::filesystem::is_directory(saved))
        return { QString::fromStdString(saved) };
    for (const auto& entry : std::filesystem::directory_iterator(saved))
        if (entry.path().extension() == ".bin")
            files << QString::fromStdString(entry.path().string());
    files.sort();
    return files;
}

// What cannot be edited says why.
bool saysWhy(const Checkpoint& checkpoint)
{
    return (checkpoint.writable || !checkpoint.readOnlyReason.empty())
        && std::none_of(checkpoint.tensors.begin(), checkpoint.tensors.end(), [](const Tensor& t) { return !t.editable && t.reason.empty(); });
}

} // namespace

class TestFidelity : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QStringList m_zips, m_torch; // saved files that others have to find sound

    // What torch.load finds in files, by their names; nothing where there is no torch.
    std::optional<QJsonObject> askTorch(const QStringList& files)
    {
        QProcess process;
        process.start(python, QStringList { QStringLiteral("-c"), QString::fromLatin1(load), qEnvironmentVariable("RAVEL_SOURCE") + QStringLiteral("/tests/torch") } + files);
        process.waitForFinished(300000);
        const QByteArray error = process.readAllStandardError();
        if (process.exitCode() != 0 && error.contains("No module named"))
            return std::nullopt;
        if (process.exitCode() != 0)
            qWarning("%s", error.constData());
        return QJsonDocument::fromJson(process.readAllStandardOutput()).object();
    }

private Q_SLOTS:
    void onlyWhatWasEditedChanges_data()
    {
        QTest::addColumn<int>("kind");
        for (std::size_t i = 0; i < containerKinds().size(); ++i)
            QTest::newRow(containerKinds()[i].name.c_str()) << static_cast<int>(i);
    }
    void onlyWhatWasEditedChanges()
    {
        QFETCH(int, kind);
        const ContainerKind& container = containerKinds()[static_cast<std::size_t>(kind)];
        const std::string folder = m_folder.filePath(QString::number(kind)).toStdString();
        std::filesystem::create_directory(folder);
        const std::string path = container.write(folder);
        const auto opened = openCheckpoint(path);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const auto& storages = (*opened)->storages;
        const bool editable = std::any_of(storages.begin(), storages.end(), [](const Storage& s) { return s.editable; });
        QCOMPARE(editable && (*opened)->writable, container.editable);
        QCOMPARE((*opened)->isSet(), container.set);
        QVERIFY(saysWhy(**opened));
        for (std::uint64_t seed = 1; seed <= 24; ++seed) {
            Random random(seed * 1000 + static_cast<std::uint64_t>(kind));
            FidelityOptions options;
            options.steps = 1 + static_cast<int>(seed % 6);
            const std::string saved = folder + "/saved" + std::to_string(seed) + ".pt";
            const std::string flaw = roundTripFlaw(systemIo(), *opened, saved, random, options);
            QVERIFY2(flaw.empty(), ("seed " + std::to_string(seed) + ": " + flaw).c_str());
            if (container.zip)
                m_zips << checkpointFiles(saved);
            if (container.torch && seed <= 6)
                m_torch << checkpointFiles(saved);
        }
    }

    void aSetSavedOverItselfKeepsWhatNoStepReached_data()
    {
        QTest::addColumn<int>("kind");
        for (std::size_t i = 0; i < containerKinds().size(); ++i)
            if (containerKinds()[i].set)
                QTest::newRow(containerKinds()[i].name.c_str()) << static_cast<int>(i);
    }
    void aSetSavedOverItselfKeepsWhatNoStepReached()
    {
        QFETCH(int, kind);
        for (std::uint64_t seed = 1; seed <= 24; ++seed) {
            const std::string folder = m_folder.filePath(QStringLiteral("over%1-%2").arg(kind).arg(seed)).toStdString();
            std::filesystem::create_directory(folder);
            const auto opened = openCheckpoint(containerKinds()[static_cast<std::size_t>(kind)].write(folder));
            QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
            Random random(seed * 1000 + static_cast<std::uint64_t>(kind));
            FidelityOptions options;
            options.steps = 1 + static_cast<int>(seed % 3);
            const std::string flaw = overItselfFlaw(systemIo(), *opened, random, options);
            QVERIFY2(flaw.empty(), ("seed " + std::to_string(seed) + ": " + flaw).c_str());
        }
    }

    void zipfileFindsEveryChecksumRight()
    {
        QProcess process;
        process.start(python, QStringList { QStringLiteral("-c"), QString::fromLatin1(testzip) } + m_zips);
        if (!process.waitForStarted())
            QSKIP("no Python");
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.readAllStandardError(), QByteArray());
        QCOMPARE(process.readAllStandardOutput(), QByteArray());
        QVERIFY(m_zips.size() > 100);
    }

    void torchLoadsTheSameNumbers()
    {
        if (!qEnvironmentVariableIsSet("RAVEL_WITH_TORCH"))
            QSKIP("asked for by the test of the label python");
        const auto said = askTorch(m_torch);
        if (!said)
            QSKIP("Debian's python3-torch is not installed");
        QVERIFY(m_torch.size() > 60);
        for (const QString& name : m_torch) {
            const auto saved = openCheckpoint(name.toStdString());
            QVERIFY(saved);
            QCOMPARE((*said)[name].toObject(), digests(EditedVector(*saved), 0));
        }
    }

    // Of each shard that was saved torch finds the numbers that the edited set showed before.
    void torchLoadsEachShardAsItWasToBe_data()
    {
        QTest::addColumn<int>("kind");
        for (std::size_t i = 0; i < containerKinds().size(); ++i)
            if (containerKinds()[i].set && containerKinds()[i].torch)
                QTest::newRow(containerKinds()[i].name.c_str()) << static_cast<int>(i);
    }
    void torchLoadsEachShardAsItWasToBe()
    {
        QFETCH(int, kind);
        if (!qEnvironmentVariableIsSet("RAVEL_WITH_TORCH"))
            QSKIP("asked for by the test of the label python");
        const std::string folder = m_folder.filePath(QStringLiteral("judged%1").arg(kind)).toStdString();
        std::filesystem::create_directory(folder);
        const auto opened = openCheckpoint(containerKinds()[static_cast<std::size_t>(kind)].write(folder));
        QVERIFY(opened);
        LayoutSpec spec;
        spec.scope = "";
        const auto layout = FlatLayout::make(*opened, spec);
        QVERIFY(layout);
        Random random(7);
        QJsonObject wanted;
        for (int round = 0; round < 6; ++round) {
            EditedVector vector(*opened);
            for (int i = 0; i < 3; ++i)
                if (const auto bound = bindStep(drawStep(**layout, random)->step, **layout, vector, ".", Job()))
                    vector = vector.with(*bound);
            QVERIFY(!vector.steps().empty());
            const std::string saved = folder + "/saved" + std::to_string(round);
            QVERIFY(save(systemIo(), vector, {}, saved, {}, Job()));
            for (std::uint32_t file = 0; file + 1 < (*opened)->files.size(); ++file) // the last one is the index
                wanted[QString::fromStdString(saved + '/' + (*opened)->files[file].name)] = digests(vector, file);
        }
        QCOMPARE(wanted.size(), 18);
        const auto said = askTorch(wanted.keys());
        if (!said)
            QSKIP("Debian's python3-torch is not installed");
        for (const QString& shard : wanted.keys())
            QCOMPARE((*said)[shard], wanted[shard]);
    }
};

QTEST_GUILESS_MAIN(TestFidelity)
#include "tst_fidelity.moc"
