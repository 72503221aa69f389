// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/multiversion.h"
#include "numbers.h"
#include "stats/sketch.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

using namespace ravel;

namespace {

// By the definition: the top 16 bits of the ordered pattern of x cut towards zero to float32.
std::optional<std::uint32_t> keyOf(double x)
{
    if (!std::isfinite(x))
        return std::nullopt;
    auto f = static_cast<float>(std::clamp(x, -3.4028234663852886e38, 3.4028234663852886e38));
    if (std::abs(static_cast<double>(f)) > std::abs(x))
        f = std::nextafter(f, 0.0f);
    const auto bits = std::bit_cast<std::uint32_t>(f);
    if (x == 0)
        return 0x8000;
    return (x < 0 ? ~(bits | 0x80000000u) : bits | 0x80000000u) >> 16;
}

std::map<std::uint32_t, std::int64_t> reference(const std::vector<double>& values)
{
    std::map<std::uint32_t, std::int64_t> bins;
    for (double x : values)
        if (const auto key = keyOf(x))
            ++bins[*key];
    return bins;
}

std::map<std::uint32_t, std::int64_t> binsOf(const Sketch& sketch)
{
    std::map<std::uint32_t, std::int64_t> bins;
    sketch.forEachBin([&](std::uint32_t key, std::int64_t n) { bins[key] += n; });
    return bins;
}

Sketch sketchOf(const std::vector<float>& values)
{
    Sketch sketch;
    sketch.add(Dtype::Float32, raw(values), values.size());
    return sketch;
}

} // namespace

class TestSketch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { limitIsa(Isa::Avx512); }
    void countsByThePattern_data();
    void countsByThePattern();
    void doublesAreCutTowardsZero();
    void rangesOfKeysHoldTheirNumbers();
    void everyCloneFindsTheSameKeys();
    void mergesByAddition();
    void countsBeyond32Bits();
    void countsOfEachWidth();
    void coarserSketchesAddNeighbours();
    void mergesOfDifferentCoarseness();
    void quantilesAreWithinABin_data();
    void quantilesAreWithinABin();
    void quantilesOfNothing();
    void histogramsAddUp_data();
    void histogramsAddUp();
    void histogramErrorIsABound();
    void builderStartsAfresh();
};

