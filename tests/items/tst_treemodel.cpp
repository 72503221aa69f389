// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/treemodel.h"

#include "layout/slicesyntax.h"
#include "support/session.h"
#include "support/torchzip.h"

#include <QAbstractItemModelTester>
#include <cmath>

using namespace ravel;

namespace {

std::shared_ptr<const ParameterTree> treeOf(const std::vector<std::string>& names)
{
    std::vector<FixtureTensor> tensors;
    for (const std::string& name : names)
        tensors.push_back({ name, 0, { 2 }, {} });
    auto plain = fixtureCheckpoint({ countingStorage(Dtype::Float32, 2) }, {});
    // One dict of whole names, as a state_dict is.
    auto checkpoint = std::make_shared<Checkpoint>();
    checkpoint->storages = plain->storages;
    checkpoint->entries.resize(1 + names.size());
    checkpoint->entries[0].kind = EntryKind::OrderedDict;
    checkpoint->entries[0].firstChild = 1;
    checkpoint->entries[0].childCount = static_cast<std::uint32_t>(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        Entry& entry = checkpoint->entries[1 + i];
        entry.kind = EntryKind::Tensor;
        entry.key = { PathKey::Kind::String, names[i] };
        entry.parent = 0;
        entry.tensor = static_cast<TensorOrdinal>(i);
        Tensor tensor;
        tensor.name = names[i];
        tensor.shape = { 2 };
        tensor.numel = Count(2);
        tensor.entry = static_cast<EntryOrdinal>(1 + i);
        checkpoint->tensors.push_back(tensor);
    }
    return ParameterTree::make(checkpoint);
}

// The tree as indented text, so that a test reads as the specification.
std::string drawn(const ParameterTree& tree, NodeOrdinal node = 0, int depth = 0)
{
    std::string text;
    const auto& n = tree.nodes()[node];
    for (NodeOrdinal i = 0; i < n.childCount; ++i) {
        text += std::string(static_cast<std::size_t>(depth), ' ') + std::string(tree.label(n.firstChild + i)) + '\n';
        text += drawn(tree, n.firstChild + i, depth + 1);
    }
    return text;
}

QModelIndex rowNamed(QAbstractItemModel& model, const QString& name, const QModelIndex& parent = {})
{
    if (model.canFetchMore(parent))
        model.fetchMore(parent);
    for (int row = 0; row < model.rowCount(parent); ++row)
        if (model.index(row, 0, parent).data().toString() == name)
            return model.index(row, 0, parent);
    return {};
}

} // namespace

class TestTreeModel : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

