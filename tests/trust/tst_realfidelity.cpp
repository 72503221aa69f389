// SPDX-License-Identifier: GPL-3.0-or-later
// The same of real checkpoints: no edit, the same bytes; random edits, and only what they reached differs; undone, the same bytes again. And of hostile
// files that open: what is read-only or odd is still copied as it is. Real files also make up sets, each a shard of them.

#include "fuzz/fidelity.h"
#include "support/fixtures.h"
#include "support/messageform.h"
#include "support/shardset.h"
#include "support/sharedfiles.h"

#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

using namespace ravel;

namespace {

using Paths = std::vector<std::filesystem::path>;

// Checkpoints and what is taken for such, indexes of sets among them; not what is known of them.
Paths filesOf(const char* folder)
{
    Paths paths;
    const std::filesystem::path known = sharedFolder(folder) / "expected";
    for (const auto& file : std::filesystem::recursive_directory_iterator(sharedFolder(folder))) {
        const auto& path = file.path();
        const bool isIndex = path.string().ends_with(".index.json") && path.parent_path() != known;
        if (file.is_regular_file() && (isIndex || (path.extension() != ".json" && path.extension() != ".tsv" && path.extension() != ".md")))
            paths.push_back(path);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

void addFiles(const char* folder)
{
    for (const auto& path : filesOf(folder))
        QTest::newRow(path.filename().c_str()) << QString::fromStdString(path.string());
}

// Real files of one container and folder of the corpus that may be shards of one set: none names a tensor as another one does.
struct RealSet {
    Paths shards;
    std::set<std::string> names;
};
std::map<std::string, std::vector<RealSet>> realSets()
{
    constexpr std::size_t mostShards = 6;
    std::map<std::string, std::vector<RealSet>> sets;
    for (const auto& path : filesOf("corpus")) {
        const auto opened = openCheckpoint(path.string());
        if (!opened || (*opened)->isSet() || !(*opened)->writable || (*opened)->tensors.empty())
            continue;
        std::set<std::string> names;
        for (const Tensor& tensor : (*opened)->tensors)
            names.insert(tensor.name);
        auto& some = sets[path.parent_path().filename().string() + ", " + (*opened)->container];
        const auto fits = [&](const RealSet& set) {
            return set.shards.size() < mostShards && std::none_of(names.begin(), names.end(), [&](const std::string& name) { return set.names.contains(name); });
        };
        auto set = std::find_if(some.begin(), some.end(), fits);
        if (set == some.end())
            set = some.insert(some.end(), RealSet());
        set->shards.push_back(path);
        set->names.insert(names.begin(), names.end());
    }
    return sets;
}

// Copies of the shards, and the index that makes them one checkpoint.
std::string writeRealSet(const std::string& folder, const QStringList& paths)
{
    std::filesystem::create_directory(folder);
    std::vector<std::pair<std::string, std::string>> map;
    for (const QString& path : paths) {
        const std::filesystem::path shard = path.toStdString();
        std::filesystem::copy_file(shard, std::filesystem::path(folder) / shard.filename());
        for (const auto opened = openCheckpoint(shard.string()).value(); const Tensor& tensor : opened->tensors)
            map.emplace_back(tensor.name, shard.filename().string());
    }
    writeBytes(folder + "/model.index.json", shardIndexBytes(map));
    return folder;
}

} // namespace

class TestRealFidelity : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_made = 0;
    std::string newPath() { return m_folder.filePath(QString::number(++m_made)).toStdString(); }

    static FidelityOptions options()
    {
        FidelityOptions options;
        options.values = false; // there are NaNs in some
        return options;
    }
    static Random randomOf(const Checkpoint& checkpoint) { return Random(static_cast<std::uint64_t>(checkpoint.files[0].status.identity.size)); }

private Q_SLOTS:
    void savedFaithfully_data()
    {
        QTest::addColumn<QString>("path");
        addFiles("corpus");
        addFiles("hostile");
    }
    void savedFaithfully()
    {
        QFETCH(QString, path);
        const auto opened = openCheckpoint(path.toStdString());
        if (!opened)
            return;
        Random random = randomOf(**opened);
        const std::string saved = (*opened)->isSet() ? newPath() : m_folder.filePath(QStringLiteral("saved.pt")).toStdString();
        for (int round = 0; round < 3; ++round) {
            const std::string flaw = roundTripFlaw(systemIo(), *opened, saved, random, options());
            QVERIFY2(flaw.empty(), flaw.c_str());
        }
    }

    void setsOfRealFilesAreSavedFaithfully_data()
    {
        QTest::addColumn<QStringList>("shards");
        std::size_t most = 0;
        for (const auto& [name, sets] : realSets())
            for (std::size_t i = 0; i < sets.size(); ++i) {
                QStringList shards;
                for (const auto& path : sets[i].shards)
                    shards << QString::fromStdString(path.string());
                most = std::max(most, sets[i].shards.size());
                QTest::addRow("%s, %zu", name.c_str(), i + 1) << shards;
            }
        QVERIFY(most > 3);
    }
    void setsOfRealFilesAreSavedFaithfully()
    {
        QFETCH(QStringList, shards);
        const auto opened = openCheckpoint(writeRealSet(newPath(), shards));
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE((*opened)->files.size(), static_cast<std::size_t>(shards.size()) + 1);
        QVERIFY2((*opened)->writable, (*opened)->readOnlyReason.c_str());
        Random random = randomOf(**opened);
        std::string flaw = roundTripFlaw(systemIo(), *opened, newPath(), random, options());
        QVERIFY2(flaw.empty(), ("into a folder: " + flaw).c_str());
        flaw = overItselfFlaw(systemIo(), *opened, random, options());
        QVERIFY2(flaw.empty(), ("over itself: " + flaw).c_str());
        std::filesystem::remove_all(m_folder.path().toStdString());
        std::filesystem::create_directory(m_folder.path().toStdString());
    }

    void everyMessageIsOneClearSentence_data() { savedFaithfully_data(); }
    void everyMessageIsOneClearSentence()
    {
        QFETCH(QString, path);
        const auto opened = openCheckpoint(path.toStdString());
        const auto check = [](const std::string& message, const std::string& file) {
            const std::string flaw = messageFlaw(message, file);
            QVERIFY2(flaw.empty(), (flaw + ": " + message).c_str());
        };
        if (!opened)
            return check(opened.error().message, fileNameOf(path.toStdString()));
        for (const std::string& message : (*opened)->messages)
            check(message, {});
        if (!(*opened)->writable)
            check((*opened)->readOnlyReason, {});
        for (const Tensor& tensor : (*opened)->tensors)
            if (!tensor.reason.empty())
                check(tensor.reason, {});
    }
};

int main(int argc, char** argv)
{
    if (sharedFolder("corpus").empty() || sharedFolder("hostile").empty()) {
        std::puts("RAVEL-SKIPPED: no corpus");
        return 0;
    }
    QCoreApplication application(argc, argv);
    TestRealFidelity test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_realfidelity.moc"
