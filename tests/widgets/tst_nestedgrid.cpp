// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/nestedgrid.h"

#include <QTest>

#include <set>

using namespace ravel;
using List = std::vector<std::int64_t>;

namespace {

const NestedGrid::Metrics metrics { { 40, 20 }, { 20, 14 }, 10 };

} // namespace

class TestNestedGrid : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cellsStandApartInTheRoom_data()
    {
        QTest::addColumn<List>("shape");
        QTest::addColumn<List>("at");
        QTest::addColumn<bool>("complete");
        QTest::newRow("one number") << List {} << List {} << true;
        QTest::newRow("vector") << List { 6 } << List { 5 } << true;
        QTest::newRow("matrix") << List { 3, 4 } << List { 2, 0 } << true;
        QTest::newRow("2 x 3 x 4") << List { 2, 3, 4 } << List { 1, 2, 3 } << true;
        QTest::newRow("kernels") << List { 64, 3, 3, 3 } << List { 40, 2, 1, 0 } << false;
        QTest::newRow("an embedding") << List { 128256, 4096 } << List { 128255, 4095 } << false;
        QTest::newRow("a long vector") << List { 1'000'000'000'000 } << List { 999'999'999'999 } << false;
        QTest::newRow("seven dimensions") << List { 2, 1, 3, 2, 1, 4, 5 } << List { 1, 0, 2, 1, 0, 3, 4 } << false;
    }
    void cellsStandApartInTheRoom()
    {
        QFETCH(List, shape);
        QFETCH(List, at);
        const QSizeF room(500, 260);
        const NestedGrid grid(shape, at, room, metrics);
        QTEST(grid.complete(), "complete");
        QVERIFY(grid.size().width() <= room.width() && grid.size().height() <= room.height());
        QVERIFY(grid.cellOf(at)); // the element in question is always seen
        std::set<List> seen;
        for (const NestedGrid::Cell& cell : grid.cells()) {
            QCOMPARE(cell.coordinates.size(), shape.size());
            for (std::size_t d = 0; d < shape.size(); ++d)
                QVERIFY(cell.coordinates[d] >= 0 && cell.coordinates[d] < shape[d]);
            QVERIFY(seen.insert(cell.coordinates).second);
            QVERIFY(QRectF({ 0, 0 }, grid.size()).adjusted(-0.5, -0.5, 0.5, 0.5).contains(cell.rect));
            QCOMPARE(grid.cellAt(cell.rect.center()), &cell);
            for (const NestedGrid::Cell& other : grid.cells())
                QVERIFY(&other == &cell || !other.rect.intersects(cell.rect));
            for (const NestedGrid::Label& label : grid.labels())
                QVERIFY2(!label.rect.adjusted(1, 1, -1, -1).intersects(cell.rect), qPrintable(label.text));
        }
    }
    void whatIsLeftOutIsMarkedWhereItIs()
    {
        const auto marks = [](const List& at) {
            const NestedGrid grid({ 4, 1000 }, at, { 300, 200 }, metrics);
            int marked = 0;
            for (const NestedGrid::Label& label : grid.labels())
                marked += label.text == QStringLiteral("⋯");
            return marked;
        };
        QCOMPARE(marks({ 0, 0 }), 1);
        QCOMPARE(marks({ 0, 500 }), 2);
        QCOMPARE(marks({ 0, 999 }), 1);
    }
    // 4 columns have room where 3 of them and a mark have not.
    void nothingIsLeftOutForTheSakeOfAMark()
    {
        const NestedGrid grid({ 3, 4 }, { 0, 0 }, { 182, 200 }, metrics);
        QVERIFY(grid.complete());
    }
    void aWindowStaysWhileTheElementIsInIt()
    {
        const List shape { 100, 100 };
        const NestedGrid first(shape, { 50, 50 }, { 300, 200 }, metrics);
        const List corner = first.cells().front().coordinates, last = first.cells().back().coordinates;
        const NestedGrid near(shape, last, { 300, 200 }, metrics, &first);
        QCOMPARE(near.cells().front().coordinates, corner);
        const NestedGrid far(shape, { last[0] + 1, last[1] }, { 300, 200 }, metrics, &first);
        QVERIFY(far.cells().front().coordinates != corner);
        QVERIFY(far.cellOf({ last[0] + 1, last[1] }));
    }
    // Two blocks that have no room beside each other stand one below the other.
    void blocksStandWhereThereIsRoom()
    {
        const NestedGrid wide({ 2, 3, 4 }, { 0, 0, 0 }, { 500, 120 }, metrics), high({ 2, 3, 4 }, { 0, 0, 0 }, { 250, 300 }, metrics);
        QVERIFY(wide.complete() && high.complete());
        QCOMPARE(wide.blocks()[0].top(), wide.blocks()[1].top());
        QCOMPARE(high.blocks()[0].left(), high.blocks()[1].left());
    }
    // (12, 1, 3, 3): twelve kernels beside each other, for the dimension of size one has no side of its own.
    void aDimensionOfOneTakesNoTurn()
    {
        const NestedGrid grid({ 12, 1, 3, 3 }, { 0, 0, 0, 0 }, { 600, 120 }, metrics);
        QVERIFY(grid.blocks().size() > 2);
        QCOMPARE(grid.blocks()[0].top(), grid.blocks()[1].top());
        QVERIFY(grid.blocks()[1].left() > grid.blocks()[0].right());
    }
};

QTEST_MAIN(TestNestedGrid)
#include "tst_nestedgrid.moc"
