// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "widgets/mapgeometry.h"

#include <cmath>
#include <random>

using namespace ravel;

namespace {
constexpr std::int64_t big = std::int64_t(1) << 62;
}

class TestMapGeometry : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyElementsPixelLeadsBackToIt_data()
    {
        QTest::addColumn<qint64>("numel");
        QTest::addColumn<qint64>("begin");
        QTest::addColumn<double>("span");
        QTest::newRow("few elements") << qint64(24) << qint64(0) << 24.0;
        QTest::newRow("one element fills the view") << qint64(1) << qint64(0) << 1.0;
        QTest::newRow("20 pixels an element") << qint64(1000) << qint64(500) << 60.0;
        QTest::newRow("two elements a pixel, at 25 G") << qint64(25'000'000'000) << qint64(24'999'000'000) << 2400.0;
        QTest::newRow("close, at 2^53 + 1") << (qint64(1) << 54) << (qint64(1) << 53) + 1 << 50.0;
        QTest::newRow("close, at the end of 2^62") << qint64(big) << qint64(big - 100) << 100.0;
    }
    void everyElementsPixelLeadsBackToIt()
    {
        QFETCH(qint64, numel);
        QFETCH(qint64, begin);
        QFETCH(double, span);
        MapGeometry map(Count(numel), 1200);
        map.setView({ { begin, 0 }, span });
        QCOMPARE(map.view().begin.whole, begin);
        const FlatRange visible = map.visible();
        QVERIFY(visible.count().value >= 1);
        for (FlatIndex i = visible.begin; i < visible.end; i += Count(1)) {
            const double middle = map.toPixel(i) + map.elementWidth() / 2;
            QCOMPARE(map.elementAt(middle).value, i.value);
        }
    }

    void placesAndPixelsRoundTrip()
    {
        std::mt19937_64 random(7);
        for (int n = 0; n < 20000; ++n) {
            const std::int64_t numel = 1 + std::int64_t(random() % std::uint64_t(big)) / (std::int64_t(1) << (random() % 60));
            const double width = 100 + double(random() % 3000);
            MapGeometry map(Count(numel), width);
            map.setView({ { std::int64_t(random() % std::uint64_t(numel)), 0 }, std::ldexp(1.0, int(random() % 62)) });
            const double x = width * double(random() % 10001) / 10000;
            const MapPlace place = map.fromPixel(x);
            QVERIFY(std::abs(map.toPixel(place) - x) < 1e-6 * (1 + map.elementWidth()));
        }
    }

    void theViewStaysInsideTheVector()
    {
        MapGeometry map(Count(1000), 100);
        map.setView({ { 990, 0 }, 500 });
        QCOMPARE(map.view().begin.whole, 500);
        map.setView({ { -5, 0.5 }, 10 });
        QCOMPARE(map.view().begin.whole, 0);
        map.setView({ { 10, 0 }, 1e30 });
        QCOMPARE(map.view().span, 1000.0);
        map.setView({ { 10, std::nan("") }, std::nan("") });
        QCOMPARE(map.view().span, 1000.0);
        map.panPixels(1e300);
        QCOMPARE(map.view().begin.whole, 0);
        map.zoom(0, 50);
        QVERIFY(map.elementWidth() <= MapGeometry::maxElementWidth + 1e-9);
        map.panPixels(-1e300);
        QCOMPARE(map.visible().end.value, 1000);
    }

    void anEmptyVectorHasNothingInView()
    {
        MapGeometry map(Count(0), 300);
        QCOMPARE(map.visible().count().value, 0);
        QCOMPARE(map.column(5, 1).count().value, 0);
        map.zoom(0.5, 10);
        map.fit({ FlatIndex(0), FlatIndex(0) });
        QCOMPARE(map.elementAt(10).value, 0);
    }

    void zoomHoldsWhatIsUnderThePointer_data()
    {
        QTest::addColumn<qint64>("at");
        QTest::newRow("near the start") << qint64(1'000'000);
        QTest::newRow("25 G") << qint64(25'000'000'000);
        QTest::newRow("2^61 + 1") << (qint64(1) << 61) + 1;
    }
    void zoomHoldsWhatIsUnderThePointer()
    {
        QFETCH(qint64, at);
        MapGeometry map(Count(big), 1600);
        map.setView({ { at - 40, 0 }, 100 });
        const double x = map.toPixel(FlatIndex(at)) + map.elementWidth() / 2;
        for (int n = 0; n < 12; ++n) {
            map.zoom(1.7, x);
            QCOMPARE(map.fromPixel(x).whole, at);
        }
        for (int n = 0; n < 12; ++n) {
            map.zoom(1 / 1.7, x);
            QCOMPARE(map.fromPixel(x).whole, at);
        }
        QVERIFY(std::abs(map.view().span - 100) < 1e-6);
    }

    void panIsUndoneByPanningBack()
    {
        MapGeometry map(Count(big), 1000);
        map.setView({ { big / 2 + 12345, 0.25 }, 37 });
        const MapView before = map.view();
        for (int n = 1; n < 100; ++n)
            map.panPixels(n * 0.37);
        for (int n = 1; n < 100; ++n)
            map.panPixels(-n * 0.37);
        QVERIFY(std::abs(distance(before.begin, map.view().begin)) < 1e-9);
    }

    void fitLeavesRoomAtBothSides()
    {
        MapGeometry map(Count(1'000'000), 1000);
        map.fit({ FlatIndex(400'000), FlatIndex(400'900) }, 0.05);
        QCOMPARE(map.toPixel(FlatIndex(400'000)), 50.0);
        QCOMPARE(map.toPixel(FlatIndex(400'900)), 950.0);
        map.fit({ FlatIndex(0), FlatIndex(1'000'000) });
        QCOMPARE(map.visible().count().value, 1'000'000);
        map.fit({ FlatIndex(17), FlatIndex(18) }); // one element: as close as it gets, in the middle
        QCOMPARE(map.elementAt(500).value, 17);
    }

    void columnsCutTheViewWithoutGapOrOverlap_data()
    {
        QTest::addColumn<double>("span");
        QTest::newRow("1.5 elements a column") << 1500.0;
        QTest::newRow("123.4 elements a column") << 123400.0;
    }
    void columnsCutTheViewWithoutGapOrOverlap()
    {
        QFETCH(double, span);
        MapGeometry map(Count(big), 1000);
        map.setView({ { big / 3, 0.4 }, span });
        for (int x = 0; x + 1 < 1000; ++x)
            QCOMPARE(map.column(x, 1).end.value, map.column(x + 1, 1).begin.value);
    }

    void aColumnInsideOneElementShowsThatElement()
    {
        MapGeometry map(Count(100), 1000);
        map.setView({ { 10, 0 }, 20 }); // 50 pixels an element
        QCOMPARE(map.column(0, 1).begin.value, 10);
        QCOMPARE(map.column(49, 1).begin.value, 10);
        QCOMPARE(map.column(49, 1).count().value, 1);
        QCOMPARE(map.column(51, 1).begin.value, 11);
        QCOMPARE(map.column(999, 1).begin.value, 29);
    }
};

QTEST_GUILESS_MAIN(TestMapGeometry)
#include "tst_mapgeometry.moc"
