// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/treemodel.h"
#include "support/torchzip.h"
#include "widgets/anomalypane.h"
#include "widgets/bookmarkpane.h"
#include "widgets/completion.h"
#include "widgets/mapscene.h"
#include "widgets/offsetmap.h"
#include "widgets/treepane.h"
#include "windowfixture.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QSettings>
#include <QStatusBar>
#include <QTreeView>

#include <cmath>
#include <memory>

using namespace ravel;

namespace {

// Six layers of ramps with a NaN, a dead row, a duplicate; and an int64 step.
std::vector<std::byte> troubledBytes()
{
    std::vector<FixtureStorage> storages;
    std::vector<FixtureTensor> tensors;
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape, const std::vector<float>& values) {
        tensors.push_back({ name, static_cast<std::uint32_t>(storages.size()), std::move(shape), {} });
        storages.push_back(storageOf<float>(Dtype::Float32, values));
    };
    for (int layer = 0; layer < 6; ++layer) {
        std::vector<float> weight(40 * 32), bias(40);
        for (std::size_t i = 0; i < weight.size(); ++i)
            weight[i] = static_cast<float>(std::sin(static_cast<double>(i) * (1.7 + layer)) * 0.1);
        for (std::size_t i = 0; i < bias.size(); ++i)
            bias[i] = static_cast<float>(std::cos(static_cast<double>(i) * 1.3) * (layer + 1));
        if (layer == 1)
            weight[5 * 32 + 7] = std::nanf("");
        if (layer == 2)
            std::fill_n(weight.begin() + 9 * 32, 32, 0.0f);
        if (layer == 4)
            weight = std::vector<float>(reinterpret_cast<const float*>(storages[0].bytes.data()), reinterpret_cast<const float*>(storages[0].bytes.data()) + 40 * 32);
        const std::string name = "layers." + std::to_string(layer) + ".linear";
        add(name + ".weight", { 40, 32 }, weight);
        add(name + ".bias", { 40 }, bias);
    }
    tensors.push_back({ "step", static_cast<std::uint32_t>(storages.size()), {}, {} });
    storages.push_back(storageOf<std::int64_t>(Dtype::Int64, { 7 }));
    return safetensorsBytes(storages, tensors);
}

} // namespace

// Finding things in the real window: filters, sorting, anomalies, bookmarks, completion, going to offsets.
class TestFind : public QObject, WindowFixture {
    Q_OBJECT
    QString m_path;

    // Names of the rows under a parent, from above down, depth first where they are tensors.
    QStringList tensorRows(const QModelIndex& parent = {})
    {
        QStringList names;
        TreeModel* model = panes().tree->model();
        if (model->canFetchMore(parent))
            model->fetchMore(parent);
        for (int row = 0; row < model->rowCount(parent); ++row) {
            const QModelIndex index = model->index(row, 0, parent);
            if (model->hasChildren(index))
                names += tensorRows(index);
            else
                names << index.data(TreeModel::FullNameRole).toString();
        }
        return names;
    }
    void open()
    {
        QVERIFY(openWindow(m_path));
        QTRY_COMPARE_WITH_TIMEOUT(panes().anomalies->model()->state(), AnomalyModel::State::Done, 20000);
    }

private Q_SLOTS:
    void initTestCase()
    {
        useOwnSettings();
        m_path = m_folder.filePath(QStringLiteral("trouble.safetensors"));
    }
    void init()
    {
        QSettings().clear();
        writeBytes(m_path.toStdString(), troubledBytes());
        open();
    }
    void cleanup() { m_window.reset(); }

    void filtersByStatistics()
    {
        action("select.filter")->trigger();
        QLineEdit* filter = panes().tree->filterEdit();
        type(filter, "nan > 0");
        QTRY_COMPARE(tensorRows(), QStringList { "layers.1.linear.weight" });
        type(filter, "bias std > 3.2");
        QTRY_COMPARE(tensorRows(), (QStringList { "layers.4.linear.bias", "layers.5.linear.bias" }));
        type(filter, "dtype:int64");
        QTRY_COMPARE(tensorRows(), QStringList { "step" });
        filter->clear();
        QTRY_COMPARE(tensorRows().size(), 13);
    }

