// SPDX-License-Identifier: GPL-3.0-or-later
// What the lanes draw is what the data say; what they tell those who ask, too.
#include <QAccessible>
#include <QHelpEvent>
#include <QImage>
#include <QToolTip>
#include <QtTest>

#include "mapfixture.h"
#include "items/elementreader.h"
#include "widgets/aliaseslane.h"
#include "widgets/densitylane.h"
#include "widgets/editslane.h"
#include "widgets/maplanes.h"
#include "widgets/mapplot.h"
#include "widgets/mapscene.h"
#include "widgets/markslane.h"
#include "widgets/offsetmap.h"
#include "widgets/shardslane.h"
#include "widgets/valueslane.h"

using namespace ravel;

namespace {

FlatRange range(std::int64_t begin, std::int64_t end) { return { FlatIndex(begin), FlatIndex(end) }; }

struct Shown {
    SelectionModel selection;
    OffsetMap map;
    MapPlot* plot = map.findChild<MapPlot*>();
    MapTheme theme = MapTheme::of(map.palette());
    template <class Lane> Lane& lane() { return *map.findChild<Lane*>(); }

    Shown(std::shared_ptr<const FlatLayout> layout, std::shared_ptr<Pyramid> pyramid, EditedVector edited)
    {
        map.resize(1102, 602);
        map.lanes().setShown(QStringLiteral("aliases"), true);
        map.lanes().setShown(QStringLiteral("shards"), true);
        map.show();
        map.setDocument(std::move(layout), std::move(pyramid), std::move(edited), &selection);
        picture(); // lanes lie where they will be
    }
    explicit Shown(const MapFixture& document)
        : Shown(document.layout, document.pyramid, document.edited)
    {
    }
    QImage picture()
    {
        plot->replot();
        return plot->grab().toImage();
    }
    double x(std::int64_t index) const // the pixel of an element
    {
        const FlatRange visible = map.visibleRange();
        return plot->lanes().left() + double(index - visible.begin.value) * plot->lanes().width() / double(visible.count().value);
    }
    QString toolTip(QPointF inPlot)
    {
        const QPoint at = (inPlot + plot->pos()).toPoint();
        QMouseEvent move(QEvent::MouseMove, at, map.mapToGlobal(at), Qt::NoButton, Qt::NoButton, {});
        QCoreApplication::sendEvent(&map, &move);
        [[maybe_unused]] const bool read = QTest::qWaitFor([&] { return map.element().facts() && !map.element().facts()->value.isEmpty(); }, 2000);
        QHelpEvent help(QEvent::ToolTip, at, map.mapToGlobal(at));
        QCoreApplication::sendEvent(&map, &help);
        return QToolTip::text();
    }
};

bool near(const QColor& a, const QColor& b, int tolerance = 12)
{
    return std::abs(a.red() - b.red()) <= tolerance && std::abs(a.green() - b.green()) <= tolerance && std::abs(a.blue() - b.blue()) <= tolerance;
}

bool holds(const QImage& image, const QRect& area, const QColor& colour)
{
    for (int x = std::max(0, area.left()); x <= std::min(image.width() - 1, area.right()); ++x)
        for (int y = area.top(); y <= area.bottom(); ++y)
            if (near(image.pixelColor(x, y), colour))
                return true;
    return false;
}

// Rows of a density column that are shaded, from above.
std::pair<int, int> shaded(const DensityFrame& frame, int column)
{
    int first = -1, last = -1;
    for (int row = 0; row < frame.rows(); ++row)
        if (frame.count(column, row) > 0) {
            first = first < 0 ? row : first;
            last = row;
        }
    return { first, last };
}

} // namespace

