// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QtTest>

#include "base/number.h"
#include "items/maploader.h"
#include "items/modulebands.h"
#include "support/fixtures.h"
#include "support/memoryfile.h"

#include <cmath>

using namespace ravel;

namespace {

std::shared_ptr<const FlatLayout> layoutOf(std::shared_ptr<const Checkpoint> checkpoint)
{
    LayoutSpec whole;
    whole.scope = "";
    return FlatLayout::make(std::move(checkpoint), whole).value();
}

// Counts up: 3000 float32, then 50 x 40 float32 that lies transposed, then 7 complex, then 5 int64.
std::shared_ptr<const Checkpoint> mixed()
{
    std::vector<float> complex;
    for (int i = 0; i < 14; ++i)
        complex.push_back(static_cast<float>(i));
    return fixtureCheckpoint({ countingStorage(Dtype::Float32, 3000), countingStorage(Dtype::Float32, 2000),
                                 storageOf(Dtype::Complex64, complex), countingStorage(Dtype::Int64, 5) },
        { { "a", 0, { 3000 }, {}, 0, TensorKind::Unknown }, { "b", 1, { 50, 40 }, { 1, 50 }, 0, TensorKind::Unknown },
            { "c", 2, { 7 }, {}, 0, TensorKind::Unknown }, { "d", 3, { 5 }, {}, 0, TensorKind::Unknown } });
}

// What stands at a flat place of mixed(): one number, or two of a complex element.
std::vector<double> expected(std::int64_t i)
{
    if (i < 3000)
        return { static_cast<double>(i) };
    if (i < 5000)
        return { static_cast<double>((i - 3000) % 40 * 50 + (i - 3000) / 40) };
    if (i < 5007)
        return { 2.0 * static_cast<double>(i - 5000), 2.0 * static_cast<double>(i - 5000) + 1 };
    return { static_cast<double>(i - 5007) };
}

} // namespace

