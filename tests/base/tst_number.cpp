// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/multiversion.h"
#include "base/number.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

using namespace ravel;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

const std::vector<Dtype> smallDtypes { Dtype::Float16, Dtype::BFloat16, Dtype::Float8E4M3fn, Dtype::Float8E5M2,
    Dtype::Float8E4M3fnuz, Dtype::Float8E5M2fnuz };

using Bytes = std::array<std::byte, 16>;

Bytes bytesOf(std::uint64_t code)
{
    Bytes bytes {};
    std::memcpy(bytes.data(), &code, 8);
    return bytes;
}

std::uint64_t codeIn(Dtype dtype, const Bytes& bytes)
{
    std::uint64_t code = 0;
    std::memcpy(&code, bytes.data(), static_cast<std::size_t>(std::min(8, dtypeSize(dtype))));
    return code;
}

std::uint64_t codeCount(Dtype dtype) { return std::uint64_t(1) << (8 * dtypeSize(dtype)); }

// What a code means by the definition of the format, computed the slow way.
double meaning(Dtype dtype, std::uint64_t code)
{
    struct Format { int exponentBits, mantissaBits, bias; bool infinite, fnuz; };
    const Format f = dtype == Dtype::Float16 ? Format { 5, 10, 15, true, false }
        : dtype == Dtype::BFloat16           ? Format { 8, 7, 127, true, false }
        : dtype == Dtype::Float8E4M3fn       ? Format { 4, 3, 7, false, false }
        : dtype == Dtype::Float8E5M2         ? Format { 5, 2, 15, true, false }
        : dtype == Dtype::Float8E4M3fnuz     ? Format { 4, 3, 8, false, true }
                                             : Format { 5, 2, 16, false, true };
    const int width = 8 * dtypeSize(dtype);
    const bool negative = (code >> (width - 1)) != 0;
    const auto exponent = static_cast<int>(code >> f.mantissaBits & ((1u << f.exponentBits) - 1));
    const auto mantissa = static_cast<int>(code & ((1u << f.mantissaBits) - 1));
    const bool topExponent = exponent == (1 << f.exponentBits) - 1;
    if (f.fnuz && negative && exponent == 0 && mantissa == 0)
        return notANumber;
    if (f.infinite && topExponent)
        return mantissa != 0 ? notANumber : negative ? -inf : inf;
    if (!f.infinite && !f.fnuz && topExponent && mantissa == 7)
        return notANumber;
    const double size = exponent == 0
        ? std::ldexp(mantissa, 1 - f.bias - f.mantissaBits)
        : std::ldexp((1 << f.mantissaBits) + mantissa, exponent - f.bias - f.mantissaBits);
    return negative ? -size : size;
}

// The finite codes of one sign by size, with their meanings.
std::vector<std::pair<double, std::uint64_t>> positives(Dtype dtype)
{
    std::vector<std::pair<double, std::uint64_t>> list;
    for (std::uint64_t code = 0; code < codeCount(dtype) / 2; ++code)
        if (std::isfinite(meaning(dtype, code)))
            list.emplace_back(meaning(dtype, code), code);
    return list;
}

std::uint64_t stored(Dtype dtype, double value, Overflow overflow, Fit& fit, std::uint64_t before = 0)
{
    Bytes bytes = bytesOf(before);
    fromDoubles(dtype, &value, 1, overflow, bytes.data(), fit);
    return codeIn(dtype, bytes);
}

std::string textOf(Dtype dtype, std::uint64_t code) { return elementText(dtype, bytesOf(code).data()); }

} // namespace

class TestNumber : public QObject {
    Q_OBJECT

    static void smallRows()
    {
        QTest::addColumn<int>("dtype");
        for (Dtype d : smallDtypes)
            QTest::newRow(std::string(dtypeName(d)).c_str()) << static_cast<int>(d);
    }

private Q_SLOTS:
    void cleanup() { limitIsa(bestIsa()); }

    void everyCodeMeansWhatTheFormatSays_data() { smallRows(); }
    void everyCodeMeansWhatTheFormatSays()
    {
        QFETCH(int, dtype);
        const auto d = static_cast<Dtype>(dtype);
        for (std::uint64_t code = 0; code < codeCount(d); ++code) {
            const double expected = meaning(d, code);
            const double found = loadNumber(d, bytesOf(code).data()).real;
            const bool same = std::isnan(expected) ? std::isnan(found)
                                                   : found == expected && std::signbit(found) == std::signbit(expected);
            if (!same)
                QFAIL(qPrintable(QStringLiteral("code %1: %2, not %3").arg(code, 0, 16).arg(found).arg(expected)));
        }
    }

