// SPDX-License-Identifier: GPL-3.0-or-later
#include "vectorfixture.h"

#include "checkpoint/npy.h"

#include <cmath>
#include <limits>
#include <random>

using namespace ravel;

class TestFlatten : public QObject, VectorFixture {
    Q_OBJECT

private Q_SLOTS:
    void init() { makeDirectory(); }

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
};

QTEST_GUILESS_MAIN(TestFlatten)
#include "tst_flatten.moc"
