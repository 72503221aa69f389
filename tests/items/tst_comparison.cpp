// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/comparison.h"

#include "items/comparisonmodel.h"
#include "layout/slicesyntax.h"
#include "support/session.h"

#include <QAbstractItemModelTester>
#include <QSettings>
#include <QUndoStack>

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

// a.one 8, a.two 6, a.three 4, a.four 3 numbers; of the other: one equal, two differs in [2] and [4], three in another shape, four not there, five only there.
QString writeFirst(const QTemporaryDir& folder, const QString& name = u"first.safetensors"_s)
{
    const QString path = folder.filePath(name);
    writeBytes(path.toStdString(),
        safetensorsBytes({ countingStorage(Dtype::Float32, 8), countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Float32, 4), countingStorage(Dtype::Float32, 3) },
            { { "one", 0, { 8 } }, { "two", 1, { 2, 3 } }, { "three", 2, { 4 } }, { "four", 3, { 3 } } }));
    return path;
}

QString writeSecond(const QTemporaryDir& folder, const std::string& prefix = {}, const QString& name = u"second.safetensors"_s)
{
    const QString path = folder.filePath(name);
    const std::vector<float> two { 0, 1, 5, 3, -4, 5 };
    writeBytes(path.toStdString(),
        safetensorsBytes({ countingStorage(Dtype::Float32, 8), storageOf(Dtype::Float32, two), countingStorage(Dtype::Float32, 4), countingStorage(Dtype::Float32, 3) },
            { { prefix + "one", 0, { 8 } }, { prefix + "two", 1, { 2, 3 } }, { prefix + "three", 2, { 2, 2 } }, { prefix + "five", 3, { 3 } } }));
    return path;
}

std::map<std::string, TensorDiff> resultsOf(const Comparison& comparison)
{
    std::map<std::string, TensorDiff> results;
    for (std::size_t i = 0; i < comparison.tensors().size(); ++i)
        if (comparison.isKnown(i))
            results[comparison.tensors()[i].name] = comparison.tensors()[i];
    return results;
}

struct Compared {
    Session session;
    Comparison comparison { session };
    QSignalSpy done { &comparison, &Comparison::compared };

    bool open(const QString& a, const QString& b)
    {
        if (!openNow(session, a))
            return false;
        comparison.open(b);
        return again();
    }
    bool again()
    {
        const bool arrived = done.count() > 0 || done.wait(20000);
        done.clear();
        return arrived;
    }
};

} // namespace

class TestComparison : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

