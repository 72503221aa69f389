// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "edit/appliedstep.h"
#include "numbers.h"
#include "stats/anomaly.h"
#include "stats/siblings.h"

#include <deque>

using namespace ravel;

namespace {

// A model of layers of normal numbers, in which things are planted.
class Model {
public:
    std::vector<float>& add(const std::string& name, std::vector<std::int64_t> shape, float mean = 0, float std = 0.02f)
    {
        std::size_t n = 1;
        for (const std::int64_t size : shape)
            n *= static_cast<std::size_t>(size);
        m_parts.push_back({ name, std::move(shape), normalFloats(n, static_cast<unsigned>(m_parts.size()) + 1, mean, std) });
        return m_parts.back().values;
    }
    std::vector<float>& operator[](const std::string& name)
    {
        return std::find_if(m_parts.begin(), m_parts.end(), [&](const Part& p) { return p.name == name; })->values;
    }
    TensorKind kind = TensorKind::Unknown;  // of all
    Dtype dtype = Dtype::Float32;

    // "nan fc.weight[3, 2]: 1 NaN of 50" for each, in flat order.
    QStringList anomalies(AnomalyOptions options = {}, const Job& job = {})
    {
        for (const Anomaly& a : find(std::move(options), job))
            lines << QString::fromStdString(std::string(anomalyKindName(a.kind)) + ' ' + anomalyPlace(*layout, a) + ": " + anomalyText(*layout, a));
        return lines;
    }
    std::vector<Anomaly> find(AnomalyOptions options = {}, const Job& job = {})
    {
        std::vector<FixtureStorage> storages;
        std::vector<FixtureTensor> tensors;
        for (const Part& part : m_parts) {
            tensors.push_back({ part.name, static_cast<std::uint32_t>(storages.size()), part.shape, part.stride, 0, kind });
            storages.push_back({ dtype, bytesOf(dtype, std::vector<double>(part.values.begin(), part.values.end())) });
        }
        layout = FlatLayout::make(fixtureCheckpoint(std::move(storages), tensors), {}).value();
        Pyramid pyramid(layout);
        const EditedVector vector(layout->checkpointPtr());
        if (!pyramid.build(vector, {}))
            qFatal("no pyramid");
        const auto found = findAnomalies(pyramid, vector, options, job);
        failed = !found;
        return found.value_or(std::vector<Anomaly> {});
    }
    void transposeLast() { m_parts.back().stride = { 1, m_parts.back().shape[0] }; }

    std::shared_ptr<const FlatLayout> layout;
    QStringList lines;
    bool failed = false;

private:
    struct Part {
        std::string name;
        std::vector<std::int64_t> shape;
        std::vector<float> values;
        std::vector<std::int64_t> stride {};
    };
    std::deque<Part> m_parts; // references stay
};

Model clean()
{
    Model model;
    for (int i = 0; i < 8; ++i) {
        const std::string layer = "layers." + std::to_string(i);
        model.add(layer + ".linear1.weight", { 64, 48 });
        model.add(layer + ".linear1.bias", { 64 });
        model.add(layer + ".norm.weight", { 48 }, 1, 0.05f);
        model.add(layer + ".conv.weight", { 8, 4, 3, 3 }, 0, 0.1f);
    }
    return model;
}

const float missing = std::nanf("");

} // namespace

