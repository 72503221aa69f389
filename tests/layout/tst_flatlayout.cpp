// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "layout/flatlayout.h"
#include "support/fixtures.h"
#include "support/layouts.h"

#include <numeric>

using namespace ravel;

namespace {

std::string names(const FlatLayout& layout)
{
    std::string text;
    for (const Segment& segment : layout.listed())
        text += (text.empty() ? "" : " ") + std::string(segment.name) + (segment.aliasOf == noOrdinal ? "@" : "=")
            + std::to_string(segment.offset.value);
    return text;
}

std::vector<FixtureStorage> storagesOf(std::initializer_list<std::pair<Dtype, std::int64_t>> sizes)
{
    std::vector<FixtureStorage> storages;
    for (const auto& [dtype, n] : sizes)
        storages.push_back(countingStorage(dtype, n));
    return storages;
}

// Parameters, buffers, an alias, a transposed alias; storage 2 stands before those named first in the tree.
std::shared_ptr<const Checkpoint> model()
{
    return fixtureCheckpoint(
        storagesOf({ { Dtype::Float32, 6 }, { Dtype::Float32, 4 }, { Dtype::Int64, 1 }, { Dtype::Float16, 2 } }),
        {
            { "z.weight", 3, { 2 }, {}, 0, TensorKind::Parameter },
            { "b.weight", 0, { 2, 3 }, {}, 0, TensorKind::Parameter },
            { "b.running_mean", 1, { 3 }, {}, 1, TensorKind::Buffer },
            { "b.steps", 2, {}, {}, 0, TensorKind::Buffer },
            { "a.tied", 0, { 2, 3 }, {}, 0, TensorKind::Parameter },
            { "a.transposed", 0, { 3, 2 }, { 1, 3 }, 0, TensorKind::Parameter },
            { "a.part", 0, { 3 }, {}, 3, TensorKind::Unknown },
        });
}

} // namespace

