// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "save/fileplan.h"

#include <random>

using namespace ravel;

namespace {

Checkpoint& sized(Checkpoint& checkpoint, std::int64_t size)
{
    SourceFile file;
    file.status.identity.size = size;
    checkpoint.files.push_back(file);
    return checkpoint;
}

void addStorage(Checkpoint& checkpoint, Dtype dtype, std::int64_t offset, std::int64_t numel)
{
    Storage storage;
    storage.id = { 0, std::to_string(checkpoint.storages.size()) };
    storage.dtype = dtype;
    storage.numel = Count(numel);
    storage.offset = ByteOffset(offset);
    checkpoint.storages.push_back(storage);
}

void addRecord(Checkpoint& checkpoint, std::int64_t offset, std::int64_t size, std::vector<std::int64_t> places = {})
{
    Record record;
    record.offset = ByteOffset(offset);
    record.size = record.storedSize = ByteCount(size);
    for (const std::int64_t place : places)
        record.crcPlaces.emplace_back(place);
    checkpoint.records.push_back(record);
}

// "0 other, 10 storage, 50 checksum, 54 other": as a reader of the test sees it.
std::string text(const FilePlan& plan)
{
    std::string all;
    for (const FileRegion& region : plan.regions()) {
        static constexpr const char* names[] = { "storage", "checksum", "other" };
        all += (all.empty() ? "" : ", ") + std::to_string(region.begin.value) + ' '
            + names[static_cast<int>(region.kind)];
    }
    return all;
}

} // namespace

