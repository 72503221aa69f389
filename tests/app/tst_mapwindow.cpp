// SPDX-License-Identifier: GPL-3.0-or-later
// The offset map in the real window: its lanes, what they say and how they are reached.
#include "widgets/maplanes.h"
#include "widgets/mapplot.h"
#include "widgets/offsetmap.h"
#include "widgets/shardlist.h"
#include "windowfixture.h"

#include <QInputDialog>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMouseEvent>
#include <QSettings>
#include <QStatusBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>

using namespace ravel;

class TestMapWindow : public QObject, WindowFixture {
    Q_OBJECT

    OffsetMap& map() { return *m_window->panes().map; }
    MapLanes& lanes() { return map().lanes(); }
    MapPlot& plot() { return *map().findChild<MapPlot*>(); }
    QRect rectOf(const char* lane) { return lanes().find(lane)->lane->axisRect()->outerRect(); }
    QImage picture()
    {
        plot().replot();
        return plot().grab().toImage();
    }
    void open() { QVERIFY(openWindow(writeSample(m_folder, "model.safetensors"), { 1280, 900 })); }
    void moveTo(QPoint to, Qt::MouseButton button) { WindowFixture::moveTo(map(), to, button); }

private Q_SLOTS:
    void initTestCase()
    {
        useOwnSettings("ravel-test-map");
    }
    void init()
    {
        QSettings().clear();
        open();
    }
    void cleanup() { m_window.reset(); }

    void aHiddenLaneLeavesItsRoomToTheOthers()
    {
        picture();
        const int before = rectOf("values").height();
        action("lane.modules")->trigger();
        picture();
        QVERIFY(!lanes().isShown("modules"));
        QVERIFY(rectOf("values").height() > before);
        QVERIFY(rectOf("modules").isEmpty());
        action("lane.modules")->trigger();
        picture();
        QCOMPARE(rectOf("values").height(), before);
        QVERIFY(rectOf("modules").top() < rectOf("tensors").top()); // in its place again
    }

    void everyLaneCanBeHiddenAndNothingBreaks()
    {
        for (const MapLanes::Entry& entry : lanes().all())
            entry.action->setChecked(false);
        picture();
        QTest::mouseClick(&map(), Qt::LeftButton, {}, map().rect().center());
        map().zoomIn();
        picture();
        lanes().reset();
        picture();
        QVERIFY(rectOf("values").height() > 50);
    }

    void whatIsHiddenStaysHiddenInTheNextWindow()
    {
        action("lane.offset")->trigger();
        lanes().setHeight("overview", 77);
        m_window.reset();
        open();
        QVERIFY(!lanes().isShown("offset"));
        QVERIFY(lanes().isShown("values"));
        picture();
        QCOMPARE(rectOf("overview").height(), 77);
    }

    void aBorderIsDragged()
    {
        picture();
        const QRect overview = rectOf("overview"), density = rectOf("density");
        const QPoint border = plot().pos() + QPoint(overview.center().x(), overview.bottom() + 2);
        moveTo(border, Qt::NoButton);
        QCOMPARE(map().cursor().shape(), Qt::SizeVerCursor);
        QTest::mousePress(&map(), Qt::LeftButton, {}, border);
        moveTo(border + QPoint(0, 20), Qt::LeftButton);
        QTest::mouseRelease(&map(), Qt::LeftButton, {}, border + QPoint(0, 20));
        picture();
        QCOMPARE(rectOf("overview").height(), overview.height() + 20);
        QCOMPARE(rectOf("density").height(), density.height() - 20); // the next that stretches gives it
        QVERIFY(m_window->session().selection()->selection().empty()); // it was no selection
        QTest::mouseDClick(&map(), Qt::LeftButton, {}, border + QPoint(0, 20));
        picture();
        QCOMPARE(rectOf("overview").height(), overview.height());
    }

    void aDragOfABorderIsGivenUp()
    {
        picture();
        const QRect overview = rectOf("overview");
        const QPoint border = plot().pos() + QPoint(overview.center().x(), overview.bottom() + 2);
        QTest::mousePress(&map(), Qt::LeftButton, {}, border);
        moveTo(border + QPoint(0, 30), Qt::LeftButton);
        map().giveUp();
        QTest::mouseRelease(&map(), Qt::LeftButton, {}, border + QPoint(0, 30));
        picture();
        QCOMPARE(rectOf("overview").height(), overview.height());
    }

