// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "checkpoint/layerkind.h"
#include "layout/expressioncost.h"
#include "layout/namepattern.h"
#include "layout/tensorquery.h"
#include "support/fixtures.h"

#include <atomic>
#include <cmath>
#include <limits>

using namespace ravel;

namespace {

const QueryWords words { { "float32", "float16", "int64" }, { "Linear", "Conv2d", "Transformer block" } };

std::shared_ptr<const Checkpoint> net()
{
    return fixtureCheckpoint({ countingStorage(Dtype::Float32, 100), countingStorage(Dtype::Float16, 20), countingStorage(Dtype::Int64, 4) },
        { { "fc.weight", 0, { 5, 10 }, {}, 0 }, { "fc.bias", 0, { 5 }, {}, 50 }, { "half.weight", 1, { 4, 5 }, {}, 0 },
            { "Norm.running_mean", 0, { 5 }, {}, 60, TensorKind::Buffer }, { "not", 2, { 2 }, {}, 0 }, { "a b", 2, {}, {}, 3 } });
}

const Layer linear { "fc", "Linear", "query", true, "", 0, 2 };

// What is known of each tensor of net(), in its order. The last one is never analysed, the one before not yet.
TensorQuery::Known statisticsOf(TensorOrdinal t, QueryStatistics& s)
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const QueryStatistics known[] { { 50, 49, 1, 0, 25, -2, 3, 0.5, 1e-7 }, { 5, 5, 0, 0, 0, 0, 10, 1, 2 }, { 20, 0, 20, 0, 0, nan, nan, nan, nan },
        { 5, 4, 0, 1, 5, 0, 0, 0, 0 } };
    if (t >= std::size(known))
        return t == 4 ? TensorQuery::Known::NotYet : TensorQuery::Known::Never;
    s = known[t];
    return TensorQuery::Known::Yes;
}

// The names that match, then those that wait after a "?"; or the error.
QString answer(const char* text)
{
    const auto query = TensorQuery::parse(text, &words);
    if (!query)
        return QStringLiteral("at %1: %2").arg(query.error().position).arg(QString::fromStdString(query.error().message));
    const auto checkpoint = net();
    QStringList yes, notYet;
    for (TensorOrdinal t = 0; t < checkpoint->tensors.size(); ++t) {
        QuerySubject subject;
        subject.tensor = &checkpoint->tensors[t];
        subject.name = subject.tensor->name;
        subject.ordinal = t;
        subject.kind = subject.tensor->kind;
        subject.layer = t < 2 ? &linear : nullptr;
        subject.isAlias = t == 1;
        subject.offset = t < 4 ? 10.0 * t : -1;
        const Truth truth = query->matches(subject, statisticsOf);
        if (truth == Truth::Yes)
            yes << QString::fromStdString(subject.tensor->name);
        else if (truth == Truth::NotYet)
            notYet << QString::fromStdString(subject.tensor->name);
    }
    return yes.join(QStringLiteral(", ")) + (notYet.isEmpty() ? QString() : QStringLiteral(" ? ") + notYet.join(QStringLiteral(", ")));
}

} // namespace

