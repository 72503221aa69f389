// SPDX-License-Identifier: GPL-3.0-or-later
#include "clirunner.h"

#include <cmath>
#include <limits>

using namespace ravel;

class TestCli : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        m_cli.write("net.pt", netBytes());
        std::vector<std::byte> broken = netBytes();
        broken.resize(broken.size() / 2);
        m_cli.write("cut.pt", broken);
        m_cli.write("text.pt", QByteArray("hello"));
    }

    void versionAndHelp()
    {
        const Ran version = m_cli.run({ "--version" });
        QCOMPARE(version.code, 0);
        QVERIFY(version.out.startsWith("ravel 0."));
        const Ran help = m_cli.run({ "--help" });
        QCOMPARE(help.code, 0);
        for (const char* word : { "info", "unflatten", "Examples", "ravel -- info" })
            QVERIFY2(help.out.contains(word), word);
        for (const char* command : { "info", "check", "layout", "locate", "stats", "hist", "values", "flatten", "unflatten", "apply", "verify", "diff" }) {
            const Ran ran = m_cli.run({ command, "--help" });
            QCOMPARE(ran.code, 0);
            QVERIFY2(ran.out.contains("Example"), command);
        }
    }

    void whatTheFileDoesNotHaveIsSaidWithItsName_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const QStringList& arguments, const char* says) {
            QTest::newRow(qPrintable(arguments.join(' '))) << arguments << QByteArray(says);
        };
        row({ "layout", "net.pt", "--scope", "nothing" }, "net.pt: there is no 'nothing'");
        row({ "layout", "net.pt", "--scope", "fc.weight" }, "net.pt: the scope 'fc.weight' is a tensor");
        row({ "layout", "net.pt", "--only", "zzz*" }, "net.pt: no tensor matches 'zzz*'");
        row({ "stats", "net.pt", "--tensor", "fcc" }, "net.pt: --tensor 'fcc': there is no tensor 'fcc'");
        row({ "values", "net.pt", "--slice", "fc.weight[9]" }, "net.pt: --slice 'fc.weight[9]': ");
        row({ "hist", "net.pt", "--range", "0:1000" }, "net.pt: --range '0:1000': ");
        row({ "locate", "net.pt", "fcc[0]" }, "net.pt: there is no tensor 'fcc'");
        row({ "locate", "net.pt", "99999" }, "net.pt: flat index 99999 is outside the vector");
        row({ "flatten", "net.pt", "-o", "none.npy", "--scope", "nothing" }, "net.pt: there is no 'nothing'");
        row({ "apply", "absent.json", "net.pt", "-o", "none.pt" }, "net.pt: absent.json, step 1: ");
    }
    void whatTheFileDoesNotHaveIsSaidWithItsName()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, says);
        m_cli.write("absent.json", QByteArray(R"({"format": "ravel.recipe/1", "steps": [{"op": "set", "select": "fcc", "value": 0}]})"));
        const QStringList before = m_cli.files();
        const Ran ran = m_cli.run(arguments);
        QVERIFY(isFailure(ran, arguments[0] == "apply" ? 1 : 2)); // there the call was right, and a file was wrong
        QVERIFY2(ran.err.startsWith("ravel: " + says), ran.err.constData());
        QCOMPARE(m_cli.files(), before);
    }

    void wrongCallsAreRefused_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const QStringList& arguments, const char* says) {
            QTest::newRow(qPrintable(arguments.join(' '))) << arguments << QByteArray(says);
        };
        row({ "--bogus" }, "no option '--bogus'");
        row({ "-x", "net.pt" }, "no option '-x'");
        row({ "info" }, "FILE");
        row({ "info", "net.pt", "more" }, "more");
        row({ "info", "net.pt", "--jason" }, "--jason");
        row({ "layout", "net.pt", "--order", "random" }, "random");
        row({ "layout", "net.pt", "--aliases", "never" }, "never");
        row({ "layout", "net.pt", "--scope", "nothing" }, "nothing");
        row({ "layout", "net.pt", "--only", "dtype:float31" }, "float31");
        row({ "layout", "net.pt", "--only", "zzz*" }, "zzz*");
        row({ "stats", "net.pt", "--tensor", "fcc" }, "no tensor 'fcc'");
        row({ "stats", "net.pt", "--slice", "fc.weight[9]" }, "out of range");
        row({ "stats", "net.pt", "--range", "0:1000" }, "outside the vector");
        row({ "stats", "net.pt", "--range", "x" }, "--range 'x'");
        row({ "stats", "net.pt", "--tensor", "fc.bias", "--range", "0:3" }, "--range");
        row({ "stats", "net.pt", "--bins", "0" }, "--bins");
        row({ "hist", "net.pt", "--low", "5", "--high", "1" }, "--low");
        row({ "hist", "net.pt", "--low", "nan" }, "--low");
        row({ "hist", "net.pt", "--low", "x" }, "--low");
        row({ "hist", "net.pt", "--log" }, "--low");
        row({ "locate", "net.pt" }, "PLACE");
        row({ "locate", "net.pt", "99999" }, "99999");
        row({ "locate", "net.pt", "fc.weight" }, "20 elements");
        row({ "values", "net.pt", "--slice", "fc.weight[0" }, "fc.weight[0");
        row({ "flatten", "net.pt" }, "-o");
        row({ "flatten", "net.pt", "-o", "x.npy", "--dtype", "float31" }, "float31");
        row({ "flatten", "net.pt", "-o", "x.npy", "--template", "t.json", "--order", "sorted" }, "--template");
        row({ "unflatten", "v.npy", "-o", "x.pt" }, "--into");
        row({ "unflatten", "v.npy", "--into", "net.pt", "--template", "t.json", "-o", "x.pt" }, "--template");
        row({ "apply", "r.json", "net.pt" }, "-o OUT");
        row({ "apply", "r.json", "net.pt", "--in-place" }, "later version");
        row({ "apply", "r.json", "net.pt", "-o", "x", "--receipt", "x" }, "same file");
        row({ "verify", "net.pt", "net.pt" }, "--receipt");
        row({ "convert", "net.pt", "-o", "net.npz" }, "later version");
        row({ "render", "net.pt", "-o", "map.png", "--size", "10x10" }, "64 to 16384");
        row({ "diff", "net.pt" }, "B");
        row({ "diff", "net.pt", "net.pt", "--rtol", "-1" }, "--rtol");
        row({ "diff", "net.pt", "absent.pt" }, "absent.pt"); // trouble is 2 here
    }
    void wrongCallsAreRefused()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, says);
        const QStringList before = m_cli.files();
        const Ran ran = m_cli.run(arguments);
        QVERIFY(isFailure(ran, 2));
        QVERIFY2(ran.err.contains(says), ran.err.constData());
        QCOMPARE(m_cli.files(), before);
    }

    void filesThatCannotBeReadFail_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* file : { "absent.pt", "cut.pt", "text.pt", "." })
            QTest::newRow(file) << file;
    }
    void filesThatCannotBeReadFail()
    {
        QFETCH(QString, file);
        for (const QStringList& command : { QStringList { "info", file }, QStringList { "layout", file, "--json" },
                 QStringList { "locate", file, "0" }, QStringList { "stats", file }, QStringList { "hist", file, "--json" },
                 QStringList { "values", file }, QStringList { "flatten", file, "-o", "out.npy" }, QStringList { "check", file } }) {
            const Ran ran = m_cli.run(command);
            QVERIFY2(isFailure(ran, 1), qPrintable(command.join(' ')));
        }
        QVERIFY(!m_cli.files().contains("out.npy"));
        const Ran check = m_cli.run({ "check", file, "--json" });
        QCOMPARE(check.code, 1);
        const QJsonObject json = check.json();
        QCOMPARE(json["result"].toString(), QString("error"));
        QCOMPARE(json["messages"].toArray().size(), 1);
        QCOMPARE(json["writable"].toBool(true), false);
        QVERIFY(json["tensors"].isArray());
    }

    void infoCounts()
    {
        const QJsonObject json = m_cli.run({ "info", "net.pt", "--json" }).json();
        QCOMPARE(json["container"].toString(), QString("zip"));
        QCOMPARE(json["tensors"].toInt(), 6);
        QCOMPARE(json["aliases"].toInt(), 1);
        QCOMPARE(json["elements"].toInt(), 20 + 3 + 1 + 6 + 2);
        QCOMPARE(json["parameters"].toInt(), 20 + 3 + 6 + 2);
        QCOMPARE(json["bytes"].toInt(), 29 * 4 + 8 + 4);
        QCOMPARE(json["hidden_bytes"].toInt(), 0);
        QCOMPARE(json["writable"].toBool(), true);
        QCOMPARE(json["dtypes"].toArray()[0].toObject()["dtype"].toString(), QString("float32"));
        const Ran text = m_cli.run({ "info", "net.pt" });
        QCOMPARE(text.code, 0);
        QVERIFY(text.err.isEmpty());
        for (const char* line : { "container   zip", "writable    yes", "float32" })
            QVERIFY2(text.out.contains(line), text.out.constData());
    }

    void infoTellsWhatIsHidden()
    {
        m_cli.write("hidden.pt", torchZipBytes({ countingStorage(Dtype::Float32, 100) },
            { { "a", 0, { 5 }, { 2 }, 0 }, { "b", 0, { 2, 5 }, {}, 50 } }));
        const QJsonObject json = m_cli.run({ "info", "hidden.pt", "--json" }).json();
        QCOMPARE(json["hidden_bytes"].toInt(), (100 - 5 - 10) * 4);
        QVERIFY(m_cli.run({ "info", "hidden.pt" }).out.contains("340 bytes of storage that no tensor shows"));
    }

    void infoExplains()
    {
        ZipEntryOptions packed;
        packed.deflated = true;
        TorchZipOptions options;
        options.storages = packed;
        m_cli.write("packed.pt", torchZipBytes({ countingStorage(Dtype::Float32, 100) }, { { "a", 0, { 5 }, { 2 }, 0 } }, options));
        m_cli.write("shared.pt", torchZipBytes({ countingStorage(Dtype::Float32, 100), countingStorage(Dtype::Float32, 50) },
            { { "fc.weight", 0, { 10, 5 }, {}, 0 }, { "tied", 0, { 10, 5 }, {}, 0 }, { "fc.bias", 1, { 10 }, {}, 0 }, { "other", 1, { 10 }, {}, 5 } }));
        const QByteArray text = m_cli.run({ "info", "shared.pt" }).out;
        for (const char* line : { "storage 0, the same elements: fc.weight, tied", "storage 1, some of the same elements: fc.bias, other",
                 "fc.weight: 200 bytes of the 400 bytes of storage 0", "1 Linear", "? marks what is guessed", "where the bytes are",
                 "every storage starts at a multiple of", "the same numbers as fc.weight" })
            QVERIFY2(text.contains(line), (QByteArray(line) + "\n" + text).constData());
        m_cli.write("question.pt", torchZipBytes({ countingStorage(Dtype::Int64, 4) }, { { "what? is it", 0, { 4 }, {}, 0 } }));
        QVERIFY(m_cli.run({ "info", "question.pt" }).out.contains("what? is it"));
        QVERIFY(!m_cli.run({ "info", "question.pt" }).out.contains("? marks what is guessed")); // a ? of the file's own
        QVERIFY(m_cli.run({ "info", "packed.pt" }).out.contains("compressed records, which can be read and not edited\n  archive/data/0: 400 bytes in"));
        const QJsonObject json = m_cli.run({ "info", "shared.pt", "--json" }).json();
        QCOMPARE(json["layers"].toArray()[0].toObject()["kind"].toString(), QString("Linear"));
        QCOMPARE(json["layers"].toArray()[0].toObject()["guess"].toBool(), true);
        QCOMPARE(json["tensor_list"].toArray().size(), 4);
        QCOMPARE(json["tensor_list"].toArray()[1].toObject()["alias_of"].toString(), QString("fc.weight"));
        QCOMPARE(json["shared_storages"].toArray().size(), 2);
        QCOMPARE(json["hidden"].toArray()[0].toObject()["bytes"].toInt(), 200);
    }

    void infoCutsLongLists()
    {
        std::vector<FixtureTensor> tensors;
        for (int i = 0; i < 100; ++i)
            tensors.push_back({ "t" + std::to_string(i), 0, { 1 }, {}, i });
        m_cli.write("many.pt", torchZipBytes({ countingStorage(Dtype::Float32, 100) }, tensors));
        const QByteArray few = m_cli.run({ "info", "many.pt" }).out, all = m_cli.run({ "info", "many.pt", "--all" }).out;
        QVERIFY(few.contains("... and 80 more") && few.contains("--all shows them in full") && !few.contains("\nt99 "));
        QVERIFY(all.contains("\nt99 ") && !all.contains("... and"));
    }

    // Views of one element, as torch.expand makes them, have any number of elements.
    void infoTellsWhatMakesNoVector()
    {
        std::vector<FixtureTensor> tensors;
        for (int i = 0; i < 9; ++i)
            tensors.push_back({ "t" + std::to_string(i), 0, { std::int64_t(1) << 60 }, { 0 }, i });
        m_cli.write("expanded.pt", torchZipBytes({ countingStorage(Dtype::Float32, 9) }, tensors));
        const Ran ran = m_cli.run({ "info", "expanded.pt" });
        QCOMPARE(ran.code, 0);
        QVERIFY2(ran.out.contains("no vector") && ran.out.contains("more than 2^63 - 1 elements"), ran.out.constData());
        QCOMPARE(m_cli.run({ "info", "expanded.pt", "--json" }).json()["tensors"].toInt(), 9);
    }

    void checkTellsOfEachTensor()
    {
        const Ran ran = m_cli.run({ "check", "net.pt", "--json" });
        QCOMPARE(ran.code, 0);
        const QJsonObject json = ran.json();
        QCOMPARE(json.keys(), QStringList({ "messages", "result", "tensors", "writable" }));
        QCOMPARE(json["result"].toString(), QString("ok"));
        QCOMPARE(json["messages"].toArray().size(), 0);
        QCOMPARE(json["tensors"].toArray().size(), 6);
        for (const QJsonValue& tensor : json["tensors"].toArray()) {
            QCOMPARE(tensor.toObject().keys(), QStringList({ "editable", "name", "reason" }));
            QVERIFY(tensor.toObject()["editable"].toBool());
        }
    }

    void checkFindsDamage()
    {
        std::vector<std::byte> bytes = netBytes();
        const float value = 0.1f; // of fc.bias
        const auto* pattern = reinterpret_cast<const std::byte*>(&value);
        const auto at = std::search(bytes.begin(), bytes.end(), pattern, pattern + 4);
        QVERIFY(at != bytes.end());
        *at ^= std::byte(1);
        m_cli.write("damaged.pt", bytes);
        const Ran ran = m_cli.run({ "check", "damaged.pt", "--json" });
        QCOMPARE(ran.code, 0);
        QCOMPARE(ran.json()["result"].toString(), QString("warning"));
        QVERIFY(ran.json()["messages"].toArray()[0].toString().contains("damaged or altered"));
    }

    void layoutIsATable()
    {
        const Ran ran = m_cli.run({ "layout", "net.pt" });
        QCOMPARE(ran.code, 0);
        const QList<QByteArray> lines = ran.out.split('\n');
        QVERIFY(lines[0].startsWith("offset  elements  name"));
        QVERIFY(lines[1].contains("fc.weight") && lines[1].contains("float32") && lines[1].contains("(4, 5)"));
        QVERIFY(ran.out.contains("alias of fc.weight"));
        QVERIFY(ran.out.contains("32 elements in 5 tensors"));
        QVERIFY(ran.out.contains("bn.num_batches_tracked"));
    }

    void layoutAsJsonIsTheTemplate()
    {
        const QJsonObject json = m_cli.run({ "layout", "net.pt", "--json", "--order", "parameters" }).json();
        QCOMPARE(json["format"].toString(), QString("ravel.layout/1"));
        QCOMPARE(json["order"].toString(), QString("parameters"));
        QCOMPARE(json["numel"].toInt(), 31);
        const QJsonArray segments = json["segments"].toArray();
        QCOMPARE(segments.size(), 5);
        QCOMPARE(segments[2].toObject()["alias_of"].toString(), QString("fc.weight"));
        QCOMPARE(segments[3].toObject()["stride"].toArray(), QJsonArray({ 1, 3 }));
    }

    void layoutOptionsAreTaken()
    {
        const auto numel = [&](const QStringList& options) {
            return m_cli.run(QStringList { "layout", "net.pt", "--json" } + options).json()["numel"].toInt();
        };
        QCOMPARE(numel({ "--aliases", "repeat" }), 52);
        QCOMPARE(numel({ "--only", "fc.*" }), 23);
        QCOMPARE(numel({ "--only", "fc.bias", "--only", "kind:buffer" }), 4);
        QCOMPARE(numel({ "--only", "re:(bias|turned)$" }), 9);
        QCOMPARE(numel({ "--only", "dtype:float16" }), 2);
        QCOMPARE(numel({ "--scope", "" }), 32);
    }

    void locateNamesOneElement()
    {
        const QJsonObject byIndex = m_cli.run({ "locate", "net.pt", "7", "--json" }).json();
        QCOMPARE(byIndex.keys(), QStringList({ "byte", "coordinates", "file", "index", "linked", "name", "storage", "storage_index" }));
        QCOMPARE(byIndex["name"].toString(), QString("fc.weight"));
        QCOMPARE(byIndex["coordinates"].toArray(), QJsonArray({ 1, 2 }));
        QCOMPARE(byIndex["linked"].toArray(), QJsonArray({ "head.weight[1, 2]" }));
        QCOMPARE(byIndex["file"].toString(), QString("net.pt"));
        const qsizetype byte = byIndex["byte"].toInt();
        float value = 0;
        memcpy(&value, m_cli.read("net.pt").constData() + byte, sizeof value);
        QCOMPARE(value, 7.0f);
        QCOMPARE(m_cli.run({ "locate", "net.pt", "@" + QString::number(byte), "--json" }).json(), byIndex);
        QCOMPARE(m_cli.run({ "locate", "net.pt", "fc.weight[1, 2]", "--json" }).json(), byIndex);

        const QJsonObject outside = m_cli.run({ "locate", "net.pt", "fc.bias[2]", "--only", "turned", "--json" }).json();
        QVERIFY(outside["index"].isNull());
        const Ran text = m_cli.run({ "locate", "net.pt", "turned[1, 1]" });
        QVERIFY(text.out.contains("flat index   27"));
        QVERIFY(text.out.contains("value        4  float32"));
    }

    void anEmptyValueIsNotTheNextArgument()
    {
        const Ran ran = m_cli.run({ "layout", "net.pt", "--scope=", "--json" });
        QVERIFY2(ran.code == 0, ran.err.constData());
        QCOMPARE(ran.json()["scope"].toString("none"), QString(""));
        QCOMPARE(m_cli.run({ "layout", "--json", "net.pt", "--scope=" }).out, ran.out);
        const Ran missing = m_cli.run({ "values", "net.pt", "--tensor=", "--json" });
        QCOMPARE(missing.code, 2);
        QVERIFY2(missing.err.contains("--tensor ''"), missing.err.constData());
    }

    void valuesAreRowMajor()
    {
        const QJsonObject json = m_cli.run({ "values", "net.pt", "--slice", "turned[1:, ::-1]", "--json" }).json();
        QCOMPARE(json["dtype"].toString(), QString("float32"));
        QCOMPARE(json["shape"].toArray(), QJsonArray({ 2, 2 }));
        QCOMPARE(json["values"].toArray(), QJsonArray({ 4, 1, 5, 2 }));
        const QJsonObject range = m_cli.run({ "values", "net.pt", "--range", "18:24", "--json" }).json();
        QCOMPARE(range["dtype"].toString(), QString("mixed"));
        QCOMPARE(range["shape"].toArray(), QJsonArray({ 6 }));
        QCOMPARE(range["values"].toArray(), QJsonArray({ 18, 19, 1, -2, double(0.1f), 0 }));
        // A range is one dimension, also where it is one box of a tensor.
        const QJsonObject rows = m_cli.run({ "values", "net.pt", "--range", "0:8", "--json" }).json();
        QCOMPARE(rows["shape"].toArray(), QJsonArray({ 8 }));
        const QJsonObject name = m_cli.run({ "values", "net.pt", "--tensor", "half[0]", "--json" }).json();
        QCOMPARE(name["dtype"].toString(), QString("float16"));
        QCOMPARE(name["values"].toArray(), QJsonArray({ 0, 1 }));
        const QJsonObject scalar = m_cli.run({ "values", "net.pt", "--tensor", "bn.num_batches_tracked", "--json" }).json();
        QCOMPARE(scalar["shape"].toArray(), QJsonArray());
        const QJsonObject none = m_cli.run({ "values", "net.pt", "--slice", "fc.bias[2:1]", "--json" }).json();
        QCOMPARE(none["shape"].toArray(), QJsonArray({ 0 }));
        QCOMPARE(none["values"].toArray(), QJsonArray());
        const Ran text = m_cli.run({ "values", "net.pt", "--tensor", "fc.bias" });
        QCOMPARE(text.out, QByteArray("index  place       value\n   20  fc.bias[0]  1\n   21  fc.bias[1]  -2\n   22  fc.bias[2]  0.1\n"));
    }

    void valuesOfEveryKindAreJson()
    {
        const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
        m_cli.write("kinds.safetensors", safetensorsBytes(
            { storageOf<double>(Dtype::Float64, { nan, inf, -inf, -0.0, 1e300 }), storageOf<std::uint64_t>(Dtype::UInt64, { ~std::uint64_t(0) }),
                storageOf<std::int64_t>(Dtype::Int64, { std::numeric_limits<std::int64_t>::min() }),
                storageOf<std::uint8_t>(Dtype::Bool, { 0, 1, 7 }), storageOf<float>(Dtype::Complex64, { 1, -2, float(inf), 0 }) },
            { { "f", 0, { 5 } }, { "u", 1, { 1 } }, { "i", 2, { 1 } }, { "b", 3, { 3 } }, { "c", 4, { 2 } } }));
        const auto values = [&](const char* name) {
            const QByteArray out = m_cli.run({ "values", "kinds.safetensors", "--tensor", name, "--json" }).out;
            return out.mid(out.indexOf("\"values\":") + 9).trimmed();
        };
        QCOMPARE(values("f"), QByteArray(R"(["NaN","Infinity","-Infinity",-0.0,1e+300]})"));
        QCOMPARE(values("u"), QByteArray("[18446744073709551615]}"));
        QCOMPARE(values("i"), QByteArray("[-9223372036854775808]}"));
        QCOMPARE(values("b"), QByteArray("[false,true,true]}"));
        QCOMPARE(values("c"), QByteArray(R"([[1.0, -2.0],["Infinity", 0.0]]})"));
        const QJsonObject stats = m_cli.run({ "stats", "kinds.safetensors", "--tensor", "f", "--json" }).json();
        QCOMPARE(stats["nan"].toInt(), 1);
        QCOMPARE(stats["inf"].toInt(), 2);
        QCOMPARE(stats["zeros"].toInt(), 1);
        QCOMPARE(stats["finite"].toInt(), 2);
    }

    void statsOfASelection()
    {
        const QJsonObject json = m_cli.run({ "stats", "net.pt", "--tensor", "fc.weight", "--bins", "5", "--json" }).json();
        QCOMPARE(json.keys(), QStringList({ "count", "exact", "finite", "histogram", "inf", "kurtosis", "l1", "l2", "max", "max_abs", "mean", "min", "nan",
            "quantiles", "skew", "std", "zeros" }));
        QCOMPARE(json["count"].toInt(), 20);
        QCOMPARE(json["min"].toDouble(), 0.0);
        QCOMPARE(json["max"].toDouble(), 19.0);
        QCOMPARE(json["mean"].toDouble(), 9.5);
        QCOMPARE(json["std"].toDouble(), std::sqrt(35.0));
        QCOMPARE(json["skew"].toDouble() + 1, 1.0);
        QCOMPARE(json["kurtosis"].toDouble(), -1.2 * (20 * 20 + 1) / (20 * 20 - 1)); // of a discrete uniform distribution
        QCOMPARE(json["l1"].toDouble(), 190.0);
        QCOMPARE(json["l2"].toDouble(), std::sqrt(2470.0));
        QCOMPARE(json["max_abs"].toDouble(), 19.0);
        QCOMPARE(json["zeros"].toInt(), 1);
        QCOMPARE(json["exact"].toBool(), true);
        QCOMPARE(json["quantiles"].toObject().keys(), QStringList({ "0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99" }));
        QCOMPARE(json["quantiles"].toObject()["0.5"].toDouble(), 9.5);
        QCOMPARE(json["quantiles"].toObject()["0.25"].toDouble(), 4.75);
        const QJsonObject histogram = json["histogram"].toObject();
        QCOMPARE(histogram.keys(), QStringList({ "above", "below", "counts", "high", "low" }));
        QCOMPARE(histogram["counts"].toArray(), QJsonArray({ 4, 4, 4, 4, 4 }));
        QCOMPARE(m_cli.run({ "stats", "net.pt", "--json" }).json()["count"].toInt(), 32); // an alias counts once
        const Ran text = m_cli.run({ "stats", "net.pt", "--tensor", "fc.weight" });
        QVERIFY(text.out.contains("mean       9.5"));
        QVERIFY(text.out.contains("selection  fc.weight"));
    }

    void statsOfNothing()
    {
        const Ran ran = m_cli.run({ "stats", "net.pt", "--slice", "fc.bias[2:1]", "--json" });
        QCOMPARE(ran.code, 0);
        QCOMPARE(ran.json()["count"].toInt(), 0);
        QCOMPARE(ran.json()["min"].toString(), QString("NaN"));
        QCOMPARE(m_cli.run({ "stats", "net.pt", "--slice", "fc.bias[2:1]" }).code, 0);
    }

    void histHasAnyBinsAndRange()
    {
        const QJsonObject json = m_cli.run({ "hist", "net.pt", "--tensor", "fc.weight", "--bins", "2", "--low", "5", "--high", "9", "--json" }).json();
        QCOMPARE(json.keys(), QStringList({ "above", "below", "counts", "high", "low" }));
        QCOMPARE(json["counts"].toArray(), QJsonArray({ 2, 3 }));
        QCOMPARE(json["below"].toInt(), 5);
        QCOMPARE(json["above"].toInt(), 10);
        const QJsonObject negative = m_cli.run({ "hist", "net.pt", "--tensor", "fc.bias", "--bins", "1", "--low", "-2.5", "--high", "-1", "--json" }).json();
        QCOMPARE(negative["counts"].toArray(), QJsonArray({ 1 }));
        const QJsonObject log = m_cli.run({ "hist", "net.pt", "--tensor", "fc.weight", "--bins", "2", "--low", "1", "--high", "30", "--log", "--json" }).json();
        QCOMPARE(log["counts"].toArray(), QJsonArray({ 5, 14 }));
        const Ran text = m_cli.run({ "hist", "net.pt", "--tensor", "fc.weight" });
        QCOMPARE(text.out.count('\n'), 25);
    }

    void hostileNamesStayText()
    {
        m_cli.write("hostile.pt", torchZipBytes({ countingStorage(Dtype::Float32, 2) },
            { { std::string("a\nb\x1b[31m\xff\0c", 13), 0, { 2 }, {}, 0 }, { "\xe2\x80\xaegnp", 0, { 1 }, {}, 1 }, { "<b>\"x\"</b>", 0, { 1 }, {}, 0 } }));
        for (const QStringList& command : { QStringList { "info", "hostile.pt" }, QStringList { "layout", "hostile.pt" },
                 QStringList { "values", "hostile.pt" }, QStringList { "check", "hostile.pt" }, QStringList { "locate", "hostile.pt", "0" } }) {
            Ran ran = m_cli.run(command);
            QCOMPARE(ran.code, 0);
            for (const char c : { '\x1b', '\0', '\xff' })
                QVERIFY2(!ran.out.contains(c), qPrintable(command.join(' ')));
            QVERIFY(!ran.out.contains("\xe2\x80\xae"));
            ran = m_cli.run(command + QStringList { "--json" });
            QVERIFY(!ran.json().isEmpty());
        }
        // A name as it is shown can be typed again.
        const QString shown = m_cli.run({ "layout", "hostile.pt", "--json" }).json()["segments"].toArray()[0].toObject()["name"].toString();
        QCOMPARE(m_cli.run({ "values", "hostile.pt", "--tensor", shown, "--json" }).json()["values"].toArray(), QJsonArray({ 0, 1 }));
    }

    void aFileCalledAsACommandIsOpenedByItsPath()
    {
        m_cli.write("info", netBytes());
        QCOMPARE(m_cli.run({ "info", "info", "--json" }).json()["tensors"].toInt(), 6);
        QCOMPARE(m_cli.run({ "info", "./info", "--json" }).json()["tensors"].toInt(), 6);
    }

    void outputThatCannotBeWrittenFails()
    {
        QProcess process;
        process.setStandardOutputFile("/dev/full");
        process.start(qEnvironmentVariable("RAVEL_BIN"), { "info", m_cli.path("net.pt") });
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 1);
        QVERIFY(process.readAllStandardError().contains("standard output"));
    }

private:
    CliRunner m_cli;
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