    // What the layout leaves out is never analysed, so no statistic of it can match: that is said.
    void aFilterByStatisticsSaysWhatIsNeverAnalysed()
    {
        LayoutSpec spec = session().document()->layout()->spec();
        spec.only = { "layers.5.*" };
        session().setLayout(spec);
        const auto foot = [this] {
            for (const QLabel* label : panes().tree->findChildren<QLabel*>())
                if (label->text().contains("outside the layout"))
                    return label->text();
            return QString();
        };
        QLineEdit* filter = panes().tree->filterEdit();
        type(filter, "bias std > 3.2");
        QTRY_COMPARE(tensorRows(), QStringList { "layers.5.linear.bias" });
        QVERIFY2(foot().contains("5 outside the layout"), qPrintable(foot())); // the other biases, and no weight
        type(filter, "bias");
        QTRY_COMPARE(tensorRows().size(), 6);
        QCOMPARE(foot(), QString());
    }

    void saysWhatIsWrongWithAFilterAndKeepsTheRows()
    {
        QLineEdit* filter = panes().tree->filterEdit();
        type(filter, "bias");
        QTRY_COMPARE(tensorRows().size(), 6);
        type(filter, "bias sdt < 1");
        QLabel* error = nullptr;
        for (QLabel* label : panes().tree->findChildren<QLabel*>())
            if (label->accessibleName() == "What is wrong with the filter")
                error = label;
        QVERIFY(error);
        QTRY_VERIFY(error->isVisible());
        QVERIFY2(error->text().endsWith("is 'std' meant? (at 6)"), qPrintable(error->text()));
        QCOMPARE(tensorRows().size(), 6);
        type(filter, "bias std > 1");
        QTRY_VERIFY(!error->isVisible());
    }

    void completesWordsOfAFilter()
    {
        QLineEdit* filter = panes().tree->filterEdit();
        type(filter, "kind:Lin");
        auto* list = filter->findChild<QListWidget*>("filterCompletions");
        QTRY_VERIFY(list->isVisible());
        QCOMPARE(list->item(0)->text(), "kind:Linear");
        QTest::keyClick(filter, Qt::Key_Tab);
        QCOMPARE(filter->text(), "kind:Linear");
        QTRY_COMPARE(tensorRows().size(), 12);
    }

    void sortsByAnyColumnAndBack()
    {
        action("tree.list")->trigger();
        type(panes().tree->filterEdit(), "bias");
        QTRY_COMPARE(tensorRows().size(), 6);
        const QStringList inOrder = tensorRows();
        QStringList backwards(inOrder.rbegin(), inOrder.rend());
        QHeaderView* header = panes().tree->view()->header();
        action("tree.column.std")->trigger();
        QVERIFY(!panes().tree->view()->isColumnHidden(TreeModel::Std));
        header->setSortIndicator(TreeModel::Std, Qt::DescendingOrder);
        QTRY_COMPARE(tensorRows(), backwards);
        header->setSortIndicator(TreeModel::Elements, Qt::DescendingOrder); // all the same: as in the checkpoint
        QTRY_COMPARE(tensorRows(), inOrder);
        header->setSortIndicator(TreeModel::Offset, Qt::DescendingOrder);
        QTRY_COMPARE(tensorRows(), backwards);
        header->setSortIndicator(-1, Qt::AscendingOrder);
        QTRY_COMPARE(tensorRows(), inOrder);
        m_window.reset();
        open();
        QVERIFY(!panes().tree->view()->isColumnHidden(TreeModel::Std)); // kept
    }

