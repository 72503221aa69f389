// SPDX-License-Identifier: GPL-3.0-or-later
// LibTorch as the oracle: what Ravel computes, reads and writes against what LibTorch does.

#include "base/number.h"
#include "checkpoint/geometry.h"
#include "checkpoint/npy.h"
#include "edit/editedvector.h"
#include "layout/flatlayout.h"
#include "layout/template.h"
#include "oracle.h"
#include "save/flatten.h"
#include "save/torchplugin.h"
#include "stats/histogram.h"
#include "stats/measure.h"
#include "support/fixtures.h"
#include "support/messageform.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace ravel;

namespace {

constexpr Dtype floats[] = { Dtype::Float64, Dtype::Float32, Dtype::Float16, Dtype::BFloat16 };

std::vector<float> awkwardFloats()
{
    constexpr float inf = std::numeric_limits<float>::infinity();
    std::vector<float> values { 0.f, -0.f, 1.f, -1.f, 0.1f, 1e-45f, 1e-40f, 6e-8f, 65504.f, 65519.f, 65520.f, 1e38f, inf, -inf,
        std::numeric_limits<float>::quiet_NaN(), 2049.f, 2051.f, 0.33333334f, 6.1e-5f, 5.96e-8f, 2.98e-8f, 2.99e-8f };
    std::mt19937 generator(7);
    for (int i = 0; i < 20000; ++i) {
        const std::uint32_t bits = generator();
        float value;
        std::memcpy(&value, &bits, 4);
        values.push_back(value);
    }
    return values;
}

std::vector<std::byte> elementsOf(const EditedVector& vector, TensorOrdinal tensor)
{
    std::vector<std::byte> bytes;
    const auto read = vector.readBox(wholeBox(vector.checkpoint(), tensor), bytes);
    return read ? bytes : std::vector<std::byte> {};
}

struct ViewRow {
    const char* name;
    std::vector<std::int64_t> shape, stride;
    std::int64_t offset;
};
const ViewRow viewRows[] = {
    { "contiguous", { 3, 4, 5 }, { 20, 5, 1 }, 0 },
    { "offset", { 3, 4 }, { 4, 1 }, 7 },
    { "transposed", { 5, 6 }, { 1, 5 }, 0 },
    { "permuted", { 4, 2, 3 }, { 1, 12, 4 }, 2 },
    { "every third", { 9 }, { 3 }, 1 },
    { "expanded", { 4, 3 }, { 0, 1 }, 5 },
    { "one element expanded", { 2, 3 }, { 0, 0 }, 9 },
    { "overlapping windows", { 6, 4 }, { 2, 1 }, 0 },
    { "channels last", { 2, 3, 2, 2 }, { 12, 1, 6, 3 }, 0 },
    { "no dimension", {}, {}, 11 },
    { "empty", { 3, 0, 2 }, { 2, 2, 1 }, 0 },
};

using Sizes = std::vector<std::int64_t>;

// A question, and what LibTorch says: its words where it refuses, else shape, stride and whether the result shares and is contiguous.
struct CallRow {
    const char* name;
    ViewQuestion question;
    const char* text; // as Python writes the call
    ViewAnswer answer;
};
constexpr std::int64_t trillion = 1'000'000'000'000;
const CallRow callRows[] = {
    { "view", { ViewCall::View, Dtype::Float32, { 2, 3, 4 }, { 12, 4, 1 }, { 6, 4 } }, "view(6, 4)", { "", { 6, 4 }, { 4, 1 }, true, true } },
    { "view with one size left open", { ViewCall::View, Dtype::Float16, { 2, 3, 4 }, { 12, 4, 1 }, { -1, 2 } }, "view(-1, 2)",
        { "", { 12, 2 }, { 2, 1 }, true, true } },
    { "view of a number", { ViewCall::View, Dtype::Float32, { 1, 1 }, { 1, 1 }, {} }, "view(())", { "", {}, {}, true, true } },
    { "view of a transposed one", { ViewCall::View, Dtype::Float32, { 3, 2 }, { 1, 3 }, { 6 } }, "view(6)",
        { "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous"
          " subspaces). Use .reshape(...) instead.", {}, {}, false, false } },
    { "view that only splits a transposed one", { ViewCall::View, Dtype::Float32, { 4, 3 }, { 1, 4 }, { 2, 2, 3 } }, "view(2, 2, 3)",
        { "", { 2, 2, 3 }, { 2, 1, 4 }, true, false } },
    { "view of another count", { ViewCall::View, Dtype::Float32, { 3, 2 }, { 2, 1 }, { 4 } }, "view(4)",
        { "shape '[4]' is invalid for input of size 6", {}, {}, false, false } },
    { "view as more than any memory", { ViewCall::View, Dtype::Float32, { 3, 2 }, { 2, 1 }, { 1LL << 62, 1LL << 62, 1LL << 62 } },
        "view(4611686018427387904, 4611686018427387904, 4611686018427387904)",
        { "shape '[4611686018427387904, 4611686018427387904, 4611686018427387904]' is invalid for input of size 6", {}, {}, false, false } },
    { "view with two sizes left open", { ViewCall::View, Dtype::Float32, { 3, 2 }, { 2, 1 }, { -1, -1 } }, "view(-1, -1)",
        { "only one dimension can be inferred", {}, {}, false, false } },
    { "reshape of a contiguous one", { ViewCall::Reshape, Dtype::Float32, { 3, 2 }, { 2, 1 }, { 6 } }, "reshape(6)",
        { "", { 6 }, { 1 }, true, true } },
    { "reshape of a transposed one", { ViewCall::Reshape, Dtype::BFloat16, { 3, 2 }, { 1, 3 }, { 6 } }, "reshape(6)",
        { "", { 6 }, { 1 }, false, true } },
    { "contiguous of a contiguous one", { ViewCall::Contiguous, Dtype::Float32, { 3, 2 }, { 2, 1 }, {} }, "contiguous()",
        { "", { 3, 2 }, { 2, 1 }, true, true } },
    { "contiguous of a transposed one", { ViewCall::Contiguous, Dtype::Float32, { 3, 2 }, { 1, 3 }, {} }, "contiguous()",
        { "", { 3, 2 }, { 2, 1 }, false, true } },
    { "contiguous of an expanded one", { ViewCall::Contiguous, Dtype::Float32, { 3, 2 }, { 0, 1 }, {} }, "contiguous()",
        { "", { 3, 2 }, { 2, 1 }, false, true } },
    // Batch size one: its stride says nothing, and nothing is refused until the second example comes.
    { "contiguous of a batch of one", { ViewCall::Contiguous, Dtype::Float32, { 1, 4 }, { 77, 1 }, {} }, "contiguous()",
        { "", { 1, 4 }, { 77, 1 }, true, true } },
    { "view of a batch of one", { ViewCall::View, Dtype::Float32, { 4, 1 }, { 1, 4 }, { 4 } }, "view(4)", { "", { 4 }, { 1 }, true, true } },
    { "flatten", { ViewCall::Flatten, Dtype::Float32, { 2, 3, 4 }, { 12, 4, 1 }, { 1, -1 } }, "flatten(1, -1)",
        { "", { 2, 12 }, { 12, 1 }, true, true } },
    { "flatten across a gap", { ViewCall::Flatten, Dtype::Float32, { 2, 3, 4 }, { 4, 8, 1 }, { 0, 1 } }, "flatten(0, 1)",
        { "", { 6, 4 }, { 4, 1 }, false, true } },
    { "flatten backwards", { ViewCall::Flatten, Dtype::Float32, { 2, 3, 4 }, { 12, 4, 1 }, { 2, 1 } }, "flatten(2, 1)",
        { "flatten() has invalid args: start_dim cannot come after end_dim", {}, {}, false, false } },
    { "flatten beyond the dimensions", { ViewCall::Flatten, Dtype::Float32, { 2, 3 }, { 3, 1 }, { 0, 2 } }, "flatten(0, 2)",
        { "Dimension out of range (expected to be in range of [-2, 1], but got 2)", {}, {}, false, false } },
    { "unflatten", { ViewCall::Unflatten, Dtype::Float32, { 2, 12 }, { 12, 1 }, { 1, 3, 4 } }, "unflatten(1, (3, 4))",
        { "", { 2, 3, 4 }, { 12, 4, 1 }, true, true } },
    { "unflatten of a transposed one", { ViewCall::Unflatten, Dtype::Float32, { 12, 2 }, { 1, 12 }, { 0, 3, 4 } }, "unflatten(0, (3, 4))",
        { "", { 3, 4, 2 }, { 4, 1, 12 }, true, false } },
    { "unflatten into other sizes", { ViewCall::Unflatten, Dtype::Float32, { 2, 12 }, { 12, 1 }, { 1, 5 } }, "unflatten(1, (5,))",
        { "unflatten: Provided sizes [5] don't multiply up to the size of dim 1 (12) in the input tensor", {}, {}, false, false } },
    { "transpose", { ViewCall::Transpose, Dtype::Float32, { 2, 3, 4 }, { 12, 4, 1 }, { 0, -1 } }, "transpose(0, -1)",
        { "", { 4, 3, 2 }, { 1, 4, 12 }, true, false } },
    { "squeeze", { ViewCall::Squeeze, Dtype::Float32, { 1, 3, 1, 2 }, { 6, 2, 2, 1 }, {} }, "squeeze()", { "", { 3, 2 }, { 2, 1 }, true, true } },
    { "of no element", { ViewCall::View, Dtype::Float32, { 3, 0 }, { 1, 1 }, { 0, 5 } }, "view(0, 5)", { "", { 0, 5 }, { 5, 1 }, true, true } },
    { "a trillion elements", { ViewCall::Reshape, Dtype::Float64, { 1000, trillion / 1000 }, { 1, 1000 }, { trillion } }, "reshape(1000000000000)",
        { "", { trillion }, { 1 }, false, true } },
    { "a dtype that LibTorch lacks", { ViewCall::Flatten, Dtype::Float8E5M2, { 2, 3 }, { 3, 1 }, { 0, 1 } }, "flatten(0, 1)",
        { "", { 6 }, { 1 }, true, true } },
};

FixtureStorage sixty(Dtype dtype) { return countingStorage(dtype, 60); }

oracle::View viewOf(const ViewRow& row, const FixtureStorage& storage)
{
    return { storage.dtype, storage.bytes, row.shape, row.stride, row.offset };
}

} // namespace

