// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/multiversion.h"
#include "numbers.h"
#include "stats/histogram.h"

#include <numeric>

using namespace ravel;

namespace {

// The definition, one number at a time.
Histogram reference(const std::vector<double>& values, const BinSpec& spec)
{
    Histogram h = emptyHistogram(spec);
    for (double x : values) {
        if (std::isnan(x)) {
            ++h.nan;
        } else if (x < h.spec.low) {
            ++h.below;
        } else if (x > h.spec.high) {
            ++h.above;
        } else if (h.spec.scale == BinScale::Linear) {
            const auto bin = static_cast<int>((x - h.spec.low) * h.spec.bins / (h.spec.high - h.spec.low));
            ++h.counts[static_cast<std::size_t>(std::min(bin, h.spec.bins - 1))];
        } else {
            int bin = 0;
            while (bin + 1 < h.spec.bins && x >= h.spec.edge(bin + 1))
                ++bin;
            ++h.counts[static_cast<std::size_t>(bin)];
        }
    }
    return h;
}

std::int64_t total(const Histogram& h)
{
    return std::accumulate(h.counts.begin(), h.counts.end(), h.below + h.above + h.nan);
}

} // namespace

class TestHistogram : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { limitIsa(Isa::Avx512); }
    void agreesWithTheDefinition_data();
    void agreesWithTheDefinition();
    void edgesFallToTheRight();
    void equalEndsAreWidened_data();
    void equalEndsAreWidened();
    void unsoundSpecsAreMended();
    void rangesBeyondDoubleHaveBins();
    void everyCloneGivesTheSameCounts();
    void mergesByAddition();
    void complexCountsBothParts();
};

void TestHistogram::agreesWithTheDefinition_data()
{
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<int>("bins");
    QTest::addColumn<bool>("log");
    QTest::newRow("around zero") << -3.0 << 3.0 << 256 << false;
    QTest::newRow("one bin") << -1.0 << 1.0 << 1 << false;
    QTest::newRow("thirds") << -1.0 << 2.0 << 9 << false;
    QTest::newRow("many") << -0.3 << 0.7 << 100'000 << false;
    QTest::newRow("far away") << 100.0 << 101.0 << 10 << false;
    QTest::newRow("all floats") << -3.4028234663852886e38 << 3.4028234663852886e38 << 64 << false;
    QTest::newRow("log") << 1e-6 << 10.0 << 70 << true;
    QTest::newRow("log, one decade") << 0.1 << 1.0 << 256 << true;
}

