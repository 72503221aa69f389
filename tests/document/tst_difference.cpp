// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/difference.h"

#include "stats/measure.h"
#include "stats/pyramid.h"
#include "support/fixtures.h"

#include "document/document.h"

#include <QTest>
#include <cmath>
#include <cstring>
#include <limits>

using namespace ravel;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

std::shared_ptr<const Checkpoint> floats(const std::vector<float>& values, const std::vector<FixtureTensor>& tensors)
{
    return fixtureCheckpoint({ storageOf(Dtype::Float32, values) }, tensors);
}

struct Both {
    std::shared_ptr<const FlatLayout> layout;
    DerivedNumbers derived;
};

Both both(Side side, const EditedVector& a, const EditedVector& b)
{
    const auto layout = *FlatLayout::make(a.checkpointPtr(), {});
    const auto matching = Matcher(a.checkpointPtr(), b.checkpointPtr()).match({}, {});
    return { layout, *derive(side, *layout, a, b, matching->pairs) };
}

std::vector<double> numbersOf(const DerivedNumbers& derived, TensorOrdinal tensor)
{
    std::vector<std::byte> bytes;
    if (!derived.vector.readBox(wholeBox(derived.vector.checkpoint(), tensor), bytes))
        return {};
    std::vector<double> numbers(bytes.size() / sizeof(double));
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    return numbers;
}

EditedVector edited(const std::shared_ptr<const Checkpoint>& checkpoint, const std::string& select, double value)
{
    Step step;
    step.operation = Operation::Set;
    step.select = { { select, false } };
    step.value = Number::ofReal(value);
    const EditedVector before(checkpoint);
    const auto prepared = Document::prepare(step, *FlatLayout::make(checkpoint, {}), before, {});
    return prepared ? before.with(prepared->step) : before;
}

} // namespace

