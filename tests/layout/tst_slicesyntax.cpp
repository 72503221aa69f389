// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "layout/slicesyntax.h"
#include "randomview.h"

using namespace ravel;

namespace {

std::shared_ptr<const FlatLayout> net()
{
    return layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 200) },
        {
            { "fc.weight", 0, { 5, 10 }, {}, 0 },
            { "fc.bias", 0, { 5 }, {}, 50 },
            { "conv1.weight", 0, { 2, 3, 4 }, {}, 60 },
            { "scalar", 0, {}, {}, 90 },
            { "a[0]", 0, { 4 }, {}, 100 },
            { "q\"]x", 0, { 4 }, {}, 104 },
            { std::string("n\0l", 3), 0, { 2 }, {}, 110 },
            { "#7", 0, { 2 }, {}, 112 },
            { "tied", 0, { 5, 10 }, {}, 0 },
        }));
}

// "fc.weight[3,:]" for each box: start/count/step, indices in parentheses.
QString plain(const FlatLayout& layout, const tl::expected<Selection, SyntaxError>& parsed)
{
    if (!parsed)
        return QStringLiteral("error at %1: %2").arg(parsed.error().position).arg(QString::fromStdString(parsed.error().message));
    QStringList boxes;
    for (const Box& box : parsed->boxes) {
        QStringList slices;
        for (const Slice& s : box.slices)
            slices << (s.single ? QStringLiteral("(%1)").arg(s.start) : QStringLiteral("%1/%2/%3").arg(s.start).arg(s.count).arg(s.step));
        boxes << QString::fromStdString(quotedName(layout.nameOf(box.tensor))) + QLatin1Char(' ') + slices.join(QLatin1Char(','));
    }
    return boxes.join(QStringLiteral("; "));
}

std::string numberText(Random& random, std::int64_t size)
{
    const std::int64_t value = pick(random, 0, 30) == 0 ? 99'999'999'999 : pick(random, 0, size + 2);
    return (pick(random, 0, 1) ? "-" : "") + std::to_string(value) + (pick(random, 0, 60) == 0 ? "00000000000000000000" : "");
}

// What Python's a[start:stop:step] lists, from its definition: begin inside, go on by step until the stop or an end.
std::vector<std::int64_t> listed(std::optional<double> start, std::optional<double> stop, double step, std::int64_t size)
{
    const auto n = static_cast<double>(size);
    const auto inside = [n](double i) { return i < 0 ? i + n : i; };
    double i = start ? inside(*start) : step > 0 ? 0 : n - 1;
    i = step > 0 ? std::max(i, 0.0) : std::min(i, n - 1);
    const double end = stop ? inside(*stop) : step > 0 ? n : -1;
    std::vector<std::int64_t> list;
    for (; step > 0 ? i < std::min(end, n) : i > std::max(end, -1.0); i += step)
        list.push_back(static_cast<std::int64_t>(i));
    return list;
}

} // namespace

