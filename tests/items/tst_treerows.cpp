// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "items/nameindex.h"
#include "items/naturalorder.h"
#include "items/treearrange.h"
#include "support/fixtures.h"

#include <limits>

using namespace ravel;

namespace {

// Groups a (x, y, z), b (x); tensor plain.
struct Fixture {
    std::shared_ptr<const Checkpoint> checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 100), countingStorage(Dtype::Float16, 10) },
        { { "a.x", 0, { 4, 5 }, {}, 0 }, { "a.y", 0, { 3 }, {}, 50 }, { "a.z", 0, { 3 }, {}, 20 }, { "b.x", 1, { 2, 2 }, {}, 0 }, { "plain", 0, { 30 }, {}, 60 } });
    std::shared_ptr<const FlatLayout> layout = *FlatLayout::make(checkpoint, {});
    std::shared_ptr<Pyramid> pyramid = std::make_shared<Pyramid>(layout);
    TreeSource source { ParameterTree::make(checkpoint), layout, pyramid, {} };

    void analyse() { QVERIFY(pyramid->build(EditedVector(checkpoint), {})); }
    // Tensors in the order in which they stand, depth first.
    std::string order(const TreeArrangement& arrangement, NodeOrdinal parent = 0) const
    {
        std::string text;
        for (std::uint32_t row = 0; row < arrangement.rows->count(parent); ++row) {
            const NodeOrdinal node = arrangement.rows->child(parent, row);
            if (arrangement.rows->row(node) != row || arrangement.rows->parent(*source.tree, node) != parent)
                return "a row that is not its parent's";
            const TensorOrdinal t = source.tree->tensorOf(node);
            text += t == noOrdinal ? order(arrangement, node) : checkpoint->tensors[t].name + ' ';
        }
        return text;
    }
    TreeArrangement arranged(const char* query, std::optional<TreeColumn> sort = {}, bool descending = false, bool flat = false) const
    {
        return arrangeTree(source, { *TensorQuery::parse(query), sort, descending, flat }, {});
    }
};

} // namespace

