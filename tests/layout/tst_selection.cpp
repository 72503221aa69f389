// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "layout/flatlayout.h"
#include "layout/selection.h"
#include "layout/storageuse.h"
#include "checkpoint/geometry.h"
#include "randomview.h"

using namespace ravel;

namespace {

// (storage index, ordinal) of each place of a box; of repeats through stride 0 the first.
std::vector<std::pair<std::int64_t, std::int64_t>> placesOf(const Tensor& tensor, const Box& box)
{
    std::vector<std::pair<std::int64_t, std::int64_t>> places;
    const auto all = coordinatesOf(box);
    for (std::size_t ordinal = 0; ordinal < all.size(); ++ordinal) {
        bool repeat = false;
        for (std::size_t d = 0; d < all[ordinal].size(); ++d)
            repeat = repeat || (tensor.stride[d] == 0 && all[ordinal][d] != box.slices[d].start);
        if (!repeat)
            places.emplace_back(tensor.storageOffset.value + dot(all[ordinal], tensor.stride), static_cast<std::int64_t>(ordinal));
    }
    std::sort(places.begin(), places.end());
    return places;
}

std::vector<std::int64_t> flatPlaces(const FlatLayout& layout, const Selection& selection)
{
    std::vector<std::int64_t> places;
    for (const Box& box : selection.boxes) {
        const Segment& segment = layout.listed()[*layout.segmentOf(box.tensor)];
        for (const auto& coordinates : coordinatesOf(box))
            places.push_back(segment.offset.value + dot(coordinates, contiguousStride(layout.tensor(segment).shape)));
    }
    return places;
}

} // namespace

