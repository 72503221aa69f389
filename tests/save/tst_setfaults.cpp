// SPDX-License-Identifier: GPL-3.0-or-later
// Every fault and every death in a save of a set; then the journals of strangers.
#include <QTemporaryDir>
#include <QTest>

#include "base/temporary.h"
#include "checkpoint/savejournal.h"
#include "save/save.h"
#include "savefixture.h"
#include "support/faultyio.h"
#include "support/shardset.h"
#include "support/words.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;
using Folder = std::map<std::string, Bytes>; // what stands in one, by name

const char* const steps = R"([{"op": "set", "select": "layers.*.weight", "value": 5}, {"op": "set", "select": "head.weight", "value": 6}])";
const std::string indexName = "model.safetensors.index.json";

std::vector<FixtureShard> editedShards()
{
    auto shards = sampleShards();
    for (FixtureShard& shard : shards) {
        FixtureStorage& weight = shard.storages[0];
        for (std::size_t i = 0; i < weight.bytes.size() / static_cast<std::size_t>(dtypeSize(weight.dtype)); ++i)
            if (weight.dtype == Dtype::Float32)
                reinterpret_cast<float*>(weight.bytes.data())[i] = 5;
            else
                reinterpret_cast<double*>(weight.bytes.data())[i] = 6;
    }
    return shards;
}

Folder folderOf(const std::vector<FixtureShard>& shards)
{
    Folder folder;
    for (const FixtureShard& shard : shards)
        folder[shard.name] = shardBytes(shard, "safetensors");
    folder[indexName] = shardIndexBytes(shards);
    return folder;
}

// Without what a save that died may leave beside it.
Folder contents(const std::string& folder, int* strays = nullptr)
{
    Folder found;
    const std::vector<std::string> names = systemIo().list(folder).value();
    for (const std::string& name : names)
        if (name.find(".ravel-") == std::string::npos)
            found[name] = readBytes(folder + '/' + name);
        else if (strays)
            ++*strays;
    return found;
}

enum class Where { Over, NewFolder, IntoFolder };

} // namespace

class TestSetFaults : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_directory;
    Folder m_old, m_new, m_otherOld, m_otherNew;
    std::string root() const { return m_directory->path().toStdString(); }
    std::string set() const { return root() + "/set"; }
    std::string out() const { return root() + "/out"; }

    void startAgain()
    {
        std::filesystem::remove_all(set());
        std::filesystem::remove_all(out());
        std::filesystem::create_directory(set());
        writeSet(set(), sampleShards());
    }
    // A folder that holds one file of the set's names, and one of its user's.
    void fillOut()
    {
        std::filesystem::create_directory(out());
        for (const auto& [name, bytes] : m_otherOld)
            writeBytes(out() + '/' + name, bytes);
    }
    Result<Receipt> saveNow(Where where, FaultyIo& io, const std::function<void()>& arm)
    {
        startAgain();
        if (where == Where::IntoFolder)
            fillOut();
        const EditedFile file = openEdited(set(), steps, io);
        io.reset();
        arm();
        SaveOptions options;
        options.overwrite = where == Where::IntoFolder;
        return save(io, file.vector, file.recipe, where == Where::Over ? set() : out(), options, Job());
    }
    static void addPlaces()
    {
        QTest::addColumn<int>("where");
        QTest::newRow("over itself") << static_cast<int>(Where::Over);
        QTest::newRow("a new folder") << static_cast<int>(Where::NewFolder);
        QTest::newRow("into a folder") << static_cast<int>(Where::IntoFolder);
    }
    // The folder that was saved to is as before, or as meant; nothing else.
    enum class Seen { Old, New, Mix };
    Seen seen(Where where) const
    {
        const std::string folder = where == Where::Over ? set() : out();
        if (where != Where::Over && contents(set()) != m_old)
            return Seen::Mix;
        if (where == Where::NewFolder && !std::filesystem::exists(out()))
            return Seen::Old;
        const Folder found = contents(folder);
        const Folder& then = where == Where::IntoFolder ? m_otherOld : m_old;
        const Folder& now = where == Where::IntoFolder ? m_otherNew : m_new;
        return found == now ? Seen::New : found == then && where != Where::NewFolder ? Seen::Old : Seen::Mix;
    }
    int strays() const
    {
        int count = 0;
        contents(set(), &count);
        if (std::filesystem::exists(out()))
            contents(out(), &count);
        for (const auto& entry : std::filesystem::directory_iterator(root()))
            count += entry.path().filename().string().find(".ravel-") != std::string::npos;
        return count;
    }

    // A set in which a save died when the journal stood and `renames` of three files had been replaced.
    void dieAfterRenames(int renames)
    {
        startAgain();
        FaultyIo io;
        const EditedFile file = openEdited(set(), steps, io);
        io.reset();
        int seenRenames = 0;
        io.onCall(Call::Rename, [&] {
            if (seenRenames++ == renames + 1) // the first one is the journal's own
                io.dieAfter(0);
        });
        QVERIFY(!save(io, file.vector, file.recipe, set(), {}, Job()));
        QVERIFY(systemIo().exists(journal()));
    }
    std::string journal() const { return set() + '/' + journalName(indexName); }
    std::vector<JournalEntry> journalNow() const
    {
        const Bytes bytes = readBytes(journal());
        return parseJournal({ reinterpret_cast<const char*>(bytes.data()), bytes.size() }).value();
    }
    void writeJournal(const std::vector<JournalEntry>& entries) const { writeBytes(journal(), textBytes(journalText(entries))); }

