// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/storagepieces.h"
#include "document/difference.h"
#include "items/heatloader.h"
#include "items/statisticsmodel.h"
#include "items/stepselect.h"
#include "widgets/heatpane.h"
#include "widgets/heatplot.h"
#include "widgets/heatrange.h"
#include "widgets/histogramview.h"
#include "widgets/valuepane.h"
#include "windowfixture.h"

#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QSlider>
#include <QSpinBox>
#include <QStatusBar>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <semaphore>

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

constexpr std::int64_t rows = 40, columns = 30, nanRow = 7, nanColumn = 11;

// w (40, 30): a ramp from 0 to 1199 with a NaN; conv (4, 3, 5, 6) counting; layers.0-3.q.weight (8, 8); bias (600,) counting; one ();
// depthwise (14, 1, 3, 3) counting
std::vector<std::byte> fileBytes()
{
    std::vector<float> ramp(rows * columns);
    for (std::size_t i = 0; i < ramp.size(); ++i)
        ramp[i] = float(i);
    ramp[nanRow * columns + nanColumn] = NAN;
    std::vector<FixtureStorage> storages { storageOf(Dtype::Float32, ramp), countingStorage(Dtype::Float32, 360), countingStorage(Dtype::Float32, 600),
        storageOf<float>(Dtype::Float32, { 3.25f }) };
    std::vector<FixtureTensor> tensors { { "w", 0, { rows, columns }, {} }, { "conv", 1, { 4, 3, 5, 6 }, {} }, { "bias", 2, { 600 }, {} }, { "one", 3, {}, {} } };
    for (int i = 0; i < 4; ++i) {
        std::vector<float> values(64);
        for (std::size_t k = 0; k < values.size(); ++k)
            values[k] = float(k) * float(i + 1);
        storages.push_back(storageOf(Dtype::Float32, values));
        tensors.push_back({ "layers." + std::to_string(i) + ".q.weight", std::uint32_t(4 + i), { 8, 8 }, {} });
    }
    storages.push_back(countingStorage(Dtype::Float32, 14 * 9));
    tensors.push_back({ "depthwise", std::uint32_t(storages.size() - 1), { 14, 1, 3, 3 }, {} });
    return safetensorsBytes(storages, tensors);
}

// Numbers that wait to be read until they may be.
struct Gate {
    std::counting_semaphore<> open { 0 };
    std::atomic<int> reads = 0;
    std::atomic<float> value = 1;
};

// The tensors of a checkpoint, each element of them what the gate holds when it is asked.
EditedVector gated(const Checkpoint& like, const std::shared_ptr<Gate>& gate)
{
    auto checkpoint = std::make_shared<Checkpoint>();
    checkpoint->entries = like.entries;
    checkpoint->tensors = like.tensors;
    for (const Storage& each : like.storages) {
        Storage storage;
        storage.id = each.id;
        storage.dtype = each.dtype;
        storage.numel = each.numel;
        auto pieces = std::make_shared<StoragePieces>(StoragePieces { *Mosaic::make({ 0 }, {}), {}, {} });
        pieces->compute = [gate](StorageIndex, Count n, std::byte* out) -> Result<> {
            const float value = gate->value;
            ++gate->reads;
            gate->open.acquire();
            std::fill_n(reinterpret_cast<float*>(out), n.value, value);
            return {};
        };
        storage.pieces = std::move(pieces);
        checkpoint->storages.push_back(std::move(storage));
    }
    return EditedVector(std::move(checkpoint));
}

} // namespace

// Heat map and histogram, driven through the real window.
class TestInspect : public QObject, WindowFixture {
    Q_OBJECT

