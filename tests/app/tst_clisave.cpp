// SPDX-License-Identifier: GPL-3.0-or-later
#include "clirunner.h"

#include "support/shardset.h"

using namespace ravel;

class TestCliSave : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        m_cli.write("net.pt", netBytes());
        m_cli.write("halve.json", R"({"format": "ravel.recipe/1", "layout": {"scope": "", "order": "checkpoint", "aliases": "once", "only": []},
            "steps": [{"op": "multiply", "select": "fc.weight[1, :]", "factor": 0.5}]})");
    }

    void flattenIsTheVector()
    {
        const Ran ran = m_cli.run({ "flatten", "net.pt", "-o", "floats.npy", "--only", "dtype:float32" });
        QCOMPARE(ran.code, 0);
        QVERIFY(ran.out.contains("29 elements, float32"));
        const std::vector<float> floats = numbers<float>("floats.npy");
        QCOMPARE(floats.size(), std::size_t(29));
        QCOMPARE(floats[7], 7.0f);
        QCOMPARE(floats[22], 0.1f);
        QCOMPARE(floats[26], 4.0f); // turned[1, 1]
    }

    void flattenReportsWhatDoesNotSurvive()
    {
        m_cli.write("steps.safetensors", safetensorsBytes({ storageOf<std::int64_t>(Dtype::Int64, { 16777217 }), storageOf<float>(Dtype::Float32, { 1 }) },
            { { "step", 0, { 1 } }, { "w", 1, { 1 } } }));
        const Ran ran = m_cli.run({ "flatten", "steps.safetensors", "-o", "steps.npy" });
        QCOMPARE(ran.code, 0);
        QVERIFY2(ran.out.contains("not exact: step, 1 number"), ran.out.constData());
        const Ran exact = m_cli.run({ "flatten", "steps.safetensors", "-o", "exact.npy", "--dtype", "float64" });
        QVERIFY(!exact.out.contains("not exact"));
        QCOMPARE(numbers<double>("exact.npy")[0], 16777217.0);
    }

    void outputsAreNotOverwritten()
    {
        m_cli.write("there.npy", QByteArray("mine"));
        m_cli.write("there.pt", QByteArray("mine"));
        for (const QStringList& command : { QStringList { "flatten", "net.pt", "-o", "there.npy" },
                 QStringList { "unflatten", "floats.npy", "--into", "net.pt", "-o", "there.pt" },
                 QStringList { "apply", "halve.json", "net.pt", "-o", "there.pt" },
                 QStringList { "apply", "halve.json", "net.pt", "-o", "new.pt", "--receipt", "there.npy" } }) {
            const Ran ran = m_cli.run(command);
            QVERIFY(isFailure(ran, 1));
            QVERIFY2(ran.err.contains("--force"), ran.err.constData());
        }
        QCOMPARE(m_cli.read("there.npy"), QByteArray("mine"));
        QCOMPARE(m_cli.read("there.pt"), QByteArray("mine"));
        QVERIFY(!m_cli.files().contains("new.pt"));
        QCOMPARE(m_cli.run({ "flatten", "net.pt", "-o", "there.npy", "--only", "fc.bias", "--force" }).code, 0);
        QCOMPARE(numbers<float>("there.npy").size(), std::size_t(3));
        QCOMPARE(m_cli.run({ "apply", "halve.json", "net.pt", "-o", "there.pt", "--force" }).code, 0);
        QCOMPARE(m_cli.run({ "info", "there.pt" }).code, 0);
    }

    void inputsAreNotLost()
    {
        m_cli.write("v.npy", m_cli.read("floats.npy"));
        m_cli.write("keep.pt", netBytes());
        QVERIFY(QFile::link(m_cli.path("keep.pt"), m_cli.path("link.pt")));
        const QByteArray file = m_cli.read("keep.pt"), vector = m_cli.read("v.npy"), recipe = m_cli.read("halve.json");
        for (const QStringList& command : { QStringList { "flatten", "keep.pt", "-o", "keep.pt" }, QStringList { "flatten", "keep.pt", "-o", "link.pt" },
                 QStringList { "unflatten", "v.npy", "--into", "keep.pt", "-o", "./v.npy" },
                 QStringList { "apply", "halve.json", "keep.pt", "-o", "halve.json" },
                 QStringList { "apply", "halve.json", "keep.pt", "-o", "h.pt", "--receipt", "keep.pt" } }) {
            const Ran ran = m_cli.run(command + QStringList { "--force" });
            QVERIFY2(isFailure(ran, 1), qPrintable(command.join(' ')));
            QVERIFY2(ran.err.contains("would be lost"), ran.err.constData());
            QVERIFY(!m_cli.files().contains("h.pt"));
        }
        QCOMPARE(m_cli.read("keep.pt"), file);
        QCOMPARE(m_cli.read("v.npy"), vector);
        QCOMPARE(m_cli.read("halve.json"), recipe);
        // Saving over the input is a save: the edit, and nothing else.
        QCOMPARE(m_cli.run({ "apply", "halve.json", "keep.pt", "-o", "keep.pt", "--force" }).code, 0);
        QCOMPARE(m_cli.run({ "values", "keep.pt", "--slice", "fc.weight[1, 0]", "--json" }).json()["values"].toArray(), QJsonArray({ 2.5 }));
    }

    void failuresLeaveNothingBehind()
    {
        m_cli.write("cut.pt", QByteArray("PK\3\4 not much"));
        m_cli.write("bad.json", QByteArray("{\"format\": \"ravel.recipe/2\"}"));
        m_cli.write("unknown.json", R"({"format": "ravel.recipe/1", "steps": [{"op": "set", "select": "nothing", "value": 1}]})");
        m_cli.write("large.json", R"({"format": "ravel.recipe/1", "steps": [{"op": "set", "select": "half[0]", "value": 70000}]})");
        m_cli.write("short.npy", QByteArray("\x93NUMPY"));
        const QStringList before = m_cli.files();
        for (const QStringList& command : { QStringList { "apply", "bad.json", "net.pt", "-o", "out.pt" },
                 QStringList { "apply", "unknown.json", "net.pt", "-o", "out.pt" },
                 QStringList { "apply", "large.json", "net.pt", "-o", "out.pt" },
                 QStringList { "apply", "absent.json", "net.pt", "-o", "out.pt" },
                 QStringList { "apply", "halve.json", "cut.pt", "-o", "out.pt" },
                 QStringList { "apply", "halve.json", "net.pt", "-o", "absent/out.pt" },
                 QStringList { "apply", "halve.json", "net.pt", "-o", "out.pt", "--receipt", "absent/r.json" },
                 QStringList { "unflatten", "short.npy", "--into", "net.pt", "-o", "out.pt" },
                 QStringList { "unflatten", "floats.npy", "--into", "net.pt", "-o", "out.pt" },
                 QStringList { "unflatten", "floats.npy", "--template", "bad.json", "-o", "out.safetensors" },
                 QStringList { "flatten", "net.pt", "-o", "out.npy", "--template", "bad.json" },
                 QStringList { "flatten", "net.pt", "-o", "absent/out.npy" },
                 QStringList { "verify", "net.pt", "net.pt", "--receipt", "bad.json" } }) {
            const Ran ran = m_cli.run(command);
            QVERIFY2(isFailure(ran, 1), qPrintable(command.join(' ')));
            QCOMPARE(m_cli.files(), before);
        }
    }

    void applyChangesOnlyWhatItSays()
    {
        const QByteArray before = m_cli.read("net.pt");
        const Ran ran = m_cli.run({ "apply", "halve.json", "net.pt", "-o", "halved.pt", "--receipt", "halved.json", "--hash" });
        QVERIFY2(ran.code == 0, ran.err.constData());
        QVERIFY(ran.out.contains("fc.weight"));
        QVERIFY2(ran.out.contains("wrote halved.pt: 2 tensors changed"), ran.out.constData());
        QCOMPARE(m_cli.read("net.pt"), before);
        const QByteArray after = m_cli.read("halved.pt");
        QCOMPARE(after.size(), before.size());
        QCOMPARE(m_cli.run({ "values", "halved.pt", "--slice", "head.weight[1, :]", "--json" }).json()["values"].toArray(),
            QJsonArray({ 2.5, 3, 3.5, 4, 4.5 }));
        QCOMPARE(m_cli.run({ "check", "halved.pt", "--json" }).json()["result"].toString(), QString("ok")); // the CRCs were mended
        const QJsonObject receipt = QJsonDocument::fromJson(m_cli.read("halved.json")).object();
        QCOMPARE(receipt["format"].toString(), QString("ravel.receipt/1"));
        QCOMPARE(receipt["structure_changed"].toBool(true), false);

        const Ran verified = m_cli.run({ "verify", "net.pt", "halved.pt", "--receipt", "halved.json" });
        QVERIFY2(verified.code == 0, verified.err.constData());
        QVERIFY(verified.err.isEmpty());
        QByteArray altered = after;
        const float one = 1;
        altered[altered.indexOf(QByteArray(reinterpret_cast<const char*>(&one), 4)) + 3] ^= 1;
        m_cli.write("altered.pt", altered);
        const Ran refuted = m_cli.run({ "verify", "net.pt", "altered.pt", "--receipt", "halved.json" });
        QCOMPARE(refuted.code, 1);
        QVERIFY(refuted.err.startsWith("ravel: altered.pt is not net.pt"));
    }

    void emptyRecipeGivesTheSameFile()
    {
        m_cli.write("empty.json", R"({"format": "ravel.recipe/1", "steps": []})");
        QCOMPARE(m_cli.run({ "apply", "empty.json", "net.pt", "-o", "same.pt" }).code, 0);
        QCOMPARE(m_cli.read("same.pt"), m_cli.read("net.pt"));
    }

    void unflattenIsTheWayBack()
    {
        QCOMPARE(m_cli.run({ "flatten", "net.pt", "-o", "all.npy", "--dtype", "float64", "--force" }).code, 0);
        QCOMPARE(m_cli.run({ "unflatten", "all.npy", "--into", "net.pt", "-o", "back.pt" }).code, 0);
        QCOMPARE(m_cli.read("back.pt"), m_cli.read("net.pt"));

        std::vector<double> changed = numbers<double>("all.npy");
        changed[22] = 8;
        QByteArray vector = m_cli.read("all.npy");
        memcpy(vector.data() + vector.size() - 8 * static_cast<qsizetype>(changed.size()), changed.data(), 8 * changed.size());
        m_cli.write("changed.npy", vector);
        QCOMPARE(m_cli.run({ "unflatten", "changed.npy", "--into", "net.pt", "-o", "changed.pt" }).code, 0);
        const Ran diff = m_cli.run({ "diff", "net.pt", "changed.pt", "--json" });
        QCOMPARE(diff.code, 1);
        const QJsonArray tensors = diff.json()["tensors"].toArray();
        QCOMPARE(tensors.size(), 1);
        QCOMPARE(tensors[0].toObject()["name"].toString(), QString("fc.bias"));
        QCOMPARE(tensors[0].toObject()["different"].toInt(), 1);
        QCOMPARE(tensors[0].toObject()["max_abs"].toDouble(), 8 - double(0.1f));
    }

    void templateMakesAFreshFile()
    {
        const Ran layout = m_cli.run({ "layout", "net.pt", "--json" });
        m_cli.write("net.json", layout.out);
        QCOMPARE(m_cli.run({ "flatten", "net.pt", "-o", "t.npy", "--template", "net.json", "--dtype", "float64" }).code, 0);
        const Ran fresh = m_cli.run({ "unflatten", "t.npy", "--template", "net.json", "-o", "fresh.safetensors" });
        QVERIFY2(fresh.code == 0, fresh.err.constData());
        const Ran diff = m_cli.run({ "diff", "net.pt", "fresh.safetensors" });
        QVERIFY2(diff.code == 0, diff.out.constData());
        QVERIFY(isFailure(m_cli.run({ "unflatten", "t.npy", "--template", "net.json", "-o", "fresh.bin" }), 2));
        // Another file does not fit the template.
        m_cli.write("other.pt", torchZipBytes({ countingStorage(Dtype::Float32, 20) }, { { "fc.weight", 0, { 5, 4 }, {}, 0 } }));
        const Ran mismatch = m_cli.run({ "flatten", "other.pt", "-o", "m.npy", "--template", "net.json" });
        QVERIFY(isFailure(mismatch, 1));
        QVERIFY(!m_cli.files().contains("m.npy"));
    }

    void diffTellsSameFromDifferent()
    {
        const Ran same = m_cli.run({ "diff", "net.pt", "net.pt" });
        QCOMPARE(same.code, 0);
        QVERIFY(same.out.contains("the same: 6 tensors"));
        m_cli.write("other.safetensors", safetensorsBytes({ countingStorage(Dtype::Float32, 20), storageOf<float>(Dtype::Float32, { 1, -2, 0.125f }) },
            { { "fc.weight", 0, { 5, 4 } }, { "fc.bias", 1, { 3 } } }));
        const Ran diff = m_cli.run({ "diff", "net.pt", "other.safetensors", "--json" });
        QCOMPARE(diff.code, 1);
        QMap<QString, QString> states;
        for (const QJsonValue& tensor : diff.json()["tensors"].toArray())
            states[tensor.toObject()["name"].toString()] = tensor.toObject()["state"].toString();
        QCOMPARE(states["fc.weight"], QString("shape"));
        QCOMPARE(states["fc.bias"], QString("values"));
        QCOMPARE(states["turned"], QString("only in A"));
        QCOMPARE(m_cli.run({ "diff", "net.pt", "changed.pt", "--atol", "10" }).code, 0);
        QVERIFY(isFailure(m_cli.run({ "diff", "net.pt", "cut.pt" }), 2));
    }

    void diffMapsNames()
    {
        const std::vector<FixtureStorage> storages { countingStorage(Dtype::Float32, 4), storageOf<float>(Dtype::Float32, { 3, 4 }) };
        const std::vector<FixtureStorage> halved { countingStorage(Dtype::Float32, 4), storageOf<float>(Dtype::Float32, { 3, 0 }) };
        m_cli.write("plain.safetensors", safetensorsBytes(storages, { { "fc.weight", 0, { 4 } }, { "fc.bias", 1, { 2 } } }));
        m_cli.write("ddp.safetensors", safetensorsBytes(halved, { { "module.fc.weight", 0, { 4 } }, { "module.fc.bias", 1, { 2 } } }));
        const Ran none = m_cli.run({ "diff", "ddp.safetensors", "plain.safetensors" });
        QCOMPARE(none.code, 1);
        QVERIFY2(none.out.contains("with --map 'module.*=*' 2 tensors would be compared"), none.out.constData());
        for (const QStringList& how : { QStringList { "--map", "module.*=*" }, { "--map", "module\\.(.*)=$1" }, { "--match", "order" },
                 { "--map", "x=y", "--map", "module.*=*" } }) {
            const Ran diff = m_cli.run(QStringList { "diff", "ddp.safetensors", "plain.safetensors", "--json" } + how);
            QCOMPARE(diff.code, 1);
            QCOMPARE(diff.json()["matched"].toInt(), 2);
            const QJsonArray tensors = diff.json()["tensors"].toArray();
            QCOMPARE(tensors.size(), 1);
            const QJsonObject bias = tensors[0].toObject();
            QCOMPARE(bias["name"].toString(), QString("module.fc.bias"));
            QCOMPARE(bias["name_in_b"].toString(), QString("fc.bias"));
            QCOMPARE(bias["l2"].toDouble(), 4.0);
            QCOMPARE(bias["relative"].toDouble(), 0.8);
            QCOMPARE(bias["cosine"].toDouble(), 0.6);
        }
        QVERIFY(isFailure(m_cli.run({ "diff", "net.pt", "net.pt", "--map", "(a=b" }), 2));
        QVERIFY(isFailure(m_cli.run({ "diff", "net.pt", "net.pt", "--match", "size" }), 2));
        QVERIFY(isFailure(m_cli.run({ "diff", "net.pt", "net.pt", "--match", "order", "--map", "a=b" }), 2));
        QVERIFY(m_cli.run({ "diff", "net.pt", "other.safetensors" }).out.contains("fc.bias"));
    }

    void aSetIsSavedIntoAFolder()
    {
        const QString set = writeSetOf("set");
        for (const QString& path : { set, set + "/model.safetensors.index.json" }) {
            const Ran info = m_cli.run({ "info", path, "--json" });
            QCOMPARE(info.code, 0);
            QCOMPARE(info.json()["container"].toString(), QString("sharded"));
            QCOMPARE(info.json()["tensors"].toInt(), 5);
            QCOMPARE(info.json()["files"].toArray().size(), 4);
        }
        QVERIFY(m_cli.run({ "info", set }).out.contains("\nfiles\n  model-00001-of-00003.safetensors: "));
        QCOMPARE(m_cli.run({ "check", set, "--json" }).json()["result"].toString(), QString("ok"));
        const Ran place = m_cli.run({ "locate", set, "layers.1.weight[1, 2]", "--json" });
        QCOMPARE(place.json()["file"].toString(), QString("model-00002-of-00003.safetensors"));
        const QByteArray shard = m_cli.read("set/model-00002-of-00003.safetensors");
        float value = 0;
        memcpy(&value, shard.constData() + place.json()["byte"].toInt(), sizeof value);
        QCOMPARE(value, 7.f); // a counting storage: 1 * 5 + 2
        QCOMPARE(m_cli.run({ "stats", set, "--tensor", "layers.1.weight", "--json" }).json()["max"].toDouble(), 19.0);

        const Ran applied = m_cli.run({ "apply", "double.json", set, "-o", "out", "--receipt", "set.receipt.json" });
        QCOMPARE(applied.code, 0);
        QVERIFY(applied.out.contains("wrote out: 1 tensor changed"));
        QCOMPARE(m_cli.run({ "verify", set, "out", "--receipt", "set.receipt.json" }).code, 0);
        QCOMPARE(m_cli.run({ "diff", set, "out" }).code, 1);
        for (const char* name : { "/model-00001-of-00003.safetensors", "/model-00003-of-00003.safetensors", "/model.safetensors.index.json" })
            QCOMPARE(m_cli.read("out" + QString(name)), m_cli.read("set" + QString(name)));

        const Ran again = m_cli.run({ "apply", "double.json", set, "-o", "out" });
        QVERIFY(isFailure(again, 1) && again.err.contains("--force replaces the set's files in it, and no others"));
        const Ran over = m_cli.run({ "apply", "double.json", set, "-o", set });
        QVERIFY(isFailure(over, 1) && over.err.contains("--force"));
        m_cli.write("out/mine.txt", QByteArray("mine"));
        QCOMPARE(m_cli.run({ "apply", "double.json", set, "-o", "out", "--force" }).code, 0);
        QCOMPARE(m_cli.read("out/mine.txt"), QByteArray("mine"));
        QCOMPARE(m_cli.run({ "apply", "double.json", set, "-o", set, "--force" }).code, 0);
        QCOMPARE(m_cli.run({ "diff", set, "out" }).code, 0);
        QCOMPARE(QDir(m_cli.path("set")).entryList(QDir::Files | QDir::Hidden).size(), 4);
    }

    // Only a set is saved into a folder.
    void aFileIsNotWrittenOverAFolder()
    {
        const QString set = writeSetOf("folder");
        const QString file = set + "/model-00001-of-00003.safetensors";
        for (const char* force : { "", "--force" }) {
            QStringList call { "flatten", file, "-o", set };
            if (*force)
                call << force;
            const Ran flat = m_cli.run(call);
            QVERIFY2(isFailure(flat, 1) && flat.err.contains("is a folder, where a file is to be written"), flat.err.constData());
        }
        const Ran applied = m_cli.run({ "apply", "double.json", file, "-o", set });
        QVERIFY2(isFailure(applied, 1) && applied.err.contains("a single file needs another name"), applied.err.constData());
        QCOMPARE(QDir(m_cli.path("folder")).entryList(QDir::Files | QDir::Hidden).size(), 4);
    }

    void aVectorGoesBackIntoASet()
    {
        const QString set = writeSetOf("vset");
        QCOMPARE(m_cli.run({ "flatten", set, "-o", "set.npy", "--dtype", "float64" }).code, 0);
        QCOMPARE(numbers<double>("set.npy").size(), std::size_t(8 + 6 + 12 + 20 + 2));
        const Ran same = m_cli.run({ "unflatten", "set.npy", "--into", set + "/model.safetensors.index.json", "-o", "vout" });
        QCOMPARE(same.code, 0);
        QVERIFY(same.out.contains("nothing changed"));
        QCOMPARE(m_cli.run({ "diff", set, "vout" }).code, 0);
    }

    // Python's own json and struct read what was written, by the format's words alone.
    void aJudgeReadsTheSetByItsIndex()
    {
        const QString set = writeSetOf("jset");
        QCOMPARE(m_cli.run({ "apply", "double.json", set, "-o", "jout" }).code, 0);
        m_cli.write("judge.py", QByteArray(R"(
import json, struct, sys
folder, total = sys.argv[1], 0
index = json.load(open(folder + '/model.safetensors.index.json'))
for name, shard in sorted(index['weight_map'].items()):
    data = open(folder + '/' + shard, 'rb').read()
    size, = struct.unpack('<Q', data[:8])
    entry = json.loads(data[8:8 + size])[name]
    first, last = entry['data_offsets']
    code = {'F64': 'd', 'F32': 'f', 'F16': 'e', 'I64': 'q'}[entry['dtype']]
    body = data[8 + size + first:8 + size + last]
    total += len(body)
    print(name, sum(struct.unpack('<%d%s' % (len(body) // struct.calcsize(code), code), body)))
assert total == index['metadata']['total_size']
)"));
        QProcess python;
        python.setWorkingDirectory(m_cli.path("."));
        python.start("python3", { "judge.py", "jout" });
        if (!python.waitForStarted())
            QSKIP("no python3");
        QVERIFY(python.waitForFinished(60'000));
        QCOMPARE(python.readAllStandardError(), QByteArray());
        QCOMPARE(python.readAllStandardOutput(),
            QByteArray("head.weight 28.0\nlayers.0.bias 15.0\nlayers.0.weight 66.0\nlayers.1.weight 380.0\nsteps 1\n"));
    }

private:
    // Answers the folder's name; the recipe doubles a tensor of the second shard, of which 20 elements count from 0.
    QString writeSetOf(const QString& name) const
    {
        QDir(m_cli.path(".")).mkdir(name);
        writeSet(m_cli.path(name).toStdString(), sampleShards());
        m_cli.write("double.json", R"({"format": "ravel.recipe/1", "steps": [{"op": "multiply", "select": "layers.1.weight", "factor": 2}]})");
        return name;
    }
    template <class T> std::vector<T> numbers(const QString& name) const
    {
        const QByteArray bytes = m_cli.read(name);
        const qsizetype begin = 10 + static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]);
        std::vector<T> numbers(static_cast<std::size_t>(bytes.size() - begin) / sizeof(T));
        memcpy(numbers.data(), bytes.constData() + begin, numbers.size() * sizeof(T));
        return numbers;
    }
    CliRunner m_cli;
};

QTEST_GUILESS_MAIN(TestCliSave)
#include "tst_clisave.moc"
