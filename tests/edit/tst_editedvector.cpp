// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "edit/editedvector.h"
#include "edit/recipe.h"
#include "layout/flatlayout.h"
#include "support/fixtures.h"
#include "support/layouts.h"

#include <cstring>
#include <random>

using namespace ravel;

namespace {

Step setStep(const std::string& select, double value)
{
    Step step;
    step.operation = Operation::Set;
    step.select = { { select, false } };
    step.value = Number::ofReal(value);
    return step;
}

Step multiplyStep(const std::string& select, double factor)
{
    Step step = setStep(select, factor);
    step.operation = Operation::Multiply;
    return step;
}

std::vector<float> floatsOf(const EditedVector& edited, StorageOrdinal storage = 0)
{
    const Count n = edited.checkpoint().storages[storage].numel;
    std::vector<float> out(static_cast<std::size_t>(n.value));
    const auto done = edited.read(storage, StorageIndex(0), n, reinterpret_cast<std::byte*>(out.data()));
    return done ? out : std::vector<float>();
}

EditedVector applied(const EditedVector& edited, const FlatLayout& layout, const Step& step)
{
    const auto bound = bindStep(step, layout, edited, ".", {});
    if (!bound)
        qFatal("%s", bound.error().message.c_str());
    return edited.with(*bound);
}

} // namespace

