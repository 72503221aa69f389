// SPDX-License-Identifier: GPL-3.0-or-later
// What the window says and does when a file that it shows, or compares with, changes on disk.
#include "app/mainwindow.h"

#include "app/actions.h"
#include "app/banners.h"
#include "items/comparison.h"
#include "items/filewatch.h"
#include "support/session.h"
#include "widgets/messagebar.h"

#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QUndoStack>
#include <QtTest>

#include <memory>

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

// one (8,) and, where it is asked for, two (6,): each counting from 0, plus a constant.
void writeNumbers(const QString& path, float plus, bool withTwo = true)
{
    std::vector<float> one, two;
    for (int i = 0; i < 8; ++i)
        one.push_back(static_cast<float>(i) + plus);
    for (int i = 0; i < 6; ++i)
        two.push_back(static_cast<float>(i) + plus);
    QFile::remove(path); // another inode: what is open keeps its bytes
    if (withTwo)
        writeBytes(path.toStdString(), safetensorsBytes({ storageOf(Dtype::Float32, one), storageOf(Dtype::Float32, two) }, { { "one", 0, { 8 } }, { "two", 1, { 6 } } }));
    else
        writeBytes(path.toStdString(), safetensorsBytes({ storageOf(Dtype::Float32, one) }, { { "one", 0, { 8 } } }));
}

Step multiply(const char* what, double by)
{
    Step step;
    step.operation = Operation::Multiply;
    step.value = Number::ofReal(by);
    step.select = { { what, false } };
    return step;
}

} // namespace

