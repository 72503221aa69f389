// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "numbers.h"
#include "checkpoint/storagepieces.h"
#include "edit/appliedstep.h"
#include "stats/measure.h"
#include "stats/pyramid.h"
#include "support/fixtures.h"

#include <atomic>
#include <cstring>
#include <set>
#include <thread>

using namespace ravel;

namespace {

struct Fixture {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const FlatLayout> layout;
    EditedVector vector { nullptr };
    Fixture(std::vector<FixtureStorage> storages, const std::vector<FixtureTensor>& tensors)
        : checkpoint(fixtureCheckpoint(std::move(storages), tensors))
        , layout(*FlatLayout::make(checkpoint, {}))
        , vector(checkpoint)
    {
    }
    Measurement measured(FlatRange range) const
    {
        const auto selection = selectRange(*layout, range);
        return selection ? measure(vector, *selection, {}, {}).value_or(Measurement {}) : Measurement {};
    }
    FlatRange whole() const { return { FlatIndex(0), FlatIndex(layout->numel().value) }; }
};

FixtureStorage wildStorage(std::size_t n, unsigned seed)
{
    std::vector<float> values = wildFloats(n, seed);
    for (float& value : values)
        if (std::isfinite(value) && std::abs(value) > 1e30f)
            value = 5;
    return storageOf(Dtype::Float32, values);
}

bool same(const Summary& a, const Summary& b)
{
    return a.count == b.count && a.nan == b.nan && a.positiveInf == b.positiveInf && a.negativeInf == b.negativeInf
        && a.zeros == b.zeros && a.min == b.min && a.max == b.max && std::abs(a.mean - b.mean) < 1e-9 && near(a.m2, b.m2, 1e-9);
}

// A step that covers some boxes, as bindStep() maps it.
AppliedStep stepOver(const Checkpoint& checkpoint, const std::vector<Box>& boxes)
{
    AppliedStep step;
    for (const Box& box : boxes)
        if (const auto region = toRegion(checkpoint, box)) {
            step.pieces.push_back({ *region, 0, region->start, region->end() });
            step.storages.push_back(region->storage);
        }
    std::sort(step.storages.begin(), step.storages.end());
    step.storages.erase(std::unique(step.storages.begin(), step.storages.end()), step.storages.end());
    return step;
}

// Contiguous, transposed, expanded, thin, empty, scalar, complex, integer and tied tensors.
Fixture allKinds()
{
    return Fixture({ wildStorage(300'000, 1), countingStorage(Dtype::Int64, 9000), storageOf(Dtype::Complex64, normalFloats(6000, 2)),
                       wildStorage(2'000'000, 3) },
        { { "a", 0, { 100, 1000 } }, { "t", 0, { 500, 300 }, { 1, 500 }, 1000 }, { "empty", 0, { 0, 3 } }, { "scalar", 0, {}, {}, 77 },
            { "ints", 1, { 9000 } }, { "complex", 2, { 3000 } }, { "expanded", 0, { 90, 100 }, { 0, 1 }, 5 },
            { "column", 3, { 999 }, { 2000 }, 3 }, { "every", 3, { 400'000 }, { 3 } }, { "tied", 0, { 100, 1000 } },
            { "small", 1, { 7 }, {}, 11 }, { "wide", 0, { 20'000, 6 }, { 1, 0 }, 3 } });
}

} // namespace

class TestPyramid : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingIsKnownAtFirst();
    void blocksDoNotStraddleSegments();
    void segmentsAreMeasured();
    void rangesAreMergedFromBlocks();
    void columnsHaveTheExtremes_data();
    void columnsHaveTheExtremes();
    void columnsOutsideAreUnknown();
    void oneNanIsSeenAtEveryZoom();
    void invalidatesWhatAStepCovers_data();
    void invalidatesWhatAStepCovers();
    void laterBuildsReadOnlyWhatIsMissing();
    void staleResultsAreDropped();
    void largeStridedSegments();
    void manySmallSegmentsShareSketches();
    void samplesComeFirst();
    void whatCannotBeReadStopsNothingElse();
    void cancels();
    void emptyLayout();
    void readersAndWriterTogether();
    void revisionRises();
    void valuesBeyondFloatSaturate();
};

void TestPyramid::nothingIsKnownAtFirst()
{
    const Fixture f = allKinds();
    const Pyramid pyramid(f.layout);
    QCOMPARE(pyramid.knownBlocks(), 0);
    std::vector<Column> columns(50, Column { 1, 1, 1, 1, 255 });
    pyramid.columns(0, static_cast<double>(f.layout->numel().value), columns);
    QVERIFY(std::all_of(columns.begin(), columns.end(), [](const Column& c) { return c.flags == 0; }));
    QVERIFY(!pyramid.segmentSummary(0) && !pyramid.segmentSketch(0));
    const auto answer = pyramid.summaryOf(f.whole());
    QCOMPARE(answer.summary.count, 0);
    QVERIFY((answer.rest == std::vector<FlatRange> { f.whole() }));
}

void TestPyramid::blocksDoNotStraddleSegments()
{
    const Fixture f({ countingStorage(Dtype::Float32, 100'000) }, { { "a", 0, { 4097 } }, { "b", 0, { 1 } }, { "c", 0, { 4096 } }, { "d", 0, { 0 } } });
    const Pyramid pyramid(f.layout);
    QCOMPARE(pyramid.blockSize(), 4096);
    QCOMPARE(pyramid.blockCount(), 4);
}

void TestPyramid::segmentsAreMeasured()
{
    const Fixture f = allKinds();
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    QCOMPARE(pyramid.knownBlocks(), pyramid.blockCount());
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < f.layout->placed().size(); ++i) {
        const Segment& segment = f.layout->listed()[f.layout->placed()[i]];
        const FlatRange range { segment.offset, segment.offset + segment.numel };
        all.push_back(i);
        const auto summary = pyramid.segmentSummary(i);
        const auto sketch = pyramid.segmentSketch(i);
        QVERIFY2(summary && sketch, std::string(segment.name).c_str());
        if (segment.numel.value == 0) {
            QVERIFY(*summary == Summary());
            continue;
        }
        const Measurement m = f.measured(range);
        QVERIFY2(same(*summary, m.summary), std::string(segment.name).c_str());
        QCOMPARE(sketch->count(), m.summary.finite());
        const double median = sketch->quantile(0.5);
        QVERIFY2(near(median, m.quantiles[3], 1.0 / 64) || std::abs(median) < 0.05, std::string(segment.name).c_str());
    }
    const Measurement m = f.measured(f.whole());
    QVERIFY(same(*pyramid.summaryOf(all), m.summary));
    const auto sketch = pyramid.sketchOf(all);
    QVERIFY(sketch);
    QCOMPARE(sketch->count(), m.summary.finite());
}

void TestPyramid::rangesAreMergedFromBlocks()
{
    const Fixture f = allKinds();
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    const std::int64_t n = f.layout->numel().value;
    std::mt19937 random(4);
    for (int round = 0; round < 25; ++round) {
        const std::int64_t a = random() % n, b = random() % n;
        const FlatRange range { FlatIndex(std::min(a, b)), FlatIndex(std::max(a, b)) };
        Pyramid::RangeAnswer answer = pyramid.summaryOf(range);
        QVERIFY(answer.rest.size() <= 2);
        std::int64_t left = 0;
        for (const FlatRange& rest : answer.rest) {
            left += rest.count().value;
            answer.summary.merge(f.measured(rest).summary);
        }
        QVERIFY(left < 2 * pyramid.blockSize());
        QVERIFY(same(answer.summary, f.measured(range).summary));
    }
}

void TestPyramid::columnsHaveTheExtremes_data()
{
    QTest::addColumn<double>("begin");
    QTest::addColumn<double>("end");
    QTest::addColumn<int>("n");
    QTest::newRow("whole") << 0.0 << -1.0 << 120;
    QTest::newRow("one column") << 0.0 << -1.0 << 1;
    QTest::newRow("inside") << 50'000.5 << 333'333.25 << 77;
    QTest::newRow("finer than blocks") << 99'000.0 << 101'000.0 << 100;
    QTest::newRow("finer than elements") << 100'000.0 << 100'003.0 << 90;
}

void TestPyramid::columnsHaveTheExtremes()
{
    QFETCH(double, begin);
    QFETCH(double, end);
    QFETCH(int, n);
    const Fixture f = allKinds();
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    if (end < 0)
        end = static_cast<double>(f.layout->numel().value);
    std::vector<Column> columns(static_cast<std::size_t>(n));
    pyramid.columns(begin, end, columns);
    // Each column takes whole blocks: the blocks' own edges, by segment.
    for (int i = 0; i < n; ++i) {
        const double from = begin + (end - begin) * i / n, to = begin + (end - begin) * (i + 1) / n;
        FlatIndex first(static_cast<std::int64_t>(from)), last(std::max(first.value, static_cast<std::int64_t>(std::ceil(to)) - 1));
        const auto down = [&](FlatIndex at) {
            const Segment& s = f.layout->listed()[f.layout->placed()[*f.layout->placedAt(at)]];
            return s.offset + Count((at - s.offset).value / 4096 * 4096);
        };
        const Segment& s = f.layout->listed()[f.layout->placed()[*f.layout->placedAt(last)]];
        const FlatRange range { down(first), std::min(s.offset + s.numel, down(last) + Count(4096)) };
        const Summary wanted = f.measured(range).summary;
        const Column& c = columns[static_cast<std::size_t>(i)];
        QVERIFY(c.is(Column::Known) && !c.is(Column::Partial) && !c.is(Column::Estimated));
        QVERIFY(c.min == static_cast<float>(wanted.min) && c.max == static_cast<float>(wanted.max));
        QVERIFY(near(c.mean, wanted.mean, 1e-5) || std::abs(c.mean - wanted.mean) < 1e-6);
        QVERIFY(wanted.finite() < 2 || near(c.std, wanted.std(), 1e-5));
        QCOMPARE(c.is(Column::HasNan), wanted.nan > 0);
        QCOMPARE(c.is(Column::HasInf), wanted.inf() > 0);
    }
}

void TestPyramid::columnsOutsideAreUnknown()
{
    const Fixture f({ countingStorage(Dtype::Float32, 1000) }, { { "a", 0, { 1000 } } });
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    std::vector<Column> columns(4);
    pyramid.columns(-1000, 3000, columns);
    QVERIFY(columns[0].flags == 0 && columns[2].flags == 0 && columns[3].flags == 0);
    QVERIFY(columns[1].is(Column::Known) && columns[1].max == 999);
    pyramid.columns(10, 10, columns);
    QVERIFY(columns[0].flags == 0);
}

void TestPyramid::oneNanIsSeenAtEveryZoom()
{
    std::vector<float> values(1'000'000, 0.0f);
    values[654'321] = std::nanf("");
    const Fixture f({ storageOf(Dtype::Float32, values) }, { { "a", 0, { 1'000'000 } } });
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    for (std::size_t n : { 1u, 2u, 7u, 100u, 2000u }) {
        std::vector<Column> columns(n);
        pyramid.columns(0, 1e6, columns);
        std::size_t seen = 0;
        for (std::size_t i = 0; i < n; ++i) {
            seen += columns[i].is(Column::HasNan);
            if (columns[i].is(Column::HasNan))
                QVERIFY(!columns[i].is(Column::AllZero));
            else
                QVERIFY(columns[i].is(Column::AllZero));
        }
        QVERIFY(seen >= 1 && columns[654'321 * n / 1'000'000].is(Column::HasNan));
    }
}

void TestPyramid::invalidatesWhatAStepCovers_data()
{
    QTest::addColumn<int>("tensor");
    QTest::addColumn<QList<qint64>>("slices"); // start, count, step for each dimension
    QTest::addColumn<int>("atMost");           // blocks that may be forgotten
    using L = QList<qint64>;
    QTest::newRow("one element") << 0 << L { 50, 1, 1, 500, 1, 1 } << 8;
    QTest::newRow("a row") << 0 << L { 7, 1, 1, 0, 1000, 1 } << 90;
    QTest::newRow("a column") << 0 << L { 0, 100, 1, 3, 1, 1 } << 140;
    QTest::newRow("all") << 0 << L { 0, 100, 1, 0, 1000, 1 } << 140;
    QTest::newRow("transposed, one element") << 1 << L { 10, 1, 1, 20, 1, 1 } << 40; // "wide" repeats it: all its blocks
    QTest::newRow("expanded") << 6 << L { 0, 90, 1, 0, 100, 1 } << 140;
    QTest::newRow("thin") << 7 << L { 0, 999, 1 } << 110;
    QTest::newRow("stepped back") << 8 << L { 399'000, 1000, -1 } << 8;
    QTest::newRow("scalar") << 3 << L {} << 40;
    QTest::newRow("nothing") << 2 << L { 0, 0, 1, 0, 3, 1 } << 0;
}

void TestPyramid::invalidatesWhatAStepCovers()
{
    QFETCH(int, tensor);
    QFETCH(QList<qint64>, slices);
    QFETCH(int, atMost);
    const Fixture f = allKinds();
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    Box box { static_cast<TensorOrdinal>(tensor), {} };
    for (qsizetype i = 0; i < slices.size(); i += 3)
        box.slices.push_back({ slices[i], slices[i + 1], slices[i + 2] });
    pyramid.invalidate(stepOver(*f.checkpoint, { box }));
    QVERIFY2(pyramid.blockCount() - pyramid.knownBlocks() <= atMost, qPrintable(QString::number(pyramid.blockCount() - pyramid.knownBlocks())));

    // Every place of the flat vector that shows a stored element of the step is in a block that is not known.
    std::set<std::pair<StorageOrdinal, std::int64_t>> touched;
    if (const auto region = toRegion(*f.checkpoint, box))
        forEachRun(*region, region->start, region->end(), [&](const Run& run) {
            for (std::int64_t i = 0; i < run.count; ++i)
                touched.insert({ region->storage, run.start.value + i * run.stride });
            return true;
        });
    std::vector<char> unknown(static_cast<std::size_t>(f.layout->numel().value));
    for (const FlatRange& rest : pyramid.summaryOf(f.whole()).rest)
        std::fill(unknown.begin() + rest.begin.value, unknown.begin() + rest.end.value, 1);
    for (std::uint32_t placed : f.layout->placed()) {
        const Segment& segment = f.layout->listed()[placed];
        const auto region = toRegion(*f.checkpoint, wholeBox(*f.checkpoint, segment.tensor));
        if (!region)
            continue;
        const Tensor& t = f.layout->tensor(segment);
        for (std::int64_t i = 0; i < segment.numel.value; i += 1 + segment.numel.value / 30'000) {
            std::int64_t rest = i, at = t.storageOffset.value;
            for (std::size_t d = t.shape.size(); d-- > 0; rest /= t.shape[d])
                at += rest % t.shape[d] * t.stride[d];
            if (touched.contains({ t.storage, at }))
                QVERIFY2(unknown[static_cast<std::size_t>(segment.offset.value + i)], std::string(segment.name).c_str());
        }
    }
    // And it is all known again after another build.
    QVERIFY(pyramid.build(f.vector, {}));
    QCOMPARE(pyramid.knownBlocks(), pyramid.blockCount());
    for (std::uint32_t i = 0; i < f.layout->placed().size(); ++i)
        QVERIFY(pyramid.segmentSketch(i));
}

void TestPyramid::laterBuildsReadOnlyWhatIsMissing()
{
    const Fixture f({ countingStorage(Dtype::Float32, 20'000'000) }, { { "a", 0, { 20'000, 1000 } } });
    Pyramid pyramid(f.layout);
    std::atomic<std::int64_t> total = 0;
    const Job job([&](std::int64_t, std::int64_t all) { total = all; });
    QVERIFY(pyramid.build(f.vector, job));
    QCOMPARE(total.load(), std::int64_t(80'000'000));
    QVERIFY(pyramid.segmentSketch(0)); // of five records
    QVERIFY(pyramid.build(f.vector, job));
    QCOMPARE(total.load(), std::int64_t(0));
    pyramid.invalidate(stepOver(*f.checkpoint, { Box { 0, { { 100, 1 }, { 0, 1000 } } } }));
    QVERIFY(!pyramid.segmentSketch(0) && !pyramid.segmentSummary(0));
    QVERIFY(pyramid.build(f.vector, job));
    QVERIFY(total > 0 && total < 20'000'000);
    QCOMPARE(pyramid.segmentSketch(0)->count(), 20'000'000);
}

void TestPyramid::staleResultsAreDropped()
{
    const Fixture f({ countingStorage(Dtype::Float32, 10'000'000) }, { { "a", 0, { 10'000'000 } } });
    Pyramid pyramid(f.layout);
    std::atomic<bool> done = false;
    const Job job([&](std::int64_t, std::int64_t) { // in the midst of the build
        if (!done.exchange(true))
            pyramid.invalidate(stepOver(*f.checkpoint, { Box { 0, { { 0, 10'000'000 } } } }));
    });
    QVERIFY(pyramid.build(f.vector, job));
    QCOMPARE(pyramid.knownBlocks(), 0);
    QVERIFY(!pyramid.segmentSketch(0));
    QVERIFY(pyramid.build(f.vector, {}));
    QCOMPARE(pyramid.knownBlocks(), pyramid.blockCount());
}

void TestPyramid::largeStridedSegments()
{
    // Beyond what one thread takes at once: read in windows of the storage.
    const Fixture f({ storageOf(Dtype::Float32, normalFloats(12'000'000, 6)) }, { { "t", 0, { 3000, 4000 }, { 1, 3000 } } });
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    const Measurement m = f.measured(f.whole());
    QVERIFY(same(*pyramid.segmentSummary(0), m.summary));
    QCOMPARE(pyramid.segmentSketch(0)->count(), m.summary.finite());
    const FlatRange block { FlatIndex(4096 * 100), FlatIndex(4096 * 101) };
    QVERIFY(same(pyramid.summaryOf(block).summary, f.measured(block).summary));
}

void TestPyramid::manySmallSegmentsShareSketches()
{
    std::vector<FixtureTensor> tensors;
    for (int i = 0; i < 70'000; ++i)
        tensors.push_back({ "g" + std::to_string(i / 300) + ".p" + std::to_string(i), 0, { 3 + i % 5 }, {}, i });
    tensors.push_back({ "large", 0, { 9000 } });
    const Fixture f({ countingStorage(Dtype::Float32, 80'000) }, tensors);
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    QCOMPARE(pyramid.knownBlocks(), pyramid.blockCount());
    std::vector<std::uint32_t> all(f.layout->placed().size());
    for (std::uint32_t i = 0; i < all.size(); ++i)
        all[i] = i;
    QVERIFY(pyramid.segmentSummary(5) && !pyramid.segmentSketch(5));
    QVERIFY(pyramid.segmentSketch(all.back()));
    QCOMPARE(pyramid.sketchOf(all)->count(), f.layout->numel().value);
    QVERIFY(!pyramid.sketchOf(std::span(all).first(10)));
    // About so many elements have one together.
    std::uint32_t first = 0;
    while (f.layout->listed()[f.layout->placed()[first]].offset < FlatIndex(16'384))
        ++first;
    QVERIFY(pyramid.sketchOf(std::span(all).first(first)));
    QVERIFY(!pyramid.sketchOf(std::span(all).first(first - 1)));
}

void TestPyramid::samplesComeFirst()
{
    const std::int64_t n = 80'000'000;
    const Fixture f({ { Dtype::Float32, std::vector<std::byte>(static_cast<std::size_t>(n) * 4) } }, { { "a", 0, { n } } });
    Pyramid pyramid(f.layout);
    std::atomic<bool> looked = false, sampled = false;
    const Job job([&](std::int64_t, std::int64_t) {
        if (looked.exchange(true))
            return;
        std::vector<Column> columns(20);
        pyramid.columns(0, static_cast<double>(n), columns);
        sampled = std::all_of(columns.begin(), columns.end(), [](const Column& c) {
            return c.is(Column::Estimated) && !c.is(Column::Known) && c.is(Column::AllZero);
        });
        job.cancel();
    });
    QVERIFY(!pyramid.build(f.vector, job));
    QVERIFY(sampled);
    QVERIFY(!pyramid.segmentSummary(0)); // an estimate is not an answer
}

void TestPyramid::whatCannotBeReadStopsNothingElse()
{
    // One contiguous tensor of several records' length and one transposed, both broken, between sound ones.
    const auto checkpoint = std::const_pointer_cast<Checkpoint>(fixtureCheckpoint(
        { countingStorage(Dtype::Float32, 5000), countingStorage(Dtype::Float32, 700'000), countingStorage(Dtype::Float32, 5000), countingStorage(Dtype::Float32, 10'000), countingStorage(Dtype::Float32, 5000) },
        { { "a", 0, { 5000 } }, { "b", 1, { 700'000 } }, { "c", 2, { 5000 } }, { "d", 3, { 100, 100 }, { 1, 100 } }, { "e", 4, { 5000 } } }));
    std::atomic<int> tried = 0;
    for (const std::size_t broken : { 1, 3 }) {
        auto pieces = std::make_shared<StoragePieces>(StoragePieces { *Mosaic::make({ 0 }, {}), {}, {} });
        pieces->compute = [&tried](StorageIndex, Count, std::byte*) -> Result<> {
            ++tried;
            return fail(ErrorCode::Io, "it is torn");
        };
        checkpoint->storages[broken].pieces = std::move(pieces);
    }
    const auto layout = *FlatLayout::make(checkpoint, {});
    Pyramid pyramid(layout);
    const auto built = pyramid.build(EditedVector(checkpoint), {});
    QVERIFY(!built);
    QCOMPARE(built.error().message, std::string("it is torn"));
    for (std::uint32_t placed = 0; placed < 5; ++placed)
        QCOMPARE(pyramid.segmentSummary(placed).has_value(), placed != 1 && placed != 3);
    QVERIFY2(tried <= 4, "what has failed is not tried over and over");
}

void TestPyramid::cancels()
{
    const Fixture f({ countingStorage(Dtype::Float32, 5'000'000) }, { { "a", 0, { 5'000'000 } } });
    Pyramid pyramid(f.layout);
    std::atomic<int> calls = 0;
    const Job job([&](std::int64_t, std::int64_t) {
        if (++calls == 3)
            job.cancel();
    });
    const auto built = pyramid.build(f.vector, job);
    QVERIFY(!built);
    QCOMPARE(built.error().code, ErrorCode::Cancelled);
    QVERIFY(pyramid.knownBlocks() > 0 && pyramid.knownBlocks() < pyramid.blockCount());
    std::vector<Column> one(1);
    pyramid.columns(0, 5e6, one);
    QVERIFY(one[0].is(Column::Partial) && !one[0].is(Column::Known));
    const auto answer = pyramid.summaryOf(f.whole());
    std::int64_t left = 0;
    for (const FlatRange& rest : answer.rest)
        left += rest.count().value;
    QCOMPARE(answer.summary.count + left, std::int64_t(5'000'000));
    QVERIFY(pyramid.build(f.vector, {}));
    QVERIFY(same(*pyramid.segmentSummary(0), f.measured(f.whole()).summary));
}

void TestPyramid::emptyLayout()
{
    const Fixture f({ countingStorage(Dtype::Float32, 1) }, { { "e", 0, { 0 } } });
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    QCOMPARE(pyramid.blockCount(), 0);
    std::vector<Column> columns(3);
    pyramid.columns(0, 1, columns);
    QVERIFY(columns[0].flags == 0);
    QVERIFY(pyramid.summaryOf(FlatRange {}).rest.empty());
    QVERIFY(*pyramid.segmentSummary(0) == Summary());
}

void TestPyramid::readersAndWriterTogether()
{
    const Fixture f({ wildStorage(3'000'000, 5) }, { { "a", 0, { 1'000'000 } }, { "b", 0, { 2'000'000 } , {}, 1'000'000 } });
    Pyramid reference(f.layout);
    QVERIFY(reference.build(f.vector, {}));
    std::vector<Column> wanted(500);
    reference.columns(0, 3e6, wanted);

    Pyramid pyramid(f.layout);
    std::atomic<bool> stop = false, torn = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i)
        readers.emplace_back([&] {
            std::vector<Column> columns(500);
            while (!stop) {
                pyramid.columns(0, 3e6, columns);
                for (std::size_t c = 0; c < columns.size(); ++c) // half a summary would differ
                    if (columns[c].is(Column::Known) && (columns[c].min != wanted[c].min || columns[c].max != wanted[c].max))
                        torn = true;
                const auto sketch = pyramid.segmentSketch(1);
                if (sketch && sketch->count() == 0)
                    torn = true;
            }
        });
    const AppliedStep some = stepOver(*f.checkpoint, { Box { 0, { { 100'000, 300'000 } } } });
    for (int round = 0; round < 8; ++round) {
        QVERIFY(pyramid.build(f.vector, {}));
        pyramid.invalidate(some);
    }
    stop = true;
    for (std::thread& reader : readers)
        reader.join();
    QVERIFY(!torn);
}

void TestPyramid::revisionRises()
{
    const Fixture f({ countingStorage(Dtype::Float32, 100'000) }, { { "a", 0, { 100'000 } } });
    Pyramid pyramid(f.layout);
    const std::uint64_t first = pyramid.revision();
    QVERIFY(pyramid.build(f.vector, {}));
    const std::uint64_t built = pyramid.revision();
    QVERIFY(built > first);
    pyramid.invalidate(stepOver(*f.checkpoint, { Box { 0, { { 5, 1 } } } }));
    QVERIFY(pyramid.revision() > built);
}

void TestPyramid::valuesBeyondFloatSaturate()
{
    const Fixture f({ storageOf(Dtype::Float64, std::vector<double> { -1e300, 1e300, 0 }) }, { { "a", 0, { 3 } } });
    Pyramid pyramid(f.layout);
    QVERIFY(pyramid.build(f.vector, {}));
    std::vector<Column> one(1);
    pyramid.columns(0, 3, one);
    QCOMPARE(one[0].max, std::numeric_limits<float>::max());
    QCOMPARE(one[0].min, -std::numeric_limits<float>::max());
    QCOMPARE(pyramid.segmentSummary(0)->max, 1e300);
}

QTEST_GUILESS_MAIN(TestPyramid)
#include "tst_pyramid.moc"