    HeatPane& heat() { return *m_window->panes().heat; }
    HeatPlot& plot() { return *heat().plot(); }
    HistogramView& histogram() { return *m_window->panes().histogram; }
    void showHeat(const char* text)
    {
        slice(text);
        trigger("pane.heat");
        QTRY_VERIFY_WITH_TIMEOUT(heat().complete(), 20000);
    }
    QPoint centre(std::int64_t row, std::int64_t column)
    {
        const HeatGeometry g = plot().geometry();
        return QPointF(g.x(double(column) + 0.5), g.y(double(row) + 0.5)).toPoint();
    }
    QColor pixel(std::int64_t row, std::int64_t column)
    {
        plot().replot();
        return plot().grab().toImage().pixelColor(centre(row, column));
    }
    std::vector<double> bars()
    {
        std::vector<double> counts;
        for (const auto& bar : *histogram().plot()->bars().data())
            counts.push_back(bar.value);
        return counts;
    }
    double statistic(const char* key, int column = 0)
    {
        for (const QString& line : histogram().statistics()->tsv().split('\n'))
            if (line.section('\t', 0, 0) == QLatin1String(key))
                return line.section('\t', column + 1, column + 1).toDouble();
        return std::nan("");
    }

private Q_SLOTS:
    void initTestCase()
    {
        useOwnSettings("ravel-test-inspect");
        writeBytes(m_folder.filePath("inspect.safetensors").toStdString(), fileBytes());
    }

    void init()
    {
        QSettings().clear();
        QVERIFY(openWindow(m_folder.filePath("inspect.safetensors"), { 1600, 1000 }));
        // The screen of a machine without one is small: cells of some pixels need room.
        m_window->panes().heatDock->setFloating(true);
        m_window->panes().heatDock->resize(760, 640);
    }

    void cleanup() { m_window.reset(); }

    void withoutADocumentCommandsSayWhy()
    {
        MainWindow empty;
        for (const auto& command : empty.actions().all())
            if (command.id.startsWith("heat.") || command.id.startsWith("histogram.")) {
                QVERIFY2(!command.action->isEnabled(), qPrintable(command.id));
                QVERIFY(!command.reason.isEmpty());
            }
    }

    void aPlantedNanIsSeenAtItsCellAndARampIsARamp()
    {
        showHeat("w");
        heat().setColors(ColorMap::Viridis);
        QCOMPARE(pixel(nanRow, nanColumn), nanColor());
        const auto& map = ColorMap::of(ColorMap::Viridis);
        QCOMPARE(pixel(0, 0).rgb(), map.at(0));
        QCOMPARE(pixel(rows - 1, columns - 1).rgb(), map.at(1));
        for (const auto& [row, column] : { std::pair(10, 3), std::pair(20, 15), std::pair(33, 29) })
            QCOMPARE(pixel(row, column).rgb(), map.at(double(row * columns + column) / (rows * columns - 1)));
        QCOMPARE(plot().picture()->nan, 1);
        // Zoomed out to a few pixels it is still there.
        plot().showCells(QRectF(0, 0, columns, rows));
        QCOMPARE(pixel(nanRow, nanColumn), nanColor());
    }

    void zeroIsWhiteOnTheDivergingMap()
    {
        showHeat("w");
        trigger("heat.colors.blue-white-orange");
        QVERIFY(heat().range()->symmetric());
        QCOMPARE(plot().scale().low, -plot().scale().high);
        QCOMPARE(pixel(0, 0).rgb(), ColorMap::of(ColorMap::BlueWhiteOrange).at(0.5));
        QCOMPARE(pixel(rows - 1, columns - 1).rgb(), ColorMap::of(ColorMap::BlueWhiteOrange).at(1));
    }

    void theRangeFollowsPercentilesAndWhatIsTyped()
    {
        showHeat("bias"); // 0 to 599
        trigger("heat.range.percentile5");
        QVERIFY(std::abs(plot().scale().low - 0.05 * 599) < 5 && std::abs(plot().scale().high - 0.95 * 599) < 5);
        heat().range()->type(100, 200);
        QCOMPARE(plot().scale().low, 100.0);
        QCOMPARE(plot().scale().high, 200.0);
        trigger("heat.range.full");
        QCOMPARE(plot().scale().high, 599.0);
        trigger("heat.range.symmetric");
        QCOMPARE(plot().scale().low, -599.0);
    }