class TestEditedVector : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void stepsApplyInOrderAndUndoRestores()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 12) }, { { "w", 0, { 3, 4 } } });
        const auto layout = layoutOf(checkpoint);
        const EditedVector none(checkpoint);
        const EditedVector set = applied(none, *layout, setStep("w[1, :]", 100));
        const EditedVector both = applied(set, *layout, multiplyStep("w[:, 2]", 0.5));
        QCOMPARE(floatsOf(both), (std::vector<float> { 0, 1, 1, 3, 100, 100, 50, 100, 8, 9, 5, 11 }));
        QCOMPARE(floatsOf(set), (std::vector<float> { 0, 1, 2, 3, 100, 100, 100, 100, 8, 9, 10, 11 }));
        QCOMPARE(floatsOf(both.withoutLast()), floatsOf(set));
        QCOMPARE(floatsOf(both.withoutLast().withoutLast()), floatsOf(none));
        QCOMPARE(none.withoutLast().steps().size(), std::size_t(0));
        QCOMPARE(both.steps().size(), std::size_t(2));
        QCOMPARE(both.steps()[0].get(), set.steps()[0].get());
    }

    void touchesAndHullsSayWhatIsCovered()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 100), countingStorage(Dtype::Float32, 10) },
            { { "w", 0, { 10, 10 } }, { "b", 1, { 10 } } });
        const auto layout = layoutOf(checkpoint);
        EditedVector edited(checkpoint);
        QVERIFY(edited.hulls(0).empty());
        QVERIFY(edited.editedStorages().empty());
        edited = applied(edited, *layout, setStep("w[1, 2]", 1));
        edited = applied(edited, *layout, setStep("w[1, 3]", 1));
        edited = applied(edited, *layout, multiplyStep("w[5:7, 4]", 2));
        QCOMPARE(edited.hulls(0), (std::vector<StorageRange> { { StorageIndex(12), StorageIndex(14) }, { StorageIndex(54), StorageIndex(65) } }));
        QCOMPARE(edited.editedStorages(), std::vector<StorageOrdinal> { 0 });
        QVERIFY(edited.touches(0, StorageIndex(13), StorageIndex(14)));
        QVERIFY(!edited.touches(0, StorageIndex(14), StorageIndex(54)));
        QVERIFY(edited.touches(0, StorageIndex(54), StorageIndex(55)));
        QVERIFY(!edited.touches(0, StorageIndex(55), StorageIndex(64))); // between the two places of a column
        QVERIFY(!edited.touches(1, StorageIndex(0), StorageIndex(10)));
    }

    void cellEditsAndOtherStepsKeepTheirOrder()
    {
        // Whatever way the index merges its levels, the value is that of the steps one after the other.
        constexpr int n = 64;
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, n) }, { { "w", 0, { n } } });
        const auto layout = layoutOf(checkpoint);
        EditedVector edited(checkpoint);
        std::vector<float> expected(n);
        for (int i = 0; i < n; ++i)
            expected[static_cast<std::size_t>(i)] = static_cast<float>(i);
        std::mt19937 random(1);
        for (int round = 0; round < 1500; ++round) {
            const int at = static_cast<int>(random() % n);
            if (random() % 3 != 0) {
                edited = applied(edited, *layout, setStep("w[" + std::to_string(at) + ']', round));
                expected[static_cast<std::size_t>(at)] = static_cast<float>(round);
            } else {
                const int stop = at + static_cast<int>(random() % 5);
                edited = applied(edited, *layout, multiplyStep("w[" + std::to_string(at) + ':' + std::to_string(std::max(stop, at + 1)) + ']', -1));
                for (int i = at; i < std::min(n, std::max(stop, at + 1)); ++i)
                    expected[static_cast<std::size_t>(i)] *= -1;
            }
            if (round % 100 == 0)
                QCOMPARE(floatsOf(edited), expected);
        }
        QCOMPARE(floatsOf(edited), expected);
    }

    void readBoxGivesRowMajorOrder_data()
    {
        QTest::addColumn<QString>("layout");
        for (const char* name : { "plain", "transposed", "expanded", "overlapping", "sparse" })
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void readBoxGivesRowMajorOrder()
    {
        QFETCH(QString, layout);
        const std::int64_t n = 300'000;
        FixtureTensor tensor { "w", 0, { 3, 4 }, {}, 5 };
        if (layout == QLatin1String("transposed"))
            tensor.stride = { 1, 3 };
        else if (layout == QLatin1String("expanded"))
            tensor.stride = { 0, 2 };
        else if (layout == QLatin1String("overlapping"))
            tensor.stride = { 1, 1 };
        else if (layout == QLatin1String("sparse"))
            tensor.stride = { 70'000, 30'000 };
        const auto stride = tensor.stride.empty() ? std::vector<std::int64_t> { 4, 1 } : tensor.stride;
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Int32, n) }, { tensor });
        const EditedVector edited(checkpoint);
        const Box box { 0, { { 2, 2, -1, false }, { 1, 2, 2, false } } };
        std::vector<std::byte> bytes;
        QVERIFY(edited.readBox(box, bytes));
        std::vector<std::int32_t> values(4);
        QCOMPARE(bytes.size(), values.size() * 4);
        std::memcpy(values.data(), bytes.data(), bytes.size());
        std::size_t k = 0;
        for (int i : { 2, 1 })
            for (int j : { 1, 3 })
                QCOMPARE(values[k++], static_cast<std::int32_t>(5 + i * stride[0] + j * stride[1]));
    }

    void tenThousandCellEditsAreCheap()
    {
        const std::int64_t n = 1 << 18;
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, n) }, { { "w", 0, { n } } });
        const auto layout = layoutOf(checkpoint);
        EditedVector edited(checkpoint);
        for (int i = 0; i < 10'000; ++i)
            edited = applied(edited, *layout, setStep("w[" + std::to_string(i * 26) + ']', -i));
        QCOMPARE(edited.steps().size(), std::size_t(10'000));
        QCOMPARE(edited.hulls(0).size(), std::size_t(10'000));
        const std::vector<float> values = floatsOf(edited);
        for (int i = 0; i < 10'000; ++i)
            QCOMPARE(values[static_cast<std::size_t>(i) * 26], static_cast<float>(-i));
        for (int i = 0; i < 10'000; ++i)
            edited = edited.withoutLast();
        QVERIFY(edited.steps().empty());
        QVERIFY(edited.hulls(0).empty());
    } // and the end of a chain of ten thousand links is no deep recursion
};

QTEST_GUILESS_MAIN(TestEditedVector)
#include "tst_editedvector.moc"
