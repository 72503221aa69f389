// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "layout/template.h"
#include "support/fixtures.h"

using namespace ravel;
using Json = nlohmann::ordered_json;

namespace {

std::shared_ptr<const FlatLayout> net()
{
    auto layout = FlatLayout::make(fixtureCheckpoint({ countingStorage(Dtype::Float32, 60), countingStorage(Dtype::Int64, 1) },
                                       {
                                           { "state_dict.fc.weight", 0, { 5, 10 }, {}, 0, TensorKind::Parameter },
                                           { "state_dict.fc.bias", 0, { 5 }, { 2 }, 50 },
                                           { "state_dict.tied", 0, { 10, 5 }, { 1, 10 }, 0 },
                                           { std::string("state_dict.n\0l", 14), 1, {}, {}, 0, TensorKind::Buffer },
                                           { "epoch", 1, {}, {}, 0 },
                                       }),
        {});
    if (!layout)
        qFatal("%s", layout.error().message.c_str());
    return *layout;
}

QString text(const Json& json) { return QString::fromStdString(json.dump()); }

Json json() { return toJson(makeTemplate(*net())); }

} // namespace

class TestTemplate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isWrittenAsDocumented()
    {
        const Json t = json();
        QCOMPARE(text(t["format"]), text(Json("ravel.layout/1")));
        QCOMPARE(text(t["scope"]), text(Json("state_dict")));
        QCOMPARE(text(t["order"]), text(Json("checkpoint")));
        QCOMPARE(text(t["aliases"]), text(Json("once")));
        QCOMPARE(text(t["numel"]), text(Json(56)));
        QCOMPARE(text(t["containers"]), text(Json::parse(R"([{"path": [], "kind": "dict"}, {"path": [{"key": "fc"}], "kind": "dict"}])")));
        QCOMPARE(text(t["segments"][0]), text(Json::parse(R"({"name": "fc.weight", "path": [{"key": "fc"}, {"key": "weight"}],
            "dtype": "float32", "shape": [5, 10], "stride": [10, 1], "offset": 0, "numel": 50, "storage": "0:0",
            "storage_offset": 0, "file": "fixture", "byte_offset": 0, "kind": "parameter", "alias_of": null})")));
        QCOMPARE(text(t["segments"][1]["byte_offset"]), text(Json(200)));
        QCOMPARE(text(t["segments"][2]["alias_of"]), text(Json("fc.weight")));
        QCOMPARE(text(t["segments"][2]["offset"]), text(Json(0)));
        QCOMPARE(text(t["segments"][3]["name"]), text(Json("n\\u0000l")));
        QCOMPARE(text(t["segments"][3]["kind"]), text(Json("buffer")));
    }

    void isReadBackAsItWas()
    {
        const Template made = makeTemplate(*net());
        const auto read = parseTemplate(toJson(made).dump(), "t.json");
        QVERIFY2(read.has_value(), read ? "" : read.error().message.c_str());
        QCOMPARE(text(toJson(*read)), text(toJson(made)));
        QCOMPARE(read->segments[3].name, made.segments[3].name);
        QVERIFY(read->segments[3].path == made.segments[3].path);
    }

    void keysOfAllKindsComeBack()
    {
        Template t = makeTemplate(*net());
        t.segments[0].path = { { PathKey::Kind::Integer, "-3" }, { PathKey::Kind::Index, "12" },
            { PathKey::Kind::Repr, "(2, 'x')" }, { PathKey::Kind::Attribute, "_buffers" }, { PathKey::Kind::String, "\xff" } };
        const auto read = parseTemplate(toJson(t).dump(), "t.json");
        QVERIFY(read.has_value());
        QVERIFY(read->segments[0].path == t.segments[0].path);
    }

    void whatDoesNotAddUpIsRefused_data()
    {
        QTest::addColumn<QByteArray>("pointer");
        QTest::addColumn<QByteArray>("value"); // empty: removed
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char* pointer, const char* value, const char* says) {
            QTest::addRow("%s %s", pointer, value) << QByteArray(pointer) << QByteArray(value) << QByteArray(says);
        };
        row("/format", "\"ravel.layout/2\"", "'format'");
        row("/format", "", "'format' is missing");
        row("/extra", "1", "'extra' is not a key");
        row("/order", "\"random\"", "'order'");
        row("/order", "3", "'order'");
        row("/aliases", "\"never\"", "'aliases'");
        row("/numel", "57", "'numel'");
        row("/numel", "-1", "'numel'");
        row("/numel", "5.5", "'numel'");
        row("/numel", "18446744073709551615", "'numel'");
        row("/containers", "{}", "'containers'");
        row("/containers/0/kind", "\"set\"", "'kind'");
        row("/containers/0/more", "1", "'more'");
        row("/segments", "null", "'segments'");
        row("/segments/0", "[]", "not an object");
        row("/segments/0/name", "\"fc.bias\"", "twice");
        row("/segments/0/dtype", "\"float31\"", "'dtype'");
        row("/segments/0/shape", "[5, 11]", "'numel'");
        row("/segments/0/shape", "[5, -10]", "'shape'");
        row("/segments/0/shape", "[4611686018427387904, 4611686018427387904]", "'shape'");
        row("/segments/0/stride", "[1]", "'stride'");
        row("/segments/1/offset", "49", "'offset'");
        row("/segments/1/offset", "51", "'offset'");
        row("/segments/2/alias_of", "\"nothing\"", "'alias_of'");
        row("/segments/2/alias_of", "\"fc.bias\"", "'alias_of'");
        row("/segments/2/alias_of", "\"tied\"", "'alias_of'");
        row("/segments/2/alias_of", "null", "'offset'");
        row("/segments/1/kind", "\"weight\"", "'kind'");
        row("/segments/1/byte_offset", "-4", "'byte_offset'");
        row("/segments/1/byte_offset", "\"4\"", "'byte_offset'");
        row("/segments/1/stored", "1", "'stored'");
        row("/segments/1/storage", "", "'storage' is missing");
        row("/segments/0/path/0", "{\"key\": 1.5}", "'path'");
        row("/segments/0/path/0", "{\"key\": \"a\", \"index\": 1}", "'path'");
        row("/segments/0/path/0", "{\"name\": \"a\"}", "'path'");
        row("/segments/0/path/0", "\"fc\"", "'path'");
    }
    void whatDoesNotAddUpIsRefused()
    {
        QFETCH(QByteArray, pointer);
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, says);
        Json t = json();
        if (value.isEmpty()) {
            const QByteArray parent = pointer.left(pointer.lastIndexOf('/'));
            t[Json::json_pointer(parent.toStdString())].erase(pointer.mid(parent.size() + 1).toStdString());
        } else {
            t[Json::json_pointer(pointer.toStdString())] = Json::parse(value.toStdString());
        }
        const auto read = parseTemplate(t.dump(), "t.json");
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::Format);
        QVERIFY2(read.error().message.find(says.toStdString()) != std::string::npos, read.error().message.c_str());
        QVERIFY(read.error().message.starts_with("t.json"));
    }

    void textThatIsNoJsonIsRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut short") << QByteArray("{\"format\": ");
        QTest::newRow("not UTF-8") << QByteArray("{\"format\": \"\xff\"}");
        QTest::newRow("more after it") << QByteArray("{} {}");
        QTest::newRow("a key twice") << QByteArray("{\"format\": \"ravel.layout/1\", \"format\": \"ravel.layout/1\"}");
        QTest::newRow("deep") << QByteArray(100'000, '[');
        QTest::newRow("deep and closed") << QByteArray(100'000, '[') + QByteArray(100'000, ']');
        QTest::newRow("NaN") << QByteArray("{\"numel\": NaN}");
    }
    void textThatIsNoJsonIsRefused()
    {
        QFETCH(QByteArray, text);
        const auto read = parseTemplate(text.toStdString(), "t.json");
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::Format);
    }
};

QTEST_GUILESS_MAIN(TestTemplate)
#include "tst_template.moc"
