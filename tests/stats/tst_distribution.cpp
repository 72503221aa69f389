// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/distribution.h"

#include <QtTest>

#include "base/multiversion.h"
#include "stats/chunk.h"
#include "stats/kernels.h"
#include "stats/measure.h"
#include "support/fixtures.h"

#include <cmath>
#include <random>

using namespace ravel;

namespace {

// By the definition, in long double: numpy's ((x - x.mean()) ** k).mean() and what scipy.stats makes of it.
struct Defined {
    long double mean = 0, m2 = 0, m3 = 0, m4 = 0, l1 = 0, l2 = 0;
    std::size_t n = 0;
    explicit Defined(const std::vector<double>& all)
    {
        std::vector<double> x;
        for (const double one : all)
            if (std::isfinite(one))
                x.push_back(one);
        n = x.size();
        for (const double one : x)
            mean += one, l1 += std::abs(one), l2 += static_cast<long double>(one) * one;
        mean /= n;
        for (const double one : x) {
            const long double d = one - mean;
            m2 += d * d, m3 += d * d * d, m4 += d * d * d * d;
        }
        l2 = std::sqrt(l2);
    }
    double skew() const { return double((m3 / n) / std::pow(m2 / n, 1.5L)); }
    double kurtosis() const { return double((m4 / n) / ((m2 / n) * (m2 / n)) - 3); }
};

bool near(double a, double b, double relative = 1e-9) { return std::abs(a - b) <= relative * (1 + std::abs(b)); }

FullSummary summed(const std::vector<double>& x)
{
    FullSummary all;
    Chunk chunk;
    forEachChunk(Dtype::Float64, reinterpret_cast<const std::byte*>(x.data()), x.size(), chunk, [&](const Chunk& c) { all.merge(fullSummaryOf(c)); });
    return all;
}

std::vector<double> drawn(int kind, std::size_t n, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::vector<double> x(n);
    for (double& one : x)
        switch (kind) {
        case 0: one = normal(random); break;
        case 1: one = 1e6 + normal(random); break;             // a mean far above the deviation
        case 2: one = std::exp(normal(random)); break;         // skewed
        case 3: one = random() % 10 == 0 ? NAN : random() % 11 == 0 ? INFINITY : normal(random); break;
        case 4: one = random() % 1000 == 0 ? 1000 : 0.01 * normal(random); break; // outliers
        default: one = static_cast<double>(random() % 3) - 1; break;
        }
    return x;
}

const Statistic& named(const std::vector<Statistic>& all, const char* key)
{
    for (const Statistic& one : all)
        if (one.key == key)
            return one;
    throw std::runtime_error(key);
}

// Those that this machine has.
std::vector<const kernels::Table*> tablesHere()
{
    std::vector<const kernels::Table*> tables { &kernels::baseline() };
#if defined(__x86_64__)
    if (usedIsa() != Isa::Baseline)
        tables.push_back(&kernels::avx2());
    if (usedIsa() == Isa::Avx512)
        tables.push_back(&kernels::avx512());
#endif
    return tables;
}

} // namespace

