// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/diff.h"

#include "support/fixtures.h"

#include <QTest>
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