class TestFlatLayout : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ordersAndAliases_data()
    {
        QTest::addColumn<int>("order");
        QTest::addColumn<bool>("repeat");
        QTest::addColumn<std::string>("expected");
        QTest::newRow("checkpoint, once") << int(Order::Checkpoint) << false
            << std::string("z.weight@0 b.weight@2 b.running_mean@8 b.steps@11 a.tied=2 a.transposed=2 a.part@12");
        QTest::newRow("checkpoint, repeat") << int(Order::Checkpoint) << true
            << std::string("z.weight@0 b.weight@2 b.running_mean@8 b.steps@11 a.tied@12 a.transposed@18 a.part@24");
        QTest::newRow("sorted: the first by name has the place") << int(Order::Sorted) << false
            << std::string("a.part@0 a.tied@3 a.transposed=3 b.running_mean@9 b.steps@12 b.weight=3 z.weight@13");
        QTest::newRow("file") << int(Order::File) << false
            << std::string("b.weight@0 a.tied=0 a.transposed=0 a.part@6 b.running_mean@9 b.steps@12 z.weight@13");
        QTest::newRow("parameters") << int(Order::Parameters) << false
            << std::string("z.weight@0 b.weight@2 a.tied=2 a.transposed=2 a.part@8");
        QTest::newRow("parameters name each alias once") << int(Order::Parameters) << true
            << std::string("z.weight@0 b.weight@2 a.tied=2 a.transposed=2 a.part@8");
    }
    void ordersAndAliases()
    {
        QFETCH(int, order);
        QFETCH(bool, repeat);
        QFETCH(std::string, expected);
        LayoutSpec spec;
        spec.order = static_cast<Order>(order);
        spec.aliases = repeat ? Aliases::Repeat : Aliases::Once;
        QCOMPARE(QString::fromStdString(names(*layoutOf(model(), spec))), QString::fromStdString(expected));
    }

    void onlySameSizesAndStridesAreAliases_data()
    {
        QTest::addColumn<QList<qint64>>("shape");
        QTest::addColumn<QList<qint64>>("stride");
        QTest::addColumn<int>("offset");
        QTest::addColumn<bool>("alias");
        using L = QList<qint64>;
        QTest::newRow("same") << L { 2, 3 } << L { 3, 1 } << 0 << true;
        QTest::newRow("transposed") << L { 3, 2 } << L { 1, 3 } << 0 << true;
        QTest::newRow("with a dimension of size 1") << L { 2, 1, 3 } << L { 3, 77, 1 } << 0 << true;
        QTest::newRow("reshaped") << L { 6 } << L { 1 } << 0 << false;
        QTest::newRow("other strides") << L { 2, 3 } << L { 4, 1 } << 0 << false;
        QTest::newRow("a part") << L { 2, 2 } << L { 3, 1 } << 0 << false;
        QTest::newRow("further on") << L { 2, 3 } << L { 3, 1 } << 1 << false;
        QTest::newRow("expanded") << L { 2, 3, 5 } << L { 3, 1, 0 } << 0 << false;
    }
    void onlySameSizesAndStridesAreAliases()
    {
        QFETCH(QList<qint64>, shape);
        QFETCH(QList<qint64>, stride);
        QFETCH(int, offset);
        QFETCH(bool, alias);
        const auto layout = layoutOf(fixtureCheckpoint(storagesOf({ { Dtype::Float32, 10 } }),
            { { "a", 0, { 2, 3 }, {}, 0 },
                { "b", 0, { shape.begin(), shape.end() }, { stride.begin(), stride.end() }, offset } }));
        QCOMPARE(layout->listed()[1].aliasOf != noOrdinal, alias);
    }

    void emptyTensorsAreNoAliases()
    {
        const auto layout = layoutOf(fixtureCheckpoint(storagesOf({ { Dtype::Float32, 1 } }),
            { { "a", 0, { 0 }, {}, 0 }, { "b", 0, { 0 }, {}, 0 }, { "c", 0, { 1 }, {}, 0 }, { "d", 0, { 0, 3 }, {}, 0 } }));
        QCOMPARE(names(*layout), std::string("a@0 b@0 c@0 d@1"));
        QCOMPARE(*layout->placedAt(FlatIndex(0)), 2u);
    }

    void everyFlatIndexIsInItsSegment()
    {
        for (const Order order : { Order::Checkpoint, Order::Sorted, Order::File, Order::Parameters }) {
            LayoutSpec spec;
            spec.order = order;
            const auto layout = layoutOf(model(), spec);
            std::int64_t sum = 0;
            for (std::uint32_t p = 0; p < layout->placed().size(); ++p) {
                const Segment& segment = layout->listed()[layout->placed()[p]];
                QCOMPARE(segment.offset.value, sum);
                for (std::int64_t i = 0; i < segment.numel.value; ++i)
                    QCOMPARE(*layout->placedAt(segment.offset + Count(i)), p);
                sum += segment.numel.value;
            }
            QCOMPARE(layout->numel().value, sum);
            QCOMPARE(layout->placedAt(FlatIndex(sum)).error().code, ErrorCode::Usage);
            QCOMPARE(layout->placedAt(FlatIndex(-1)).error().code, ErrorCode::Usage);
        }
    }

    void rangeFindsTheSegmentsThatItTouches()
    {
        const auto layout = layoutOf(model()); // 0 2 8 11 12, 15 in all
        const auto in = [&](std::int64_t a, std::int64_t b) { return layout->placedIn({ FlatIndex(a), FlatIndex(b) }); };
        QCOMPARE(in(0, 15), std::pair(0u, 5u));
        QCOMPARE(in(1, 3), std::pair(0u, 2u));
        QCOMPARE(in(2, 8), std::pair(1u, 2u));
        QCOMPARE(in(-5, 1), std::pair(0u, 1u));
        QCOMPARE(in(14, 99), std::pair(4u, 5u));
        QCOMPARE(in(3, 3), std::pair(0u, 0u));
    }

    void sortedIsByComponent()
    {
        LayoutSpec spec;
        spec.order = Order::Sorted;
        const auto layout = layoutOf(fixtureCheckpoint(storagesOf({ { Dtype::Float32, 9 } }),
            { { "a-b", 0, { 1 }, {}, 0 }, { "a.c", 0, { 1 }, {}, 1 }, { "a.b.x", 0, { 1 }, {}, 2 }, { "B", 0, { 1 }, {}, 3 },
                { "\xc3\xa9", 0, { 1 }, {}, 4 }, { "layers10", 0, { 1 }, {}, 5 }, { "layers2", 0, { 1 }, {}, 6 } }), spec);
        // "a" before "a-b", although '-' < '.': the component ends first; bytes above 127 come last.
        QCOMPARE(names(*layout), std::string("B@0 a.b.x@1 a.c@2 a-b@3 layers10@4 layers2@5 \xc3\xa9@6"));
    }

    void sortedTakesPlacesInListsAsNumbers()
    {
        auto checkpoint = std::make_shared<Checkpoint>();
        checkpoint->entries.emplace_back();
        checkpoint->storages.emplace_back();
        for (const auto& [kind, text] : std::initializer_list<std::pair<PathKey::Kind, const char*>> {
                 { PathKey::Kind::String, "1" }, { PathKey::Kind::Integer, "10" }, { PathKey::Kind::Integer, "2" },
                 { PathKey::Kind::Integer, "-3" }, { PathKey::Kind::Integer, "-20" } }) {
            Tensor tensor;
            Entry& entry = checkpoint->entries.emplace_back();
            entry.key = { kind, text };
            entry.parent = 0;
            tensor.name = text;
            tensor.storage = 0;
            tensor.entry = static_cast<EntryOrdinal>(checkpoint->entries.size() - 1);
            tensor.storageOffset = StorageIndex(static_cast<std::int64_t>(checkpoint->tensors.size()));
            checkpoint->tensors.push_back(tensor);
            checkpoint->tensors.back().numel = Count(1);
        }
        LayoutSpec spec;
        spec.order = Order::Sorted;
        QCOMPARE(names(*layoutOf(checkpoint, spec)), std::string("-20@0 -3@1 2@2 10@3 1@4"));
    }

    void scopeIsTheUsualHome_data()
    {
        QTest::addColumn<QStringList>("tensors");
        QTest::addColumn<QString>("scope");
        QTest::newRow("flat") << QStringList { "fc.weight", "bias" } << "";
        QTest::newRow("state_dict") << QStringList { "state_dict.fc.weight", "optimizer.state.0" } << "state_dict";
        QTest::newRow("model") << QStringList { "model.w", "ema.w" } << "model";
        QTest::newRow("two homes") << QStringList { "model.w", "net.w" } << "";
        QTest::newRow("a home that is a tensor") << QStringList { "weights", "params.w" } << "params";
        QTest::newRow("only a tensor") << QStringList { "weights" } << "";
        QTest::newRow("deep") << QStringList { "params.dense.kernel" } << "params";
    }
    void scopeIsTheUsualHome()
    {
        QFETCH(QStringList, tensors);
        QFETCH(QString, scope);
        std::vector<FixtureTensor> fixtures;
        for (const QString& name : tensors)
            fixtures.push_back({ name.toStdString(), 0, { 1 }, {}, static_cast<std::int64_t>(fixtures.size()) });
        const auto checkpoint = fixtureCheckpoint(storagesOf({ { Dtype::Float32, 9 } }), fixtures);
        QCOMPARE(QString::fromStdString(usualScope(*checkpoint)), scope);
        const auto layout = layoutOf(checkpoint);
        QCOMPARE(QString::fromStdString(*layout->spec().scope), scope);
    }

    void namesAreBelowTheScope()
    {
        const auto checkpoint = fixtureCheckpoint(storagesOf({ { Dtype::Float32, 9 } }),
            { { "model.fc.weight", 0, { 2 }, {}, 0 }, { "model.fc.bias", 0, { 2 }, {}, 2 }, { "ema.fc.weight", 0, { 2 }, {}, 4 } });
        QCOMPARE(names(*layoutOf(checkpoint)), std::string("fc.weight@0 fc.bias@2"));
        LayoutSpec spec;
        spec.scope = "";
        QCOMPARE(names(*layoutOf(checkpoint, spec)), std::string("model.fc.weight@0 model.fc.bias@2 ema.fc.weight@4"));
        spec.scope = "model.fc";
        const auto layout = layoutOf(checkpoint, spec);
        QCOMPARE(names(*layout), std::string("weight@0 bias@2"));
        QCOMPARE(*layout->find("bias"), 1u);
        QVERIFY(!layout->find("ema.fc.weight"));
        QCOMPARE(layout->nameOf(2), std::string("ema.fc.weight"));
        spec.scope = "model.nothing";
        QCOMPARE(FlatLayout::make(checkpoint, spec).error().code, ErrorCode::Usage);
        spec.scope = "model.fc.bias";
        QCOMPARE(FlatLayout::make(checkpoint, spec).error().code, ErrorCode::Usage);
    }

    void scopeMayHoldDotsInItsKeys()
    {
        auto checkpoint = std::make_shared<Checkpoint>();
        const auto entry = [&](EntryOrdinal parent, const char* key, EntryKind kind) {
            Entry e;
            e.kind = kind;
            e.key = { PathKey::Kind::String, key };
            e.parent = parent;
            checkpoint->entries.push_back(e);
        };
        entry(noOrdinal, "", EntryKind::Dict);
        entry(0, "a", EntryKind::Dict);
        entry(0, "a.b", EntryKind::Dict);
        entry(2, "c.d", EntryKind::Dict);
        checkpoint->entries[0].firstChild = 1;
        checkpoint->entries[0].childCount = 2;
        checkpoint->entries[2].firstChild = 3;
        checkpoint->entries[2].childCount = 1;
        QCOMPARE(*findEntry(*checkpoint, "a.b.c.d"), 3u);
        QCOMPARE(*findEntry(*checkpoint, "a.b"), 2u);
        QVERIFY(!findEntry(*checkpoint, "a.b.c"));
    }

    void sameNamesGetNumbers()
    {
        auto checkpoint = std::make_shared<Checkpoint>();
        checkpoint->entries.resize(2);
        checkpoint->entries[1].parent = 0;
        checkpoint->entries[0].firstChild = 1;
        checkpoint->entries[0].childCount = 1;
        checkpoint->entries[1].key = { PathKey::Kind::String, "s" };
        checkpoint->entries[1].firstChild = 2;
        checkpoint->entries[1].childCount = 1;
        checkpoint->storages.emplace_back();
        for (const Path& path : { Path { { PathKey::Kind::String, "a" }, { PathKey::Kind::String, "b" } },
                 Path { { PathKey::Kind::String, "a.b" } }, Path { { PathKey::Kind::String, "a.b#2" } },
                 Path { { PathKey::Kind::Repr, "a.b" } } }) {
            Tensor tensor;
            tensor.entry = 1;
            for (const PathKey& key : path) {
                Entry& entry = checkpoint->entries.emplace_back();
                entry.key = key;
                entry.parent = tensor.entry;
                tensor.entry = static_cast<EntryOrdinal>(checkpoint->entries.size() - 1);
            }
            tensor.storage = 0;
            tensor.numel = Count(1);
            tensor.storageOffset = StorageIndex(static_cast<std::int64_t>(checkpoint->tensors.size()));
            checkpoint->tensors.push_back(tensor);
        }
        LayoutSpec spec;
        spec.scope = "s";
        QCOMPARE(names(*layoutOf(checkpoint, spec)), std::string("a.b@0 a.b#2@1 a.b#2#2@2 a.b#3@3"));
    }

    void filters_data()
    {
        QTest::addColumn<QStringList>("only");
        QTest::addColumn<QString>("expected");
        QTest::newRow("name") << QStringList { "b.steps" } << "b.steps@0";
        QTest::newRow("glob") << QStringList { "b.*" } << "b.weight@0 b.running_mean@6 b.steps@9";
        QTest::newRow("expression") << QStringList { "re:^a\\.t" } << "a.tied@0 a.transposed=0";
        QTest::newRow("dtype") << QStringList { "dtype:float16" } << "z.weight@0";
        QTest::newRow("kind") << QStringList { "kind:buffer" } << "b.running_mean@0 b.steps@3";
        QTest::newRow("either") << QStringList { "dtype:int64", "z*" } << "z.weight@0 b.steps@2";
        QTest::newRow("an alias whose first is left out has its own place") << QStringList { "a.tied" } << "a.tied@0";
        QTest::newRow("unknown dtype") << QStringList { "dtype:float31" } << "error";
        QTest::newRow("unknown kind") << QStringList { "kind:sort" } << "error";
        QTest::newRow("bad expression") << QStringList { "re:(" } << "error";
        QTest::newRow("endless expression") << QStringList { "re:" + QString(5000, QLatin1Char('(')) } << "error";
        QTest::newRow("nothing matches") << QStringList { "c.*" } << "error";
    }
    void filters()
    {
        QFETCH(QStringList, only);
        QFETCH(QString, expected);
        LayoutSpec spec;
        for (const QString& text : only)
            spec.only.push_back(text.toStdString());
        const auto layout = FlatLayout::make(model(), spec);
        if (!layout)
            QCOMPARE(layout.error().code, ErrorCode::Usage);
        QCOMPARE(layout ? QString::fromStdString(names(**layout)) : QStringLiteral("error"), expected);
    }

    void longNamesDoNotOverflowAnExpression()
    {
        LayoutSpec spec;
        spec.only = { "re:^(x|y)*z$" };
        const std::string name = std::string(200'000, 'x') + 'z';
        const auto layout = layoutOf(fixtureCheckpoint(storagesOf({ { Dtype::Float32, 2 } }),
            { { name, 0, { 1 }, {}, 0 }, { "xyxz", 0, { 1 }, {}, 1 } }), spec);
        QCOMPARE(layout->listed().size(), std::size_t(2));
    }

    void globs_data()
    {
        QTest::addColumn<QByteArray>("pattern");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("matches");
        QTest::newRow("star") << QByteArray("a.*") << QByteArray("a.b.c") << true;
        QTest::newRow("star is also nothing") << QByteArray("a*") << QByteArray("a") << true;
        QTest::newRow("two stars") << QByteArray("*.w*t") << QByteArray("x.wt.weight") << true;
        QTest::newRow("whole name") << QByteArray("weight") << QByteArray("fc.weight") << false;
        QTest::newRow("question mark") << QByteArray("l?.w") << QByteArray("l1.w") << true;
        QTest::newRow("question mark is a code point") << QByteArray("?") << QByteArray("\xc3\xa9") << true;
        QTest::newRow("question mark is not nothing") << QByteArray("?") << QByteArray("") << false;
        QTest::newRow("set") << QByteArray("l[12].w") << QByteArray("l2.w") << true;
        QTest::newRow("range") << QByteArray("l[0-3]") << QByteArray("l4") << false;
        QTest::newRow("not in set") << QByteArray("l[!0-3]") << QByteArray("l4") << true;
        QTest::newRow("bracket in set") << QByteArray("[]]") << QByteArray("]") << true;
        QTest::newRow("open bracket is itself") << QByteArray("a[b") << QByteArray("a[b") << true;
        QTest::newRow("dash at the end") << QByteArray("[a-]") << QByteArray("-") << true;
        QTest::newRow("backslash is itself") << QByteArray("a\\*") << QByteArray("a\\b") << true;
        QTest::newRow("bytes that are not UTF-8") << QByteArray("a?b") << QByteArray("a\xff" "b") << true;
        QTest::newRow("empty") << QByteArray("") << QByteArray("") << true;
        QTest::newRow("star over the end") << QByteArray("*a") << QByteArray("aab") << false;
    }
    void globs()
    {
        QFETCH(QByteArray, pattern);
        QFETCH(QByteArray, name);
        QFETCH(bool, matches);
        QCOMPARE(globMatches(pattern.toStdString(), name.toStdString()), matches);
    }

    void globOfManyStarsIsQuick()
    {
        std::string pattern;
        for (int i = 0; i < 1000; ++i)
            pattern += "*a";
        QVERIFY(!globMatches(pattern + "b", std::string(20'000, 'a')));
    }

    void unreadableTensorsAreLeftOut()
    {
        auto checkpoint = std::make_shared<Checkpoint>();
        checkpoint->entries.emplace_back();
        Tensor tensor;
        tensor.name = "bad";
        tensor.entry = 0;
        tensor.readable = false;
        checkpoint->tensors.push_back(tensor);
        const auto layout = layoutOf(checkpoint);
        QVERIFY(layout->listed().empty());
        QCOMPARE(*layout->tensorNamed("bad"), 0u);
        QVERIFY(!layout->find("bad"));
    }

    void vectorBeyondTheLongestIsRefused()
    {
        auto checkpoint = std::make_shared<Checkpoint>();
        checkpoint->entries.emplace_back();
        checkpoint->storages.emplace_back();
        for (int i = 0; i < 3; ++i) {
            Tensor tensor;
            tensor.name = std::string(1, static_cast<char>('a' + i));
            tensor.entry = 0;
            tensor.storage = 0;
            tensor.shape = { std::int64_t(1) << 62 };
            tensor.stride = { 0 };
            tensor.numel = Count(tensor.shape[0]);
            tensor.storageOffset = StorageIndex(i);
            checkpoint->tensors.push_back(tensor);
        }
        QCOMPARE(FlatLayout::make(checkpoint, {}).error().code, ErrorCode::Limit);
    }

    void namesAreQuotedWhereTheSyntaxNeedsIt()
    {
        QCOMPARE(quotedName("fc.weight"), std::string("fc.weight"));
        for (const char* name : { "a[0]", "*", "a?", "{x}", "", "#3", "@x", " a", "a " })
            QCOMPARE(quotedName(name), std::string("[\"") + name + "\"]");
        QCOMPARE(quotedName(std::string_view("a\0b", 3)), std::string("a\\u0000b"));
    }
};

QTEST_GUILESS_MAIN(TestFlatLayout)
#include "tst_flatlayout.moc"
