// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/multiversion.h"
#include "numbers.h"
#include "stats/measure.h"
#include "support/fixtures.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>

using namespace ravel;

namespace {

struct Fixture {
    std::shared_ptr<const Checkpoint> checkpoint;
    EditedVector vector { nullptr };
    Fixture(std::vector<FixtureStorage> storages, const std::vector<FixtureTensor>& tensors)
        : checkpoint(fixtureCheckpoint(std::move(storages), tensors))
        , vector(checkpoint)
    {
    }
};

Selection all(const Checkpoint& checkpoint)
{
    Selection selection;
    for (std::size_t t = 0; t < checkpoint.tensors.size(); ++t)
        selection.boxes.push_back(wholeBox(checkpoint, static_cast<TensorOrdinal>(t)));
    return selection;
}

// Element by element, through the tensors' own strides.
std::vector<double> numbersOf(const EditedVector& vector, const Selection& selection)
{
    std::vector<double> numbers;
    for (const Box& box : selection.boxes) {
        std::vector<std::byte> bytes;
        if (!vector.readBox(box, bytes))
            return {};
        const Dtype dtype = vector.checkpoint().tensors[box.tensor].dtype;
        const auto n = bytes.size() / static_cast<std::size_t>(dtypeSize(dtype));
        const std::size_t per = isComplex(dtype) ? 2 : 1;
        std::vector<double> part(n * per);
        toDoubles(dtype, bytes.data(), n, part.data());
        for (std::size_t i = 0; i < n; ++i)
            if (!selection.where || (part[i * per] >= selection.where->low && part[i * per] <= selection.where->high))
                numbers.insert(numbers.end(), part.begin() + static_cast<std::ptrdiff_t>(i * per),
                    part.begin() + static_cast<std::ptrdiff_t>(i * per + per));
    }
    return numbers;
}

double quantileOf(const std::vector<double>& sorted, double q)
{
    const double rank = q * static_cast<double>(sorted.size() - 1);
    const double low = sorted[static_cast<std::size_t>(std::floor(rank))], high = sorted[static_cast<std::size_t>(std::ceil(rank))];
    const double part = rank - std::floor(rank);
    return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

void compare(const Measurement& m, const std::vector<double>& numbers)
{
    std::vector<double> finite;
    std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(finite), [](double x) { return std::isfinite(x); });
    std::sort(finite.begin(), finite.end());
    QCOMPARE(m.summary.count, static_cast<std::int64_t>(numbers.size()));
    QCOMPARE(m.summary.finite(), static_cast<std::int64_t>(finite.size()));
    QCOMPARE(m.summary.zeros, std::count(finite.begin(), finite.end(), 0.0));
    QCOMPARE(m.quantiles.size(), std::size(shownQuantiles));
    QVERIFY(m.exact && m.histogram.exact);
    Histogram wanted = emptyHistogram(m.histogram.spec);
    ravel::count(Dtype::Float64, raw(numbers), numbers.size(), wanted);
    QVERIFY(m.histogram == wanted);
    if (finite.empty()) {
        QVERIFY(std::isnan(m.quantiles[0]));
        return;
    }
    QCOMPARE(m.summary.min, finite.front());
    QCOMPARE(m.summary.max, finite.back());
    const double sum = std::accumulate(finite.begin(), finite.end(), 0.0);
    QVERIFY(std::abs(m.summary.mean - sum / static_cast<double>(finite.size())) <= 1e-12 * std::max(-finite.front(), finite.back()));
    for (std::size_t i = 0; i < std::size(shownQuantiles); ++i)
        QVERIFY2(near(m.quantiles[i], quantileOf(finite, shownQuantiles[i]), 0),
            qPrintable(QStringLiteral("%1: %2, not %3").arg(shownQuantiles[i]).arg(m.quantiles[i]).arg(quantileOf(finite, shownQuantiles[i]))));
}

FixtureStorage wildStorage(std::size_t n, unsigned seed) { return storageOf(Dtype::Float32, wildFloats(n, seed)); }

} // namespace

class TestMeasure : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { limitIsa(Isa::Avx512); }
    void everyDtype_data();
    void everyDtype();
    void mixedDtypes();
    void views_data();
    void views();
    void placesSelectedTwiceCountTwice();
    void predicates();
    void boxesOfAllKinds();
    void largeStridedTensors_data();
    void largeStridedTensors();
    void duplicatedNumbers_data();
    void duplicatedNumbers();
    void givenRanges_data();
    void givenRanges();
    void logBins();
    void sketchQuantilesAreMarked();
    void nothingSelected();
    void sameBitsForAnyThreadsAndClones();
    void cancels();
    void readErrorsComeOut();
    void progressEndsAtItsTotal();
    void partialResultsComeFirst();
    void virtualRepeatsAreNotRead();
    void estimatesAreMarkedAndNear_data();
    void estimatesAreMarkedAndNear();
    void smallSelectionsAreEstimatedExactly();
};