private Q_SLOTS:
    void initTestCase() { QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder.path()); }

    void everyTensorHasItsState()
    {
        Compared c;
        QVERIFY(c.open(writeFirst(m_folder), writeSecond(m_folder)));
        const auto results = resultsOf(c.comparison);
        QCOMPARE(results.size(), std::size_t(5));
        QCOMPARE(results.at("one").state, TensorDiff::State::Same);
        QCOMPARE(results.at("two").state, TensorDiff::State::Values);
        QCOMPARE(results.at("two").different, 2);
        QCOMPARE(results.at("two").maxAbs, 8.0);
        QCOMPARE(results.at("two").first, 2);
        QCOMPARE(results.at("two").last, 4);
        QCOMPARE(results.at("three").state, TensorDiff::State::Shape);
        QCOMPARE(results.at("four").state, TensorDiff::State::OnlyA);
        QCOMPARE(results.at("five").state, TensorDiff::State::OnlyB);
        const Comparison::Counts counts = c.comparison.counts();
        QCOMPARE(counts.known, 5);
        QCOMPARE(counts.same + counts.values + counts.shape + counts.onlyA + counts.onlyB, 5);
    }

    void aFileComparedWithItselfIsEqual()
    {
        Compared c;
        const QString path = writeFirst(m_folder);
        QVERIFY(c.open(path, path));
        QCOMPARE(c.comparison.counts().same, 4);
        QVERIFY(!c.comparison.stepFrom(std::nullopt, 1));
    }

    void aPrefixIsOfferedAndTaken()
    {
        Compared c;
        QVERIFY(c.open(writeFirst(m_folder), writeSecond(m_folder, "module.", u"ddp.safetensors"_s)));
        QCOMPARE(c.comparison.counts().onlyA, 4);
        QVERIFY(c.comparison.suggestion());
        c.comparison.setMatch(c.comparison.suggestion()->spec);
        QVERIFY(c.again());
        QCOMPARE(c.comparison.counts().same, 1);
        QCOMPARE(c.comparison.counts().values, 1);
        QVERIFY(!c.comparison.suggestion());
    }

    void differencesAreSteppedThroughInFlatOrder()
    {
        Compared c;
        QVERIFY(c.open(writeFirst(m_folder), writeSecond(m_folder)));
        const auto first = c.comparison.stepFrom(std::nullopt, 1);
        QVERIFY(first);
        QCOMPARE(c.comparison.tensors()[first->pair].name, std::string("two"));
        QCOMPARE(c.comparison.placeOf(first->pair, false), std::optional(FlatRange { FlatIndex(10), FlatIndex(13) }));
        const auto next = c.comparison.stepFrom(FlatIndex(10), 1);
        QCOMPARE(c.comparison.tensors()[next->pair].name, std::string("three"));
        QVERIFY(!next->round);
        const auto round = c.comparison.stepFrom(FlatIndex(14), 1);
        QCOMPARE(round->pair, first->pair);
        QVERIFY(round->round);
        QCOMPARE(c.comparison.stepFrom(FlatIndex(14), -1)->pair, first->pair);
        QCOMPARE(c.comparison.stepFrom(FlatIndex(10), -1)->pair, next->pair);
    }

    void anEditIsComparedAndUndone()
    {
        Compared c;
        QVERIFY(openNow(c.session, writeFirst(m_folder)));
        c.comparison.openSaved();
        QVERIFY(c.again());
        QCOMPARE(c.comparison.counts().same, 4);
        Step step;
        step.value = Number::ofReal(100);
        step.select = { { "two[1, 0]", false } };
        c.session.apply(step);
        QVERIFY(c.again());
        QCOMPARE(c.comparison.counts().same, 3);
        QCOMPARE(resultsOf(c.comparison).at("two").first, 3);
        QCOMPARE(resultsOf(c.comparison).at("two").maxAbs, 97.0);
        c.session.undoStack()->undo();
        QVERIFY(c.again());
        QCOMPARE(c.comparison.counts().same, 4);
    }

    void theDifferenceFollowsAnEdit()
    {
        Compared c;
        QVERIFY(c.open(writeFirst(m_folder), writeSecond(m_folder)));
        c.comparison.want(Side::Difference);
        const SideNumbers& difference = c.comparison.numbers(Side::Difference);
        const auto two = [&] { return difference.pyramid() ? difference.pyramid()->segmentSummary(1) : std::nullopt; };
        QTRY_VERIFY_WITH_TIMEOUT(two().has_value(), 20000);
        QCOMPARE(two()->min, -3.0);
        QCOMPARE(two()->max, 8.0);
        QCOMPARE(difference.numbers()->absent, (std::vector<FlatRange> { { FlatIndex(14), FlatIndex(21) } }));
        Step step;
        step.value = Number::ofReal(100);
        step.select = { { "two[0, 0]", false } };
        c.session.apply(step);
        QTRY_VERIFY_WITH_TIMEOUT(two() && two()->max == 100, 20000);
        QCOMPARE(two()->min, -3.0);
    }

    void closingForgetsEverything()
    {
        Compared c;
        QVERIFY(c.open(writeFirst(m_folder), writeSecond(m_folder)));
        c.comparison.setShown(Side::Difference);
        QCOMPARE(c.comparison.shown(), Side::Difference);
        QSignalSpy closed(&c.comparison, &Comparison::closed);
        c.comparison.close();
        QCOMPARE(closed.count(), 1);
        QVERIFY(!c.comparison.isOpen());
        QCOMPARE(c.comparison.shown(), Side::A);
        QVERIFY(c.comparison.tensors().empty());
        QVERIFY(!c.comparison.numbers(Side::Difference).numbers());
    }

    void aBrokenFileLeavesTheOldComparison()
    {
        Compared c;
        QVERIFY(c.open(writeFirst(m_folder), writeSecond(m_folder)));
        const QString broken = m_folder.filePath(u"broken.pt"_s);
        writeBytes(broken.toStdString(), std::vector<std::byte>(100, std::byte { 0x55 }));
        QSignalSpy failed(&c.comparison, &Comparison::failed);
        c.comparison.open(broken);
        QVERIFY(waitFor(failed));
        QVERIFY(failed[0][0].toString().contains("broken.pt"));
        QVERIFY(c.comparison.isOpen());
        QCOMPARE(c.comparison.counts().known, 5);
    }

    void eitherSideCanBeReloaded()
    {
        Compared c;
        const QString a = writeFirst(m_folder, u"a.safetensors"_s), b = writeSecond(m_folder, {}, u"b.safetensors"_s);
        QVERIFY(c.open(a, b));
        QFile::remove(b);
        writeFirst(m_folder, u"b.safetensors"_s);
        c.comparison.reload();
        QVERIFY(c.again());
        QCOMPARE(c.comparison.counts().same, 4);
        QFile::remove(a);
        writeSecond(m_folder, {}, u"a.safetensors"_s);
        c.session.reload();
        QVERIFY(c.again());
        QCOMPARE(c.comparison.counts().values, 1);
    }

    // The pairs of the files before name tensors that the new one does not have.
    void nothingOfTheFilesBeforeIsUsed()
    {
        const QString few = m_folder.filePath(u"few.safetensors"_s);
        writeBytes(few.toStdString(), safetensorsBytes({ countingStorage(Dtype::Float32, 6) }, { { "two", 0, { 2, 3 } } }));
        Compared c;
        QVERIFY(c.open(writeFirst(m_folder), writeSecond(m_folder)));
        const auto pairsAreOf = [&c](std::size_t a, std::size_t b) {
            const auto& all = c.comparison.tensors();
            return std::all_of(all.begin(), all.end(), [&](const TensorDiff& diff) { return (diff.a == noOrdinal || diff.a < a) && (diff.b == noOrdinal || diff.b < b); });
        };
        bool sound = true;
        QObject asker;
        const auto ask = [&] { // as a map whose difference lane is shown
            sound = sound && c.session.document() && pairsAreOf(c.session.document()->checkpoint().tensors.size(), c.comparison.other()->tensors.size());
            c.comparison.want(Side::Difference);
            sound = sound && (c.comparison.matching() || !c.comparison.numbers(Side::Difference).started());
        };
        QObject::connect(&c.session, &Session::layoutChanged, &asker, ask);
        QObject::connect(&c.comparison, &Comparison::opened, &asker, ask);
        c.comparison.open(few); // another B
        QVERIFY(c.again());
        QVERIFY(sound);
        QCOMPARE(c.comparison.tensors().size(), std::size_t(4));
        QVERIFY(openNow(c.session, few)); // another A
        QVERIFY(c.again());
        QVERIFY(sound);
        QCOMPARE(c.comparison.tensors().size(), std::size_t(1));
        QCOMPARE(c.comparison.counts().same, 1);
        c.comparison.want(Side::Difference);
        const SideNumbers& difference = c.comparison.numbers(Side::Difference);
        QTRY_VERIFY_WITH_TIMEOUT(difference.pyramid() && difference.pyramid()->segmentSummary(0), 20000);
        QCOMPARE(difference.pyramid()->segmentSummary(0)->max, 0.0);
    }

    void theTableSortsAndFilters()
    {
        Compared c;
        ComparisonModel model(c.comparison);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(c.open(writeFirst(m_folder), writeSecond(m_folder)));
        const auto names = [&] {
            QStringList all;
            for (int row = 0; row < model.rowCount(); ++row)
                all << model.index(row, ComparisonModel::Name).data().toString();
            return all;
        };
        QCOMPARE(names(), (QStringList { "one", "two", "three", "four", "five" }));
        model.sort(ComparisonModel::MaxAbs, Qt::DescendingOrder);
        QCOMPARE(names().mid(0, 2), (QStringList { "two", "one" }));
        model.sort(ComparisonModel::Name, Qt::AscendingOrder);
        QCOMPARE(names(), (QStringList { "five", "four", "one", "three", "two" }));
        model.setFilter({ ComparisonModel::Filter::Kind::Differing, {}, {} });
        QCOMPARE(names(), (QStringList { "five", "four", "three", "two" }));
        model.setFilter({ ComparisonModel::Filter::Kind::One, TensorDiff::State::Values, {} });
        QCOMPARE(names(), (QStringList { "two" }));
        const QStringList lines = model.tsv().split(u'\n');
        QCOMPARE(lines.size(), 3);
        QVERIFY(lines[1].startsWith(u"two\ttwo\tvalues\t2\t8\t"_s));
        model.setFilter({ ComparisonModel::Filter::Kind::All, {}, u"HRE"_s });
        QCOMPARE(names(), (QStringList { "three" }));
    }
};

QTEST_GUILESS_MAIN(TestComparison)
#include "tst_comparison.moc"