class TestTorch : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string path(const char* name) const { return (m_folder.path() + u'/' + QString::fromLatin1(name)).toStdString(); }

    static std::vector<FixtureTensor> views()
    {
        std::vector<FixtureTensor> tensors;
        for (const ViewRow& row : viewRows)
            tensors.push_back({ row.name, 0, row.shape, row.stride, row.offset, TensorKind::Parameter });
        return tensors;
    }

private Q_SLOTS:
    void viewsReadAsTheirContiguousCopies_data()
    {
        QTest::addColumn<int>("row");
        QTest::addColumn<int>("dtype");
        for (std::size_t i = 0; i < std::size(viewRows); ++i)
            for (const Dtype dtype : { Dtype::Float32, Dtype::Float16, Dtype::Int64, Dtype::UInt8, Dtype::Complex64 })
                QTest::addRow("%s %s", viewRows[i].name, std::string(dtypeName(dtype)).c_str()) << int(i) << int(dtype);
    }
    void viewsReadAsTheirContiguousCopies()
    {
        QFETCH(int, row);
        QFETCH(int, dtype);
        const ViewRow& view = viewRows[row];
        const FixtureStorage storage = sixty(static_cast<Dtype>(dtype));
        const auto checkpoint = fixtureCheckpoint({ storage }, { { "t", 0, view.shape, view.stride, view.offset } });
        QVERIFY(elementsOf(EditedVector(checkpoint), 0) == oracle::contiguous(viewOf(view, storage)).bytes);
    }

    void contiguousStridesAreTorchs()
    {
        for (const auto& shape : std::vector<std::vector<std::int64_t>> { {}, { 3 }, { 2, 3, 4 }, { 2, 1, 4 }, { 2, 0, 4 }, { 0 } }) {
            std::vector<std::int64_t> identity;
            for (std::size_t i = 0; i < shape.size(); ++i)
                identity.push_back(static_cast<std::int64_t>(i));
            QCOMPARE(contiguousStride(shape), oracle::strideOf(shape, identity));
        }
    }

    void flattenIsParametersToVector()
    {
        const FixtureStorage storage = sixty(Dtype::Float32);
        const auto checkpoint = fixtureCheckpoint({ storage }, views());
        LayoutSpec spec;
        spec.aliases = Aliases::Repeat;
        const auto layout = FlatLayout::make(checkpoint, spec);
        QVERIFY(layout);
        const std::string target = path("flat.npy");
        QVERIFY(flatten(systemIo(), **layout, EditedVector(checkpoint), std::nullopt, target, true, {}));
        std::vector<oracle::View> expected;
        for (const ViewRow& row : viewRows)
            expected.push_back(viewOf(row, storage));
        const oracle::Array vector = oracle::parametersToVector(expected);
        const auto source = openVector(systemIo(), target);
        QVERIFY(source);
        QCOMPARE((*source)->count(), vector.shape[0]);
        std::vector<std::byte> bytes(vector.bytes.size());
        QVERIFY((*source)->read(0, (*source)->count(), bytes.data()));
        QVERIFY(bytes == vector.bytes);
    }

    void unflattenIsVectorToParameters()
    {
        const std::vector<std::vector<std::int64_t>> shapes { { 3, 4 }, { 5 }, {}, { 2, 2, 2 } };
        std::vector<FixtureStorage> storages;
        std::vector<FixtureTensor> tensors;
        std::int64_t total = 0;
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            const std::int64_t n = checkedNumel(shapes[i], Dtype::Float32)->value;
            storages.push_back(countingStorage(Dtype::Float32, n));
            tensors.push_back({ "p" + std::to_string(i), static_cast<std::uint32_t>(i), shapes[i], {}, 0, TensorKind::Parameter });
            total += n;
        }
        const auto checkpoint = fixtureCheckpoint(storages, tensors);
        oracle::Array vector { Dtype::Float32, { total }, {} };
        std::vector<float> numbers;
        for (std::int64_t i = 0; i < total; ++i)
            numbers.push_back(std::sin(static_cast<float>(i)));
        vector.bytes = storageOf(Dtype::Float32, numbers).bytes;

        // The vector goes through a file, as a user's does.
        std::vector<std::byte> file = makeNpyHeader(Dtype::Float32, vector.shape);
        file.insert(file.end(), vector.bytes.begin(), vector.bytes.end());
        writeBytes(path("v.npy"), file);
        const auto source = openVector(systemIo(), path("v.npy"));
        QVERIFY(source);
        const auto layout = FlatLayout::make(checkpoint, {});
        QVERIFY(layout);
        const EditedVector before(checkpoint);
        const auto unflattened = unflatten(**layout, before, *source, {});
        QVERIFY(unflattened);
        const EditedVector after = before.with(unflattened->step);
        const auto expected = oracle::vectorToParameters(vector, shapes);
        for (std::size_t i = 0; i < shapes.size(); ++i)
            QVERIFY(elementsOf(after, static_cast<TensorOrdinal>(i)) == expected[i].bytes);
    }

    void roundingIsTorchs_data()
    {
        QTest::addColumn<int>("dtype");
        for (const Dtype dtype : floats)
            QTest::addRow("%s", std::string(dtypeName(dtype)).c_str()) << int(dtype);
    }
    void roundingIsTorchs()
    {
        QFETCH(int, dtype);
        const auto type = static_cast<Dtype>(dtype);
        const std::vector<float> values = awkwardFloats();
        std::vector<double> doubles(values.begin(), values.end());
        std::vector<std::byte> elements(values.size() * static_cast<std::size_t>(dtypeSize(type)));
        Fit fit;
        fromDoubles(type, doubles.data(), doubles.size(), Overflow::Inf, elements.data(), fit);
        const oracle::Array expected = oracle::cast(values, type);
        std::vector<double> ours(values.size()), theirs(values.size());
        toDoubles(type, elements.data(), values.size(), ours.data());
        toDoubles(type, expected.bytes.data(), values.size(), theirs.data());
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!std::isnan(theirs[i]) || !std::isnan(ours[i]))
                QVERIFY2(std::memcmp(&ours[i], &theirs[i], sizeof(double)) == 0,
                    qPrintable(QStringLiteral("%1: %2, torch %3").arg(values[i], 0, 'g', 9).arg(ours[i]).arg(theirs[i])));
    }

    void doublesRoundToFloatAsTorchs()
    {
        std::mt19937_64 generator(3);
        std::vector<double> values;
        for (int i = 0; i < 20000; ++i)
            values.push_back(std::ldexp(static_cast<double>(generator()) - 9e18, int(generator() % 240) - 180));
        std::vector<std::byte> elements(values.size() * 4);
        Fit fit;
        fromDoubles(Dtype::Float32, values.data(), values.size(), Overflow::Inf, elements.data(), fit);
        QVERIFY(elements == oracle::castDouble(values, Dtype::Float32).bytes);
    }

    void promotionIsTorchs()
    {
        for (int a = 0; a < dtypeCount; ++a)
            for (int b = 0; b < dtypeCount; ++b) {
                const auto first = static_cast<Dtype>(a), second = static_cast<Dtype>(b);
                if (!oracle::knows(first) || !oracle::knows(second))
                    continue;
                const auto layout = FlatLayout::make(
                    fixtureCheckpoint({ countingStorage(first, 2), countingStorage(second, 2) },
                        { { "a", 0, { 2 } }, { "b", 1, { 2 } } }), {});
                QVERIFY(layout);
                QCOMPARE(dtypeName(promotedDtype(**layout)), dtypeName(oracle::promoted({ first, second })));
            }
    }

    void histogramsAreHistc_data()
    {
        QTest::addColumn<int>("bins");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::newRow("256 over all") << 256 << -4.5 << 4.5;
        QTest::newRow("one bin") << 1 << -1.0 << 1.0;
        QTest::newRow("a part") << 10 << -1.0 << 1.0;
        QTest::newRow("whole numbers on edges") << 8 << -4.0 << 4.0;
        QTest::newRow("many") << 1000 << -3.0 << 3.0;
    }
    void histogramsAreHistc()
    {
        QFETCH(int, bins);
        QFETCH(double, low);
        QFETCH(double, high);
        std::mt19937 generator(5);
        std::normal_distribution<double> normal;
        std::vector<double> values;
        for (int i = 0; i < 50000; ++i)
            values.push_back(normal(generator));
        for (int i = -5; i <= 5; ++i)
            values.push_back(i);
        Histogram histogram = emptyHistogram({ low, high, bins, BinScale::Linear });
        count(Dtype::Float64, reinterpret_cast<const std::byte*>(values.data()), values.size(), histogram);
        QCOMPARE(histogram.counts, oracle::histcDouble(values, bins, low, high));
    }

    void statisticsAreTorchs()
    {
        std::mt19937 generator(11);
        std::normal_distribution<double> normal(1000, 0.5);
        std::vector<double> values;
        for (int i = 0; i < 30001; ++i)
            values.push_back(normal(generator));
        const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::Float64, values) }, { { "t", 0, { 30001 } } });
        const auto layout = FlatLayout::make(checkpoint, {});
        QVERIFY(layout);
        const auto measured = measure(EditedVector(checkpoint), wholeSelection(**layout), {}, {});
        QVERIFY(measured);
        const oracle::Moments expected = oracle::moments(values, { std::begin(shownQuantiles), std::end(shownQuantiles) });
        QCOMPARE(measured->summary.min, expected.min);
        QCOMPARE(measured->summary.max, expected.max);
        QVERIFY(std::abs(measured->summary.mean - expected.mean) < 1e-11 * std::abs(expected.mean));
        QVERIFY(std::abs(measured->summary.std() - expected.std) < 1e-9 * expected.std);
        QCOMPARE(measured->quantiles.size(), expected.quantiles.size());
        for (std::size_t i = 0; i < expected.quantiles.size(); ++i)
            QVERIFY(std::abs(measured->quantiles[i] - expected.quantiles[i]) <= 1e-12 * std::abs(expected.quantiles[i]));
    }

    void readsWhatLibTorchWrites()
    {
        const FixtureStorage storage = sixty(Dtype::Float32);
        std::vector<oracle::Named> named;
        for (const ViewRow& row : viewRows)
            named.push_back({ row.name, viewOf(row, storage), named.empty() ? -1 : 0 });
        writeBytes(path("libtorch.pt"), oracle::pickleSave(named));
        const auto checkpoint = openCheckpoint(path("libtorch.pt"));
        QVERIFY2(checkpoint, checkpoint ? "" : checkpoint.error().message.c_str());
        QCOMPARE((*checkpoint)->tensors.size(), named.size());
        for (std::size_t i = 0; i < named.size(); ++i) {
            const Tensor& tensor = (*checkpoint)->tensors[i];
            QCOMPARE(QString::fromStdString(tensor.name), QString::fromStdString(named[i].name));
            QCOMPARE(tensor.stride, named[i].view.stride);
            QCOMPARE(tensor.storage, 0u);
            QVERIFY(elementsOf(EditedVector(*checkpoint), static_cast<TensorOrdinal>(i)) == oracle::contiguous(named[i].view).bytes);
        }
    }

    void writesWhatLibTorchLoads()
    {
        const FixtureStorage storage = sixty(Dtype::Float32);
        std::vector<FixtureTensor> tensors = views();
        tensors.push_back({ "nested.deep.counter", 1, { 2 }, {}, 0 });
        const auto checkpoint = fixtureCheckpoint({ storage, countingStorage(Dtype::Int64, 2) }, tensors);
        LayoutSpec spec;
        spec.scope = "";
        const auto layout = FlatLayout::make(checkpoint, spec);
        QVERIFY(layout);
        QVERIFY(flatten(systemIo(), **layout, EditedVector(checkpoint), Dtype::Float64, path("all.npy"), true, {}));
        const auto source = openVector(systemIo(), path("all.npy"));
        QVERIFY(source);
        const auto plugin = loadTorchPlugin();
        QVERIFY2(plugin, plugin ? "" : plugin.error().message.c_str());
        writeBytes(path("fresh.pt"), {});
        const auto losses = (*plugin)->writePt(makeTemplate(**layout), **source, path("fresh.pt"), {});
        QVERIFY2(losses, losses ? "" : losses.error().message.c_str());
        QVERIFY(losses->empty());

        const std::vector<oracle::Loaded> loaded = oracle::pickleLoad(path("fresh.pt"));
        QCOMPARE(loaded.size(), tensors.size());
        for (std::size_t i = 0; i < loaded.size(); ++i) {
            QCOMPARE(loaded[i].name, tensors[i].name);
            QCOMPARE(loaded[i].array.shape, tensors[i].shape);
            QCOMPARE(loaded[i].stride, checkpoint->tensors[i].stride);
            QCOMPARE(loaded[i].offset, tensors[i].offset);
            QVERIFY(loaded[i].array.bytes == elementsOf(EditedVector(checkpoint), static_cast<TensorOrdinal>(i)));
            QCOMPARE(loaded[i].storage == loaded[0].storage, i + 1 < loaded.size());
        }
    }

    void differentNumbersForOneElementAreRefusedByBothPlaces_data()
    {
        QTest::addColumn<int>("place");
        QTest::addColumn<QByteArray>("said");
        QTest::newRow("stride 0") << 4 << QByteArray("e[0, 1] and e[1, 1] are one stored element");
        QTest::newRow("one view over another") << 8 << QByteArray("a[1, 0] and b[0] are one stored element");
        QTest::newRow("a window over itself") << 13 << QByteArray("u[0, 1] and u[1, 0] are one stored element");
    }
    void differentNumbersForOneElementAreRefusedByBothPlaces()
    {
        QFETCH(int, place);
        QFETCH(QByteArray, said);
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 3), countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Float32, 3) },
            { { "e", 0, { 2, 3 }, { 0, 1 }, 0 }, { "a", 1, { 2, 2 }, {}, 0 }, { "b", 1, { 2 }, {}, 2 }, { "u", 2, { 2, 2 }, { 1, 1 }, 0 } });
        const auto layout = FlatLayout::make(checkpoint, {});
        QVERIFY(layout);
        std::vector<float> numbers { 0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 2, 3, 0, 1, 1, 2 };
        const auto plugin = loadTorchPlugin();
        QVERIFY(plugin);
        const auto write = [&] {
            std::vector<std::byte> npy = makeNpyHeader(Dtype::Float32, std::vector { static_cast<std::int64_t>(numbers.size()) });
            const auto data = storageOf(Dtype::Float32, numbers).bytes;
            npy.insert(npy.end(), data.begin(), data.end());
            writeBytes(path("linked.npy"), npy);
            writeBytes(path("linked.pt"), {});
            return (*plugin)->writePt(makeTemplate(**layout), **openVector(systemIo(), path("linked.npy")), path("linked.pt"), {});
        };
        const auto agreed = write();
        QVERIFY2(agreed, agreed ? "" : agreed.error().message.c_str());
        numbers[static_cast<std::size_t>(place)] = 77;
        const auto refused = write();
        QVERIFY(!refused);
        QVERIFY2(refused.error().message.find(said.toStdString()) != std::string::npos, refused.error().message.c_str());
    }

    void saysWhatLibTorchMakesOfACall_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < std::size(callRows); ++i)
            QTest::newRow(callRows[i].name) << int(i);
    }
    void saysWhatLibTorchMakesOfACall()
    {
        QFETCH(int, row);
        const auto& [name, question, text, expected] = callRows[row];
        const auto plugin = loadTorchPlugin();
        QVERIFY(plugin);
        const auto answer = (*plugin)->ask(question);
        QVERIFY2(answer, answer ? "" : answer.error().message.c_str());
        QCOMPARE(QString::fromStdString(answer->error), QString::fromUtf8(expected.error));
        QCOMPARE(answer->shape, expected.shape);
        QCOMPARE(answer->stride, expected.stride);
        QCOMPARE(answer->shared, expected.shared);
        QCOMPARE(answer->contiguous, expected.contiguous);
        QCOMPARE(QString::fromStdString(callText(question)), QString::fromUtf8(text));
    }

    void refusesQuestionsAboutNoTensor_data()
    {
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<Sizes>("shape");
        QTest::addColumn<Sizes>("stride");
        QTest::addColumn<int>("call");
        QTest::newRow("a stride too few") << ErrorCode::Usage << Sizes { 2, 3 } << Sizes { 1 } << int(ViewCall::Contiguous);
        QTest::newRow("a negative size") << ErrorCode::Usage << Sizes { -2 } << Sizes { 1 } << int(ViewCall::Contiguous);
        QTest::newRow("a negative stride") << ErrorCode::Usage << Sizes { 2 } << Sizes { -1 } << int(ViewCall::Contiguous);
        QTest::newRow("without its dimensions") << ErrorCode::Usage << Sizes { 2 } << Sizes { 1 } << int(ViewCall::Flatten);
        QTest::newRow("without its sizes") << ErrorCode::Usage << Sizes { 2 } << Sizes { 1 } << int(ViewCall::Unflatten);
        QTest::newRow("too many elements") << ErrorCode::Limit << Sizes { 1LL << 40, 1LL << 40 } << Sizes { 0, 0 } << int(ViewCall::View);
        QTest::newRow("too far apart") << ErrorCode::Limit << Sizes { 2, 3 } << Sizes { 1LL << 62, 1LL << 62 } << int(ViewCall::View);
    }
    void refusesQuestionsAboutNoTensor()
    {
        QFETCH(ErrorCode, code);
        QFETCH(Sizes, shape);
        QFETCH(Sizes, stride);
        QFETCH(int, call);
        const auto plugin = loadTorchPlugin();
        QVERIFY(plugin);
        const auto answer = (*plugin)->ask({ static_cast<ViewCall>(call), Dtype::Float32, shape, stride, {} });
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, code);
        QCOMPARE(QString::fromStdString(messageFlaw(answer.error().message)), QString());
    }

    void reportsWhatAFreshFileLost()
    {
        const auto checkpoint = fixtureCheckpoint(
            { storageOf(Dtype::Float64, std::vector<double> { 1, 2 }), storageOf(Dtype::Float16, std::vector<std::uint16_t> { 0, 0 }) },
            { { "d", 0, { 2 } }, { "h", 1, { 2 } } });
        const auto layout = FlatLayout::make(checkpoint, {});
        const auto plugin = loadTorchPlugin();
        QVERIFY(plugin);
        const auto lossesOf = [&](const FixtureStorage& vector) {
            std::vector<std::byte> npy = makeNpyHeader(vector.dtype, std::vector<std::int64_t> { 4 });
            npy.insert(npy.end(), vector.bytes.begin(), vector.bytes.end());
            writeBytes(path("lossy.npy"), npy);
            writeBytes(path("lossy.pt"), {});
            const auto losses = (*plugin)->writePt(makeTemplate(**layout), **openVector(systemIo(), path("lossy.npy")), path("lossy.pt"), {});
            std::string text;
            for (const Loss& loss : losses.value_or(std::vector<Loss>()))
                text += loss.example + ';';
            return text;
        };
        // A whole number beyond 2^53 has a double nearby, not one of its own; 0.6 is written alike in both, and is another.
        QCOMPARE(lossesOf(storageOf(Dtype::Int64, std::vector<std::int64_t> { (1LL << 53) + 1, 3, 4, 5 })),
            std::string("d[0] = 9007199254740993 became 9007199254740992;"));
        QCOMPARE(lossesOf(storageOf(Dtype::Float64, std::vector<double> { 0.6, 3, 0.5, 0.6 })), std::string("h[1] = 0.6 became 0.60009765625;"));
        QCOMPARE(lossesOf(storageOf(Dtype::Float64, std::vector<double> { 0.6, std::nan(""), 0.5, std::nan("") })), std::string());
    }

    void namesWhatLibTorchCannotWrite()
    {
        const auto plugin = loadTorchPlugin();
        QVERIFY(plugin);
        const auto refusal = [&](Dtype dtype, PathKey::Kind kind) {
            const auto checkpoint = fixtureCheckpoint({ countingStorage(dtype, 2) }, { { "key", 0, { 2 } } });
            const auto layout = FlatLayout::make(checkpoint, {});
            Template made = makeTemplate(**layout);
            made.segments[0].path[0].kind = kind;
            if (!flatten(systemIo(), **layout, EditedVector(checkpoint), Dtype::Float64, path("one.npy"), true, {}))
                return std::string("not flattened");
            writeBytes(path("refused.pt"), {});
            const auto written = (*plugin)->writePt(made, **openVector(systemIo(), path("one.npy")), path("refused.pt"), {});
            return written ? std::string() : written.error().message;
        };
        QCOMPARE(refusal(Dtype::Float32, PathKey::Kind::String), std::string());
        QVERIFY(refusal(Dtype::UInt16, PathKey::Kind::String).find("uint16") != std::string::npos);
        QVERIFY(refusal(Dtype::Float8E5M2, PathKey::Kind::String).find("float8_e5m2") != std::string::npos);
        QVERIFY(refusal(Dtype::Float32, PathKey::Kind::Repr).find("key") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestTorch)
#include "tst_torch.moc"