class TestTreeRows : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void orders_data()
    {
        QTest::addColumn<QString>("query");
        QTest::addColumn<int>("column");
        QTest::addColumn<bool>("descending");
        QTest::addColumn<bool>("flat");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const char* query, int column, bool descending, bool flat, const char* expected) {
            QTest::newRow(name) << QString::fromLatin1(query) << column << descending << flat << QString::fromLatin1(expected);
        };
        row("as in the checkpoint", "", -1, false, false, "a.x a.y a.z b.x plain ");
        row("a flat list", "", -1, false, true, "a.x a.y a.z b.x plain ");
        row("filtered", "x or plain", -1, false, false, "a.x b.x plain ");
        row("siblings by elements, ties as they were", "", int(TreeColumn::Elements), false, false, "b.x a.y a.z a.x plain ");
        row("all by elements", "", int(TreeColumn::Elements), false, true, "a.y a.z b.x a.x plain ");
        row("the other way round, ties as they were", "", int(TreeColumn::Elements), true, true, "plain a.x b.x a.y a.z ");
        row("by mean", "", int(TreeColumn::Mean), true, true, "plain a.y a.z a.x b.x ");
        row("by shape", "", int(TreeColumn::Shape), false, true, "a.y a.z plain b.x a.x ");
        row("by dtype", "", int(TreeColumn::Type), false, true, "b.x a.x a.y a.z plain ");
        row("by name", "", int(TreeColumn::Name), true, true, "plain b.x a.z a.y a.x ");
        row("by offset", "not plain", int(TreeColumn::Offset), true, true, "b.x a.z a.y a.x ");
        row("groups by the lowest in them", "", int(TreeColumn::Min), true, false, "plain a.y a.z a.x b.x ");
    }
    void orders()
    {
        QFETCH(QString, query);
        QFETCH(int, column);
        QFETCH(bool, descending);
        QFETCH(bool, flat);
        QFETCH(QString, expected);
        Fixture fixture;
        fixture.analyse();
        const auto sort = column < 0 ? std::nullopt : std::optional(static_cast<TreeColumn>(column));
        QCOMPARE(QString::fromStdString(fixture.order(fixture.arranged(query.toLatin1(), sort, descending, flat))), expected);
    }

    void whatIsNotKnownComesLastAndWaits()
    {
        Fixture fixture;
        const TreeArrangement before = fixture.arranged("min > 10 or b.x", TreeColumn::Min, true, true);
        QCOMPARE(fixture.order(before), std::string("b.x "));
        QCOMPARE(before.notYet, 4);
        fixture.analyse();
        const TreeArrangement after = fixture.arranged("min > 10 or b.x", TreeColumn::Min, true, true);
        QCOMPARE(fixture.order(after), std::string("plain a.y a.z b.x "));
        QCOMPARE(after.notYet, 0);
        QCOMPARE(after.rows->tensors(), 4);
    }

    void aCancelledArrangementHasNoRows()
    {
        const Fixture fixture;
        const Job job;
        job.cancel();
        QVERIFY(!arrangeTree(fixture.source, { *TensorQuery::parse("x"), {}, false, false }, job).rows);
    }

    void mergesWhatGroupsHold()
    {
        Fixture fixture;
        fixture.analyse();
        const NodeSummaries summaries = summariesOf(fixture.source, {});
        const NodeOrdinal a = fixture.source.tree->nodes()[fixture.source.tree->nodeOf(0)].parent;
        QVERIFY(summaries[a]);
        QCOMPARE(summaries[a]->count, 26);
        QCOMPARE(summaries[a]->max, 52.0);
    }

    void comparesNumbersInNamesAsNumbers_data()
    {
        QTest::addColumn<QString>("b");
        QTest::addColumn<int>("order");
        QTest::newRow("layers.2") << "layers.10" << -1;
        QTest::newRow("layers.10.a") << "layers.2.b" << 1;
        QTest::newRow("a") << "b" << -1;
        QTest::newRow("a1") << "a" << 1;
        QTest::newRow("x.007") << "x.7" << 0;
        QTest::newRow("x.7") << "x.7" << 0;
        QTest::newRow("99999999999999999999999") << "100000000000000000000000" << -1;
    }
    void comparesNumbersInNamesAsNumbers()
    {
        QFETCH(QString, b);
        QFETCH(int, order);
        const int found = compareNames(QTest::currentDataTag(), b.toStdString());
        QCOMPARE(found < 0 ? -1 : found > 0 ? 1 : 0, order);
        const int back = compareNames(b.toStdString(), QTest::currentDataTag());
        QCOMPARE(back < 0 ? -1 : back > 0 ? 1 : 0, -order);
    }

    void completesNames_data()
    {
        QTest::addColumn<QString>("expected");
        QTest::newRow("") << "h.|head|odd.w";
        QTest::newRow("h") << "h.|head|Wh.x";
        QTest::newRow("h.") << "h.2.|h.10.";
        QTest::newRow("h.2.") << "h.2.attn|h.2.mlp";
        QTest::newRow("h.10") << "h.10.";
        QTest::newRow("head") << "";
        QTest::newRow("MLP") << "h.2.mlp|h.10.mlp";
        QTest::newRow("xyz") << "";
    }
    void completesNames()
    {
        QFETCH(QString, expected);
        const auto layout = *FlatLayout::make(fixtureCheckpoint({ countingStorage(Dtype::Float32, 10) },
            { { "h.10.attn", 0, { 1 } }, { "h.10.mlp", 0, { 1 } }, { "h.2.attn", 0, { 1 } }, { "h.2.mlp", 0, { 1 } }, { "head", 0, { 1 } }, { "odd.w", 0, { 1 } } }), {});
        const QStringList wanted = expected.isEmpty() ? QStringList() : expected.split(u'|');
        QStringList found;
        for (const std::string& text : NameIndex(layout).completions(QTest::currentDataTag(), 100))
            found << QString::fromStdString(text);
        QStringList without = wanted;
        without.removeAll(QStringLiteral("Wh.x"));
        QCOMPARE(found, without);
    }

    void keepsUpWithManyNames()
    {
        std::vector<FixtureTensor> tensors;
        for (int i = 0; i < 100'000; ++i)
            tensors.push_back({ "layers." + std::to_string(i / 10) + ".part" + std::to_string(i % 10) + ".weight", 0, { 1 } });
        const auto layout = *FlatLayout::make(fixtureCheckpoint({ countingStorage(Dtype::Float32, 1) }, tensors), {});
        const NameIndex index(layout);
        QCOMPARE(index.completions("layers.", 100).size(), std::size_t(100));
        QCOMPARE(index.completions("layers.9999.part9", 100), std::vector<std::string> { "layers.9999.part9.weight" });
    }
};

QTEST_GUILESS_MAIN(TestTreeRows)
#include "tst_treerows.moc"