    void aRectangleIsASelectionAndIsOutlined()
    {
        showHeat("w");
        drag(plot(), centre(3, 4), centre(9, 12));
        QCOMPARE(selected(), QString("w[3:10, 4:13]"));
        QCOMPARE(heat().view()->tensor, selection().selection().boxes.front().tensor);
        // The other way: what is typed is outlined; the frame stands at its edge.
        slice("w[10:20, 5:15]");
        plot().replot();
        const HeatGeometry g = plot().geometry();
        const QImage image = plot().grab().toImage();
        const QPoint corner = QPointF(g.x(5), g.y(10)).toPoint();
        bool white = false;
        for (int dx = -2; dx <= 1; ++dx)
            white = white || image.pixelColor(corner.x() + dx, int(g.y(15))) == Qt::white;
        QVERIFY(white);
        QTest::mouseClick(&plot(), Qt::LeftButton, {}, centre(1, 1));
        QVERIFY(selection().selection().empty());
        QVERIFY(heat().view()); // the picture stays
    }

    void slidersStandTheOtherDimensions()
    {
        showHeat("conv");
        QCOMPARE(heat().view()->otherDims(), (std::vector<int> { 0, 1 }));
        auto* spin = heat().findChild<QSpinBox*>("place1");
        auto* slider = heat().findChild<QSlider*>("slider0");
        QVERIFY(spin && slider && spin->isVisible());
        slider->setValue(2);
        spin->setValue(1);
        QTRY_VERIFY(heat().complete());
        QCOMPARE(plot().picture()->values[0], double((2 * 3 + 1) * 30));
        drag(plot(), centre(1, 2), centre(3, 4));
        QCOMPARE(selected(), QString("conv[2, 1, 1:4, 2:5]"));
        // A selection elsewhere moves the sliders there.
        slice("conv[3, 0, :2, :]");
        QTRY_COMPARE(heat().view()->at[0], 3);
        QCOMPARE(slider->value(), 3);
    }

    void kernelsStandInAGrid()
    {
        showHeat("conv");
        trigger("heat.kernels");
        QTRY_VERIFY(heat().complete());
        QCOMPARE(heat().view()->rows(), 4 * 6 - 1);
        QCOMPARE(heat().view()->columns(), 3 * 7 - 1);
        const auto picture = plot().picture();
        QCOMPARE(picture->values[picture->index(6 + 2, 14 + 1)], double(((1 * 3 + 2) * 5 + 2) * 6 + 1)); // conv[1, 2, 2, 1]
        QCOMPARE(int(picture->marks[picture->index(5, 0)]), 0); // between two of them
        drag(plot(), centre(6, 0), centre(15, 9));
        QCOMPARE(selected(), QString("conv[1:3, :2, :, :]"));
    }

    // Nearly square; what is under the pointer, selected and outlined is the kernel that is seen there.
    void kernelsOfOneChannelAreWrapped()
    {
        showHeat("depthwise");
        trigger("heat.kernels");
        QTRY_VERIFY(heat().complete());
        QCOMPARE(heat().view()->rows(), 4 * 4 - 1); // 14 kernels of 3 x 3: 4 in a row, 2 in the last
        QCOMPARE(heat().view()->columns(), 4 * 4 - 1);
        for (const std::int64_t kernel : { 0, 5, 13 }) // a ramp
            QCOMPARE(plot().picture()->values[plot().picture()->index(kernel / 4 * 4 + 2, kernel % 4 * 4 + 1)], double(kernel * 9 + 7));
        moveTo(plot(), centre(4 + 2, 4 + 1));
        QTRY_COMPARE(heat().readout(), QString("depthwise[5, 0, 2, 1] = 52"));
        const QImage pointed = plot().grab().toImage();
        moveTo(plot(), centre(13, 13)); // after the last
        QTRY_COMPARE(heat().readout(), QString());
        const QImage empty = plot().grab().toImage();
        moveTo(plot(), { -10, -10 });
        QCOMPARE(plot().grab().toImage(), empty); // no frame around nothing
        QVERIFY(pointed != empty);
        drag(plot(), centre(4, 5), centre(6, 6));
        QCOMPARE(selected(), QString("depthwise[5, 0, :, 1:]"));
        drag(plot(), centre(1, 5), centre(5, 9)); // touches 1, 2 and 5, 6
        QCOMPARE(selection().selection().boxes.size(), std::size_t(2));
        QCOMPARE(boxText(*m_window->session().document()->layout(), selection().selection().boxes[1]), std::string("depthwise[5:7, 0, :, :]"));
        slice("depthwise[13]");
        plot().replot();
        const HeatGeometry g = plot().geometry();
        QCOMPARE(plot().grab().toImage().pixelColor(QPointF(g.x(4.5), g.y(12)).toPoint()), QColor(Qt::black)); // its frame
    }

