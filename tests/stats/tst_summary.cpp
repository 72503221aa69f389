// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/multiversion.h"
#include "numbers.h"
#include "stats/summary.h"

#include <cstring>

using namespace ravel;

namespace {

// One number at a time, in long double.
Summary reference(const std::vector<double>& values)
{
    Summary s;
    long double sum = 0;
    for (double x : values) {
        ++s.count;
        s.nan += std::isnan(x);
        s.positiveInf += x == infinite;
        s.negativeInf += x == -infinite;
        s.zeros += x == 0;
        if (!std::isfinite(x))
            continue;
        s.min = std::min(s.min, x);
        s.max = std::max(s.max, x);
        sum += x;
    }
    if (s.finite() == 0)
        return s;
    const long double mean = sum / s.finite();
    long double m2 = 0;
    for (double x : values)
        if (std::isfinite(x))
            m2 += (x - mean) * (x - mean);
    s.mean = static_cast<double>(mean);
    s.m2 = static_cast<double>(m2);
    return s;
}

void compare(const Summary& got, const Summary& wanted, double scale)
{
    QCOMPARE(got.count, wanted.count);
    QCOMPARE(got.nan, wanted.nan);
    QCOMPARE(got.positiveInf, wanted.positiveInf);
    QCOMPARE(got.negativeInf, wanted.negativeInf);
    QCOMPARE(got.zeros, wanted.zeros);
    QVERIFY2(got.min == wanted.min && got.max == wanted.max, "extremes");
    QVERIFY2(std::abs(got.mean - wanted.mean) <= 1e-13 * scale, qPrintable(QString::number(got.mean - wanted.mean)));
    QVERIFY2(near(got.m2, wanted.m2, 1e-11), qPrintable(QString::number(got.m2) + QLatin1Char(' ') + QString::number(wanted.m2)));
}

std::vector<double> doublesOf(Dtype dtype, const std::vector<std::byte>& bytes)
{
    const auto n = bytes.size() / static_cast<std::size_t>(dtypeSize(dtype));
    std::vector<double> values(n * (isComplex(dtype) ? 2 : 1));
    toDoubles(dtype, bytes.data(), n, values.data());
    return values;
}

} // namespace

class TestSummary : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { limitIsa(Isa::Avx512); }
    void countsWhatIsThere_data();
    void countsWhatIsThere();
    void readsEveryDtype_data();
    void readsEveryDtype();
    void aLargeMeanDoesNotSwallowTheDeviation();
    void hugeNumbersHaveAMean();
    void everyCloneGivesTheSameBits_data();
    void everyCloneGivesTheSameBits();
    void alignmentDoesNotMatter();
    void mergesInAnyGrouping();
    void repeatsAsMergingDoes();
    void emptyHasNoDeviation();
    void negativeZeroIsZero();
};