class TestAnomalies : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanModelsHaveNone()
    {
        QCOMPARE(clean().anomalies(), QStringList());
        Model wide = clean();
        wide.dtype = Dtype::BFloat16;
        QCOMPARE(wide.anomalies(), QStringList());
    }

    void findsNan()
    {
        Model model = clean();
        auto& weight = model["layers.2.linear1.weight"];
        weight[3 * 48 + 7] = weight[3 * 48 + 8] = weight[60 * 48] = missing;
        const auto found = model.find();
        QCOMPARE(found.size(), std::size_t(1));
        const FlatIndex begin = model.layout->listed()[*model.layout->find("layers.2.linear1.weight")].offset;
        QCOMPARE(found[0].kind, AnomalyKind::Nan);
        QCOMPARE(found[0].severity, AnomalySeverity::Serious);
        QCOMPARE(found[0].elements, 3);
        QVERIFY(found[0].ranges == (std::vector<FlatRange> { { begin + Count(151), begin + Count(153) }, { begin + Count(2880), begin + Count(2881) } }));
        QCOMPARE(found[0].selection.numel().value, 3);
        QCOMPARE(QString::fromStdString(anomalyText(*model.layout, found[0])), "3 NaN of 3,072 in 2 places");
    }

    void countsPlacesThatItDoesNotList()
    {
        Model model;
        auto& values = model.add("w", { 200'000 });
        for (std::size_t i = 0; i < values.size(); i += 2)
            values[i] = missing;
        AnomalyOptions options;
        options.places = 10;
        const auto found = model.find(options);
        QCOMPARE(found.size(), std::size_t(1));
        QCOMPARE(found[0].elements, 100'000);
        QCOMPARE(found[0].ranges.size(), std::size_t(10));
        QVERIFY(!found[0].complete);
    }

    void wholeBlocksAreOnePlace()
    {
        Model model;
        auto& values = model.add("w", { 100, 1000 });
        std::fill(values.begin() + 5000, values.begin() + 60'001, missing);
        const auto found = model.find();
        QCOMPARE(found.size(), std::size_t(1));
        QVERIFY(found[0].ranges == (std::vector<FlatRange> { { FlatIndex(5000), FlatIndex(60'001) } }));
    }

    void findsInfinitiesAndTellsTheirSign_data()
    {
        QTest::addColumn<float>("one");
        QTest::addColumn<float>("other");
        QTest::addColumn<QString>("text");
        QTest::newRow("above") << INFINITY << INFINITY << "inf layers.0.linear1.bias: 2 +Inf of 64 in 2 places";
        QTest::newRow("below") << -INFINITY << -INFINITY << "inf layers.0.linear1.bias: 2 -Inf of 64 in 2 places";
        QTest::newRow("both") << INFINITY << -INFINITY << "inf layers.0.linear1.bias: 2 infinities of 64 in 2 places";
    }
    void findsInfinitiesAndTellsTheirSign()
    {
        QFETCH(float, one);
        QFETCH(float, other);
        QFETCH(QString, text);
        Model model = clean();
        model["layers.0.linear1.bias"][5] = one;
        model["layers.0.linear1.bias"][50] = other;
        QCOMPARE(model.anomalies(), QStringList { text });
    }

    void aBuffersInfinityIsANote()
    {
        Model model;
        model.kind = TensorKind::Buffer;
        model.add("mask", { 4, 4 })[2] = -INFINITY;
        const auto found = model.find();
        QCOMPARE(found.size(), std::size_t(1));
        QCOMPARE(found[0].severity, AnomalySeverity::Note);
    }

    void masksAndOptimizersAreNotedOnly_data()
    {
        QTest::addColumn<float>("value");
        QTest::addColumn<bool>("note");
        QTest::newRow("attention.mask") << -INFINITY << true;
        QTest::newRow("attention.mask2") << INFINITY << false;
        QTest::newRow("attention.bias") << -INFINITY << false;
        QTest::newRow("state.0.exp_avg") << 0.0f << true;
        QTest::newRow("weight") << 0.0f << false;
    }
    void masksAndOptimizersAreNotedOnly()
    {
        QFETCH(float, value);
        QFETCH(bool, note);
        Model model;
        auto& values = model.add(QTest::currentDataTag(), { 8, 8 });
        std::fill_n(values.begin() + 16, 8, value);
        const auto found = model.find();
        QCOMPARE(found.size(), std::size_t(1));
        QCOMPARE(found[0].severity == AnomalySeverity::Note, note);
    }

    void findsDeadRowsAndColumns_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("axis");
        QTest::addColumn<QList<int>>("dead");
        QTest::addColumn<QString>("text");
        const QString weight = QStringLiteral("layers.1.linear1.weight"), conv = QStringLiteral("layers.1.conv.weight");
        QTest::newRow("row") << weight << 0 << QList { 63 } << "dead-rows layers.1.linear1.weight[63, :]: row 63 is all zero";
        QTest::newRow("rows") << weight << 0 << QList { 3, 4, 5, 9 } << "dead-rows layers.1.linear1.weight: 4 rows are all zero: 3-5, 9";
        QTest::newRow("column") << weight << 1 << QList { 0 } << "dead-columns layers.1.linear1.weight[:, 0]: column 0 is all zero";
        QTest::newRow("columns") << weight << 1 << QList { 10, 11 } << "dead-columns layers.1.linear1.weight[:, 10:12]: 2 columns are all zero: 10-11";
        QTest::newRow("output channel") << conv << 0 << QList { 2 } << "dead-rows layers.1.conv.weight[2, :, :, :]: output channel 2 is all zero";
        QTest::newRow("input channel") << conv << 1 << QList { 3 } << "dead-columns layers.1.conv.weight[:, 3, :, :]: input channel 3 is all zero";
    }
    void findsDeadRowsAndColumns()
    {
        QFETCH(QString, name);
        QFETCH(int, axis);
        QFETCH(QList<int>, dead);
        QFETCH(QString, text);
        Model model = clean();
        auto& values = model[name.toStdString()];
        const bool conv = name.contains(QStringLiteral("conv"));
        const int columns = conv ? 4 : 48, inner = conv ? 9 : 1;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const int row = static_cast<int>(i) / (columns * inner), column = static_cast<int>(i) / inner % columns;
            if (dead.contains(axis == 0 ? row : column))
                values[i] = i % 2 ? 0.0f : -0.0f;
        }
        QCOMPARE(model.anomalies(), QStringList { text });
    }

    void oneNumberKeepsARowAlive()
    {
        Model model = clean();
        auto& weight = model["layers.1.linear1.weight"];
        std::fill_n(weight.begin() + 5 * 48, 48, 0.0f);
        weight[5 * 48 + 47] = 1e-30f;
        QCOMPARE(model.anomalies(), QStringList());
    }

    void readsTransposedTensorsByTheirCoordinates()
    {
        Model model;
        auto& values = model.add("w", { 300, 400 }); // element (i, j) stands at i + 300 j
        model.transposeLast();
        for (std::size_t j = 0; j < 400; ++j)
            values[17 + 300 * j] = 0;
        QCOMPARE(model.anomalies(), QStringList { "dead-rows w[17, :]: row 17 is all zero" });
    }

    // More than one thread takes at a time: rows of the first and of the last item.
    void findsDeadRowsFarDown()
    {
        Model model;
        auto& values = model.add("w", { 3000, 800 });
        for (const std::size_t row : { 2, 1310, 1311, 2999 })
            std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(row * 800), 800, 0.0f);
        QCOMPARE(model.anomalies(), QStringList { "dead-rows w: 4 rows are all zero: 2, 1310-1311, 2999" });
    }

    void findsTensorsOfZeros()
    {
        Model model = clean();
        auto& weight = model["layers.4.conv.weight"];
        std::fill(weight.begin(), weight.end(), 0.0f);
        const QStringList found = model.anomalies();
        QVERIFY2(found.contains(QStringLiteral("zero layers.4.conv.weight: all 288 numbers are zero")), qPrintable(found.join(u'\n')));
        QVERIFY(found.filter(QStringLiteral("dead")).isEmpty()); // said once
    }

    void findsOutliers()
    {
        Model model = clean();
        model["layers.5.linear1.weight"][100] = 7;
        const auto all = model.find();
        const auto found = std::find_if(all.begin(), all.end(), [](const Anomaly& a) { return a.kind == AnomalyKind::Outlier; });
        QVERIFY(found != all.end());
        QCOMPARE(found->elements, 1);
        QCOMPARE(found->value, 7.0);
        const FlatIndex begin = model.layout->listed()[*model.layout->find("layers.5.linear1.weight")].offset;
        QVERIFY(found->ranges == (std::vector<FlatRange> { { begin + Count(100), begin + Count(101) } }));
    }

    void aHeavyTailIsNoOutlier()
    {
        Model model;
        auto& values = model.add("w", { 100, 100 });
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = values[i] * values[i] * values[i] * 1000; // cubes of normal numbers
        QCOMPARE(model.anomalies(), QStringList());
    }

    void findsDuplicates()
    {
        Model model = clean();
        model["layers.6.linear1.weight"] = model["layers.1.linear1.weight"];
        model["layers.7.linear1.weight"] = model["layers.1.linear1.weight"];
        model["layers.3.norm.weight"] = model["layers.2.norm.weight"];
        const QStringList found = model.anomalies();
        QCOMPARE(found, (QStringList { "duplicate layers.1.linear1.weight: holds the same bytes as layers.6.linear1.weight and 1 other tensor",
            "duplicate layers.2.norm.weight: holds the same bytes as layers.3.norm.weight" }));
    }

    void oneBitMakesNoDuplicate()
    {
        Model model;
        auto& values = model.add("a", { 2000, 1000 });
        auto& other = model.add("b", { 2000, 1000 });
        other = values;
        std::swap(other[1'500'000], other[1'500'001]); // the same summary
        QCOMPARE(model.anomalies(), QStringList());
        other = values;
        model.lines.clear();
        QCOMPARE(model.anomalies(), QStringList { "duplicate a: holds the same bytes as b" });
    }

    void constantTensorsAreNoDuplicates()
    {
        Model model;
        for (const char* name : { "a", "b" }) {
            auto& values = model.add(name, { 64 });
            std::fill(values.begin(), values.end(), 1.0f);
        }
        QCOMPARE(model.anomalies(), QStringList());
    }

    // Laid out once more, an alias has the bytes of its own storage; a copy of them is still found, and once.
    void aliasesThatRepeatAreNoDuplicates()
    {
        const FixtureStorage tied = storageOf(Dtype::Float32, normalFloats(600, 1, 0, 0.02f));
        const auto found = [&](std::vector<FixtureStorage> storages, const std::vector<FixtureTensor>& tensors) {
            LayoutSpec spec;
            spec.aliases = Aliases::Repeat;
            const auto layout = FlatLayout::make(fixtureCheckpoint(std::move(storages), tensors), spec).value();
            Pyramid pyramid(layout);
            const EditedVector vector(layout->checkpointPtr());
            if (!pyramid.build(vector, {}))
                qFatal("no pyramid");
            QStringList lines;
            const std::vector<Anomaly> all = findAnomalies(pyramid, vector, {}, {}).value();
            for (const Anomaly& a : all)
                lines << QString::fromStdString(anomalyPlace(*layout, a) + ": " + anomalyText(*layout, a));
            return lines;
        };
        const FixtureTensor embedding { "embedding", 0, { 30, 20 }, {}, 0, TensorKind::Unknown }, head { "head", 0, { 30, 20 }, {}, 0, TensorKind::Unknown };
        QCOMPARE(found({ tied }, { embedding, head }), QStringList());
        QCOMPARE(found({ tied, tied }, { embedding, head, { "copy", 1, { 30, 20 }, {}, 0, TensorKind::Unknown } }),
            QStringList { "embedding: holds the same bytes as copy" });
    }

    void findsWhatIsFarFromItsSiblings()
    {
        Model model = clean();
        for (float& value : model["layers.3.linear1.weight"])
            value *= 10;
        for (float& value : model["layers.5.linear1.bias"])
            value += 0.1f;
        const QStringList found = model.anomalies();
        QCOMPARE(found.size(), 2);
        QVERIFY2(found[0].startsWith(QStringLiteral("siblings layers.3.linear1.weight: std 0.2")), qPrintable(found[0]));
        QVERIFY(found[0].contains(QStringLiteral("of its 7 siblings 0.0")));
        QVERIFY(found[0].contains(QStringLiteral("layers.*.linear1.weight")));
        QVERIFY2(found[1].startsWith(QStringLiteral("siblings layers.5.linear1.bias: mean 0.1")), qPrintable(found[1]));
    }

    // Each of many tensors that differ would list all of the others.
    void listsAFewOfManySiblings()
    {
        Model model;
        for (int i = 0; i < 300; ++i) {
            auto& values = model.add("layers." + std::to_string(i) + ".weight", { 400 });
            if (i % 10 == 0)
                for (float& value : values)
                    value *= 100;
        }
        int far = 0;
        for (const Anomaly& anomaly : model.find()) {
            QVERIFY(anomaly.kind == AnomalyKind::FarFromSiblings);
            QCOMPARE(anomaly.othersInAll, 299);
            QCOMPARE(anomaly.others.size(), std::size_t(64));
            QVERIFY(anomalyText(*model.layout, anomaly).find("of its 299 siblings") != std::string::npos);
            ++far;
        }
        QCOMPARE(far, 30);
    }

    void namesSiblings_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::newRow("layers.0.linear1.weight") << "layers.*.linear1.weight";
        QTest::newRow("0.weight") << "*.weight";
        QTest::newRow("h.3.experts.12.w1") << "h.*.experts.*.w1";
        QTest::newRow("layer1.conv.weight") << "";
        QTest::newRow("state.3.exp_avg") << "";
        QTest::newRow("") << "";
    }
    void namesSiblings()
    {
        QFETCH(QString, pattern);
        QCOMPARE(QString::fromStdString(siblingPattern(QTest::currentDataTag())), pattern);
    }

    void integersAreNotLookedAt()
    {
        Model model;
        model.dtype = Dtype::Int64;
        auto& values = model.add("ids", { 4, 4 });
        std::fill(values.begin(), values.end(), 0.0f);
        QCOMPARE(model.anomalies(), QStringList());
    }

    void aCancelledSearchSaysSo()
    {
        Model model = clean();
        const Job job;
        job.cancel();
        model.find({}, job);
        QVERIFY(model.failed);
    }

    void handsOverWhatItHasFirst()
    {
        Model model = clean();
        model["layers.0.linear1.bias"][0] = missing;
        std::fill_n(model["layers.0.linear1.weight"].begin(), 48, 0.0f);
        std::vector<std::size_t> counts;
        AnomalyOptions options;
        options.partial = [&](const std::vector<Anomaly>& some) { counts.push_back(some.size()); };
        QCOMPARE(model.find(options).size(), std::size_t(2));
        QCOMPARE(counts, (std::vector<std::size_t> { 1, 2 }));
    }
};

QTEST_GUILESS_MAIN(TestAnomalies)
#include "tst_anomalies.moc"
