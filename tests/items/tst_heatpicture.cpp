// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/heatpicture.h"

#include <QtTest>

#include "base/number.h"
#include "document/difference.h"
#include "support/fixtures.h"

#include <cmath>
#include <random>

using namespace ravel;

namespace {

struct Numbers {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::vector<std::int64_t> shape;
    std::vector<double> values; // row-major

    Numbers(std::vector<std::int64_t> s, std::vector<std::int64_t> stride, const std::vector<float>& stored)
        : checkpoint(fixtureCheckpoint({ storageOf(Dtype::Float32, stored) }, { { "x", 0, s, std::move(stride), 0, TensorKind::Unknown } }))
        , shape(std::move(s))
    {
        std::vector<std::byte> bytes;
        const Box box = wholeBox(*checkpoint, 0);
        if (!EditedVector(checkpoint).readBox(box, bytes))
            throw std::runtime_error("the fixture cannot be read");
        values.resize(static_cast<std::size_t>(box.numel().value));
        toDoubles(Dtype::Float32, bytes.data(), values.size(), values.data());
    }
    double at(const std::vector<std::int64_t>& c) const
    {
        std::int64_t place = 0;
        for (std::size_t d = 0; d < shape.size(); ++d)
            place = place * shape[d] + c[d];
        return values[static_cast<std::size_t>(place)];
    }
    HeatRequest request(const HeatView& view) const
    {
        return { EditedVector(checkpoint), view, view.whole(), 1 << 20, 1 << 20, HeatReduction::Extreme, false };
    }
};

std::vector<float> noise(std::size_t n, unsigned seed = 1)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(n);
    for (float& x : values)
        x = normal(random);
    return values;
}

// The picture, by the definition: each cell asked for its element.
void compareWithDefinition(const Numbers& numbers, const HeatRequest& request, const HeatPicture& picture)
{
    QVERIFY(picture.complete);
    std::int64_t nan = 0, seen = 0;
    for (std::int64_t r = 0; r < picture.rows; ++r)
        for (std::int64_t c = 0; c < picture.columns; ++c) {
            double extreme = 0, sum = 0;
            int finite = 0, marks = 0;
            for (std::int64_t y = 0; y < picture.blockRows; ++y)
                for (std::int64_t x = 0; x < picture.blockColumns; ++x) {
                    const std::int64_t row = picture.window.top + r * picture.blockRows + y, column = picture.window.left + c * picture.blockColumns + x;
                    const auto at = request.view.coordinates(row, column);
                    if (!at || row >= picture.window.bottom || column >= picture.window.right)
                        continue;
                    QCOMPARE(request.view.place(*at), std::pair(row, column)); // the way back
                    const double value = numbers.at(*at);
                    ++seen;
                    marks |= HeatPicture::Known;
                    if (!std::isfinite(value)) {
                        marks |= std::isnan(value) ? HeatPicture::Nan : value > 0 ? HeatPicture::PositiveInf : HeatPicture::NegativeInf;
                        nan += std::isnan(value);
                        continue;
                    }
                    marks |= HeatPicture::Finite;
                    if (finite++ == 0 || std::abs(value) > std::abs(extreme))
                        extreme = value;
                    sum += value;
                }
            const std::size_t i = picture.index(r, c);
            QCOMPARE(int(picture.marks[i]), marks);
            if (request.reduction == HeatReduction::Mean)
                QVERIFY(std::abs(picture.values[i] - (finite > 0 ? sum / finite : 0)) <= 1e-12 * (1 + std::abs(sum)));
            else
                QCOMPARE(std::abs(picture.values[i]), std::abs(extreme));
        }
    QCOMPARE(picture.numbers, seen);
    QCOMPARE(picture.nan, nan);
}

} // namespace

