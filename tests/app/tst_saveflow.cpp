// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/banners.h"
#include "app/plurals.h"
#include "app/saveflow.h"
#include "items/filewatch.h"
#include "items/qtext.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "windowfixture.h"

#include <QMessageBox>
#include <QPushButton>
#include <QSettings>

#include <memory>

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

using Floats = std::vector<float>;

Floats floatsOnDisk(const QString& path, const char* name)
{
    auto document = Document::open(path.toStdString());
    return document ? floatsIn((*document)->edited(), name) : Floats {};
}

QMessageBox* question(MainWindow& window) { return window.findChild<QMessageBox*>("unsavedEdits"); }

} // namespace

// Saves, reloads and closes through the real window.
class TestSaveFlow : public QObject, WindowFixture {
    Q_OBJECT
    int m_number = 0;
    QString m_path;

    void multiplyBy(const char* factor) { QVERIFY(edit(Operation::Multiply, factor)); }

private Q_SLOTS:
    void initTestCase()
    {
        useOwnSettings();
    }

    void init()
    {
        QSettings().clear();
        m_path = writeSample(m_folder, QStringLiteral("model%1.safetensors").arg(++m_number));
        QVERIFY(openWindow(m_path));
    }

    void cleanup() { m_window.reset(); }

    void saveAsGoesOnWithTheNewFile()
    {
        slice("counting");
        multiplyBy("2");
        const QString target = m_folder.filePath("copy.safetensors");
        QSignalSpy saved(&session(), &Session::saved);
        m_window->saveFlow().saveTo(target, {});
        QVERIFY(waitFor(saved));
        QCOMPARE(floatsOnDisk(target, "counting")[23], 46.0F);
        QCOMPARE(floatsOnDisk(m_path, "counting")[23], 23.0F);
        QCOMPARE(session().path(), target);
        QCOMPARE(m_window->recent().paths().first(), target);
    }

    // Who zoomed in to edit a place sees it after the save, under the new name as well; another file is seen whole.
    void aSaveLeavesTheViewWhereItIs()
    {
        slice("counting");
        const FlatRange range { FlatIndex(10), FlatIndex(40) };
        panes().map->showRange({ FlatIndex(5), FlatIndex(60) });
        panes().map->showRange(range);
        for (const QString& target : { m_path, m_folder.filePath("elsewhere.safetensors") }) {
            multiplyBy("2");
            QSignalSpy saved(&session(), &Session::saved);
            m_window->saveFlow().saveTo(target, {});
            QVERIFY(waitFor(saved));
            QCOMPARE(panes().map->visibleRange(), range);
            QVERIFY(panes().map->canGoBack());
        }
        QSignalSpy opened(&session(), &Session::layoutChanged);
        session().open(m_path);
        QVERIFY(waitFor(opened));
        QCOMPARE(panes().map->visibleRange().count(), session().document()->layout()->numel());
        QVERIFY(!panes().map->canGoBack());
    }

