// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/storagenotes.h"

#include "support/fixtures.h"

#include <QTest>

using namespace ravel;

class TestStorageNotes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // A saved slice, tied weights, two halves of one storage, and a storage that nobody views.
    void tellsWhatTheTreeDoesNotShow()
    {
        const auto checkpoint = fixtureCheckpoint(
            { countingStorage(Dtype::Float32, 10), countingStorage(Dtype::Float32, 4), countingStorage(Dtype::Float32, 8), countingStorage(Dtype::Float64, 3),
                countingStorage(Dtype::Float32, 5) },
            { { "slice", 0, { 2, 3 } }, { "wte", 1, { 4 } }, { "head", 1, { 4 } }, { "low", 2, { 4 } }, { "high", 2, { 4 }, {}, 4 }, { "first", 4, { 4 } },
                { "last", 4, { 4 }, {}, 1 } });
        const auto notes = StorageNotes::make(checkpoint);
        const auto said = [&](TensorOrdinal t) { return notes->of(t).join('\n'); };
        QVERIFY2(said(0).contains("16 bytes of its storage are shown by no tensor"), qPrintable(said(0)));
        QVERIFY2(said(1).contains("shares all its elements with head"), qPrintable(said(1)));
        QVERIFY2(said(2).contains("shares all its elements with wte"), qPrintable(said(2)));
        QVERIFY2(said(3).contains("lies in one storage with high, no element in common"), qPrintable(said(3)));
        QVERIFY2(said(5).contains("shares elements of its storage with last"), qPrintable(said(5)));
        QVERIFY2(notes->summary().contains("24 bytes") && notes->summary().contains("16 bytes hidden"), qPrintable(notes->summary()));
    }

    // What it is made of is the storages' part of all that a file holds, and no more is kept for it.
    void keepsTheStoragesAlone()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 10), countingStorage(Dtype::Float32, 4), countingStorage(Dtype::Float64, 3) },
            { { "layer.weight", 0, { 2, 3 } }, { "wte.weight", 1, { 4 } }, { "head.weight", 1, { 4 } } });
        const Contents all = contentsOf(*checkpoint), storages = storageContents(*checkpoint);
        QCOMPARE(storages.unviewed, all.unviewed);
        QCOMPARE(storages.shared.size(), std::size_t(1));
        QCOMPARE(storages.shared[0].tensors, all.shared[0].tensors);
        QCOMPARE(storages.hidden.size(), std::size_t(1));
        QCOMPARE(storages.hidden[0].bytes, all.hidden[0].bytes);
        QCOMPARE(storages.hiddenBytes, all.hiddenBytes);
        QVERIFY(!all.layers.list.empty());
        QVERIFY(storages.layers.list.empty() && storages.values.empty());
    }

    void saysNothingWhereEverythingIsInSight()
    {
        const auto notes = StorageNotes::make(fixtureCheckpoint({ countingStorage(Dtype::Float32, 6) }, { { "a", 0, { 2, 3 } } }));
        QCOMPARE(notes->summary(), QString());
        QCOMPARE(notes->of(0).size(), 1); // where it stands
    }

    void namesAFewOfManyThatShare()
    {
        std::vector<FixtureTensor> tensors;
        for (int i = 0; i < 40; ++i)
            tensors.push_back({ "t" + std::to_string(i), 0, { 6 } });
        const auto notes = StorageNotes::make(fixtureCheckpoint({ countingStorage(Dtype::Float32, 6) }, tensors));
        QCOMPARE(notes->of(0).last(), QString("shares all its elements with t1, t2, t3 and 36 more"));
    }
};

QTEST_GUILESS_MAIN(TestStorageNotes)
#include "tst_storagenotes.moc"