private Q_SLOTS:
    void initTestCase()
    {
        m_old = folderOf(sampleShards());
        m_new = folderOf(editedShards());
        m_otherOld = { { "mine.txt", textBytes("mine") }, { sampleShards()[1].name, textBytes("another model's") } };
        m_otherNew = m_new;
        m_otherNew["mine.txt"] = textBytes("mine");
        QVERIFY(m_old != m_new);
    }
    void init() { m_directory = std::make_unique<QTemporaryDir>(QString::fromLatin1(quickDirectory())); }

    void callsComeInTheOrderThatSurvivesAPowerCut()
    {
        FaultyIo io;
        QVERIFY(saveNow(Where::Over, io, [] {}));
        std::vector<Call> calls = io.trace();
        std::erase_if(calls, [](Call c) {
            return c != Call::Create && c != Call::Write && c != Call::Sync && c != Call::SyncDirectory && c != Call::Rename && c != Call::Remove;
        });
        calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
        const std::vector<Call> wanted { Call::Create, Call::Write, Call::Sync, Call::Create, Call::Write, Call::Sync, Call::Create, Call::Write,
            Call::Sync, Call::SyncDirectory,                                               // the shards stand
            Call::Create, Call::Write, Call::Sync, Call::Rename, Call::SyncDirectory,     // the journal stands
            Call::Rename, Call::SyncDirectory, Call::Remove, Call::SyncDirectory };        // they are in their places
        QVERIFY(calls == wanted);
        QCOMPARE(io.count(Call::Rename), 4);
    }

    void anyFaultLeavesOldOrNew_data() { addPlaces(); }
    void anyFaultLeavesOldOrNew()
    {
        QFETCH(int, where);
        const auto place = static_cast<Where>(where);
        for (int kind = 0; kind < callCount; ++kind) {
            for (int k = 1;; ++k) {
                FaultyIo io;
                const auto answer = saveNow(place, io, [&] { io.failAt(static_cast<Call>(kind), k, "No space left on device"); });
                const std::string at = std::string(callName(static_cast<Call>(kind))) + ' ' + std::to_string(k);
                if (!answer) {
                    QVERIFY2(answer.error().message.find("No space left") != std::string::npos, answer.error().message.c_str());
                    QVERIFY(answer.error().message.size() <= 300);
                }
                const bool between = !answer && answer.error().message.find("opening the set again finishes it") != std::string::npos;
                if (between) {
                    QVERIFY2(openCheckpoint(place == Where::Over ? set() : out()), at.c_str());
                    QVERIFY2(seen(place) == Seen::New, at.c_str());
                } else if (answer) {
                    QVERIFY2(seen(place) == Seen::New, at.c_str());
                } else {
                    const bool written = answer.error().message.find("is written whole") != std::string::npos;
                    QVERIFY2(seen(place) == (written ? Seen::New : Seen::Old), at.c_str());
                }
                if (systemIo().exists(out()) || place == Where::Over)
                    (void)openCheckpoint(place == Where::Over ? set() : out()); // takes a journal away that is left
                // What cannot be removed stays; all else is gone.
                QVERIFY2(strays() == 0 || static_cast<Call>(kind) == Call::Remove, at.c_str());
                if (!io.failed())
                    break;
            }
        }
    }

    // Killed before any call: the next one who opens the set sees the old one or the new one, and a save works again.
    void deathAtAnyCallLeavesOldOrNew_data() { addPlaces(); }
    void deathAtAnyCallLeavesOldOrNew()
    {
        QFETCH(int, where);
        const auto place = static_cast<Where>(where);
        const std::string target = place == Where::Over ? set() : out();
        bool sawOld = false, sawNew = false, finished = false;
        for (int k = 0;; ++k) {
            FaultyIo io;
            const auto answer = saveNow(place, io, [&] { io.dieAfter(k); });
            if (io.died() && systemIo().exists(target)) {
                const auto opened = openCheckpoint(target);
                for (const std::string& message : opened ? (*opened)->messages : std::vector<std::string>())
                    finished = finished || message.find("was finished now") != std::string::npos;
                QVERIFY(opened ? (*opened)->writable : place == Where::IntoFolder);
            }
            const Seen found = seen(place);
            QVERIFY2(found != Seen::Mix, std::to_string(k).c_str());
            QVERIFY(!answer || found == Seen::New);
            (found == Seen::Old ? sawOld : sawNew) = true;
            if (systemIo().exists(target))
                QVERIFY(!systemIo().exists(target + '/' + journalName(indexName)));
            if (!io.died())
                break;
        }
        QVERIFY(sawOld && sawNew);
        QCOMPARE(finished, place != Where::NewFolder);
    }

    // The one who finishes may die, too, or meet a fault.
    void deathWhileFinishingIsFinishedByTheNext()
    {
        for (int renames = 0; renames < 3; ++renames)
            for (int k = 0;; ++k) {
                dieAfterRenames(renames);
                FaultyIo io;
                io.dieAfter(k);
                (void)openCheckpoint(set(), io);
                const auto opened = openCheckpoint(set());
                QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
                QVERIFY2(contents(set()) == m_new, (std::to_string(renames) + ' ' + std::to_string(k)).c_str());
                QVERIFY((*opened)->writable);
                if (!io.died())
                    break;
            }
    }
    void faultsWhileFinishingNeverShowAMix()
    {
        for (int kind = 0; kind < callCount; ++kind)
            for (int k = 1;; ++k) {
                dieAfterRenames(1);
                FaultyIo io;
                io.failAt(static_cast<Call>(kind), k);
                const auto opened = openCheckpoint(set(), io);
                if (opened && (*opened)->writable)
                    QVERIFY(contents(set()) == m_new);
                QVERIFY(openCheckpoint(set()));
                QVERIFY(contents(set()) == m_new);
                if (!io.failed())
                    break;
            }
    }

    void aShardThatIsOpenedByItselfFinishesToo()
    {
        dieAfterRenames(1);
        const auto shard = openCheckpoint(set() + '/' + sampleShards()[2].name).value();
        QVERIFY(contents(set()) == m_new);
        QVERIFY(shard->writable);
    }

    void aStagedFileThatIsLostUndoesTheSave_data()
    {
        QTest::addColumn<bool>("damaged");
        QTest::newRow("gone") << false;
        QTest::newRow("damaged by the disk") << true;
    }
    void aStagedFileThatIsLostUndoesTheSave()
    {
        QFETCH(bool, damaged);
        dieAfterRenames(0);
        auto entries = journalNow();
        QCOMPARE(entries.size(), 3u);
        if (damaged) {
            entries[1].crc32 ^= 1; // as good as other bytes
            writeJournal(entries);
        } else {
            QVERIFY(systemIo().remove(set() + '/' + entries[1].temporary));
        }
        const auto opened = openCheckpoint(set()).value();
        int left = 0;
        QVERIFY(contents(set(), &left) == m_old);
        QCOMPARE(left, 0);
        QVERIFY(opened->writable);
        QVERIFY2(opened->messages.at(0).find("it was undone, everything is as before it") != std::string::npos, opened->messages[0].c_str());
    }

    void aMixThatCannotBeMendedIsReadOnly()
    {
        dieAfterRenames(1);
        const auto entries = journalNow();
        for (const JournalEntry& entry : entries)
            (void)systemIo().remove(set() + '/' + entry.temporary);
        const Folder before = contents(set());
        const auto opened = openCheckpoint(set()).value();
        QVERIFY(!opened->writable);
        QVERIFY2(opened->readOnlyReason.find("a mix of two states") != std::string::npos, opened->readOnlyReason.c_str());
        QVERIFY(contents(set()) == before && systemIo().exists(journal()));
    }

    // A journal cut at any byte, or with any byte changed, is not obeyed.
    void aTornJournalTouchesNothing()
    {
        dieAfterRenames(0);
        const Bytes good = readBytes(journal());
        int strayFiles = 0;
        contents(set(), &strayFiles);
        for (std::size_t at = 0; at < good.size(); ++at)
            for (const bool cut : { true, false }) {
                Bytes bad = good;
                if (cut)
                    bad.resize(at);
                else
                    bad[at] ^= std::byte(1);
                writeBytes(journal(), bad);
                const auto opened = openCheckpoint(set()).value();
                int left = 0;
                QVERIFY(contents(set(), &left) == m_old);
                QCOMPARE(left, strayFiles);
                QVERIFY2(opened->messages.at(0).find("is damaged") != std::string::npos, opened->messages[0].c_str());
            }
        // A save over the set puts its own in its place.
        const EditedFile file = openEdited(set(), steps);
        QVERIFY(save(systemIo(), file.vector, file.recipe, set(), {}, Job()));
        QVERIFY(contents(set()) == m_new);
        QVERIFY(!systemIo().exists(journal()));
    }

    // Whatever a journal from elsewhere asks for: nothing is renamed, nothing is removed, the set opens read-only.
    void aStrangersJournalTouchesNothing_data()
    {
        QTest::addColumn<QByteArray>("what");
        for (const char* what : { "up", "absolute", "another name", "the same twice", "not a temporary name", "a file beside the set", "a link as target",
                 "a link as temporary", "another inode", "another size", "another time", "another status change", "another target", "nothing replaced",
                 "a target that is gone", "a hard link", "the journal itself", "a folder", "made up" })
            QTest::newRow(what) << QByteArray(what);
    }
    void aStrangersJournalTouchesNothing()
    {
        QFETCH(QByteArray, what);
        dieAfterRenames(0);
        auto entries = journalNow();
        JournalEntry& entry = entries[0];
        writeBytes(set() + "/mine.txt", textBytes("mine"));
        writeBytes(root() + "/secret", textBytes("secret"));
        const std::string staged = set() + '/' + entry.temporary, target = set() + '/' + entry.target;
        const auto moveStaged = [&](const std::string& name) {
            entry.temporary = name;
            QVERIFY(systemIo().rename(staged, set() + '/' + name));
            entry.written = systemIo().status(set() + '/' + name).value().identity;
        };
        if (what == "up")
            entry.target = "../secret";
        else if (what == "absolute")
            entry.target = root() + "/secret";
        else if (what == "another name")
            entry.temporary = "mine.txt", entry.written = systemIo().status(set() + "/mine.txt").value().identity;
        else if (what == "the same twice")
            entries.push_back(entry);
        else if (what == "not a temporary name")
            moveStaged(".model.ravel-aaaaaa");
        else if (what == "a file beside the set") {
            moveStaged(temporaryPrefix("mine.txt") + "aaaaaa");
            entry.target = "mine.txt";
            entry.replaced = systemIo().status(set() + "/mine.txt").value().identity;
        } else if (what == "a link as target") {
            QVERIFY(systemIo().rename(target, root() + "/moved"));
            QCOMPARE(symlink("../moved", target.c_str()), 0);
            entry.replaced = systemIo().status(target).value().identity;
        } else if (what == "a link as temporary") {
            QVERIFY(systemIo().rename(staged, root() + "/moved"));
            QCOMPARE(symlink("../moved", staged.c_str()), 0);
            entry.written = systemIo().status(staged).value().identity;
        } else if (what == "another inode")
            ++entry.written.inode;
        else if (what == "another size")
            ++entry.written.size;
        else if (what == "another time")
            ++entry.written.mtimeNs;
        else if (what == "another status change")
            ++entry.written.ctimeNs;
        else if (what == "another target")
            ++entry.replaced->ctimeNs;
        else if (what == "nothing replaced")
            entry.replaced.reset();
        else if (what == "a target that is gone")
            QVERIFY(systemIo().remove(target));
        else if (what == "a hard link") {
            QCOMPARE(link(staged.c_str(), (root() + "/other").c_str()), 0);
            entry.written = systemIo().status(staged).value().identity;
        } else if (what == "the journal itself")
            entry.target = journalName(indexName);
        else if (what == "a folder") {
            QVERIFY(systemIo().remove(staged));
            QVERIFY(systemIo().createDirectory(staged));
            entry.written = systemIo().status(staged).value().identity;
        } else if (what == "made up") {
            entries = { { temporaryPrefix(entry.target) + "bbbbbb", entry.target, {}, 0, {} } };
        }
        writeJournal(entries);
        int before = 0, after = 0;
        const Folder then = contents(set(), &before);
        const auto opened = openCheckpoint(set()).value();
        QVERIFY(contents(set(), &after) == then);
        QCOMPARE(after, before);
        QVERIFY(readBytes(root() + "/secret") == textBytes("secret"));
        QVERIFY(!opened->writable);
        QVERIFY2(opened->readOnlyReason.find("does not fit the files beside it") != std::string::npos, opened->readOnlyReason.c_str());
    }

    // What stands at the journal's name and cannot be read, or is longer than any journal: the set is shown, and is not written.
    void aJournalThatCannotBeReadLeavesTheSetReadOnly_data()
    {
        QTest::addColumn<QByteArray>("what");
        for (const char* what : { "a folder", "a pipe", "a link to nowhere", "too long" })
            QTest::newRow(what) << QByteArray(what);
    }
    void aJournalThatCannotBeReadLeavesTheSetReadOnly()
    {
        QFETCH(QByteArray, what);
        startAgain();
        if (what == "a folder")
            QVERIFY(systemIo().createDirectory(journal()));
        else if (what == "a pipe")
            QCOMPARE(mkfifo(journal().c_str(), 0600), 0);
        else if (what == "a link to nowhere")
            QCOMPARE(symlink("nowhere", journal().c_str()), 0);
        else
            QVERIFY(systemIo().createNew(journal()).value()->resize(ByteCount(std::int64_t(1) << 40)));
        const EditedFile edited = openEdited(set(), steps);
        for (const std::string& path : { set(), set() + '/' + indexName }) {
            const auto opened = openCheckpoint(path);
            QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
            QCOMPARE((*opened)->tensors.size(), edited.vector.checkpoint().tensors.size());
            QVERIFY(!(*opened)->writable);
            QVERIFY2((*opened)->readOnlyReason.find(journalName(indexName)) != std::string::npos, (*opened)->readOnlyReason.c_str());
            QCOMPARE((*opened)->messages.at(0), (*opened)->readOnlyReason);
        }
        QVERIFY(openCheckpoint(set() + '/' + m_old.begin()->first)); // a shard of it
        const auto saved = save(systemIo(), edited.vector, edited.recipe, set(), {}, Job());
        QVERIFY(!saved);
        QCOMPARE(saved.error().code, ErrorCode::Refused);
        QVERIFY(contents(set()) == m_old);
        struct stat s { };
        QCOMPARE(lstat(journal().c_str(), &s), 0);
    }

    // As an archive or cp -r makes it: names, sizes, times of writing are the same, nothing else.
    void aCopiedFolderWithAJournalIsNotObeyed()
    {
        dieAfterRenames(1);
        std::filesystem::copy(set(), out());
        for (const auto& file : std::filesystem::directory_iterator(set())) {
            struct stat s { };
            QCOMPARE(stat(file.path().c_str(), &s), 0);
            const timespec times[2] { s.st_atim, s.st_mtim };
            QCOMPARE(utimensat(AT_FDCWD, (std::filesystem::path(out()) / file.path().filename()).c_str(), times, 0), 0);
        }
        const Folder before = contents(out());
        const auto opened = openCheckpoint(out()).value();
        QVERIFY(contents(out()) == before);
        QVERIFY(!opened->writable);
        QVERIFY(openCheckpoint(set()).value()->writable); // the one that it belongs to is finished
        QVERIFY(contents(set()) == m_new);
    }

    void journalsAreReadAsTheyAreWritten()
    {
        const std::vector<JournalEntry> entries { { ".a\nb.ravel-abcdef", "a\nb", { 7, 1ULL << 63, 5, -3, INT64_MAX }, 0xfedcba98, Identity { 0, 2, 3, 4, 5 } },
            { ".c.ravel-234567", "c", {}, 0, {} } };
        const std::string text = journalText(entries);
        const auto parsed = parseJournal(text).value();
        QCOMPARE(parsed.size(), 2u);
        QCOMPARE(parsed[0].target, std::string("a\nb"));
        QCOMPARE(parsed[0].written.inode, 1ULL << 63);
        QCOMPARE(parsed[0].written.mtimeNs, -3);
        QCOMPARE(parsed[0].crc32, 0xfedcba98u);
        QCOMPARE(parsed[0].replaced->ctimeNs, 5);
        QVERIFY(!parsed[1].replaced);
        QCOMPARE(journalText(parsed), text);
        QCOMPARE(journalText(parseJournal(journalText({})).value()), journalText({}));
        QCOMPARE(nameOfJournal(journalName("x.index.json")), std::string("x.index.json"));
        QVERIFY(nameOfJournal(".ravel-journal").empty() && nameOfJournal("x.ravel-journal").empty());
    }
};

QTEST_GUILESS_MAIN(TestSetFaults)
#include "tst_setfaults.moc"
