// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include "checkpoint/savejournal.h"
#include "save/save.h"
#include "savefixture.h"
#include "support/faultyio.h"
#include "support/memoryio.h"
#include "support/shardset.h"
#include "support/words.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;
using Folder = std::map<std::string, Bytes>; // what stands in one, by name

// Both touch shards one and two, not three.
const char* const steps = R"([{"op": "multiply", "select": "layers.*.weight", "factor": -1}, {"op": "set", "select": "steps[1]", "value": 7}])";
const std::string indexName = "model.safetensors.index.json";

std::vector<FixtureShard> editedShards(const std::string& extension = ".safetensors")
{
    auto shards = sampleShards(extension);
    for (const std::size_t s : { 0u, 1u }) {
        auto* values = reinterpret_cast<float*>(shards[s].storages[0].bytes.data());
        for (std::size_t i = 0; i < shards[s].storages[0].bytes.size() / 4; ++i)
            values[i] *= -1;
    }
    reinterpret_cast<std::int64_t*>(shards[1].storages[1].bytes.data())[1] = 7;
    return shards;
}

Folder contents(const std::string& folder)
{
    Folder found;
    const std::vector<std::string> names = systemIo().list(folder).value();
    for (const std::string& name : names)
        found[name] = readBytes(folder + '/' + name);
    return found;
}

Folder expected(const std::vector<FixtureShard>& shards, const std::string& container = "safetensors")
{
    Folder folder;
    for (const FixtureShard& shard : shards)
        folder[shard.name] = shardBytes(shard, container);
    folder[indexName] = shardIndexBytes(shards);
    return folder;
}

std::vector<std::string> strays(const std::string& folder)
{
    std::vector<std::string> names = systemIo().list(folder).value();
    std::erase_if(names, [](const std::string& name) { return name.find(".ravel-") == std::string::npos; });
    return names;
}

} // namespace