class TestSelection : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void runsOfARegionAreTheBoxesElements()
    {
        Random random(1);
        for (int round = 0; round < 4000; ++round) {
            std::int64_t size = 0;
            const FixtureTensor view = randomView(random, size);
            const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Int32, size) }, { view });
            const Tensor& tensor = checkpoint->tensors[0];
            Box box { 0, {} };
            for (const std::int64_t n : tensor.shape)
                box.slices.push_back(randomSlice(random, n));
            const auto expected = placesOf(tensor, box);
            const auto region = toRegion(*checkpoint, box);
            QCOMPARE(region.has_value(), !expected.empty());
            if (!region)
                continue;
            QCOMPARE(region->numel().value, static_cast<std::int64_t>(expected.size()));
            QCOMPARE(region->start.value, expected.front().first);
            QCOMPARE(region->end().value, expected.back().first + 1);
            for (std::size_t d = 0; d < region->dims.size(); ++d) {
                QVERIFY(region->dims[d].size > 1 && region->dims[d].stride > 0);
                QVERIFY(d == 0 || region->dims[d - 1].stride >= region->dims[d].stride);
            }
            const StorageIndex begin(pick(random, 0, size)), end(pick(random, 0, size));
            std::vector<std::pair<std::int64_t, std::int64_t>> found, inWindow;
            forEachRun(*region, begin, end, [&](const Run& run) {
                for (std::int64_t i = 0; i < run.count; ++i)
                    found.emplace_back(run.start.value + i * run.stride, run.ordinal + i * run.ordinalStride);
                return true;
            });
            std::sort(found.begin(), found.end());
            for (const auto& place : expected)
                if (place.first >= begin.value && place.first < end.value)
                    inWindow.push_back(place);
            QVERIFY2(found == inWindow, qPrintable(QString::number(round)));
        }
    }

    void distinctPlacesAreTheSamePlaces()
    {
        Random random(2);
        for (int round = 0; round < 3000; ++round) {
            std::int64_t size = 0;
            const FixtureTensor view = randomView(random, size);
            const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Int32, size) }, { view });
            const auto region = toRegion(*checkpoint, wholeBox(*checkpoint, 0));
            if (!region)
                continue;
            const auto setOf = [size](const Region& r) {
                std::set<std::int64_t> places;
                forEachRun(r, StorageIndex(0), StorageIndex(size), [&](const Run& run) {
                    for (std::int64_t i = 0; i < run.count; ++i)
                        places.insert(run.start.value + i * run.stride);
                    return true;
                });
                return places;
            };
            const Region distinct = distinctPlaces(*region);
            QVERIFY(setOf(distinct) == setOf(*region));
            QVERIFY(distinct.numel() <= region->numel());
        }
    }

    void contiguousTensorIsOneRun()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 24) }, { { "t", 0, { 2, 3, 4 }, {}, 0 } });
        const auto region = toRegion(*checkpoint, wholeBox(*checkpoint, 0));
        QVERIFY(region.has_value());
        QVERIFY(region->dims == std::vector<RegionDim>({ { 24, 1, 1 } }));
    }

    // The elements of a transposed tensor stand one after the other too, but their numbers do not: they stay apart.
    void transposedTensorKeepsItsOrdinals()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 6) }, { { "t", 0, { 3, 2 }, { 1, 3 }, 0 } });
        const auto region = toRegion(*checkpoint, wholeBox(*checkpoint, 0));
        QVERIFY(region->dims == std::vector<RegionDim>({ { 2, 3, 1 }, { 3, 1, 2 } }));
        QVERIFY(distinctPlaces(*region).dims == std::vector<RegionDim>({ { 6, 1, 0 } }));
    }

    void expandedTensorIsOnePlace()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 1) },
            { { "t", 0, { 1'000'000, 1'000'000 }, { 0, 0 }, 0 } });
        const auto region = toRegion(*checkpoint, wholeBox(*checkpoint, 0));
        QVERIFY(region->dims.empty());
        QCOMPARE(region->numel().value, 1);
    }

    // unfold(size 1000, step 1) of 10^9 elements: 10^12 places, of which a window of 100 sees those that reach into it.
    void overlappingViewCostsWhatItsWindowHolds()
    {
        Checkpoint checkpoint;
        Tensor tensor;
        tensor.shape = { 1'000'000'000 - 999, 1000 };
        tensor.stride = { 1, 1 };
        tensor.numel = Count(tensor.shape[0] * tensor.shape[1]);
        tensor.storage = 0;
        checkpoint.tensors.push_back(tensor);
        const auto region = toRegion(checkpoint, wholeBox(checkpoint, 0));
        std::int64_t runs = 0, places = 0;
        forEachRun(*region, StorageIndex(500'000'000), StorageIndex(500'000'100), [&](const Run& run) {
            ++runs;
            places += run.count;
            return true;
        });
        QCOMPARE(places, 100'000);
        QVERIFY(runs <= 1100);
        QVERIFY(distinctPlaces(*region).dims == std::vector<RegionDim>({ { 1'000'000'000, 1, 0 } }));
    }

    void visitStopsWhereItIsToldTo()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 100) }, { { "t", 0, { 10, 5 }, { 10, 1 }, 0 } });
        int seen = 0;
        forEachRun(*toRegion(*checkpoint, wholeBox(*checkpoint, 0)), StorageIndex(0), StorageIndex(100),
            [&](const Run&) { return ++seen < 3; });
        QCOMPARE(seen, 3);
    }

    void unreadableTensorHasNoRegion()
    {
        Checkpoint checkpoint;
        Tensor tensor;
        tensor.shape = { 3 };
        tensor.stride = { 1 };
        tensor.numel = Count(3);
        tensor.readable = false;
        checkpoint.tensors.push_back(tensor);
        QVERIFY(!toRegion(checkpoint, wholeBox(checkpoint, 0)));
    }

    void rangeIsTheFewestBoxesInFlatOrder()
    {
        Random random(3);
        for (int round = 0; round < 3000; ++round) {
            std::vector<FixtureTensor> tensors;
            std::vector<FixtureStorage> storages;
            const std::int64_t n = pick(random, 1, 4);
            for (std::int64_t i = 0; i < n; ++i) {
                std::int64_t size = 0;
                tensors.push_back(randomView(random, size));
                tensors.back().name = "t" + std::to_string(i);
                tensors.back().storage = static_cast<std::uint32_t>(i);
                storages.push_back(countingStorage(Dtype::Int32, size));
            }
            const auto layout = layoutOf(fixtureCheckpoint(storages, tensors));
            const std::int64_t begin = pick(random, 0, layout->numel().value), end = pick(random, begin, layout->numel().value);
            const std::int64_t step = pick(random, 0, 1) ? 1 : pick(random, 1, 30);
            const auto selection = selectRange(*layout, { FlatIndex(begin), FlatIndex(end) }, step);
            QVERIFY(selection.has_value());
            std::vector<std::int64_t> expected;
            for (std::int64_t i = begin; i < end; i += step)
                expected.push_back(i);
            QVERIFY2(flatPlaces(*layout, *selection) == expected, qPrintable(QString::number(round)));
            std::map<TensorOrdinal, std::size_t> boxes;
            for (const Box& box : selection->boxes) {
                QCOMPARE(box.slices.size(), layout->checkpoint().tensors[box.tensor].shape.size());
                ++boxes[box.tensor];
            }
            if (step == 1)
                for (const auto& [tensor, count] : boxes)
                    QVERIFY(count <= std::max<std::size_t>(1, 2 * layout->checkpoint().tensors[tensor].shape.size() - 1));
        }
    }

    void rangeOfWholeTensorsIsWholeBoxes()
    {
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 24), countingStorage(Dtype::Float32, 6) },
            { { "a", 0, { 2, 3, 4 }, {}, 0 }, { "b", 1, { 1, 6 }, {}, 0 } }));
        const auto all = selectRange(*layout, { FlatIndex(0), FlatIndex(30) });
        QVERIFY(*all == wholeSelection(*layout));
        const auto row = selectRange(*layout, { FlatIndex(4), FlatIndex(8) });
        QCOMPARE(row->boxes.size(), std::size_t(1));
        QVERIFY(row->boxes[0].slices == std::vector<Slice>({ { 0, 1, 1, true }, { 1, 1, 1, true }, { 0, 4, 1, false } }));
    }

    void stepOfARowIsAColumn()
    {
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 60) }, { { "a", 0, { 3, 4, 5 }, {}, 0 } }));
        const auto column = selectRange(*layout, { FlatIndex(2), FlatIndex(60) }, 5);
        QCOMPARE(column->boxes.size(), std::size_t(1));
        QVERIFY(column->boxes[0].slices == std::vector<Slice>({ { 0, 3, 1, false }, { 0, 4, 1, false }, { 2, 1, 1, true } }));
    }

    void rangeOutsideTheVectorIsRefused()
    {
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 6) }, { { "a", 0, { 6 }, {}, 0 } }));
        QVERIFY(selectRange(*layout, { FlatIndex(0), FlatIndex(6) }).has_value());
        QCOMPARE(selectRange(*layout, { FlatIndex(0), FlatIndex(7) }).error().code, ErrorCode::Usage);
        QCOMPARE(selectRange(*layout, { FlatIndex(-1), FlatIndex(3) }).error().code, ErrorCode::Usage);
        QCOMPARE(selectRange(*layout, { FlatIndex(4), FlatIndex(3) }).error().code, ErrorCode::Usage);
        QCOMPARE(selectRange(*layout, { FlatIndex(0), FlatIndex(6) }, 0).error().code, ErrorCode::Usage);
    }

    void steppedRangeOfTooManyPiecesIsRefused()
    {
        Checkpoint* checkpoint = new Checkpoint;
        checkpoint->entries.emplace_back();
        checkpoint->storages.emplace_back();
        Tensor tensor;
        tensor.shape = { 100'000'000, 7 };
        tensor.stride = { 7, 1 };
        tensor.numel = Count(700'000'000);
        tensor.storage = 0;
        tensor.entry = 0;
        checkpoint->tensors.push_back(tensor);
        const auto layout = layoutOf(std::shared_ptr<const Checkpoint>(checkpoint));
        QCOMPARE(selectRange(*layout, { FlatIndex(0), FlatIndex(700'000'000) }, 3).error().code, ErrorCode::Limit);
    }

    void piecesListTheBoxInItsOrder()
    {
        Random random(9);
        for (int round = 0; round < 2000; ++round) {
            Box box { 0, {} };
            for (std::int64_t d = pick(random, 0, 4); d > 0; --d)
                box.slices.push_back(randomSlice(random, pick(random, 0, 40) == 0 ? 0 : pick(random, 1, 6)));
            const std::int64_t most = pick(random, 1, 40);
            std::vector<std::vector<std::int64_t>> found;
            const auto result = forEachPiece(box, Count(most), [&](const Box& piece) -> Result<> {
                if (piece.numel().value > most)
                    return fail(ErrorCode::Limit, "too large");
                const auto part = coordinatesOf(piece);
                found.insert(found.end(), part.begin(), part.end());
                return {};
            });
            QVERIFY(result.has_value());
            QVERIFY(found == coordinatesOf(box) || box.numel().value == 0);
        }
        int seen = 0;
        const auto stopped = forEachPiece({ 0, { { 0, 9, 1, false } } }, Count(2), [&](const Box&) -> Result<> {
            return ++seen == 2 ? Result<>(fail(ErrorCode::Cancelled, "enough")) : Result<>();
        });
        QVERIFY(!stopped);
        QCOMPARE(seen, 2);
    }

    void useOfAStorageIsCountedOnce()
    {
        Random random(10);
        for (int round = 0; round < 1000; ++round) {
            std::int64_t size = 0;
            const std::vector<FixtureTensor> views = randomViews(random, size);
            const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Int32, size) }, views);
            std::set<std::int64_t> places;
            for (TensorOrdinal t = 0; t < 3; ++t)
                for (const auto& place : placesOf(checkpoint->tensors[t], wholeBox(*checkpoint, t)))
                    places.insert(place.first);
            const auto use = storageUse(*checkpoint);
            QCOMPARE(use[0].tensors, 3);
            QVERIFY(use[0].exact);
            QCOMPARE(use[0].viewed.value, static_cast<std::int64_t>(places.size()));
        }
    }

    void coverIsTheFlatPlacesOfTheBoxes()
    {
        Random random(4);
        for (int round = 0; round < 3000; ++round) {
            std::int64_t sizes[2];
            FixtureTensor a = randomView(random, sizes[0]), b = randomView(random, sizes[1]);
            a.name = "a", b.name = "b", b.storage = 1;
            const auto layout = layoutOf(fixtureCheckpoint(
                { countingStorage(Dtype::Int32, sizes[0]), countingStorage(Dtype::Int32, sizes[1]) }, { a, b }));
            Selection selection;
            for (int i = 0; i < 3; ++i) {
                Box box { static_cast<TensorOrdinal>(pick(random, 0, 1)), {} };
                for (const std::int64_t n : layout->checkpoint().tensors[box.tensor].shape)
                    box.slices.push_back(randomSlice(random, n));
                selection.boxes.push_back(box);
            }
            const auto places = flatPlaces(*layout, selection);
            const std::set<std::int64_t> expected(places.begin(), places.end());
            const auto covered = [](const FlatCover& cover) {
                std::set<std::int64_t> set;
                for (const FlatRange& range : cover.ranges)
                    for (std::int64_t i = range.begin.value; i < range.end.value; ++i)
                        set.insert(i);
                return set;
            };
            const FlatCover whole = flatCover(*layout, selection, 100'000);
            QVERIFY(whole.complete);
            QVERIFY(covered(whole) == expected);
            for (std::size_t i = 1; i < whole.ranges.size(); ++i)
                QVERIFY(whole.ranges[i - 1].end < whole.ranges[i].begin);
            const std::size_t limit = static_cast<std::size_t>(pick(random, 1, 4));
            const FlatCover few = flatCover(*layout, selection, limit);
            QVERIFY(few.ranges.size() <= limit);
            QVERIFY(few.complete ? few.ranges == whole.ranges : !few.ranges.empty());
            const auto fewPlaces = covered(few);
            QVERIFY(std::includes(fewPlaces.begin(), fewPlaces.end(), expected.begin(), expected.end()));
            const FlatRange window { FlatIndex(pick(random, 0, 20)), FlatIndex(pick(random, 20, 60)) };
            std::set<std::int64_t> inWindow;
            for (const std::int64_t i : expected)
                if (window.contains(FlatIndex(i)))
                    inWindow.insert(i);
            QVERIFY(covered(flatCover(*layout, selection, 100'000, window)) == inWindow);
        }
    }

    void boxOfAnAliasCoversWhatItRepeats()
    {
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 6) },
            { { "a", 0, { 2, 3 }, {}, 0 }, { "t", 0, { 3, 2 }, { 1, 3 }, 0 } }));
        QCOMPARE(layout->numel().value, 6);
        // Row 1 of the transposed one is column 1: flat 1 and 4.
        const FlatCover cover = flatCover(*layout, { { { 1, { { 1, 1, 1, true }, { 0, 2, 1, false } } } }, {} }, 10);
        QVERIFY(cover.ranges == std::vector<FlatRange>({ { FlatIndex(1), FlatIndex(2) }, { FlatIndex(4), FlatIndex(5) } }));
    }

    void tensorOutsideTheLayoutHasNoCover()
    {
        LayoutSpec spec;
        spec.only = { "a" };
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 6) },
            { { "a", 0, { 3 }, {}, 0 }, { "b", 0, { 3 }, {}, 3 } }), spec);
        QVERIFY(flatCover(*layout, { { wholeBox(layout->checkpoint(), 1) }, {} }, 10).ranges.empty());
    }
};

QTEST_GUILESS_MAIN(TestSelection)
#include "tst_selection.moc"
