// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>

#include "checkpoint/geometry.h"
#include "checkpoint/npy.h"
#include "save/convert.h"
#include "save/flatten.h"
#include "save/save.h"
#include "savefixture.h"
#include "support/layouts.h"
#include "support/torchzip.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;

// Every way in which a tensor can view a storage, of one dtype.
std::shared_ptr<const Checkpoint> manyViews(Dtype dtype)
{
    return fixtureCheckpoint({ countingStorage(dtype, 120), countingStorage(dtype, 30) },
        { { "m.plain", 0, { 4, 5 }, {}, 0 }, { "m.transposed", 0, { 5, 4 }, { 1, 5 }, 20 }, { "m.column", 0, { 4 }, { 5 }, 42 },
            { "m.strided", 0, { 2, 3, 2 }, { 20, 6, 2 }, 60 }, { "m.scalar", 0, {}, {}, 119 }, { "m.empty", 0, { 3, 0 }, {}, 0 },
            { "n.expanded", 1, { 3, 4 }, { 0, 1 }, 0 }, { "n.alias", 0, { 4, 5 }, {}, 0 }, { "n.turned", 0, { 5, 4 }, { 1, 5 }, 0 },
            { "n.tail", 1, { 26 }, {}, 4 } });
}

// Element by element, as the layout says.
std::vector<Number> plainly(const FlatLayout& layout, const EditedVector& vector)
{
    std::vector<Number> numbers;
    for (const std::uint32_t ordinal : layout.placed()) {
        const Tensor& tensor = layout.tensor(layout.listed()[ordinal]);
        for (std::int64_t p = 0; p < tensor.numel.value; ++p) {
            std::byte element[16];
            [&] { QVERIFY(vector.read(tensor.storage, toStorageIndex(tensor, p), Count(1), element)); }();
            numbers.push_back(loadNumber(tensor.dtype, element));
        }
    }
    return numbers;
}

std::vector<Number> numbersOf(const ElementSource& source)
{
    const auto size = static_cast<std::size_t>(dtypeSize(source.dtype()));
    Bytes bytes(static_cast<std::size_t>(source.count()) * size);
    [&] { QVERIFY(source.read(0, source.count(), bytes.data())); }();
    std::vector<Number> numbers;
    for (std::size_t i = 0; i < bytes.size(); i += size)
        numbers.push_back(loadNumber(source.dtype(), bytes.data() + i));
    return numbers;
}

bool same(const std::vector<Number>& a, const std::vector<Number>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Number& x, const Number& y) { return sameNumber(x, y); });
}

// Numbers in memory as a source.
class Numbers : public ElementSource {
public:
    Numbers(Dtype dtype, Bytes bytes)
        : m_dtype(dtype)
        , m_bytes(std::move(bytes))
    {
    }
    Dtype dtype() const override { return m_dtype; }
    std::int64_t count() const override { return static_cast<std::int64_t>(m_bytes.size()) / dtypeSize(m_dtype); }
    Result<> read(std::int64_t first, std::int64_t n, std::byte* out) const override
    {
        const auto size = static_cast<std::size_t>(dtypeSize(m_dtype));
        std::memcpy(out, m_bytes.data() + static_cast<std::size_t>(first) * size, static_cast<std::size_t>(n) * size);
        return {};
    }

private:
    Dtype m_dtype;
    Bytes m_bytes;
};

template <class T> std::shared_ptr<const ElementSource> sourceOf(Dtype dtype, const std::vector<T>& values)
{
    return std::make_shared<Numbers>(dtype, storageOf(dtype, values).bytes);
}

} // namespace

