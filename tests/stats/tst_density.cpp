// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "numbers.h"
#include "edit/appliedstep.h"
#include "edit/editedvector.h"
#include "stats/kernels.h"
#include "stats/density.h"
#include "stats/pyramid.h"
#include "support/fixtures.h"

#include <algorithm>
#include <cmath>

using namespace ravel;

namespace {

std::vector<std::uint16_t> keysOf(const std::vector<float>& values)
{
    std::vector<std::uint16_t> keys(values.size());
    for (std::size_t i = 0; i < values.size(); i += kernels::chunkNumbers)
        kernels::current().keysOfFloats(values.data() + i, std::min(kernels::chunkNumbers, values.size() - i), keys.data() + i);
    return keys;
}

// How many numbers a density has within [low, high], by whole bins.
double countIn(const Density& density, double low, double high)
{
    double count = 0;
    density.forEachRun([&](std::uint16_t bin, std::span<const std::uint8_t> codes) {
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const KeyRange range = densityBinRange(static_cast<std::uint16_t>(bin + i));
            if (range.highest >= low && range.lowest <= high)
                count += static_cast<double>(Density::decoded(codes[i]));
        }
    });
    return count;
}

std::shared_ptr<const FlatLayout> layoutOf(const std::shared_ptr<const Checkpoint>& checkpoint)
{
    LayoutSpec whole;
    whole.scope = "";
    return *FlatLayout::make(checkpoint, whole);
}

double countOf(const DensityTree::View& view, std::size_t column)
{
    double count = 0;
    for (std::uint32_t p = view.columns[column].first; p < view.columns[column].last; ++p)
        count += view.parts[p].count();
    return count;
}

} // namespace

