// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/io.h"
#include "base/transfer.h"
#include "support/words.h"

#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <csignal>
#include <cstring>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <thread>
#include <unistd.h>

using namespace ravel;

namespace {

std::vector<std::byte> pattern(std::size_t n)
{
    std::vector<std::byte> bytes(n);
    for (std::size_t i = 0; i < n; ++i)
        bytes[i] = static_cast<std::byte>((i * 2654435761u) >> 13);
    return bytes;
}

} // namespace

class TestIo : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    Io& m_io = systemIo();

    std::string path(const char* name) const { return m_directory.path().toStdString() + '/' + name; }
    std::unique_ptr<File> made(const char* name, std::span<const std::byte> bytes)
    {
        m_io.remove(path(name)).map_error([](const Error&) {});
        auto file = m_io.createNew(path(name));
        [&] { QVERIFY2(file, file ? "" : file.error().message.c_str()); }();
        [&] { QVERIFY((*file)->writeAt(ByteOffset(0), bytes)); }();
        return std::move(*file);
    }

private Q_SLOTS:
    void whatIsWrittenIsRead()
    {
        const auto bytes = pattern(3'000'001);
        made("a", bytes);
        QVERIFY(readWhole(m_io, path("a"), ByteCount(4'000'000)).value() == bytes);
        QCOMPARE(readWhole(m_io, path("a"), ByteCount(1000)).error().code, ErrorCode::Limit);
    }

    void shortReadNamesTheByteWhereTheFileEnds()
    {
        auto file = made("short", pattern(100));
        std::vector<std::byte> out(60);
        QVERIFY(file->readAt(ByteOffset(40), out));
        const auto answer = file->readAt(ByteOffset(50), out);
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.find("ends at byte 100, where 10 more") != std::string::npos,
            answer.error().message.c_str());
    }

    void onlyRegularFilesOpen_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("says");
        QTest::newRow("directory") << "directory" << "a directory";
        QTest::newRow("fifo") << "fifo" << "a FIFO";
        QTest::newRow("link to a fifo") << "link" << "a FIFO";
        QTest::newRow("socket") << "socket" << "a socket";
        QTest::newRow("device") << "/dev/zero" << "a character device";
        QTest::newRow("proc") << "/proc/self/mem" << "makes up";
        QTest::newRow("sys") << "/sys/kernel/mm/transparent_hugepage/enabled" << "";
        QTest::newRow("missing") << "missing" << "No such file";
        QTest::newRow("cyclic link") << "cycle" << "";
    }
    void onlyRegularFilesOpen()
    {
        QFETCH(QString, kind);
        QFETCH(QString, says);
        std::string name = kind.toStdString();
        if (name[0] != '/') {
            const QByteArray row = QTest::currentDataTag();
            name = path(("kind " + row).constData());
            if (kind == QLatin1String("directory"))
                mkdir(name.c_str(), 0700);
            if (kind == QLatin1String("fifo"))
                mkfifo(name.c_str(), 0600);
            if (kind == QLatin1String("link")) {
                mkfifo((name + "x").c_str(), 0600);
                QCOMPARE(symlink((name + "x").c_str(), name.c_str()), 0);
            }
            if (kind == QLatin1String("cycle"))
                QCOMPARE(symlink(name.c_str(), name.c_str()), 0);
            if (kind == QLatin1String("socket")) {
                sockaddr_un address {};
                address.sun_family = AF_UNIX;
                std::strncpy(address.sun_path, name.c_str(), sizeof address.sun_path - 1);
                const int s = socket(AF_UNIX, SOCK_STREAM, 0);
                QCOMPARE(bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
                ::close(s);
            }
        }
        const auto answer = m_io.openForReading(name);
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.find(says.toStdString()) != std::string::npos,
            answer.error().message.c_str());
        QVERIFY(answer.error().message.size() <= 300);
    }

    void createNewNeverTouchesWhatIsThere()
    {
        made("there", textBytes("old"));
        QVERIFY(!m_io.createNew(path("there")));
        QCOMPARE(symlink(path("nowhere").c_str(), path("dangling").c_str()), 0);
        QVERIFY(!m_io.createNew(path("dangling")));
        QVERIFY(!m_io.exists(path("nowhere")));
        QVERIFY(m_io.exists(path("dangling")));
        auto fresh = m_io.createNew(path("fresh"));
        QCOMPARE((*fresh)->status()->mode & 07777u, 0600u);
    }

    void copiesARangeToTheSamePlace()
    {
        const auto bytes = pattern(5'000'000);
        auto source = made("source", bytes);
        auto target = made("target", {});
        QVERIFY(target->resize(ByteCount(5'000'000)));
        QVERIFY(target->copyFrom(*source, { ByteOffset(1'234'567), ByteOffset(4'999'999) }));
        std::vector<std::byte> got(5'000'000);
        QVERIFY(target->readAt(ByteOffset(0), got));
        QVERIFY(std::equal(got.begin() + 1'234'567, got.begin() + 4'999'999, bytes.begin() + 1'234'567));
        QVERIFY(std::all_of(got.begin(), got.begin() + 1'234'567, [](std::byte b) { return b == std::byte(0); }));
        QCOMPARE(got.back(), std::byte(0));
    }

    void copyOfASourceThatIsTooShortFails()
    {
        auto source = made("tooshort", pattern(1000));
        auto target = made("target2", {});
        const auto answer = target->copyFrom(*source, { ByteOffset(0), ByteOffset(2000) });
        QVERIFY(!answer);
        QVERIFY(answer.error().message.find("ends at byte 1000") != std::string::npos);
    }

    void copiesBetweenFileSystems()
    {
        QTemporaryDir other(QStringLiteral("/dev/shm/ravel-XXXXXX"));
        if (!other.isValid())
            QSKIP("no /dev/shm");
        const auto bytes = pattern(2'500'000);
        auto source = made("across", bytes);
        auto target = m_io.createNew(other.path().toStdString() + "/t");
        QVERIFY((*target)->copyFrom(*source, { ByteOffset(0), ByteOffset(2'500'000) }));
        QVERIFY(readWhole(m_io, other.path().toStdString() + "/t", ByteCount(1 << 30)).value() == bytes);
    }

    void cloneIsWholeOrUnsupported()
    {
        const auto bytes = pattern(100'000);
        auto source = made("c1", bytes);
        auto target = made("c2", {});
        if (const auto answer = target->cloneFrom(*source))
            QVERIFY(readWhole(m_io, path("c2"), ByteCount(1 << 30)).value() == bytes);
        else
            QCOMPARE(answer.error().code, ErrorCode::Unsupported);
    }

    void statusTellsOneStateFromAnother()
    {
        auto file = made("state", pattern(10));
        const Identity before = m_io.status(path("state"))->identity;
        QVERIFY(before == file->status()->identity);
        QCOMPARE(before.size, 10);
        QVERIFY(file->writeAt(ByteOffset(10), pattern(1)));
        QVERIFY(!(before == file->status()->identity));
        QCOMPARE(::link(path("state").c_str(), path("state2").c_str()), 0);
        QCOMPARE(file->status()->links, 2u);
        QVERIFY(!m_io.status(path("missing")));
    }

    void modeAndAttributesAreCarriedOver()
    {
        auto source = made("attributes", pattern(10));
        auto target = made("attributes2", pattern(10));
        QVERIFY(target->setMode(0640));
        QCOMPARE(target->status()->mode, 0100640u);
        QVERIFY(target->setOwner(getuid(), getgid()));
        if (setxattr(path("attributes").c_str(), "user.note", "kept", 4, 0) != 0)
            QSKIP("no extended attributes here");
        QVERIFY(target->copyAttributesFrom(*source));
        char value[8] = {};
        QCOMPARE(getxattr(path("attributes2").c_str(), "user.note", value, sizeof value), 4);
        QCOMPARE(std::string(value), std::string("kept"));
    }

    void directoryCalls()
    {
        QCOMPARE(mkdir(path("dir").c_str(), 0700), 0);
        made("dir/b", {});
        made("dir/a", {});
        QVERIFY((m_io.list(path("dir")).value() == std::vector<std::string> { "a", "b" }));
        QVERIFY(m_io.rename(path("dir/b"), path("dir/a")));
        QVERIFY((m_io.list(path("dir")).value() == std::vector<std::string> { "a" }));
        QVERIFY(m_io.syncDirectory(path("dir")));
        QVERIFY(!m_io.syncDirectory(path("missing")));
        QVERIFY(m_io.freeSpace(path("dir"))->value > 0);
        QVERIFY(m_io.checkWritable(path("dir/a")));
        QCOMPARE(symlink("dir/a", path("toA").c_str()), 0);
        QCOMPARE(*m_io.canonicalPath(path("toA")), *m_io.canonicalPath(path("dir")) + "/a");
        QVERIFY(m_io.remove(path("dir/a")));
        QVERIFY(!m_io.canonicalPath(path("toA")));
    }

    void namesAreTakenApart()
    {
        QCOMPARE(directoryOf("a"), std::string("."));
        QCOMPARE(directoryOf("/a"), std::string("/"));
        QCOMPARE(directoryOf("x/y/a"), std::string("x/y"));
        QCOMPARE(fileNameOf("x/y/a"), std::string("a"));
        QCOMPARE(fileNameOf("a"), std::string("a"));
    }

    void writingBeyondALimitIsASentence()
    {
        auto file = made("limited", {});
        const auto previous = std::signal(SIGXFSZ, SIG_IGN);
        rlimit old {};
        getrlimit(RLIMIT_FSIZE, &old);
        rlimit low { 100'000, old.rlim_max };
        setrlimit(RLIMIT_FSIZE, &low);
        const auto answer = file->writeAt(ByteOffset(0), pattern(200'000));
        setrlimit(RLIMIT_FSIZE, &old);
        std::signal(SIGXFSZ, previous);
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::Io);
        QVERIFY(answer.error().message.find("limited cannot be written") != std::string::npos);
    }

    void shortCountsAndInterruptionsLoseNothing()
    {
        int calls = 0;
        const Transferred whole = transferAll(10, [&](std::size_t done) -> ssize_t {
            if (calls++ % 2 == 0) {
                errno = EINTR;
                return -1;
            }
            return done < 9 ? 3 : 1;
        });
        QCOMPARE(whole.bytes, 10u);
        QCOMPARE(whole.error, 0);
        const Transferred ended = transferAll(10, [](std::size_t done) -> ssize_t { return done < 4 ? 4 : 0; });
        QCOMPARE(ended.bytes, 4u);
        QCOMPARE(ended.error, 0);
        const Transferred broken = transferAll(10, [](std::size_t done) -> ssize_t {
            errno = EIO;
            return done < 4 ? 4 : -1;
        });
        QCOMPARE(broken.error, EIO);
        int left = 3;
        QCOMPARE(uninterrupted([&] { return left-- > 0 ? (errno = EINTR, -1) : 0; }), 0);
    }

    void pathsInSentencesAreEscapedAndShort()
    {
        const auto odd = m_io.openForReading("/no\nsuch\x1b[31m\xff");
        QVERIFY2(odd.error().message.find("/no\\u000asuch\\u001b[31m\\xff cannot be opened") == 0, odd.error().message.c_str());
        const auto deep = m_io.openForReading(std::string(3000, '/') + "file.pt");
        QVERIFY(deep.error().message.size() <= 300);
        QVERIFY(deep.error().message.find("file.pt cannot be opened") != std::string::npos);
    }

    void readsFromManyThreads()
    {
        const auto bytes = pattern(1 << 20);
        auto file = made("threads", bytes);
        std::vector<std::thread> threads;
        std::atomic<int> wrong = 0;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                std::vector<std::byte> out(1000);
                for (int i = t; i < 1000; i += 4) {
                    if (!file->readAt(ByteOffset(i * 1000), out)
                        || std::memcmp(out.data(), bytes.data() + i * 1000, 1000) != 0)
                        ++wrong;
                }
            });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_GUILESS_MAIN(TestIo)
#include "tst_io.moc"
