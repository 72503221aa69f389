// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/geometry.h"
#include "layout/walk.h"

#include <QTest>

using namespace ravel;
using List = std::vector<std::int64_t>;

// The arithmetic of the lesson against numbers that torch gives (torch.arange(24).reshape(2, 3, 4), ...).
class TestWalk : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anIndexIsTheSumOfItsProducts()
    {
        const List at { 1, 2, 3 }, stride { 12, 4, 1 };
        QCOMPARE(walkTerms(at, stride), (std::vector<WalkTerm> { { 1, 12, 12 }, { 2, 4, 8 }, { 3, 1, 3 } }));
        QCOMPARE(stridedPlace(at, stride), 23);
        QCOMPARE(stridedPlace(List { 2, 1 }, List { 1, 5 }), 7); // of a transposed tensor
        QCOMPARE(stridedPlace(List {}, List {}), 0);
    }
    void thePlaceIsDividedBack()
    {
        QCOMPARE(walkBack(22, List { 2, 3, 4 }), (std::vector<WalkDivision> { { 22, 12, 1, 10 }, { 10, 4, 2, 2 }, { 2, 1, 2, 0 } }));
        QVERIFY(walkBack(0, List {}).empty());
    }
    void thereAndBack_data()
    {
        QTest::addColumn<List>("shape");
        QTest::newRow("matrix") << List { 5, 7 };
        QTest::newRow("vector") << List { 11 };
        QTest::newRow("with ones") << List { 1, 4, 1, 3 };
        QTest::newRow("five dimensions") << List { 2, 3, 2, 2, 3 };
    }
    void thereAndBack()
    {
        QFETCH(List, shape);
        std::int64_t numel = 1;
        for (const std::int64_t size : shape)
            numel *= size;
        for (std::int64_t place = 0; place < numel; ++place) {
            const List at = coordinatesAt(place, shape);
            for (std::size_t d = 0; d < shape.size(); ++d)
                QVERIFY(at[d] >= 0 && at[d] < shape[d]);
            QCOMPARE(stridedPlace(at, contiguousStride(shape)), place);
        }
    }
    void flattenJoinsDimensions_data()
    {
        QTest::addColumn<List>("shape");
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("last");
        QTest::addColumn<List>("after");
        QTest::addColumn<List>("at");
        QTest::addColumn<List>("atAfter");
        QTest::newRow("first two") << List { 2, 3, 4 } << 0 << 1 << List { 6, 4 } << List { 1, 2, 3 } << List { 5, 3 };
        QTest::newRow("last two") << List { 2, 3, 4 } << 1 << 2 << List { 2, 12 } << List { 1, 2, 3 } << List { 1, 11 };
        QTest::newRow("all") << List { 2, 3, 4 } << 0 << 2 << List { 24 } << List { 1, 0, 2 } << List { 14 };
        QTest::newRow("one alone") << List { 2, 3, 4 } << 1 << 1 << List { 2, 3, 4 } << List { 1, 2, 3 } << List { 1, 2, 3 };
        QTest::newRow("no dimension") << List {} << 0 << 0 << List { 1 } << List {} << List { 0 };
    }
    void flattenJoinsDimensions()
    {
        QFETCH(List, shape);
        QFETCH(int, first);
        QFETCH(int, last);
        QFETCH(List, at);
        const auto from = static_cast<std::size_t>(first), to = static_cast<std::size_t>(last);
        QTEST(flattenedShape(shape, from, to), "after");
        QTEST(flattenedCoordinates(at, shape, from, to), "atAfter");
    }
    void numbersAreReadAsPeopleWriteThem_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("ok");
        QTest::addColumn<List>("numbers");
        QTest::newRow("tuple") << QByteArray("(6, 4)") << true << List { 6, 4 };
        QTest::newRow("one-tuple") << QByteArray("(24,)") << true << List { 24 };
        QTest::newRow("list") << QByteArray("[0,1,2]") << true << List { 0, 1, 2 };
        QTest::newRow("bare") << QByteArray(" 3  -1 ") << true << List { 3, -1 };
        QTest::newRow("number") << QByteArray("21") << true << List { 21 };
        QTest::newRow("empty tuple") << QByteArray("( )") << true << List {};
        QTest::newRow("nothing") << QByteArray("  ") << false << List {};
        QTest::newRow("word") << QByteArray("six") << false << List {};
        QTest::newRow("run together") << QByteArray("6x4") << false << List {};
        QTest::newRow("open bracket") << QByteArray("(6, 4") << false << List {};
        QTest::newRow("two commas") << QByteArray("6,,4") << false << List {};
        QTest::newRow("fraction") << QByteArray("1.5") << false << List {};
        QTest::newRow("too big") << QByteArray("9223372036854775808") << false << List {};
    }
    void numbersAreReadAsPeopleWriteThem()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, ok);
        const auto numbers = parseNumbers(text.toStdString());
        QCOMPARE(numbers.has_value(), ok);
        if (ok)
            QTEST(*numbers, "numbers");
    }
};

QTEST_GUILESS_MAIN(TestWalk)
#include "tst_walk.moc"
