// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/session.h"

#include "items/filewatch.h"
#include "items/recentfiles.h"
#include "items/stepselect.h"
#include "layout/slicesyntax.h"
#include "support/session.h"
#include "support/shardset.h"

#include <QSettings>
#include <QUndoStack>

#include <thread>

using namespace ravel;

namespace {

Step multiply(const char* select, double factor)
{
    Step step;
    step.operation = Operation::Multiply;
    step.value = Number::ofReal(factor);
    step.select = { { select, false } };
    return step;
}

} // namespace

class TestSession : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

private Q_SLOTS:
    void initTestCase() { QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder.path()); }

    void opensAndAnalyses()
    {
        Session session;
        QSignalSpy opened(&session, &Session::opened);
        QVERIFY(openNow(session, writeSample(m_folder)));
        QCOMPARE(opened.count(), 1);
        QCOMPARE(session.title(), "sample.safetensors");
        QTRY_COMPARE_WITH_TIMEOUT(session.document()->pyramid()->knownBlocks(), session.document()->pyramid()->blockCount(), 20000);
    }

    void aBrokenFileLeavesTheOldDocument()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        const Document* before = session.document();
        const QString broken = m_folder.filePath("broken.pt");
        writeBytes(broken.toStdString(), std::vector<std::byte>(100, std::byte { 0x55 }));
        QSignalSpy failed(&session, &Session::failed);
        session.open(broken);
        QVERIFY(waitFor(failed));
        QVERIFY(failed[0][0].toString().contains("broken.pt"));
        QCOMPARE(session.document(), before);
        QVERIFY(!session.opening());
    }

    void theLastOpenWins()
    {
        Session session;
        const QString one = writeSample(m_folder, "one.safetensors"), two = writeSample(m_folder, "two.safetensors");
        QSignalSpy opened(&session, &Session::opened);
        session.open(one);
        session.open(two);
        QTRY_COMPARE_WITH_TIMEOUT(session.title(), "two.safetensors", 20000);
        QCOMPARE(opened.count(), 1);
    }

    void aCancelledOpeningIsSaid()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder, "one.safetensors")));
        QSignalSpy cancelled(&session, &Session::openingCancelled), opened(&session, &Session::opened), failed(&session, &Session::failed);
        session.open(writeSample(m_folder, "two.safetensors"));
        session.cancel();
        QVERIFY(waitFor(cancelled));
        QVERIFY(!session.opening());
        QCOMPARE(session.title(), "one.safetensors");
        session.open(m_folder.filePath("two.safetensors")); // two at once: the last one is told of
        session.open(m_folder.filePath("one.safetensors"));
        QVERIFY(waitFor(opened));
        QCOMPARE(cancelled.count(), 1);
        QCOMPARE(failed.count(), 0);
    }

    void opensWithEdits()
    {
        Session session;
        QSignalSpy replayed(&session, &Session::replayed);
        Recipe recipe;
        recipe.layout.order = Order::Sorted;
        recipe.steps = { multiply("counting", 2), multiply("no.such.tensor", 2), multiply("#24:29", 10) };
        session.openWithEdits(writeSample(m_folder), recipe);
        QVERIFY(waitFor(replayed));
        const auto result = replayed[0][0].value<Replayed>();
        QVERIFY(!result.reloaded);
        QCOMPARE(result.applied, 2);
        QCOMPARE(result.refused.size(), 1);
        QVERIFY(result.refused[0].contains("no.such.tensor"));
        QCOMPARE(floatsIn(session.document()->edited(), "counting")[1], 2.0F);
        QCOMPARE(floatsIn(session.document()->edited(), "encoder.layers.0.bias")[4], 40.0F);
        QCOMPARE(session.undoStack()->count(), 2);
        QVERIFY(session.document()->modified());
    }

    void appliesUndoesAndRedoes()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        QSignalSpy applied(&session, &Session::applied), edits(&session, &Session::editsChanged);
        session.apply(multiply("encoder.layers.0.bias", 0.5));
        session.apply(multiply("encoder.layers.0.bias[4]", 10)); // prepared on what the first one leaves
        QTRY_COMPARE_WITH_TIMEOUT(applied.count(), 2, 20000);
        QCOMPARE(floatsIn(session.document()->edited(), "encoder.layers.0.bias"), (std::vector<float> { 0, 0.5, 1, 1.5, 20 }));
        QCOMPARE(session.undoStack()->count(), 2);
        QVERIFY(session.undoStack()->text(0).contains("0.5"));
        session.undoStack()->undo();
        QCOMPARE(floatsIn(session.document()->edited(), "encoder.layers.0.bias"), (std::vector<float> { 0, 0.5, 1, 1.5, 2 }));
        session.undoStack()->setIndex(0);
        QVERIFY(!session.document()->modified());
        session.undoStack()->setIndex(2);
        QCOMPARE(session.document()->recipe().steps.size(), 2u);
        QCOMPARE(edits.count(), 6);
    }

    void refusesWhatDoesNotFit()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        QSignalSpy failed(&session, &Session::failed);
        session.apply(multiply("half", 1e6));
        QVERIFY(waitFor(failed));
        QVERIFY2(failed[0][0].toString().contains("half"), qPrintable(failed[0][0].toString()));
        QVERIFY(!session.document()->modified());
        QCOMPARE(session.undoStack()->count(), 0);
    }

    // What still waits for one document is no edit of the next one.
    void anEditOfOneFileIsNotAppliedToTheNext()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder, "one.safetensors")));
        const QString two = writeSample(m_folder, "two.safetensors");
        QSignalSpy opened(&session, &Session::opened), failed(&session, &Session::failed);
        for (int i = 0; i < 200; ++i)
            session.apply(multiply("counting", 2));
        session.open(two);
        session.apply(multiply("half", 2)); // of which file?
        QCOMPARE(failed.count(), 1);
        QVERIFY(waitFor(opened));
        QTRY_VERIFY_WITH_TIMEOUT(!session.busy() && !session.applying(), 20000);
        QCOMPARE(session.title(), "two.safetensors");
        QVERIFY(!session.document()->modified());
        QCOMPARE(session.undoStack()->count(), 0);
        QSignalSpy applied(&session, &Session::applied);
        session.apply(multiply("counting", 3)); // and edits go on
        QVERIFY(waitFor(applied));
        QCOMPARE(floatsIn(session.document()->edited(), "counting")[1], 3.0F);
    }

    // What a number of the axis means is settled when the edit is asked for.
    void anotherLayoutMovesNoEdit()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        QSignalSpy applied(&session, &Session::applied);
        session.apply(multiply("#24:29", 10)); // of encoder.layers.0.weight; of encoder.layers.0.bias where they are sorted
        LayoutSpec sorted = session.document()->layout()->spec();
        sorted.order = Order::Sorted;
        session.setLayout(sorted);
        QVERIFY(waitFor(applied));
        QCOMPARE(floatsIn(session.document()->edited(), "encoder.layers.0.bias"), (std::vector<float> { 0, 1, 2, 3, 4 }));
        QCOMPARE(floatsIn(session.document()->edited(), "encoder.layers.0.weight")[4], 40.0F);
    }

    // A save goes on with the file as it wrote it: an edit that came in between would be gone.
    void nothingIsSavedOverAnEditThatStillWaits()
    {
        Session session;
        const QString path = writeSample(m_folder, "waits.safetensors");
        QVERIFY(openNow(session, path));
        QSignalSpy applied(&session, &Session::applied), saved(&session, &Session::saved), failed(&session, &Session::saveFailed), told(&session, &Session::failed);
        session.apply(multiply("counting", 2));
        QVERIFY(waitFor(applied));
        session.apply(multiply("encoder.layers.0.bias", 2));
        SaveOptions options;
        options.overwrite = true;
        session.save(path, options);
        QCOMPARE(failed.count(), 1);
        QVERIFY(!session.saving());
        QTRY_COMPARE_WITH_TIMEOUT(applied.count(), 2, 20000);
        session.save(path, options);
        session.apply(multiply("half", 2));
        session.reload();
        QCOMPARE(told.count(), 2); // both wait for the save
        QVERIFY(waitFor(saved));
        QCOMPARE(floatsIn(session.document()->edited(), "encoder.layers.0.bias")[4], 8.0F);
        QVERIFY(!session.opening());
        session.reload();
        session.save(path, options);
        QCOMPARE(failed.count(), 2);
    }

    void previewsWithoutChangingAnything()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        QSignalSpy previewed(&session, &Session::previewed);
        session.preview(multiply("encoder.layers.0.bias", 2));
        QTRY_COMPARE_WITH_TIMEOUT(previewed.count(), 2, 20000);
        const auto preview = previewed[1][0].value<Preview>();
        QVERIFY2(preview.error.isEmpty(), qPrintable(preview.error));
        QCOMPARE(preview.before.summary.mean, 2.0);
        QCOMPARE(preview.after.summary.mean, 4.0);
        QVERIFY(preview.effect.has_value());
        QCOMPARE(preview.effect->selected, 5);
        QCOMPARE(preview.effect->changed, 4); // 0 stays 0
        QVERIFY(!session.document()->modified());
    }

    void aPreviewThatWasReplacedSaysNothing()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        QSignalSpy previewed(&session, &Session::previewed);
        session.preview(multiply("counting", 3));
        session.preview(multiply("encoder.layers.0.bias", 2));
        QTRY_COMPARE_WITH_TIMEOUT(previewed.count(), 2, 20000);
        for (const auto& call : previewed)
            QCOMPARE(call[0].value<Preview>().step.value.real, 2.0);
    }

    void aPreviewSaysWhatIsWrong()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        QSignalSpy previewed(&session, &Session::previewed);
        session.preview(multiply("no.such.tensor", 3));
        QVERIFY(waitFor(previewed));
        QVERIFY(previewed[0][0].value<Preview>().error.contains("no.such.tensor"));
    }

    void aSetIsSavedOverItselfAndIntoANewFolder()
    {
        QDir(m_folder.path()).mkdir("set");
        const QString path = m_folder.filePath("set");
        writeSet(path.toStdString(), sampleShards());
        Session session;
        QVERIFY(openNow(session, path + u'/'));
        QCOMPARE(session.title(), "set");
        for (const QString& target : { path, m_folder.filePath("set2") }) {
            QSignalSpy applied(&session, &Session::applied), saved(&session, &Session::saved), failed(&session, &Session::saveFailed);
            session.apply(multiply("layers.1.weight", 2));
            QTRY_COMPARE_WITH_TIMEOUT(applied.count(), 1, 20000);
            session.save(target, {});
            QTRY_VERIFY_WITH_TIMEOUT(saved.count() + failed.count() > 0, 20000);
            QCOMPARE(saved.count(), 1);
            QCOMPARE(session.path(), target);
            QVERIFY(!session.document()->modified());
            QVERIFY(session.document()->checkpoint().messages.empty());
        }
        float value = 0;
        const Checkpoint& set = session.document()->checkpoint();
        QVERIFY(set.read(set.tensors[3].storage, StorageIndex(7), Count(1), reinterpret_cast<std::byte*>(&value)));
        QCOMPARE(value, 28.f);
    }

    void savesOnlyWhatWasEditedAndGoesOnWithTheNewFile()
    {
        Session session;
        const QString path = writeSample(m_folder, "save.safetensors");
        const auto before = readBytes(path.toStdString());
        QVERIFY(openNow(session, path));
        QSignalSpy applied(&session, &Session::applied), saved(&session, &Session::saved), failed(&session, &Session::saveFailed);
        session.apply(multiply("encoder.layers.0.bias[4]", 2));
        QVERIFY(waitFor(applied));
        SaveOptions options;
        options.overwrite = true;
        session.save(path, options);
        QVERIFY(session.saving());
        QTRY_VERIFY_WITH_TIMEOUT(saved.count() + failed.count() > 0, 20000);
        QCOMPARE(failed.count(), 0);
        const auto after = readBytes(path.toStdString());
        QCOMPARE(after.size(), before.size());
        std::size_t different = 0;
        for (std::size_t i = 0; i < after.size(); ++i)
            different += after[i] != before[i];
        QVERIFY(different > 0 && different <= 4);
        QVERIFY(!session.document()->modified());
        QCOMPARE(session.undoStack()->count(), 0);
        QCOMPARE(floatsIn(session.document()->edited(), "encoder.layers.0.bias"), (std::vector<float> { 0, 1, 2, 3, 8 }));
    }

    void aFailedSaveKeepsTheEdits()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        QSignalSpy applied(&session, &Session::applied), failed(&session, &Session::saveFailed);
        session.apply(multiply("counting", 2));
        QVERIFY(waitFor(applied));
        session.save(m_folder.filePath("no/such/folder/x.safetensors"), {});
        QVERIFY(waitFor(failed));
        QVERIFY(session.document()->modified());
        QVERIFY(!session.saving());
    }

    void anotherLayoutKeepsTheEdits()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        QSignalSpy applied(&session, &Session::applied), laidOut(&session, &Session::layoutChanged);
        session.apply(multiply("counting", 2));
        QVERIFY(waitFor(applied));
        LayoutSpec spec = session.document()->layout()->spec();
        spec.order = Order::Sorted;
        session.setLayout(spec);
        QCOMPARE(laidOut.count(), 1);
        QVERIFY(session.document()->modified());
        QCOMPARE(session.document()->layout()->spec().order, Order::Sorted);
        QTRY_COMPARE_WITH_TIMEOUT(session.document()->pyramid()->knownBlocks(), session.document()->pyramid()->blockCount(), 20000);
    }

    void noticesThatTheFileChanged()
    {
        Session session;
        const QString path = writeSample(m_folder, "watched.safetensors");
        FileWatch watch(*session.tasks());
        QVERIFY(openNow(session, path));
        watch.watch(session.document()->checkpoint().files);
        QSignalSpy changed(&watch, &FileWatch::changed);
        auto bytes = readBytes(path.toStdString());
        bytes.push_back(std::byte { 0 });
        writeBytes(path.toStdString(), bytes);
        watch.check();
        QVERIFY(waitFor(changed));
        watch.check(); // said once
        QCOMPARE(changed.count(), 1);
        watch.tellAgain();
        watch.setPaused(true);
        watch.check();
        QTRY_VERIFY(!session.busy());
        QCOMPARE(changed.count(), 1);
        watch.setPaused(false);
        watch.check();
        QTRY_COMPARE_WITH_TIMEOUT(changed.count(), 2, 20000);
        watch.accept();
        watch.tellAgain(); // what was accepted is not told
        watch.check();
        QTRY_VERIFY(!session.busy());
        QCOMPARE(changed.count(), 2);
    }

    void tasksCancelAtOnceAndDeliverNothing()
    {
        Tasks tasks(2);
        bool delivered = false, ended = false;
        std::atomic<bool> running { false };
        const Job job = tasks.run<int>(
            "waiting",
            [&running](const Job& inner) {
                running = true;
                while (!inner.cancelled())
                    std::this_thread::yield();
                return 1;
            },
            [&](int) { delivered = true; }, [&] { ended = true; });
        QTRY_VERIFY(running);
        tasks.cancelNamed();
        QTRY_VERIFY(ended);
        QVERIFY(!delivered);
        QVERIFY(job.cancelled());
        QVERIFY(!tasks.busy());
    }

    void progressIsToldOfLongWork()
    {
        Tasks tasks(1);
        QSignalSpy told(&tasks, &Tasks::progressed), idle(&tasks, &Tasks::idle);
        tasks.run<int>(
            "counting",
            [](const Job& job) {
                while (!job.cancelled())
                    job.progress(25, 100);
                return 0;
            },
            [](int) {});
        QVERIFY(waitFor(told));
        QCOMPARE(told[0][0].toString(), "counting");
        QCOMPARE(told[0][1].toInt(), 25);
        tasks.cancelNamed();
        QVERIFY(waitFor(idle));
    }

    void selectionsAreWrittenAsShortAsTheyCanBe_data()
    {
        QTest::addColumn<QStringList>("tensors");
        QTest::addColumn<QStringList>("select");
        QTest::newRow("one") << QStringList { "counting" } << QStringList { "counting" };
        QTest::newRow("module") << QStringList { "encoder.layers.0.weight", "encoder.layers.0.bias" } << QStringList { "encoder.layers.0.*" };
        QTest::newRow("modules") << QStringList { "encoder.layers.0.weight", "encoder.layers.0.bias", "encoder.layers.1.weight" }
                                 << QStringList { "encoder.layers.*" };
        QTest::newRow("not all of a module") << QStringList { "encoder.layers.0.bias", "encoder.layers.1.weight" }
                                             << QStringList { "encoder.layers.0.bias", "encoder.layers.1.weight" };
        QTest::newRow("all") << QStringList { "counting", "encoder.layers.0.weight", "encoder.layers.0.bias", "encoder.layers.1.weight", "step", "half" }
                             << QStringList { "*" };
    }
    void selectionsAreWrittenAsShortAsTheyCanBe()
    {
        QFETCH(QStringList, tensors);
        QFETCH(QStringList, select);
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        const FlatLayout& layout = *session.document()->layout();
        Selection selection;
        for (const QString& name : tensors)
            selection.boxes.push_back(wholeBox(layout.checkpoint(), layout.listed()[*layout.find(name.toStdString())].tensor));
        QStringList written;
        for (const SelectItem& item : selectItems(layout, selection))
            written << QString::fromStdString(item.text);
        QCOMPARE(written, select);
        // What is written selects the same again.
        Selection again;
        for (const QString& text : written) {
            const auto parsed = parseSelection(layout, text.toStdString());
            QVERIFY(parsed.has_value());
            again.boxes.insert(again.boxes.end(), parsed->boxes.begin(), parsed->boxes.end());
        }
        QCOMPARE(again.boxes.size(), selection.boxes.size());
    }

    void recentFilesAreFewAndNewestFirst()
    {
        RecentFiles recent;
        recent.clear();
        for (int i = 0; i < 14; ++i)
            recent.add(QStringLiteral("/tmp/file%1.pt").arg(i));
        recent.add("/tmp/file9.pt");
        QCOMPARE(recent.paths().size(), qsizetype(RecentFiles::limit));
        QCOMPARE(recent.paths()[0], "/tmp/file9.pt");
        QCOMPARE(recent.paths()[1], "/tmp/file13.pt");
        QCOMPARE(recent.paths().count("/tmp/file9.pt"), 1);
    }
};

QTEST_MAIN(TestSession)
#include "tst_session.moc"