private Q_SLOTS:
    void groupsDottedNamesByModule()
    {
        const auto tree = treeOf({ "encoder.layers.0.attn.weight", "encoder.layers.0.attn.bias", "encoder.layers.1.attn.weight", "norm.weight",
            "encoder.layers.1.attn.bias", "fc.weight", "fc.bias", "plain" });
        QCOMPARE(drawn(*tree),
            std::string("encoder\n layers.0\n  attn\n   weight\n   bias\n layers.1\n  attn\n   weight\n   bias\n"
                        "norm.weight\nfc\n weight\n bias\nplain\n"));
    }

    void keepsOddNamesWhole_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : { ".a", "a.", "..", "a..b", "0", "0.1.2", "" })
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void keepsOddNamesWhole()
    {
        QFETCH(QString, name);
        const auto tree = treeOf({ name.toStdString(), "a.b.c", "a.b.d" });
        const NodeOrdinal node = tree->nodeOf(0);
        std::string path;
        for (NodeOrdinal at = node; at != 0; at = tree->nodes()[at].parent)
            path = std::string(tree->label(at)) + (at == node ? "" : ".") + path;
        QCOMPARE(QString::fromStdString(path), name);
        QCOMPARE(tree->nodes()[0].tensorCount, 3u);
    }

    void endlessDotsMakeNoEndlessTree()
    {
        std::string deep;
        for (int i = 0; i < 20000; ++i)
            deep += "a.";
        const auto tree = treeOf({ deep + "x", deep + "y" });
        QVERIFY(tree->nodes().size() < 100);
    }

    void countsTensorsAndElements()
    {
        const auto tree = treeOf({ "a.x", "a.y", "b" });
        QCOMPARE(tree->nodes()[0].tensorCount, 3u);
        QCOMPARE(tree->nodes()[0].elements, 6);
        QCOMPARE(tree->nodes()[1].elements, 4);
        QCOMPARE(tree->tensorsBelow(1), (std::vector<TensorOrdinal> { 0, 1 }));
    }

    void filterKeepsWhatIsAbove_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<int>("tensors");
        QTest::newRow("part") << "WEIGHT" << 2;
        QTest::newRow("across levels") << "layers.0" << 2;
        QTest::newRow("glob") << "encoder.*.bias" << 1;
        QTest::newRow("glob is for the whole name") << "*.bia" << 0;
        QTest::newRow("nothing") << "xyz" << 0;
    }
    void filterKeepsWhatIsAbove()
    {
        QFETCH(QString, pattern);
        QFETCH(int, tensors);
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        TreeModel model(session);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        tester.setUseFetchMore(false); // it would fetch inside of a reset
        QSignalSpy filtered(&model, &TreeModel::filtered);
        model.setFilter(pattern);
        QVERIFY(waitFor(filtered));
        QCOMPARE(model.shownTensors(), tensors);
        model.fetchMore({});
        QCOMPARE(model.rowCount() > 0, tensors > 0);
        model.setFilter({});
        QCOMPARE(model.shownTensors(), 6);
    }

    void tellsLayersAsGuessesWithTheirReason()
    {
        const std::string path = m_folder.filePath(QStringLiteral("layers.pt")).toStdString();
        writeBytes(path, torchZipBytes({ countingStorage(Dtype::Float32, 50), countingStorage(Dtype::Float32, 5) },
            { { "fc.weight", 0, { 5, 10 }, {} }, { "fc.bias", 1, { 5 }, {} }, { "thing.weight", 1, { 5 }, {} }, { "thing.other", 1, { 5 }, {} },
                { "block.q_proj.weight", 0, { 5, 10 }, {} }, { "block.thing.other", 1, { 5 }, {} } }));
        Session session;
        QVERIFY(openNow(session, QString::fromStdString(path)));
        TreeModel model(session);
        const QModelIndex fc = rowNamed(model, "fc");
        QCOMPARE(fc.siblingAtColumn(TreeModel::Type).data().toString(), "Linear?");
        QVERIFY(fc.data(Qt::ToolTipRole).toString().contains(QStringLiteral("Linear, a guess: its weight [5, 10]")));
        QVERIFY(rowNamed(model, "weight", fc).data(Qt::ToolTipRole).toString().contains(QStringLiteral("probably a parameter: the weight of a Linear")));
        const QModelIndex thing = rowNamed(model, "thing");
        QVERIFY(thing.siblingAtColumn(TreeModel::Type).data().toString().isEmpty());
        QVERIFY(thing.data(Qt::ToolTipRole).toString().isEmpty());
        const QModelIndex block = rowNamed(model, "block"); // is not what a module inside it is
        QVERIFY(block.siblingAtColumn(TreeModel::Type).data().toString().isEmpty());
        QVERIFY(rowNamed(model, "q_proj.weight", block).data(Qt::ToolTipRole).toString().contains(QStringLiteral("Linear, a guess")));
    }

    void showsWhatATensorIs()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        TreeModel model(session);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const QModelIndex counting = rowNamed(model, "counting");
        QVERIFY(counting.isValid());
        QCOMPARE(counting.siblingAtColumn(TreeModel::Shape).data().toString(), "(2, 3, 4)");
        QCOMPARE(counting.siblingAtColumn(TreeModel::Type).data().toString(), "float32");
        QCOMPARE(counting.siblingAtColumn(TreeModel::Elements).data().toString(), "24");
        const QModelIndex step = rowNamed(model, "step");
        QCOMPARE(step.siblingAtColumn(TreeModel::Shape).data().toString(), "()");
        const QModelIndex layer = rowNamed(model, "layers.0", rowNamed(model, "encoder"));
        QVERIFY(layer.isValid());
        QCOMPARE(layer.data(TreeModel::MarksRole).toInt(), int(TreeModel::Group));
    }

    void findsTheRowOfEveryTensor()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        TreeModel model(session);
        for (TensorOrdinal t = 0; t < model.tree()->checkpoint().tensors.size(); ++t) {
            const QModelIndex row = model.indexOf(model.tree()->nodeOf(t));
            QVERIFY(row.isValid());
            QCOMPARE(row.data(TreeModel::FullNameRole).toString().toStdString(), model.tree()->checkpoint().tensors[t].name);
            QCOMPARE(model.index(row.row(), 0, row.parent()), row);
        }
    }

    void aGroupSelectsItsTensors()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        TreeModel model(session);
        const Selection selection = model.selectionOf({ rowNamed(model, "encoder") });
        QCOMPARE(selection.boxes.size(), 3u);
        QCOMPARE(selection.numel().value, 45);
    }

    void marksWhatIsEditedUpToTheRoot()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        TreeModel model(session);
        Step step;
        step.operation = Operation::Multiply;
        step.value = Number::ofReal(0.5);
        step.select = { { "encoder.layers.0.weight[1]", false } };
        QSignalSpy applied(&session, &Session::applied);
        session.apply(step);
        QVERIFY(waitFor(applied));
        const QModelIndex encoder = rowNamed(model, "encoder"), layer = rowNamed(model, "layers.0", encoder);
        QVERIFY(encoder.data(TreeModel::MarksRole).toInt() & TreeModel::Edited);
        QVERIFY(rowNamed(model, "weight", layer).data(TreeModel::MarksRole).toInt() & TreeModel::Edited);
        QVERIFY(!(rowNamed(model, "bias", layer).data(TreeModel::MarksRole).toInt() & TreeModel::Edited));
        QVERIFY(!(rowNamed(model, "counting").data(TreeModel::MarksRole).toInt() & TreeModel::Edited));
    }

    // Where there is no number, or but one, nothing is said of a spread.
    void toolTipsTellNoStatisticsThatAreNotThere()
    {
        const std::string path = m_folder.filePath(QStringLiteral("few.safetensors")).toStdString();
        const float missing = std::nanf("");
        writeBytes(path, safetensorsBytes({ storageOf<float>(Dtype::Float32, { missing, missing }), storageOf<float>(Dtype::Float32, { 2.5f }), storageOf<float>(Dtype::Float32, { 1, 3 }) },
                             { { "none", 0, { 2 }, {} }, { "single", 1, { 1 }, {} }, { "two", 2, { 2 }, {} } }));
        Session session;
        QVERIFY(openNow(session, QString::fromStdString(path)));
        TreeModel model(session);
        const auto tip = [&](const char* name) { return rowNamed(model, name).data(Qt::ToolTipRole).toString(); };
        QTRY_VERIFY(tip("two").contains(QStringLiteral("mean 2, std 1.41421, from 1 to 3")));
        QTRY_VERIFY(tip("none").endsWith(QStringLiteral("no finite number")));
        QTRY_VERIFY(tip("single").endsWith(QStringLiteral("\nfrom 2.5 to 2.5")));
    }

    void sparklinesArriveWithTheStatistics()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        TreeModel model(session);
        const auto line = [&](const char* name) {
            return rowNamed(model, name).siblingAtColumn(TreeModel::Distribution).data(SparklineRole).value<Sparkline>();
        };
        QTRY_VERIFY_WITH_TIMEOUT(line("counting").known, 20000);
        QTRY_VERIFY_WITH_TIMEOUT(line("encoder").known, 20000); // merged on the pool
        QVERIFY(line("counting").heights.back() > 0);
    }
};

QTEST_MAIN(TestTreeModel)
#include "tst_treemodel.moc"