class TestMapLoader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTileHoldsWhatTheVectorHolds_data()
    {
        QTest::addColumn<int>("level");
        for (const int level : { 0, 1, 3, 9, 12, 20 })
            QTest::newRow(qPrintable(QString::number(level))) << level;
    }
    void aTileHoldsWhatTheVectorHolds()
    {
        QFETCH(int, level);
        const auto layout = layoutOf(mixed());
        const EditedVector edited(layout->checkpointPtr());
        const std::int64_t size = std::int64_t(1) << level;
        for (std::int64_t index = 0; index * size * TileKey::buckets < 5012; ++index) {
            const auto tile = readTile(*layout, edited, { level, index }, Job());
            QVERIFY(tile.has_value());
            for (std::size_t b = 0; b < tile->summaries.size(); ++b) {
                const std::int64_t begin = (index * TileKey::buckets + std::int64_t(b)) * size;
                Summary brute;
                double low = INFINITY, high = -INFINITY, sum = 0;
                std::int64_t count = 0;
                for (std::int64_t i = begin; i < std::min<std::int64_t>(begin + size, 5012); ++i)
                    for (const double x : expected(i))
                        low = std::min(low, x), high = std::max(high, x), sum += x, ++count;
                const Summary& got = tile->summaries[b];
                QCOMPARE(got.count, count);
                QCOMPARE(got.min, low);
                QCOMPARE(got.max, high);
                QVERIFY(std::abs(got.mean - sum / double(count)) < 1e-9 * (1 + std::abs(sum)));
            }
        }
    }

    void elementsAreWrittenAsTheirDtypeWritesThem()
    {
        const auto layout = layoutOf(mixed());
        const auto tile = readTile(*layout, EditedVector(layout->checkpointPtr()), { 0, 4 }, Job());
        QVERIFY(tile.has_value());
        QCOMPARE(tile->texts.size(), std::size_t(5012 - 4096));
        QCOMPARE(QString::fromStdString(tile->texts[5001 - 4096]), QStringLiteral("2+3j"));
        QCOMPARE(QString::fromStdString(tile->texts[5011 - 4096]), QStringLiteral("4"));
    }

    void theLoaderReadsWhatItIsAskedFor()
    {
        const auto layout = layoutOf(mixed());
        MapLoader loader;
        loader.setSource(layout, EditedVector(layout->checkpointPtr()));
        const auto before = loader.revision();
        loader.want({ FlatIndex(900), FlatIndex(3000) }, 0);
        QTRY_VERIFY(loader.tile({ 0, 0 }) && loader.tile({ 0, 1 }) && loader.tile({ 0, 2 }));
        QVERIFY(!loader.tile({ 0, 3 }));
        QVERIFY(loader.revision() > before);
    }

    void theNewestRequestReplacesWhatWaits()
    {
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 100000) }, { { "a", 0, { 100000 }, {}, 0, TensorKind::Unknown } }));
        MapLoader loader;
        loader.setSource(layout, EditedVector(layout->checkpointPtr()));
        loader.want({ FlatIndex(0), FlatIndex(16000) }, 0);
        loader.want({ FlatIndex(90000), FlatIndex(90010) }, 0);
        QTRY_VERIFY(loader.tile(TileKey::at(0, FlatIndex(90000))));
        QTRY_VERIFY(!loader.busy());
        int there = 0; // of the sixteen at most the one that was being read
        for (std::int64_t i = 0; i < 16; ++i)
            there += loader.tile({ 0, i }) != nullptr;
        QVERIFY(there <= 1);
    }

    void tilesOfAnOlderSourceAreGone()
    {
        const auto first = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 4000) }, { { "a", 0, { 4000 }, {}, 0, TensorKind::Unknown } }));
        const auto second = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 4000) }, { { "a", 0, { 40, 100 }, { 1, 40 }, 0, TensorKind::Unknown } }));
        MapLoader loader;
        for (int n = 0; n < 20; ++n) { // the switch comes while the first is being read, or just after
            loader.setSource(first, EditedVector(first->checkpointPtr()));
            loader.want({ FlatIndex(0), FlatIndex(1000) }, 0);
            if (n % 2)
                QTRY_VERIFY(loader.tile({ 0, 0 }));
            loader.setSource(second, EditedVector(second->checkpointPtr()));
            QVERIFY(!loader.tile({ 0, 0 }));
            loader.want({ FlatIndex(0), FlatIndex(1000) }, 0);
            QTRY_VERIFY(loader.tile({ 0, 0 }));
            QCOMPARE(loader.tile({ 0, 0 })->summaries[1].min, 40.0);
        }
    }

    void anEditDropsOnlyTheTilesThatItTouches()
    {
        const auto layout = layoutOf(mixed());
        const EditedVector plain(layout->checkpointPtr());
        Step step;
        step.operation = Operation::Multiply;
        step.select = { { "a[1500:1510]", false }, { "d", false } };
        step.value = Number::ofReal(-1);
        const EditedVector edited = plain.with(bindStep(step, *layout, plain, ".", Job()).value());
        MapLoader loader;
        const auto all = [&] { return loader.tile({ 0, 0 }) && loader.tile({ 0, 1 }) && loader.tile({ 0, 2 }) && loader.tile({ 0, 4 }); };
        const auto want = [&] { loader.want({ FlatIndex(0), FlatIndex(5012) }, 0); };
        loader.setSource(layout, plain);
        want();
        QTRY_VERIFY(all());
        const MapTile *first = loader.tile({ 0, 0 }), *third = loader.tile({ 0, 2 });
        for (const bool on : { true, false, true }) { // applied, undone, applied again
            const auto before = loader.revision();
            loader.setSource(layout, on ? edited : plain);
            QVERIFY(loader.revision() > before);
            QCOMPARE(loader.tile({ 0, 0 }), first);
            QCOMPARE(loader.tile({ 0, 2 }), third);
            QVERIFY(!loader.tile({ 0, 1 }) && !loader.tile({ 0, 4 }));
            want();
            QTRY_VERIFY(all());
            QCOMPARE(loader.tile({ 0, 1 })->summaries[1505 - 1024].min, on ? -1505.0 : 1505.0);
            QCOMPARE(loader.tile({ 0, 4 })->summaries[5011 - 4096].min, on ? -4.0 : 4.0);
        }
        loader.setSource(layoutOf(mixed()), plain); // another layout: nothing stays
        QVERIFY(!loader.tile({ 0, 0 }));
    }

    void aViewThatIsTooWideIsNotRead()
    {
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 100000) }, { { "a", 0, { 100000 }, {}, 0, TensorKind::Unknown } }));
        MapLoader loader;
        loader.setSource(layout, EditedVector(layout->checkpointPtr()));
        loader.want({ FlatIndex(0), FlatIndex(100000) }, 0);
        QVERIFY(!loader.busy());
    }

    void whatCannotBeReadIsSaidOnce()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 4000) }, { { "a", 0, { 4000 }, {}, 0, TensorKind::Unknown } });
        static_cast<MemoryFile&>(*checkpoint->files[0].file).bytes().resize(100); // cut while it is open
        const auto layout = layoutOf(checkpoint);
        MapLoader loader;
        QSignalSpy failed(&loader, &MapLoader::failed);
        loader.setSource(layout, EditedVector(checkpoint));
        loader.want({ FlatIndex(0), FlatIndex(1000) }, 0);
        QTRY_COMPARE(failed.count(), 1);
        QVERIFY(!failed[0][0].toString().isEmpty());
        loader.want({ FlatIndex(0), FlatIndex(1000) }, 0);
        QVERIFY(!loader.busy());
        QVERIFY(!loader.tile({ 0, 0 }));
    }

    void modulesFollowTheNames()
    {
        const auto storage = countingStorage(Dtype::Float32, 4);
        std::vector<FixtureTensor> tensors;
        for (const char* name : { "top", "m.e.0.w", "m.e.0.b", "m.e.1.w", "n.w" })
            tensors.push_back({ name, 0, { 4 }, {}, 0, TensorKind::Unknown });
        std::vector<FixtureStorage> storages;
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            storages.push_back(storage);
            tensors[i].storage = std::uint32_t(i);
        }
        const auto layout = layoutOf(fixtureCheckpoint(storages, tensors));
        const ModuleBands bands(*layout);
        QCOMPARE(bands.levels(), 2); // m has one part, e, that is all of it: one band
        QCOMPARE(bands.level(0).size(), std::size_t(2));
        const ModuleBand& m = bands.level(0)[0];
        QCOMPARE(layout->listed()[layout->placed()[m.first]].name.substr(m.nameBegin, m.nameEnd - m.nameBegin), std::string("m.e"));
        QCOMPARE(m.range, (FlatRange { FlatIndex(4), FlatIndex(16) }));
        QCOMPARE(bands.level(1).size(), std::size_t(2));
        QCOMPARE(bands.at(1, 3)->range, (FlatRange { FlatIndex(12), FlatIndex(16) }));
        QVERIFY(!bands.at(0, 0));
        QCOMPARE(bands.around(1, 2)->last, 3u);
        QCOMPARE(bands.around(1, 3)->last, 4u);
        QVERIFY(!bands.around(1, 4));
    }

    void aPathOfAHundredThousandPartsIsOneTensor()
    {
        std::string deep;
        for (int i = 0; i < 100000; ++i)
            deep += "a.";
        auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 4) }, { { "x", 0, { 4 }, {}, 0, TensorKind::Unknown } });
        auto layout = layoutOf(checkpoint);
        auto& segment = const_cast<Segment&>(layout->listed()[0]);
        segment.name = deep;
        QVERIFY(ModuleBands(*layout).levels() <= ModuleBands::deepest);
    }
};

QTEST_GUILESS_MAIN(TestMapLoader)
#include "tst_maploader.moc"
