// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "layout/locate.h"
#include "randomview.h"

using namespace ravel;

namespace {

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : " ") + name;
    return text;
}

std::shared_ptr<const FlatLayout> tiedNet()
{
    return layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 20), countingStorage(Dtype::Float64, 5) },
        {
            { "weight", 0, { 2, 3 }, {}, 0 },
            { "tied", 0, { 2, 3 }, {}, 0 },
            { "transposed", 0, { 3, 2 }, { 1, 3 }, 0 },
            { "part", 0, { 4 }, {}, 2 },
            { "expanded", 0, { 4, 2 }, { 0, 1 }, 4 },
            { "wide", 1, { 5 }, {}, 0 },
        }));
}

} // namespace

class TestLocate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyFlatIndexIsFoundAgain()
    {
        Random random(7);
        for (int round = 0; round < 300; ++round) {
            std::int64_t sizes[2];
            FixtureTensor a = randomView(random, sizes[0]), b = randomView(random, sizes[1]);
            a.name = "a", b.name = "b", b.storage = 1;
            const auto layout = layoutOf(fixtureCheckpoint(
                { countingStorage(Dtype::Int32, sizes[0]), countingStorage(Dtype::Int16, sizes[1]) }, { a, b }));
            for (FlatIndex i(0); i.value < layout->numel().value; i += Count(1)) {
                const Place place = *placeOf(*layout, i);
                QCOMPARE(place.index->value, i.value);
                const Place again = *placeOf(*layout, place.tensor, place.coordinates);
                QCOMPARE(again.index->value, i.value);
                const Tensor& tensor = layout->checkpoint().tensors[place.tensor];
                QCOMPARE(place.storageIndex.value, tensor.storageOffset.value + dot(place.coordinates, tensor.stride));
                const Storage& storage = layout->checkpoint().storages[tensor.storage];
                QCOMPARE(place.byte->value, storage.offset->value + place.storageIndex.value * dtypeSize(storage.dtype));
                // Any byte of the element leads to the first place that shows it.
                const Place byByte = *placeOfByte(*layout, 0, *place.byte + ByteCount(dtypeSize(storage.dtype) - 1));
                QCOMPARE(byByte.storageIndex.value, place.storageIndex.value);
                QCOMPARE(byByte.tensor, place.tensor);
                QVERIFY(*byByte.index <= i);
            }
        }
    }

    void linkedNamesAreAllOtherPlaces()
    {
        Random random(8);
        for (int round = 0; round < 1500; ++round) {
            std::int64_t size = 0;
            const std::vector<FixtureTensor> views = randomViews(random, size);
            const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Int32, size) }, views));
            if (layout->numel().value == 0)
                continue;
            const Place place = *placeOf(*layout, FlatIndex(pick(random, 0, layout->numel().value - 1)));
            std::vector<std::string> expected;
            for (TensorOrdinal t = 0; t < 3; ++t) {
                const Tensor& tensor = layout->checkpoint().tensors[t];
                for (const auto& coordinates : coordinatesOf(wholeBox(layout->checkpoint(), t))) {
                    if (tensor.storageOffset.value + dot(coordinates, tensor.stride) != place.storageIndex.value
                        || (t == place.tensor && coordinates == place.coordinates))
                        continue;
                    std::string text = tensor.name;
                    for (std::size_t d = 0; d < coordinates.size(); ++d)
                        text += (d == 0 ? "[" : ", ") + std::to_string(coordinates[d]) + (d + 1 == coordinates.size() ? "]" : "");
                    expected.push_back(text);
                }
            }
            QCOMPARE(joined(ravel::linkedNames(*layout, place, 100'000)), joined(expected));
            expected.resize(std::min<std::size_t>(expected.size(), 3));
            QCOMPARE(joined(ravel::linkedNames(*layout, place, 3)), joined(expected));
        }
    }

    void linkedNames_data()
    {
        QTest::addColumn<QByteArray>("place");
        QTest::addColumn<QByteArray>("names");
        QTest::newRow("alias, transposed") << QByteArray("weight[0, 1]") << QByteArray("tied[0, 1] transposed[1, 0]");
        QTest::newRow("overlap") << QByteArray("weight[0, 2]") << QByteArray("tied[0, 2] transposed[2, 0] part[0]");
        QTest::newRow("repeats of itself") << QByteArray("expanded[2, 1]")
                                           << QByteArray("weight[1, 2] tied[1, 2] transposed[2, 1] part[3] expanded[0, 1] expanded[1, 1] expanded[3, 1]");
        QTest::newRow("repeats of the first") << QByteArray("expanded[0, 1]")
                                           << QByteArray("weight[1, 2] tied[1, 2] transposed[2, 1] part[3] expanded[1, 1] expanded[2, 1] expanded[3, 1]");
        QTest::newRow("alone") << QByteArray("wide[3]") << QByteArray("");
    }
    void linkedNames()
    {
        QFETCH(QByteArray, place);
        QFETCH(QByteArray, names);
        const auto layout = tiedNet();
        const auto found = parsePlace(*layout, place.toStdString());
        QVERIFY(found.has_value());
        QCOMPARE(QByteArray::fromStdString(joined(ravel::linkedNames(*layout, *found))), names);
    }

    void linkedNamesStopAtTheirLimit()
    {
        std::vector<FixtureTensor> tensors;
        for (int i = 0; i < 1000; ++i)
            tensors.push_back({ "t" + std::to_string(i), 0, { 2 }, {}, 0 });
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Int8, 2) }, tensors));
        QCOMPARE(ravel::linkedNames(*layout, *placeOf(*layout, FlatIndex(1)), 5).size(), std::size_t(5));
    }

    void elementOfAnAliasHasTheIndexThatItRepeats()
    {
        const auto layout = tiedNet();
        QCOMPARE(parsePlace(*layout, "transposed[2, 1]")->index->value, 5); // weight[1, 2]
        QCOMPARE(parsePlace(*layout, "tied[1, 0]")->index->value, 3);
    }

    void places_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("index"); // -1: refused
        QTest::newRow("index") << QByteArray("7") << 7;
        QTest::newRow("name and coordinates") << QByteArray("part[1]") << 7;
        QTest::newRow("negative coordinate") << QByteArray("part[-3]") << 7;
        QTest::newRow("byte") << QByteArray("@0x10") << 4; // storage element 4: weight before part
        QTest::newRow("beyond the end") << QByteArray("1000") << -1;
        QTest::newRow("a whole tensor") << QByteArray("part") << -1;
        QTest::newRow("a row") << QByteArray("weight[1]") << -1;
        QTest::newRow("unknown") << QByteArray("nothing[1]") << -1;
        QTest::newRow("negative index") << QByteArray("-1") << -1;
        QTest::newRow("nothing") << QByteArray("") << -1;
    }
    void places()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, index);
        const auto place = parsePlace(*tiedNet(), text.toStdString());
        if (!place)
            QCOMPARE(place.error().code, ErrorCode::Usage);
        QCOMPARE(place ? static_cast<int>(place->index->value) : -1, index);
    }

    void bytesThatNoTensorShowsAreRefused()
    {
        const auto layout = tiedNet();
        QVERIFY(placeOfByte(*layout, 0, ByteOffset(15 * 4)).error().message.find("which no tensor shows") != std::string::npos);
        QVERIFY(placeOfByte(*layout, 0, ByteOffset(-1)).error().message.find("outside the file") != std::string::npos);
        QVERIFY(placeOfByte(*layout, 1, ByteOffset(0)).error().message.find("no file 1") != std::string::npos);
    }

    void placeOutsideTheLayoutHasNoIndex()
    {
        LayoutSpec spec;
        spec.only = { "weight" };
        const auto layout = layoutOf(tiedNet()->checkpointPtr(), spec);
        const Place place = *parsePlace(*layout, "wide[2]");
        QVERIFY(!place.index);
        QCOMPARE(place.listed, noOrdinal);
        QCOMPARE(place.byte->value, 80 + 16);
    }

    void coordinatesOutsideTheShapeAreRefused()
    {
        const auto layout = tiedNet();
        QCOMPARE(placeOf(*layout, 0, { 0 }).error().code, ErrorCode::Usage);
        QCOMPARE(placeOf(*layout, 0, { 2, 0 }).error().code, ErrorCode::Usage);
        QCOMPARE(placeOf(*layout, 0, { 0, -1 }).error().code, ErrorCode::Usage);
    }

    // Strides made so that a search by trial would take for ever.
    void hostileStridesAreSearchedInBoundedTime()
    {
        auto checkpoint = std::make_shared<Checkpoint>();
        checkpoint->entries.emplace_back();
        Tensor tensor;
        tensor.name = "t";
        tensor.entry = 0;
        tensor.storage = 0;
        for (int d = 0; d < 60; ++d) {
            tensor.shape.push_back(2);
            tensor.stride.push_back(1000 + 2 * d);
        }
        tensor.numel = Count(std::int64_t(1) << 60);
        checkpoint->tensors.push_back(tensor);
        Storage storage;
        storage.dtype = Dtype::Int8;
        storage.numel = Count(100'000);
        storage.offset = ByteOffset(0);
        checkpoint->storages.push_back(storage);
        SourceFile file;
        file.status.identity.size = 100'000;
        checkpoint->files.push_back(file);
        const auto layout = layoutOf(checkpoint);
        const auto place = placeOf(*layout, FlatIndex(123'456'789));
        QVERIFY(place.has_value());
        (void)ravel::linkedNames(*layout, *place);
        (void)placeOfByte(*layout, 0, ByteOffset(31'001));
    }
};

QTEST_GUILESS_MAIN(TestLocate)
#include "tst_locate.moc"
