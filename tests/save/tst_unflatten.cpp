// SPDX-License-Identifier: GPL-3.0-or-later
#include "vectorfixture.h"

#include "checkpoint/npy.h"
#include "save/save.h"

#include <cmath>

using namespace ravel;

class TestUnflatten : public QObject, VectorFixture {
    Q_OBJECT

private Q_SLOTS:
    void init() { makeDirectory(); }

    void aVectorOfTheWrongLengthIsRefused()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 4) }, { { "w", 0, { 4 }, {}, 0 } });
        const auto answer = unflatten(*layoutOf(checkpoint), EditedVector(checkpoint), sourceOf(Dtype::Float32, std::vector<float>(5)), Job());
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.find("has 5 numbers, the layout needs 4") != std::string::npos, answer.error().message.c_str());
    }

    void twoNumbersForOneStoredElementAreRefusedNamingBoth_data()
    {
        QTest::addColumn<int>("place");
        QTest::newRow("repeated alias") << 5;
        QTest::newRow("turned alias") << 13;
        QTest::newRow("expanded") << 20;
    }
    void twoNumbersForOneStoredElementAreRefusedNamingBoth()
    {
        QFETCH(int, place);
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Float32, 2) },
            { { "a", 0, { 2, 3 }, {}, 0 }, { "b", 0, { 2, 3 }, {}, 0 }, { "t", 0, { 3, 2 }, { 1, 3 }, 0 }, { "e", 1, { 2, 2 }, { 0, 1 }, 0 } });
        LayoutSpec spec;
        spec.aliases = Aliases::Repeat;
        const auto layout = layoutOf(checkpoint, spec);
        const EditedVector vector(checkpoint);
        std::vector<float> values;
        for (const Number& number : plainly(*layout, vector))
            values.push_back(static_cast<float>(number.real) + 1);
        const auto fine = unflatten(*layout, vector, sourceOf(Dtype::Float32, values), Job());
        QVERIFY2(fine, fine ? "" : fine.error().message.c_str());
        float stored = 0;
        QVERIFY(vector.with(fine->step).read(0, StorageIndex(4), Count(1), reinterpret_cast<std::byte*>(&stored)));
        QCOMPARE(stored, 5.0f);
        values[static_cast<std::size_t>(place)] += 1;
        const auto answer = unflatten(*layout, vector, sourceOf(Dtype::Float32, values), Job());
        QVERIFY(!answer);
        const std::string& message = answer.error().message;
        const char* names[][2] = { { "a[1, 2]", "b[1, 2]" }, { "a[", "t[" }, { "e[0, ", "e[1, " } };
        const auto& expected = names[place == 5 ? 0 : place == 13 ? 1 : 2];
        QVERIFY2(message.find(expected[0]) != std::string::npos && message.find(expected[1]) != std::string::npos, message.c_str());
    }

    void whatIsLostOnTheWayBackIsReported()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float16, 3), countingStorage(Dtype::Int32, 2) },
            { { "h", 0, { 3 }, {}, 0 }, { "n", 1, { 2 }, {}, 0 } });
        const auto layout = layoutOf(checkpoint);
        const EditedVector vector(checkpoint);
        const auto answer = unflatten(*layout, vector, sourceOf(Dtype::Float64, std::vector { 0.1, 1.0, 1e9, 2.5, 7.0 }), Job());
        QVERIFY2(answer, answer ? "" : answer.error().message.c_str());
        QCOMPARE(answer->losses.size(), 2u);
        QCOMPARE(answer->losses[0].numbers, 2);
        QCOMPARE(answer->losses[1].example, std::string("n[0] = 2.5 became 2"));
        const auto after = plainly(*layout, vector.with(answer->step));
        QVERIFY(std::isinf(after[2].real));
        QVERIFY(after[3].integer == 2 && after[4].integer == 7);
        const auto nan = unflatten(*layout, vector, sourceOf(Dtype::Float64, std::vector<double> { 0, 0, 0, NAN, 0 }), Job());
        QVERIFY(!nan && nan.error().message.find("n[0]") != std::string::npos);
    }

    void tensorsThatCannotBeEditedMustKeepTheirNumbers()
    {
        const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::QInt8, std::vector<std::int8_t> { 0, 1, 2 }), countingStorage(Dtype::Float32, 2) },
            { { "q", 0, { 3 }, {}, 0 }, { "w", 1, { 2 }, {}, 0 } });
        const auto layout = layoutOf(checkpoint);
        const EditedVector vector(checkpoint);
        const auto fine = unflatten(*layout, vector, sourceOf(Dtype::Float32, std::vector<float> { 0, 1, 2, 5, 6 }), Job());
        QVERIFY2(fine, fine ? "" : fine.error().message.c_str());
        QCOMPARE(plainly(*layout, vector.with(fine->step))[4].real, 6.0);
        const auto answer = unflatten(*layout, vector, sourceOf(Dtype::Float32, std::vector<float> { 0, 9, 2, 5, 6 }), Job());
        QVERIFY(!answer && answer.error().message.find("q[1] would change") != std::string::npos);
    }

    void aSavedUnflattenHasExactlyTheVectorsNumbers()
    {
        writeBytes(at("m.pt"), fileKind("zip").write(sampleModel()));
        const EditedFile file = openEdited(at("m.pt"));
        auto values = numbersOf(*flattened(*file.layout, file.vector, Dtype::Float64));
        std::vector<double> halves;
        for (const Number& number : values)
            halves.push_back(number.real * 2);
        const Bytes header = makeNpyHeader(Dtype::Float64, std::vector { static_cast<std::int64_t>(halves.size()) });
        Bytes npy = header;
        const Bytes data = storageOf(Dtype::Float64, halves).bytes;
        npy.insert(npy.end(), data.begin(), data.end());
        writeBytes(at("h.npy"), npy);
        LayoutSpec floats;
        floats.only = { "dtype:float32", "dtype:float64", "dtype:int64" };
        const auto source = openVector(systemIo(), at("h.npy")).value();
        const auto made = unflatten(*file.layout, file.vector, source, Job());
        QVERIFY2(made, made ? "" : made.error().message.c_str());
        Recipe recipe;
        recipe.layout = file.layout->spec();
        recipe.steps = { made->step->step };
        const auto receipt = save(systemIo(), file.vector.with(made->step), recipe, at("o.pt"), {}, Job());
        QVERIFY2(receipt, receipt ? "" : receipt.error().message.c_str());
        const EditedFile out = openEdited(at("o.pt"));
        const auto after = plainly(*out.layout, out.vector);
        for (std::size_t i = 0; i < halves.size(); ++i)
            if (after[i].toDouble() != halves[i])
                QFAIL(std::to_string(i).c_str());
        // The receipt's recipe is a recipe: it names the file with its sum, and does the same again.
        const auto parsed = parseReceipt(toJson(*receipt).dump(), "receipt");
        QVERIFY2(parsed, parsed ? "" : parsed.error().message.c_str());
        const auto layout = layoutOf(file.checkpoint, parsed->recipe.layout);
        const auto again = bindStep(parsed->recipe.steps.at(0), *layout, file.vector, ".", Job());
        QVERIFY2(again, again ? "" : again.error().message.c_str());
        QVERIFY(same(plainly(*layout, file.vector.with(*again)), after));
        const auto verdict = verify(systemIo(), at("m.pt"), at("o.pt"), *receipt, Job());
        QVERIFY(verdict && verdict->ok);
    }

    void aTemplateGivesItsOrderToAFileInAnother()
    {
        const auto a = fixtureCheckpoint({ countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Float32, 2) },
            { { "w", 0, { 2, 3 }, {}, 0 }, { "b", 1, { 2 }, {}, 0 } });
        const auto b = fixtureCheckpoint({ countingStorage(Dtype::Float32, 2), countingStorage(Dtype::Float32, 6) },
            { { "b", 0, { 2 }, {}, 0 }, { "w", 1, { 2, 3 }, {}, 0 } });
        const Template like = makeTemplate(*layoutOf(a));
        const auto layout = layoutLike(b, like);
        QVERIFY2(layout, layout ? "" : layout.error().message.c_str());
        QCOMPARE((*layout)->listed()[0].name, std::string("w"));
        QVERIFY(same(plainly(**layout, EditedVector(b)), plainly(*layoutOf(a), EditedVector(a))));
    }

    void aTemplateMadeThroughFiltersFitsTheFileItCameFrom()
    {
        const auto a = fixtureCheckpoint({ countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Int64, 2) },
            { { "fc.w", 0, { 2, 3 }, {}, 0 }, { "step", 1, { 2 }, {}, 0 }, { "fc.b", 0, { 2 }, {}, 0 } });
        LayoutSpec spec;
        spec.only = { "fc.w", "dtype:int64" };
        const auto filtered = layoutOf(a, spec);
        const auto read = parseTemplate(toJson(makeTemplate(*filtered)).dump(), "t.json");
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        const auto layout = layoutLike(a, *read);
        QVERIFY2(layout, layout ? "" : layout.error().message.c_str());
        QVERIFY(same(plainly(**layout, EditedVector(a)), plainly(*filtered, EditedVector(a))));
        // What the filters let through must be named all the same.
        const auto more = fixtureCheckpoint({ countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Int64, 2) },
            { { "fc.w", 0, { 2, 3 }, {}, 0 }, { "step", 1, { 2 }, {}, 0 }, { "other", 1, { 1 }, {}, 0 } });
        const auto extra = layoutLike(more, *read);
        QVERIFY(!extra && extra.error().message.find("tensor 'other'") != std::string::npos);
    }

    // A NaN's bits do not pass through another dtype: where one stands already, there is nothing to write.
    void aNaNThatComesBackThroughAnotherDtypeKeepsItsBits_data()
    {
        QTest::addColumn<int>("dtype");
        for (const Dtype dtype : { Dtype::Float32, Dtype::Float64, Dtype::Complex128 })
            QTest::newRow(std::string(dtypeName(dtype)).c_str()) << int(dtype);
    }
    void aNaNThatComesBackThroughAnotherDtypeKeepsItsBits()
    {
        QFETCH(int, dtype);
        const auto checkpoint = fixtureCheckpoint(
            { storageOf(Dtype::Float16, std::vector<std::uint16_t> { 0x7e01, 0xfe00, 0x7c01, 0x3c00, 0x8000 }),
                storageOf(Dtype::BFloat16, std::vector<std::uint16_t> { 0x7fc1, 0xffc0, 0x7f81, 0x3f80, 0x7f80 }),
                storageOf(Dtype::Float8E5M2, std::vector<std::uint8_t> { 0x7d, 0x7e, 0xff, 0x3c, 0x80 }) },
            { { "h", 0, { 5 }, {}, 0 }, { "b", 1, { 5 }, {}, 0 }, { "e", 2, { 5 }, {}, 0 } });
        const auto layout = layoutOf(checkpoint);
        const EditedVector vector(checkpoint);
        const auto answer = unflatten(*layout, vector, flattened(*layout, vector, Dtype(dtype)), Job());
        QVERIFY2(answer, answer ? "" : answer.error().message.c_str());
        const EditedVector after = vector.with(answer->step);
        for (TensorOrdinal t = 0; t < 3; ++t) {
            Bytes x, y;
            QVERIFY(vector.readBox(wholeBox(*checkpoint, t), x));
            QVERIFY(after.readBox(wholeBox(*checkpoint, t), y));
            QVERIFY(x == y);
        }
        // Elsewhere a NaN is written, and over a NaN a number.
        const std::vector<double> numbers { 1, 2, 3, NAN, NAN, 1, 2, 3, NAN, NAN, 1, 2, 3, NAN, NAN };
        const auto other = unflatten(*layout, vector, sourceOf(Dtype::Float64, numbers), Job());
        QVERIFY(other);
        const auto now = plainly(*layout, vector.with(other->step));
        for (std::size_t i = 0; i < numbers.size(); ++i)
            QVERIFY(now[i].real == numbers[i] || (std::isnan(now[i].real) && std::isnan(numbers[i])));
    }

    void aTemplateThatDoesNotFitIsAnErrorByName_data()
    {
        QTest::addColumn<int>("what");
        QTest::addColumn<QString>("says");
        QTest::newRow("missing") << 0 << "no tensor 'b'";
        QTest::newRow("extra") << 1 << "tensor 'extra', which the template does not name";
        QTest::newRow("shape") << 2 << "w has the shape (3, 2), the template says (2, 3)";
        QTest::newRow("alias") << 3 << "tied";
    }
    void aTemplateThatDoesNotFitIsAnErrorByName()
    {
        QFETCH(int, what);
        QFETCH(QString, says);
        const auto a = fixtureCheckpoint({ countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Float32, 2) },
            { { "w", 0, { 2, 3 }, {}, 0 }, { "b", 1, { 2 }, {}, 0 }, { "tied", 0, { 2, 3 }, {}, 0 } });
        const Template like = makeTemplate(*layoutOf(a));
        std::vector<FixtureTensor> tensors { { "w", 0, { 2, 3 }, {}, 0 }, { "b", 1, { 2 }, {}, 0 }, { "tied", 0, { 2, 3 }, {}, 0 } };
        if (what == 0)
            tensors.erase(tensors.begin() + 1);
        if (what == 1)
            tensors.push_back({ "extra", 1, { 2 }, {}, 0 });
        if (what == 2)
            tensors[0].shape = { 3, 2 };
        if (what == 3)
            tensors[2] = { "tied", 2, { 2, 3 }, {}, 0 };
        const auto b = fixtureCheckpoint(
            { countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Float32, 2), countingStorage(Dtype::Float32, 6) }, tensors);
        const auto layout = layoutLike(b, like);
        QVERIFY(!layout);
        QCOMPARE(layout.error().code, ErrorCode::Usage);
        QVERIFY2(layout.error().message.find(says.toStdString()) != std::string::npos, layout.error().message.c_str());
    }

    void safetensorsFromATemplateHoldTheVectorUnderEveryName()
    {
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 200), countingStorage(Dtype::Float64, 5), countingStorage(Dtype::Int8, 3),
                                                      countingStorage(Dtype::BFloat16, 7), countingStorage(Dtype::Bool, 2), countingStorage(Dtype::Float8E5M2, 3) },
            { { "a", 2, { 3 }, {}, 0 }, { "w", 0, { 10, 20 }, {}, 0 }, { "tied", 0, { 10, 20 }, {}, 0 }, { "turned", 0, { 20, 10 }, { 1, 20 }, 0 },
                { "d", 1, { 5 }, {}, 0 }, { "h", 3, { 7 }, {}, 0 }, { "s", 1, {}, {}, 2 }, { "f", 4, { 2 }, {}, 0 }, { "e8", 5, { 3, 1 }, {}, 0 },
                { "none", 0, { 0, 4 }, {}, 0 }, { "\xc3\xa9 \"x\"", 2, { 1 }, {}, 1 },
                { "square", 0, { 4, 4 }, {}, 150 }, { "square.turned", 0, { 4, 4 }, { 1, 4 }, 150 }, { "cube", 0, { 3, 3, 3 }, {}, 170 },
                { "cube.turned", 0, { 3, 3, 3 }, { 3, 1, 9 }, 170 }, { "cube.row", 0, { 1, 3, 3, 3 }, { 1, 1, 9, 3 }, 170 } });
        const auto layout = layoutOf(checkpoint);
        const auto vector = flattened(*layout, EditedVector(checkpoint), Dtype::Float64);
        const auto losses = writeSafetensors(systemIo(), makeTemplate(*layout), *vector, at("o.safetensors"), false, Job());
        QVERIFY2(losses, losses ? "" : losses.error().message.c_str());
        QVERIFY(losses->empty());
        const auto made = openCheckpoint(at("o.safetensors"));
        QVERIFY2(made, made ? "" : made.error().message.c_str());
        QVERIFY((*made)->messages.empty());
        QCOMPARE((*made)->tensors.size(), checkpoint->tensors.size());
        LayoutSpec all;
        all.aliases = Aliases::Repeat;
        const auto before = layoutOf(checkpoint, all), after = layoutOf(*made, all);
        for (const Segment& segment : before->listed()) {
            const auto there = after->find(segment.name);
            QVERIFY2(there, std::string(segment.name).c_str());
            const Tensor &a = before->tensor(segment), &b = after->tensor(after->listed()[*there]);
            QVERIFY(a.shape == b.shape);
            QCOMPARE(a.dtype, b.dtype);
            QCOMPARE((*made)->storages[b.storage].offset->value % dtypeSize(b.dtype), 0);
            Bytes x, y;
            QVERIFY(EditedVector(checkpoint).readBox(wholeBox(*checkpoint, segment.tensor), x));
            QVERIFY(EditedVector(*made).readBox(wholeBox(**made, after->listed()[*there].tensor), y));
            QVERIFY2(x == y, std::string(segment.name).c_str());
        }
        QVERIFY(std::find((*made)->facts.begin(), (*made)->facts.end(), std::pair<std::string, std::string>("__metadata__.format", "pt")) != (*made)->facts.end());
    }

    void whatSafetensorsCannotHoldIsRefusedByName()
    {
        const auto refused = [&](Dtype dtype, const char* name) {
            const auto checkpoint = fixtureCheckpoint({ countingStorage(dtype, 2) }, { { name, 0, { 2 }, {}, 0 } });
            const auto vector = sourceOf(Dtype::Float64, std::vector { 1.0, 2.0 });
            const auto answer = writeSafetensors(systemIo(), makeTemplate(*layoutOf(checkpoint)), *vector, at("o"), false, Job());
            return answer ? std::string() : answer.error().message;
        };
        QVERIFY(refused(Dtype::Complex128, "z").find("z is complex128") != std::string::npos);
        QVERIFY(refused(Dtype::QInt8, "q").find("q is qint8") != std::string::npos);
        QVERIFY(refused(Dtype::Float32, "\xff").find("\\xff") != std::string::npos);
        QVERIFY(!systemIo().exists(at("o")));
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, 2) }, { { "w", 0, { 2 }, {}, 0 } });
        const auto wrong = writeSafetensors(systemIo(), makeTemplate(*layoutOf(checkpoint)), *sourceOf(Dtype::Float32, std::vector<float>(3)), at("o"), false, Job());
        QVERIFY(!wrong && wrong.error().message.find("has 3 numbers, the template needs 2") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestUnflatten)
#include "tst_unflatten.moc"
