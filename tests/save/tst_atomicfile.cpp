// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "save/atomicfile.h"
#include "support/faultyio.h"
#include "support/fixtures.h"
#include "support/words.h"

#include <algorithm>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

using namespace ravel;

namespace {

} // namespace

class TestAtomicFile : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_directory;
    std::string at(const char* name) const { return m_directory->path().toStdString() + '/' + name; }
    std::string text(const char* name) const
    {
        const auto bytes = readBytes(at(name));
        return { reinterpret_cast<const char*>(bytes.data()), bytes.size() };
    }

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }
    void cleanup() { QVERIFY(!hasTemporary(m_directory->path().toStdString())); }

    void nothingIsThereBeforeCommit()
    {
        {
            auto out = AtomicFile::create(systemIo(), at("new"), false);
            QVERIFY(out);
            QVERIFY(out->file().writeAt(ByteOffset(0), textBytes("abc")));
            QVERIFY(!systemIo().exists(at("new")));
            QVERIFY(systemIo().exists(out->temporaryPath()));
            QCOMPARE((leftovers(systemIo(), at("new")).value()), std::vector { out->temporaryPath() });
        }
        QVERIFY(!systemIo().exists(at("new")));
    }

    void newFilesGetTheUmask()
    {
        const mode_t old = umask(027);
        QVERIFY(writeText(systemIo(), at("new"), "abc", false));
        umask(old);
        QCOMPARE(text("new"), std::string("abc"));
        QCOMPARE(systemIo().status(at("new"))->mode, 0100640u);
    }

    void whatIsReplacedKeepsModeOwnerAndAttributes()
    {
        writeBytes(at("old"), textBytes("old"));
        QCOMPARE(chmod(at("old").c_str(), 02751), 0);
        const bool root = geteuid() == 0;
        if (root) {
            QCOMPARE(chown(at("old").c_str(), 1234, 4321), 0);
            QCOMPARE(chmod(at("old").c_str(), 02751), 0);
        }
        const bool attributes = setxattr(at("old").c_str(), "user.origin", "hub", 3, 0) == 0;
        QVERIFY(writeText(systemIo(), at("old"), "new", true));
        QCOMPARE(text("old"), std::string("new"));
        const auto status = systemIo().status(at("old")).value();
        QCOMPARE(status.mode & 07777u, 02751u);
        if (root) {
            QCOMPARE(status.owner, 1234u);
            QCOMPARE(status.group, 4321u);
        }
        if (attributes) {
            char value[4] = {};
            QCOMPARE(getxattr(at("old").c_str(), "user.origin", value, 4), 3);
            QCOMPARE(std::string(value), std::string("hub"));
        }
    }

    void anOwnerThatCannotBeKeptIsAWarning()
    {
        if (geteuid() != 0)
            QSKIP("needs a file of somebody else");
        writeBytes(at("old"), textBytes("old"));
        QCOMPARE(chown(at("old").c_str(), 1234, 4321), 0);
        QCOMPARE(chmod(at("old").c_str(), 06755), 0);
        FaultyIo io;
        io.failAt(Call::SetOwner, 1);
        auto out = AtomicFile::create(io, at("old"), true);
        QVERIFY(out->commit());
        QCOMPARE(out->warnings().size(), 1u);
        QCOMPARE(systemIo().status(at("old"))->mode & 07777u, 0755u);
    }

    void refusals_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("says");
        QTest::newRow("existing") << "file" << "exists already";
        QTest::newRow("directory") << "directory" << "is a directory";
        QTest::newRow("fifo") << "fifo" << "no regular file";
        QTest::newRow("dangling link") << "dangling" << "leads nowhere";
        QTest::newRow("cyclic link") << "cyclic" << "leads nowhere";
        QTest::newRow("hard link") << "hardlink" << "2 hard links";
        QTest::newRow("no directory") << "missing/x" << "No such file";
        QTest::newRow("no name") << "missing/" << "names no file";
        QTest::newRow("empty") << "" << "names no file";
    }
    void refusals()
    {
        QFETCH(QString, kind);
        QFETCH(QString, says);
        const std::string path = kind.isEmpty() ? std::string() : at(kind.toStdString().c_str());
        if (kind == QLatin1String("file") || kind == QLatin1String("hardlink"))
            writeBytes(path, textBytes("old"));
        if (kind == QLatin1String("hardlink"))
            QCOMPARE(link(path.c_str(), at("other").c_str()), 0);
        if (kind == QLatin1String("directory"))
            QCOMPARE(mkdir(path.c_str(), 0700), 0);
        if (kind == QLatin1String("fifo"))
            QCOMPARE(mkfifo(path.c_str(), 0600), 0);
        if (kind == QLatin1String("dangling"))
            QCOMPARE(symlink("nowhere", path.c_str()), 0);
        if (kind == QLatin1String("cyclic"))
            QCOMPARE(symlink("cyclic", path.c_str()), 0);
        const auto answer = writeText(systemIo(), path, "new", kind != QLatin1String("file"));
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.find(says.toStdString()) != std::string::npos,
            answer.error().message.c_str());
    }

    void brokenLinksKeepTheOldBytesElsewhere()
    {
        writeBytes(at("a"), textBytes("old"));
        QCOMPARE(link(at("a").c_str(), at("b").c_str()), 0);
        auto out = AtomicFile::create(systemIo(), at("a"), true, true);
        QVERIFY(out->file().writeAt(ByteOffset(0), textBytes("new")));
        QVERIFY(out->commit());
        QCOMPARE(text("a"), std::string("new"));
        QCOMPARE(text("b"), std::string("old"));
    }

    void aLinkStaysAndItsTargetIsReplacedWhereItIs()
    {
        QCOMPARE(mkdir(at("there").c_str(), 0700), 0);
        writeBytes(at("there/real"), textBytes("old"));
        QCOMPARE(symlink("there/real", at("link").c_str()), 0);
        auto out = AtomicFile::create(systemIo(), at("link"), true);
        QCOMPARE(directoryOf(out->temporaryPath()), systemIo().canonicalPath(at("there")).value());
        QVERIFY(out->file().writeAt(ByteOffset(0), textBytes("new")));
        QVERIFY(out->commit());
        struct stat s { };
        QCOMPARE(lstat(at("link").c_str(), &s), 0);
        QVERIFY(S_ISLNK(s.st_mode));
        QCOMPARE(text("there/real"), std::string("new"));
    }

    void aTargetChangedMeanwhileIsNotOverwritten()
    {
        writeBytes(at("a"), textBytes("old"));
        auto out = AtomicFile::create(systemIo(), at("a"), true);
        writeBytes(at("a"), textBytes("theirs"));
        const auto answer = out->commit();
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::Changed);
        out = fail(ErrorCode::Io, {});
        QCOMPARE(text("a"), std::string("theirs"));

        auto fresh = AtomicFile::create(systemIo(), at("b"), false);
        writeBytes(at("b"), textBytes("theirs"));
        QCOMPARE(fresh->commit().error().code, ErrorCode::Refused);
        QCOMPARE(text("b"), std::string("theirs"));
    }

    void veryLongNamesHaveRoomForTheTemporary()
    {
        const std::string name(255, 'n');
        QVERIFY(writeText(systemIo(), at(name.c_str()), "abc", false));
        QCOMPARE(text(name.c_str()), std::string("abc"));
    }

    void syncsBeforeTheRenameAndTheDirectoryAfter()
    {
        FaultyIo io;
        QVERIFY(writeText(io, at("a"), "abc", false));
        const auto calls = io.trace();
        const auto place = [&](Call call) { return std::find(calls.begin(), calls.end(), call); };
        QVERIFY(place(Call::Write) < place(Call::Sync));
        QVERIFY(place(Call::Sync) < place(Call::Rename));
        QVERIFY(place(Call::Rename) < place(Call::SyncDirectory));
        QCOMPARE(io.count(Call::Sync), 1);
        QCOMPARE(io.count(Call::SyncDirectory), 1);
    }

    void anyFaultLeavesOldOrNew_data()
    {
        QTest::addColumn<int>("kind");
        for (int kind = 0; kind < callCount; ++kind)
            QTest::newRow(callName(static_cast<Call>(kind))) << kind;
    }
    void anyFaultLeavesOldOrNew()
    {
        QFETCH(int, kind);
        const auto call = static_cast<Call>(kind);
        for (int k = 1;; ++k) {
            writeBytes(at("a"), textBytes("old"));
            FaultyIo io;
            io.failAt(call, k, "No space left on device");
            const auto answer = writeText(io, at("a"), "fresh", true);
            const bool renamed = call == Call::SyncDirectory && !answer;
            QCOMPARE(text("a"), std::string(answer || renamed ? "fresh" : "old"));
            if (!answer)
                QVERIFY(answer.error().message.find("No space left") != std::string::npos);
            QVERIFY(io.count(Call::Sync) <= 1);
            QVERIFY(!hasTemporary(m_directory->path().toStdString()));
            if (!io.failed())
                break;
        }
    }

    void deathAtAnyCallLeavesOldOrNew()
    {
        bool sawOld = false, sawNew = false;
        for (int k = 0;; ++k) {
            writeBytes(at("a"), textBytes("old"));
            FaultyIo io;
            io.dieAfter(k);
            const auto answer = writeText(io, at("a"), "fresh", true);
            const std::string found = text("a");
            QVERIFY(found == "old" || found == "fresh");
            QVERIFY(!answer || found == "fresh");
            (found == "old" ? sawOld : sawNew) = true;
            const auto stale = leftovers(systemIo(), at("a")).value();
            QVERIFY(stale.size() <= 1);
            for (const auto& path : stale)
                QVERIFY(systemIo().remove(path));
            if (!io.died())
                break;
        }
        QVERIFY(sawOld && sawNew);
    }

    void withoutRightsItRefusesInASentence()
    {
        if (geteuid() != 0)
            QSKIP("changes identity");
        QCOMPARE(mkdir(at("closed").c_str(), 0755), 0);
        QCOMPARE(chmod(m_directory->path().toStdString().c_str(), 0777), 0);
        writeBytes(at("readonly"), textBytes("old"));
        QCOMPARE(chmod(at("readonly").c_str(), 0444), 0);
        QCOMPARE(seteuid(65534), 0);
        const auto file = writeText(systemIo(), at("readonly"), "new", true);
        const auto directory = writeText(systemIo(), at("closed/new"), "new", true);
        QCOMPARE(seteuid(0), 0);
        QVERIFY(!file && !directory);
        QVERIFY(file.error().message.find("may not be written: Permission denied") != std::string::npos);
        QVERIFY(directory.error().message.find("Permission denied") != std::string::npos);
        QCOMPARE(text("readonly"), std::string("old"));
    }
};

QTEST_GUILESS_MAIN(TestAtomicFile)
#include "tst_atomicfile.moc"
