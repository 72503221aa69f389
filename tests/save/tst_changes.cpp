// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/multiversion.h"
#include "base/number.h"
#include "checkpoint/geometry.h"
#include "save/elementchanges.h"
#include "save/tensorchanges.h"
#include "support/fixtures.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <set>

using namespace ravel;

namespace {

using Bytes = std::vector<std::byte>;

// Element by element, in the plainest way.
ElementChanges plainly(Dtype dtype, const Bytes& before, const Bytes& after, const std::vector<std::uint8_t>& mask)
{
    ElementChanges changes;
    const auto size = static_cast<std::size_t>(dtypeSize(dtype));
    bool nan = false;
    for (std::size_t i = 0; i < mask.size(); ++i) {
        std::int64_t bytes = 0;
        for (std::size_t k = i * size; k < (i + 1) * size; ++k)
            bytes += before[k] != after[k];
        if (!mask[i] || bytes == 0)
            continue;
        ++changes.elements;
        changes.bytes += bytes;
        const Dtype shown = dtype == Dtype::Opaque ? Dtype::UInt8 : dtype;
        const Number a = loadNumber(shown, &before[i * size]), b = loadNumber(shown, &after[i * size]);
        double by = 0;
        if (a.kind == Number::Kind::Integer)
            by = std::abs(static_cast<double>(b.integer - a.integer));
        else if (a.kind == Number::Kind::Real)
            by = std::abs(b.real - a.real);
        else {
            by = std::hypot(b.real - a.real, b.imag - a.imag);
            if (std::isnan(b.real - a.real) || std::isnan(b.imag - a.imag))
                by = NAN;
        }
        nan = nan || std::isnan(by);
        changes.maxAbs = std::max(changes.maxAbs, by);
    }
    if (nan)
        changes.maxAbs = NAN;
    return changes;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

} // namespace

class TestChanges : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void agreesWithThePlainWay_data()
    {
        QTest::addColumn<int>("dtype");
        for (int i = 0; i < dtypeCount; ++i)
            QTest::newRow(std::string(dtypeName(static_cast<Dtype>(i))).c_str()) << i;
    }
    void agreesWithThePlainWay()
    {
        QFETCH(int, dtype);
        const auto d = static_cast<Dtype>(dtype);
        const auto size = static_cast<std::size_t>(dtypeSize(d));
        std::mt19937_64 random(7);
        for (const std::size_t n : { 0, 1, 3, 255, 256, 257, 1000 }) {
            for (int round = 0; round < 6; ++round) {
                Bytes before(n * size), after;
                for (auto& byte : before)
                    byte = static_cast<std::byte>(random());
                after = before;
                std::vector<std::uint8_t> mask(n, 1);
                const bool masked = round % 2 == 1;
                for (std::size_t i = 0; i < after.size(); ++i)
                    if (random() % (round < 3 ? 200 : 3) == 0)
                        after[i] = static_cast<std::byte>(random());
                for (auto& m : mask)
                    m = !masked || random() % 2;
                const ElementChanges expected = plainly(d, before, after, mask);
                for (const Isa isa : { Isa::Baseline, Isa::Avx2, Isa::Avx512 }) {
                    limitIsa(isa);
                    const ElementChanges got = measureChanges(d, before.data(), after.data(), n, masked ? mask.data() : nullptr);
                    limitIsa(Isa::Avx512);
                    QCOMPARE(got.elements, expected.elements);
                    QCOMPARE(got.bytes, expected.bytes);
                    QVERIFY2(same(got.maxAbs, expected.maxAbs),
                        qPrintable(QString::number(got.maxAbs) + QStringLiteral(" vs ") + QString::number(expected.maxAbs)));
                }
            }
        }
    }

    void integersBeyond2To53AreExact()
    {
        const std::int64_t a[] = { (1LL << 53) + 1, std::numeric_limits<std::int64_t>::min() };
        std::int64_t b[] = { (1LL << 53) + 2, std::numeric_limits<std::int64_t>::min() };
        QCOMPARE(measureChanges(Dtype::Int64, reinterpret_cast<std::byte*>(const_cast<std::int64_t*>(a)),
                     reinterpret_cast<std::byte*>(b), 2).maxAbs, 1.0);
        b[1] = std::numeric_limits<std::int64_t>::max();
        QCOMPARE(measureChanges(Dtype::Int64, reinterpret_cast<std::byte*>(const_cast<std::int64_t*>(a)),
                     reinterpret_cast<std::byte*>(b), 2).maxAbs, 18446744073709551615.0);
    }