class TestHeatPicture : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyCellIsItsElement_data()
    {
        using L = QList<qint64>;
        QTest::addColumn<L>("shape");
        QTest::addColumn<L>("stride");
        QTest::addColumn<int>("row");
        QTest::addColumn<int>("column");
        QTest::addColumn<bool>("kernels");
        QTest::newRow("vector") << L { 1000 } << L {} << -1 << -1 << false;
        QTest::newRow("short vector") << L { 7 } << L {} << -1 << -1 << false;
        QTest::newRow("matrix") << L { 50, 70 } << L {} << 0 << 1 << false;
        QTest::newRow("swapped") << L { 50, 70 } << L {} << 1 << 0 << false;
        QTest::newRow("transposed in storage") << L { 50, 70 } << L { 1, 50 } << 0 << 1 << false;
        QTest::newRow("expanded") << L { 50, 70 } << L { 0, 1 } << 0 << 1 << false;
        QTest::newRow("three, a slice") << L { 5, 9, 11 } << L {} << 0 << 2 << false;
        QTest::newRow("four, inner dimensions stand") << L { 6, 7, 2, 3 } << L {} << 0 << 1 << false;
        QTest::newRow("kernels") << L { 6, 4, 3, 5 } << L {} << 2 << 3 << true;
        QTest::newRow("kernels, transposed") << L { 6, 4, 3, 5 } << L { 1, 6, 24, 72 } << 3 << 2 << true;
        QTest::newRow("kernels of one channel") << L { 13, 1, 3, 5 } << L {} << 2 << 3 << true;
        QTest::newRow("kernels of one filter") << L { 1, 12, 3, 5 } << L {} << 2 << 3 << true;
        QTest::newRow("kernels of one channel, stored along them") << L { 13, 1, 3, 5 } << L { 1, 13, 13, 39 } << 2 << 3 << true;
        QTest::newRow("kernels of one number") << L { 11, 1, 1, 1 } << L {} << 2 << 3 << true;
        QTest::newRow("kernels of one channel, three dimensions") << L { 7, 1, 2, 3, 4 } << L {} << 3 << 4 << true;
        QTest::newRow("one row") << L { 1, 300 } << L {} << 0 << 1 << false;
    }
    void everyCellIsItsElement()
    {
        QFETCH(QList<qint64>, shape);
        QFETCH(QList<qint64>, stride);
        QFETCH(int, row);
        QFETCH(int, column);
        QFETCH(bool, kernels);
        std::size_t n = 1;
        for (const qint64 size : shape)
            n *= std::size_t(size);
        std::vector<float> stored = noise(n);
        stored[n / 3] = NAN;
        stored[n / 2] = INFINITY;
        stored[n - 1] = -INFINITY;
        const Numbers numbers({ shape.begin(), shape.end() }, { stride.begin(), stride.end() }, stored);
        HeatView view = HeatView::of(0, numbers.shape);
        if (row >= 0) {
            view.setAxes(row, column);
            view.setKernels(kernels);
        }
        for (const int d : view.otherDims())
            view.at[std::size_t(d)] = 1;
        HeatRequest request = numbers.request(view);
        for (const std::int64_t most : { 1 << 20, 16, 5, 1 })
            for (const auto reduction : { HeatReduction::Extreme, HeatReduction::Mean }) {
                request.mostRows = request.mostColumns = most;
                request.reduction = reduction;
                for (const CellRect& window : { view.whole(), CellRect { 2, 3, 9, 40 }.cut(view.whole()) }) {
                    request.window = window;
                    const auto picture = readHeat(request, Job());
                    QVERIFY(picture.has_value());
                    compareWithDefinition(numbers, request, **picture);
                    if (QTest::currentTestFailed())
                        return;
                }
            }
    }

    void profilesAreThoseOfRowsAndColumns()
    {
        std::vector<float> stored(6 * 4);
        for (std::size_t i = 0; i < stored.size(); ++i)
            stored[i] = float(i);
        stored[5] = NAN; // row 1, column 1
        const Numbers numbers({ 6, 4 }, {}, stored);
        const auto picture = readHeat(numbers.request(HeatView::of(0, numbers.shape)), Job()).value();
        QCOMPARE(picture->byRow.mean[0], 1.5);
        QCOMPARE(picture->byRow.min[2], 8.0);
        QCOMPARE(picture->byRow.max[2], 11.0);
        QCOMPARE(picture->byRow.mean[1], (4 + 6 + 7) / 3.0);
        QCOMPARE(picture->byColumn.mean[0], 10.0);
        QCOMPARE(picture->byColumn.min[1], 1.0);
        QCOMPARE(picture->byColumn.mean[1], (1 + 9 + 13 + 17 + 21) / 5.0);
        QCOMPARE(picture->sketch.count(), 23);
    }

    void aSampleSaysThatItIsOne()
    {
        const Numbers numbers({ 6000, 1000 }, {}, noise(6'000'000));
        HeatRequest request = numbers.request(HeatView::of(0, numbers.shape));
        request.mostRows = 100;
        request.sample = true;
        const auto picture = readHeat(request, Job()).value();
        QVERIFY(picture->sampled && !picture->complete);
        QCOMPARE(picture->numbers, 100 * 1000);
        for (const std::uint8_t marks : picture->marks)
            QVERIFY(marks != 0); // no block without a colour
    }

    void aRectangleSelectsWhatItShows_data()
    {
        QTest::addColumn<QList<qint64>>("shape");
        QTest::addColumn<bool>("kernels");
        QTest::newRow("matrix") << QList<qint64> { 20, 30 } << false;
        QTest::newRow("slice") << QList<qint64> { 3, 20, 30 } << false;
        QTest::newRow("vector") << QList<qint64> { 700 } << false;
        QTest::newRow("kernels") << QList<qint64> { 4, 3, 5, 6 } << true;
        QTest::newRow("kernels of one channel") << QList<qint64> { 13, 1, 3, 4 } << true;
        QTest::newRow("kernels of one filter") << QList<qint64> { 1, 12, 3, 4 } << true;
        QTest::newRow("very many kernels of one channel") << QList<qint64> { 5000, 1, 1, 1 } << true;
    }
    // Boxes and outlines go together: what a rectangle selects is outlined around every cell of it.
    void aRectangleSelectsWhatItShows()
    {
        QFETCH(QList<qint64>, shape);
        QFETCH(bool, kernels);
        HeatView view = HeatView::of(0, { shape.begin(), shape.end() });
        view.setKernels(kernels);
        std::mt19937 random(7);
        for (int i = 0; i < 300; ++i) {
            const auto pick = [&random](std::int64_t n) { return std::int64_t(random() % std::uint64_t(n)); };
            std::int64_t t = pick(view.rows()), b = pick(view.rows()), l = pick(view.columns()), r = pick(view.columns());
            const CellRect rect { std::min(t, b), std::min(l, r), std::max(t, b) + 1, std::max(l, r) + 1 };
            std::int64_t inside = 0;
            std::vector<CellRect> outlines;
            const auto boxes = view.boxes(rect);
            for (const Box& box : boxes) {
                for (std::size_t d = 0; d < box.slices.size(); ++d)
                    QVERIFY(box.slices[d].start >= 0 && box.slices[d].start + box.slices[d].count <= shape[qsizetype(d)]);
                for (const CellRect& one : view.outlines(box, 1000)) {
                    outlines.push_back(one);
                    for (std::int64_t y = one.top; y < one.bottom; ++y)
                        for (std::int64_t x = one.left; x < one.right; ++x)
                            inside += view.coordinates(y, x).has_value();
                }
            }
            std::int64_t selected = 0;
            for (const Box& box : boxes)
                selected += box.numel().value;
            QCOMPARE(inside, selected);
            // Each element in the rectangle is selected.
            for (std::int64_t y = rect.top; y < rect.bottom; ++y)
                for (std::int64_t x = rect.left; x < rect.right; ++x)
                    QVERIFY(!view.coordinates(y, x) || std::any_of(outlines.begin(), outlines.end(), [&](const CellRect& o) {
                        return o.top <= y && y < o.bottom && o.left <= x && x < o.right;
                    }));
        }
    }

    void outlinesFollowSteps()
    {
        QCOMPARE(HeatView::of(0, {}).outlines({ 0, {} }, 100), (std::vector<CellRect> { { 0, 0, 1, 1 } }));
        HeatView wrapped = HeatView::of(0, { 16, 1, 3, 3 }); // kernels, 4 in a row
        wrapped.setKernels(true);
        const auto of = [&](Slice kernels) { return wrapped.outlines({ 0, { kernels, { 0, 1, 1, true }, { 0, 3, 1, false }, { 0, 3, 1, false } } }, 100); };
        QCOMPARE(of({ 2, 8, 1, false }), (std::vector<CellRect> { { 0, 8, 3, 15 }, { 4, 0, 7, 15 }, { 8, 0, 11, 7 } })); // to the kernel 9
        QCOMPARE(of({ 13, 3, -5, false }), (std::vector<CellRect> { { 0, 12, 3, 15 }, { 8, 0, 11, 3 }, { 12, 4, 15, 7 } }));
        const HeatView view = HeatView::of(0, { 10, 10 });
        const Box box { 0, { { 1, 2, 4, false }, { 8, 3, -2, false } } }; // rows 1, 5; columns 8, 6, 4
        const auto rects = view.outlines(box, 100);
        QCOMPARE(rects.size(), 6u);
        QCOMPARE(rects.front(), (CellRect { 1, 4, 2, 5 }));
        QCOMPARE(view.outlines(box, 3).size(), 1u);
        QCOMPARE(view.outlines(box, 3).front(), (CellRect { 1, 4, 6, 9 }));
    }

    void aDifferenceIsReadAsAnyNumbers()
    {
        const auto a = fixtureCheckpoint({ storageOf<float>(Dtype::Float32, { 1, 2, 3, 4 }), storageOf<float>(Dtype::Float32, { 9 }) },
            { { "x", 0, { 2, 2 }, {}, 0, TensorKind::Unknown }, { "y", 1, { 1 }, {}, 0, TensorKind::Unknown } });
        const auto b = fixtureCheckpoint({ storageOf<double>(Dtype::Float64, { 0.5, 2, NAN, 8 }) }, { { "x", 0, { 2, 2 }, {}, 0, TensorKind::Unknown } });
        const auto layout = FlatLayout::make(a, {}).value();
        const auto matching = Matcher(a, b).match({}, {}).value();
        const EditedVector difference = derive(Side::Difference, *layout, EditedVector(a), EditedVector(b), matching.pairs).value().vector;
        const auto read = [&](TensorOrdinal tensor, std::vector<std::int64_t> shape) {
            const HeatView view = HeatView::of(tensor, std::move(shape));
            return readHeat({ difference, view, view.whole(), 100, 100, HeatReduction::Extreme, false }, Job());
        };
        const auto picture = read(0, { 2, 2 }).value();
        QCOMPARE(picture->values[0], 0.5);
        QCOMPARE(picture->values[1], 0.0);
        QCOMPARE(picture->values[3], -4.0);
        QCOMPARE(picture->nan, 1);
        QVERIFY(!read(1, { 1 })); // b has no y
    }

    // One stored row seen 70,000 times: more than is listed to be read at once.
    void aTensorThatRepeatsARowIsReadInBatches()
    {
        std::vector<float> row(1000);
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = float(i);
        const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::Float32, row) }, { { "x", 0, { 70'000, 1000 }, { 0, 1 }, 0, TensorKind::Unknown } });
        const HeatView view = HeatView::of(0, { 70'000, 1000 });
        const auto picture = readHeat({ EditedVector(checkpoint), view, view.whole(), 7, 10, HeatReduction::Extreme, false }, Job()).value();
        QVERIFY(picture->complete);
        QCOMPARE(picture->numbers, 70'000'000);
        QCOMPARE(picture->rows, 7);
        for (std::int64_t r = 0; r < 7; ++r)
            for (std::int64_t c = 0; c < 10; ++c)
                QCOMPARE(picture->values[picture->index(r, c)], double(100 * c + 99));
        QCOMPARE(picture->byRow.mean[6], 499.5);
    }

    void dimensionsWithSomethingToSeeAreShown()
    {
        const auto cells = [](std::vector<std::int64_t> shape) {
            const HeatView view = HeatView::of(0, std::move(shape));
            return std::pair(view.rows(), view.columns());
        };
        QCOMPARE(cells({ 8, 4, 1, 1 }), std::pair(std::int64_t(8), std::int64_t(4))); // a 1 x 1 convolution
        QCOMPARE(cells({ 1, 64, 1, 1 }), std::pair(std::int64_t(1), std::int64_t(64)));
        QCOMPARE(cells({ 64, 1, 1 }), std::pair(std::int64_t(1), std::int64_t(64)));
        QCOMPARE(cells({ 1, 1, 1 }), std::pair(std::int64_t(1), std::int64_t(1)));
    }

    void kernelsOfOneChannelAreWrapped_data()
    {
        QTest::addColumn<QList<qint64>>("shape");
        QTest::addColumn<qint64>("down");
        QTest::addColumn<qint64>("across");
        QTest::newRow("64") << QList<qint64> { 64, 1, 3, 3 } << qint64(8) << qint64(8);
        QTest::newRow("the other one") << QList<qint64> { 1, 64, 3, 3 } << qint64(8) << qint64(8);
        QTest::newRow("no gap where a few more fill the row") << QList<qint64> { 96, 1, 7, 7 } << qint64(8) << qint64(12);
        QTest::newRow("a prime") << QList<qint64> { 13, 1, 3, 3 } << qint64(4) << qint64(4);
        QTest::newRow("one") << QList<qint64> { 1, 1, 3, 3 } << qint64(1) << qint64(1);
        QTest::newRow("wide kernels stand below each other") << QList<qint64> { 16, 1, 1, 15 } << qint64(8) << qint64(2);
        QTest::newRow("two dimensions are as they are") << QList<qint64> { 64, 3, 3, 3 } << qint64(64) << qint64(3);
    }
    void kernelsOfOneChannelAreWrapped()
    {
        QFETCH(QList<qint64>, shape);
        QFETCH(qint64, down);
        QFETCH(qint64, across);
        HeatView view = HeatView::of(0, { shape.begin(), shape.end() });
        view.setAxes(2, 3);
        view.setKernels(true);
        QCOMPARE(view.rows(), down * (shape[2] + 1) - 1);
        QCOMPARE(view.columns(), across * (shape[3] + 1) - 1);
        view.setKernels(false);
        QVERIFY(!view.wrapped() && view.rows() == shape[2] && view.columns() == shape[3]);
    }

    void aGridBeyondAllMeasureIsNotOffered()
    {
        QVERIFY(HeatView::of(0, { 64, 3, 7, 7 }).canShowKernels());
        HeatView view = HeatView::of(0, { std::int64_t(1) << 62, 1, 1, 1 });
        QVERIFY(!view.canShowKernels());
        view.setKernels(true);
        QVERIFY(!view.kernels());
    }

    void cancelledWorkSaysSo()
    {
        const Numbers numbers({ 100, 100 }, {}, noise(10'000));
        const Job job;
        job.cancel();
        const auto picture = readHeat(numbers.request(HeatView::of(0, numbers.shape)), job);
        QVERIFY(!picture && picture.error().code == ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestHeatPicture)
#include "tst_heatpicture.moc"
