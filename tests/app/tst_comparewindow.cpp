// SPDX-License-Identifier: GPL-3.0-or-later
// A second checkpoint in the real window: how it gets there, the table, the difference lane, whose numbers are shown.
#include "app/banners.h"
#include "app/comparecommands.h"
#include "items/comparison.h"
#include "items/filewatch.h"
#include "widgets/comparisonpane.h"
#include "widgets/differencelane.h"
#include "widgets/heatpane.h"
#include "widgets/maplanes.h"
#include "widgets/mapfigure.h"
#include "widgets/maptip.h"
#include "widgets/mapplot.h"
#include "widgets/matchbox.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "widgets/sideselector.h"
#include "windowfixture.h"

#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QDropEvent>
#include <QGuiApplication>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QStatusBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolButton>
#include <QUndoStack>
#include <QUrl>
#include <QtTest>

#include <algorithm>
#include <memory>
#include <semaphore>
#include <utility>

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

// one (8,) | two (2, 3) | three (4,) | four (3,): 21 numbers, each counting from 0
void writeFirst(const QString& path)
{
    writeBytes(path.toStdString(),
        safetensorsBytes({ countingStorage(Dtype::Float32, 8), countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Float32, 4), countingStorage(Dtype::Float32, 3) },
            { { "one", 0, { 8 } }, { "two", 1, { 2, 3 } }, { "three", 2, { 4 } }, { "four", 3, { 3 } } }));
}

// one is equal, two differs at flat 10 by -3 and at 12 by 8, three has another shape, four is not there, five is new.
void writeSecond(const QString& path, const std::string& prefix = {})
{
    const std::vector<float> two { 0, 1, 5, 3, -4, 5 };
    writeBytes(path.toStdString(),
        safetensorsBytes({ countingStorage(Dtype::Float32, 8), storageOf(Dtype::Float32, two), countingStorage(Dtype::Float32, 4), countingStorage(Dtype::Float32, 3) },
            { { prefix + "one", 0, { 8 } }, { prefix + "two", 1, { 2, 3 } }, { prefix + "three", 2, { 2, 2 } }, { prefix + "five", 3, { 3 } } }));
}

// All threads of the tasks, from begin() to release().
class Held {
public:
    explicit Held(Tasks& tasks)
        : m_tasks(tasks)
    {
    }
    ~Held() { release(); }
    void begin()
    {
        m_held = 32;
        for (int i = 0; i < m_held; ++i)
            m_tasks.run<int>({}, [open = m_open](const Job&) { return open->acquire(), 0; }, [](int) { });
    }
    void release() { m_open->release(std::exchange(m_held, 0)); }

private:
    Tasks& m_tasks;
    std::shared_ptr<std::counting_semaphore<>> m_open = std::make_shared<std::counting_semaphore<>>(0);
    int m_held = 0;
};

} // namespace

class TestCompareWindow : public QObject, WindowFixture {
    Q_OBJECT

    QString path(const char* name) { return m_folder.filePath(QString::fromLatin1(name)); }
    Comparison& comparison() { return *m_window->panes().comparison; }
    ComparisonPane& pane() { return *m_window->panes().comparisonPane; }
    OffsetMap& map() { return *m_window->panes().map; }
    DifferenceLane& lane() { return *qobject_cast<DifferenceLane*>(map().lanes().find(u"difference"_s)->lane); }
    QImage picture()
    {
        auto* plot = map().findChild<MapPlot*>();
        plot->replot();
        return plot->grab().toImage();
    }
    bool openFirst() { return open(*m_window, path("first.safetensors")); }
    bool compare(const char* file = "second.safetensors")
    {
        QSignalSpy compared(&comparison(), &Comparison::compared);
        comparison().open(path(file));
        return waitFor(compared);
    }
    bool differenceIsThere()
    {
        return QTest::qWaitFor([this] {
            const SideNumbers& numbers = comparison().numbers(Side::Difference);
            return numbers.pyramid() && numbers.pyramid()->knownBlocks() == numbers.pyramid()->blockCount();
        }, 20000);
    }
    // The middle of an element across, a share of the lane's numbers down: 0 above, 1 below.
    QColor pixel(const QImage& image, int element, double share)
    {
        const QRect plot = lane().plot();
        const double x = plot.left() + (element + 0.5) * plot.width() / 21.0, y = plot.top() + share * plot.height();
        const double ratio = image.devicePixelRatio();
        return image.pixelColor(static_cast<int>(x * ratio), static_cast<int>(y * ratio));
    }
    QTableView* table() { return pane().table(); }
    int rowOf(const QString& name)
    {
        for (int row = 0; row < pane().model()->rowCount(); ++row)
            if (pane().model()->index(row, ComparisonModel::Name).data().toString() == name)
                return row;
        return -1;
    }
    void click(int row) { QTest::mouseClick(table()->viewport(), Qt::LeftButton, {}, table()->visualRect(pane().model()->index(row, 0)).center()); }

private Q_SLOTS:
    void initTestCase()
    {
        useOwnSettings("ravel-test-compare");
    }
    void init()
    {
        QSettings().clear();
        writeFirst(path("first.safetensors"));
        writeSecond(path("second.safetensors"));
        m_window = another({ 1600, 1000 });
        QVERIFY(m_window);
    }
    void cleanup() { m_window.reset(); }