void TestSketch::countsByThePattern_data()
{
    QTest::addColumn<int>("n");
    for (int n : { 0, 1, 5, 1023, 1025, 70'001 })
        QTest::addRow("%d", n) << n;
}

void TestSketch::countsByThePattern()
{
    QFETCH(int, n);
    const auto values = wildFloats(static_cast<std::size_t>(n), 3);
    const Sketch sketch = sketchOf(values);
    QVERIFY(binsOf(sketch) == reference({ values.begin(), values.end() }));
    QCOMPARE(sketch.count(), std::count_if(values.begin(), values.end(), [](float x) { return std::isfinite(x); }));
}

void TestSketch::doublesAreCutTowardsZero()
{
    std::vector<double> values { 0.0, -0.0, 5e-324, -5e-324, 1e-50, -1e-50, 0x1p-133, -0x1p-133, 0x1.fp-134, 0x1p-126, 1.5e-39,
        -1.5e-39, 1, -1, 1e300, -1e300, 1.7976931348623157e308, 0x1.ffffffffffffp127, 3.4028234663852886e38, notANumber, infinite,
        -infinite };
    std::mt19937_64 random(1);
    for (int i = 0; i < 50'000; ++i)
        values.push_back(std::bit_cast<double>(random()));
    for (int i = 0; i < 5000; ++i) // near the edges of bins, on both sides
        for (double by : { -1.0, 0.0, 1.0 }) {
            const double edge = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(random() % 0xFF80) << 16));
            values.push_back(by == 0 ? edge : std::nextafter(edge, by * infinite));
        }
    for (Isa isa : { Isa::Baseline, Isa::Avx2, Isa::Avx512 }) {
        limitIsa(isa);
        Sketch sketch;
        sketch.add(Dtype::Float64, raw(values), values.size());
        QVERIFY(binsOf(sketch) == reference(values));
    }
}

void TestSketch::rangesOfKeysHoldTheirNumbers()
{
    double last = -infinite;
    for (std::uint32_t key = 0x0080; key <= 0xFF7F; ++key) {
        const KeyRange range = keyRange(key, key);
        QVERIFY(range.lowest <= range.highest && range.lowest > last);
        QCOMPARE(keyOf(range.lowest), std::optional(key));
        QCOMPARE(keyOf(range.highest), std::optional(key));
        last = range.highest;
    }
}

void TestSketch::everyCloneFindsTheSameKeys()
{
    const auto values = wildFloats(20'000, 8);
    limitIsa(Isa::Baseline);
    const Sketch wanted = sketchOf(values);
    for (Isa isa : { Isa::Avx2, Isa::Avx512 }) {
        limitIsa(isa);
        QVERIFY(sketchOf(values) == wanted);
    }
}

void TestSketch::mergesByAddition()
{
    const auto a = wildFloats(5000, 1), b = normalFloats(7000, 2, 100, 50);
    std::vector<float> both = a;
    both.insert(both.end(), b.begin(), b.end());
    Sketch sum = sketchOf(a);
    sum.merge(sketchOf(b));
    QVERIFY(sum == sketchOf(both));
    Sketch other = sketchOf(b);
    other.merge(sketchOf(a));
    QVERIFY(other == sum);
    sum.merge(Sketch());
    QVERIFY(other == sum);
}

void TestSketch::countsBeyond32Bits()
{
    const Sketch many = sketchOf({ 1.0f, 1.0f, 2.0f }).times(std::int64_t(1) << 33);
    QCOMPARE(many.count(), std::int64_t(3) << 33);
    QVERIFY(near(many.quantile(0.9), 2.0 + 0.7 / 64)); // 2.7 thirds up: 0.7 of the way through the bin of 2
    Sketch sum = many;
    sum.merge(sketchOf({ 1.0f }));
    QCOMPARE(sum.count(), (std::int64_t(3) << 33) + 1);
    QCOMPARE(binsOf(sum).begin()->second, (std::int64_t(2) << 33) + 1);
    QCOMPARE(many.times(std::int64_t(1) << 40).count(), std::numeric_limits<std::int64_t>::max());
}

// Counts are kept in 16, 32 or 64 bits, as the largest needs: wherever among the others that stands.
void TestSketch::countsOfEachWidth()
{
    constexpr std::int64_t first = 0xFFFF, second = 0xFFFFFFFF;
    const std::vector<std::vector<std::int64_t>> cases { { 1, first }, { first + 1, 1 }, { 1, first + 1, 2 }, { 7, second }, { 7, second + 1, 3 },
        { first + 1, 5, second + 1, 1 }, { second + 1, 1, first + 1 } };
    for (const std::vector<std::int64_t>& counts : cases) {
        std::vector<std::int64_t> byBin(1 << 12, 0);
        Sketch merged = Sketch::fromCounts(byBin, 4);
        std::int64_t all = 0;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            std::vector<std::int64_t> one(1 << 12, 0);
            one[2100 + i] = byBin[2100 + i] = counts[i];
            merged.merge(Sketch::fromCounts(one, 4));
            all += counts[i];
        }
        const Sketch sketch = Sketch::fromCounts(byBin, 4);
        QCOMPARE(sketch.count(), all);
        const auto bins = binsOf(sketch);
        QCOMPARE(bins.size(), counts.size());
        for (std::size_t i = 0; i < counts.size(); ++i)
            QCOMPARE(bins.at(static_cast<std::uint32_t>(2100 + i)), counts[i]);
        QVERIFY(merged == sketch);
    }
}

void TestSketch::coarserSketchesAddNeighbours()
{
    const Sketch fine = sketchOf(wildFloats(20'000, 4));
    const Sketch coarse = fine.coarser(4);
    QCOMPARE(coarse.count(), fine.count());
    QVERIFY(coarse.bins() < fine.bins() / 4);
    std::map<std::uint32_t, std::int64_t> wanted;
    for (const auto& [key, n] : binsOf(fine))
        wanted[key >> 4] += n;
    QVERIFY(binsOf(coarse) == wanted);
    QVERIFY(fine.coarser(2).coarser(4) == coarse);
}

void TestSketch::mergesOfDifferentCoarseness()
{
    const Sketch a = sketchOf(normalFloats(3000, 1)), b = sketchOf(normalFloats(3000, 2));
    Sketch sum = a;
    sum.merge(b.coarser(2));
    Sketch wanted = a;
    wanted.merge(b);
    QVERIFY(sum == wanted.coarser(2));
    Sketch other = b.coarser(2);
    other.merge(a);
    QVERIFY(other == sum);
}

void TestSketch::quantilesAreWithinABin_data()
{
    QTest::addColumn<double>("mean");
    QTest::addColumn<double>("std");
    QTest::addColumn<int>("dropped");
    QTest::newRow("standard") << 0.0 << 1.0 << 0;
    QTest::newRow("small") << 0.0 << 1e-4 << 0;
    QTest::newRow("shifted") << 1000.0 << 1.0 << 0;
    QTest::newRow("coarse") << 0.0 << 1.0 << 4;
}

void TestSketch::quantilesAreWithinABin()
{
    QFETCH(double, mean);
    QFETCH(double, std);
    QFETCH(int, dropped);
    auto values = normalFloats(50'001, 12, static_cast<float>(mean), static_cast<float>(std));
    const Sketch sketch = sketchOf(values).coarser(dropped);
    std::sort(values.begin(), values.end());
    for (double q : { 0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0 }) {
        const double exact = values[static_cast<std::size_t>(q * 50'000)];
        QVERIFY(near(sketch.quantile(q), exact, std::ldexp(1.0, dropped - 7)));
    }
}

void TestSketch::quantilesOfNothing()
{
    QVERIFY(std::isnan(Sketch().quantile(0.5)));
    QVERIFY(std::isnan(sketchOf({ std::nanf(""), INFINITY }).quantile(0.5)));
    QCOMPARE(sketchOf({ 0.0f, -0.0f, 0.0f }).quantile(0.5), 0.0);
}

void TestSketch::histogramsAddUp_data()
{
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<int>("bins");
    QTest::newRow("wide") << -10.0 << 10.0 << 256;
    QTest::newRow("inside") << -0.1 << 0.1 << 33;
    QTest::newRow("on edges") << -4.0 << 4.0 << 64;
    QTest::newRow("finer than the sketch") << 1.0 << 1.001 << 1000;
    QTest::newRow("beside") << 50.0 << 60.0 << 7;
}

void TestSketch::histogramsAddUp()
{
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(int, bins);
    const Sketch sketch = sketchOf(wildFloats(20'000, 9));
    for (int dropped : { 0, 4 }) {
        const Sketch::Estimate e = sketch.coarser(dropped).histogram({ low, high, bins });
        QCOMPARE(std::accumulate(e.histogram.counts.begin(), e.histogram.counts.end(), e.histogram.below + e.histogram.above),
            sketch.count());
        QVERIFY(std::all_of(e.histogram.counts.begin(), e.histogram.counts.end(), [](std::int64_t n) { return n >= 0; }));
    }
}

void TestSketch::histogramErrorIsABound()
{
    const auto values = normalFloats(40'000, 15);
    const Sketch sketch = sketchOf(values);
    for (const BinSpec& spec : { BinSpec { -4, 4, 256 }, BinSpec { 0, 8, 4 }, BinSpec { -0.37, 1.9, 100 } }) {
        const Sketch::Estimate e = sketch.histogram(spec);
        Histogram exact = emptyHistogram(spec);
        count(Dtype::Float32, raw(values), values.size(), exact);
        std::int64_t wrong = std::abs(exact.below - e.histogram.below) + std::abs(exact.above - e.histogram.above);
        for (std::size_t i = 0; i < exact.counts.size(); ++i)
            wrong += std::abs(exact.counts[i] - e.histogram.counts[i]);
        QVERIFY(static_cast<double>(wrong) <= 2 * e.error * 40'000);
        if (spec.bins == 4) { // every edge is one of the sketch's, and none is negative
            QCOMPARE(e.error, 0.0);
            QVERIFY(e.histogram.exact && e.histogram.counts == exact.counts);
        } else {
            QVERIFY(e.error > 0 && !e.histogram.exact);
        }
    }
}

void TestSketch::builderStartsAfresh()
{
    const auto a = wildFloats(3000, 1), b = wildFloats(3000, 2);
    SketchBuilder builder;
    builder.add(Dtype::Float32, raw(a), a.size());
    QVERIFY(builder.take() == sketchOf(a));
    builder.add(Dtype::Float32, raw(b), b.size());
    QVERIFY(builder.take(2) == sketchOf(b).coarser(2));
    QCOMPARE(builder.take().count(), 0);
}

QTEST_GUILESS_MAIN(TestSketch)
#include "tst_sketch.moc"