class TestSliceSyntax : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void selections_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* text, const char* expected) { QTest::newRow(text) << QByteArray(text) << expected; };
        row("fc.weight", "fc.weight 0/5/1,0/10/1");
        row("  fc.bias ", "fc.bias 0/5/1");
        row("fc.weight[3]", "fc.weight (3),0/10/1");
        row("fc.weight[3, :]", "fc.weight (3),0/10/1");
        row("fc.weight[-1,::2]", "fc.weight (4),0/5/2");
        row("fc.weight[::-1, 2:8:3]", "fc.weight 4/5/-1,2/2/3");
        row("fc.weight[...]", "fc.weight 0/5/1,0/10/1");
        row("fc.weight[..., -1]", "fc.weight 0/5/1,(9)");
        row("conv1.weight[1, ..., ::2]", "conv1.weight (1),0/3/1,0/2/2");
        row("conv1.weight[0, 1, 2]", "conv1.weight (0),(1),(2)");
        row("conv1.weight[0, 1, 2, ...]", "conv1.weight (0),(1),(2)");
        row("conv1.weight[ 0 ,1: , ]", "conv1.weight (0),1/2/1,0/4/1");
        row("fc.bias[4:1]", "fc.bias 0/0/1");
        row("fc.bias[-100:100]", "fc.bias 0/5/1");
        row("fc.bias[99999999999999999999999:]", "fc.bias 0/0/1");
        row("fc.bias[+1]", "fc.bias (1)");
        row("scalar", "scalar ");
        row("scalar[...]", "scalar ");
        row("a[0]", "[\"a[0]\"] 0/4/1");
        row("a[0][1:3]", "[\"a[0]\"] 1/2/1");
        row("[\"a[0]\"]", "[\"a[0]\"] 0/4/1");
        row("[\"a[0]\"][3]", "[\"a[0]\"] (3)");
        row("name[\"a[0]\"][3]", "[\"a[0]\"] (3)");
        row("name[\"fc.bias\"]", "fc.bias 0/5/1");
        row("[\"fc.bias\"] [3]", "fc.bias (3)");
        row("[\"q\"]x\"][1]", "[\"q\\x22]x\"] (1)");
        row("[\"q\\x22]x\"][1]", "[\"q\\x22]x\"] (1)");
        row("n\\u0000l[1]", "n\\u0000l (1)");
        row("[\"n\\u0000l\"]", "n\\u0000l 0/2/1");
        row("[\"#7\"]", "[\"#7\"] 0/2/1");
        row("#7", "[\"#7\"] 0/2/1"); // an exact name comes first
        row("#8", "fc.weight (0),(8)");
        row("#8:12", "fc.weight (0),8/2/1; fc.weight (1),0/2/1");
        row("#48:52", "fc.weight (4),8/2/1; fc.bias 0/2/1");
        row("#0:50:10", "fc.weight 0/5/1,(0)");
        row("#-1", "[\"#7\"] (1)");
        row("# 3 : 5", "fc.weight (0),3/2/1");
        row("#3:3", "");
        row("fc.*", "fc.weight 0/5/1,0/10/1; fc.bias 0/5/1");
        row("*.w?ight", "fc.weight 0/5/1,0/10/1; conv1.weight 0/2/1,0/3/1,0/4/1");
        row("conv[12].weight", "conv1.weight 0/2/1,0/3/1,0/4/1");
        row("[ft]*", "fc.weight 0/5/1,0/10/1; fc.bias 0/5/1"); // tied is one with fc.weight
        row("t*", "tied 0/5/1,0/10/1");
        row("tied[0]", "tied (0),0/10/1");
        row("@0", "fc.weight (0),(0)");
        row("@0x2d", "fc.weight (1),(1)");
        row("@0:0x2C", "fc.weight (1),(1)");
    }
    void selections()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, expected);
        const auto layout = net();
        QCOMPARE(plain(*layout, parseSelection(*layout, text.toStdString())), expected);
    }

    void errorsNameTheirPlace_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("position");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* text, int position, const char* says) {
            QTest::newRow(text) << QByteArray(text) << position << says;
        };
        row("", 0, "missing");
        row("   ", 0, "missing");
        row("fcc", 0, "no tensor 'fcc'");
        row("  fcc[3, :]", 2, "no tensor 'fcc'");
        row("fcc[3]", 0, "no tensor 'fcc'");
        row("x.*", 0, "matches");
        row("fc.*[3, :]", 0, "pattern");
        row("fc.weight[5]", 10, "out of range for dimension 0, which has 5");
        row("fc.weight[0, -11]", 13, "out of range for dimension 1");
        row("fc.weight[0, 0, 0]", 16, "3 indices are too many for 2 dimensions");
        row("fc.weight[..., 0, 0, 0]", 21, "too many");
        row("scalar[0]", 7, "1 index is too many for 0 dimensions");
        row("fc.weight[..., ...]", 15, "only one ...");
        row("fc.weight[::0]", 12, "can't be 0");
        row("fc.weight[1:2:3:4]", 16, "three parts");
        row("fc.weight[1:x]", 12, "'x' is not a whole number");
        row("fc.weight[a]", 10, "neither");
        row("fc.weight[]", 10, "missing");
        row("fc.weight[", 9, "not closed");
        row("  fc.weight[3, 1:", 11, "not closed");
        row("conv1.weight[1,,2]", 15, "missing");
        row("fc.weight[1.5]", 10, "neither");
        row("fc.weight[99999999999999999999]", 10, "out of range");
        row("[\"nothing\"][0]", 2, "no tensor 'nothing'");
        row("[\"fc.weight", 0, "not closed");
        row("#", 1, "flat range");
        row("#x", 1, "flat range");
        row("#102", 1, "outside the vector, which has 92 elements");
        row("#0:99999999999999999999", 3, "flat index 99999999999999999999 is outside");
        row("#-93", 1, "outside");
        row("#0:93", 3, "outside");
        row("#9:3", 3, "before it begins");
        row("#0:9:-1", 5, "at least 1");
        row("#0:9:0", 5, "can't be 0");
        row("@", 1, "number");
        row("@zz", 1, "number");
        row("@-4", 1, "number");
        row("@9999999", 1, "outside the file");
        row("@7:0", 1, "no file 7");
        row("@x:0", 1, "file");
    }
    void errorsNameTheirPlace()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, position);
        QFETCH(QString, says);
        const auto layout = net();
        const auto parsed = parseSelection(*layout, text.toStdString());
        QVERIFY(!parsed);
        QVERIFY2(QString::fromStdString(parsed.error().message).contains(says), parsed.error().message.c_str());
        QCOMPARE(static_cast<int>(parsed.error().position), position);
    }

    void slicesAreNumPys()
    {
        Random random(5);
        for (int round = 0; round < 20'000; ++round) {
            const std::int64_t size = pick(random, 0, 7);
            std::optional<std::string> parts[3];
            for (int i = 0; i < 3; ++i)
                if (pick(random, 0, 3) != 0)
                    parts[i] = i < 2 ? numberText(random, size) : std::to_string(pick(random, 0, 1) ? pick(random, 1, 9) : -pick(random, 1, 9));
            const std::string text = parts[0].value_or("") + ':' + parts[1].value_or("") + (parts[2] ? ':' + *parts[2] : "");
            const auto number = [](const std::optional<std::string>& part) {
                return part ? std::optional(std::stod(*part)) : std::nullopt;
            };
            const auto expected = listed(number(parts[0]), number(parts[1]), parts[2] ? std::stod(*parts[2]) : 1, size);
            const auto parsed = parseSelection(*m_layouts[static_cast<std::size_t>(size)], "v[" + text + "]");
            QVERIFY2(parsed.has_value(), text.c_str());
            std::vector<std::int64_t> found;
            for (const auto& coordinates : coordinatesOf(parsed->boxes[0]))
                found.push_back(coordinates[0]);
            QVERIFY2(found == expected, (text + " of " + std::to_string(size)).c_str());
        }
    }

    void textOfABoxIsParsedToTheSameBox()
    {
        Random random(6);
        for (int round = 0; round < 5000; ++round) {
            std::int64_t size = 0;
            FixtureTensor view = randomView(random, size);
            view.name = pick(random, 0, 3) == 0 ? "x[*]" : "enc.layer";
            const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Int32, size) }, { view }));
            Box box { 0, {} };
            for (const std::int64_t n : layout->checkpoint().tensors[0].shape)
                box.slices.push_back(randomSlice(random, n));
            const std::string text = boxText(*layout, box);
            const auto parsed = parseSelection(*layout, text);
            QVERIFY2(parsed.has_value(), text.c_str());
            QVERIFY2(coordinatesOf(parsed->boxes[0]) == coordinatesOf(box), text.c_str());
            QVERIFY2(parsed->boxes[0].shape() == box.shape(), text.c_str());
            QCOMPARE(boxText(*layout, parsed->boxes[0]), text);
        }
    }

    void selectionsAreSummedUpForPeople()
    {
        const auto layout = net();
        const auto text = [&](const char* typed) { return selectionText(*layout, *parseSelection(*layout, typed)); };
        QCOMPARE(text("fc.weight[3, :]"), std::string("fc.weight[3, :]"));
        QCOMPARE(text("fc.*"), std::string("2 tensors"));
        QCOMPARE(text("#48:52"), std::string("#48:52"));
        QCOMPARE(text("#3:50:7"), std::string("5 parts of fc.weight"));
        QCOMPARE(text("#3:3"), std::string("nothing"));
        Selection selection = *parseSelection(*layout, "fc.bias");
        selection.where = Predicate { 0.5, 3 };
        QCOMPARE(selectionText(*layout, selection), std::string("fc.bias where 0.5 <= x <= 3"));
    }

    void pythonNamesThePathBelowTheScope()
    {
        const auto layout = net();
        QCOMPARE(pythonText(*layout, parseSelection(*layout, "fc.weight[3, ::2]")->boxes[0]),
            std::string("sd[\"fc\"][\"weight\"][3, ::2]"));
        QCOMPARE(pythonText(*layout, parseSelection(*layout, "q\"]x")->boxes[0]), std::string("sd[\"q\\\"]x\"]"));
    }

    void unreadableTensorIsRefusedWithItsReason()
    {
        auto checkpoint = std::make_shared<Checkpoint>();
        checkpoint->entries.emplace_back();
        Tensor tensor;
        tensor.name = "bad";
        tensor.entry = 0;
        tensor.readable = false;
        tensor.reason = "its record is missing";
        checkpoint->tensors.push_back(tensor);
        const auto parsed = parseSelection(*layoutOf(checkpoint), "bad");
        QVERIFY(!parsed);
        QVERIFY(parsed.error().message.find("its record is missing") != std::string::npos);
    }

    void namesOutsideTheLayoutAreFound()
    {
        LayoutSpec spec;
        spec.only = { "fc.*" };
        const auto layout = layoutOf(net()->checkpointPtr(), spec);
        QCOMPARE(parseSelection(*layout, "scalar")->boxes.size(), std::size_t(1));
        QCOMPARE(parseSelection(*layout, "*")->boxes.size(), std::size_t(2)); // a pattern stays within the layout ...
        QCOMPARE(parseSelection(*layout, "conv*")->boxes.size(), std::size_t(1)); // ... where it means something there
    }

    void initTestCase()
    {
        for (std::int64_t size = 0; size <= 7; ++size)
            m_layouts.push_back(makeVector(size));
    }

private:
    static std::shared_ptr<const FlatLayout> makeVector(std::int64_t size)
    {
        return layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Int32, 8) }, { { "v", 0, { size }, {}, 0 } }));
    }
    std::vector<std::shared_ptr<const FlatLayout>> m_layouts;
};

QTEST_GUILESS_MAIN(TestSliceSyntax)
#include "tst_slicesyntax.moc"