    void axesAreChosenAndSwapped()
    {
        showHeat("w");
        trigger("heat.swap");
        QTRY_VERIFY(heat().complete());
        QCOMPARE(heat().view()->rows(), columns);
        QCOMPARE(pixel(nanColumn, nanRow), nanColor());
        drag(plot(), centre(2, 5), centre(4, 9));
        QCOMPARE(selected(), QString("w[5:10, 2:5]"));
    }

    void thePointerReadsTheElementInFull()
    {
        showHeat("w");
        moveTo(plot(), centre(5, 6));
        QTRY_COMPARE(heat().readout(), QString("w[5, 6] = 156"));
        QCOMPARE(selection().hovered()->value, 5 * columns + 6);
    }

    void aNumberIsShownAsOneAndAnEditIsSeen()
    {
        slice("one");
        trigger("pane.heat");
        QTRY_COMPARE(heat().message(), QString("3.25"));
        showHeat("w[2, :]");
        QVERIFY(edit(Operation::Multiply, "0"));
        QTRY_VERIFY(heat().complete() && plot().picture()->values[plot().picture()->index(2, 5)] == 0);
    }

    // What was read before the numbers changed is no picture of those that are there now, however late it comes.
    void aPictureOfOldNumbersIsNotShown()
    {
        showHeat("w");
        const auto gate = std::make_shared<Gate>();
        heat().setNumbers(gated(m_window->session().document()->checkpoint(), gate), "B");
        QTRY_VERIFY(gate->reads > 0);
        m_window->panes().heatDock->hide(); // it asks for nothing more before it is shown again
        gate->value = 2;
        Q_EMIT m_window->session().editsChanged(); // while 1 is being read
        gate->open.release(1000);
        QTRY_VERIFY(!heat().findChild<HeatLoader*>()->busy());
        m_window->panes().heatDock->show();
        QTRY_VERIFY(heat().complete());
        QCOMPARE(plot().picture()->min, 2.0);
    }

    void aValueUnderThePointerFollowsAnEdit()
    {
        showHeat("w");
        moveTo(plot(), centre(5, 6));
        QTRY_COMPARE(heat().readout(), QString("w[5, 6] = 156"));
        QVERIFY(edit(Operation::Add, "1"));
        QTRY_COMPARE(heat().readout(), QString("w[5, 6] = 157"));
    }

    void anotherFileTakesTheTensorsOfTheLastOneAway()
    {
        slice("*.weight");
        auto* part = heat().findChild<QComboBox*>("heatTensor");
        QTRY_COMPARE(part->count(), 4);
        QVERIFY(part->isVisibleTo(&heat()));
        QVERIFY(open(*m_window, writeSample(m_folder)));
        QVERIFY(!part->isVisibleTo(&heat()));
        QCOMPARE(part->count(), 0);
    }

    void aTypedRangeHasItsFieldsInANarrowPane()
    {
        showHeat("w");
        m_window->panes().heatDock->resize(460, 640);
        QTRY_VERIFY(heat().width() < 600);
        const auto fields = heat().range()->findChildren<QLineEdit*>();
        QCOMPARE(fields.size(), 2);
        for (const QLineEdit* field : fields)
            QVERIFY(!field->isVisible());
        heat().range()->setCut(HeatRange::typed);
        for (const QLineEdit* field : fields)
            QVERIFY(field->isVisible());
        heat().range()->setCut(0);
        for (const QLineEdit* field : fields)
            QVERIFY(!field->isVisible());
    }