    void nothingOpenSaysWhy()
    {
        for (const char* id : { "compare.open", "compare.saved", "compare.next", "compare.difference", "compare.close" })
            QVERIFY(!action(id)->isEnabled());
        QCOMPARE(m_window->actions().reason(u"compare.next"_s), u"nothing is open"_s);
        QVERIFY(openFirst());
        QVERIFY(action("compare.open")->isEnabled());
        QVERIFY(!action("compare.next")->isEnabled());
        QVERIFY(m_window->actions().reason(u"compare.next"_s).contains(u"Compare With"_s));
        QVERIFY(!map().lanes().isShown(u"difference"_s));
    }

    void theTableCountsAndSorts()
    {
        QVERIFY(openFirst() && compare());
        QCOMPARE(QString(pane().counts()).remove(u"<b>"_s).remove(u"</b>"_s), u"1 equal · 1 different · 1 of another shape · 1 only in A · 1 only in B"_s);
        QCOMPARE(pane().model()->rowCount(), 5);
        QVERIFY(m_window->panes().comparisonDock->isVisible());
        table()->sortByColumn(ComparisonModel::MaxAbs, Qt::DescendingOrder);
        QCOMPARE(pane().model()->index(0, ComparisonModel::Name).data().toString(), u"two"_s);
        QCOMPARE(pane().model()->index(0, ComparisonModel::MaxAbs).data().toString(), u"8"_s);
        auto* filter = pane().findChild<QComboBox*>(); // the match box's comes later
        for (QComboBox* box : pane().findChildren<QComboBox*>())
            if (box->accessibleName() == u"Which tensors are shown"_s)
                filter = box;
        filter->setCurrentIndex(1);
        QCOMPARE(filter->currentText(), u"Not equal (4)"_s);
        QCOMPARE(pane().model()->rowCount(), 4);
    }

    void aRowSelectsItsTensorAndZoomsTheMap()
    {
        QVERIFY(openFirst() && compare());
        click(rowOf(u"two"_s));
        const Selection selection = m_window->session().selection()->selection();
        QCOMPARE(selection.boxes.size(), std::size_t(1));
        QCOMPARE(selection.boxes.front().tensor, 1u);
        QVERIFY(map().visibleRange().begin.value >= 6 && map().visibleRange().end.value <= 16);
    }