class TestSetSave : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_directory;
    std::string root() const { return m_directory->path().toStdString(); }
    std::string set() const { return root() + "/set"; }
    std::string out() const { return root() + "/out"; }
    void writeSample(const std::string& container = "safetensors", const std::string& extension = ".safetensors")
    {
        std::filesystem::remove_all(set());
        std::filesystem::create_directory(set());
        writeSet(set(), sampleShards(extension), container);
    }
    static Result<Receipt> saveTo(const EditedFile& file, const std::string& target, const SaveOptions& options = {}, Io& io = systemIo())
    {
        return save(io, file.vector, file.recipe, target, options, Job());
    }

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>(QString::fromLatin1(quickDirectory()));
        writeSample();
    }

    void aNewFolderHoldsTheWholeSet_data()
    {
        QTest::addColumn<QByteArray>("container");
        for (const char* container : { "safetensors", "zip", "legacy" })
            QTest::newRow(container) << QByteArray(container);
    }
    void aNewFolderHoldsTheWholeSet()
    {
        QFETCH(QByteArray, container);
        const std::string extension = container == "safetensors" ? ".safetensors" : ".bin";
        writeSample(container.toStdString(), extension);
        const Folder before = contents(set());
        const EditedFile file = openEdited(set(), steps);
        const auto receipt = saveTo(file, out());
        QVERIFY2(receipt, receipt ? "" : receipt.error().message.c_str());
        QVERIFY(contents(out()) == expected(editedShards(extension), container.toStdString()));
        QVERIFY(contents(set()) == before);
        QVERIFY(strays(root()).empty());
        QCOMPARE(receipt->tensors.size(), 3u);
        QCOMPARE(receipt->after.files.size(), 4u);
        QVERIFY(receipt->warnings.empty());
        const auto parsed = parseReceipt(toJson(*receipt).dump(), "receipt").value();
        for (const std::string& after : { out(), out() + '/' + indexName, out() + '/' })
            for (const std::string& then : { set(), set() + '/' + indexName }) {
                const auto verdict = verify(systemIo(), then, after, parsed, Job());
                QVERIFY2(verdict, verdict ? "" : verdict.error().message.c_str());
                QVERIFY(verdict->ok);
            }
        struct stat s { };
        QCOMPARE(stat((out() + '/' + indexName).c_str(), &s), 0);
        QCOMPARE(s.st_mode & 07777u, newFileMode());
    }

    void anEmptyFolderIsFilled()
    {
        std::filesystem::create_directory(out());
        const auto receipt = saveTo(openEdited(set(), steps), out() + '/');
        QVERIFY2(receipt, receipt ? "" : receipt.error().message.c_str());
        QVERIFY(contents(out()) == expected(editedShards()));
        QVERIFY(strays(root()).empty());
    }

    void withoutStepsTheCopyIsTheSame()
    {
        const Folder before = contents(set());
        const auto receipt = saveTo(openEdited(set()), out());
        QVERIFY(receipt);
        QVERIFY(contents(out()) == before);
        QVERIFY(receipt->tensors.empty());
        QVERIFY(verify(systemIo(), set(), out(), *receipt, Job()).value().ok);
    }

    void neighboursAreNotCopiedAndThatIsSaid()
    {
        writeBytes(set() + "/config.json", textBytes("{}"));
        const auto receipt = saveTo(openEdited(set(), steps), out()).value();
        QVERIFY(!std::filesystem::exists(out() + "/config.json"));
        QVERIFY(says(receipt.warnings, "'config.json'"));
    }

    void theOpenSetIsReplacedWhereItChanged_data()
    {
        QTest::addColumn<bool>("byIndex");
        QTest::newRow("its folder") << false;
        QTest::newRow("its index") << true;
    }
    void theOpenSetIsReplacedWhereItChanged()
    {
        QFETCH(bool, byIndex);
        writeBytes(set() + "/config.json", textBytes("{}"));
        const std::string path = byIndex ? set() + '/' + indexName : set();
        const EditedFile file = openEdited(path, steps);
        const auto statusOf = [&](std::size_t i) { return systemIo().status(file.checkpoint->files[i].path).value().identity; };
        std::vector<Identity> before;
        for (std::size_t i = 0; i < 4; ++i)
            before.push_back(statusOf(i));
        const auto receipt = saveTo(file, path);
        QVERIFY2(receipt, receipt ? "" : receipt.error().message.c_str());
        Folder wanted = expected(editedShards());
        wanted["config.json"] = textBytes("{}");
        QVERIFY(contents(set()) == wanted);
        for (std::size_t i = 0; i < 4; ++i)
            QCOMPARE(statusOf(i) == before[i], i >= 2); // three and the index were not touched
        QVERIFY(receipt->after.files[0].summed && receipt->after.files[1].summed);
        QVERIFY(!receipt->after.files[2].summed && !receipt->after.files[3].summed);
        const auto again = openCheckpoint(set()).value();
        QVERIFY(again->writable && again->messages.empty());
    }

    void aReceiptOfAReplacedSetIsVerified()
    {
        const std::string before = root() + "/before";
        std::filesystem::copy(set(), before);
        const auto receipt = saveTo(openEdited(set(), steps), set()).value();
        const auto parsed = parseReceipt(toJson(receipt).dump(), "receipt").value();
        const auto verdict = verify(systemIo(), before, set(), parsed, Job());
        QVERIFY2(verdict, verdict ? "" : verdict.error().message.c_str());
        QVERIFY(verdict->ok);
        // A file that the receipt calls untouched is compared all the same.
        std::fstream out(set() + '/' + sampleShards()[2].name, std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(-1, std::ios::end);
        out.put('x');
        out.close();
        QVERIFY(!verify(systemIo(), before, set(), parsed, Job()).value().ok);
    }

    void nothingToChangeWritesNothing()
    {
        FaultyIo io;
        const EditedFile file = openEdited(set(), R"([{"op": "multiply", "select": "layers.0.weight", "factor": 1}])", io);
        io.reset();
        QVERIFY(saveTo(file, set(), {}, io));
        QCOMPARE(io.count(Call::Rename), 0);
        QVERIFY(contents(set()) == expected(sampleShards()));
        io.reset();
        QVERIFY(saveTo(openEdited(set(), "[]", io), set(), {}, io));
        QCOMPARE(io.count(Call::Create), 0);
    }

    void aFolderThatIsNotEmptyIsRefused()
    {
        std::filesystem::create_directory(out());
        writeBytes(out() + "/mine.txt", textBytes("mine"));
        writeBytes(out() + '/' + sampleShards()[0].name, textBytes("old"));
        const Folder before = contents(out());
        const EditedFile file = openEdited(set(), steps);
        const auto refused = saveTo(file, out());
        QCOMPARE(refused.error().code, ErrorCode::Refused);
        QVERIFY(refused.error().message.find("is not empty") != std::string::npos);
        QVERIFY(contents(out()) == before);

        SaveOptions options;
        options.overwrite = true;
        const auto receipt = saveTo(file, out(), options);
        QVERIFY2(receipt, receipt ? "" : receipt.error().message.c_str());
        Folder wanted = expected(editedShards());
        wanted["mine.txt"] = textBytes("mine");
        QVERIFY(contents(out()) == wanted);
        QVERIFY(verify(systemIo(), set(), out(), *receipt, Job()).value().ok);
    }

    void whatCannotBeATargetIsRefused_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("message");
        QTest::newRow("a file") << QByteArray("file") << QByteArray("is a file: a set of files is saved into a folder");
        QTest::newRow("an index's name") << QByteArray("new.safetensors.index.json") << QByteArray("is the name of an index");
        QTest::newRow("no folder above") << QByteArray("a/b") << QByteArray("No such file");
        QTest::newRow("nothing") << QByteArray("..") << QByteArray("is not empty");
        QTest::newRow("a link to nowhere") << QByteArray("nowhere") << QByteArray("cannot be found");
    }
    void whatCannotBeATargetIsRefused()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, message);
        writeBytes(root() + "/file", textBytes("x"));
        QCOMPARE(symlink("gone", (root() + "/nowhere").c_str()), 0);
        const auto answer = saveTo(openEdited(set(), steps), root() + '/' + target.toStdString());
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.find(message.constData()) != std::string::npos, answer.error().message.c_str());
        QVERIFY(strays(root()).empty());
    }

    void linkedShardsAreCopiedButNotReplaced()
    {
        const std::string links = root() + "/links";
        std::filesystem::create_directory(links);
        for (const auto& [name, bytes] : contents(set()))
            QCOMPARE(symlink((set() + '/' + name).c_str(), (links + '/' + name).c_str()), 0);
        const Folder before = contents(set());
        const EditedFile file = openEdited(links, steps);
        const auto refused = saveTo(file, links);
        QCOMPARE(refused.error().code, ErrorCode::Refused);
        QVERIFY2(refused.error().message.find("is a link to") != std::string::npos, refused.error().message.c_str());
        QVERIFY(contents(set()) == before && strays(links).empty());
        QVERIFY(saveTo(file, out()));
        QVERIFY(contents(out()) == expected(editedShards()));
        QVERIFY(!std::filesystem::is_symlink(out() + '/' + indexName));
    }

    void hardLinkedShardsNeedAWord()
    {
        QCOMPARE(link((set() + '/' + sampleShards()[0].name).c_str(), (root() + "/other").c_str()), 0);
        const EditedFile file = openEdited(set(), steps);
        QCOMPARE(saveTo(file, set()).error().code, ErrorCode::Refused);
        QVERIFY(contents(set()) == expected(sampleShards()));
        SaveOptions options;
        options.breakLinks = true;
        QVERIFY(saveTo(file, set(), options));
        QVERIFY(contents(set()) == expected(editedShards()));
    }

    // A stranger's link at the journal's name must not lead the journal over another file.
    void aLinkAtTheJournalsNameIsNotFollowed()
    {
        writeBytes(root() + "/precious", textBytes("precious"));
        QCOMPARE(symlink("../precious", (set() + '/' + journalName(indexName)).c_str()), 0);
        const auto refused = saveTo(openEdited(set(), steps), set());
        QCOMPARE(refused.error().code, ErrorCode::Refused);
        QVERIFY(readBytes(root() + "/precious") == textBytes("precious"));
    }

    void readOnlySetsAreOnlyCopied()
    {
        QVERIFY(systemIo().remove(set() + '/' + sampleShards()[2].name));
        const EditedFile file = openEdited(set(), steps);
        QCOMPARE(saveTo(file, out()).error().code, ErrorCode::Refused);
        const auto copied = saveTo(openEdited(set()), out());
        QVERIFY2(copied, copied ? "" : copied.error().message.c_str());
        QVERIFY(contents(out()) == contents(set()));
        QVERIFY(says(copied->warnings, "is missing"));
    }

    void aSourceThatChangedStopsTheSave()
    {
        const EditedFile file = openEdited(set(), steps);
        const std::string untouched = set() + '/' + sampleShards()[2].name;
        writeBytes(untouched, readBytes(untouched));
        for (const std::string& target : { out(), set() })
            QCOMPARE(saveTo(file, target).error().code, ErrorCode::Changed);
        QVERIFY(!std::filesystem::exists(out()));
        QVERIFY(contents(set()) == expected(sampleShards()));
        SaveOptions options;
        options.ignoreChange = true;
        QVERIFY(saveTo(file, set(), options));
    }

    void aFullDiskIsSeenBeforeAnythingIsCopied()
    {
        FaultyIo io;
        const EditedFile file = openEdited(set(), steps, io);
        io.reset();
        io.setFreeSpace(ByteCount(600)); // one shard would fit
        const auto answer = saveTo(file, out(), {}, io);
        QVERIFY(!answer || io.count(Call::Copy) + io.count(Call::Write) == 0); // blocks may be shared
        if (!answer)
            QVERIFY2(answer.error().message.find("has no room: the save needs") != std::string::npos, answer.error().message.c_str());
        QCOMPARE(io.count(Call::Copy), 0);
    }

    void cancellingLeavesNothing()
    {
        const EditedFile file = openEdited(set(), steps);
        for (const std::string& target : { out(), set() }) {
            Job* cancelling = nullptr;
            Job job([&](std::int64_t done, std::int64_t total) {
                if (done > total / 2)
                    cancelling->cancel();
            });
            cancelling = &job;
            QCOMPARE(save(systemIo(), file.vector, file.recipe, target, {}, job).error().code, ErrorCode::Cancelled);
            QVERIFY(!std::filesystem::exists(out()) && strays(root()).empty() && strays(set()).empty());
            QVERIFY(contents(set()) == expected(sampleShards()));
        }
    }

    void hashesStandWithEachFile()
    {
        SaveOptions options;
        options.hash = true;
        const auto receipt = saveTo(openEdited(set(), steps), out(), options).value();
        for (const FileFacts& file : receipt.after.files)
            QVERIFY(file.sha256 && file.sha256->size() == 64);
        QVERIFY(!receipt.after.sha256);
        QVERIFY(verify(systemIo(), set(), out(), receipt, Job()).value().ok);
    }

    void verifyFindsEveryChangedByte()
    {
        const auto receipt = saveTo(openEdited(set(), steps), out()).value();
        for (const auto& [name, bytes] : contents(out()))
            for (std::size_t at = 0; at < bytes.size(); at += 7) {
                Bytes changed = bytes;
                changed[at] ^= std::byte(4);
                writeBytes(out() + '/' + name, changed);
                QVERIFY2(!verify(systemIo(), set(), out(), receipt, Job()).value().ok, (name + ' ' + std::to_string(at)).c_str());
                writeBytes(out() + '/' + name, bytes);
            }
        QVERIFY(verify(systemIo(), set(), out(), receipt, Job()).value().ok);
        QVERIFY(!verify(systemIo(), set() + '/' + sampleShards()[0].name, out(), receipt, Job())); // a shard alone
    }
};

QTEST_GUILESS_MAIN(TestSetSave)
#include "tst_setsave.moc"