    void aDifferenceIsDrawn()
    {
        showHeat("w");
        const Document& document = *m_window->session().document();
        const auto matching = Matcher(document.checkpointPtr(), document.checkpointPtr()).match({}, {}).value();
        const EditedVector difference
            = derive(Side::Difference, *document.layout(), document.edited(), EditedVector(document.checkpointPtr()), matching.pairs).value().vector;
        heat().setNumbers(difference, "A - B");
        QTRY_VERIFY(heat().complete());
        QCOMPARE(plot().picture()->max, 0.0);
        histogram().setNumbers(difference, "A - B");
        QTRY_VERIFY(histogram().exact());
        QCOMPARE(statistic("zeros"), double(rows * columns)); // NaN on both sides is no difference
        heat().setNumbers(std::nullopt);
        histogram().setNumbers(std::nullopt);
        QTRY_VERIFY(heat().complete() && plot().picture()->max > 0);
        QTRY_VERIFY(histogram().exact() && statistic("max") == rows * columns - 1);
    }

    void aKnownHistogramAndItsStatistics()
    {
        slice("bias");
        histogram().setCut(0);
        QTRY_VERIFY(histogram().exact());
        double sum = 0;
        for (const double n : bars())
            sum += n;
        QCOMPARE(sum, 600.0);
        QCOMPARE(statistic("count"), 600.0);
        QCOMPARE(statistic("mean"), 299.5);
        QVERIFY(std::abs(statistic("skew")) < 1e-12);
        QVERIFY(std::abs(statistic("kurtosis") - (-6.0 / 5 * (600.0 * 600 + 1) / (600.0 * 600 - 1))) < 1e-9); // of the discrete uniform distribution
        QCOMPARE(statistic("q0.5"), 299.5);
        QCOMPARE(statistic("l1"), 599.0 * 600 / 2);
        QCOMPARE(statistic("zeros"), 1.0);
        trigger("histogram.copy");
        QVERIFY(QGuiApplication::clipboard()->text().startsWith("statistic\tvalues\ncount\t600\n"));
    }

    void theCutIsStatedOnBothSides()
    {
        slice("bias");
        histogram().setRange(60, 539); // 60 below, 60 above of 600
        QTRY_VERIFY(histogram().exact());
        QVERIFY2(histogram().note().contains("10 % left of, 10 % right of the range"), qPrintable(histogram().note()));
        QCOMPARE(histogram().plot()->xAxis->range().lower, 60.0);
        double sum = 0;
        for (const double n : bars())
            sum += n;
        QCOMPARE(sum, 480.0);
    }

    void brushedBinsAreASelectionThatAnEditHonours()
    {
        slice("bias");
        histogram().setCut(0);
        QTRY_VERIFY(histogram().exact());
        HistogramPlot& p = *histogram().plot();
        p.replot();
        const QRect area = p.axisRect()->rect();
        drag(p, QPoint(area.left() + area.width() / 2 + 3, area.center().y()), QPoint(area.right() - 1, area.center().y()));
        const auto where = selection().selection().where;
        QVERIFY(where && where->low > 290 && where->low < 320 && where->high >= 599);
        QVERIFY2(histogram().note().contains("selected"), qPrintable(histogram().note()));
        const QAbstractItemModel* cells = m_window->panes().values->table()->model();
        const auto marked = [cells] {
            std::vector<std::size_t> places;
            for (int row = 0; row < cells->rowCount(); ++row)
                for (int column = 0; column < cells->columnCount(); ++column)
                    if (const QModelIndex cell = cells->index(row, column); cell.data(ValueModel::TakenRole).toBool())
                        places.push_back(cell.data().toULongLong());
            return places;
        };
        QTRY_VERIFY(!marked().empty());
        const auto places = marked();
        QCOMPARE(double(places.front()), std::ceil(where->low)); // each is its own index
        QCOMPARE(places.size(), std::size_t(600) - places.front());
        // How many that are is said where the selection is: 600 numbers, counting.
        const int taken = 600 - int(std::ceil(where->low));
        QCOMPARE(selection().taken()->elements, taken);
        const QString status = u"%1 of 600 selected: "_s.arg(taken) + predicateText(*where);
        QVERIFY(status.endsWith(u" x ≤ 599"_s));
        const auto labels = m_window->statusBar()->findChildren<QLabel*>();
        QVERIFY2(std::any_of(labels.begin(), labels.end(), [&](const QLabel* l) { return l->text() == status; }), qPrintable(status));
        QVERIFY2(m_window->panes().slice->answer().contains(u", of these %1 where "_s.arg(taken)), qPrintable(m_window->panes().slice->answer()));
        QVERIFY(edit(Operation::Set, "-1"));
        const auto values = floatsIn(m_window->session().document()->edited(), "bias");
        for (std::size_t i = 0; i < values.size(); ++i)
            QCOMPARE(values[i], double(i) >= where->low ? -1.f : float(i));
    }