    void nanWinsOverInfinityWinsOverNumbers()
    {
        const auto of = [](float x, float y) {
            return measureChanges(Dtype::Float32, reinterpret_cast<std::byte*>(&x), reinterpret_cast<std::byte*>(&y), 1);
        };
        ElementChanges changes = of(1, 3);
        QCOMPARE(changes.maxAbs, 2.0);
        changes += of(1, INFINITY);
        QCOMPARE(changes.maxAbs, std::numeric_limits<double>::infinity());
        changes += of(NAN, 1);
        changes += of(1, 2);
        QVERIFY(std::isnan(changes.maxAbs));
        QCOMPARE(changes.elements, 4);
        QCOMPARE(of(NAN, NAN).elements, 0);
        QCOMPARE(of(0.0f, -0.0f).elements, 1);
        QCOMPARE(of(0.0f, -0.0f).maxAbs, 0.0);
    }

    // Every tensor counts the changed elements that it views, each once, however it views them.
    void everyViewCountsWhatItHolds()
    {
        std::mt19937_64 random(11);
        constexpr std::int64_t n = 600;
        const std::vector<FixtureTensor> tensors {
            { "whole", 0, { n }, {}, 0 },
            { "alias", 0, { n }, {}, 0 },
            { "matrix", 0, { 20, 30 }, {}, 0 },
            { "transposed", 0, { 30, 20 }, { 1, 30 }, 0 },
            { "column", 0, { 20 }, { 30 }, 3 },
            { "tail", 0, { 100 }, {}, 500 },
            { "strided", 0, { 10, 3 }, { 50, 7 }, 11 },
            { "windows", 0, { 100, 5 }, { 1, 1 }, 40 },
            { "expanded", 0, { 1000, 4 }, { 0, 1 }, 70 },
            { "scalar", 0, {}, {}, 599 },
            { "empty", 0, { 0, 5 }, {}, 0 },
            { "elsewhere", 1, { 4 }, {}, 0 },
        };
        const auto checkpoint = fixtureCheckpoint({ countingStorage(Dtype::Float32, n), countingStorage(Dtype::Float32, 4) }, tensors);
        std::vector<float> before(n), after(n);
        for (std::int64_t i = 0; i < n; ++i)
            before[i] = after[i] = static_cast<float>(i);
        std::set<std::int64_t> changed;
        for (int i = 0; i < 90; ++i) {
            const auto place = static_cast<std::int64_t>(random() % n);
            changed.insert(place);
            after[place] = static_cast<float>(place + 1 + static_cast<std::int64_t>(random() % 50));
        }
        for (const std::int64_t step : { 600LL, 37LL, 1LL }) {
            TensorChanges changes(*checkpoint);
            for (std::int64_t at = 0; at < n; at += step) {
                const std::int64_t here = std::min(step, n - at);
                changes.add(0, StorageIndex(at), Count(here), reinterpret_cast<std::byte*>(&before[at]), reinterpret_cast<std::byte*>(&after[at]));
            }
            const auto result = changes.result();
            std::size_t next = 0;
            for (const Tensor& tensor : checkpoint->tensors) {
                std::set<std::int64_t> held;
                double most = 0;
                for (std::int64_t p = 0; p < tensor.numel.value && tensor.storage == 0; ++p)
                    if (const auto i = toStorageIndex(tensor, p).value; changed.contains(i)) {
                        held.insert(i);
                        most = std::max(most, double(after[i]) - before[i]);
                    }
                if (held.empty())
                    continue;
                QVERIFY(next < result.size());
                QCOMPARE(result[next].name, tensor.name);
                QCOMPARE(result[next].elementsChanged, static_cast<std::int64_t>(held.size()));
                QCOMPARE(result[next].maxAbsChange, most);
                ++next;
            }
            QCOMPARE(next, result.size());
        }
    }
};

QTEST_GUILESS_MAIN(TestChanges)
#include "tst_changes.moc"