void TestMeasure::everyDtype_data()
{
    QTest::addColumn<int>("dtype");
    for (int d = 0; d < dtypeCount; ++d)
        if (static_cast<Dtype>(d) != Dtype::Opaque)
            QTest::addRow("%s", std::string(dtypeName(static_cast<Dtype>(d))).c_str()) << d;
}

void TestMeasure::everyDtype()
{
    QFETCH(int, dtype);
    const auto d = static_cast<Dtype>(dtype);
    const auto floats = wildFloats(30'000, 7);
    std::vector<double> values(floats.begin(), floats.end());
    if (!isFloat(d) && !isComplex(d))
        for (double& x : values)
            x = std::isfinite(x) && std::abs(x) < 100 ? std::round(x * 40) : 3;
    FixtureStorage storage { d, {} };
    if (isComplex(d))
        storage.bytes = bytesOf(d == Dtype::Complex64 ? Dtype::Float32 : Dtype::Float64, values);
    else
        storage.bytes = bytesOf(d, values);
    const auto n = static_cast<std::int64_t>(storage.bytes.size()) / dtypeSize(d);
    const Fixture f({ storage }, { { "x", 0, { n } } });
    const auto m = measure(f.vector, all(*f.checkpoint), {}, {});
    QVERIFY(m);
    compare(*m, numbersOf(f.vector, all(*f.checkpoint)));
}

void TestMeasure::mixedDtypes()
{
    const auto floats = normalFloats(20'000, 1);
    std::vector<double> doubles(floats.begin(), floats.end());
    for (double& x : doubles)
        x = x * 1.000000001 + 1e-12; // between the floats
    const Fixture f({ storageOf(Dtype::Float32, floats), storageOf(Dtype::Float64, doubles), countingStorage(Dtype::Int64, 50) },
        { { "a", 0, { 20'000 } }, { "b", 1, { 200, 100 } }, { "c", 2, { 50 } } });
    const auto m = measure(f.vector, all(*f.checkpoint), {}, {});
    QVERIFY(m);
    compare(*m, numbersOf(f.vector, all(*f.checkpoint)));
}

void TestMeasure::views_data()
{
    QTest::addColumn<QList<qint64>>("shape");
    QTest::addColumn<QList<qint64>>("stride");
    QTest::addColumn<qint64>("offset");
    using L = QList<qint64>;
    QTest::newRow("contiguous") << L { 60, 80 } << L { 80, 1 } << qint64(7);
    QTest::newRow("transposed") << L { 80, 60 } << L { 1, 80 } << qint64(0);
    QTest::newRow("rows apart") << L { 30, 20 } << L { 160, 1 } << qint64(5);
    QTest::newRow("every third") << L { 1500 } << L { 3 } << qint64(2);
    QTest::newRow("expanded rows") << L { 7, 100 } << L { 0, 1 } << qint64(3);
    QTest::newRow("expanded columns") << L { 100, 7 } << L { 1, 0 } << qint64(3);
    QTest::newRow("expanded scalar") << L { 33, 44 } << L { 0, 0 } << qint64(9);
    QTest::newRow("overlapping") << L { 50, 10 } << L { 3, 1 } << qint64(1);
    QTest::newRow("sliding window") << L { 400, 400 } << L { 1, 1 } << qint64(0);
    QTest::newRow("permuted") << L { 5, 10, 6 } << L { 6, 30, 1 } << qint64(0);
    QTest::newRow("scalar") << L {} << L {} << qint64(17);
    QTest::newRow("empty") << L { 0, 5 } << L { 5, 1 } << qint64(0);
}

void TestMeasure::views()
{
    QFETCH(QList<qint64>, shape);
    QFETCH(QList<qint64>, stride);
    QFETCH(qint64, offset);
    const Fixture f({ wildStorage(5000, 13) }, { { "x", 0, { shape.begin(), shape.end() }, { stride.begin(), stride.end() }, offset } });
    const auto m = measure(f.vector, all(*f.checkpoint), {}, {});
    QVERIFY(m);
    compare(*m, numbersOf(f.vector, all(*f.checkpoint)));
}

void TestMeasure::placesSelectedTwiceCountTwice()
{
    const Fixture f({ wildStorage(1000, 2) }, { { "x", 0, { 1000 } }, { "tied", 0, { 10, 100 } } });
    Selection twice = all(*f.checkpoint);
    twice.boxes.push_back(twice.boxes[0]);
    const auto m = measure(f.vector, twice, {}, {});
    QVERIFY(m);
    QCOMPARE(m->summary.count, std::int64_t(3000));
    compare(*m, numbersOf(f.vector, twice));
}

void TestMeasure::predicates()
{
    const Fixture f({ wildStorage(9000, 2) }, { { "x", 0, { 90, 100 } }, { "t", 0, { 100, 90 }, { 1, 100 } }, { "e", 0, { 9, 90 }, { 0, 1 } } });
    for (const Predicate& where : { Predicate { -0.5, 0.25 }, Predicate { 2 }, Predicate {}, Predicate { 5, 4 } }) {
        Selection selection = all(*f.checkpoint);
        selection.where = where;
        const auto m = measure(f.vector, selection, {}, {});
        QVERIFY(m);
        QCOMPARE(m->summary.nan, 0); // NaN never matches
        compare(*m, numbersOf(f.vector, selection));
    }
}

void TestMeasure::boxesOfAllKinds()
{
    const Fixture f({ wildStorage(24'000, 6) }, { { "x", 0, { 20, 30, 40 } } });
    for (const std::vector<Slice>& slices : {
             std::vector<Slice> { { 3, 1, 1, true }, { 0, 30 }, { 0, 40 } },
             std::vector<Slice> { { 0, 20 }, { 7, 1, 1, true }, { 0, 40 } },
             std::vector<Slice> { { 0, 20 }, { 0, 30 }, { 39, 1 } },
             std::vector<Slice> { { 19, 20, -1 }, { 1, 10, 3 }, { 38, 13, -3 } },
             std::vector<Slice> { { 5, 0 }, { 0, 30 }, { 0, 40 } },
         }) {
        const Selection selection { { Box { 0, slices } }, {} };
        const auto m = measure(f.vector, selection, {}, {});
        QVERIFY(m);
        compare(*m, numbersOf(f.vector, selection));
    }
}

void TestMeasure::largeStridedTensors_data()
{
    QTest::addColumn<int>("columns");
    QTest::newRow("a column, far apart") << 1; // read one by one
    QTest::newRow("three columns") << 3;
    QTest::newRow("most columns") << 1500;     // read as a whole
}

void TestMeasure::largeStridedTensors()
{
    QFETCH(int, columns);
    const Fixture f({ wildStorage(600 * 2000, 3) }, { { "x", 0, { 600, 2000 } } });
    const Selection selection { { Box { 0, { { 0, 600 }, { 11, columns } } } }, {} };
    const auto m = measure(f.vector, selection, {}, {});
    QVERIFY(m);
    compare(*m, numbersOf(f.vector, selection));
}

void TestMeasure::duplicatedNumbers_data()
{
    QTest::addColumn<int>("dtype");
    QTest::addColumn<double>("most");
    for (Dtype d : { Dtype::Float32, Dtype::Float64, Dtype::Int64 })
        for (double most : { 0.0, 1.0, -3.0 })
            QTest::addRow("%s %g", std::string(dtypeName(d)).c_str(), most) << static_cast<int>(d) << most;
}

void TestMeasure::duplicatedNumbers()
{
    QFETCH(int, dtype);
    QFETCH(double, most);
    std::vector<double> values(40'000, most);
    for (const auto& odd : { std::vector<double> {}, std::vector<double> { 1e6, -1e6 }, std::vector<double>(700, 2.0) }) {
        std::copy(odd.begin(), odd.end(), values.begin() + 100);
        const Fixture f({ { static_cast<Dtype>(dtype), bytesOf(static_cast<Dtype>(dtype), values) } }, { { "x", 0, { 40'000 } } });
        const auto m = measure(f.vector, all(*f.checkpoint), {}, {});
        QVERIFY(m);
        compare(*m, numbersOf(f.vector, all(*f.checkpoint)));
    }
}

void TestMeasure::givenRanges_data()
{
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<int>("bins");
    QTest::newRow("inside") << -0.5 << 0.5 << 64;
    QTest::newRow("equal") << 0.0 << 0.0 << 10;
    QTest::newRow("beside") << 100.0 << 200.0 << 5;
    QTest::newRow("many") << -3.0 << 3.0 << 70'000;
}

void TestMeasure::givenRanges()
{
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(int, bins);
    const Fixture f({ wildStorage(50'000, 3) }, { { "x", 0, { 50'000 } } });
    MeasureOptions options { .bins = bins, .low = low, .high = high };
    const auto two = measure(f.vector, all(*f.checkpoint), options, {});
    QVERIFY(two);
    compare(*two, numbersOf(f.vector, all(*f.checkpoint)));
    options.quantiles = false;
    const auto one = measure(f.vector, all(*f.checkpoint), options, {}); // in a single pass
    QVERIFY(one);
    QVERIFY(one->histogram == two->histogram);
    QVERIFY(one->exact && one->quantiles.empty());
}

void TestMeasure::logBins()
{
    const Fixture f({ wildStorage(50'000, 3) }, { { "x", 0, { 50'000 } } });
    const auto m = measure(f.vector, all(*f.checkpoint), { .bins = 40, .scale = BinScale::Log }, {});
    QVERIFY(m);
    QVERIFY(m->histogram.spec.scale == BinScale::Log && m->histogram.spec.low > 0);
    compare(*m, numbersOf(f.vector, all(*f.checkpoint)));
    QVERIFY(m->histogram.below > 20'000); // what is not positive
}

void TestMeasure::sketchQuantilesAreMarked()
{
    const Fixture f({ storageOf(Dtype::Float32, normalFloats(50'000, 3, 10)) }, { { "x", 0, { 50'000 } } });
    const auto exact = measure(f.vector, all(*f.checkpoint), {}, {});
    const auto quick = measure(f.vector, all(*f.checkpoint), { .exactQuantiles = false }, {});
    QVERIFY(exact && quick);
    QVERIFY(exact->exact && !quick->exact && quick->histogram.exact);
    QVERIFY(quick->histogram == exact->histogram);
    for (std::size_t i = 0; i < exact->quantiles.size(); ++i)
        QVERIFY(near(quick->quantiles[i], exact->quantiles[i], 1.0 / 128));
}

void TestMeasure::nothingSelected()
{
    const Fixture f({ storageOf(Dtype::Float32, std::vector<float> { std::nanf(""), INFINITY, -INFINITY }) }, { { "x", 0, { 3 } }, { "e", 0, { 0 } } });
    const auto empty = measure(f.vector, {}, {}, {});
    QVERIFY(empty);
    QCOMPARE(empty->summary.count, 0);
    QVERIFY(std::isnan(empty->quantiles[3]) && empty->histogram.spec.low == -1);
    const auto odd = measure(f.vector, all(*f.checkpoint), {}, {});
    QVERIFY(odd);
    QVERIFY(odd->histogram.nan == 1 && odd->histogram.below == 1 && odd->histogram.above == 1);
}

void TestMeasure::sameBitsForAnyThreadsAndClones()
{
    const Fixture f({ wildStorage(2'000'000, 5) }, { { "x", 0, { 1000, 2000 } }, { "t", 0, { 2000, 900 }, { 1, 2000 } } });
    std::optional<Measurement> first;
    for (Isa isa : { Isa::Baseline, Isa::Avx2, Isa::Avx512 })
        for (int threads : { 1, 2, 5 }) {
            limitIsa(isa);
            Pool pool(threads);
            const auto m = measure(f.vector, all(*f.checkpoint), {}, {}, pool);
            QVERIFY(m);
            if (!first)
                first = *m;
            QCOMPARE(std::memcmp(&m->summary, &first->summary, sizeof(Summary)), 0);
            QVERIFY(m->histogram == first->histogram && m->quantiles == first->quantiles);
        }
}

void TestMeasure::cancels()
{
    const Fixture f({ countingStorage(Dtype::UInt8, 8 << 20) }, { { "x", 0, { 8 << 20 } } });
    std::atomic<std::int64_t> calls = 0;
    std::optional<Job> job;
    job.emplace([&](std::int64_t, std::int64_t) {
        if (++calls == 2)
            job->cancel();
    });
    const auto m = measure(f.vector, all(*f.checkpoint), {}, *job);
    QVERIFY(!m);
    QCOMPARE(m.error().code, ErrorCode::Cancelled);
    QVERIFY(calls < 8);
}

void TestMeasure::readErrorsComeOut()
{
    auto checkpoint = std::make_shared<Checkpoint>();
    const Fixture f({ countingStorage(Dtype::Float32, 1000) }, { { "x", 0, { 1000 } } });
    // The record says more than the file holds.
    *const_cast<Count*>(&f.checkpoint->storages[0].numel) = Count(5000);
    const_cast<Tensor&>(f.checkpoint->tensors[0]).shape = { 5000 };
    const_cast<Tensor&>(f.checkpoint->tensors[0]).numel = Count(5000);
    const auto m = measure(f.vector, all(*f.checkpoint), {}, {});
    QVERIFY(!m);
    QVERIFY(!m.error().message.empty());
}

void TestMeasure::progressEndsAtItsTotal()
{
    const Fixture f({ countingStorage(Dtype::Float32, 3 << 20) }, { { "x", 0, { 3 << 20 } } });
    std::atomic<std::int64_t> last = 0, total = 0;
    std::atomic<bool> beyond = false;
    const Job job([&](std::int64_t done, std::int64_t all) {
        last = done;
        total = all;
        if (done > all)
            beyond = true;
    });
    QVERIFY(measure(f.vector, all(*f.checkpoint), {}, job));
    QVERIFY(total > 0 && last == total && !beyond);
}

void TestMeasure::partialResultsComeFirst()
{
    const std::int64_t n = (257 << 20) / 2;
    const Fixture f({ { Dtype::Int16, std::vector<std::byte>(static_cast<std::size_t>(2 * n), std::byte { 1 }) } }, { { "x", 0, { n } } });
    std::vector<Measurement> heard;
    MeasureOptions options;
    options.partial = [&heard](const Measurement& m) { heard.push_back(m); };
    const auto m = measure(f.vector, all(*f.checkpoint), options, {});
    QVERIFY(m);
    QCOMPARE(heard.size(), std::size_t(2)); // of a sample, and what the first pass knows
    QVERIFY(!heard[0].exact && heard[0].summary.count < n && heard[0].summary.mean == 257);
    QVERIFY(!heard[1].exact && !heard[1].histogram.exact && heard[1].summary == m->summary);
    QVERIFY(m->exact && m->histogram.exact && m->quantiles[0] == 257);
}

void TestMeasure::virtualRepeatsAreNotRead()
{
    const std::int64_t huge = std::int64_t(1) << 40;
    const Fixture f({ storageOf(Dtype::Float32, std::vector<float> { 1, 2, 3 }) }, { { "x", 0, { huge, 3 }, { 0, 1 } } });
    const auto m = measure(f.vector, all(*f.checkpoint), {}, {});
    QVERIFY(m);
    QCOMPARE(m->summary.count, 3 * huge);
    QCOMPARE(m->summary.mean, 2.0);
    QVERIFY(near(m->summary.std(), std::sqrt(2.0 / 3), 1e-9));
    QCOMPARE(m->quantiles[3], 2.0);
    QCOMPARE(m->histogram.counts[0], huge);
}

void TestMeasure::estimatesAreMarkedAndNear_data()
{
    QTest::addColumn<bool>("transposed");
    QTest::newRow("contiguous") << false;
    QTest::newRow("transposed") << true;
}

void TestMeasure::estimatesAreMarkedAndNear()
{
    QFETCH(bool, transposed);
    const auto values = normalFloats(1'000'000, 5, 3, 2);
    std::vector<std::int64_t> stride { 1000, 1 };
    if (transposed)
        stride = { 1, 1000 };
    const Fixture f({ storageOf(Dtype::Float32, values) }, { { "x", 0, { 1000, 1000 }, stride }, { "e", 0, { 0 } } });
    const auto m = estimate(f.vector, all(*f.checkpoint), {}, Count(50'000), {});
    QVERIFY(m);
    QVERIFY(!m->exact && !m->histogram.exact);
    QVERIFY(m->summary.count <= 50'000 && m->summary.count > 40'000);
    QVERIFY(std::abs(m->summary.mean - 3) < 0.1 && std::abs(m->summary.std() - 2) < 0.1);
    QVERIFY(std::abs(m->quantiles[3] - 3) < 0.1);
}

void TestMeasure::smallSelectionsAreEstimatedExactly()
{
    const Fixture f({ wildStorage(5000, 4) }, { { "x", 0, { 5000 } } });
    const auto exact = measure(f.vector, all(*f.checkpoint), {}, {});
    const auto m = estimate(f.vector, all(*f.checkpoint), {}, Count(5000), {});
    QVERIFY(m && exact);
    QVERIFY(m->exact && m->summary == exact->summary && m->quantiles == exact->quantiles);
}

QTEST_GUILESS_MAIN(TestMeasure)
#include "tst_measure.moc"