class TestFlatten : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_directory;
    std::string at(const char* name) const { return m_directory->path().toStdString() + '/' + name; }
    std::shared_ptr<const ElementSource> flattened(
        const FlatLayout& layout, const EditedVector& vector, std::optional<Dtype> dtype = {}, std::vector<Loss>* losses = nullptr)
    {
        const auto answer = flatten(systemIo(), layout, vector, dtype, at("v.npy"), true, Job());
        if (!answer)
            qWarning("%s", answer.error().message.c_str());
        if (losses != nullptr)
            *losses = answer.value();
        return openVector(systemIo(), at("v.npy")).value();
    }

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(QString::fromLatin1(quickDirectory())); }

    void promotesAsTorchDoes_data()
    {
        QTest::addColumn<QString>("a");
        QTest::addColumn<QString>("b");
        QTest::addColumn<QString>("result");
        const char* rows[][3] = { { "float32", "int64", "float32" }, { "float16", "bfloat16", "float32" }, { "float16", "float64", "float64" },
            { "bfloat16", "int64", "bfloat16" }, { "uint8", "int8", "int16" }, { "uint8", "int16", "int16" }, { "uint8", "int64", "int64" },
            { "int8", "int32", "int32" }, { "bool", "uint8", "uint8" }, { "bool", "bool", "bool" }, { "bool", "float16", "float16" },
            { "complex64", "float64", "complex128" }, { "complex64", "int64", "complex64" }, { "complex64", "complex128", "complex128" },
            { "float8_e4m3fn", "float8_e4m3fn", "float8_e4m3fn" }, { "float8_e4m3fn", "float8_e5m2", "float16" },
            { "float8_e5m2", "bfloat16", "float32" }, { "uint16", "int16", "int32" }, { "uint32", "int8", "int64" },
            { "uint64", "int8", "float64" }, { "uint16", "uint64", "uint64" }, { "float64", "qint8", "float64" } };
        for (const auto& row : rows)
            QTest::newRow((std::string(row[0]) + " " + row[1]).c_str())
                << QString::fromLatin1(row[0]) << QString::fromLatin1(row[1]) << QString::fromLatin1(row[2]);
    }
    void promotesAsTorchDoes()
    {
        QFETCH(QString, a);
        QFETCH(QString, b);
        QFETCH(QString, result);
        const auto dtype = [](const QString& name) { return *dtypeFromName(name.toStdString()); };
        for (const bool swapped : { false, true }) {
            const auto checkpoint = fixtureCheckpoint(
                { countingStorage(dtype(swapped ? b : a), 1), countingStorage(dtype(swapped ? a : b), 1) }, { { "a", 0, { 1 }, {}, 0 }, { "b", 1, { 1 }, {}, 0 } });
            QCOMPARE(QString::fromStdString(std::string(dtypeName(promotedDtype(*layoutOf(checkpoint))))), result);
        }
    }

    void everyViewAndDtypeFlattensToItsNumbers_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<bool>("repeat");
        for (int i = 0; i < dtypeCount; ++i)
            for (const bool repeat : { false, true })
                QTest::newRow((std::string(dtypeName(static_cast<Dtype>(i))) + (repeat ? " repeat" : "")).c_str()) << i << repeat;
    }
    void everyViewAndDtypeFlattensToItsNumbers()
    {
        QFETCH(int, dtype);
        QFETCH(bool, repeat);
        const auto checkpoint = manyViews(static_cast<Dtype>(dtype));
        LayoutSpec spec;
        spec.aliases = repeat ? Aliases::Repeat : Aliases::Once;
        const auto layout = layoutOf(checkpoint, spec);
        const EditedVector vector(checkpoint);
        const auto expected = plainly(*layout, vector);
        QCOMPARE(static_cast<std::int64_t>(expected.size()), layout->numel().value);
        std::vector<Loss> losses;
        const auto wide = isComplex(static_cast<Dtype>(dtype)) ? Dtype::Complex128 : Dtype::Float64;
        QVERIFY(same(numbersOf(*flattened(*layout, vector, wide, &losses)), expected));
        QVERIFY(losses.empty());
        // In its own dtype, and back into the checkpoint: nothing changes.
        const auto own = flattened(*layout, vector, std::nullopt, &losses);
        QVERIFY(losses.empty());
        const auto back = unflatten(*layout, vector, own, Job());
        QVERIFY2(back, back ? "" : back.error().message.c_str());
        QVERIFY(back->losses.empty());
        QVERIFY(same(plainly(*layout, vector.with(back->step)), expected));
    }

    void longVectorsAreCutIntoChunksThatJoin()
    {
        std::mt19937_64 random(3);
        std::vector<float> values(700'001);
        for (auto& value : values)
            value = static_cast<float>(random() % 1'000'000);
        const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::Float32, values), countingStorage(Dtype::Int64, 300'000) },
            { { "turned", 0, { 700, 1000 }, { 1, 700 }, 1 }, { "counts", 1, { 300'000 }, {}, 0 }, { "tail", 0, { 1000 }, {}, 699'001 } });
        const auto layout = layoutOf(checkpoint);
        const EditedVector vector(checkpoint);
        QVERIFY(same(numbersOf(*flattened(*layout, vector)), plainly(*layout, vector)));
    }

    void theFileIsAPlainNpyArray()
    {
        const auto checkpoint = manyViews(Dtype::Float32);
        const auto layout = layoutOf(checkpoint);
        flattened(*layout, EditedVector(checkpoint));
        const Bytes bytes = readBytes(at("v.npy"));
        const auto header = parseNpyHeader(bytes, "v", 65536).value();
        QVERIFY(header.shape == std::vector { layout->numel().value });
        QCOMPARE(header.descr, std::string("<f4"));
        QCOMPARE(static_cast<std::int64_t>(bytes.size()), header.dataOffset.value + 4 * layout->numel().value);
        QCOMPARE(header.dataOffset.value % 64, 0);
        QVERIFY(!flatten(systemIo(), *layout, EditedVector(checkpoint), {}, at("v.npy"), false, Job()));
    }

    void whatADtypeCannotHoldIsReportedWithAnExample()
    {
        const std::vector<std::int64_t> steps { 5, (1LL << 53) + 1, 7, (1LL << 55) + 3 };
        const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::Int64, steps), storageOf(Dtype::Float64, std::vector { 0.5, 1e300, 0.1 }) },
            { { "steps", 0, { 2, 2 }, {}, 0 }, { "w", 1, { 3 }, {}, 0 } });
        const auto layout = layoutOf(checkpoint);
        std::vector<Loss> losses;
        flattened(*layout, EditedVector(checkpoint), Dtype::Float64, &losses);
        QCOMPARE(losses.size(), 1u);
        QCOMPARE(losses[0].name, std::string("steps"));
        QCOMPARE(losses[0].numbers, 2);
        QCOMPARE(losses[0].example, std::string("steps[0, 1] = 9007199254740993 became 9007199254740992"));
        const auto vector = flattened(*layout, EditedVector(checkpoint), Dtype::Float32, &losses);
        QCOMPARE(losses.size(), 2u);
        QCOMPARE(losses[1].numbers, 2);
        QCOMPARE(losses[1].example, std::string("w[1] = 1e+300 became inf"));
        QVERIFY(std::isinf(numbersOf(*vector)[5].real));
    }

    void whatHasNoCounterpartIsRefusedByPlace()
    {
        const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::Float32, std::vector { 1.0f, NAN }), storageOf(Dtype::Complex64, std::vector { 1.0f, 2.0f }) },
            { { "w", 0, { 2 }, {}, 0 }, { "z", 1, { 1 }, {}, 0 } });
        const auto layout = layoutOf(checkpoint);
        const auto integer = flatten(systemIo(), *layout, EditedVector(checkpoint), Dtype::Int32, at("o"), false, Job());
        QVERIFY(!integer && integer.error().message.find("w[1] = nan") != std::string::npos);
        LayoutSpec onlyZ;
        onlyZ.only = { "z" };
        const auto real = flatten(systemIo(), *layoutOf(checkpoint, onlyZ), EditedVector(checkpoint), Dtype::Float32, at("o"), false, Job());
        QVERIFY2(!real && real.error().message.find("z[0] = 1+2j") != std::string::npos, real ? "" : real.error().message.c_str());
        QVERIFY(!systemIo().exists(at("o")));
    }

    void convertAgreesWithTheScalarPath_data()
    {
        QTest::addColumn<int>("from");
        for (int i = 0; i < dtypeCount; ++i)
            QTest::newRow(std::string(dtypeName(static_cast<Dtype>(i))).c_str()) << i;
    }
    void convertAgreesWithTheScalarPath()
    {
        QFETCH(int, from);
        auto f = static_cast<Dtype>(from);
        std::mt19937_64 random(13);
        constexpr std::size_t n = 1100;
        Bytes in(n * static_cast<std::size_t>(dtypeSize(f)));
        for (auto& byte : in)
            byte = static_cast<std::byte>(random());
        if (f == Dtype::QInt8 || f == Dtype::QUInt8 || f == Dtype::QInt32 || f == Dtype::Opaque)
            return; // integers by another name
        for (const Dtype to : { Dtype::Float64, Dtype::Float32, Dtype::Float16, Dtype::BFloat16, Dtype::Float8E4M3fn, Dtype::Complex64, Dtype::Int64, Dtype::UInt8 }) {
            Bytes got(n * static_cast<std::size_t>(dtypeSize(to))), expected = got;
            const Conversion conversion = convert(f, in.data(), n, to, got.data());
            std::int64_t lost = 0;
            std::optional<std::size_t> refused;
            for (std::size_t i = 0; i < n; ++i) {
                const std::byte* element = in.data() + i * static_cast<std::size_t>(dtypeSize(f));
                std::byte* out = expected.data() + i * static_cast<std::size_t>(dtypeSize(to));
                if (to == f) {
                    std::memcpy(out, element, static_cast<std::size_t>(dtypeSize(f)));
                    continue;
                }
                Fit fit;
                const Number number = loadNumber(f, element);
                if (!storeNumber(to, number, { Overflow::Inf, Fraction::Nearest }, out, fit)) {
                    refused = refused ? refused : i;
                    continue;
                }
                lost += !sameNumber(loadNumber(to, out), number);
            }
            QVERIFY(got == expected);
            QCOMPARE(conversion.lost, lost);
            QVERIFY(conversion.firstRefused == refused);
        }
    }

    void vectorsOfAnyNpyVersionAndOrderOpen()
    {
        const auto write = [&](const std::string& head, const Bytes& data) {
            Bytes bytes;
            for (const char c : head)
                bytes.push_back(static_cast<std::byte>(c));
            bytes.insert(bytes.end(), data.begin(), data.end());
            writeBytes(at("x.npy"), bytes);
            return openVector(systemIo(), at("x.npy"));
        };
        const auto headOf = [](char major, const std::string& dict) {
            std::string head = std::string("\x93NUMPY", 6) + major + '\0';
            head += static_cast<char>(dict.size());
            head += '\0';
            if (major > 1)
                head += std::string(2, '\0');
            return head + dict;
        };
        const Bytes two { std::byte(0x40), std::byte(0), std::byte(0), std::byte(0), std::byte(0xc0), std::byte(0x40), std::byte(0), std::byte(0) };
        for (const char version : { '\1', '\2', '\3' }) {
            const auto vector = write(headOf(version, "{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}"), two);
            QVERIFY2(vector, vector ? "" : vector.error().message.c_str());
            const auto numbers = numbersOf(**vector);
            QCOMPARE(numbers[0].real, 2.0);
            QCOMPARE(numbers[1].real, -3.0);
        }
        QCOMPARE((*write(headOf('\1', "{'descr': '<V2', 'fortran_order': False, 'shape': (4,)}"), two))->dtype(), Dtype::BFloat16);
        QVERIFY(write(headOf('\1', "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1)}"), two));
        QVERIFY(!write(headOf('\1', "{'descr': '<f2', 'fortran_order': True, 'shape': (2, 2)}"), two));
        const auto cut = write(headOf('\1', "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}"), two);
        QVERIFY(!cut && cut.error().message.find("promises 3 numbers, there are 2") != std::string::npos);
        QVERIFY(!write(headOf('\1', "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,)}"), two));
        QVERIFY(!write(headOf('\1', "{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}"), two));
        QVERIFY(!openVector(systemIo(), at("missing")));
    }

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
            QVERIFY2(there, segment.name.c_str());
            const Tensor &a = before->tensor(segment), &b = after->tensor(after->listed()[*there]);
            QVERIFY(a.shape == b.shape);
            QCOMPARE(a.dtype, b.dtype);
            QCOMPARE((*made)->storages[b.storage].offset->value % dtypeSize(b.dtype), 0);
            Bytes x, y;
            QVERIFY(EditedVector(checkpoint).readBox(wholeBox(*checkpoint, segment.tensor), x));
            QVERIFY(EditedVector(*made).readBox(wholeBox(**made, after->listed()[*there].tensor), y));
            QVERIFY2(x == y, segment.name.c_str());
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

QTEST_GUILESS_MAIN(TestFlatten)
#include "tst_flatten.moc"
