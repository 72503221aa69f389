// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/matching.h"

#include "support/fixtures.h"

#include <QTemporaryDir>
#include <QTest>

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Checkpoint> named(const std::vector<std::string>& names, std::vector<std::int64_t> shape = { 2 })
{
    std::vector<FixtureTensor> tensors;
    for (const std::string& name : names)
        tensors.push_back({ name, 0, shape });
    return fixtureCheckpoint({ countingStorage(Dtype::Float32, 16) }, tensors);
}

// "a=b" for pairs, "a=" for those only in A, "=b" for those only in B.
QStringList pairsOf(const std::shared_ptr<const Checkpoint>& a, const std::shared_ptr<const Checkpoint>& b, const MatchSpec& spec)
{
    const auto matching = Matcher(a, b).match(spec, {});
    QStringList pairs;
    for (const Matching::Pair& pair : matching->pairs)
        pairs << QString::fromStdString((pair.a == noOrdinal ? "" : a->tensors[pair.a].name) + '=' + (pair.b == noOrdinal ? "" : b->tensors[pair.b].name));
    return pairs;
}

MatchSpec byRules(const std::vector<std::string>& rules) { return *MatchSpec::make(MatchSpec::By::Name, rules); }

} // namespace

class TestMatching : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rulesMapNames_data()
    {
        QTest::addColumn<QString>("rule");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("expected"); // "-": does not match
        const auto row = [](const char* rule, const char* name, const char* expected) { QTest::addRow("%s on %s", rule, name) << rule << name << expected; };
        row("module.*=*", "module.fc.weight", "fc.weight");
        row("module.*=*", "fc.module.weight", "-");
        row("*=module.*", "fc.weight", "module.fc.weight");
        row("module.(.*)=$1", "module.fc.weight", "fc.weight");
        row("module.(.*) -> $1", "module.fc.weight", "fc.weight");
        row("layers.?.*.weight=h.?.*.w", "layers.3.attn.q.weight", "h.3.attn.q.w");
        row("layers.?.*=h.?.*", "layers.12.attn", "-");
        row("layers.[0-4].*=low.*.*", "layers.3.fc", "low.3.fc");
        row("*.*.weight=*/*.w", "a.b.c.weight", "a/b.c.w");
        row("a*b*c=<*><*>", "axxbyybzzc", "<xx><yybzz>");
        row("fc=linear", "fc", "linear");
        row("fc=linear", "fc2", "-");
        row("(.*)\\.(\\d+)\\.(.*)=$1[$2].$3", "layers.10.weight", "layers[10].weight");
        row("re:l.yer=x", "layer", "x");
        row("(.*)=$$$1", "a", "$a");
        row("*=*", "", "");
    }
    void rulesMapNames()
    {
        QFETCH(QString, rule);
        QFETCH(QString, name);
        QFETCH(QString, expected);
        const auto parsed = MatchRule::parse(rule.toStdString());
        QVERIFY(parsed);
        QCOMPARE(QString::fromStdString(parsed->apply(name.toStdString()).value_or("-")), expected);
    }

    void rulesThatMakeNoSenseSaySo_data()
    {
        QTest::addColumn<QString>("rule");
        QTest::addColumn<QString>("word");
        QTest::newRow("no =") << "module.*" << "FROM=TO";
        QTest::newRow("no name") << "=x" << "which names";
        QTest::newRow("more wildcards") << "a.*=*.*" << "wildcards";
        QTest::newRow("broken expression") << "(a=x" << "parentheses";
        QTest::newRow("long expression") << "(" + QString(2000, 'a') + ")=x" << "1000";
    }
    void rulesThatMakeNoSenseSaySo()
    {
        QFETCH(QString, rule);
        QFETCH(QString, word);
        const auto parsed = MatchRule::parse(rule.toStdString());
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().code, ErrorCode::Usage);
        QVERIFY2(QString::fromStdString(parsed.error().message).contains(word), parsed.error().message.c_str());
    }

    void namesMatchAndTheRestIsListed()
    {
        QCOMPARE(pairsOf(named({ "a", "b", "c" }), named({ "c", "x", "a" }), {}), (QStringList { "a=a", "b=", "c=c", "=x" }));
    }

    void orderPairsWhatStandsAtOnePlace()
    {
        const auto a = named({ "a", "b", "c" }), b = named({ "c", "x" });
        QCOMPARE(pairsOf(a, b, { MatchSpec::By::Order, {} }), (QStringList { "a=c", "b=x", "c=" }));
        const auto matching = Matcher(b, named({ "p", "q" }, { 3 })).match({ MatchSpec::By::Order, {} }, {});
        QCOMPARE(matching->matched, 2);
        QCOMPARE(matching->sameShape, 0);
    }

    void theFirstRuleWhoseNameIsThereDecides()
    {
        const auto a = named({ "module.fc", "module.old", "plain" }), b = named({ "fc", "new", "plain" });
        QCOMPARE(pairsOf(a, b, byRules({ "module.*=*", "module.old=new" })), (QStringList { "module.fc=fc", "module.old=new", "plain=plain" }));
    }

    void aTensorOfBIsTakenOnce()
    {
        const auto a = named({ "x.w", "y.w", "w" }), b = named({ "w" });
        QCOMPARE(pairsOf(a, b, byRules({ "*.w=w" })), (QStringList { "x.w=w", "y.w=", "w=" }));
        QCOMPARE(pairsOf(a, b, {}), (QStringList { "x.w=", "y.w=", "w=w" }));
    }

    void namesBelowTheUsualScopeCountWhereTheyMatchMore()
    {
        const auto bare = named({ "fc.weight", "fc.bias" }), home = named({ "state_dict.fc.weight", "state_dict.fc.bias", "optimizer.m" });
        const auto matching = Matcher(bare, home).match({}, {});
        QVERIFY(matching->belowScopes);
        QCOMPARE(matching->matched, 2);
        QCOMPARE(matching->pairs.size(), std::size_t(2));
        QVERIFY(!Matcher(home, home).match({}, {})->belowScopes);
        QCOMPARE(Matcher(home, home).match({}, {})->matched, 3);
    }

    void theUsualPrefixesAreOffered_data()
    {
        QTest::addColumn<QStringList>("a");
        QTest::addColumn<QStringList>("b");
        QTest::addColumn<QString>("rule"); // empty: nothing
        const QStringList plain { "fc.weight", "fc.bias", "head.weight" };
        const auto with = [&](const QString& prefix) {
            QStringList names;
            for (const QString& name : plain)
                names << prefix + name;
            return names;
        };
        QTest::newRow("nothing to do") << plain << plain << "";
        QTest::newRow("DataParallel in A") << with("module.") << plain << "module.*=*";
        QTest::newRow("compiled in B") << plain << with("_orig_mod.") << "*=_orig_mod.*";
        QTest::newRow("Lightning in B") << plain << with("model.") << "*=model.*";
        QTest::newRow("both, nested") << with("module._orig_mod.") << plain << "module._orig_mod.*=*";
        QTest::newRow("one of their own") << with("net.backbone.") << with("encoder.") << "net.backbone.*=encoder.*";
        QTest::newRow("nothing in common") << plain << QStringList { "p", "q" } << "";
    }
    void theUsualPrefixesAreOffered()
    {
        QFETCH(QStringList, a);
        QFETCH(QStringList, b);
        QFETCH(QString, rule);
        const QTemporaryDir folder;
        const auto checkpoint = [&folder](const QString& file, const QStringList& names) { // a flat dict: dots are part of its keys
            std::vector<FixtureTensor> tensors;
            std::vector<FixtureStorage> storages;
            for (const QString& name : names) {
                tensors.push_back({ name.toStdString(), static_cast<std::uint32_t>(storages.size()), { 2 } });
                storages.push_back(countingStorage(Dtype::Float32, 2));
            }
            const std::string path = folder.filePath(file).toStdString();
            writeBytes(path, safetensorsBytes(storages, tensors));
            return *openCheckpoint(path);
        };
        const Matcher matcher(checkpoint(u"a"_s, a), checkpoint(u"b"_s, b));
        const auto suggestion = matcher.suggest({}, {});
        QVERIFY(suggestion);
        QCOMPARE(suggestion->has_value(), !rule.isEmpty());
        if (rule.isEmpty())
            return;
        QCOMPARE((*suggestion)->spec.ruleTexts(), std::vector<std::string> { rule.toStdString() });
        QCOMPARE((*suggestion)->matched, 3);
        QCOMPARE(matcher.match((*suggestion)->spec, {})->matched, 3);
    }

    void orderIsOfferedWhereOnlyTheNamesDiffer()
    {
        const auto suggestion = Matcher(named({ "a", "b" }), named({ "p", "q" })).suggest({}, {});
        QVERIFY(suggestion && *suggestion);
        QCOMPARE((*suggestion)->spec.by, MatchSpec::By::Order);
    }

    void aPrefixIsAddedToTheRulesThatAreThere()
    {
        const Matcher matcher(named({ "module.a", "module.b", "module.old" }), named({ "a", "b", "new" }));
        const auto suggestion = matcher.suggest(byRules({ "module.old=new" }), {});
        QVERIFY(suggestion && *suggestion);
        QCOMPARE((*suggestion)->matched, 3);
        QCOMPARE((*suggestion)->spec.rules.size(), std::size_t(2));
    }

    void matchingIsTheSameFromBothSides()
    {
        const auto a = named({ "a", "b", "c", "d" }), b = named({ "d", "x", "b" });
        QStringList there = pairsOf(a, b, {}), back;
        for (const QString& pair : pairsOf(b, a, {}))
            back << pair.section('=', 1, 1) + '=' + pair.section('=', 0, 0);
        there.sort();
        back.sort();
        QCOMPARE(there, back);
    }
};

QTEST_GUILESS_MAIN(TestMatching)
#include "tst_matching.moc"
