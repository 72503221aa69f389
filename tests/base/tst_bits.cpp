// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/bits.h"
#include "base/number.h"

using namespace ravel;

class TestBits : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachDtypeShowsItsFields_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("bits");
        const auto row = [](Dtype dtype, const char* value, const char* bits) {
            QTest::newRow(qPrintable(QString::fromUtf8(dtypeName(dtype).data()) + " " + value)) << int(dtype) << QString(value) << QString(bits);
        };
        row(Dtype::Float32, "1", "0 01111111 00000000000000000000000");
        row(Dtype::Float32, "-0.15625", "1 01111100 01000000000000000000000");
        row(Dtype::Float64, "-2", "1 10000000000 0000000000000000000000000000000000000000000000000000");
        row(Dtype::Float16, "1.5", "0 01111 1000000000");
        row(Dtype::BFloat16, "-1.5", "1 01111111 1000000");
        row(Dtype::Float8E4M3fn, "448", "0 1111 110");
        row(Dtype::Float8E5M2, "-2", "1 10000 00");
        row(Dtype::Float8E4M3fnuz, "nan", "1 0000 000");
        row(Dtype::Float8E5M2fnuz, "1", "0 10000 00");
        row(Dtype::Complex64, "1-2j", "0 01111111 00000000000000000000000, 1 10000000 00000000000000000000000");
        row(Dtype::Int8, "-1", "1 111 1111");
        row(Dtype::UInt8, "10", "0000 1010");
        row(Dtype::Int16, "3", "0 000 0000 0000 0011");
        row(Dtype::Bool, "True", "0000 0001");
    }
    void eachDtypeShowsItsFields()
    {
        QFETCH(int, dtype);
        QFETCH(QString, value);
        QFETCH(QString, bits);
        const auto type = static_cast<Dtype>(dtype);
        alignas(16) std::byte element[16] {};
        QVERIFY(parseElement(type, value.toStdString(), {}, element).has_value());
        QCOMPARE(QString::fromStdString(bitsText(type, element)), bits);
    }

    void noDtypeLosesABit()
    {
        for (int i = 0; i < dtypeCount; ++i) {
            const auto dtype = static_cast<Dtype>(i);
            std::byte element[16];
            std::fill(std::begin(element), std::end(element), std::byte(0xFF));
            const std::string text = bitsText(dtype, element);
            QCOMPARE(std::count(text.begin(), text.end(), '1'), 8 * dtypeSize(dtype));
        }
    }
};

QTEST_GUILESS_MAIN(TestBits)
#include "tst_bits.moc"