    void everyCodeComesBackFromItsValueAndItsText_data() { smallRows(); }
    void everyCodeComesBackFromItsValueAndItsText()
    {
        QFETCH(int, dtype);
        const auto d = static_cast<Dtype>(dtype);
        for (std::uint64_t code = 0; code < codeCount(d); ++code) {
            Fit fit;
            if (!std::isnan(meaning(d, code)))
                QCOMPARE(stored(d, meaning(d, code), Overflow::Refuse, fit), code);
            Bytes parsed {};
            const auto done = parseElement(d, textOf(d, code), {}, parsed.data());
            QVERIFY2(done.has_value(), textOf(d, code).c_str());
            QCOMPARE(codeIn(d, parsed), code);
            QCOMPARE(fit.refused, 0);
        }
    }

    // Between every two neighbours: the middle goes to the even code, anything beside it to the nearer one.
    void roundsOnceToNearestEven_data() { smallRows(); }
    void roundsOnceToNearestEven()
    {
        QFETCH(int, dtype);
        const auto d = static_cast<Dtype>(dtype);
        const auto codes = positives(d);
        const bool fnuz = d == Dtype::Float8E4M3fnuz || d == Dtype::Float8E5M2fnuz;
        const std::uint64_t sign = codeCount(d) / 2;
        for (std::size_t i = 0; i + 1 < codes.size(); ++i) {
            const auto [low, lowCode] = codes[i];
            const auto [high, highCode] = codes[i + 1];
            const double middle = low / 2 + high / 2; // exact: two bits more than the format
            const std::uint64_t even = (lowCode & 1) == 0 ? lowCode : highCode;
            Fit fit;
            QCOMPARE(stored(d, middle, Overflow::Refuse, fit), even);
            QCOMPARE(stored(d, std::nextafter(middle, 0.0), Overflow::Refuse, fit), lowCode);
            QCOMPARE(stored(d, std::nextafter(middle, inf), Overflow::Refuse, fit), highCode);
            QCOMPARE(stored(d, -middle, Overflow::Refuse, fit), fnuz && even == 0 ? 0 : even | sign);
            QCOMPARE(fit.refused, 0);
        }
    }

    void random64BitPatternsRoundAsTheNeighboursSay_data() { smallRows(); }
    void random64BitPatternsRoundAsTheNeighboursSay()
    {
        QFETCH(int, dtype);
        const auto d = static_cast<Dtype>(dtype);
        const auto codes = positives(d);
        const double largest = codes.back().first;
        std::mt19937_64 random(11);
        for (int round = 0; round < 200000; ++round) {
            const double exponent = static_cast<double>(random() % 600) / 10 - 40;
            const double value = std::ldexp(1 + static_cast<double>(random() >> 11) * 0x1p-53, static_cast<int>(exponent));
            if (value > largest)
                continue;
            const auto above = std::lower_bound(codes.begin(), codes.end(), std::pair(value, std::uint64_t(0)));
            std::uint64_t expected = above->second;
            if (above != codes.begin() && above->first != value) {
                const auto below = above - 1;
                const double toLow = value - below->first, toHigh = above->first - value;
                expected = toLow < toHigh || (toLow == toHigh && (below->second & 1) == 0) ? below->second : above->second;
            }
            Fit fit;
            QCOMPARE(stored(d, value, Overflow::Refuse, fit), expected);
        }
    }