class TestOnDisk : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    QString m_path, m_other;
    std::unique_ptr<MainWindow> m_window;

    Session& session() { return m_window->session(); }
    MessageBar& messages() { return *m_window->panes().messages; }
    Comparison& comparison() { return *m_window->panes().comparison; }
    std::vector<float> values(const char* name) { return floatsIn(session().document()->edited(), name); }
    bool apply(const Step& step)
    {
        QSignalSpy applied(&session(), &Session::applied);
        session().apply(step);
        return waitFor(applied);
    }
    bool told(FileWatch* watch, const QString& key)
    {
        watch->check();
        return QTest::qWaitFor([&] { return messages().has(key); }, 20000);
    }
    bool compare()
    {
        QSignalSpy compared(&comparison(), &Comparison::compared);
        comparison().open(m_other);
        return waitFor(compared);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QCoreApplication::setOrganizationName("ravel-test");
        QCoreApplication::setApplicationName("ravel-test-disk");
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder.path());
        m_path = m_folder.filePath(u"a.safetensors"_s);
        m_other = m_folder.filePath(u"b.safetensors"_s);
    }
    void init()
    {
        QSettings().clear();
        writeNumbers(m_path, 0);
        writeNumbers(m_other, 1);
        m_window = std::make_unique<MainWindow>();
        m_window->resize(1280, 800);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        QSignalSpy opened(&session(), &Session::layoutChanged);
        m_window->open(m_path);
        QVERIFY(waitFor(opened));
    }
    void cleanup() { m_window.reset(); }

    void theBarCountsTheEditsThatAReloadMeets()
    {
        writeNumbers(m_path, 10);
        QVERIFY(told(m_window->banners().watch(), u"changed"_s));
        QCOMPARE(messages().textOf(u"changed"_s), u"a.safetensors has changed on disk."_s);
        QVERIFY(apply(multiply("one", 2)));
        QVERIFY2(messages().textOf(u"changed"_s).contains(u"1 unsaved edit(s)"_s), qPrintable(messages().textOf(u"changed"_s)));
        QVERIFY(apply(multiply("one", 3)));
        QVERIFY(messages().textOf(u"changed"_s).contains(u"2 unsaved edit"_s));
        session().undoStack()->undo();
        session().undoStack()->undo();
        QVERIFY(!messages().textOf(u"changed"_s).contains(u"edit"_s));
    }

    void aReloadAppliesTheEditsToTheNewNumbers()
    {
        QVERIFY(apply(multiply("one[2:4]", 2)) && apply(multiply("two", -1)));
        writeNumbers(m_path, 10);
        QVERIFY(told(m_window->banners().watch(), u"changed"_s));
        QSignalSpy replayed(&session(), &Session::replayed);
        messages().answer(u"changed"_s, 0);
        QVERIFY(waitFor(replayed));
        QCOMPARE(values("one"), (std::vector<float> { 10, 11, 24, 26, 14, 15, 16, 17 }));
        QCOMPARE(values("two"), (std::vector<float> { -10, -11, -12, -13, -14, -15 }));
        QVERIFY(session().document()->modified());
        QVERIFY(m_window->isWindowModified());
        QVERIFY(!messages().has(u"changed"_s));
        QVERIFY2(messages().textOf(u"replayed"_s).contains(u"2 edit"_s), qPrintable(messages().textOf(u"replayed"_s)));
        QCOMPARE(session().undoStack()->count(), 2); // each can be taken back by itself
        session().undoStack()->undo();
        QCOMPARE(values("two").front(), 10.0F);
        QCOMPARE(values("one")[2], 24.0F);
    }

    void whatNoLongerAppliesIsNamed()
    {
        QVERIFY(apply(multiply("two", -1)) && apply(multiply("one", 2)));
        writeNumbers(m_path, 10, false);
        QVERIFY(told(m_window->banners().watch(), u"changed"_s));
        QSignalSpy replayed(&session(), &Session::replayed);
        messages().answer(u"changed"_s, 0);
        QVERIFY(waitFor(replayed));
        QCOMPARE(values("one").front(), 20.0F);
        QCOMPARE(session().undoStack()->count(), 1);
        const QString text = messages().textOf(u"replayed"_s);
        QVERIFY2(text.contains(u"1 of 2 edit"_s) && text.contains(u"Multiply two by -1"_s), qPrintable(text));
    }

    void reloadByCommandStillAsksAndDrops()
    {
        QVERIFY(apply(multiply("one", 2)));
        m_window->actions()[u"file.reload"_s]->trigger();
        auto* box = m_window->findChild<QMessageBox*>(u"unsavedEdits"_s);
        QVERIFY(box);
        QSignalSpy opened(&session(), &Session::layoutChanged);
        box->button(QMessageBox::Discard)->click();
        QVERIFY(waitFor(opened));
        QVERIFY(!session().document()->modified());
        QCOMPARE(values("one")[3], 3.0F);
    }

    void aReloadWithoutEditsSaysNothing()
    {
        writeNumbers(m_path, 10);
        QVERIFY(told(m_window->banners().watch(), u"changed"_s));
        QSignalSpy opened(&session(), &Session::layoutChanged);
        messages().answer(u"changed"_s, 0);
        QVERIFY(waitFor(opened));
        QCOMPARE(values("one").front(), 10.0F);
        QVERIFY(!messages().has(u"changed"_s) && !messages().has(u"replayed"_s));
    }

    // A file that is half written, as a training run leaves it for a moment.
    void aReloadThatFailsCanBeTriedAgain()
    {
        QVERIFY(apply(multiply("one", 2)));
        QFile::remove(m_path);
        writeBytes(m_path.toStdString(), std::vector<std::byte>(40, std::byte { 0x55 }));
        QVERIFY(told(m_window->banners().watch(), u"changed"_s));
        QSignalSpy failed(&session(), &Session::failed);
        messages().answer(u"changed"_s, 0);
        QVERIFY(waitFor(failed));
        QVERIFY(messages().has(u"error"_s));
        QCOMPARE(values("one")[3], 6.0F); // all is as it was
        writeNumbers(m_path, 10);
        QVERIFY(told(m_window->banners().watch(), u"changed"_s));
        QSignalSpy replayed(&session(), &Session::replayed);
        messages().answer(u"changed"_s, 0);
        QVERIFY(waitFor(replayed));
        QCOMPARE(values("one")[3], 26.0F);
    }

    void aChangeOfTheSecondFileIsSaid()
    {
        QVERIFY(compare());
        QCOMPARE(comparison().counts().values, 2);
        writeNumbers(m_other, 0); // as the first
        QVERIFY(told(m_window->banners().watchOfB(), u"changedB"_s));
        QVERIFY(messages().textOf(u"changedB"_s).startsWith(u"B, b.safetensors, has changed on disk"_s));
        QVERIFY(!messages().has(u"changed"_s)); // the first has not
        QSignalSpy compared(&comparison(), &Comparison::compared);
        messages().answer(u"changedB"_s, 0); // Reload
        QVERIFY(waitFor(compared));
        QCOMPARE(comparison().counts().same, 2);
        QVERIFY(!messages().has(u"changedB"_s));
        writeNumbers(m_other, 5);
        QVERIFY(told(m_window->banners().watchOfB(), u"changedB"_s)); // it is watched further
        messages().answer(u"changedB"_s, 1); // Keep
        m_window->banners().check();
        QTRY_VERIFY(!session().busy());
        QVERIFY(!messages().has(u"changedB"_s));
        QCOMPARE(comparison().counts().same, 2);
    }

    void theSecondFileIsForgottenWithTheComparison()
    {
        QVERIFY(compare());
        writeNumbers(m_other, 7);
        QVERIFY(told(m_window->banners().watchOfB(), u"changedB"_s));
        comparison().close();
        QVERIFY(!messages().has(u"changedB"_s));
        m_window->banners().check();
        QTRY_VERIFY(!session().busy());
        QVERIFY(!messages().has(u"changedB"_s));
    }

    void aSecondFileThatIsGoneIsSaid()
    {
        QVERIFY(compare());
        QFile::remove(m_other);
        QVERIFY(told(m_window->banners().watchOfB(), u"changedB"_s));
        QVERIFY(messages().textOf(u"changedB"_s).contains(u"no longer where it was"_s));
        QCOMPARE(comparison().counts().values, 2); // what was opened can still be read
    }

    void anotherFirstFileDoesNotHideTheNews()
    {
        QVERIFY(compare());
        writeNumbers(m_other, 7);
        QVERIFY(told(m_window->banners().watchOfB(), u"changedB"_s));
        QSignalSpy opened(&session(), &Session::layoutChanged);
        session().reload(); // takes all messages away
        QVERIFY(waitFor(opened));
        QVERIFY(told(m_window->banners().watchOfB(), u"changedB"_s));
    }

    void aSaveIsNoChange()
    {
        QVERIFY(apply(multiply("one", 2)));
        QSignalSpy saved(&session(), &Session::saved);
        m_window->actions()[u"file.save"_s]->trigger();
        m_window->banners().check();
        QVERIFY(waitFor(saved));
        m_window->banners().check();
        QTRY_VERIFY(!session().busy());
        QVERIFY(!messages().has(u"changed"_s));
    }
};

QTEST_MAIN(TestOnDisk)
#include "tst_ondisk.moc"
