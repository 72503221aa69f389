// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "save/atomicfile.h"
#include "save/save.h"
#include "savefixture.h"
#include "support/faultyio.h"

#include <algorithm>
#include <fstream>
#include <unistd.h>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;

const char* const steps = R"([{"op": "multiply", "select": "fc.weight", "factor": -1},
    {"op": "set", "select": "big.weight[100:300, 7]", "value": 0.5}])";

Model edited(Model model)
{
    for (std::size_t i = 0; i < 1200; ++i)
        model.element<float>(0, i) *= -1;
    for (std::size_t i = 100; i < 300; ++i)
        model.element<float>(1, i * 1000 + 7) = 0.5f;
    return model;
}

std::vector<std::string> temporaries(const std::string& directory)
{
    std::vector<std::string> names = systemIo().list(directory).value();
    std::erase_if(names, [](const std::string& name) { return name.find(".ravel-") == std::string::npos; });
    return names;
}

} // namespace

// Every fault of the system, one after the other, in a save over the open file: the file is the old one or the new one, to the bit.
class TestSaveFaults : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_directory;
    Bytes m_old, m_new;
    std::string directory() const { return m_directory->path().toStdString(); }
    std::string path() const { return directory() + "/model.pt"; }

private Q_SLOTS:
    void initTestCase()
    {
        m_old = fileKind("zip").write(sampleModel());
        m_new = fileKind("zip").write(edited(sampleModel()));
        QVERIFY(m_old != m_new);
    }
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>(QString::fromLatin1(quickDirectory()));
        writeBytes(path(), m_old);
    }

    void callsComeInTheOrderThatSurvivesAPowerCut()
    {
        FaultyIo io;
        const EditedFile file = openEdited(path(), steps, io);
        io.reset();
        QVERIFY(save(io, file.vector, file.recipe, path(), {}, Job()));
        const auto calls = io.trace();
        const auto first = [&](Call call) { return std::find(calls.begin(), calls.end(), call) - calls.begin(); };
        const auto last = [&](Call call) { return calls.rend() - std::find(calls.rbegin(), calls.rend(), call) - 1; };
        QVERIFY(last(Call::Write) < first(Call::Sync));
        QVERIFY(last(Call::Copy) < first(Call::Sync));
        QVERIFY(last(Call::SetMode) < first(Call::Sync));
        QVERIFY(last(Call::Read) < first(Call::Sync));
        QVERIFY(first(Call::Sync) < first(Call::Rename));
        QVERIFY(first(Call::Rename) < first(Call::SyncDirectory));
        for (const Call call : { Call::Sync, Call::Rename, Call::SyncDirectory, Call::Create })
            QCOMPARE(io.count(call), 1);
        QCOMPARE(io.count(Call::Remove), 0);
        QVERIFY(readBytes(path()) == m_new);
    }

    void unitsThatNoStepCoversAreNotReadForWriting()
    {
        FaultyIo io;
        const EditedFile file = openEdited(path(), R"([{"op": "set", "select": "steps[0]", "value": 5}])", io);
        io.reset();
        io.failAt(Call::Clone, 1);
        QVERIFY(save(io, file.vector, file.recipe, path(), {}, Job()));
        QVERIFY(io.count(Call::Copy) >= 2);
        QCOMPARE(io.count(Call::Write), 1 + 2); // one unit, and both copies of one CRC
    }

    void aUnitThatIsWhollyEditedIsNotCopiedFirst()
    {
        FaultyIo io;
        const EditedFile file = openEdited(path(), R"([{"op": "noise", "select": "*", "scale": 1, "seed": 1}])", io);
        io.reset();
        io.failAt(Call::Clone, 1);
        QVERIFY(save(io, file.vector, file.recipe, path(), {}, Job()));
        QCOMPARE(io.count(Call::Copy), 0);
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
        int met = 0;
        for (int k = 1;; ++k) {
            writeBytes(path(), m_old);
            FaultyIo io;
            const EditedFile file = openEdited(path(), steps, io);
            io.reset();
            io.failAt(call, k, "No space left on device");
            const auto answer = save(io, file.vector, file.recipe, path(), {}, Job());
            const Bytes found = readBytes(path());
            const bool renamed = call == Call::SyncDirectory && !answer;
            QVERIFY(found == (answer || renamed ? m_new : m_old));
            if (!answer) {
                QVERIFY2(answer.error().message.find("No space left") != std::string::npos, answer.error().message.c_str());
                QVERIFY(answer.error().message.size() <= 300);
            }
            QVERIFY2(temporaries(directory()).empty(), callName(call));
            QVERIFY(io.count(Call::Sync) <= 1);
            if (!io.failed())
                break;
            ++met;
        }
        // What a save needs at least once, and what can fail without failing it.
        const bool needed = call == Call::Create || call == Call::Read || call == Call::Write || call == Call::Copy
            || call == Call::Sync || call == Call::Rename || call == Call::SyncDirectory || call == Call::Close
            || call == Call::Resize || call == Call::FreeSpace || call == Call::Status || call == Call::SetMode;
        QVERIFY(!needed || met > 0);
    }

    void deathAtAnyCallLeavesOldOrNew()
    {
        bool sawOld = false, sawNew = false;
        for (int k = 0;; ++k) {
            writeBytes(path(), m_old);
            FaultyIo io;
            const EditedFile file = openEdited(path(), steps, io);
            io.reset();
            io.dieAfter(k);
            const auto answer = save(io, file.vector, file.recipe, path(), {}, Job());
            const Bytes found = readBytes(path());
            QVERIFY(found == m_old || found == m_new);
            QVERIFY(!answer || found == m_new);
            (found == m_old ? sawOld : sawNew) = true;
            const auto stale = leftovers(systemIo(), path()).value();
            QCOMPARE(stale.size(), temporaries(directory()).size());
            for (const auto& name : stale)
                QVERIFY(systemIo().remove(name));
            if (!io.died())
                break;
        }
        QVERIFY(sawOld && sawNew);
    }

    void aFullDiskIsSeenBeforeAnythingIsCopied()
    {
        FaultyIo io;
        const EditedFile file = openEdited(path(), steps, io);
        io.reset();
        io.setFreeSpace(ByteCount(1000));
        io.failAt(Call::Clone, 1);
        const auto answer = save(io, file.vector, file.recipe, path(), {}, Job());
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.find("needs 2.8 MB, has 1") != std::string::npos, answer.error().message.c_str());
        QCOMPARE(io.count(Call::Copy) + io.count(Call::Write), 0);
        QVERIFY(temporaries(directory()).empty());
    }

    // Another program writes to, replaces, truncates or deletes the file at the worst moments.
    void aSourceThatChangesMeanwhileStopsTheSave_data()
    {
        QTest::addColumn<QString>("how");
        QTest::addColumn<int>("when");
        for (const char* how : { "write", "replace", "truncate", "delete", "grow" })
            for (const Call when : { Call::Create, Call::Copy, Call::Sync, Call::Close })
                QTest::newRow((std::string(how) + " at " + callName(when)).c_str()) << QString::fromLatin1(how) << static_cast<int>(when);
    }
    void aSourceThatChangesMeanwhileStopsTheSave()
    {
        QFETCH(QString, how);
        QFETCH(int, when);
        FaultyIo io;
        const EditedFile file = openEdited(path(), steps, io);
        io.reset();
        bool done = false;
        io.onCall(static_cast<Call>(when), [&] {
            if (std::exchange(done, true))
                return;
            if (how == QLatin1String("write")) {
                std::fstream out(path(), std::ios::in | std::ios::out | std::ios::binary);
                out.seekp(100);
                out << "x";
            } else if (how == QLatin1String("replace")) {
                writeBytes(path() + "2", Bytes(10));
                QVERIFY(systemIo().rename(path() + "2", path()));
            } else if (how == QLatin1String("truncate")) {
                QCOMPARE(truncate(path().c_str(), 5000), 0);
            } else if (how == QLatin1String("delete")) {
                QVERIFY(systemIo().remove(path()));
            } else {
                std::ofstream(path(), std::ios::app) << "more";
            }
        });
        const auto answer = save(io, file.vector, file.recipe, path(), {}, Job());
        QVERIFY(done && !answer);
        QVERIFY(temporaries(directory()).empty());
        // Theirs is there, whatever it is: not ours.
        QVERIFY(how == QLatin1String("delete") ? !systemIo().exists(path()) : readBytes(path()) != m_new);
    }

    void aChangeThatTheCallerKnowsOfIsNoReasonToStop()
    {
        const EditedFile file = openEdited(path(), steps);
        QVERIFY(systemIo().rename(path(), directory() + "/moved.pt"));
        writeBytes(path(), Bytes(10));
        SaveOptions options;
        QCOMPARE(save(systemIo(), file.vector, file.recipe, path(), options, Job()).error().code, ErrorCode::Changed);
        QCOMPARE(readBytes(path()).size(), 10u);
        options.ignoreChange = true;
        const auto saved = save(systemIo(), file.vector, file.recipe, path(), options, Job());
        QVERIFY2(saved, saved ? "" : saved.error().message.c_str());
        QVERIFY(readBytes(path()) == m_new);
        QVERIFY(readBytes(directory() + "/moved.pt") == m_old);
    }

    void aShrunkSourceIsNeverSaved()
    {
        const EditedFile file = openEdited(path(), steps);
        QCOMPARE(truncate(path().c_str(), 5000), 0);
        SaveOptions options;
        options.ignoreChange = true;
        const auto answer = save(systemIo(), file.vector, file.recipe, directory() + "/out", options, Job());
        QCOMPARE(answer.error().code, ErrorCode::Changed);
        QVERIFY2(answer.error().message.find("to 5000 bytes") != std::string::npos, answer.error().message.c_str());
    }

    // A disk that does not keep what it was given is caught before the old file is replaced.
    void whatDoesNotReadBackIsNotSaved_data()
    {
        QTest::addColumn<int>("region");
        QTest::newRow("an edited place") << 0;
        QTest::newRow("a place that no step covers") << 1;
        QTest::newRow("a checksum") << 2;
    }
    void whatDoesNotReadBackIsNotSaved()
    {
        QFETCH(int, region);
        FaultyIo io;
        const EditedFile file = openEdited(path(), steps, io);
        const Storage& storage = file.checkpoint->storages[0];
        const std::int64_t places[] = { storage.offset->value + 40, file.checkpoint->storages[2].offset->value,
            file.checkpoint->records[storage.record].crcPlaces.front().value };
        io.reset();
        int reads = 0;
        const auto corrupt = [&] {
            const auto names = temporaries(directory());
            // Once the output stands whole: the first read after the last checksum was mended.
            if (names.empty() || io.count(Call::Write) < 2 + 2 * 2 || reads++ != 0)
                return;
            std::fstream out(directory() + '/' + names.front(), std::ios::in | std::ios::out | std::ios::binary);
            out.seekg(places[region]);
            const int byte = out.get();
            out.seekp(places[region]);
            out.put(static_cast<char>(byte ^ 1));
        };
        io.onCall(Call::Status, corrupt);
        const auto answer = save(io, file.vector, file.recipe, path(), {}, Job());
        QVERIFY(reads > 0);
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.starts_with(fileNameOf(path()) + ": what was written does not read back"), answer.error().message.c_str());
        QVERIFY(readBytes(path()) == m_old);
        QVERIFY(temporaries(directory()).empty());
    }
};

QTEST_GUILESS_MAIN(TestSaveFaults)
#include "tst_savefaults.moc"
