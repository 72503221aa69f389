// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/diff.h"

#include "support/fixtures.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>

using namespace ravel;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

EditedVector vectorOf(std::vector<FixtureStorage> storages, const std::vector<FixtureTensor>& tensors)
{
    return EditedVector(fixtureCheckpoint(std::move(storages), tensors));
}

EditedVector one(const std::vector<float>& values, std::vector<std::int64_t> shape, std::vector<std::int64_t> stride = {})
{
    return vectorOf({ storageOf(Dtype::Float32, values) }, { { "t", 0, std::move(shape), std::move(stride) } });
}

TensorDiff diffOf(const EditedVector& a, const EditedVector& b, const DiffOptions& options = {})
{
    const auto diff = compare(a, b, options, {});
    return diff && diff->tensors.size() == 1 ? diff->tensors.front() : TensorDiff {};
}

} // namespace

class TestDiff : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sameNumbersAreTheSameHoweverTheyLie()
    {
        QVERIFY(compare(one({ 1, 2, 3, 4, 5, 6 }, { 2, 3 }), one({ 1, 4, 2, 5, 3, 6 }, { 2, 3 }, { 1, 2 }), {}, {})->same());
        QVERIFY(compare(one({ notANumber, inf, -0.f }, { 3 }), one({ notANumber, inf, 0.f }, { 3 }), {}, {})->same());
    }

    void differencesAreMeasured()
    {
        const TensorDiff diff = diffOf(one({ 1, 2, 3, 4 }, { 4 }), one({ 1, 5, 3, 0 }, { 4 }));
        QCOMPARE(diff.state, TensorDiff::State::Values);
        QCOMPARE(diff.elements, 4);
        QCOMPARE(diff.different, 2);
        QCOMPARE(diff.maxAbs, 4.0);
        QCOMPARE(diff.l2, 5.0);
        QVERIFY(std::isnan(diffOf(one({ notANumber }, { 1 }), one({ 1 }, { 1 })).maxAbs));
    }

    void tolerancesAreNumpys()
    {
        const EditedVector a = one({ 1.0f, 100.0f }, { 2 }), b = one({ 1.05f, 101.0f }, { 2 });
        QCOMPARE(diffOf(a, b, { 0, 0.06 }).different, 1);
        QCOMPARE(diffOf(a, b, { 0.02, 0 }).different, 1);
        QCOMPARE(diffOf(a, b, { 0.06, 0 }).state, TensorDiff::State::Same);
        QCOMPARE(diffOf(one({ inf }, { 1 }), one({ 1 }, { 1 }), { 1, 1 }).state, TensorDiff::State::Values);
    }

    void wholeNumbersBeyondDoubleAreToldApart()
    {
        const std::vector<std::int64_t> a { 9007199254740993 }, b { 9007199254740992 };
        const TensorDiff diff = diffOf(vectorOf({ storageOf(Dtype::Int64, a) }, { { "t", 0, { 1 } } }),
            vectorOf({ storageOf(Dtype::Int64, b) }, { { "t", 0, { 1 } } }));
        QCOMPARE(diff.different, 1);
        QCOMPARE(diff.maxAbs, 1.0);
    }

    void everyChunkIsCompared_data()
    {
        QTest::addColumn<std::int64_t>("rows");
        QTest::addColumn<std::int64_t>("columns");
        QTest::newRow("many rows") << std::int64_t(70000) << std::int64_t(3);
        QTest::newRow("long rows") << std::int64_t(2) << std::int64_t(150000);
        QTest::newRow("one short of a chunk") << std::int64_t(1) << std::int64_t(65535);
        QTest::newRow("one more than a chunk") << std::int64_t(65537) << std::int64_t(1);
    }
    void everyChunkIsCompared()
    {
        QFETCH(std::int64_t, rows);
        QFETCH(std::int64_t, columns);
        std::vector<float> a(static_cast<std::size_t>(rows * columns), 1.0f), b(a);
        for (const std::int64_t at : { std::int64_t(0), rows * columns / 2, rows * columns - 1 })
            b[static_cast<std::size_t>(at)] += 1;
        const TensorDiff diff = diffOf(one(a, { rows, columns }), one(b, { rows, columns }));
        QCOMPARE(diff.elements, rows * columns);
        QCOMPARE(diff.different, 3);
    }

    void whatIsNotInBothIsNamed()
    {
        const FixtureStorage storage = countingStorage(Dtype::Float32, 6);
        const auto diff = compare(vectorOf({ storage }, { { "a", 0, { 6 } }, { "b", 0, { 2, 3 } }, { "c", 0, { 6 } } }),
            vectorOf({ storage, countingStorage(Dtype::Float64, 6) }, { { "b", 0, { 3, 2 } }, { "c", 1, { 6 } }, { "d", 0, { 6 } } }), {}, {});
        QVERIFY(diff);
        QVERIFY(!diff->same());
        QCOMPARE(diff->tensors.size(), std::size_t(4));
        const TensorDiff::State expected[] { TensorDiff::State::OnlyA, TensorDiff::State::Shape, TensorDiff::State::Dtype, TensorDiff::State::OnlyB };
        for (std::size_t i = 0; i < 4; ++i)
            QCOMPARE(diff->tensors[i].state, expected[i]);
    }

    // The formulas of the header, written as numpy would.
    void theNumbersAreThoseOfTheFormulas_data()
    {
        QTest::addColumn<int>("n");
        for (const int n : { 1, 7, 8, 1000, 65536, 65537, 1 << 20, (1 << 20) + 5, 3'000'000 })
            QTest::addRow("%d", n) << n;
    }
    void theNumbersAreThoseOfTheFormulas()
    {
        QFETCH(int, n);
        std::vector<float> a(static_cast<std::size_t>(n)), b(a);
        std::uint32_t state = 1;
        const auto next = [&state] { return static_cast<float>((state = state * 1664525 + 1013904223) >> 8) / 8388608.0f - 1; };
        for (std::size_t i = 0; i < a.size(); ++i) {
            a[i] = next();
            b[i] = i % 300'000 < 150'000 || i + 1 == a.size() ? a[i] + 0.25f * next() : a[i]; // long stretches are equal
        }
        long double squares = 0, ofA = 0, ofB = 0, both = 0;
        double most = 0;
        std::int64_t different = 0, first = -1, last = -1;
        for (std::size_t i = 0; i < a.size(); ++i) {
            const double x = a[i], y = b[i];
            squares += (x - y) * (x - y);
            ofA += x * x;
            ofB += y * y;
            both += x * y;
            most = std::max(most, std::abs(x - y));
            different += x != y;
            if (x != y) {
                first = first < 0 ? static_cast<std::int64_t>(i) : first;
                last = static_cast<std::int64_t>(i);
            }
        }
        const TensorDiff diff = diffOf(one(a, { n }), one(b, { n }));
        QVERIFY(diff.compared);
        QCOMPARE(diff.elements, n);
        QCOMPARE(diff.different, different);
        QCOMPARE(diff.maxAbs, most);
        QCOMPARE(diff.first, first);
        QCOMPARE(diff.last, last);
        const auto near = [](double x, long double expected) { return std::abs(x - expected) <= 1e-12L * std::abs(expected); };
        QVERIFY(near(diff.l2, std::sqrt(squares)));
        QVERIFY(near(diff.relative, std::sqrt(squares) / std::sqrt(ofB)));
        QVERIFY(near(diff.cosine, both / std::sqrt(ofA) / std::sqrt(ofB)));
    }

    void comparisonIsSymmetric()
    {
        const EditedVector a = one({ 1, -2, 3, notANumber, inf, 0 }, { 6 }), b = one({ 1, 2, 3.5, notANumber, 5, notANumber }, { 6 });
        const TensorDiff there = diffOf(a, b), back = diffOf(b, a);
        QCOMPARE(there.different, 4);
        QCOMPARE(back.different, 4);
        QCOMPARE(there.notFinite, 2);
        QCOMPARE(back.notFinite, 2);
        QVERIFY(std::isnan(there.maxAbs) && std::isnan(back.maxAbs));
        QCOMPARE(there.l2, std::sqrt(16.25));
        QCOMPARE(back.l2, there.l2);
        QCOMPARE(back.cosine, there.cosine);
        QCOMPARE(there.relative, there.l2 / std::sqrt(1 + 4 + 12.25));
        QCOMPARE(back.relative, there.l2 / std::sqrt(1 + 4 + 9.0));
    }

    void whereOneIsInfiniteTheDistanceIs()
    {
        const TensorDiff diff = diffOf(one({ inf, 1 }, { 2 }), one({ -inf, 1 }, { 2 }));
        QCOMPARE(diff.maxAbs, double(inf));
        QCOMPARE(diff.notFinite, 1);
        QCOMPARE(diff.l2, 0.0);
    }

    void dtypesMayDiffer()
    {
        const std::vector<double> a { 1, 2.5, -3 };
        const std::vector<float> b { 1, 2, -3 };
        const TensorDiff diff = diffOf(vectorOf({ storageOf(Dtype::Float64, a) }, { { "t", 0, { 3 } } }), one(b, { 3 }));
        QCOMPARE(diff.state, TensorDiff::State::Dtype);
        QCOMPARE(diff.detail, std::string("float64 and float32"));
        QVERIFY(diff.compared);
        QCOMPARE(diff.different, 1);
        QCOMPARE(diff.maxAbs, 0.5);
        const std::vector<float> pairs { 1, 0, 2, 1 };
        const TensorDiff complex = diffOf(vectorOf({ storageOf(Dtype::Complex64, pairs) }, { { "t", 0, { 2 } } }), one({ 1, 2 }, { 2 }));
        QCOMPARE(complex.different, 1);
        QCOMPARE(complex.maxAbs, 1.0);
    }

    void hugeNumbersDoNotOverflow()
    {
        const std::vector<double> a { 1e300, 1e300 }, b { -1e300, 1e300 };
        const TensorDiff diff = diffOf(vectorOf({ storageOf(Dtype::Float64, a) }, { { "t", 0, { 2 } } }),
            vectorOf({ storageOf(Dtype::Float64, b) }, { { "t", 0, { 2 } } }));
        QCOMPARE(diff.l2, 2e300);
        QCOMPARE(diff.cosine, 0.0);
        QCOMPARE(diff.relative, 2 / std::sqrt(2.0));
        const std::vector<double> c { 1e-200, 2e-200 }, d { 1e-200, 1e-200 };
        QCOMPARE(diffOf(vectorOf({ storageOf(Dtype::Float64, c) }, { { "t", 0, { 2 } } }),
                     vectorOf({ storageOf(Dtype::Float64, d) }, { { "t", 0, { 2 } } })).l2, 1e-200);
    }

    void zerosHaveNoDirection()
    {
        QVERIFY(std::isnan(diffOf(one({ 0, 0 }, { 2 }), one({ 1, 0 }, { 2 })).cosine));
        QCOMPARE(diffOf(one({ 0, 0 }, { 2 }), one({ 0, 0 }, { 2 })).cosine, 1.0);
        QCOMPARE(diffOf(one({ 1, 0 }, { 2 }), one({ 0, 0 }, { 2 })).relative, double(inf));
    }

    void emptyTensorsAreTheSame() { QCOMPARE(diffOf(one({ 1 }, { 0, 3 }), one({ 2 }, { 0, 3 })).state, TensorDiff::State::Same); }

    void tensorsAreToldOfAsTheyAreKnownAndOnce()
    {
        std::vector<FixtureTensor> tensors;
        for (int i = 0; i < 50; ++i)
            tensors.push_back({ "t" + std::to_string(i), 0, { 100'000 }, {}, i });
        const EditedVector a = vectorOf({ countingStorage(Dtype::Float32, 100'100) }, tensors);
        const auto matching = Matcher(a.checkpointPtr(), a.checkpointPtr()).match({}, {});
        std::vector<int> told(50);
        const auto diffs = compareTensors(a, EditedVector(fixtureCheckpoint({ countingStorage(Dtype::Float32, 100'100) }, tensors)), matching->pairs, {}, {},
            [&](std::size_t pair, const TensorDiff& diff) { told[pair] += diff.state == TensorDiff::State::Same ? 1 : 100; });
        QVERIFY(diffs);
        QCOMPARE(told, std::vector<int>(50, 1));
    }

    void aCancelledComparisonSaysSo()
    {
        const Job job;
        job.cancel();
        const auto diff = compare(one({ 1 }, { 1 }), one({ 2 }, { 1 }), {}, job);
        QVERIFY(!diff);
        QCOMPARE(diff.error().code, ErrorCode::Cancelled);
    }

    void aBareStateDictIsComparedWithOneInItsUsualHome()
    {
        const FixtureStorage storage = countingStorage(Dtype::Float32, 4);
        const auto diff = compare(vectorOf({ storage }, { { "fc.weight", 0, { 4 } } }),
            vectorOf({ storage }, { { "state_dict.fc.weight", 0, { 4 } } }), {}, {});
        QVERIFY(diff);
        QVERIFY(diff->belowScopes);
        QVERIFY(diff->same());
    }
};

QTEST_GUILESS_MAIN(TestDiff)
#include "tst_diff.moc"
