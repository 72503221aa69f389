// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "layout/shards.h"
#include "layout/sharing.h"
#include "support/fixtures.h"

using namespace ravel;

namespace {

// Tensors of these lengths, one after the other.
std::shared_ptr<const FlatLayout> layoutOf(const std::vector<std::int64_t>& lengths)
{
    std::vector<FixtureStorage> storages;
    std::vector<FixtureTensor> tensors;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        storages.push_back(countingStorage(Dtype::Float32, lengths[i]));
        tensors.push_back({ "t" + std::to_string(i), static_cast<StorageOrdinal>(i), { lengths[i] }, {} });
    }
    LayoutSpec whole;
    whole.scope = "";
    return *FlatLayout::make(fixtureCheckpoint(std::move(storages), tensors), whole);
}

std::vector<std::int64_t> lengthsOf(const Shards& shards)
{
    std::vector<std::int64_t> lengths;
    for (std::uint64_t i = 0; i < shards.pieces(); ++i)
        lengths.push_back(shards.piece(i).range.count().value);
    return lengths;
}

using Lengths = std::vector<std::int64_t>;

FlatRange range(std::int64_t begin, std::int64_t end) { return { FlatIndex(begin), FlatIndex(end) }; }

} // namespace

class TestShards : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachStyleCutsAsItsLibraryDoes_data()
    {
        QTest::addColumn<int>("style");
        QTest::addColumn<Lengths>("tensors");
        QTest::addColumn<int>("parts");
        QTest::addColumn<Lengths>("expected");
        QTest::addColumn<qint64>("padding");
        const auto row = [](const char* name, ShardStyle style, const Lengths& tensors, int parts, const Lengths& expected, qint64 padding) {
            QTest::newRow(name) << int(style) << tensors << parts << expected << padding;
        };
        row("tensor_split(10, 4)", ShardStyle::Equal, { 10 }, 4, { 3, 3, 2, 2 }, 0);
        row("chunk(10, 4), padded", ShardStyle::Fsdp, { 4, 6 }, 4, { 3, 3, 3, 1 }, 2);
        row("chunk(5, 4): the last rank has padding alone", ShardStyle::Fsdp, { 5 }, 4, { 2, 2, 1, 0 }, 3);
        row("aligned to 2 N", ShardStyle::Zero, { 10 }, 4, { 4, 4, 2, 0 }, 6);
        row("aligned already", ShardStyle::Zero, { 16 }, 4, { 4, 4, 4, 4 }, 0);
        row("each tensor", ShardStyle::Zero3, { 5, 8, 1 }, 4, { 2, 2, 1, 0, 2, 2, 2, 2, 1, 0, 0, 0 }, 6);
        row("one rank", ShardStyle::Fsdp, { 7 }, 1, { 7 }, 0);
        row("more ranks than elements", ShardStyle::Equal, { 2 }, 4, { 1, 1, 0, 0 }, 0);
    }
    void eachStyleCutsAsItsLibraryDoes()
    {
        QFETCH(int, style);
        QFETCH(Lengths, tensors);
        QFETCH(int, parts);
        QFETCH(Lengths, expected);
        QFETCH(qint64, padding);
        const auto layout = layoutOf(tensors);
        const Shards shards(*layout, { static_cast<ShardStyle>(style), parts });
        QCOMPARE(lengthsOf(shards), expected);
        QCOMPARE(shards.padding().value, padding);
        // The pieces follow each other, and each element finds its own.
        FlatIndex at;
        for (std::uint64_t i = 0; i < shards.pieces(); ++i) {
            const Shards::Piece piece = shards.piece(i);
            QCOMPARE(piece.range.begin, at);
            for (; at < piece.range.end; at += Count(1)) {
                QCOMPARE(shards.pieceAt(at).rank, piece.rank);
                QCOMPARE(shards.pieceAt(at).range, piece.range);
            }
        }
        QCOMPARE(at.value, layout->numel().value);
    }

    void tensorsThatStraddleAreFound()
    {
        const auto layout = layoutOf({ 3, 4, 0, 5 }); // 12 elements, 4 ranks of 3
        const Shards shards(*layout, { ShardStyle::Fsdp, 4 });
        QCOMPARE(shards.straddling(), (std::vector<std::uint32_t> { 1, 3 }));
        QCOMPARE(shards.ranksOf(0).last, 0);
        QCOMPARE(shards.ranksOf(1).first, 1);
        QCOMPARE(shards.ranksOf(1).last, 2);
        QVERIFY(!shards.ranksOf(2).straddles());
    }

    void overlappingViewsShareTheirCommonPart()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 100) },
            { { "a", 0, { 60 }, {}, 0 }, { "b", 0, { 50 }, {}, 40 }, { "c", 0, { 10 }, {}, 90 } });
        LayoutSpec whole;
        whole.scope = "";
        const auto layout = *FlatLayout::make(checkpoint, whole);
        const auto shared = sharedPlaces(*layout);
        QCOMPARE(shared.size(), std::size_t(1));
        QCOMPARE(shared[0].first, range(40, 60));
        QCOMPARE(shared[0].second, range(60, 80));
        QVERIFY(shared[0].exact);
        QVERIFY(aliasesWithoutPlace(*layout).empty());
    }

    void aliasesHaveAPlaceOnlyWhereTheyAreRepeated()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 20) },
            { { "embed", 0, { 4, 5 }, {} }, { "head", 0, { 4, 5 }, {} } });
        LayoutSpec spec;
        spec.scope = "";
        const auto once = *FlatLayout::make(checkpoint, spec);
        QVERIFY(sharedPlaces(*once).empty());
        QCOMPARE(aliasesWithoutPlace(*once), (std::vector<std::uint32_t> { 1 }));
        spec.aliases = Aliases::Repeat;
        const auto repeat = *FlatLayout::make(checkpoint, spec);
        QCOMPARE(sharedPlaces(*repeat).size(), std::size_t(1));
        QCOMPARE(sharedPlaces(*repeat)[0].first, range(0, 20));
        QCOMPARE(sharedPlaces(*repeat)[0].second, range(20, 40));
        QVERIFY(aliasesWithoutPlace(*repeat).empty());
    }
};

QTEST_GUILESS_MAIN(TestShards)
#include "tst_shards.moc"