class TestDensity : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsSurviveTheirCode()
    {
        QCOMPARE(Density::coded(0), std::uint8_t(0));
        QCOMPARE(Density::decoded(0), 0.0f);
        QCOMPARE(Density::decoded(Density::coded(1)), 1.0f);
        for (double count = 1; count < 3e10; count *= 1.37) {
            const double back = static_cast<double>(Density::decoded(Density::coded(count)));
            QVERIFY2(std::abs(back / count - 1) < 0.06, qPrintable(QString::number(count)));
        }
    }

    void eachNumberStandsInItsBin()
    {
        const std::vector<float> values { -3, -0.5f, 0, 0.25f, 0.25f, 0.26f, 100, INFINITY, -INFINITY, NAN };
        const Density density = Density::fromKeys(keysOf(values));
        QCOMPARE(density.count(), 7.0);
        for (const float value : { -3.0f, -0.5f, 100.0f })
            QCOMPARE(countIn(density, static_cast<double>(value), static_cast<double>(value)), 1.0);
        QVERIFY(std::abs(countIn(density, 0.24, 0.27) - 3) < 0.2);
        QCOMPARE(countIn(density, 1, 50), 0.0);
        QCOMPARE(countIn(density, -2, -1), 0.0);
    }

    void whatIsFarSmallerStandsAtZero()
    {
        const Density density = Density::fromKeys(keysOf({ 1, 1e-9f, -1e-9f, 0 }));
        QVERIFY(std::abs(countIn(density, 0, 0) - 3) < 0.2);
        QCOMPARE(countIn(density, 1e-10, 1e-3), 0.0);
        const Density alone = Density::fromKeys(keysOf({ 1e-9f, 2e-9f })); // small by no other's measure
        QCOMPARE(countIn(alone, 0, 0), 0.0);
        QCOMPARE(alone.count(), 2.0);
    }

    void mergingAddsUp()
    {
        const std::vector<float> values = normalFloats(40'000, 3);
        const auto keys = keysOf(values);
        std::vector<Density> parts;
        for (std::size_t i = 0; i < 8; ++i)
            parts.push_back(Density::fromKeys(std::span(keys).subspan(i * 5000, 5000)));
        const Density merged = Density::merged(parts), whole = Density::fromKeys(keys);
        QVERIFY(std::abs(merged.count() / whole.count() - 1) < 0.05);
        for (double low = -3; low < 3; low += 0.5)
            QVERIFY(std::abs(countIn(merged, low, low + 0.49) / countIn(whole, low, low + 0.49) - 1) < 0.1);
        QVERIFY(whole.bytes() < 400);
    }

    void ofASketchItIsTheSame()
    {
        const std::vector<float> values = normalFloats(20'000, 4);
        Sketch sketch;
        sketch.add(Dtype::Float32, reinterpret_cast<const std::byte*>(values.data()), values.size());
        const Density a = Density::of(sketch, 1), b = Density::fromKeys(keysOf(values));
        QCOMPARE(a.count(), b.count());
        QCOMPARE(countIn(a, 0.5, 1), countIn(b, 0.5, 1));
    }

    void columnsHoldWhatTheirElementsAre_data()
    {
        QTest::addColumn<bool>("transposed");
        QTest::newRow("contiguous") << false;
        QTest::newRow("transposed") << true;
    }
    void columnsHoldWhatTheirElementsAre()
    {
        QFETCH(bool, transposed);
        // Of a million and more, ascending from 0 to 1: a column holds its own part of them alone.
        constexpr std::int64_t n = 1 << 21;
        std::vector<float> ramp(n);
        for (std::int64_t i = 0; i < n; ++i)
            ramp[static_cast<std::size_t>(transposed ? i / 2048 + i % 2048 * 1024 : i)] = static_cast<float>(i) / static_cast<float>(n);
        std::vector<std::int64_t> stride;
        if (transposed)
            stride = { 1, 1024 };
        const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::Float32, ramp) },
            { { "a", 0, { 1024, 2048 }, stride, 0, TensorKind::Unknown } });
        Pyramid pyramid(layoutOf(checkpoint));
        QCOMPARE(pyramid.densities(0, double(n), 8).columns[3].state, std::uint8_t(DensityTree::Unknown));
        QVERIFY(pyramid.build(EditedVector(checkpoint), Job()).has_value());
        const DensityTree::View view = pyramid.densities(0, double(n), 8);
        QCOMPARE(view.columns.size(), std::size_t(8));
        double all = 0;
        for (std::size_t c = 0; c < 8; ++c) {
            QVERIFY((view.columns[c].state & DensityTree::AllKnown) != 0);
            all += countOf(view, c);
            double outside = 0;
            for (std::uint32_t p = view.columns[c].first; p < view.columns[c].last; ++p)
                outside += countIn(view.parts[p], -10, double(c) / 8 - 0.07) + countIn(view.parts[p], double(c + 1) / 8 + 0.13, 10);
            QCOMPARE(outside, 0.0);
        }
        QVERIFY(std::abs(all / double(n) - 1) < 0.03);
    }

    void columnsNarrowerThanCellsShowThese()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 300'000) },
            { { "a", 0, { 300'000 }, {}, 0, TensorKind::Unknown } });
        Pyramid pyramid(layoutOf(checkpoint));
        QVERIFY(pyramid.build(EditedVector(checkpoint), Job()).has_value());
        const DensityTree::View view = pyramid.densities(100'000, 101'000, 500);
        for (const auto& column : view.columns)
            QVERIFY(column.last > column.first);
        const DensityTree::View end = pyramid.densities(299'999, 300'000, 3); // at the very end, too
        QVERIFY(end.columns[2].last > end.columns[2].first);
    }

    void anEditMakesItUnknownAndThenNew()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 200'000), countingStorage(Dtype::Float32, 200'000) },
            { { "a", 0, { 200'000 }, {}, 0, TensorKind::Unknown }, { "b", 1, { 200'000 }, {}, 0, TensorKind::Unknown } });
        const auto layout = layoutOf(checkpoint);
        Pyramid pyramid(layout);
        const EditedVector before(checkpoint);
        QVERIFY(pyramid.build(before, Job()).has_value());
        Step step;
        step.operation = Operation::Multiply;
        step.select = { { "b", false } };
        step.value = Number::ofReal(-1);
        const auto bound = bindStep(step, *layout, before, ".", Job());
        QVERIFY(bound.has_value());
        pyramid.invalidate(**bound);
        DensityTree::View view = pyramid.densities(0, 400'000, 2);
        QVERIFY((view.columns[0].state & DensityTree::AllKnown) != 0);
        QCOMPARE(view.columns[1].state, std::uint8_t(DensityTree::Unknown));
        QVERIFY(pyramid.build(before.with(*bound), Job()).has_value());
        view = pyramid.densities(0, 400'000, 2);
        double negative = 0;
        for (std::uint32_t p = view.columns[1].first; p < view.columns[1].last; ++p)
            negative += countIn(view.parts[p], -1e9, -1);
        QVERIFY(std::abs(negative / 200'000 - 1) < 0.06);
    }
};

QTEST_GUILESS_MAIN(TestDensity)
#include "tst_density.moc"
