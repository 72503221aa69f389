// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>
#include <QSignalSpy>
#include <QWheelEvent>
#include <QtTest>

#include "mapfixture.h"
#include "widgets/mapfigure.h"
#include "widgets/mapplot.h"
#include "widgets/maplane.h"
#include "widgets/maptheme.h"
#include "widgets/markslane.h"
#include "widgets/moduleslane.h"
#include "widgets/offsetmap.h"
#include "widgets/overviewlane.h"
#include "widgets/tensorslane.h"
#include "widgets/valueslane.h"

using namespace ravel;

namespace {

// The map of a MapFixture, shown, with its parts at hand.
struct Shown {
    MapFixture document;
    SelectionModel selection;
    OffsetMap map;
    MapPlot* plot = map.findChild<MapPlot*>();
    ValuesLane* values = map.findChild<ValuesLane*>();
    MarksLane* marks = map.findChild<MarksLane*>();
    TensorsLane* tensors = map.findChild<TensorsLane*>();
    ModulesLane* modules = map.findChild<ModulesLane*>();

    explicit Shown(bool analysed = true)
        : document(analysed)
    {
        map.resize(1102, 502);
        map.show();
        map.setDocument(document.layout, document.pyramid, document.edited, &selection);
        drawn();
    }
    void drawn() { plot->replot(); }
    QRect lanes() const { return plot->lanes(); }
    MapGeometry geometry() const // as the map has it when the view is `visibleRange()` of whole elements
    {
        MapGeometry g(Count(MapFixture::numel), lanes().width());
        return g;
    }
    QPoint inMap(QPoint inPlot) const { return inPlot + plot->pos(); }
    QPoint at(double viewX, const QRect& lane) const { return inMap(QPoint(lanes().left() + int(viewX), lane.center().y())); }
    std::vector<FlatRange> selected() const { return flatCover(*document.layout, selection.selection(), 100).ranges; }
    void wheel(QPoint where, int delta, Qt::KeyboardModifiers modifiers = {})
    {
        QWheelEvent event(where, map.mapToGlobal(where), {}, { 0, delta }, {}, modifiers, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&map, &event);
    }
    void drag(QPoint from, QPoint to, Qt::MouseButton button = Qt::LeftButton, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::mousePress(&map, button, modifiers, from);
        QTest::mouseMove(&map, (from + to) / 2);
        moveTo((from + to) / 2, button, modifiers);
        moveTo(to, button, modifiers);
        QTest::mouseRelease(&map, button, modifiers, to);
    }
    void moveTo(QPoint to, Qt::MouseButton button, Qt::KeyboardModifiers modifiers = {})
    {
        QMouseEvent event(QEvent::MouseMove, to, map.mapToGlobal(to), Qt::NoButton, button, modifiers);
        QCoreApplication::sendEvent(&map, &event);
    }
    QImage picture()
    {
        drawn();
        return plot->grab().toImage();
    }
};

bool near(const QColor& a, const QColor& b, int tolerance = 12)
{
    return std::abs(a.red() - b.red()) <= tolerance && std::abs(a.green() - b.green()) <= tolerance && std::abs(a.blue() - b.blue()) <= tolerance;
}

// Columns of an area in which a colour stands.
std::vector<int> columnsWith(const QImage& image, const QRect& area, const QColor& colour)
{
    std::vector<int> columns;
    for (int x = area.left(); x <= area.right(); ++x)
        for (int y = area.top(); y <= area.bottom(); ++y)
            if (near(image.pixelColor(x, y), colour)) {
                columns.push_back(x);
                break;
            }
    return columns;
}

// Rows from the top of a column to the first that is not the background and not a grid line.
int topOf(const QImage& image, const QRect& area, int x, const std::vector<QColor>& inks)
{
    for (int y = area.top(); y <= area.bottom(); ++y)
        for (const QColor& ink : inks)
            if (near(image.pixelColor(x, y), ink))
                return y;
    return -1;
}

} // namespace