class TestDifference : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMinusBStandsAtThePlacesOfA()
    {
        const auto a = floats({ 1, 2, 3, 4, 5, 6, 7, 8 }, { { "x", 0, { 2, 3 } }, { "alone", 0, { 2 }, {}, 6 } });
        const auto b = floats({ 0, 0, 9, 1, 1, 1, 2, 2, 2 }, { { "y", 0, { 2 } }, { "x", 0, { 2, 3 }, { 1, 2 }, 3 } }); // transposed
        const auto [layout, derived] = both(Side::Difference, EditedVector(a), EditedVector(b));
        QCOMPARE(derived.layout->numel(), layout->numel());
        QCOMPARE(derived.layout->listed()[1].offset, layout->listed()[1].offset);
        QCOMPARE(numbersOf(derived, 0), (std::vector<double> { 0, 1, 1, 3, 3, 4 }));
        QCOMPARE(derived.absent, (std::vector<FlatRange> { { FlatIndex(6), FlatIndex(8) } }));
        QVERIFY(!derived.vector.checkpoint().tensors[1].readable);
        QCOMPARE(derived.vector.checkpoint().tensors[1].reason, std::string("the other checkpoint does not have it"));
    }

    void bKeepsItsDtype()
    {
        const auto a = floats({ 1, 2 }, { { "x", 0, { 2 } } });
        const std::vector<std::int16_t> whole { 7, -3 };
        const auto b = fixtureCheckpoint({ storageOf(Dtype::Int16, whole) }, { { "x", 0, { 2 } } });
        const auto [layout, derived] = both(Side::B, EditedVector(a), EditedVector(b));
        QCOMPARE(derived.vector.checkpoint().tensors[0].dtype, Dtype::Int16);
        std::vector<std::byte> bytes;
        QVERIFY(derived.vector.readBox(wholeBox(derived.vector.checkpoint(), 0), bytes));
        QCOMPARE(std::memcmp(bytes.data(), whole.data(), 4), 0);
    }

    void whatIsNotFiniteIsToldApart()
    {
        const auto a = floats({ notANumber, notANumber, inf, inf, inf, 1 }, { { "x", 0, { 6 } } });
        const auto b = floats({ notANumber, 1, inf, -inf, 2, -inf }, { { "x", 0, { 6 } } });
        const auto numbers = numbersOf(both(Side::Difference, EditedVector(a), EditedVector(b)).derived, 0);
        QCOMPARE(numbers.size(), std::size_t(6));
        QCOMPARE(numbers[0], 0.0);
        QVERIFY(std::isnan(numbers[1]));
        QCOMPARE(numbers[2], 0.0);
        for (const std::size_t i : { 3, 4, 5 })
            QCOMPARE(numbers[i], double(inf));
    }

    // In passes and in memory: x - 0 has the statistics of x.
    void itIsMeasuredAsAnyNumbers()
    {
        for (const std::int64_t n : { std::int64_t(1000), std::int64_t(300'000) }) {
            std::vector<float> x(static_cast<std::size_t>(n));
            for (std::size_t i = 0; i < x.size(); ++i)
                x[i] = std::sin(static_cast<float>(i) * 0.7f);
            const auto a = floats(x, { { "x", 0, { n } } }), zero = floats(std::vector<float>(x.size()), { { "x", 0, { n } } });
            const Selection all { { wholeBox(*a, 0) }, std::nullopt };
            MeasureOptions options;
            options.higher = true;
            const auto direct = measure(EditedVector(a), all, options, {}), difference = measure(both(Side::Difference, EditedVector(a), EditedVector(zero)).derived.vector, all, options, {});
            QVERIFY(direct && difference);
            QCOMPARE(difference->histogram, direct->histogram);
            QCOMPARE(difference->quantiles, direct->quantiles);
            QCOMPARE(difference->summary.count, n);
        }
    }

    void anotherShapeIsAbsent()
    {
        const auto a = floats({ 1, 2, 3, 4 }, { { "x", 0, { 4 } } }), b = floats({ 1, 2, 3, 4 }, { { "x", 0, { 2, 2 } } });
        QCOMPARE(both(Side::Difference, EditedVector(a), EditedVector(b)).derived.absent.size(), std::size_t(1));
    }

    void aPyramidOfItIsExactAndLeavesOutWhatIsAbsent()
    {
        std::vector<float> left(10'000), right(10'000);
        for (std::size_t i = 0; i < left.size(); ++i)
            right[i] = left[i] = static_cast<float>(i % 7);
        right[4321] += 3;
        const std::vector<FixtureTensor> tensors { { "x", 0, { 5000 } }, { "only", 0, { 1000 }, {}, 5000 }, { "z", 0, { 100 }, {}, 9000 } };
        const auto a = floats(left, tensors), b = floats(right, { tensors[0], tensors[2] });
        const auto [layout, derived] = both(Side::Difference, EditedVector(a), EditedVector(b));
        Pyramid pyramid(derived.layout);
        QVERIFY(pyramid.build(derived.vector, {}));
        QCOMPARE(pyramid.knownBlocks(), pyramid.blockCount());
        QCOMPARE(pyramid.segmentSummary(0)->min, -3.0);
        QCOMPARE(pyramid.segmentSummary(0)->max, 0.0);
        QCOMPARE(pyramid.segmentSummary(0)->zeros, 4999);
        QCOMPARE(pyramid.segmentSummary(1)->count, 0);
        QCOMPARE(pyramid.segmentSummary(2)->zeros, 100);
        std::vector<Column> columns(61);
        pyramid.columns(0, 6100, columns);
        QVERIFY(columns[55].is(Column::Known) && columns[55].is(Column::NoFinite));
        QVERIFY(!columns[55].is(Column::HasNan) && !columns[55].is(Column::AllZero));
        const auto measured = measure(derived.vector, wholeSelection(*derived.layout), {}, {});
        QVERIFY(measured);
        QCOMPARE(measured->summary.count, 5100);
    }

    void editsAgainstTheFileTouchWhatTheyTouch()
    {
        const auto a = floats({ 1, 2, 3, 4, 5, 6 }, { { "x", 0, { 4 } }, { "y", 0, { 2 }, {}, 4 } });
        const EditedVector now = edited(a, "x[1]", 10);
        QCOMPARE(now.steps().size(), std::size_t(1));
        const auto [layout, derived] = both(Side::Difference, now, EditedVector(a));
        QCOMPARE(numbersOf(derived, 0), (std::vector<double> { 0, 8, 0, 0 }));
        QCOMPARE(numbersOf(derived, 1), (std::vector<double> { 0, 0 }));
    }

    // A pyramid of the difference follows an edit of A: the blocks that the step covers, and the same through another name.
    void anEditInvalidatesItsBlocks()
    {
        std::vector<float> values(20'000);
        const auto a = floats(values, { { "x", 0, { 20'000 } } });
        const EditedVector before(a), now = edited(a, "x[5000:5001]", 2);
        const auto [layout, derived] = both(Side::Difference, before, before);
        Pyramid pyramid(derived.layout);
        QVERIFY(pyramid.build(derived.vector, {}));
        pyramid.invalidate(*now.steps().front(), *layout);
        QCOMPARE(pyramid.knownBlocks(), pyramid.blockCount() - 1);
        QVERIFY(pyramid.build(both(Side::Difference, now, before).derived.vector, {}));
        QCOMPARE(pyramid.segmentSummary(0)->max, 2.0);
        QCOMPARE(pyramid.segmentSummary(0)->zeros, 19'999);
    }
};

QTEST_GUILESS_MAIN(TestDifference)
#include "tst_difference.moc"
