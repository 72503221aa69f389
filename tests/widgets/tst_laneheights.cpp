// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/laneheights.h"

#include <QtTest>

#include <numeric>

using namespace ravel;

namespace {

constexpr LaneRoom fixed { 10, 20, false, false }, open { 30, 90, true, false };

LaneRoom setTo(int height) { return { 30, height, true, true }; }

} // namespace

class TestLaneHeights : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void roomIsShared_data()
    {
        QTest::addColumn<std::vector<LaneRoom>>("lanes");
        QTest::addColumn<int>("height");
        QTest::addColumn<std::vector<int>>("expected");
        using Lanes = std::vector<LaneRoom>;
        using Heights = std::vector<int>;
        QTest::newRow("none") << Lanes {} << 100 << Heights {};
        QTest::newRow("what is left goes to the one that stretches") << Lanes { fixed, open, fixed } << 200 << Heights { 20, 160, 20 };
        QTest::newRow("in equal parts to two") << Lanes { fixed, open, open } << 220 << Heights { 20, 100, 100 };
        QTest::newRow("first to the one the user has set") << Lanes { fixed, setTo(60), open } << 220 << Heights { 20, 60, 140 };
        QTest::newRow("both set: in proportion") << Lanes { setTo(60), setTo(120) } << 300 << Heights { 90, 210 };
        QTest::newRow("both set, to what there is: as they were set") << Lanes { setTo(60), setTo(120) } << 180 << Heights { 60, 120 };
        QTest::newRow("alone, it takes all, whatever it was") << Lanes { setTo(40) } << 300 << Heights { 300 };
        QTest::newRow("too little: the upper ones first") << Lanes { fixed, fixed, open } << 55 << Heights { 15, 10, 30 };
        QTest::newRow("far too little: what can be read at all") << Lanes { fixed, open } << 5 << Heights { 10, 30 };
        QTest::newRow("nothing stretches: the rest stays free") << Lanes { fixed, fixed } << 300 << Heights { 20, 20 };
    }
    void roomIsShared()
    {
        QFETCH(std::vector<LaneRoom>, lanes);
        QFETCH(int, height);
        QFETCH(std::vector<int>, expected);
        QCOMPARE(laneHeights(lanes, height), expected);
    }

    void nothingIsLostAtAnyHeight()
    {
        const std::vector<LaneRoom> lanes { fixed, setTo(77), setTo(131), fixed };
        for (int height = 80; height < 900; height += 7) {
            const auto heights = laneHeights(lanes, height);
            QCOMPARE(std::accumulate(heights.begin(), heights.end(), 0), height);
        }
    }
};

QTEST_GUILESS_MAIN(TestLaneHeights)
#include "tst_laneheights.moc"