void TestHistogram::agreesWithTheDefinition()
{
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(int, bins);
    QFETCH(bool, log);
    const BinSpec spec { low, high, bins, log ? BinScale::Log : BinScale::Linear };
    const auto floats = wildFloats(30'001, 5);
    const std::vector<double> doubles(floats.begin(), floats.end());
    Histogram h = emptyHistogram(spec);
    count(Dtype::Float32, raw(floats), floats.size(), h);
    QVERIFY(h == reference(doubles, spec));
    QCOMPARE(total(h), std::int64_t(30'001));
    Histogram wide = emptyHistogram(spec);
    count(Dtype::Float64, raw(doubles), doubles.size(), wide);
    QVERIFY(wide == h);
}

void TestHistogram::edgesFallToTheRight()
{
    const std::vector<float> values { 0, 1, 2, 3, 4, std::nextafter(4.0f, 5.0f), std::nextafter(0.0f, -1.0f), INFINITY, -INFINITY };
    Histogram h = emptyHistogram({ 0, 4, 4 });
    count(Dtype::Float32, raw(values), values.size(), h);
    QVERIFY((h.counts == std::vector<std::int64_t> { 1, 1, 1, 2 })); // the last bin is closed
    QCOMPARE(h.above, 2);
    QCOMPARE(h.below, 2);
}

void TestHistogram::equalEndsAreWidened_data()
{
    QTest::addColumn<double>("at");
    for (double at : { 0.0, 5.0, -1e6, 1e20, -1.7976931348623157e308 })
        QTest::addRow("%g", at) << at;
}

void TestHistogram::equalEndsAreWidened()
{
    QFETCH(double, at);
    const std::vector<double> values { at };
    Histogram h = emptyHistogram({ at, at, 10 });
    QVERIFY(h.spec.low < h.spec.high);
    if (std::abs(at) < 1e7) {
        QCOMPARE(h.spec.low, at - 1);
        QCOMPARE(h.spec.high, at + 1);
    }
    count(Dtype::Float64, raw(values), 1, h);
    QCOMPARE(h.below + h.above, 0);
}

void TestHistogram::unsoundSpecsAreMended()
{
    QVERIFY((emptyHistogram({ 2, 1, 4 }).spec == BinSpec { 1, 2, 4 }));
    QCOMPARE(emptyHistogram({ 0, 1, 0 }).counts.size(), std::size_t(1));
    QCOMPARE(emptyHistogram({ 0, 1, -7 }).counts.size(), std::size_t(1));
    QCOMPARE(emptyHistogram({ 0, 1, 2'000'000'000 }).spec.bins, mostBins);
    QVERIFY(emptyHistogram({ 0, 1, 4, BinScale::Log }).spec.scale == BinScale::Linear);
    const BinSpec nan = emptyHistogram({ notANumber, notANumber, 4 }).spec;
    QVERIFY(nan.low == -1 && nan.high == 1);
    QVERIFY(std::isfinite(emptyHistogram({ -infinite, infinite, 4 }).spec.high));
}

void TestHistogram::rangesBeyondDoubleHaveBins()
{
    const double most = std::numeric_limits<double>::max();
    const std::vector<double> values { -most, -most / 2, -1, 1, most / 2, most };
    Histogram h = emptyHistogram({ -most, most, 4 });
    count(Dtype::Float64, raw(values), values.size(), h);
    QCOMPARE(std::accumulate(h.counts.begin(), h.counts.end(), std::int64_t(0)), std::int64_t(6));
    QCOMPARE(h.counts.front(), 1);
    QCOMPARE(h.counts.back(), 2);
}

void TestHistogram::everyCloneGivesTheSameCounts()
{
    const auto floats = wildFloats(50'000, 77);
    for (const BinSpec& spec : { BinSpec { -2, 2, 333 }, BinSpec { 1e-3, 4, 100, BinScale::Log } }) {
        limitIsa(Isa::Baseline);
        Histogram wanted = emptyHistogram(spec);
        count(Dtype::Float32, raw(floats), floats.size(), wanted);
        for (Isa isa : { Isa::Avx2, Isa::Avx512 }) {
            limitIsa(isa);
            Histogram got = emptyHistogram(spec);
            count(Dtype::Float32, raw(floats), floats.size(), got);
            QVERIFY(got == wanted);
        }
    }
}

void TestHistogram::mergesByAddition()
{
    const auto floats = wildFloats(9000, 3);
    const BinSpec spec { -1, 1, 16 };
    Histogram whole = emptyHistogram(spec), a = whole, b = whole;
    count(Dtype::Float32, raw(floats), 9000, whole);
    count(Dtype::Float32, raw(floats), 4000, a);
    count(Dtype::Float32, raw(floats) + 16'000, 5000, b);
    a.merge(b);
    QVERIFY(a == whole);
    b.exact = false;
    a.merge(b);
    QVERIFY(!a.exact);
}

void TestHistogram::complexCountsBothParts()
{
    const std::vector<float> pairs { 0.5f, 1.5f, 0.5f, -9.0f };
    Histogram h = emptyHistogram({ 0, 2, 2 });
    count(Dtype::Complex64, raw(pairs), 2, h);
    QVERIFY((h.counts == std::vector<std::int64_t> { 2, 1 }));
    QCOMPARE(h.below, 1);
}

QTEST_GUILESS_MAIN(TestHistogram)
#include "tst_histogram.moc"