    void closingAsksAboutUnsavedEdits()
    {
        slice("counting");
        multiplyBy("2");
        m_window->close();
        QVERIFY(m_window->isVisible());
        QMessageBox* box = question(*m_window);
        QVERIFY(box);
        box->button(QMessageBox::Cancel)->click();
        QVERIFY(m_window->isVisible());
        QTRY_VERIFY(!question(*m_window));
        m_window->close();
        question(*m_window)->button(QMessageBox::Save)->click();
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->isVisible(), 20000);
        QCOMPARE(floatsOnDisk(m_path, "counting")[23], 46.0F);
    }

    void discardingLosesTheEdits()
    {
        slice("counting");
        multiplyBy("2");
        const QString other = writeSample(m_folder, "other.safetensors");
        m_window->open(other);
        QSignalSpy opened(&session(), &Session::opened);
        question(*m_window)->button(QMessageBox::Discard)->click();
        QVERIFY(waitFor(opened));
        QCOMPARE(session().title(), "other.safetensors");
        QCOMPARE(floatsOnDisk(m_path, "counting")[23], 23.0F);
        m_window->close();
        QVERIFY(!m_window->isVisible());
    }

    void aChangeOnDiskIsSaid()
    {
        auto bytes = readBytes(m_path.toStdString());
        bytes.push_back(std::byte { 0 });
        writeBytes(m_path.toStdString(), bytes);
        m_window->banners().watch()->check();
        QTRY_VERIFY_WITH_TIMEOUT(panes().messages->has("changed"), 20000);
        panes().messages->answer("changed", 1); // Keep Mine
        QVERIFY(!panes().messages->has("changed"));
        m_window->banners().watch()->check();
        QTest::qWait(0);
        QVERIFY(!panes().messages->has("changed"));
    }

    void savingOverAChangedFileAsks()
    {
        slice("counting");
        multiplyBy("2");
        auto bytes = readBytes(m_path.toStdString());
        writeBytes(m_path.toStdString(), bytes); // the same bytes at another time
        action("file.save")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(panes().messages->textOf("save").startsWith("Not saved"), 20000);
        QVERIFY(session().document()->modified());
        QSignalSpy saved(&session(), &Session::saved);
        panes().messages->answer("save", 0); // Save Anyway
        QVERIFY(waitFor(saved));
        QCOMPARE(floatsOnDisk(m_path, "counting")[23], 46.0F);
    }

    void theSummaryOfASaveCountsWhateverItIs()
    {
        Plurals plurals;
        QCoreApplication::installTranslator(&plurals);
        Receipt receipt;
        receipt.tensors.resize(1);
        receipt.tensors[0].elementsChanged = 1;
        receipt.tensors[0].bytesChanged = 5'000'000'000;
        receipt.tensors[0].saturated = 3'000'000'000;
        const QString text = summaryOf(u"/tmp/a.pt"_s, receipt);
        QCOMPARE(text, u"Saved a.pt: 1 element and %1 bytes in 1 tensor changed, nothing else. Saturated: %2 elements."_s
                           .arg(countText(5'000'000'000), countText(3'000'000'000)));
    }

    // What was to follow a save that had to ask is forgotten once the user has gone on.
    void aWishThatWasGivenUpDoesNotComeTrueLater_data()
    {
        QTest::addColumn<QString>("how");
        for (const char* how : { "save", "edit", "discard" })
            QTest::newRow(how) << QString::fromLatin1(how);
    }
    void aWishThatWasGivenUpDoesNotComeTrueLater()
    {
        QFETCH(QString, how);
        slice("counting");
        multiplyBy("2");
        writeBytes(m_path.toStdString(), readBytes(m_path.toStdString())); // the same bytes at another time
        m_window->close();
        question(*m_window)->button(QMessageBox::Save)->click();
        QTRY_VERIFY_WITH_TIMEOUT(panes().messages->textOf("save").startsWith("Not saved"), 20000);
        QTRY_VERIFY(!question(*m_window));
        QSignalSpy saved(&session(), &Session::saved);
        if (how == "discard") {
            const QString other = writeSample(m_folder, "other.safetensors");
            QSignalSpy opened(&session(), &Session::opened);
            m_window->open(other);
            question(*m_window)->button(QMessageBox::Discard)->click();
            QVERIFY(waitFor(opened));
            slice("counting");
            multiplyBy("3");
            action("file.save")->trigger();
        } else if (how == "edit") {
            multiplyBy("3");
            panes().messages->answer("save", 0); // Save Anyway
        } else {
            panes().messages->withdraw("save");
            m_window->saveFlow().save();
            QTRY_VERIFY_WITH_TIMEOUT(panes().messages->textOf("save").startsWith("Not saved"), 20000);
            panes().messages->answer("save", 0);
        }
        QVERIFY(waitFor(saved));
        QVERIFY(m_window->isVisible());
        QVERIFY(!session().document()->modified());
    }

    // The other way round: the answer to the question of the save itself fulfils it.
    void aSaveThatHadToAskStillCloses()
    {
        slice("counting");
        multiplyBy("2");
        writeBytes(m_path.toStdString(), readBytes(m_path.toStdString()));
        m_window->close();
        question(*m_window)->button(QMessageBox::Save)->click();
        QTRY_VERIFY_WITH_TIMEOUT(panes().messages->textOf("save").startsWith("Not saved"), 20000);
        panes().messages->answer("save", 0);
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->isVisible(), 20000);
    }

    void closingAsksAboutAnEditThatIsStillApplied()
    {
        Step step;
        step.operation = Operation::Multiply;
        step.value = Number::ofReal(2);
        step.select = { { "counting", false } };
        session().apply(step);
        m_window->close();
        QVERIFY(m_window->isVisible());
        QVERIFY(question(*m_window));
        QVERIFY(question(*m_window)->text().contains("still being applied"));
        question(*m_window)->button(QMessageBox::Cancel)->click();
        QTRY_VERIFY(session().document()->modified());
    }
};

QTEST_MAIN(TestSaveFlow)
#include "tst_saveflow.moc"
