// SPDX-License-Identifier: GPL-3.0-or-later
#include <QHeaderView>
#include <QSignalSpy>
#include <QTableView>
#include <QtTest>

#include "mapfixture.h"
#include "widgets/histogramplot.h"
#include "widgets/histogramview.h"

using namespace ravel;

namespace {

struct Shown {
    MapFixture document;
    SelectionModel selection;
    HistogramView view;
    HistogramPlot* plot = view.findChild<HistogramPlot*>();

    Shown()
    {
        view.resize(420, 360);
        view.show();
    }
    void open(const EditedVector& after) { view.setDocument(document.layout, document.edited, after, &selection); }
    void select(std::int64_t a, std::int64_t b) { selection.select(selectRange(*document.layout, { FlatIndex(a), FlatIndex(b) }).value()); }
    // Over the bins of the second quarter of the picture.
    QPoint brush() // where it began
    {
        plot->replot();
        const QRect area = plot->axisRect()->rect();
        const QPoint from(area.left() + area.width() / 4, area.center().y()), to(area.left() + area.width() / 2, area.center().y());
        QTest::mousePress(plot, Qt::LeftButton, {}, from);
        QMouseEvent move(QEvent::MouseMove, to, plot->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, {});
        QCoreApplication::sendEvent(plot, &move);
        QTest::mouseRelease(plot, Qt::LeftButton, {}, to);
        return from;
    }
    std::vector<double> bars() const
    {
        std::vector<double> counts;
        for (const auto& bar : *plot->bars().data())
            counts.push_back(bar.value);
        return counts;
    }
    std::vector<double> outline() const
    {
        std::vector<double> counts;
        for (const auto& point : *plot->outline().data())
            counts.push_back(point.value);
        return counts;
    }
};

// Counts of numbers in 256 equal bins, the last closed.
std::vector<double> binned(const std::vector<double>& numbers, double low, double high)
{
    std::vector<double> counts(256, 0);
    for (const double x : numbers)
        if (x >= low && x <= high)
            counts[std::size_t(std::min(255.0, std::floor((x - low) / (high - low) * 256)))] += 1;
    return counts;
}

std::vector<double> counting(int n)
{
    std::vector<double> numbers;
    for (int i = 0; i < n; ++i)
        numbers.push_back(i);
    return numbers;
}

} // namespace