class TestFilePlan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cutsTheFileIntoWhatItHolds()
    {
        Checkpoint checkpoint;
        sized(checkpoint, 200);
        addStorage(checkpoint, Dtype::Float32, 100, 5);
        addStorage(checkpoint, Dtype::Float32, 10, 10);
        addRecord(checkpoint, 10, 40, { 50, 180 });
        addRecord(checkpoint, 90, 40, { 190 });
        const FilePlan plan(checkpoint, 0);
        QCOMPARE(text(plan), std::string("0 other, 10 storage, 50 checksum, 54 other, 90 other, 100 storage, 120 other, "
                                         "130 other, 180 checksum, 184 other, 190 checksum, 194 other"));
        QCOMPARE(*plan.regionOf(1), 1u);
        QCOMPARE(plan.storagesOf(5).front(), 0u);
        QVERIFY(plan.storagesOf(0).empty());
        QVERIFY(plan.regionsOf(checkpoint.records[0]) == std::pair(1u, 2u));
        QVERIFY(plan.regionsOf(checkpoint.records[1]) == std::pair(4u, 7u));
        QCOMPARE(plan.regionAt(ByteOffset(129)), 6u);
    }

    void storagesOfOnePlaceShareARegion()
    {
        Checkpoint checkpoint;
        sized(checkpoint, 100);
        addStorage(checkpoint, Dtype::Float32, 20, 4);
        addStorage(checkpoint, Dtype::Int32, 20, 4);
        const FilePlan plan(checkpoint, 0);
        QCOMPARE(text(plan), std::string("0 other, 20 storage, 36 other"));
        QCOMPARE(plan.storagesOf(1).size(), 2u);
        QCOMPARE(*plan.regionOf(0), *plan.regionOf(1));
    }

    void whatOverlapsInPartOrLiesOutsideHasNoRegion()
    {
        Checkpoint checkpoint;
        sized(checkpoint, 100);
        addStorage(checkpoint, Dtype::Float32, 20, 4);
        addStorage(checkpoint, Dtype::Float32, 28, 4);
        addStorage(checkpoint, Dtype::Float32, 96, 4);
        addStorage(checkpoint, Dtype::Float64, 40, std::int64_t(1) << 61);
        addStorage(checkpoint, Dtype::Float64, 40, 0);
        addRecord(checkpoint, 20, 20, { 18, 34, 98, -4 });
        addRecord(checkpoint, 24, 4, {});
        const FilePlan plan(checkpoint, 0);
        QCOMPARE(text(plan), std::string("0 other, 20 storage, 36 other, 40 other"));
        for (StorageOrdinal i = 1; i < 5; ++i)
            QVERIFY(!plan.regionOf(i));
        QVERIFY(plan.regionsOf(checkpoint.records[0]) == std::pair(1u, 3u));
        QVERIFY(!plan.regionsOf(checkpoint.records[1]));
    }

    // A set has thousands of files and hundreds of thousands of storages: a plan is of its own file's.
    void aPlanIsOfOneFile()
    {
        Checkpoint checkpoint;
        sized(sized(sized(checkpoint, 100), 50), 30);
        for (const std::uint32_t file : { 2u, 0u, 2u }) {
            addStorage(checkpoint, Dtype::Float32, 8 * static_cast<std::int64_t>(checkpoint.storages.size()), 1);
            addRecord(checkpoint, 8 * static_cast<std::int64_t>(checkpoint.records.size()), 4, { 20 });
            checkpoint.storages.back().id.file = checkpoint.records.back().file = file;
        }
        const FileParts parts(checkpoint);
        const FilePlan first(checkpoint, parts, 0), second(checkpoint, parts, 1), third(checkpoint, parts, 2);
        QCOMPARE(text(first), std::string("0 other, 8 storage, 12 other, 20 checksum, 24 other"));
        QCOMPARE(text(second), std::string("0 other"));
        QCOMPARE(text(third), std::string("0 storage, 4 other, 16 storage, 20 checksum, 24 other"));
        QVERIFY(first.storages() == std::vector<StorageOrdinal> { 1 } && first.records() == std::vector<RecordOrdinal> { 1 });
        QVERIFY(second.storages().empty() && second.records().empty());
        QVERIFY(third.storages() == (std::vector<StorageOrdinal> { 0, 2 }));
        QVERIFY(!first.regionOf(0) && !first.regionOf(2) && !third.regionOf(1));
        QVERIFY(first.regionOf(1) == 1u && third.regionOf(0) == 0u && third.regionOf(2) == 2u);
    }

    void anEmptyFileHasNothing()
    {
        Checkpoint checkpoint;
        const FilePlan plan(sized(checkpoint, 0), 0);
        QCOMPARE(plan.units(), 0u);
        QVERIFY(plan.regions().empty());
    }

    void unitsCoverTheFileAndEndBetweenElements()
    {
        std::mt19937_64 random(5);
        for (int round = 0; round < 20; ++round) {
            Checkpoint checkpoint;
            std::int64_t at = 0;
            for (int i = 0; i < 40; ++i) {
                at += static_cast<std::int64_t>(random() % 100);
                const auto numel = static_cast<std::int64_t>(random() % (i % 5 == 0 ? 400'000 : 1000));
                const auto dtype = static_cast<Dtype>(random() % dtypeCount);
                addStorage(checkpoint, dtype, at, numel);
                at += numel * dtypeSize(dtype);
                addRecord(checkpoint, at, 0, { at });
                at += 4;
            }
            const FilePlan plan(sized(checkpoint, at + 7), 0);
            std::int64_t next = 0;
            for (std::size_t u = 0; u < plan.units(); ++u) {
                const ByteRange unit = plan.unit(u);
                QCOMPARE(unit.begin.value, next);
                QVERIFY(unit.count().value > 0 && unit.count().value <= FilePlan::unitSize);
                next = unit.end.value;
                std::int64_t piece = unit.begin.value;
                for (const FilePiece& p : plan.pieces(unit)) {
                    QCOMPARE(p.range.begin.value, piece);
                    piece = p.range.end.value;
                    for (const StorageOrdinal s : plan.storagesOf(p.region))
                        QCOMPARE((p.range.end - plan.range(p.region).begin).value
                                % dtypeSize(checkpoint.storages[s].dtype), 0);
                    if (plan.regions()[p.region].kind == FileRegion::Kind::Checksum)
                        QCOMPARE(p.range.count().value, 4);
                }
                QCOMPARE(piece, unit.end.value);
            }
            QCOMPARE(next, at + 7);
        }
    }
};

QTEST_GUILESS_MAIN(TestFilePlan)
#include "tst_fileplan.moc"