class TestTensorQuery : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void answers_data()
    {
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* query, const char* expected) { QTest::newRow(query) << QString::fromLatin1(expected); };
        row("", "fc.weight, fc.bias, half.weight, Norm.running_mean, not, a b");
        row("WEIGHT", "fc.weight, half.weight");
        row("f*.weight", "fc.weight");
        row("*.weigh", "");
        row("[fh]*.weight", "fc.weight, half.weight");
        row("[!f]*.weight", "half.weight");
        row("/^fc\\./", "fc.weight, fc.bias");
        row("/^norm/", "");
        row("/^norm/i", "Norm.running_mean");
        row("/^(?!fc).*ight/", "half.weight");
        row("\"a b\"", "a b");
        row("\"not\"", "not");
        row("dtype:f16", "half.weight");
        row("dtype:float16", "half.weight");
        row("dtype:torch.float16", "half.weight");
        row("dtype:float*", "fc.weight, fc.bias, half.weight, Norm.running_mean");
        row("DTYPE:int", "not, a b");
        row("kind:buffer", "Norm.running_mean");
        row("kind:lin", "fc.weight, fc.bias");
        row("kind:Linear bias", "fc.bias");
        row("is:alias", "fc.bias");
        row("numel = 5", "fc.bias, Norm.running_mean");
        row("numel>0.02k", "fc.weight");
        row("dim == 2 and bytes <= 40", "half.weight");
        row("offset >= 20", "half.weight, Norm.running_mean");
        row("std < 1e-6", "fc.weight, Norm.running_mean ? not");
        row("nan > 0", "fc.weight, half.weight ? not");
        row("nan>=100%", "half.weight ? not");
        row("zeros >= 50 %", "fc.weight, Norm.running_mean ? not");
        row("absmax = 3", "fc.weight ? not");
        row("max != 3", "fc.bias, Norm.running_mean ? not");
        row("min < 0 or max >= 10", "fc.weight, fc.bias ? not");
        row("not std < 1e-6", "fc.bias, half.weight, a b ? not");
        row("dtype:f32 and std < 1e-6", "fc.weight, Norm.running_mean"); // what the other side settles waits for nothing
        row("dtype:i64 or nan > 0", "fc.weight, half.weight, not, a b");
        row("weight not half", "fc.weight");
        row("not (weight or bias)", "Norm.running_mean, not, a b");
        row("fc and (weight or bias) and not weight", "fc.bias");
        row("bias or weight half", "fc.bias, half.weight"); // and binds closer
        row("not not bias", "fc.bias");
        row("std", ""); // without a comparison a word is a part of the name
        row("mean", "Norm.running_mean");
    }
    void answers()
    {
        QFETCH(QString, expected);
        QCOMPARE(answer(QTest::currentDataTag()), expected);
    }

    void saysWhatIsWrongAndWhere_data()
    {
        QTest::addColumn<int>("at");
        QTest::addColumn<QString>("word");
        const auto row = [](const char* query, int at, const char* word) { QTest::newRow(query) << at << QString::fromLatin1(word); };
        row("fc and", 6, "missing");
        row("and fc", 0, "missing before 'and'");
        row("(fc or bias", 0, "not closed");
        row("fc)", 2, "closes nothing");
        row("()", 1, "missing");
        row("fc not", 6, "missing");
        row("fc sdt < 1", 3, "is 'std' meant?");
        row("weight < 1", 0, "no statistic");
        row("1e-6 < std", 0, "stands first");
        row("std <", 5, "number is missing");
        row("std < x", 6, "no number");
        row("std < 1e999", 6, "no number");
        row("std < nan", 6, "no number");
        row("< 3", 0, "missing before '<'");
        row("std < 5%", 7, "% is for");
        row("std < 5 %", 6, "% is for");
        row("dtype:float31", 6, "here there are float32, float16 and int64");
        row("dtype:", 6, "a dtype is missing");
        row("kind:Lstm", 5, "kinds are parameter, buffer, unknown, Linear, Conv2d and Transformer block");
        row("is:old", 3, "alias, edited");
        row("fc /a(/", 3, "parentheses do not match");
        row("fc /a", 3, "not closed with /");
        row("\"fc", 0, "quote is not closed");
        row("/(a{1000}){1000}/", 0, "repeats multiply");
        row("/(a*)*\\1/", 0, "refers back");
        row("/(?=(a+)+b)a/", 0, "looks ahead");
    }
    void saysWhatIsWrongAndWhere()
    {
        QFETCH(int, at);
        QFETCH(QString, word);
        const auto query = TensorQuery::parse(QTest::currentDataTag(), &words);
        QVERIFY(!query);
        QCOMPARE(static_cast<int>(query.error().position), at);
        QVERIFY2(QString::fromStdString(query.error().message).contains(word), query.error().message.c_str());
    }

    void deepNestingIsRefused()
    {
        QVERIFY(!TensorQuery::parse(std::string(100'000, '(')));
        std::string nots, terms;
        for (int i = 0; i < 10'000; ++i)
            nots += "not ", terms += "a ";
        QVERIFY(!TensorQuery::parse(nots + "a"));
        QVERIFY(!TensorQuery::parse(terms));
    }

    void entriesThatAreNoTensorsAnswerToNamesAlone()
    {
        QuerySubject epoch;
        epoch.name = "epoch";
        const auto of = [&](const char* text) { return TensorQuery::parse(text)->matches(epoch, statisticsOf); };
        QCOMPARE(of("epo"), Truth::Yes);
        QCOMPARE(of("not weight"), Truth::Yes);
        QCOMPARE(of("not dtype:f32"), Truth::No);
        QCOMPARE(of("epo numel < 5"), Truth::No);
        QCOMPARE(of("is:opaque"), Truth::No);
        epoch.isOpaque = true;
        QCOMPARE(of("is:opaque"), Truth::Yes);
    }

    // Each of these takes a matcher that goes back longer than the age of the world; the test would not end.
    void hostileExpressionsEnd_data()
    {
        QTest::addColumn<std::string>("name");
        for (const char* pattern : { "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "^a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaaaaaaab$",
                 ".*.*.*.*.*.*.*.*=.*", "^(a?){60}a{60}b$", "^(a*)*$" })
            QTest::newRow(pattern) << (std::string(80, pattern[0] == '(' && pattern[1] == 'x' ? 'x' : 'a') + '!');
    }
    void hostileExpressionsEnd()
    {
        QFETCH(std::string, name);
        const auto pattern = NamePattern::expression(QTest::currentDataTag());
        QVERIFY2(pattern, pattern ? "" : pattern.error().message.c_str());
        QVERIFY(!pattern->matches(name));
        QVERIFY(!pattern->matches(std::string(100'000, 'a') + '!'));
    }

    void tellsWhatAnExpressionMayCost_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<bool>("mayExplode");
        QTest::newRow("abc") << 4 << false;
        QTest::newRow("^layers\\.[0-3]\\..*weight$") << 19 << false;
        QTest::newRow("l\\d+\\.(weight|bias)$") << 18 << false;
        QTest::newRow("(ab){3}") << 10 << false;
        QTest::newRow("(ab|c){3}") << 17 << true;
        QTest::newRow("(a+)+") << 3 << true;
        QTest::newRow("[(|*+]{2,}") << 3 << false; // none of them means anything there
        QTest::newRow("\\(a\\+") << 4 << false;
        QTest::newRow("a.*b.*c.*d") << 8 << true;
    }
    void tellsWhatAnExpressionMayCost()
    {
        QFETCH(int, size);
        QFETCH(bool, mayExplode);
        const ExpressionCost cost = expressionCost(QTest::currentDataTag());
        QCOMPARE(cost.mayExplode, mayExplode);
        QVERIFY2(std::abs(cost.size - size) <= 4, qPrintable(QString::number(cost.size)));
    }

    void completesWords_data()
    {
        QTest::addColumn<int>("begin");
        QTest::addColumn<QString>("texts");
        const auto row = [](const char* query, int begin, const char* texts) { QTest::newRow(query) << begin << QString::fromLatin1(texts); };
        row("dt", 0, "dtype:");
        row("fc dtype:f", 3, "dtype:float32|dtype:float16");
        row("kind:", 0, "kind:parameter|kind:buffer|kind:unknown|kind:Linear|kind:Conv2d");
        row("kind:l", 0, "kind:Linear");
        row("is:re", 0, "is:readonly");
        row("std > 1 a", 8, "absmax |and ");
        row("a", 0, "absmax ");
        row("std < 1", 7, "");
        row("/me", 3, "");
        row("mea", 0, "mean ");
        row("", 0, "");
    }
    void completesWords()
    {
        QFETCH(int, begin);
        QFETCH(QString, texts);
        const std::string_view text = QTest::currentDataTag();
        const QueryCompletions completions = completeQuery(text, text.size(), words);
        QStringList found;
        for (const std::string& each : completions.texts)
            found << QString::fromStdString(each);
        QCOMPARE(found.join(QLatin1Char('|')), texts);
        QCOMPARE(static_cast<int>(completions.begin), begin);
        QCOMPARE(completions.end, text.size());
    }
};

QTEST_GUILESS_MAIN(TestTensorQuery)
#include "tst_tensorquery.moc"