void TestSummary::countsWhatIsThere_data()
{
    QTest::addColumn<int>("n");
    for (int n : { 0, 1, 2, 31, 32, 33, 1023, 1024, 1025, 100'003 })
        QTest::addRow("%d", n) << n;
}

void TestSummary::countsWhatIsThere()
{
    QFETCH(int, n);
    for (unsigned seed : { 1u, 2u }) {
        std::vector<float> values = wildFloats(static_cast<std::size_t>(n), seed);
        for (float& value : values) // their squares would hide all others
            if (std::abs(value) > 1e30f && std::isfinite(value))
                value = seed == 1 ? 7.0f : -7.0f;
        compare(summarise(Dtype::Float32, raw(values), values.size()), reference({ values.begin(), values.end() }), 7);
    }
}

void TestSummary::readsEveryDtype_data()
{
    QTest::addColumn<int>("dtype");
    for (int d = 0; d < dtypeCount; ++d)
        QTest::addRow("%s", std::string(dtypeName(static_cast<Dtype>(d))).c_str()) << d;
}

void TestSummary::readsEveryDtype()
{
    QFETCH(int, dtype);
    const auto d = static_cast<Dtype>(dtype);
    // Every pattern of one and two bytes, random ones beyond; 8 bytes only where their squares stay inside double.
    std::vector<std::byte> bytes(std::size_t(65536) * static_cast<std::size_t>(dtypeSize(d)));
    std::mt19937 random(3);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(dtypeSize(d) <= 2 ? (i % 2 == 0 ? i / 2 : i / 512) : random());
    if (dtypeClass(d) == DtypeClass::Float && dtypeSize(d) >= 4)
        bytes = bytesOf(d, std::vector<double>(5000, 0.125));
    if (isComplex(d)) {
        const auto values = normalFloats(9998, 5);
        bytes = d == Dtype::Complex64 ? bytesOf(Dtype::Float32, { values.begin(), values.end() })
                                      : bytesOf(Dtype::Float64, { values.begin(), values.end() });
    }
    const auto n = bytes.size() / static_cast<std::size_t>(dtypeSize(d));
    std::vector<double> values;
    if (d == Dtype::Opaque)
        values = doublesOf(Dtype::UInt8, bytes);
    else
        values = doublesOf(d, bytes);
    const Summary wanted = reference(values);
    compare(summarise(d, bytes.data(), n), wanted, std::max(std::abs(wanted.min), std::abs(wanted.max)));
}

void TestSummary::aLargeMeanDoesNotSwallowTheDeviation()
{
    std::vector<double> values(10'000);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = 1e9 + (i % 2 == 0 ? 1e-3 : -1e-3);
    const Summary s = summarise(Dtype::Float64, raw(values), values.size());
    QVERIFY(near(s.std(), 1e-3 * std::sqrt(10'000.0 / 9'999), 1e-4)); // 1e9 + 1e-3 is off by 1e-7 itself
    values[0] = -1e12; // the first number is no better a reference point than any other
    QVERIFY(near(summarise(Dtype::Float64, raw(values), values.size()).m2, reference(values).m2, 1e-12));
}

void TestSummary::hugeNumbersHaveAMean()
{
    const std::vector<double> same(3000, 1.7e308);
    const Summary s = summarise(Dtype::Float64, raw(same), same.size());
    QVERIFY(near(s.mean, 1.7e308));
    std::vector<double> both(3000, 1.7e308);
    std::fill(both.begin() + 1500, both.end(), -1.7e308);
    QVERIFY(std::isfinite(summarise(Dtype::Float64, raw(both), both.size()).mean));
    const std::vector<float> floats(3000, 3.4e38f);
    QVERIFY(near(summarise(Dtype::Float32, raw(floats), floats.size()).std(), 0));
}

void TestSummary::everyCloneGivesTheSameBits_data()
{
    QTest::addColumn<int>("dtype");
    for (Dtype d : { Dtype::Float32, Dtype::Float64, Dtype::Float16, Dtype::BFloat16, Dtype::Int32 })
        QTest::addRow("%s", std::string(dtypeName(d)).c_str()) << static_cast<int>(d);
}

void TestSummary::everyCloneGivesTheSameBits()
{
    QFETCH(int, dtype);
    const auto d = static_cast<Dtype>(dtype);
    for (std::size_t n : { 1u, 17u, 1000u, 1024u, 77'777u }) {
        const auto floats = wildFloats(n, 11);
        std::vector<std::byte> bytes;
        if (d == Dtype::Float32)
            bytes.assign(raw(floats), raw(floats) + n * 4);
        else
            bytes = bytesOf(d, { floats.begin(), floats.end() });
        limitIsa(Isa::Baseline);
        const Summary wanted = summarise(d, bytes.data(), n);
        for (Isa isa : { Isa::Avx2, Isa::Avx512 }) {
            limitIsa(isa);
            const Summary got = summarise(d, bytes.data(), n);
            QCOMPARE(std::memcmp(&got, &wanted, sizeof got), 0);
        }
    }
}

void TestSummary::alignmentDoesNotMatter()
{
    const auto values = wildFloats(5000, 21);
    std::vector<std::byte> shifted(5000 * 4 + 3);
    std::memcpy(shifted.data() + 3, values.data(), 5000 * 4);
    QVERIFY(summarise(Dtype::Float32, shifted.data() + 3, 5000) == summarise(Dtype::Float32, raw(values), 5000));
}

void TestSummary::mergesInAnyGrouping()
{
    const auto values = normalFloats(20'000, 31, 1000, 0.01f);
    const Summary whole = reference({ values.begin(), values.end() });
    std::mt19937 random(9);
    for (int round = 0; round < 20; ++round) {
        Summary sum, later;
        for (std::size_t at = 0; at < values.size();) {
            const std::size_t n = std::min<std::size_t>(random() % 3000, values.size() - at);
            (random() % 2 == 0 ? sum : later).merge(summarise(Dtype::Float32, raw(values) + 4 * at, n));
            at += n;
        }
        sum.merge(later);
        compare(sum, whole, 1000);
    }
}

void TestSummary::repeatsAsMergingDoes()
{
    const auto values = wildFloats(300, 41);
    const Summary once = summarise(Dtype::Float32, raw(values), values.size());
    Summary merged;
    for (int i = 0; i < 5; ++i)
        merged.merge(once);
    const Summary times = once.times(5);
    QCOMPARE(times.count, merged.count);
    QCOMPARE(times.nan, merged.nan);
    QCOMPARE(times.zeros, merged.zeros);
    QVERIFY(near(times.m2, merged.m2));
    QVERIFY(near(times.mean, merged.mean));
    QVERIFY(once.times(0) == Summary());
    QCOMPARE(once.times(std::numeric_limits<std::int64_t>::max()).count, std::numeric_limits<std::int64_t>::max());
}

void TestSummary::emptyHasNoDeviation()
{
    Summary empty;
    QVERIFY(std::isnan(empty.std()));
    QVERIFY(empty.min > empty.max);
    const float one = 3;
    const Summary single = summarise(Dtype::Float32, reinterpret_cast<const std::byte*>(&one), 1);
    QVERIFY(std::isnan(single.std()));
    empty.merge(single);
    QVERIFY(empty == single);
}

void TestSummary::negativeZeroIsZero()
{
    for (const auto& values : { std::vector<float> { -0.0f, 0.0f }, std::vector<float> { 0.0f, -0.0f } }) {
        const Summary s = summarise(Dtype::Float32, raw(values), 2);
        QCOMPARE(s.zeros, 2);
        QVERIFY(!std::signbit(s.min) && !std::signbit(s.max));
    }
}

QTEST_GUILESS_MAIN(TestSummary)
#include "tst_summary.moc"
