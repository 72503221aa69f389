// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "widgets/mapframe.h"
#include "widgets/mapticks.h"
#include "widgets/valuescale.h"
#include "widgets/viewhistory.h"

#include <cmath>
#include <limits>

using namespace ravel;

class TestMapNumbers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void valuesAndHeightsRoundTrip_data()
    {
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::newRow("about zero") << -0.5 << 0.25;
        QTest::newRow("positive") << 3.0 << 5.0;
        QTest::newRow("tiny") << -1e-300 << 1e-300;
        QTest::newRow("huge") << -1e300 << 1e308;
    }
    void valuesAndHeightsRoundTrip()
    {
        QFETCH(double, low);
        QFETCH(double, high);
        for (const ValueScale scale : { ValueScale::Linear, ValueScale::SymmetricLog }) {
            const ValueAxis axis(low, high, scale);
            QVERIFY(std::abs(axis.toUnit(axis.low())) < 1e-12);
            QVERIFY(std::abs(axis.toUnit(axis.high()) - 1) < 1e-12);
            for (int i = 0; i <= 20; ++i)
                QVERIFY(std::abs(axis.toUnit(axis.fromUnit(i / 20.0)) - i / 20.0) < 1e-9);
            QVERIFY(std::isfinite(axis.toUnit(std::numeric_limits<double>::max())));
            QVERIFY(std::isfinite(axis.toUnit(-std::numeric_limits<double>::infinity())));
        }
    }

    void ticksAreRoundAndInside_data()
    {
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::newRow("weights") << -0.31 << 0.33;
        QTest::newRow("one side") << 12.0 << 12.7;
        QTest::newRow("wide") << -3.0 << 1e6;
        QTest::newRow("nonsense") << 1.0 << 1.0;
    }
    void ticksAreRoundAndInside()
    {
        QFETCH(double, low);
        QFETCH(double, high);
        for (const ValueScale scale : { ValueScale::Linear, ValueScale::SymmetricLog }) {
            const ValueAxis axis(low, high, scale);
            const auto ticks = axis.ticks(6);
            QVERIFY(ticks.size() <= 14);
            QVERIFY(scale == ValueScale::SymmetricLog || !ticks.empty());
            for (std::size_t i = 0; i < ticks.size(); ++i) {
                QVERIFY(axis.toUnit(ticks[i]) >= -1e-9 && axis.toUnit(ticks[i]) <= 1 + 1e-9);
                QVERIFY(i == 0 || ticks[i] > ticks[i - 1]);
            }
        }
    }

    void aFewOutliersDoNotFlattenTheRest()
    {
        std::vector<double> lows(1000, -1), highs(1000, 1);
        highs[500] = 1000;
        auto l = lows, h = highs;
        QVERIFY(limitsFor(l, h, ValueExtent::Typical).high < 2);
        l = lows, h = highs;
        QVERIFY(limitsFor(l, h, ValueExtent::Full).high >= 1000);
        highs[500] = 1.5; // not far enough to be left out
        l = lows, h = highs;
        QVERIFY(limitsFor(l, h, ValueExtent::Typical).high >= 1.5);
        l = { -1, -1 }, h = { 1, 900 }; // too few to speak of what is usual
        QVERIFY(limitsFor(l, h, ValueExtent::Typical).high >= 900);
    }

    void limitsAreThereForAnything()
    {
        std::vector<double> none, zero { 0 }, seven { 7 };
        auto none2 = none, zero2 = zero, seven2 = seven;
        for (const ValueLimits limits : { limitsFor(none, none2, ValueExtent::Full), limitsFor(zero, zero2, ValueExtent::Typical),
                 limitsFor(seven, seven2, ValueExtent::Typical) })
            QVERIFY(limits.low < limits.high && limits.low <= 0);
        std::vector<double> most { std::numeric_limits<double>::max() }, least { -most[0] };
        const ValueLimits all = limitsFor(least, most, ValueExtent::Full);
        QVERIFY(std::isfinite(all.high - all.low));
    }

    void offsetLabelsAreShortUntilTheyWouldLie_data()
    {
        QTest::addColumn<qint64>("index");
        QTest::addColumn<qint64>("step");
        QTest::addColumn<QString>("label");
        QTest::newRow("zero") << qint64(0) << qint64(1000) << QStringLiteral("0");
        QTest::newRow("M") << qint64(11'400'000) << qint64(200'000) << QStringLiteral("11.4M");
        QTest::newRow("whole M") << qint64(12'000'000) << qint64(1'000'000) << QStringLiteral("12M");
        QTest::newRow("G") << qint64(24'999'500'000) << qint64(500'000) << QStringLiteral("24.9995G");
        QTest::newRow("in full") << qint64(24'999'500'001) << qint64(1) << QStringLiteral("24,999,500,001");
        QTest::newRow("short step") << qint64(1500) << qint64(500) << QStringLiteral("1,500");
        QTest::newRow("K") << qint64(2000) << qint64(1000) << QStringLiteral("2K");
        QTest::newRow("below") << qint64(20) << qint64(5) << QStringLiteral("20");
        QTest::newRow("2^62") << (qint64(1) << 62) << qint64(1) << QStringLiteral("4,611,686,018,427,387,904");
    }
    void offsetLabelsAreShortUntilTheyWouldLie()
    {
        QFETCH(qint64, index);
        QFETCH(qint64, step);
        QFETCH(QString, label);
        QCOMPARE(offsetLabel(FlatIndex(index), step, QLocale(QLocale::English)), label);
    }

    void ticksOfTheRulerKeepTheirDistance()
    {
        const auto width = [](const QString& text) { return int(text.size()) * 7; };
        for (const double span : { 3.0, 40.0, 1e3, 7e6, 2e9, 3e15 }) {
            for (const std::int64_t begin : { std::int64_t(0), std::int64_t(123'456'789), std::int64_t(1) << 60 }) {
                MapGeometry map(Count(std::int64_t(1) << 62), 1500);
                map.setView({ { begin, 0.3 }, span });
                double last = -1e9;
                int labels = 0;
                for (const OffsetTick& tick : offsetTicks(map, QLocale(QLocale::English), width)) {
                    if (tick.label.isEmpty())
                        continue;
                    ++labels;
                    const double x = map.toPixel(tick.index);
                    QVERIFY(x - last >= width(tick.label));
                    last = x;
                }
                QVERIFY(labels >= 1 && labels <= 30);
            }
        }
    }

    void aGlideIsOneStepBack()
    {
        ViewHistory history;
        const MapView a { { 0, 0 }, 100 }, b { { 0, 0 }, 50 }, c { { 0, 0 }, 25 }, d { { 70, 0 }, 25 };
        history.leave(a, ViewHistory::Move::Glide, 0);
        history.leave(b, ViewHistory::Move::Glide, 100); // the same turn of the wheel
        history.leave(c, ViewHistory::Move::Jump, 200);
        QCOMPARE(history.back(d)->span, 25.0);
        QCOMPARE(history.back(c)->span, 100.0);
        QVERIFY(!history.canGoBack());
        QCOMPARE(history.forward(a)->span, 25.0);
        history.leave(c, ViewHistory::Move::Glide, 5000); // another way: what was ahead is gone
        QVERIFY(!history.canGoForward());
    }

    void tilesAreFinerThanColumnsAndPyramidBlocks_data()
    {
        QTest::addColumn<double>("perColumn");
        for (const double x : { 0.01, 1.0, 2.0, 37.5, 4095.0 })
            QTest::newRow(qPrintable(QString::number(x))) << x;
    }
    void tilesAreFinerThanColumnsAndPyramidBlocks()
    {
        QFETCH(double, perColumn);
        const auto level = MapFrame::levelFor(perColumn, 4096);
        QVERIFY(level.has_value());
        const double bucket = std::ldexp(1.0, *level);
        QVERIFY(*level == 0 || bucket <= perColumn / 2);
        QVERIFY(1600 * perColumn / (bucket * double(TileKey::buckets)) < double(MapLoader::mostTiles) - 2);
        QVERIFY(!MapFrame::levelFor(4096, 4096));
    }
};

QTEST_GUILESS_MAIN(TestMapNumbers)
#include "tst_mapnumbers.moc"