class TestDistribution : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // x = [1, 2, 3, 4, 10] and y = arange(100) ** 2, by numpy in double.
    void knownNumbers()
    {
        const FullSummary x = summed({ 1, 2, 3, 4, 10 });
        QVERIFY(near(skewness(x.summary, x.higher), 1.1384199576606167, 1e-12));
        QVERIFY(near(excessKurtosis(x.summary, x.higher), -0.21199999999999974, 1e-12));
        QCOMPARE(x.higher.absolute, 20.0);
        QVERIFY(near(normL2(x.summary), std::sqrt(130.0), 1e-14));
        QCOMPARE(normMax(x.summary), 10.0);
        std::vector<double> squares;
        for (int i = 0; i < 100; ++i)
            squares.push_back(double(i) * i);
        const FullSummary y = summed(squares);
        QVERIFY(near(skewness(y.summary, y.higher), 0.6440904335963366, 1e-12));
        QVERIFY(near(excessKurtosis(y.summary, y.higher), -0.8516897715415088, 1e-12));
    }

    void anyGroupingGivesTheDefinition_data()
    {
        QTest::addColumn<int>("kind");
        const char* names[] { "normal", "large mean", "skewed", "NaN and Inf among them", "outliers", "three values" };
        for (int kind = 0; kind < 6; ++kind)
            QTest::newRow(names[kind]) << kind;
    }
    void anyGroupingGivesTheDefinition()
    {
        QFETCH(int, kind);
        for (unsigned seed = 1; seed <= 8; ++seed) {
            const std::vector<double> x = drawn(kind, 20'000, seed);
            const Defined expected(x);
            std::mt19937 random(seed);
            FullSummary parts;
            for (std::size_t i = 0; i < x.size();) {
                const std::size_t n = std::min<std::size_t>(x.size() - i, random() % 5000);
                parts.merge(summed({ x.begin() + std::ptrdiff_t(i), x.begin() + std::ptrdiff_t(i + n) }));
                i += n;
            }
            for (const FullSummary& one : { summed(x), parts }) {
                QCOMPARE(std::size_t(one.summary.finite()), expected.n);
                const double tolerance = kind == 1 ? 1e-6 : 1e-9;
                QVERIFY(near(skewness(one.summary, one.higher), expected.skew(), tolerance));
                QVERIFY(near(excessKurtosis(one.summary, one.higher), expected.kurtosis(), tolerance));
                QVERIFY(near(one.higher.absolute, double(expected.l1)));
                QVERIFY(near(normL2(one.summary), double(expected.l2)));
            }
        }
    }

    void repeatsAreWhatTheyRepeat()
    {
        const std::vector<double> x = drawn(2, 500, 3);
        std::vector<double> thrice;
        for (int i = 0; i < 3; ++i)
            thrice.insert(thrice.end(), x.begin(), x.end());
        const FullSummary a = summed(x).times(3), b = summed(thrice);
        QVERIFY(near(skewness(a.summary, a.higher), skewness(b.summary, b.higher)));
        QVERIFY(near(excessKurtosis(a.summary, a.higher), excessKurtosis(b.summary, b.higher)));
        QVERIFY(near(a.higher.absolute, b.higher.absolute));
    }

    void everyInstructionSetGivesTheSameBits()
    {
        const std::vector<double> x = drawn(3, kernels::chunkNumbers, 5);
        std::vector<float> floats(x.begin(), x.end());
        const std::vector<const kernels::Table*> tables = tablesHere();
        for (const std::size_t n : { std::size_t(0), std::size_t(1), std::size_t(31), std::size_t(33), kernels::chunkNumbers }) {
            for (const bool allFinite : { true, false }) {
                std::vector<double> wide = x;
                std::vector<float> narrow = floats;
                if (!allFinite && n > 0) {
                    wide[n / 2] = NAN;
                    narrow[n / 2] = INFINITY;
                }
                kernels::HigherMoments first[2];
                kernels::Moments firstMoments[2];
                tables.front()->momentsOfDoubles(wide.data(), n, firstMoments[0], &first[0]);
                tables.front()->momentsOfFloats(narrow.data(), n, firstMoments[1], &first[1]);
                for (const kernels::Table* table : tables) {
                    kernels::HigherMoments a, b;
                    kernels::Moments c, d, alone;
                    table->momentsOfDoubles(wide.data(), n, c, &a);
                    table->momentsOfFloats(narrow.data(), n, d, &b);
                    QVERIFY(std::memcmp(&a, &first[0], sizeof a) == 0 && std::memcmp(&b, &first[1], sizeof b) == 0);
                    QVERIFY(std::memcmp(&c, &firstMoments[0], sizeof c) == 0 && std::memcmp(&d, &firstMoments[1], sizeof d) == 0);
                    table->momentsOfFloats(narrow.data(), n, alone, nullptr);
                    QVERIFY(std::memcmp(&d, &alone, sizeof d) == 0);
                }
            }
        }
    }

    void everyInstructionSetSelectsTheSamePlaces()
    {
        std::mt19937 random(8);
        std::vector<std::uint32_t> chosen(65536 / 32);
        for (std::uint32_t& bits : chosen)
            bits = random() & random();
        chosen.front() |= 1;
        chosen.back() |= 0x80000000u;
        std::vector<std::uint16_t> keys(kernels::chunkNumbers);
        for (std::uint16_t& key : keys)
            key = static_cast<std::uint16_t>(random());
        keys[3] = 0;
        keys[20] = 0xFFFF;
        for (const std::size_t n : { std::size_t(0), std::size_t(5), std::size_t(16), std::size_t(47), kernels::chunkNumbers }) {
            std::vector<std::uint16_t> wanted;
            for (std::size_t i = 0; i < n; ++i)
                if ((chosen[keys[i] / 32] >> (keys[i] % 32) & 1) != 0)
                    wanted.push_back(static_cast<std::uint16_t>(i));
            for (const kernels::Table* table : tablesHere()) {
                std::vector<std::uint16_t> places(n + 2, 0xABCD);
                places.resize(table->select(keys.data(), n, chosen.data(), places.data()));
                QCOMPARE(places, wanted);
            }
        }
    }

    void ofNothingAndOfOneNumberThereIsNone()
    {
        const FullSummary none = summed({ NAN, INFINITY }), same = summed({ 2, 2, 2 });
        QVERIFY(std::isnan(skewness(none.summary, none.higher)) && std::isnan(normL2(none.summary)) && std::isnan(normMax(none.summary)));
        QVERIFY(std::isnan(excessKurtosis(same.summary, same.higher)));
        QVERIFY(near(normL2(same.summary), std::sqrt(12.0)));
    }

    // A large selection in passes, a small one in memory: the same statistics.
    void measuredStatisticsAreTheDefinition()
    {
        for (const std::size_t n : { std::size_t(1000), std::size_t(300'000) }) {
            const std::vector<double> x = drawn(2, n, 9);
            const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::Float64, x) }, { { "x", 0, { std::int64_t(n) }, {}, 0, TensorKind::Unknown } });
            const Selection all { { wholeBox(*checkpoint, 0) }, std::nullopt };
            MeasureOptions options;
            options.higher = true;
            const Defined expected(x);
            const auto list = statisticsOf(measure(EditedVector(checkpoint), all, options, Job()).value());
            QCOMPARE(named(list, "count").count, std::int64_t(n));
            QVERIFY(near(named(list, "skew").value, expected.skew()));
            QVERIFY(near(named(list, "kurtosis").value, expected.kurtosis()));
            QVERIFY(near(named(list, "l1").value, double(expected.l1)));
            QVERIFY(near(named(list, "l2").value, double(expected.l2)));
            QVERIFY(named(list, "q0.5").exact);
        }
    }

    void anEstimateSpeaksOfAll()
    {
        const std::size_t n = 1'000'000;
        std::vector<double> x = drawn(0, n, 4);
        for (std::size_t i = 0; i < n; i += 4)
            x[i] = 0;
        const auto checkpoint = fixtureCheckpoint({ storageOf(Dtype::Float64, x) }, { { "x", 0, { std::int64_t(n) }, {}, 0, TensorKind::Unknown } });
        MeasureOptions options;
        options.higher = true;
        const auto m = estimate(EditedVector(checkpoint), { { wholeBox(*checkpoint, 0) }, std::nullopt }, options, Count(1 << 16), Job()).value();
        const auto list = statisticsOf(m);
        QCOMPARE(named(list, "count").count, std::int64_t(n));
        QVERIFY(!named(list, "zeros").exact && !named(list, "mean").exact);
        QVERIFY(near(double(named(list, "zeros").count), double(n) / 4, 0.05));
        QVERIFY(near(named(list, "l2").value, double(Defined(x).l2), 0.05));
    }

    void symlogBinsHoldWhatTheirEdgesSay()
    {
        const BinSpec spec = emptyHistogram({ -8, 20, 37, BinScale::Symlog, 0.01 }).spec;
        for (int i = 0; i < spec.bins; ++i) {
            QVERIFY(spec.edge(i) < spec.edge(i + 1));
            QVERIFY(near(spec.place(spec.edge(i + 1)) - spec.place(spec.edge(i)), (spec.place(20) - spec.place(-8)) / 37, 1e-9));
        }
        const std::vector<double> x = drawn(0, 50'000, 6);
        Histogram h = emptyHistogram(spec);
        count(Dtype::Float64, reinterpret_cast<const std::byte*>(x.data()), x.size(), h);
        std::vector<std::int64_t> expected(37);
        for (const double one : x)
            for (int i = 0; i < 37; ++i)
                expected[std::size_t(i)] += one >= spec.edge(i) && (one < spec.edge(i + 1) || (i == 36 && one <= 20));
        QCOMPARE(h.counts, expected);
        QVERIFY(emptyHistogram({ -1, 1, 4, BinScale::Symlog, 0 }).spec.scale == BinScale::Linear);
        for (const double v : { -7.0, -0.001, 0.0, 0.3, 19.0 })
            QVERIFY(near(spec.value(spec.place(v)), v, 1e-12));
    }
};

QTEST_GUILESS_MAIN(TestDistribution)
#include "tst_distribution.moc"