class TestOffsetMap : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void draggingSelectsTheElementsUnderIt_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        QTest::newRow("to the right") << 100 << 300;
        QTest::newRow("to the left") << 700 << 250;
        QTest::newRow("over several tensors") << 600 << 900;
    }
    void draggingSelectsTheElementsUnderIt()
    {
        QFETCH(int, from);
        QFETCH(int, to);
        Shown s;
        s.drag(s.at(from, s.values->plot()), s.at(to, s.values->plot()));
        const MapGeometry g = s.geometry();
        const FlatIndex a = g.elementAt(std::min(from, to)), b = g.elementAt(std::max(from, to));
        QCOMPARE(s.selected().size(), std::size_t(1));
        QCOMPARE(s.selected()[0], (FlatRange { a, b + Count(1) }));
    }

    void aDragThatIsGivenUpSelectsNothing()
    {
        Shown s;
        const QPoint from = s.at(100, s.values->plot());
        QTest::mousePress(&s.map, Qt::LeftButton, {}, from);
        s.moveTo(from + QPoint(200, 0), Qt::LeftButton);
        s.map.giveUp();
        QTest::mouseRelease(&s.map, Qt::LeftButton, {}, from + QPoint(200, 0));
        QTest::qWait(40);
        QVERIFY(s.selection.selection().empty());
    }

    // Also what it has told the others meanwhile.
    void aDragThatIsGivenUpLeavesWhatWasSelectedBefore()
    {
        Shown s;
        const Selection before = selectRange(*s.document.layout, { FlatIndex(MapFixture::biasAt), FlatIndex(MapFixture::matrixAt) }).value();
        s.selection.select(before);
        const QPoint from = s.at(100, s.values->plot());
        QTest::mousePress(&s.map, Qt::LeftButton, {}, from);
        s.moveTo(from + QPoint(200, 0), Qt::LeftButton);
        QTRY_VERIFY(s.selection.selection() != before);
        s.map.giveUp();
        QCOMPARE(s.selection.selection(), before);
        QCOMPARE(s.selected(), (std::vector<FlatRange> { { FlatIndex(MapFixture::biasAt), FlatIndex(MapFixture::matrixAt) } }));
        QTest::mouseRelease(&s.map, Qt::LeftButton, {}, from + QPoint(200, 0));
        QCOMPARE(s.selection.selection(), before);
    }

    // What was selected in a document that is gone is nothing in the next.
    void aDragEndsWithItsDocument()
    {
        Shown s;
        s.selection.select(selectRange(*s.document.layout, { FlatIndex(MapFixture::biasAt), FlatIndex(MapFixture::matrixAt) }).value());
        const QPoint from = s.at(100, s.values->plot());
        QTest::mousePress(&s.map, Qt::LeftButton, {}, from);
        s.moveTo(from + QPoint(200, 0), Qt::LeftButton);
        s.selection.select({});
        s.map.clear();
        QVERIFY(s.selection.selection().empty());
    }

    // A predicate is on the document's values: among other numbers no band is drawn.
    void theBandOfAPredicateIsDrawnAmongTheDocumentsNumbersOnly()
    {
        Shown s;
        const MapNumbers others { s.document.layout, s.document.pyramid, s.document.edited, {}, QStringLiteral("B") };
        s.selection.select(selectRange(*s.document.layout, { FlatIndex(MapFixture::matrixAt), FlatIndex(MapFixture::countAt) }).value());
        const auto values = [&s] { return s.picture().copy(s.values->rect()); };
        const QImage own = values();
        s.map.setNumbers(others);
        const QImage other = values();
        s.selection.select({ s.selection.selection().boxes, Predicate { 5000, 10000 } });
        QCOMPARE(values(), other);
        s.map.setNumbers(std::nullopt);
        QVERIFY(values() != own);
        s.map.setNumbers(others);
        QCOMPARE(values(), other);
    }

    // It is made while the analysis runs, and painted when that is done.
    void aFigureShowsWhatIsFoundWhileItWaits()
    {
        Shown s(false);
        const auto made = [&s] { return std::make_unique<MapFigure>(s.map, QSize(900, 500), s.map.palette(), 1, false); };
        const auto painted = [](MapFigure& figure) {
            QImage image(900, 500, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::white);
            QCPPainter painter(&image);
            figure.paint(painter, {});
            return image;
        };
        const auto early = made();
        QTRY_VERIFY(early->settled());
        const QImage unknown = painted(*early);
        QVERIFY(s.document.pyramid->build(s.document.edited, Job()));
        s.map.setAnomalies({ { { FlatIndex(MapFixture::spikeAt), FlatIndex(MapFixture::spikeAt + 1) }, MapAnomaly::Outlier, 0 } }, [](std::size_t) { return QString(); });
        s.map.refresh();
        const auto late = made();
        QTRY_VERIFY(early->settled() && late->settled());
        QVERIFY(painted(*late) != unknown);
        QCOMPARE(painted(*early), painted(*late));
    }

    void theSelectionFollowsWhileItIsDragged()
    {
        Shown s;
        QSignalSpy changed(&s.selection, &SelectionModel::changed);
        const QPoint from = s.at(100, s.values->plot());
        QTest::mousePress(&s.map, Qt::LeftButton, {}, from);
        s.moveTo(from + QPoint(50, 0), Qt::LeftButton);
        QTRY_VERIFY(changed.count() > 0);
        QTest::mouseRelease(&s.map, Qt::LeftButton, {}, from + QPoint(50, 0));
    }

    void aClickSelectsTheTensorUnderIt()
    {
        Shown s;
        const double x = s.geometry().toPixel(FlatIndex(MapFixture::matrixAt + 5000));
        QTest::mouseClick(&s.map, Qt::LeftButton, {}, s.at(x, s.tensors->rect()));
        QCOMPARE(s.selected(), (std::vector<FlatRange> { { FlatIndex(MapFixture::matrixAt), FlatIndex(MapFixture::countAt) } }));
    }

    void aClickOnAModuleSelectsAllOfIt()
    {
        Shown s;
        const QRect lane = s.modules->rect();
        const QPoint point = s.inMap(QPoint(s.lanes().left() + 100, lane.top() + 4));
        QTest::mouseClick(&s.map, Qt::LeftButton, {}, point);
        QCOMPARE(s.selected(), (std::vector<FlatRange> { { FlatIndex(0), FlatIndex(MapFixture::matrixAt) } }));
        QCOMPARE(s.selection.selection().boxes.size(), std::size_t(3)); // the empty tensor, too
    }

    void aDoubleClickFitsWhatIsUnderIt()
    {
        Shown s;
        const double x = s.geometry().toPixel(FlatIndex(MapFixture::matrixAt + 5000));
        QTest::mouseDClick(&s.map, Qt::LeftButton, {}, s.at(x, s.tensors->rect()));
        const FlatRange visible = s.map.visibleRange();
        QVERIFY(visible.begin.value > MapFixture::matrixAt - 3000 && visible.begin.value < MapFixture::matrixAt);
        QCOMPARE(visible.end.value, MapFixture::numel);
    }

    void theWheelHoldsWhatIsUnderThePointer()
    {
        Shown s;
        const QPoint where = s.at(400, s.values->plot());
        QTest::mouseMove(&s.map, where);
        s.moveTo(where, Qt::NoButton);
        const auto before = s.selection.hovered();
        QVERIFY(before.has_value());
        for (int n = 0; n < 30; ++n)
            s.wheel(where, 120);
        QVERIFY(s.map.visibleRange().count().value < 1000);
        s.moveTo(where, Qt::NoButton);
        // One pixel of the whole vector is 80 elements; it was the first of them.
        QVERIFY(std::abs((*s.selection.hovered() - *before).value) <= 1);
        for (int n = 0; n < 40; ++n)
            s.wheel(where, -120);
        QCOMPARE(s.map.visibleRange().count().value, MapFixture::numel);
    }

    void shiftOrMiddleDragPans_data()
    {
        QTest::addColumn<int>("button");
        QTest::addColumn<int>("modifiers");
        QTest::newRow("shift") << int(Qt::LeftButton) << int(Qt::ShiftModifier);
        QTest::newRow("middle") << int(Qt::MiddleButton) << 0;
    }
    void shiftOrMiddleDragPans()
    {
        QFETCH(int, button);
        QFETCH(int, modifiers);
        Shown s;
        s.map.zoomTo({ FlatIndex(20000), FlatIndex(30000) });
        const FlatRange before = s.map.visibleRange();
        const double perPixel = double(before.count().value) / s.lanes().width();
        const QPoint from = s.at(500, s.values->plot());
        s.drag(from, from - QPoint(200, 0), Qt::MouseButton(button), Qt::KeyboardModifiers(modifiers));
        QVERIFY(std::abs(double((s.map.visibleRange().begin - before.begin).value) - 200 * perPixel) <= 2);
        QVERIFY(s.selection.selection().empty());
    }

    void theOverviewMovesTheView()
    {
        Shown s;
        s.map.zoomTo({ FlatIndex(0), FlatIndex(4000) });
        const QRect overview = s.plot->overview().rect();
        QTest::mouseClick(&s.map, Qt::LeftButton, {}, s.inMap(overview.center()));
        const FlatRange visible = s.map.visibleRange();
        const std::int64_t middle = (visible.begin.value + visible.end.value) / 2;
        QVERIFY(std::abs(middle - MapFixture::numel / 2) < 200);
    }

    void viewsComeBack()
    {
        Shown s;
        s.map.zoomTo({ FlatIndex(1000), FlatIndex(2000) });
        const FlatRange first = s.map.visibleRange();
        s.map.zoomTo({ FlatIndex(70000), FlatIndex(71000) });
        const FlatRange second = s.map.visibleRange();
        QVERIFY(s.map.canGoBack() && !s.map.canGoForward());
        s.map.back();
        QCOMPARE(s.map.visibleRange(), first);
        s.map.back();
        QCOMPARE(s.map.visibleRange().count().value, MapFixture::numel);
        QVERIFY(!s.map.canGoBack());
        s.map.forward();
        s.map.forward();
        QCOMPARE(s.map.visibleRange(), second);
    }

    void keysWalkThroughTheTree()
    {
        Shown s;
        const auto ranges = [&](std::int64_t a, std::int64_t b) { return std::vector<FlatRange> { { FlatIndex(a), FlatIndex(b) } }; };
        s.map.nextTensor();
        QCOMPARE(s.selected(), ranges(0, MapFixture::ramp));
        s.map.nextTensor();
        QCOMPARE(s.selected(), ranges(MapFixture::biasAt, MapFixture::matrixAt));
        s.map.nextTensor(); // past the empty one
        QCOMPARE(s.selected(), ranges(MapFixture::matrixAt, MapFixture::countAt));
        s.map.previousTensor();
        QCOMPARE(s.selected(), ranges(MapFixture::biasAt, MapFixture::matrixAt));
        s.map.selectParent(); // a.first
        QCOMPARE(s.selected(), ranges(0, MapFixture::matrixAt));
        s.map.selectParent();
        QCOMPARE(s.selected(), ranges(0, MapFixture::numel));
        s.map.selectChild(); // a
        s.map.selectNextSibling(); // b
        QCOMPARE(s.selected(), ranges(MapFixture::matrixAt, MapFixture::numel));
        s.map.selectChild();
        QCOMPARE(s.selected(), ranges(MapFixture::matrixAt, MapFixture::countAt));
        s.map.selectNextSibling();
        QCOMPARE(s.selected(), ranges(MapFixture::countAt, MapFixture::numel));
        s.map.giveUp();
        QVERIFY(s.selection.selection().empty());
    }

    void fCentresAndThenFits()
    {
        Shown s;
        s.map.zoomTo({ FlatIndex(0), FlatIndex(10000) });
        s.selection.select(selectRange(*s.document.layout, { FlatIndex(40000), FlatIndex(40100) }).value());
        s.map.centreOrFit();
        const FlatRange centred = s.map.visibleRange();
        QVERIFY(centred.count().value > 5000);
        QVERIFY(std::abs((centred.begin.value + centred.end.value) / 2 - 40050) < 20);
        s.map.centreOrFit();
        QVERIFY(s.map.visibleRange().count().value < 200);
    }

    void aNanIsMarkedWhereItStands_data()
    {
        QTest::addColumn<qint64>("begin");
        QTest::addColumn<qint64>("end");
        QTest::newRow("whole vector") << qint64(0) << qint64(MapFixture::numel);
        QTest::newRow("ten thousand") << qint64(10000) << qint64(20000);
        QTest::newRow("samples") << qint64(MapFixture::nanAt - 40) << qint64(MapFixture::nanAt + 60);
        QTest::newRow("numbers") << qint64(MapFixture::nanAt - 2) << qint64(MapFixture::nanAt + 5);
    }
    void aNanIsMarkedWhereItStands()
    {
        QFETCH(qint64, begin);
        QFETCH(qint64, end);
        Shown s;
        s.map.zoomTo({ FlatIndex(begin), FlatIndex(end) });
        const MapTheme theme = MapTheme::of(s.map.palette());
        const FlatRange visible = s.map.visibleRange();
        const double perElement = double(s.lanes().width()) / double(visible.count().value);
        const double from = s.lanes().left() + double(MapFixture::nanAt - visible.begin.value) * perElement;
        // At once, from the pyramid, that knows its block only; then exactly, where tiles are read.
        QVERIFY(!columnsWith(s.picture(), s.marks->rect(), theme.nan).empty());
        QVERIFY(!columnsWith(s.picture(), s.plot->overview().rect(), theme.nan).empty());
        const double slack = perElement < 1 ? std::max(8.0, 4096 * perElement) : perElement + 8;
        const auto marksStandRight = [&] {
            const auto marks = columnsWith(s.picture(), s.marks->rect(), theme.nan);
            return !marks.empty() && marks.front() >= from - slack && marks.back() <= from + perElement + slack;
        };
        QTRY_VERIFY(marksStandRight());
    }

    void aRampIsDrawnAsARamp()
    {
        Shown s;
        s.map.zoomTo({ FlatIndex(20000), FlatIndex(40000) });
        QTest::qWait(200);
        const QImage image = s.picture();
        const MapTheme theme = MapTheme::of(s.map.palette());
        const QRect area = s.values->plot();
        const std::vector<QColor> inks { theme.band, theme.deviation, theme.mean };
        int last = area.bottom();
        for (int share = 1; share < 10; ++share) {
            const int y = topOf(image, area, area.left() + area.width() * share / 10, inks);
            QVERIFY(y >= 0 && y < last); // climbs from left to right
            last = y;
        }
        // The whole height is used, and equal steps are equally high.
        const int y2 = topOf(image, area, area.left() + area.width() * 2 / 10, inks);
        const int y5 = topOf(image, area, area.left() + area.width() * 5 / 10, inks);
        const int y8 = topOf(image, area, area.left() + area.width() * 8 / 10, inks);
        QVERIFY(std::abs((y2 - y5) - (y5 - y8)) <= 3);
        QVERIFY(y2 - y8 > area.height() / 3);
    }

    void aSpikeStandsInItsColumnAlone()
    {
        Shown s;
        s.map.setValueExtent(ValueExtent::Full);
        s.map.zoomTo({ FlatIndex(49000), FlatIndex(51000) });
        QTest::qWait(200);
        const QImage image = s.picture();
        const MapTheme theme = MapTheme::of(s.map.palette());
        const QRect area = s.values->plot();
        const QRect upper = area.adjusted(0, 8, 0, -area.height() / 2);
        std::vector<int> columns = columnsWith(image, upper, theme.band);
        for (const int x : columnsWith(image, upper, theme.deviation))
            columns.push_back(x);
        QVERIFY(!columns.empty());
        const FlatRange visible = s.map.visibleRange();
        const double x = area.left() + double(MapFixture::spikeAt - visible.begin.value) * area.width() / double(visible.count().value);
        for (const int column : columns)
            QVERIFY2(std::abs(column - x) <= 2, qPrintable(QStringLiteral("%1, expected %2").arg(column).arg(x)));
    }

    void aTypicalViewLeavesTheSpikeOutAndMarksIt()
    {
        Shown s;
        s.map.zoomTo({ FlatIndex(49000), FlatIndex(51000) });
        QTest::qWait(200);
        const QImage image = s.picture();
        const MapTheme theme = MapTheme::of(s.map.palette());
        const QRect area = s.values->plot();
        QVERIFY(topOf(image, area, area.left() + 20, { theme.band, theme.deviation, theme.mean }) > 0); // not squeezed to the floor
        const auto notches = columnsWith(image, QRect(area.left(), area.top(), area.width(), 2), theme.mean);
        QVERIFY(!notches.empty());
        QVERIFY(notches.back() - notches.front() <= 2);
    }

    void whatIsNotKnownIsNotDrawnAsZero()
    {
        Shown s(false); // nothing analysed
        const QImage image = s.picture();
        const MapTheme theme = MapTheme::of(s.map.palette());
        const QRect area = s.values->plot();
        QVERIFY(columnsWith(image, area, theme.mean).empty());
        QVERIFY(columnsWith(image, area, theme.band).empty());
        QVERIFY(columnsWith(image, area, theme.unknown).size() > std::size_t(area.width() / 2)); // hatched
    }

    void singleElementsAreReadWithoutThePyramid()
    {
        Shown s(false);
        s.map.zoomTo({ FlatIndex(MapFixture::biasAt - 20), FlatIndex(MapFixture::biasAt + 20) });
        const MapTheme theme = MapTheme::of(s.map.palette());
        QTRY_VERIFY(!columnsWith(s.picture(), s.values->plot(), theme.mean).empty());
        const QImage image = s.picture();
        QVERIFY(columnsWith(image, s.values->plot(), theme.unknown).empty());
    }

    void editsShowWhereTheRecipeTouches()
    {
        Shown s;
        const MapTheme theme = MapTheme::of(s.map.palette());
        QVERIFY(columnsWith(s.picture(), s.lanes(), theme.edit).empty());
        s.map.setEdited(s.document.multiplied("a.first.bias", 2));
        const auto columns = columnsWith(s.picture(), s.lanes(), theme.edit);
        QVERIFY(!columns.empty());
        const MapGeometry g = s.geometry();
        QVERIFY(std::abs(columns.front() - (s.lanes().left() + g.toPixel(FlatIndex(MapFixture::biasAt)))) <= 2);
        QVERIFY(std::abs(columns.back() - (s.lanes().left() + g.toPixel(FlatIndex(MapFixture::matrixAt)))) <= 2);
    }

    void editedValuesAreDrawn()
    {
        Shown s;
        const MapTheme theme = MapTheme::of(s.map.palette());
        s.map.setValueExtent(ValueExtent::Full);
        s.map.zoomTo({ FlatIndex(MapFixture::biasAt + 100), FlatIndex(MapFixture::biasAt + 120) });
        // All of one number: its stems reach from zero, at the top, to the middle; once negated, from the middle down to zero.
        const QRect upper = s.values->plot().adjusted(0, 2, 0, -s.values->plot().height() * 3 / 5);
        QTRY_VERIFY(!columnsWith(s.picture(), upper, theme.deviation).empty());
        s.map.setEdited(s.document.multiplied("a.first.bias", -1));
        QTRY_VERIFY(columnsWith(s.picture(), upper, theme.deviation).empty());
        QTRY_VERIFY(!columnsWith(s.picture(), s.values->plot(), theme.deviation).empty());
    }

    void anotherPanesSelectionShows()
    {
        Shown s;
        const QImage before = s.picture();
        s.selection.select(selectRange(*s.document.layout, { FlatIndex(30000), FlatIndex(30001) }).value());
        const QImage after = s.picture();
        int changed = 0; // one element of eighty in a pixel: it must be seen all the same
        for (int x = s.lanes().left(); x <= s.lanes().right(); ++x)
            changed += before.pixelColor(x, s.values->plot().top() + 4) != after.pixelColor(x, s.values->plot().top() + 4);
        QVERIFY(changed >= 2 && changed <= 6);
    }

    void aSelectionInMorePiecesThanPixelsIsExactFromNear()
    {
        Shown s;
        Box box = wholeBox(*s.document.checkpoint, 3);
        box.slices[1] = { 7, 1, 1, true }; // a column: every hundredth element
        s.selection.select({ { box }, std::nullopt });
        s.map.zoomTo({ FlatIndex(MapFixture::matrixAt), FlatIndex(MapFixture::matrixAt + 200) });
        QTest::qWait(100);
        const MapTheme theme = MapTheme::of(s.map.palette());
        const QRect top(s.lanes().left(), s.values->plot().bottom(), s.lanes().width(), 2);
        QVERIFY(!columnsWith(s.picture(), s.lanes(), theme.selectionLine).empty());
        Q_UNUSED(top);
    }

    void everyColourCanBeRead_data()
    {
        QTest::addColumn<QColor>("base");
        QTest::addColumn<QColor>("ink");
        QTest::newRow("light") << QColor(Qt::white) << QColor(Qt::black);
        QTest::newRow("dark") << QColor(0x1e, 0x1f, 0x22) << QColor(0xdf, 0xe1, 0xe5);
        QTest::newRow("grey on grey") << QColor(0x80, 0x80, 0x80) << QColor(0x90, 0x90, 0x90);
    }
    void everyColourCanBeRead()
    {
        QFETCH(QColor, base);
        QFETCH(QColor, ink);
        QPalette palette;
        palette.setColor(QPalette::Base, base);
        palette.setColor(QPalette::Window, base);
        palette.setColor(QPalette::Text, ink);
        const MapTheme theme = MapTheme::of(palette);
        for (const QColor& ground : { theme.module[0], theme.module[1], theme.tensor[0], theme.tensor[1], theme.background })
            QVERIFY(contrast(theme.text, ground) >= 4.5);
        QVERIFY(contrast(theme.faintText, theme.gutter) >= 4.5);
        for (const QColor& mark : { theme.nan, theme.inf, theme.edit })
            QVERIFY(contrast(mark, theme.background) >= 4.5);
    }

    void thoseWhoCannotSeeItAreTold()
    {
        Shown s;
        QVERIFY(!s.map.accessibleName().isEmpty());
        s.map.zoomTo({ FlatIndex(MapFixture::matrixAt + 100), FlatIndex(MapFixture::matrixAt + 200) });
        QVERIFY(s.map.accessibleDescription().contains(QStringLiteral("b.weight")));
    }

    void nothingOpenIsNoTrouble()
    {
        OffsetMap map;
        map.resize(800, 400);
        map.show();
        map.zoomIn();
        map.fitAll();
        map.nextTensor();
        map.selectParent();
        map.giveUp();
        QTest::mouseClick(&map, Qt::LeftButton, {}, QPoint(400, 200));
        map.grab();
        QCOMPARE(map.visibleRange().count().value, 0);
        Shown s;
        s.map.clear();
        s.picture();
        QVERIFY(!s.map.canGoBack());
    }

    void theSelectionMayDieFirst()
    {
        OffsetMap map;
        MapFixture document;
        {
            SelectionModel selection;
            map.setDocument(document.layout, document.pyramid, document.edited, &selection);
        }
        map.nextTensor();
        map.giveUp();
        map.setDocument(document.layout, document.pyramid, document.edited, nullptr);
        map.nextTensor();
    }
};

QTEST_MAIN(TestOffsetMap)
#include "tst_offsetmap.moc"
