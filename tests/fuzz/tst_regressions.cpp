// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzzers started from and what they ever found, once more, with whatever compiler this is: a finding aborts.

#include "fuzz/targets.h"
#include "support/fixtures.h"

#include <QDir>
#include <QTest>

using namespace ravel;

namespace {

QString folder(const QString& target) { return qEnvironmentVariable("RAVEL_SOURCE") + QStringLiteral("/tests/fuzz/regressions/") + target; }

void addTargets()
{
    QTest::addColumn<QString>("target");
    for (const FuzzTarget& target : fuzzTargets())
        QTest::newRow(target.name) << QString::fromLatin1(target.name);
}

void runOne(const FuzzTarget& target, std::vector<std::byte> bytes)
{
    auto* data = reinterpret_cast<std::uint8_t*>(bytes.data());
    runTarget(target, data, bytes.size());
    if (!target.mend)
        return;
    target.mend(data, bytes.size());
    runTarget(target, data, bytes.size());
}

} // namespace

class TestRegressions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void seedsHoldTheInvariants_data() { addTargets(); }
    void seedsHoldTheInvariants()
    {
        QFETCH(QString, target);
        const auto seeds = seedsOf(target.toStdString());
        QVERIFY(!seeds.empty());
        for (const auto& [name, bytes] : seeds)
            runOne(*fuzzTarget(target.toStdString()), bytes);
    }

    // The file is what a fuzzer was given on some day; that of the writers may have become another.
    void formerFindingsHoldTheInvariants_data() { addTargets(); }
    void formerFindingsHoldTheInvariants()
    {
        QFETCH(QString, target);
        const QDir files(folder(target));
        QVERIFY2(!files.isEmpty(), qPrintable(files.path()));
        for (const QString& name : files.entryList(QDir::Files, QDir::Name)) {
            qInfo("%s", qPrintable(name));
            runOne(*fuzzTarget(target.toStdString()), readBytes(files.filePath(name).toStdString()));
        }
    }

    void everyCutOfASeedHoldsTheInvariants_data() { addTargets(); }
    void everyCutOfASeedHoldsTheInvariants()
    {
        QFETCH(QString, target);
        for (const auto& [name, bytes] : seedsOf(target.toStdString()))
            for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 61)
                runOne(*fuzzTarget(target.toStdString()), { bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size) });
    }
};

QTEST_GUILESS_MAIN(TestRegressions)
#include "tst_regressions.moc"