class TestMapLanes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRampIsARampInTheDensity_data()
    {
        QTest::addColumn<qint64>("begin");
        QTest::addColumn<qint64>("end");
        QTest::newRow("from tiles of densities") << qint64(0) << qint64(45'000);
        QTest::newRow("of a few numbers each") << qint64(20'000) << qint64(24'000);
        QTest::newRow("single elements") << qint64(30'000) << qint64(30'100);
    }
    void aRampIsARampInTheDensity()
    {
        QFETCH(qint64, begin);
        QFETCH(qint64, end);
        const MapFixture document;
        Shown s(document);
        s.map.setValueExtent(ValueExtent::Full);
        s.map.zoomTo(range(begin, end));
        const auto& lane = s.lane<DensityLane>();
        const auto climbs = [&] {
            s.picture();
            const DensityFrame& frame = lane.frame();
            int before = frame.rows();
            for (int share = 1; share < 10; share += 2) {
                const auto [first, last] = shaded(frame, frame.columns() * share / 10);
                if (first < 0 || first >= before || last - first > frame.rows() / 4)
                    return false;
                before = first;
            }
            return true;
        };
        QTRY_VERIFY(climbs());
    }

    void theDensityIsPaintedWhereTheNumbersAre()
    {
        const MapFixture document;
        Shown s(document);
        s.map.setValueExtent(ValueExtent::Full);
        s.map.zoomTo(range(49'000, 51'000)); // the spike of 40 among numbers below 1
        const QRect area = s.lane<DensityLane>().plot();
        const int x = int(s.x(MapFixture::spikeAt));
        const QRect upper(area.left(), area.top() + 6, area.width(), area.height() / 2);
        const auto inked = [&](int from, int to, const QRect& rows) {
            const QImage image = s.picture();
            for (int column = from; column <= to; ++column)
                for (int y = rows.top(); y <= rows.bottom(); ++y) {
                    const QColor colour = image.pixelColor(column, y); // shades are blue, ground and grid are grey
                    if (colour.blue() - colour.red() > 25)
                        return true;
                }
            return false;
        };
        const QRect top(area.left(), area.top(), area.width(), 6);
        QTRY_VERIFY(inked(x - 3, x + 3, top) || inked(x - 3, x + 3, upper));
        QVERIFY(!inked(area.left(), x - 10, upper));
        QVERIFY(!inked(x + 10, area.right(), upper));
        const QRect lower(area.left(), area.bottom() - 12, area.width(), 12);
        QVERIFY(inked(area.left() + 40, area.left() + 44, lower));
    }

    void whatIsNotReadIsNoDensity()
    {
        const MapFixture document(false);
        Shown s(document);
        // Wide enough that no tile is read for it.
        const QImage image = s.picture();
        const DensityFrame& frame = s.lane<DensityLane>().frame();
        QVERIFY(std::all_of(frame.counts().begin(), frame.counts().end(), [](float c) { return c == 0; }));
        QVERIFY(holds(image, s.lane<DensityLane>().plot(), s.theme.unknown));
    }

    void everyKindOfMarkStandsWhereItBelongs()
    {
        const MapFixture document;
        Shown s(document);
        const auto kinds = { MapAnomaly::AllZero, MapAnomaly::Outlier, MapAnomaly::Dead, MapAnomaly::Duplicate, MapAnomaly::Unusual };
        std::vector<MapAnomaly> anomalies;
        std::int64_t at = 20'000;
        for (const auto kind : kinds) {
            anomalies.push_back({ range(at, at + 1), kind, anomalies.size() });
            at += 8000;
        }
        const auto words = [](std::size_t finding) { return QStringLiteral("told %1").arg(finding); };
        s.map.setAnomalies(anomalies, words);
        const auto& lane = s.lane<MarksLane>();
        const QImage image = s.picture();
        for (const MapAnomaly& anomaly : anomalies) {
            const QRect row = lane.row(MarksLane::rowOf(anomaly.kind));
            const int x = int(s.x(anomaly.range.begin.value));
            QVERIFY2(holds(image, QRect(x - 6, row.top(), 13, row.height()), s.theme.mark[anomaly.kind]), qPrintable(markName(anomaly.kind)));
            QVERIFY(!holds(image, QRect(x + 20, row.top(), 30, row.height()), s.theme.mark[anomaly.kind]));
            QVERIFY(s.toolTip(QPointF(x, row.center().y())).contains(words(anomaly.finding)));
        }
    }

    void twoShapesAreNeverTheSame()
    {
        const MapTheme theme = MapTheme::of(QPalette());
        MapTheme plain = theme; // all in one ink
        for (QColor& colour : plain.mark)
            colour = Qt::black;
        std::vector<QImage> images;
        for (int kind = 0; kind < MapAnomaly::kinds; ++kind) {
            QImage image(16, 16, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::white);
            QPainter painter(&image);
            paintMark(painter, static_cast<MapAnomaly::Kind>(kind), QPointF(8, 8), 5.5, plain);
            painter.end();
            for (const QImage& other : images) {
                int differ = 0;
                for (int y = 0; y < 16; ++y)
                    for (int x = 0; x < 16; ++x)
                        differ += std::abs(qGray(image.pixel(x, y)) - qGray(other.pixel(x, y))) > 100;
                QVERIFY2(differ > 15, qPrintable(QString::number(kind)));
            }
            images.push_back(image);
        }
    }

    void aliasesAreRingsOrArcs()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 1000), countingStorage(Dtype::Float32, 3000) },
            { { "embed", 0, { 1000 }, {} }, { "body", 1, { 3000 }, {} }, { "head", 0, { 1000 }, {} } });
        for (const Aliases aliases : { Aliases::Once, Aliases::Repeat }) {
            LayoutSpec spec;
            spec.scope = "";
            spec.aliases = aliases;
            const auto layout = *FlatLayout::make(checkpoint, spec);
            Shown s(layout, std::make_shared<Pyramid>(layout), EditedVector(checkpoint));
            const QRect area = s.lane<AliasesLane>().rect();
            const QImage image = s.picture();
            const int middle = int(s.x(500)), between = int(s.x(2500));
            QVERIFY(holds(image, QRect(middle - 8, area.top(), 17, area.height()), s.theme.alias));
            bool arc = false; // a thin line is blended with the ground: grey else
            for (int y = area.top(); y < area.center().y(); ++y)
                arc = arc || image.pixelColor(between, y).red() - image.pixelColor(between, y).green() > 15;
            QCOMPARE(arc, aliases == Aliases::Repeat);
            const QString tip = s.toolTip(QPointF(middle, area.center().y()));
            QVERIFY(tip.contains(QStringLiteral("head")));
        }
    }

    void boundariesOfRanksAreWhereTheFormulaPutsThem()
    {
        const MapFixture document;
        Shown s(document);
        s.map.setShardSpec({ ShardStyle::Fsdp, 4 });
        const std::int64_t size = (MapFixture::numel + 3) / 4;
        const auto& lane = s.lane<ShardsLane>();
        const QImage image = s.picture();
        for (int rank = 1; rank < 4; ++rank) {
            const int x = int(s.x(rank * size));
            QVERIFY(holds(image, QRect(x - 2, lane.boxes().bottom() - 2, 5, 3), s.theme.cut));
            QVERIFY(!holds(image, QRect(x + 8, lane.boxes().bottom() - 2, 20, 3), s.theme.cut));
        }
        // Four ranks of one tensor each need no cut.
        QVERIFY(s.toolTip(QPointF(s.x(size) + 10, lane.boxes().center().y())).contains(QStringLiteral("Rank 1 of 4")));
        s.map.setShardSpec({ ShardStyle::Fsdp, 1 });
        QVERIFY(!holds(s.picture(), lane.rect(), s.theme.cut));
    }

    // The ramp rises to 1 over its 60,000 elements: a number is inside the band exactly where it stands between the two ends.
    void aBrushedRangeIsABandOverTheSelection_data()
    {
        QTest::addColumn<bool>("density");
        QTest::addColumn<int>("scale");
        QTest::newRow("values") << false << int(ValueScale::Linear);
        QTest::newRow("density") << true << int(ValueScale::Linear);
        QTest::newRow("values, symmetric log") << false << int(ValueScale::SymmetricLog);
    }
    void aBrushedRangeIsABandOverTheSelection()
    {
        QFETCH(bool, density);
        QFETCH(int, scale);
        const MapFixture document;
        Shown s(document);
        s.map.setValueExtent(ValueExtent::Full);
        s.map.setValueScale(static_cast<ValueScale>(scale));
        s.map.showRange(range(0, 45'000));
        const FlatRange selected = range(12'000, 36'000);
        const Selection plain = *selectRange(*document.layout, selected);
        Selection brushed = plain;
        brushed.where = Predicate { 0.25, 0.5 };
        const QRect plot = density ? s.lane<DensityLane>().plot() : s.lane<ValuesLane>().plot();
        s.selection.select(plain);
        QTRY_VERIFY((s.picture(), !s.map.scene().loader->busy())); // what is drawn no longer changes by itself
        const QImage without = s.picture();
        s.selection.select(brushed);
        const QImage with = s.picture();
        const auto y = [&](double value) { return plot.bottom() - s.map.scene().values.toUnit(value) * plot.height(); };
        const auto marked = [&](std::int64_t element, double value) {
            const QPoint at(int(s.x(element)), int(y(value)));
            return with.pixelColor(at) != without.pixelColor(at);
        };
        for (std::int64_t element = 1'000; element < 45'000; element += 1'000) {
            const double value = double(element) / double(MapFixture::ramp);
            if (std::abs(y(value) - y(0.25)) < 2 || std::abs(y(value) - y(0.5)) < 2 || std::abs(element - 12'000) < 500 || std::abs(element - 36'000) < 500)
                continue; // at the edges
            const bool isSelected = element > 12'000 && element < 36'000;
            QVERIFY2(marked(element, value) == (isSelected && value > 0.25 && value < 0.5), qPrintable(QString::number(element)));
            QVERIFY2(marked(element, 0.4) == isSelected, qPrintable(QString::number(element))); // across all that is selected
            QVERIFY2(!marked(element, 1), qPrintable(QString::number(element)));
        }
        s.selection.select(plain);
        QCOMPARE(s.picture(), without);
    }

    void theEditsLaneNamesTheStepsThatCoverAPlace()
    {
        const MapFixture document;
        EditedVector edited = document.multiplied("a.first.bias[100:200]", 2);
        const auto add = [&](const char* select, double factor) {
            Step step;
            step.operation = Operation::Multiply;
            step.select = { { select, false } };
            step.value = Number::ofReal(factor);
            edited = edited.with(bindStep(step, *document.layout, edited, ".", Job()).value());
        };
        add("b.weight[:, 5]", 3); // transposed: in one piece in storage, in two hundred here
        add("a.first.bias[150:160:2]", 4);
        for (int i = 0; i < 6; ++i)
            add("b.count", 10 + i);
        Shown s(document.layout, document.pyramid, edited);
        const int y = s.lane<EditsLane>().rect().center().y();
        const auto tip = [&](std::int64_t element) { return s.toolTip(QPointF(s.x(element) + 0.5 * s.plot->lanes().width() / double(s.map.visibleRange().count().value), y)); };
        s.map.showRange(range(MapFixture::biasAt + 140, MapFixture::biasAt + 170));
        s.picture();
        QVERIFY2(tip(MapFixture::biasAt + 145).contains(QStringLiteral("Multiply a.first.bias[100:200] by 2")), qPrintable(QToolTip::text()));
        QVERIFY(!QToolTip::text().contains(QStringLiteral("by 4")));
        QVERIFY2(tip(MapFixture::biasAt + 152).contains(QStringLiteral("by 2\nMultiply a.first.bias[150:160:2] by 4")), qPrintable(QToolTip::text()));
        QVERIFY(!tip(MapFixture::biasAt + 153).contains(QStringLiteral("by 4"))); // between its elements
        s.map.showRange(range(MapFixture::matrixAt + 100, MapFixture::matrixAt + 120));
        s.picture();
        QVERIFY2(tip(MapFixture::matrixAt + 105).contains(QStringLiteral("Multiply b.weight[:, 5] by 3")), qPrintable(QToolTip::text()));
        QVERIFY(!tip(MapFixture::matrixAt + 107).contains(QStringLiteral("Multiply")));
        s.map.showRange(range(MapFixture::countAt - 5, MapFixture::numel));
        s.picture();
        const QString many = tip(MapFixture::countAt);
        QVERIFY2(many.contains(QStringLiteral("by 10\n")) && many.contains(QStringLiteral("by 14\nand 1 more")) && !many.contains(QStringLiteral("by 15")), qPrintable(many));
        s.map.showRange(range(MapFixture::biasAt - 1'000, MapFixture::biasAt)); // nothing there
        s.picture();
        QVERIFY(!tip(MapFixture::biasAt - 500).contains(QStringLiteral("Multiply")));
    }

    void theElementUnderThePointerIsTold()
    {
        const MapFixture document;
        Shown s(document);
        const QRect lanes = s.plot->lanes();
        const QString tip = s.toolTip(QPointF(s.x(MapFixture::biasAt + 500), lanes.bottom() - 60));
        QVERIFY2(tip.contains(QStringLiteral("a.first.bias")), qPrintable(tip));
        QVERIFY(tip.contains(QStringLiteral("-0.5")));
        QVERIFY(tip.contains(QStringLiteral("1 01111110 00000000000000000000000")));
        QVERIFY(s.map.element().facts()->storage.size() > 0);
    }

    void segmentsInViewAreAccessible()
    {
        const MapFixture document;
        Shown s(document);
        QAccessibleInterface* map = QAccessible::queryAccessibleInterface(&s.map);
        QVERIFY(map);
        QCOMPARE(map->role(), QAccessible::List);
        QCOMPARE(map->childCount(), 4); // the empty one is not in view
        QAccessibleInterface* bias = map->child(1);
        const QString name = bias->text(QAccessible::Name);
        QVERIFY2(name.contains(QStringLiteral("a.first.bias")) && name.contains(QStringLiteral("mean")), qPrintable(name));
        QVERIFY(name.contains(QLocale().toString(qlonglong(MapFixture::biasAt))));
        QVERIFY(map->child(0)->text(QAccessible::Name).contains(QStringLiteral("1 NaN")));
        QCOMPARE(bias->parent(), map);
        QCOMPARE(map->indexOfChild(bias), 1);
        QVERIFY(!bias->rect().isEmpty());
        QVERIFY(s.map.rect().contains(s.map.mapFromGlobal(bias->rect().center())));
        QVERIFY(!bias->state().selected);
        bias->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
        QVERIFY(bias->state().selected);
        QCOMPARE(map->childAt(bias->rect().center().x(), bias->rect().center().y()), bias);
        s.map.zoomTo(range(MapFixture::matrixAt + 100, MapFixture::matrixAt + 200));
        QCOMPARE(map->childCount(), 1);
        QVERIFY(map->child(0)->text(QAccessible::Name).contains(QStringLiteral("b.weight")));
        s.map.clear();
        QCOMPARE(map->childCount(), 0);
    }
};

QTEST_MAIN(TestMapLanes)
#include "tst_maplanes.moc"