    void aDragEndsWithTheHistogramItRunsOver()
    {
        slice("bias");
        QTRY_VERIFY(histogram().exact());
        HistogramPlot& p = *histogram().plot();
        p.replot();
        const QPoint from = p.axisRect()->rect().center();
        QTest::mousePress(&p, Qt::LeftButton, {}, from);
        p.showNothing();
        moveTo(p, from + QPoint(60, 0), Qt::LeftButton);
        QTest::mouseRelease(&p, Qt::LeftButton, {}, from + QPoint(60, 0));
        QVERIFY(!selection().selection().where);
    }

    void whatIsKeptStandsOverWhatComesNext()
    {
        slice("layers.0.q.weight");
        QTRY_VERIFY(histogram().exact());
        trigger("histogram.keep");
        slice("bias");
        histogram().setCut(0);
        QTRY_VERIFY(histogram().exact() && histogram().plot()->other(0));
        QCOMPARE(histogram().statistics()->columnCount(), 2);
        QCOMPARE(statistic("max", 1), 63.0);
        // Its 64 numbers stand as if there were 600.
        double sum = 0;
        const auto& data = *histogram().plot()->other(0)->data();
        for (int i = 0; i + 1 < data.size(); ++i)
            sum += data.at(i)->value;
        QVERIFY(std::abs(sum - 600) < 1e-6);
        trigger("histogram.keep");
        QTRY_VERIFY(histogram().exact() && !histogram().plot()->other(0));
    }

    void aGlobIsARidge()
    {
        slice("*.q.weight");
        trigger("histogram.ridge");
        QTRY_VERIFY(histogram().exact());
        QCOMPARE(histogram().plot()->answer()->series.size(), 4u);
        QCOMPARE(histogram().statistics()->rowCount(), 4);
        QVERIFY(bars().empty());
        // What is drawn: in the last row the numbers are spread out, in the first they stand at the left.
        HistogramPlot& p = *histogram().plot();
        p.replot();
        const QImage image = p.grab().toImage();
        const QColor ground = image.pixelColor(p.axisRect()->rect().right() - 3, p.axisRect()->rect().top() + 2);
        const int x = p.axisRect()->rect().right() - 6;
        QVERIFY(image.pixelColor(x, int(p.ridgeRow(3).first) - 3) != ground);
        QCOMPARE(image.pixelColor(x, int(p.ridgeRow(0).first) - 3), ground);
        QTest::mouseDClick(&p, Qt::LeftButton, {}, QPoint(x, int(p.ridgeRow(1).first) - 3));
        QCOMPARE(selected(), QString("layers.1.q.weight"));
    }

    void theSameTensorInOtherLayersIsOneCommand()
    {
        slice("layers.2.q.weight");
        trigger("histogram.siblings");
        QCOMPARE(selection().selection().boxes.size(), 4u);
        QVERIFY(histogram().ridge());
    }

    void scalesMoveTheAxesAndNotTheCounts()
    {
        slice("bias");
        histogram().setCut(0);
        QTRY_VERIFY(histogram().exact());
        const auto linear = bars();
        trigger("histogram.counts.symlog");
        const auto symlog = bars();
        QCOMPARE(symlog.size(), linear.size());
        for (std::size_t i = 0; i < linear.size(); ++i)
            QCOMPARE(symlog[i], std::log10(1 + linear[i]));
        trigger("histogram.counts.linear");
        trigger("histogram.values.symlog");
        QTRY_VERIFY(histogram().exact());
        double sum = 0;
        for (const double n : bars())
            sum += n;
        QCOMPARE(sum, 600.0);
        QCOMPARE(histogram().plot()->axisValue(0), 0.0);
        QVERIFY(histogram().plot()->xAxis->range().upper < 4); // decades
    }
};

QTEST_MAIN(TestInspect)
#include "tst_inspect.moc"