    void overflowIsRefusedSaturatedOrInfinite_data() { smallRows(); }
    void overflowIsRefusedSaturatedOrInfinite()
    {
        QFETCH(int, dtype);
        const auto d = static_cast<Dtype>(dtype);
        const auto codes = positives(d);
        const auto [largest, top] = codes.back();
        const double limit = largest + (largest - codes[codes.size() - 2].first) / 2;
        const std::uint64_t sign = codeCount(d) / 2;
        const bool fnuz = d == Dtype::Float8E4M3fnuz || d == Dtype::Float8E5M2fnuz;
        const bool hasInf = !fnuz && d != Dtype::Float8E4M3fn;
        Fit fit;
        QCOMPARE(stored(d, std::nextafter(limit, 0.0), Overflow::Refuse, fit, 1), top);
        QCOMPARE(fit.refused, 0);
        const double beyond = std::nextafter(limit, inf);
        const bool tieStays = (top & 1) == 0; // to the even code, which may be the one that is beyond
        QCOMPARE(stored(d, limit, Overflow::Refuse, fit, 1), tieStays ? top : 1);
        QCOMPARE(fit.refused, tieStays ? 0 : 1);
        fit = {};
        QCOMPARE(stored(d, beyond, Overflow::Refuse, fit, 1), 1);
        QCOMPARE(stored(d, -1e300, Overflow::Refuse, fit, 1), 1);
        QCOMPARE(fit.refused, 2);
        QCOMPARE(stored(d, beyond, Overflow::Saturate, fit), top);
        QCOMPARE(stored(d, -beyond, Overflow::Saturate, fit), top | sign);
        QCOMPARE(fit.saturated, 2);
        const std::uint64_t infinite = stored(d, -beyond, Overflow::Inf, fit);
        QVERIFY(hasInf ? meaning(d, infinite) == -inf : std::isnan(meaning(d, infinite)));
        QCOMPARE(fit.saturated, 3);
        Fit held;
        const std::uint64_t kept = stored(d, inf, Overflow::Refuse, held, 1);
        QCOMPARE(held.refused, hasInf ? 0 : 1);
        QVERIFY(hasInf ? meaning(d, kept) == inf : kept == 1);
        QVERIFY(std::isnan(meaning(d, stored(d, notANumber, Overflow::Refuse, held))));
    }

    void doubleGoesStraightToTheDtype()
    {
        // Through float32 these would be rounded twice: up to the middle, then to even.
        Fit fit;
        QCOMPARE(stored(Dtype::Float16, 1 + 0x1p-11 + 0x1p-40, Overflow::Refuse, fit), 0x3c01);
        QCOMPARE(stored(Dtype::BFloat16, 1 + 0x1p-8 + 0x1p-50, Overflow::Refuse, fit), 0x3f81);
        QCOMPARE(stored(Dtype::BFloat16, 1 + 3 * 0x1p-8 - 0x1p-50, Overflow::Refuse, fit), 0x3f81);
        QCOMPARE(stored(Dtype::Float16, 0x1p-25 + 0x1p-70, Overflow::Refuse, fit), 1);
        QCOMPARE(stored(Dtype::Float16, 0x1p-25, Overflow::Refuse, fit), 0);
        QCOMPARE(stored(Dtype::BFloat16, 0x1p-134 + 0x1p-180, Overflow::Refuse, fit), 1);
        QCOMPARE(stored(Dtype::BFloat16, 5e-324, Overflow::Refuse, fit), 0);
    }

    void nanPayloadAndNegativeZeroSurvive()
    {
        Fit fit;
        for (std::uint64_t code : { 0x7fc00001ull, 0xffc12345ull, 0x80000000ull, 0x7f800000ull }) {
            double value = 0;
            toDoubles(Dtype::Float32, bytesOf(code).data(), 1, &value);
            QCOMPARE(stored(Dtype::Float32, value, Overflow::Refuse, fit), code);
        }
        for (std::uint64_t code : { 0x7e01ull, 0xfe55ull, 0x8000ull })
            QCOMPARE(stored(Dtype::Float16, loadNumber(Dtype::Float16, bytesOf(code).data()).real, Overflow::Refuse, fit), code);
    }

