// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/keysheet.h"
#include "app/palette.h"
#include "app/startup.h"
#include "items/treemodel.h"
#include "support/ggufwriter.h"
#include "support/torchzip.h"
#include "widgets/layoutbar.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "widgets/treepane.h"
#include "widgets/valuepane.h"
#include "windowfixture.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QDockWidget>
#include <QDropEvent>
#include <QMenu>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QSet>
#include <QSettings>
#include <QStackedWidget>
#include <QTableView>
#include <QTreeView>
#include <QUndoStack>

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

} // namespace

// Drives the real window as a user would.
class TestMainWindow : public QObject, WindowFixture {
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

    void startsWithAnInvitation()
    {
        MainWindow empty;
        empty.show();
        QCOMPARE(empty.panes().pages->currentIndex(), 0);
        for (QDockWidget* dock : empty.panes().docks())
            QVERIFY(!dock->isVisible());
        QVERIFY(!empty.actions()["file.save"]->isEnabled());
        QVERIFY(!empty.actions()["pane.edit"]->isEnabled()); // it would stand over the page, in no place of its own
        QVERIFY(!empty.actions().reason("file.save").isEmpty());
        QCOMPARE(empty.windowTitle(), "Ravel");
    }

    void opensWithTreeMapAndTitle()
    {
        QCOMPARE(panes().pages->currentIndex(), 1);
        QVERIFY(panes().treeDock->isVisible());
        QVERIFY2(m_window->windowTitle().startsWith(QFileInfo(m_path).fileName() + "[*] - "), qPrintable(m_window->windowTitle()));
        QVERIFY(!m_window->isWindowModified());
        QVERIFY(panes().tree->model()->rowCount() > 0);
        QCOMPARE(panes().map->visibleRange().count(), session().document()->layout()->numel());
        QCOMPARE(m_window->recent().paths().first(), m_path);
    }