class TestHistogramView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theBarsAreTheData()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(MapFixture::matrixAt, MapFixture::countAt);
        QTRY_VERIFY(s.view.exact());
        QCOMPARE(s.bars(), binned(counting(MapFixture::matrix), 0, MapFixture::matrix - 1));
        QVERIFY(s.outline().empty()); // nothing edited: nothing to compare
    }

    void beforeAndAfterShareTheirBins()
    {
        Shown s;
        s.open(s.document.multiplied("b.weight", 2));
        s.select(MapFixture::matrixAt, MapFixture::countAt);
        QTRY_VERIFY(s.view.exact());
        const double high = 2.0 * (MapFixture::matrix - 1);
        std::vector<double> doubled = counting(MapFixture::matrix);
        QCOMPARE(s.bars(), binned(doubled, 0, high));
        for (double& x : doubled)
            x *= 2;
        std::vector<double> outline = binned(doubled, 0, high);
        outline.push_back(outline.back()); // the last point closes the last bin
        QCOMPARE(s.outline(), outline);
    }

    void aPreviewTakesTheAftersPlaceAndGoes()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(MapFixture::biasAt, MapFixture::matrixAt);
        QTRY_VERIFY(s.view.exact());
        s.view.setPreview(s.document.multiplied("a.first.bias", 3));
        QTRY_VERIFY(s.view.exact() && !s.outline().empty());
        QCOMPARE(s.plot->outline().pen().style(), Qt::DashLine);
        QCOMPARE(s.plot->xAxis->range().lower, -1.5);
        s.view.setPreview(std::nullopt);
        QTRY_VERIFY(s.view.exact() && s.outline().empty());
    }

    void logCountsKeepTheBars()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(0, 1000);
        QTRY_VERIFY(s.view.exact());
        const auto linear = s.bars();
        s.view.setCountScale(CountScale::Log);
        QCOMPARE(s.plot->yAxis->scaleType(), QCPAxis::stLogarithmic);
        const auto log = s.bars();
        for (std::size_t i = 0; i < linear.size(); ++i)
            QVERIFY(linear[i] == 0 ? log[i] < 1 : log[i] == linear[i]);
        QVERIFY(s.plot->yAxis->range().lower > 0);
    }

    void logValuesCountDecades()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(MapFixture::matrixAt, MapFixture::countAt);
        s.view.setValueScale(BinScale::Log);
        s.view.setCut(0);
        QTRY_VERIFY(s.view.exact());
        const double top = std::log10(double(MapFixture::matrix - 1));
        QCOMPARE(s.plot->xAxis->range().upper, top);
        QCOMPARE(s.plot->xAxis->range().lower, top - HistogramRequest::decades);
        double sum = 0;
        for (const double n : s.bars())
            sum += n;
        QCOMPARE(sum, double(MapFixture::matrix - 1)); // all but zero
    }

    void theCutIsStated()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(MapFixture::matrixAt, MapFixture::countAt);
        s.view.setCut(5);
        QTRY_VERIFY(s.view.exact());
        double inside = 0;
        for (const double n : s.bars())
            inside += n;
        QVERIFY(std::abs(inside / MapFixture::matrix - 0.9) < 0.01);
        bool stated = false;
        for (const QLabel* label : s.view.findChildren<QLabel*>())
            stated = stated || label->text().contains(QStringLiteral("5 %"));
        QVERIFY(stated);
    }

    void outliersAreLeftOutAndCounted()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(0, MapFixture::ramp); // one spike of 40 above numbers up to 1
        QTRY_VERIFY(s.view.exact());
        QVERIFY(s.plot->xAxis->range().upper < 3);
        bool stated = false;
        for (const QLabel* label : s.view.findChildren<QLabel*>())
            stated = stated || label->text().contains(QStringLiteral("1 above"));
        QVERIFY(stated);
        s.view.setCut(0);
        QTRY_VERIFY(s.view.exact() && s.plot->xAxis->range().upper == 40);
    }

    // Names of tensors stand beside their numbers, not in their place; in a narrow pane their ends do.
    void longNamesLeaveTheNumbersRoom()
    {
        Shown s;
        s.open(s.document.edited);
        s.selection.select(selectRange(*s.document.layout, { FlatIndex(0), FlatIndex(MapFixture::numel) }).value());
        s.view.setRidge(true);
        s.view.resize(270, 300);
        QTRY_VERIFY(s.view.exact());
        const auto* table = s.view.findChild<QTableView*>();
        QVERIFY(table && table->isVisible());
        QTRY_VERIFY2(table->verticalHeader()->maximumWidth() * 2 <= table->width(), // however long a name is
            qPrintable(QStringLiteral("%1 of %2").arg(table->verticalHeader()->maximumWidth()).arg(table->width())));
    }

    void noSelectionIsTheWholeVector()
    {
        Shown s;
        s.open(s.document.edited);
        s.view.setCut(0);
        QTRY_VERIFY(s.view.exact());
        double sum = 0;
        for (const double n : s.bars())
            sum += n;
        QCOMPARE(sum, double(MapFixture::numel - 1)); // all but the NaN
    }

    void draggingOverBinsSelectsTheirValues()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(MapFixture::matrixAt, MapFixture::countAt);
        QTRY_VERIFY(s.view.exact());
        const QPoint from = s.brush();
        const auto where = s.selection.selection().where;
        QVERIFY(where.has_value());
        QVERIFY(std::abs(where->low - 0.25 * MapFixture::matrix) < 200);
        QVERIFY(std::abs(where->high - 0.5 * MapFixture::matrix) < 200);
        // The picture stays: it shows what the predicate leaves out, too.
        QVERIFY(s.view.exact());
        QCOMPARE(s.bars().size(), std::size_t(256));
        QTest::mouseClick(s.plot, Qt::LeftButton, {}, from);
        QVERIFY(!s.selection.selection().where);
        QVERIFY(!s.selection.selection().empty());
    }

    // How many a predicate takes is told as counted only where the bins say so.
    void whatBinsDivideIsNotCounted()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(MapFixture::matrixAt, MapFixture::countAt); // 0, 1, ... 19,999
        s.view.setRange(0, 256); // a number to a bin, and 256 in the last
        QTRY_VERIFY(s.view.exact());
        const Predicate where = s.plot->values(10, 19);
        s.selection.select({ s.selection.selection().boxes, where });
        QCOMPARE(s.selection.taken(), std::optional(SelectionModel::Taken { 10, true }));
        s.view.setCut(0); // one bin has all of them, and others
        QTRY_VERIFY(s.view.exact() && s.plot->xAxis->range().upper > 19000);
        QVERIFY(!s.selection.taken());
        QVERIFY2(!s.view.note().contains(QStringLiteral("selected")), qPrintable(s.view.note()));
        s.view.setRange(12, 268); // it begins before the first bin
        QTRY_VERIFY(s.view.exact() && s.plot->xAxis->range().lower == 12);
        QVERIFY(!s.selection.taken());
        s.selection.select({ s.selection.selection().boxes, Predicate { 19.5, 100.25 } }); // ends in bins, of one number each
        QVERIFY(s.selection.taken() && !s.selection.taken()->exact);
        QVERIFY(std::abs(s.selection.taken()->elements - 81) <= 1);
        s.view.setRange(0, 256);
        QTRY_VERIFY(s.view.exact() && s.plot->xAxis->range().lower == 0);
        s.selection.select({ s.selection.selection().boxes, where });
        QCOMPARE(s.selection.taken(), std::optional(SelectionModel::Taken { 10, true }));
    }

    // Before and preview are shown; what is selected is what the recipe has made so far, and that is neither.
    void aPreviewOfEditedNumbersIsNotWhatIsSelected()
    {
        Shown s;
        s.open(s.document.multiplied("b.weight", 2));
        s.select(MapFixture::matrixAt, MapFixture::countAt);
        s.view.setRange(0, 256);
        QTRY_VERIFY(s.view.exact());
        s.selection.select({ s.selection.selection().boxes, s.plot->values(10, 19) });
        QCOMPARE(s.selection.taken(), std::optional(SelectionModel::Taken { 5, true })); // 10, 12, ... 18
        s.view.setPreview(s.document.multiplied("b.weight", 4));
        QTRY_VERIFY(s.view.exact() && s.plot->look().preview);
        QVERIFY(!s.selection.taken());
    }

    // A selection by value goes by the document's values: bins of other numbers select nothing, and its band is not drawn among them.
    void binsOfOtherNumbersSelectNothing()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(MapFixture::matrixAt, MapFixture::countAt);
        QTRY_VERIFY(s.view.exact());
        const auto* band = s.plot->findChild<QCPItemRect*>();
        QVERIFY(band);
        s.selection.select({ s.selection.selection().boxes, s.plot->values(64, 127) });
        QVERIFY(band->visible());
        const Selection before = s.selection.selection();
        s.view.setNumbers(s.document.multiplied("b.weight", -1), QStringLiteral("B"));
        QTRY_VERIFY(s.view.exact());
        QVERIFY(!band->visible());
        QVERIFY2(!s.view.note().contains(QStringLiteral("selected")), qPrintable(s.view.note()));
        const QPoint from = s.brush();
        QCOMPARE(s.selection.selection(), before);
        QVERIFY(!band->visible());
        QVERIFY2(s.view.note().contains(QStringLiteral("Bins of B select nothing")), qPrintable(s.view.note()));
        QTest::mouseClick(s.plot, Qt::LeftButton, {}, from);
        QCOMPARE(s.selection.selection(), before);
        s.view.setNumbers(std::nullopt);
        QTRY_VERIFY(s.view.exact() && band->visible());
        QVERIFY2(!s.view.note().contains(QStringLiteral("select nothing")), qPrintable(s.view.note()));
    }

    void nothingFiniteIsSaid()
    {
        Shown s;
        s.open(s.document.edited);
        s.select(MapFixture::nanAt, MapFixture::nanAt + 1);
        QTRY_VERIFY(s.view.exact());
        QVERIFY(s.bars().empty());
        bool said = false;
        for (const QLabel* label : s.view.findChildren<QLabel*>())
            said = said || label->text().contains(QStringLiteral("No finite number"));
        QVERIFY(said);
        s.view.clear();
        s.view.grab();
    }
};

QTEST_MAIN(TestHistogramView)
#include "tst_histogramview.moc"