    void decimalIsRoundedOnce_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<QString>("text");
        QTest::addColumn<quint64>("code");
        const auto row = [](Dtype d, const char* text, std::uint64_t code) {
            QTest::addRow("%s %.40s", std::string(dtypeName(d)).c_str(), text) << static_cast<int>(d) << QString::fromLatin1(text) << quint64(code);
        };
        // The middle of 1 and 1 + 2^-10 is 1.00048828125; the nearest double of the second and third is exactly that middle.
        row(Dtype::Float16, "1.00048828125", 0x3c00);
        row(Dtype::Float16, "1.00048828125000000000000000000000000001", 0x3c01);
        row(Dtype::Float16, "1.00146484374999999999999999999999999999", 0x3c01);
        row(Dtype::Float16, "1.00146484375", 0x3c02);
        row(Dtype::BFloat16, "1.00390625", 0x3f80);
        row(Dtype::BFloat16, "1.0039062500000000000000000000000000001", 0x3f81);
        row(Dtype::Float8E4M3fn, "1.0625", 0x38);
        row(Dtype::Float8E4M3fn, "1.06250000000000000000000001", 0x39);
        row(Dtype::Float32, "1.000000059604644775390625", 0x3f800000);
        row(Dtype::Float32, "1.00000005960464477539062500000000000001", 0x3f800001);
        row(Dtype::Float16, "65519.99999999999999999999999999999", 0x7bff);
        row(Dtype::Float16, "2.9802322387695312500000000000000000001e-8", 1); // above half the smallest
        row(Dtype::Float16, "2.98023223876953125e-8", 0);
        row(Dtype::Float16, "-1e-400", 0x8000);
        row(Dtype::Float64, "-1e-400", 0x8000000000000000);
        row(Dtype::Float64, "2.4703282292062328e-324", 1);
        row(Dtype::Float64, "2.4703282292062327e-324", 0);
        row(Dtype::Float64, "9007199254740993", 0x4340000000000000);
        row(Dtype::Float64, "9007199254740993.000000000000000000001", 0x4340000000000001);
        row(Dtype::Float32, "nan", 0x7fc00000);
        row(Dtype::Float32, "nan(0x7fc00001)", 0x7fc00001);
        row(Dtype::Float32, "nan(0x7f800001)", 0x7f800001); // signalling, by its code
        row(Dtype::Float32, "-inf", 0xff800000);
        row(Dtype::Float32, "-0", 0x80000000);
        row(Dtype::Float32, "  +1E3 ", 0x447a0000);
        row(Dtype::Int64, "9223372036854775807", 0x7fffffffffffffff);
        row(Dtype::Int64, "-9223372036854775808", 0x8000000000000000);
        row(Dtype::UInt64, "18446744073709551615", 0xffffffffffffffff);
        row(Dtype::UInt64, "1.8446744073709551615e19", 0xffffffffffffffff);
        row(Dtype::Int32, "1e3", 1000);
        row(Dtype::Int16, "0xff", 255);
        row(Dtype::Int8, "-0x80", 0x80);
        row(Dtype::Bool, "True", 1);
        row(Dtype::Bool, "false", 0);
    }
    void decimalIsRoundedOnce()
    {
        QFETCH(int, dtype);
        QFETCH(QString, text);
        QFETCH(quint64, code);
        Bytes bytes {};
        const auto done = parseElement(static_cast<Dtype>(dtype), text.toStdString(), {}, bytes.data());
        QVERIFY2(done.has_value(), done ? "" : done.error().message.c_str());
        QCOMPARE(codeIn(static_cast<Dtype>(dtype), bytes), code);
    }

    void whatIsNotANumberOfTheDtypeIsSaid_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<QString>("text");
        const auto row = [](Dtype d, const char* text) {
            QTest::addRow("%s <%s>", std::string(dtypeName(d)).c_str(), text) << static_cast<int>(d) << QString::fromLatin1(text);
        };
        for (const char* text : { "", " ", "abc", "1,5", "1e", "--1", "1 2", "1.5.2", ".", "nan()", "nan(0x3f800000)", "0x10", "1e999", "3.5e38", "1j" })
            row(Dtype::Float32, text);
        for (const char* text : { "65520", "-65520", "1e5" })
            row(Dtype::Float16, text);
        for (const char* text : { "464.00001", "465", "inf", "-inf" })
            row(Dtype::Float8E4M3fn, text);
        for (const char* text : { "1.5", "128", "-129", "nan", "inf", "1e30", "0x", "0x100", "1e-1" })
            row(Dtype::Int8, text);
        row(Dtype::UInt64, "18446744073709551616");
        row(Dtype::UInt8, "-1");
        row(Dtype::Bool, "2");
        row(Dtype::Complex64, "1+2");
        row(Dtype::Complex64, "1+2j3");
        row(Dtype::Complex64, "j");
        row(Dtype::Complex64, "1+1e39j");
        row(Dtype::QInt8, "1");
    }
    void whatIsNotANumberOfTheDtypeIsSaid()
    {
        QFETCH(int, dtype);
        QFETCH(QString, text);
        Bytes bytes = bytesOf(0x55);
        const auto done = parseElement(static_cast<Dtype>(dtype), text.toStdString(), {}, bytes.data());
        QVERIFY(!done);
        QVERIFY(!done.error().message.empty());
        QCOMPARE(bytes, bytesOf(0x55));
    }

    void saturatesAndRoundsWhenTold()
    {
        Bytes bytes {};
        const Rounding both { Overflow::Saturate, Fraction::Nearest };
        QVERIFY(parseElement(Dtype::Int8, "1000", both, bytes.data()));
        QCOMPARE(codeIn(Dtype::Int8, bytes), 0x7f);
        QVERIFY(parseElement(Dtype::Int8, "2.5", both, bytes.data()));
        QCOMPARE(codeIn(Dtype::Int8, bytes), 2);
        QVERIFY(parseElement(Dtype::Int8, "2.50000000000000000000000000001", both, bytes.data()));
        QCOMPARE(codeIn(Dtype::Int8, bytes), 3);
        QVERIFY(parseElement(Dtype::Int64, "4611686018427387904.5", both, bytes.data()));
        QCOMPARE(codeIn(Dtype::Int64, bytes), 0x4000000000000000);
        QVERIFY(parseElement(Dtype::Float64, "1e999", both, bytes.data()));
        QCOMPARE(codeIn(Dtype::Float64, bytes), 0x7fefffffffffffff);
        QVERIFY(parseElement(Dtype::Float64, "1e999", { Overflow::Inf, Fraction::Refuse }, bytes.data()));
        QCOMPARE(codeIn(Dtype::Float64, bytes), 0x7ff0000000000000);
    }

    void integersAreWhole()
    {
        Bytes bytes {};
        Fit fit;
        const Int128 large = (Int128(1) << 63) + 12345;
        QVERIFY(storeNumber(Dtype::UInt64, Number::ofInteger(large), {}, bytes.data(), fit));
        QVERIFY(loadNumber(Dtype::UInt64, bytes.data()).integer == large);
        QVERIFY(!storeNumber(Dtype::Int64, Number::ofInteger(large), {}, bytes.data(), fit));
        QCOMPARE(fit.refused, 1);
        QVERIFY(storeNumber(Dtype::Int64, Number::ofInteger(large), { Overflow::Saturate, {} }, bytes.data(), fit));
        QCOMPARE(codeIn(Dtype::Int64, bytes), 0x7fffffffffffffff);
        QVERIFY(!storeNumber(Dtype::Int32, Number::ofReal(0.5), {}, bytes.data(), fit));
        QVERIFY(!storeNumber(Dtype::Int32, Number::ofReal(notANumber), { Overflow::Saturate, Fraction::Nearest }, bytes.data(), fit));
        QVERIFY(storeNumber(Dtype::Int32, Number::ofReal(-2.5), { {}, Fraction::Nearest }, bytes.data(), fit));
        QCOMPARE(loadNumber(Dtype::Int32, bytes.data()), Number::ofInteger(-2));
        QVERIFY(storeNumber(Dtype::Int32, Number::ofReal(-inf), { Overflow::Saturate, {} }, bytes.data(), fit));
        QCOMPARE(codeIn(Dtype::Int32, bytes), 0x80000000);
        QVERIFY(!storeNumber(Dtype::Int32, Number::ofReal(inf), { Overflow::Inf, {} }, bytes.data(), fit));
        // 2^53 + 1 goes to float32 and to double in one rounding, and 2^24 + 1 + 2^-... does not pass through a tie.
        QVERIFY(storeNumber(Dtype::Float64, Number::ofInteger((Int128(1) << 53) + 1), {}, bytes.data(), fit));
        QCOMPARE(codeIn(Dtype::Float64, bytes), 0x4340000000000000);
        const Int128 tie = (Int128(1) << 80) + (Int128(1) << 56) + 1; // just above the middle of two float32
        QVERIFY(storeNumber(Dtype::Float32, Number::ofInteger(tie), {}, bytes.data(), fit));
        QCOMPARE(codeIn(Dtype::Float32, bytes), 0x67800001);
        QVERIFY(storeNumber(Dtype::Float32, Number::ofInteger(-tie + 1), {}, bytes.data(), fit));
        QCOMPARE(codeIn(Dtype::Float32, bytes), 0xe7800000);
    }

    void boolIsTrueForEveryByteButZero()
    {
        for (std::uint64_t code = 0; code < 256; ++code) {
            double value = -1;
            toDoubles(Dtype::Bool, bytesOf(code).data(), 1, &value);
            QCOMPARE(value, code == 0 ? 0.0 : 1.0);
            QCOMPARE(loadNumber(Dtype::Bool, bytesOf(code).data()), Number::ofInteger(code == 0 ? 0 : 1));
            QCOMPARE(textOf(Dtype::Bool, code), std::string(code == 0 ? "False" : "True"));
        }
        Bytes bytes {};
        Fit fit;
        QVERIFY(storeNumber(Dtype::Bool, Number::ofReal(1.0), {}, bytes.data(), fit));
        QVERIFY(!storeNumber(Dtype::Bool, Number::ofInteger(2), {}, bytes.data(), fit));
    }

    void complexTextAndParts_data()
    {
        QTest::addColumn<double>("re");
        QTest::addColumn<double>("im");
        QTest::addColumn<QString>("text");
        QTest::newRow("plain") << 1.0 << 2.0 << QStringLiteral("1+2j");
        QTest::newRow("negative") << -1.5 << -2.5 << QStringLiteral("-1.5-2.5j");
        QTest::newRow("exponents") << 1e30 << -1e-30 << QStringLiteral("1e+30-1e-30j");
        QTest::newRow("zeros") << -0.0 << -0.0 << QStringLiteral("-0-0j");
        QTest::newRow("special") << notANumber << -inf << QStringLiteral("nan-infj");
    }
    void complexTextAndParts()
    {
        QFETCH(double, re);
        QFETCH(double, im);
        QFETCH(QString, text);
        for (Dtype d : { Dtype::Complex64, Dtype::Complex128 }) {
            Bytes bytes {}, again {};
            Fit fit;
            QVERIFY(storeNumber(d, Number::ofComplex(re, im), {}, bytes.data(), fit));
            QCOMPARE(QString::fromStdString(elementText(d, bytes.data())), text);
            QVERIFY(parseElement(d, text.toStdString(), {}, again.data()));
            QCOMPARE(again, bytes);
        }
        Bytes bytes {};
        QVERIFY(parseElement(Dtype::Complex64, "(3j)", {}, bytes.data()));
        QCOMPARE(loadNumber(Dtype::Complex64, bytes.data()), Number::ofComplex(0, 3));
        QVERIFY(parseElement(Dtype::Complex64, "nan(0x7fc00001)+nan(0x7fc00002)j", {}, bytes.data()));
        QCOMPARE(elementText(Dtype::Complex64, bytes.data()), std::string("nan(0x7fc00001)+nan(0x7fc00002)j"));
        Fit fit;
        const Bytes before = bytes;
        QVERIFY(!storeNumber(Dtype::Complex64, Number::ofComplex(1, 1e300), {}, bytes.data(), fit));
        QCOMPARE(bytes, before); // neither part
        QVERIFY(!storeNumber(Dtype::Float32, Number::ofComplex(1, 1), {}, bytes.data(), fit));
    }

    void texts_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<quint64>("code");
        QTest::addColumn<QString>("text");
        const auto row = [](Dtype d, std::uint64_t code, const char* text) {
            QTest::addRow("%s %s", std::string(dtypeName(d)).c_str(), text) << static_cast<int>(d) << quint64(code) << QString::fromLatin1(text);
        };
        row(Dtype::Float32, 0x3dcccccd, "0.1");
        row(Dtype::Float32, 0x7fc00000, "nan");
        row(Dtype::Float32, 0xffc00000, "nan(0xffc00000)");
        row(Dtype::Float32, 0x00000001, "1e-45");
        row(Dtype::Float16, 0x2e66, "0.1");
        row(Dtype::Float16, 0xa800, "-0.03125");
        row(Dtype::BFloat16, 0xbd00, "-0.0312");
        row(Dtype::Float16, 0x7bff, "65504");
        row(Dtype::BFloat16, 0x3dcd, "0.1");
        row(Dtype::Float8E5M2, 0x7b, "57344");
        row(Dtype::Float8E4M3fnuz, 0x80, "nan");
        row(Dtype::Float64, 0x8000000000000000, "-0");
        row(Dtype::Int64, 0x8000000000000000, "-9223372036854775808");
        row(Dtype::UInt64, 0xffffffffffffffff, "18446744073709551615");
        row(Dtype::QInt8, 0xff, "-1");
        row(Dtype::Opaque, 0xff, "255");
    }
    void texts()
    {
        QFETCH(int, dtype);
        QFETCH(quint64, code);
        QFETCH(QString, text);
        QCOMPARE(QString::fromStdString(textOf(static_cast<Dtype>(dtype), code)), text);
    }

    void randomFloatsComeBackFromTheirText()
    {
        std::mt19937_64 random(3);
        for (int i = 0; i < 20000; ++i) {
            for (Dtype d : { Dtype::Float64, Dtype::Float32 }) {
                const std::uint64_t code = d == Dtype::Float64 ? random() : random() & 0xffffffff;
                Bytes bytes {};
                QVERIFY(parseElement(d, textOf(d, code), {}, bytes.data()));
                QCOMPARE(codeIn(d, bytes), code);
            }
        }
    }

    // Every clone of a kernel gives the same bits, at any alignment and any length.
    void clonesAgree_data()
    {
        QTest::addColumn<int>("dtype");
        for (int d = 0; d < dtypeCount; ++d)
            QTest::newRow(std::string(dtypeName(static_cast<Dtype>(d))).c_str()) << d;
    }
    void clonesAgree()
    {
        QFETCH(int, dtype);
        const auto d = static_cast<Dtype>(dtype);
        constexpr std::size_t n = 4133;
        const auto size = static_cast<std::size_t>(dtypeSize(d));
        const std::size_t parts = isComplex(d) ? 2 * n : n;
        std::mt19937_64 random(5);
        std::vector<std::byte> elements(n * size + 1);
        for (std::byte& b : elements)
            b = static_cast<std::byte>(random());
        std::vector<double> values(parts);
        for (double& v : values)
            v = random() % 9 == 0 ? std::bit_cast<double>(random()) : std::ldexp(static_cast<double>(random() >> 11), -70 + static_cast<int>(random() % 60));
        std::vector<std::vector<double>> widened;
        std::vector<std::vector<std::byte>> narrowed;
        std::vector<std::int64_t> refused;
        for (Isa isa : { Isa::Baseline, Isa::Avx2, Isa::Avx512 }) {
            limitIsa(isa);
            std::vector<double> out(parts);
            toDoubles(d, elements.data() + 1, n, out.data());
            widened.push_back(out);
            std::vector<std::byte> in = elements;
            Fit fit;
            if (isTrainable(d))
                fromDoubles(d, values.data(), n, Overflow::Refuse, in.data() + 1, fit);
            narrowed.push_back(in);
            refused.push_back(fit.refused);
        }
        for (std::size_t k = 1; k < widened.size(); ++k) {
            QVERIFY(std::memcmp(widened[k].data(), widened[0].data(), parts * 8) == 0);
            QVERIFY(narrowed[k] == narrowed[0]);
            QCOMPARE(refused[k], refused[0]);
        }
    }

    void swapsEachUnit()
    {
        std::vector<std::byte> bytes(16);
        for (int i = 0; i < 16; ++i)
            bytes[static_cast<std::size_t>(i)] = static_cast<std::byte>(i);
        std::vector<std::byte> c = bytes;
        swapBytes(Dtype::Complex64, c.data(), 2);
        QCOMPARE(c[0], std::byte { 3 });
        QCOMPARE(c[4], std::byte { 7 });
        c = bytes;
        swapBytes(Dtype::Complex128, c.data(), 1);
        QCOMPARE(c[0], std::byte { 7 });
        QCOMPARE(c[8], std::byte { 15 });
        c = bytes;
        swapBytes(Dtype::Float16, c.data(), 8);
        QCOMPARE(c[0], std::byte { 1 });
        c = bytes;
        swapBytes(Dtype::Int8, c.data(), 16);
        QCOMPARE(c, bytes);
    }
};

QTEST_GUILESS_MAIN(TestNumber)
#include "tst_number.moc"