    void rowsAreCopiedAsTsv()
    {
        QVERIFY(openFirst() && compare());
        click(rowOf(u"two"_s));
        table()->setFocus();
        QTest::keyClick(table(), Qt::Key_C, Qt::ControlModifier);
        const QStringList lines = QGuiApplication::clipboard()->text().split(u'\n');
        QCOMPARE(lines.size(), 3);
        QVERIFY2(lines[1].startsWith(u"two\ttwo\tvalues\t2\t8\t"_s), qPrintable(lines[1]));
        action("compare.copy")->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text().count(u'\n'), 6);
    }

    void theDifferenceLaneDrawsWhatTheDataSay()
    {
        QVERIFY(openFirst() && compare() && differenceIsThere());
        QVERIFY(map().lanes().isShown(u"difference"_s));
        QImage image;
        // Bars reach from the middle to their value; the axis is symmetric about zero and 8 is its largest.
        QTRY_VERIFY_WITH_TIMEOUT((image = picture(), pixel(image, 12, 0.3) != pixel(image, 3, 0.3) && pixel(image, 8, 0.3) == pixel(image, 3, 0.3)), 20000);
        const QColor ground = pixel(image, 3, 0.3);
        QCOMPARE(pixel(image, 3, 0.7), ground);              // equal
        QCOMPARE(pixel(image, 12, 0.7), ground);             // +8: above zero alone
        QVERIFY(pixel(image, 10, 0.6) != ground);            // -3: below zero
        QCOMPARE(pixel(image, 10, 0.3), ground);
        QCOMPARE(pixel(image, 10, 0.9), ground);             // and no farther than -3
        bool crossed = false;                                // three and four are not in B
        for (int dy = 0; dy < 8 && !crossed; ++dy)
            crossed = pixel(image, 15, 0.2 + dy / 100.0) != ground;
        QVERIFY(crossed);
    }

    void mapAndHeatMapShowEitherSide()
    {
        QVERIFY(openFirst() && compare());
        auto* selector = m_window->findChild<SideSelector*>();
        QVERIFY(selector->isVisible());
        const auto valuesName = [this] { return map().lanes().find(u"values"_s)->lane->name(); };
        action("compare.b")->trigger();
        QCOMPARE(selector->side(), Side::B);
        QTRY_COMPARE_WITH_TIMEOUT(valuesName(), u"values B"_s, 20000);
        action("compare.difference")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(valuesName(), u"values A−B"_s, 20000);
        QVERIFY(!action("compare.b")->isChecked());
        for (QToolButton* button : selector->findChildren<QToolButton*>())
            if (button->text() == u"A"_s)
                button->click();
        QCOMPARE(valuesName(), u"values"_s);
        QCOMPARE(comparison().shown(), Side::A);
        QVERIFY(action("compare.a")->isChecked());
        picture();
    }

    void statusBarAndToolTipTellTheSideThatIsShown_data()
    {
        QTest::addColumn<QByteArray>("command");
        QTest::addColumn<int>("element");
        QTest::addColumn<QString>("status");
        QTest::addColumn<QString>("tip");
        QTest::addColumn<QString>("place");
        QTest::newRow("A") << QByteArray("compare.a") << 10 << u"= 2"_s << u"value 2"_s << u"flat 10, storage 2, byte"_s;
        QTest::newRow("B") << QByteArray("compare.b") << 10 << u"B = 5"_s << u"value of B: 5"_s << u"flat 10; in A: storage 2, byte"_s;
        QTest::newRow("A-B") << QByteArray("compare.difference") << 10 << u"A−B = -3"_s << u"value of A−B: -3"_s << u"two[0, 2] float64"_s;
        QTest::newRow("not in B") << QByteArray("compare.b") << 15 << u"not in B"_s << u"not in B"_s << u"three[1]"_s;
    }
    void statusBarAndToolTipTellTheSideThatIsShown()
    {
        QFETCH(QByteArray, command);
        QFETCH(int, element);
        QFETCH(QString, status);
        QFETCH(QString, tip);
        QFETCH(QString, place);
        QVERIFY(openFirst() && compare());
        m_window->session().selection()->hover(FlatIndex(element)); // what is pointed at already is told anew
        action(command.constData())->trigger();
        const auto told = [this](const QString& text) {
            const auto labels = m_window->statusBar()->findChildren<QLabel*>();
            return std::any_of(labels.begin(), labels.end(), [&](const QLabel* label) { return label->text() == text; });
        };
        QTRY_VERIFY_WITH_TIMEOUT(told(status), 20000);
        picture();
        const auto* plot = map().findChild<MapPlot*>();
        const QRect values = map().lanes().find(u"values"_s)->lane->rect();
        const QPointF point(values.left() + (element + 0.5) * values.width() / 21.0, values.center().y());
        const QString said = mapToolTip(map().scene(), *plot, map().element().facts(), point);
        QVERIFY2(said.contains(tip) && said.contains(place), qPrintable(said));
        action("compare.a")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(told(element == 10 ? u"= 2"_s : u"= 1"_s), 20000);
    }

    void differencesAreSteppedThroughByKey()
    {
        QVERIFY(openFirst() && compare());
        map().setFocus();
        QTest::keyClick(&map(), Qt::Key_Down, Qt::AltModifier);
        QVERIFY2(m_window->statusBar()->currentMessage().startsWith(u"two: 2 of 6 differ, at most by 8"_s), qPrintable(m_window->statusBar()->currentMessage()));
        const Selection& selection = m_window->session().selection()->selection();
        const FlatCover cover = flatCover(*m_window->session().document()->layout(), selection, 4);
        QCOMPARE(cover.ranges, (std::vector<FlatRange> { { FlatIndex(10), FlatIndex(13) } }));
        QTest::keyClick(&map(), Qt::Key_Down, Qt::AltModifier);
        QVERIFY(m_window->statusBar()->currentMessage().startsWith(u"three: shapes"_s));
        QTest::keyClick(&map(), Qt::Key_Down, Qt::AltModifier);
        QVERIFY(m_window->statusBar()->currentMessage().endsWith(u"(from the beginning again)"_s));
        QTest::keyClick(&map(), Qt::Key_Up, Qt::AltModifier);
        QVERIFY(m_window->statusBar()->currentMessage().startsWith(u"three"_s));
    }

    void aStepBringsItsRowIntoView()
    {
        constexpr int many = 200;
        const auto write = [this](const char* name, float last) {
            std::vector<FixtureStorage> storages;
            std::vector<FixtureTensor> tensors;
            for (int i = 0; i < many; ++i) {
                storages.push_back(storageOf(Dtype::Float32, std::vector<float> { 1, 2, i == many - 1 ? last : 3 }));
                tensors.push_back({ "t" + std::to_string(i), static_cast<std::uint32_t>(i), { 3 } });
            }
            writeBytes(path(name).toStdString(), safetensorsBytes(storages, tensors));
        };
        write("many.safetensors", 3);
        write("other.safetensors", 4);
        QVERIFY(open(*m_window, path("many.safetensors")));
        QVERIFY(compare("other.safetensors"));
        table()->sortByColumn(ComparisonModel::Name, Qt::AscendingOrder);
        const QModelIndex row = pane().model()->index(rowOf(u"t199"_s), 0);
        table()->scrollTo(pane().model()->index(row.row() < many / 2 ? many - 1 : 0, 0));
        const QRect seen = table()->viewport()->rect();
        QVERIFY(!seen.intersects(table()->visualRect(row)));
        action("compare.next")->trigger();
        QVERIFY(seen.contains(table()->visualRect(row).center()));
    }

    void editsAreComparedWithTheFile()
    {
        QVERIFY(openFirst());
        QSignalSpy compared(&comparison(), &Comparison::compared);
        action("compare.saved")->trigger();
        QVERIFY(waitFor(compared));
        QCOMPARE(comparison().counts().same, 4);
        compared.clear();
        Step step;
        step.value = Number::ofReal(50);
        step.select = { { "one[2:4]", false } };
        m_window->session().apply(step);
        QVERIFY(waitFor(compared));
        QCOMPARE(comparison().counts().values, 1);
        QVERIFY(pane().counts().contains(u"different"_s));
        action("compare.next")->trigger();
        QVERIFY(m_window->statusBar()->currentMessage().startsWith(u"one: 2 of 8 differ"_s));
    }

    void aPrefixIsOffered()
    {
        writeSecond(path("ddp.safetensors"), "module.");
        QVERIFY(openFirst() && compare("ddp.safetensors"));
        QVERIFY2(pane().advice().contains(u"*=module.*"_s), qPrintable(pane().advice()));
        QSignalSpy compared(&comparison(), &Comparison::compared);
        for (QPushButton* button : pane().findChildren<QPushButton*>())
            if (button->text() == u"Match So"_s)
                button->click();
        QVERIFY(waitFor(compared));
        QCOMPARE(comparison().counts().values, 1);
        QVERIFY(pane().advice().isEmpty());
        QCOMPARE(pane().matchBox()->rules()->toPlainText(), u"*=module.*"_s);
        QCOMPARE(pane().model()->index(0, 0).data().toString(), u"one → module.one"_s);
    }

    void rulesArePreviewedAsTheyAreTyped()
    {
        writeSecond(path("other.safetensors"), "net.");
        QVERIFY(openFirst() && compare("other.safetensors"));
        action("compare.match")->trigger();
        MatchBox* box = pane().matchBox();
        QVERIFY(box->isVisible());
        box->rules()->setPlainText(u"(t.*)=net.$1"_s);
        QTRY_VERIFY_WITH_TIMEOUT(box->preview().startsWith(u"2 of 4 tensor"_s), 20000);
        QVERIFY(box->preview().endsWith(u"1 of another shape"_s));
        QVERIFY(box->canUse());
        box->rules()->setPlainText(u"(t.*=net.$1"_s);
        QVERIFY(box->preview().contains(u"parentheses"_s));
        QVERIFY(!box->canUse());
        box->by()->setCurrentIndex(1);
        QTRY_VERIFY_WITH_TIMEOUT(box->canUse(), 20000);
        QSignalSpy compared(&comparison(), &Comparison::compared);
        box->use();
        QVERIFY(waitFor(compared));
        QCOMPARE(comparison().matching()->matched, 4);
    }

    void nothingInCommonSaysWhatToDo()
    {
        writeBytes(path("alien.safetensors").toStdString(), safetensorsBytes({ countingStorage(Dtype::Float32, 5) }, { { "alien", 0, { 5 } } }));
        QVERIFY(openFirst() && compare("alien.safetensors"));
        QVERIFY2(pane().advice().contains(u"no name in common"_s), qPrintable(pane().advice()));
        picture();
    }

    void aDroppedFileIsOpenedOrCompared()
    {
        QVERIFY(openFirst());
        QMimeData data;
        data.setUrls({ QUrl::fromLocalFile(path("second.safetensors")) });
        QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, {});
        QDragEnterEvent enter(QPoint(300, 300), Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QCoreApplication::sendEvent(m_window.get(), &drop);
        auto* menu = m_window->findChild<QMenu*>(u"dropMenu"_s);
        QVERIFY(menu);
        QCOMPARE(menu->actions().at(0)->text(), u"&Open second.safetensors"_s);
        QSignalSpy compared(&comparison(), &Comparison::compared);
        menu->actions().at(1)->trigger();
        menu->close();
        QVERIFY(waitFor(compared));
        QCOMPARE(comparison().title(), u"second.safetensors"_s);
    }

    void aFileThatChangedOnDiskIsCompared()
    {
        QVERIFY(openFirst());
        QFile::remove(path("first.safetensors"));
        writeSecond(path("first.safetensors"));
        QSignalSpy changed(m_window->banners().watch(), &FileWatch::changed);
        m_window->banners().watch()->check();
        QVERIFY(waitFor(changed));
        QSignalSpy compared(&comparison(), &Comparison::compared);
        m_window->panes().messages->answer(u"changed"_s, 2);
        QVERIFY(waitFor(compared));
        QCOMPARE(comparison().counts().values, 1);
    }

    void aBrokenFileIsToldOf()
    {
        QVERIFY(openFirst());
        writeBytes(path("broken.pt").toStdString(), std::vector<std::byte>(100, std::byte { 0x55 }));
        QSignalSpy failed(&comparison(), &Comparison::failed);
        comparison().open(path("broken.pt"));
        QVERIFY(waitFor(failed));
        QVERIFY(m_window->panes().messages->textOf(u"compare"_s).contains(u"broken.pt"_s));
        QVERIFY(!comparison().isOpen());
    }

    void closingTakesEverythingAway()
    {
        QVERIFY(openFirst() && compare() && differenceIsThere());
        action("compare.difference")->trigger();
        action("compare.close")->trigger();
        QVERIFY(!map().lanes().isShown(u"difference"_s));
        QVERIFY(!m_window->findChild<SideSelector*>()->isVisible());
        QCOMPARE(map().lanes().find(u"values"_s)->lane->name(), u"values"_s);
        QVERIFY(!action("compare.next")->isEnabled());
        picture();
        QVERIFY(compare());
        QCOMPARE(comparison().counts().known, 5);
    }

    void anotherFirstFileIsComparedWithTheSameSecond()
    {
        QVERIFY(openFirst() && compare());
        QSignalSpy compared(&comparison(), &Comparison::compared);
        m_window->open(path("second.safetensors"));
        QVERIFY(waitFor(compared));
        QCOMPARE(comparison().counts().same, 4);
    }

    // `ravel --compare A B`, given up: what is opened next is not compared with B.
    void aComparisonThatWasGivenUpIsNotMadeWithTheNextFile_data()
    {
        QTest::addColumn<QString>("how");
        for (const char* how : { "cancelled", "replaced", "not there" })
            QTest::newRow(how) << QString::fromLatin1(how);
    }
    void aComparisonThatWasGivenUpIsNotMadeWithTheNextFile()
    {
        QFETCH(QString, how);
        Session& session = m_window->session();
        QSignalSpy cancelled(&session, &Session::openingCancelled), failed(&session, &Session::failed), opened(&comparison(), &Comparison::opened);
        openAndCompare(*m_window, path(how == u"not there"_s ? "nowhere.safetensors" : "first.safetensors"), path("second.safetensors"));
        if (how == u"cancelled"_s) {
            session.cancel();
            QVERIFY(waitFor(cancelled));
        } else if (how == u"not there"_s) {
            QVERIFY(waitFor(failed));
        }
        QVERIFY(openFirst());
        QTRY_VERIFY(!session.busy() && !comparison().opening());
        QCOMPARE(opened.count(), 0);
        openAndCompare(*m_window, path("first.safetensors"), path("second.safetensors")); // as it is meant
        QVERIFY(waitFor(opened));
    }

    void whatWasCancelledGoesOn_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("told");
        QTest::newRow("matching") << u"matching"_s << u"Matching was cancelled."_s;
        QTest::newRow("comparing") << u"comparing"_s << u"The comparison was cancelled."_s;
        QTest::newRow("the numbers of B") << u"B"_s << u"The analysis was cancelled"_s;
        QTest::newRow("the document's analysis") << u"document"_s << QString();
    }
    void whatWasCancelledGoesOn()
    {
        QFETCH(QString, what);
        QFETCH(QString, told);
        QVERIFY(openFirst());
        QVERIFY(!action("tools.goOn")->isEnabled());
        Session& session = m_window->session();
        const auto hold = std::make_shared<Held>(*session.tasks()); // before the task that it is about
        const auto cancel = [&session, hold] {
            session.cancel();
            hold->release();
        };
        const auto at = [&](auto signal) { // as long as nothing of what comes next can have run
            connect(&comparison(), signal, this, [hold] { hold->begin(); }, Qt::SingleShotConnection);
            connect(&comparison(), signal, this, cancel, Qt::ConnectionType(Qt::QueuedConnection | Qt::SingleShotConnection));
        };
        if (what == u"matching"_s) {
            at(&Comparison::opened);
            comparison().open(path("second.safetensors"));
        } else if (what == u"comparing"_s) {
            at(&Comparison::matched);
            comparison().open(path("second.safetensors"));
        } else if (what == u"B"_s) {
            QVERIFY(compare() && differenceIsThere());
            at(&Comparison::numbersChanged);
            action("compare.b")->trigger();
        } else {
            QTRY_VERIFY(!session.busy());
            hold->begin();
            LayoutSpec spec = session.document()->layout()->spec();
            spec.order = Order::Sorted;
            session.setLayout(spec);
            cancel();
        }
        QTRY_VERIFY_WITH_TIMEOUT(action("tools.goOn")->isEnabled(), 20000);
        QVERIFY2(pane().advice().contains(told), qPrintable(pane().advice()));
        QToolButton* offered = nullptr;
        for (auto* button : m_window->statusBar()->findChildren<QToolButton*>())
            if (button->text() == u"Go On"_s)
                offered = button;
        QVERIFY(offered && offered->isVisible());
        if (told.isEmpty()) {
            QVERIFY(session.document()->pyramid()->knownBlocks() < session.document()->pyramid()->blockCount());
            offered->click();
        } else {
            for (QPushButton* button : pane().findChildren<QPushButton*>())
                if (button->text() == u"Go On"_s)
                    button->click();
        }
        QTRY_VERIFY_WITH_TIMEOUT(!action("tools.goOn")->isEnabled() && !session.busy(), 20000);
        QVERIFY(!offered->isVisible());
        QVERIFY(pane().advice().isEmpty());
        QTRY_COMPARE(session.document()->pyramid()->knownBlocks(), session.document()->pyramid()->blockCount());
        if (told.isEmpty())
            return;
        QTRY_COMPARE_WITH_TIMEOUT(comparison().counts().known, 5, 20000);
        if (what == u"B"_s)
            QTRY_VERIFY(comparison().numbers(Side::B).pyramid()->knownBlocks() == comparison().numbers(Side::B).pyramid()->blockCount());
    }

    // It may be painted when the window has long been closed.
    void aFigureReadsTheDifferenceForItself()
    {
        QVERIFY(openFirst());
        QVERIFY(compare());
        QVERIFY(differenceIsThere());
        const auto painted = [](MapFigure& figure) {
            QImage image(900, 600, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::white);
            QCPPainter painter(&image);
            figure.paint(painter, {});
            return image;
        };
        const auto make = [this] { return std::make_unique<MapFigure>(map(), QSize(900, 600), m_window->palette(), 1, false); };
        const auto first = make();
        QTRY_VERIFY(first->settled());
        const QImage before = painted(*first);
        const auto second = make();
        m_window.reset();
        QTRY_VERIFY(second->settled());
        QCOMPARE(painted(*second), before);
    }
};

QTEST_MAIN(TestCompareWindow)
#include "tst_comparewindow.moc"