    void noLaneTakesTheRoomOfTheLineBelow()
    {
        for (const MapLanes::Entry& entry : lanes().all())
            entry.action->setChecked(true);
        m_window->resize(1280, 720);
        QTest::qWait(50);
        picture();
        QVERIFY(plot().geometry().bottom() < map().height() - map().fontMetrics().height()); // the info line
        QVERIFY(plot().height() >= plot().leastHeight());
    }

    void keysChooseALaneAndMakeItHigher()
    {
        QVERIFY(!action("lane.higher")->isEnabled());
        QVERIFY(!m_window->actions().reason("lane.higher").isEmpty());
        picture();
        const int before = rectOf("overview").height();
        map().setFocus();
        QTest::keyClick(&map(), Qt::Key_Down, Qt::ControlModifier);
        QCOMPARE(lanes().current(), QString("overview"));
        QTest::keyClick(&map(), Qt::Key_Down, Qt::ControlModifier | Qt::ShiftModifier);
        picture();
        QVERIFY(rectOf("overview").height() > before);
        QTest::keyClick(&map(), Qt::Key_Backspace, Qt::ControlModifier);
        QVERIFY(!lanes().isShown("overview"));
        QCOMPARE(lanes().current(), QString("offset"));
    }

    void ranksAreChosenByCommandAndListed()
    {
        action("lane.shards")->trigger();
        action("shards.zero3")->trigger();
        QCOMPARE(int(map().shardSpec().style), int(ShardStyle::Zero3));
        const int parts = map().shardSpec().parts;
        action("shards.fewer")->trigger();
        QCOMPARE(map().shardSpec().parts, parts / 2);
        action("shards.parts")->trigger();
        auto* dialog = m_window->findChild<QInputDialog*>("shardParts");
        QVERIFY(dialog);
        dialog->setIntValue(2);
        dialog->accept();
        QCOMPARE(map().shardSpec().parts, 2);
        action("shards.fsdp")->trigger(); // 73 elements: 37 and 36, so the second layer's weight is cut
        action("shards.list")->trigger();
        auto* list = m_window->findChild<ShardList*>();
        QVERIFY(list && list->isVisible());
        auto* table = list->findChild<QTableView*>();
        QCOMPARE(table->model()->rowCount(), 1);
        table->setFocus();
        QVERIFY(m_window->session().selection()->selection().empty()); // to look at the list selects nothing
        QVERIFY(table->model()->index(0, 0).data().toString().startsWith("encoder.layers."));
        table->setCurrentIndex(table->model()->index(0, 0));
        QVERIFY(!m_window->session().selection()->selection().empty()); // and the map shows it
        m_window.reset();
        open();
        QCOMPARE(int(map().shardSpec().style), int(ShardStyle::Fsdp)); // kept
        QCOMPARE(map().shardSpec().parts, 2);
    }

    void theMenuOfTheShardsLaneHasItsCommands()
    {
        QMenu menu;
        lanes().find("shards")->lane->addTo(menu);
        for (const char* id : { "shards.equal", "shards.fsdp", "shards.zero", "shards.zero3", "shards.parts", "shards.list" })
            QVERIFY2(menu.actions().contains(action(id)), id);
    }

    void theStatusBarTellsTheElementToItsBits()
    {
        m_window->session().selection()->hover(FlatIndex(3)); // counting: 3.0
        const auto told = [this](const char* text) {
            for (QLabel* label : m_window->statusBar()->findChildren<QLabel*>())
                if (label->text() == text)
                    return true;
            return false;
        };
        QTRY_VERIFY(told("= 3"));
        QVERIFY(told("0 10000000 10000000000000000000000"));
        QVERIFY(told("counting[0, 0, 3] float32"));
        QVERIFY(told("flat 3"));
        m_window->session().selection()->hover(std::nullopt);
        QVERIFY(!told("= 3"));
    }

    void whatTheMapsMenuChangesTheCommandsShow()
    {
        QVERIFY(!action("view.logValues")->isChecked());
        map().setValueScale(ValueScale::SymmetricLog);
        QVERIFY(action("view.logValues")->isChecked());
        action("view.logValues")->trigger();
        QCOMPARE(int(map().valueScale()), int(ValueScale::Linear));
    }

    void theViewMenuListsEveryLane()
    {
        QMenu* menu = nullptr;
        for (QMenu* each : m_window->findChildren<QMenu*>())
            if (each->title() == "&Lanes")
                menu = each;
        QVERIFY(menu);
        for (const MapLanes::Entry& entry : lanes().all())
            QVERIFY(menu->actions().contains(entry.action));
    }
};

QTEST_MAIN(TestMapWindow)
#include "tst_mapwindow.moc"