    void keepsTheModelsContract()
    {
        QAbstractItemModelTester tree(panes().tree->model()), anomalies(panes().anomalies->model()), bookmarks(panes().bookmarks->model());
        tree.setUseFetchMore(false);
        panes().tree->view()->expandAll();
        panes().tree->view()->header()->setSortIndicator(TreeModel::Mean, Qt::AscendingOrder);
        QTRY_VERIFY(panes().tree->model()->sortedBy() == TreeColumn::Mean);
        panes().tree->view()->header()->setSortIndicator(TreeModel::Name, Qt::DescendingOrder);
        QTRY_COMPARE(tensorRows().constLast(), "layers.0.linear.bias");
        panes().anomalies->view()->header()->setSortIndicator(AnomalyModel::Kind, Qt::DescendingOrder);
        session().selection()->select(*parseSelection(*session().document()->layout(), "step"));
        action("bookmark.add")->trigger();
        panes().bookmarks->removeCurrent();
    }

    void listsAnomaliesAndShowsThem()
    {
        const AnomalyModel* model = panes().anomalies->model();
        QCOMPARE(model->rowCount(), 3);
        QStringList kinds;
        for (int row = 0; row < 3; ++row)
            kinds << model->index(row, AnomalyModel::Kind).data().toString();
        QCOMPARE(kinds, (QStringList { "Duplicate", "NaN", "Dead rows" }));
        action("pane.anomalies")->trigger();
        QVERIFY(panes().anomalies->view()->isVisible());
        const QModelIndex nan = model->index(1, AnomalyModel::Where);
        QCOMPARE(nan.data().toString(), "layers.1.linear.weight[5, 7]");
        QTreeView* view = panes().anomalies->view();
        QTRY_VERIFY2(view->viewport()->rect().contains(view->visualRect(nan).center()), "the place is out of sight"); // once the dock has its size
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(nan).center());
        QCOMPARE(selected(), "layers.1.linear.weight[5, 7]");
        const FlatIndex place(40 * 32 + 40 + 5 * 32 + 7);
        QVERIFY(panes().map->visibleRange().contains(place));
        QVERIFY(panes().map->visibleRange().count().value < 500);
    }

    void theMapMarksEachPlaceAndTellsItsFinding()
    {
        const MapScene& scene = panes().map->scene();
        QStringList told;
        for (const MapAnomaly& mark : scene.anomalies)
            told << QStringLiteral("%1 %2").arg(mark.range.begin.value).arg(scene.anomalyWords(mark.finding).section(QStringLiteral(": "), 0, 0));
        QCOMPARE(told, (QStringList { "0 layers.0.linear.weight", "1487 layers.1.linear.weight[5, 7]", "2928 layers.2.linear.weight[9, :]", "5280 layers.0.linear.weight" }));
        QVERIFY(scene.anomalyWords(1000).isEmpty()); // of a search that is over
    }

    void walksThroughThePlaces()
    {
        QStringList places;
        for (int i = 0; i < 5; ++i) {
            panes().map->setFocus();
            QTest::keyClick(panes().map, Qt::Key_N);
            places << selected();
        }
        QCOMPARE(places, (QStringList { "layers.0.linear.weight", "layers.1.linear.weight[5, 7]", "layers.2.linear.weight[9, :]", "layers.4.linear.weight", "layers.0.linear.weight" }));
        QVERIFY2(m_window->statusBar()->currentMessage().startsWith("Anomaly 1 of 4: layers.0.linear.weight, holds the same bytes as layers.4"),
            qPrintable(m_window->statusBar()->currentMessage()));
        QTest::keyClick(panes().map, Qt::Key_N, Qt::ShiftModifier);
        QCOMPARE(selected(), "layers.4.linear.weight");
        session().selection()->select(*parseSelection(*session().document()->layout(), "layers.1.linear.bias")); // from there
        QTest::keyClick(panes().map, Qt::Key_N);
        QCOMPARE(selected(), "layers.2.linear.weight[9, :]");
    }

    void filtersAndCopiesAnomalies()
    {
        QComboBox* kinds = panes().anomalies->kinds();
        const int at = kinds->findText("Dead rows (1)");
        QVERIFY(at > 0);
        kinds->setCurrentIndex(at);
        Q_EMIT kinds->activated(at);
        QCOMPARE(panes().anomalies->model()->rowCount(), 1);
        action("anomaly.copy")->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), "severity\tkind\twhere\twhat\nwarning\tdead-rows\tlayers.2.linear.weight[9, :]\trow 9 is all zero\n");
    }

    void anEditIsLookedAtAgain()
    {
        Step step;
        step.operation = Operation::Set;
        step.value = Number::ofReal(0.25);
        step.select = { { "layers.1.linear.weight[5, 7]", false } };
        QSignalSpy applied(&session(), &Session::applied);
        session().apply(step);
        QVERIFY(waitFor(applied));
        QTRY_VERIFY_WITH_TIMEOUT(panes().anomalies->model()->state() == AnomalyModel::State::Done && panes().anomalies->model()->count(AnomalyKind::Nan) == 0, 20000);
        QCOMPARE(panes().anomalies->model()->count(AnomalyKind::DeadRows), 1);
    }

    void numbersOfAnomaliesFollowTheLocale()
    {
        const AnomalyModel& model = *panes().anomalies->model();
        const auto words = [&model] {
            for (int row = 0; row < model.rowCount(); ++row)
                if (model.at(row).kind == AnomalyKind::Nan)
                    return model.index(row, AnomalyModel::What).data().toString();
            return QString();
        };
        const QLocale before;
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        const QString german = words(), copied = model.tsv({ 0 });
        QLocale::setDefault(before);
        QCOMPARE(german, QStringLiteral("1 NaN of 1.280"));
        QVERIFY2(copied.contains(QStringLiteral("1,280")) || !copied.contains(QStringLiteral("1.280")), qPrintable(copied)); // as C has them
    }

    // A tensor that cannot be read keeps nothing from being found in the others.
    void whatCannotBeAnalysedIsSaid()
    {
        const QString path = m_folder.filePath(QStringLiteral("torn.pt"));
        writeBytes(path.toStdString(), tornZipBytes());
        QVERIFY(WindowFixture::open(*m_window, path));
        AnomalyModel* model = panes().anomalies->model();
        QTRY_COMPARE_WITH_TIMEOUT(model->state(), AnomalyModel::State::Stuck, 20000);
        QVERIFY2(panes().anomalies->status().contains("not all tensors"), qPrintable(panes().anomalies->status()));
        QTRY_COMPARE_WITH_TIMEOUT(model->count(AnomalyKind::Nan), 1, 20000);
        model->look();
        QTRY_COMPARE_WITH_TIMEOUT(model->state(), AnomalyModel::State::Done, 20000);
        QCOMPARE(model->count(AnomalyKind::Nan), 1);
    }

    void completesNamesBelowTheSliceBox()
    {
        QLineEdit* slice = panes().slice->lineEdit();
        auto* list = slice->findChild<QListWidget*>("sliceCompletions");
        type(slice, "lay");
        QTRY_VERIFY(list->isVisible());
        QCOMPARE(list->item(0)->text(), "layers.");
        QTest::keyClick(slice, Qt::Key_Tab);
        QCOMPARE(slice->text(), "layers.");
        QCOMPARE(list->count(), 6);
        QTest::keyClick(slice, Qt::Key_Down);
        QTest::keyClick(slice, Qt::Key_Down);
        QTest::keyClick(slice, Qt::Key_Return); // takes what is marked
        QCOMPARE(slice->text(), "layers.1.");
        QTest::keyClick(slice, Qt::Key_Escape);
        QVERIFY(!list->isVisible());
        QCOMPARE(slice->text(), "layers.1."); // only the list was given up
        QTest::keyClicks(slice, "linear.bias");
        QTest::keyClick(slice, Qt::Key_Return);
        QCOMPARE(selected(), "layers.1.linear.bias");
    }

    void goesToAnOffset()
    {
        action("select.offset")->trigger();
        QVERIFY2(panes().slice->answer().startsWith("an offset from 0 to 7,"), qPrintable(panes().slice->answer()));
        QTest::keyClicks(panes().slice->lineEdit(), "1322");
        QCOMPARE(panes().slice->answer(), "ok layers.1.linear.weight[0, 2]");
        QTest::keyClick(panes().slice->lineEdit(), Qt::Key_Return);
        QCOMPARE(selected(), "layers.1.linear.weight[0, 2]");
        QVERIFY(panes().map->visibleRange().contains(FlatIndex(1322)));
        QVERIFY(panes().map->visibleRange().count().value < 500);
        QVERIFY(action("view.back")->isEnabled());
    }

    void keepsBookmarksForEachFile()
    {
        session().selection()->select(*parseSelection(*session().document()->layout(), "layers.3.linear.weight[4, ::2]"));
        panes().map->setFocus();
        QTest::keyClick(panes().map, Qt::Key_M);
        Bookmarks* model = panes().bookmarks->model();
        QCOMPARE(model->rowCount(), 1);
        QTest::keyClick(panes().map, Qt::Key_M); // the same again
        QCOMPARE(model->rowCount(), 1);
        QVERIFY(model->setData(model->index(0, Bookmarks::Note), QStringLiteral("odd half"), Qt::EditRole));
        m_window.reset();
        open();
        model = panes().bookmarks->model();
        QCOMPARE(model->rowCount(), 1);
        QCOMPARE(model->index(0, Bookmarks::Note).data().toString(), "odd half");
        QVERIFY(!model->fileChanged());
        QTRY_VERIFY_WITH_TIMEOUT(model->selection(0), 20000);
        panes().bookmarks->go(0);
        QCOMPARE(selected(), "layers.3.linear.weight[4, ::2]");
        model->remove(0);
        m_window.reset();
        open();
        QCOMPARE(panes().bookmarks->model()->rowCount(), 0);
    }

    void flagsOfBookmarksStandOnTheRuler()
    {
        OffsetMap* map = panes().map;
        const auto picture = [map] {
            QCoreApplication::processEvents();
            return map->grab().toImage();
        };
        session().selection()->select(*parseSelection(*session().document()->layout(), "layers.3.linear.bias"));
        QTest::qWait(50);
        const QImage before = picture();
        action("bookmark.add")->trigger();
        QImage after;
        QTRY_VERIFY((after = picture()) != before);
        int lowest = 0;
        for (int y = 0; y < after.height(); ++y)
            for (int x = 0; x < after.width(); ++x)
                if (after.pixel(x, y) != before.pixel(x, y))
                    lowest = y;
        QVERIFY(lowest < after.height() / 2); // no lane below the ruler changed
        panes().bookmarks->removeCurrent();
        QTRY_VERIFY(picture() == before);
    }

    void aBookmarkWhoseNameIsGoneSaysSo()
    {
        session().selection()->select(*parseSelection(*session().document()->layout(), "layers.3.linear.bias[39]"));
        action("bookmark.add")->trigger();
        session().selection()->select(*parseSelection(*session().document()->layout(), "layers.0.linear.bias[1]"));
        action("bookmark.add")->trigger();
        m_window.reset();
        writeBytes(m_path.toStdString(), sampleBytes());
        open();
        Bookmarks* model = panes().bookmarks->model();
        QVERIFY(model->fileChanged());
        QCOMPARE(model->rowCount(), 2);
        const auto trouble = [model] { return model->index(0, 0).data(Bookmarks::TroubleRole).toString(); };
        QTRY_VERIFY_WITH_TIMEOUT(trouble().contains("no tensor of this name"), 20000);
        QVERIFY(!model->selection(0));
        panes().bookmarks->go(0);
        QVERIFY(m_window->statusBar()->currentMessage().contains("no tensor of this name"));
    }

    void nothingOpenDisablesWithAReason()
    {
        MainWindow empty;
        for (const char* id : { "anomaly.next", "anomaly.previous", "bookmark.add", "bookmark.delete", "pane.anomalies" }) {
            QVERIFY2(!empty.actions()[QString::fromLatin1(id)]->isEnabled(), id);
            QCOMPARE(empty.actions().reason(QString::fromLatin1(id)), "nothing is open");
        }
    }
};

QTEST_MAIN(TestFind)
#include "tst_find.moc"