    void everyModelKeepsItsContract()
    {
        QAbstractItemModelTester tree(panes().tree->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester values(panes().values->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        panes().tree->view()->expandAll();
        QSignalSpy loaded(panes().values->model(), &ValueModel::pageLoaded);
        slice("encoder.layers.0.weight");
        QVERIFY(waitFor(loaded));
        multiplyBy("2");
        slice("counting[1]");
    }

    void whatNoTensorShowsIsSaidBelowTheTree()
    {
        const auto* said = panes().tree->findChild<QLabel*>("outOfSight");
        QVERIFY(said && !said->isVisible());
        const QString path = m_folder.filePath("slice.pt");
        writeBytes(path.toStdString(), torchZipBytes({ countingStorage(Dtype::Float32, 1000) }, { { "slice", 0, { 2, 3 } } }));
        m_window->open(path);
        QTRY_VERIFY(said->isVisible());
        QVERIFY2(said->text().contains("hidden"), qPrintable(said->text()));
        QMetaObject::invokeMethod(const_cast<QLabel*>(said), "linkActivated", Q_ARG(QString, "#"));
        QTRY_VERIFY(m_window->findChild<QDialog*>());
    }

    void aRowOfTheTreeIsASelection()
    {
        TreeModel* model = panes().tree->model();
        const NodeOrdinal node = model->tree()->nodeOf(0);
        panes().tree->view()->setCurrentIndex(model->indexOf(node));
        QCOMPARE(selected(), "counting");
        QCOMPARE(panes().slice->lineEdit()->text(), "counting");
        QVERIFY(panes().slice->answer().contains("(2, 3, 4)"));
        QVERIFY(panes().values->model()->page().has_value());
    }

    void theSliceBoxSelectsAndTheTreeFollows()
    {
        slice("encoder.layers.1.weight[3, :]");
        QCOMPARE(selected(), "encoder.layers.1.weight[3, :]");
        const QModelIndex current = panes().tree->view()->currentIndex();
        QCOMPARE(current.data(TreeModel::FullNameRole).toString(), "encoder.layers.1.weight");
        QVERIFY(panes().slice->answer().contains("(5,)"));
    }

    void theSliceBoxSaysWhatIsWrongAndWhere()
    {
        QLineEdit* edit = panes().slice->lineEdit();
        edit->setFocus();
        edit->clear();
        QTest::keyClicks(edit, "counting[9]");
        QVERIFY2(panes().slice->answer().contains("at "), qPrintable(panes().slice->answer()));
        const Selection before = session().selection()->selection();
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(session().selection()->selection() == before);
        QTest::keyClick(edit, Qt::Key_Escape);
        QVERIFY(edit->text() != "counting[9]");
    }

    void theMapSelects()
    {
        panes().map->setFocus();
        slice("counting");
        panes().map->nextTensor();
        QVERIFY(selected() != "counting");
        QCOMPARE(session().selection()->selection().boxes.size(), 1u);
    }

    void editsUndoesRedoesSavesAndReadsBack()
    {
        slice("encoder.layers.0.bias");
        multiplyBy("0.5");
        QCOMPARE(floatsIn(session().document()->edited(), "encoder.layers.0.bias"), (Floats { 0, 0.5, 1, 1.5, 2 }));
        QVERIFY(m_window->isWindowModified());
        QCOMPARE(session().undoStack()->count(), 1);
        action("edit.undo")->trigger();
        QVERIFY(!m_window->isWindowModified());
        QVERIFY(!action("edit.undo")->isEnabled());
        action("edit.redo")->trigger();
        QCOMPARE(floatsOnDisk(m_path, "encoder.layers.0.bias"), (Floats { 0, 1, 2, 3, 4 }));
        QSignalSpy saved(&session(), &Session::saved);
        action("file.save")->trigger();
        QVERIFY(waitFor(saved));
        QCOMPARE(floatsOnDisk(m_path, "encoder.layers.0.bias"), (Floats { 0, 0.5, 1, 1.5, 2 }));
        QCOMPARE(floatsOnDisk(m_path, "encoder.layers.0.weight")[19], 19.0F);
        QVERIFY(!m_window->isWindowModified());
        QVERIFY2(panes().messages->textOf("save").contains("4 element"), qPrintable(panes().messages->textOf("save")));
    }

    void anEditSaysWhyItCannotBeAppliedNow()
    {
        slice("counting");
        multiplyBy("2");
        QVERIFY(action("edit.apply")->isEnabled());
        QSignalSpy saved(&session(), &Session::saved);
        action("file.save")->trigger();
        QVERIFY(!action("edit.apply")->isEnabled());
        QCOMPARE(m_window->actions().reason("edit.apply"), "a save is under way");
        QVERIFY(waitFor(saved));

        // Readers differ in which of two of a name they take: such a file is only read.
        GgufWriter twice;
        const std::vector<std::byte> four = countingStorage(Dtype::Float32, 4).bytes;
        twice.tensor("w", { 4 }, 0, four, 4).tensor("w", { 4 }, 0, four, 4);
        const QString path = m_folder.filePath("twice.gguf");
        writeBytes(path.toStdString(), twice.finish());
        QVERIFY(open(*m_window, path));
        slice("w");
        QVERIFY(!selection().selection().empty());
        QVERIFY(!action("edit.apply")->isEnabled());
        QCOMPARE(m_window->actions().reason("edit.apply"), "the file is read-only");
    }

    void aPreviewShowsBeforeAndAfter()
    {
        slice("encoder.layers.0.bias");
        panes().edit->form()->setOperation(Operation::Multiply);
        panes().edit->form()->valueEdit()->clear();
        QTest::keyClicks(panes().edit->form()->valueEdit(), "3");
        QTRY_VERIFY_WITH_TIMEOUT(panes().edit->effectText().contains("mean 2 → 6"), 20000);
        QTRY_VERIFY_WITH_TIMEOUT(panes().edit->effectText().contains("4 of 5"), 20000);
        QVERIFY(!session().document()->modified());
    }

    void anImpossibleEditSaysWhyInItsPlace()
    {
        slice("half");
        panes().edit->form()->setOperation(Operation::Set);
        panes().edit->form()->valueEdit()->clear();
        QTest::keyClicks(panes().edit->form()->valueEdit(), "70000");
        QTRY_VERIFY_WITH_TIMEOUT(panes().edit->effectText().contains("half"), 20000);
        QVERIFY(!panes().edit->applyButton()->isEnabled());
        panes().edit->form()->valueEdit()->clear();
        QTest::keyClicks(panes().edit->form()->valueEdit(), "x");
        QVERIFY(!panes().edit->problem().isEmpty());
    }

    void manyAtOnceLeaveCountersAlone()
    {
        action("select.all")->trigger();
        multiplyBy("0.5");
        QCOMPARE(session().document()->recipe().steps.front().select.front().text, std::string("*"));
        QCOMPARE(floatsIn(session().document()->edited(), "counting")[2], 1.0F);
        std::vector<std::byte> bytes;
        const Selection step = *parseSelection(*session().document()->layout(), "step");
        QVERIFY(session().document()->edited().readBox(step.boxes.front(), bytes).has_value());
        QCOMPARE(loadNumber(Dtype::Int64, bytes.data()).toDouble(), 7.0);
    }

    void aBrokenFileLeavesTheOldDocument()
    {
        const QString broken = m_folder.filePath("broken.pt");
        writeBytes(broken.toStdString(), std::vector<std::byte>(64, std::byte { 1 }));
        const Document* before = session().document();
        m_window->open(broken);
        QTRY_VERIFY_WITH_TIMEOUT(panes().messages->has("error"), 20000);
        QVERIFY(panes().messages->textOf("error").contains("broken.pt"));
        QCOMPARE(session().document(), before);
        QVERIFY(!m_window->recent().paths().contains(broken));
    }

    void aDroppedFileOpens()
    {
        const QString other = writeSample(m_folder, "dropped.safetensors");
        QMimeData data;
        data.setUrls({ QUrl::fromLocalFile(other) });
        QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QSignalSpy opened(&session(), &Session::opened);
        QCoreApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QCoreApplication::sendEvent(m_window.get(), &drop);
        auto* menu = m_window->findChild<QMenu*>("dropMenu"); // one is open: to open this, or to compare
        QVERIFY(menu);
        menu->actions().first()->trigger();
        menu->close();
        QVERIFY(waitFor(opened));
        QCOMPARE(session().title(), "dropped.safetensors");
    }

    void aCellCanBeTypedInto()
    {
        QSignalSpy loaded(panes().values->model(), &ValueModel::pageLoaded);
        slice("encoder.layers.0.weight");
        QVERIFY(waitFor(loaded));
        QTableView* table = panes().values->table();
        QSignalSpy applied(&session(), &Session::applied);
        table->setCurrentIndex(table->model()->index(1, 2));
        table->edit(table->currentIndex());
        auto* editor = table->findChild<QLineEdit*>();
        QVERIFY(editor);
        editor->setText("-2.5");
        QTest::keyClick(editor, Qt::Key_Return);
        QVERIFY(waitFor(applied));
        QCOMPARE(floatsIn(session().document()->edited(), "encoder.layers.0.weight")[7], -2.5F);
        QCOMPARE(table->model()->rowCount(), 4); // choosing a cell did not turn the page
    }

    void theOrderCanBeChanged()
    {
        QComboBox* order = panes().layoutBar->order();
        order->setCurrentIndex(order->findData(static_cast<int>(Order::Sorted)));
        Q_EMIT order->activated(order->currentIndex());
        QCOMPARE(session().document()->layout()->spec().order, Order::Sorted);
    }

    void samplesAreCopies()
    {
        const auto all = samples();
        QVERIFY(all.size() >= 2);
        for (const auto& sample : all) {
            QSignalSpy opened(&session(), &Session::opened);
            m_window->openSample(sample.resource, sample.title);
            QVERIFY(waitFor(opened));
            QVERIFY(session().untitled());
            QVERIFY(m_window->windowTitle().startsWith(sample.title));
            QVERIFY(!m_window->recent().paths().contains(session().path()));
        }
    }

    void copiesNumbersAndPython()
    {
        slice("encoder.layers.0.weight[1:3, 0:2]");
        action("edit.copy")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(QGuiApplication::clipboard()->text(), QString("5\t6\n10\t11\n"), 20000);
        action("edit.copyPython")->trigger();
        QVERIFY(QGuiApplication::clipboard()->text().contains("sd["));
    }

    void everyCommandHasATextAndNoTwoShareAKey()
    {
        QHash<QString, QString> windowKeys;
        for (const Actions::Command& command : m_window->actions().all()) {
            QVERIFY2(!command.action->text().isEmpty(), qPrintable(command.id));
            for (const QKeySequence& key : command.action->shortcuts()) {
                // Keys of the window, or of the panes that the action belongs to: each of those has its own.
                QStringList places { QString() };
                if (command.action->shortcutContext() != Qt::WindowShortcut) {
                    places.clear();
                    for (QObject* owner : command.action->associatedObjects())
                        if (owner->isWidgetType() && !owner->inherits("QMenu") && !owner->inherits("QToolBar"))
                            places << QString::number(quintptr(owner));
                    QVERIFY2(!places.isEmpty(), qPrintable(command.id));
                }
                for (const QString& place : places) {
                    const QString text = place + key.toString();
                    QVERIFY2(!windowKeys.contains(text), qPrintable(text + ": " + command.id + " and " + windowKeys.value(text)));
                    windowKeys.insert(text, command.id);
                }
            }
            if (!command.action->isEnabled())
                QVERIFY2(!command.reason.isEmpty(), qPrintable(command.id));
        }
        const QString sheet = keySheetHtml(m_window->actions());
        QVERIFY(sheet.contains("Ctrl+L") && sheet.contains("Zoom In"));
    }

    void aMachineWithoutDisplayGetsASentence_data()
    {
        QTest::addColumn<QByteArray>("display");
        QTest::addColumn<QByteArray>("platform");
        QTest::addColumn<bool>("works");
        QTest::newRow("x11") << QByteArray(":0") << QByteArray() << true;
        QTest::newRow("offscreen") << QByteArray() << QByteArray("offscreen") << true;
        QTest::newRow("nothing") << QByteArray() << QByteArray() << false;
        QTest::newRow("xcb asked for") << QByteArray() << QByteArray("xcb") << false;
    }
    void aMachineWithoutDisplayGetsASentence()
    {
        QFETCH(QByteArray, display);
        QFETCH(QByteArray, platform);
        QFETCH(bool, works);
        const QByteArray was[] { qgetenv("DISPLAY"), qgetenv("QT_QPA_PLATFORM"), qgetenv("WAYLAND_DISPLAY") };
        qputenv("DISPLAY", display);
        qputenv("QT_QPA_PLATFORM", platform);
        qunsetenv("WAYLAND_DISPLAY");
        QCOMPARE(noDisplayReason() == nullptr, works);
        qputenv("DISPLAY", was[0]);
        qputenv("QT_QPA_PLATFORM", was[1]);
        qputenv("WAYLAND_DISPLAY", was[2]);
    }

    void thePaletteListsEveryCommandAndRunsIt()
    {
        action("tools.palette")->trigger();
        auto* palette = m_window->findChild<CommandPalette*>();
        QVERIFY(palette && palette->isVisible());
        QSet<QString> listed;
        for (int i = 0; i < palette->list()->model()->rowCount(); ++i)
            listed << palette->list()->model()->index(i, 0).data(CommandPalette::IdRole).toString();
        for (const Actions::Command& command : m_window->actions().all())
            QVERIFY2(listed.contains(command.id), qPrintable(command.id));

        QVERIFY(panes().map->valueScale() == ValueScale::Linear);
        QTest::keyClicks(palette->edit(), "logval");
        QCOMPARE(palette->list()->currentIndex().data(CommandPalette::IdRole).toString(), QStringLiteral("view.logValues"));
        QTest::keyClick(palette->edit(), Qt::Key_Return);
        QVERIFY(!palette->isVisible());
        QVERIFY(panes().map->valueScale() == ValueScale::SymmetricLog);

        action("tools.palette")->trigger(); // what was used last stands first
        QCOMPARE(palette->list()->currentIndex().data(CommandPalette::IdRole).toString(), QStringLiteral("view.logValues"));
        QTest::keyClick(palette->edit(), Qt::Key_Down);
        QCOMPARE(palette->list()->currentIndex().row(), 1);
        QTest::keyClick(palette->edit(), Qt::Key_Escape);
        QVERIFY(!palette->isVisible());
    }

    void thePaletteSaysWhyACommandCannotBeUsed()
    {
        QVERIFY(!action("edit.undo")->isEnabled());
        action("tools.palette")->trigger();
        auto* palette = m_window->findChild<CommandPalette*>();
        QTest::keyClicks(palette->edit(), "undo");
        const QModelIndex first = palette->list()->currentIndex();
        QCOMPARE(first.data(CommandPalette::IdRole).toString(), "edit.undo");
        QCOMPARE(first.data(CommandPalette::ReasonRole).toString(), m_window->actions().reason("edit.undo"));
        QTest::keyClick(palette->edit(), Qt::Key_Return);
        QVERIFY(palette->isVisible());
        palette->edit()->setText("no such thing");
        QCOMPARE(palette->list()->model()->rowCount(), 1); // that there is none
        QTest::keyClick(palette->edit(), Qt::Key_Return); // nothing to run
        palette->close();
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_mainwindow.moc"
