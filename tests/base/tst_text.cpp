// SPDX-License-Identifier: GPL-3.0-or-later
#include <QStringDecoder>
#include <QTest>

#include "base/text.h"

#include <limits>
#include <random>

using namespace ravel;

namespace {

std::string utf8(std::uint32_t c)
{
    std::string s;
    if (c < 0x80)
        s += static_cast<char>(c);
    else if (c < 0x800)
        s = { static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 63)) };
    else if (c < 0x10000)
        s = { static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63)) };
    else
        s = { static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
            static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63)) };
    return s;
}

// An independent judge: Qt's decoder.
bool isValidUtf8(const std::string& s)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(QByteArrayView(s.data(), static_cast<qsizetype>(s.size())));
    return !decoder.hasError() && text.toUtf8().toStdString() == s;
}

} // namespace

class TestText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void escapes_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("plain") << QByteArray("fc.weight") << QByteArray("fc.weight");
        QTest::newRow("umlaut stays") << QByteArray("gr\xc3\xb6\xc3\x9f" "e") << QByteArray("gr\xc3\xb6\xc3\x9f" "e");
        QTest::newRow("emoji stays") << QByteArray("\xf0\x9f\x98\x80") << QByteArray("\xf0\x9f\x98\x80");
        QTest::newRow("newline") << QByteArray("a\nb") << QByteArray("a\\u000ab");
        QTest::newRow("nul") << QByteArray("a\0b", 3) << QByteArray("a\\u0000b");
        QTest::newRow("escape sequence") << QByteArray("\x1b[2J") << QByteArray("\\u001b[2J");
        QTest::newRow("c1") << QByteArray("\xc2\x9b") << QByteArray("\\u009b");
        QTest::newRow("delete") << QByteArray("\x7f") << QByteArray("\\u007f");
        QTest::newRow("lone byte") << QByteArray("a\xff") << QByteArray("a\\xff");
        QTest::newRow("cut short") << QByteArray("\xe2\x82") << QByteArray("\\xe2\\x82");
        QTest::newRow("overlong slash") << QByteArray("\xc0\xaf") << QByteArray("\\xc0\\xaf");
        QTest::newRow("beyond unicode") << QByteArray("\xf4\x90\x80\x80") << QByteArray("\\xf4\\x90\\x80\\x80");
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << QByteArray("\\ud800");
        QTest::newRow("right to left override") << QByteArray("a\xe2\x80\xae" "b") << QByteArray("a\\u202eb");
        QTest::newRow("isolate") << QByteArray("\xe2\x81\xa6") << QByteArray("\\u2066");
        QTest::newRow("mark") << QByteArray("\xe2\x80\x8f") << QByteArray("\\u200f");
        QTest::newRow("line separator") << QByteArray("\xe2\x80\xa8") << QByteArray("\\u2028");
        QTest::newRow("byte order mark") << QByteArray("\xef\xbb\xbf") << QByteArray("\\ufeff");
        QTest::newRow("tag") << QByteArray("\xf3\xa0\x80\x81") << QByteArray("\\xf3\\xa0\\x80\\x81");
        QTest::newRow("backslash stays") << QByteArray("a\\b\\x4\\u12") << QByteArray("a\\b\\x4\\u12");
        QTest::newRow("what looks like an escape") << QByteArray("\\x41") << QByteArray("\\x5cx41");
    }
    void escapes()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, text);
        QCOMPARE(QByteArray::fromStdString(escapedWhole(bytes.toStdString())), text);
        QCOMPARE(QByteArray::fromStdString(unescaped(text.toStdString())), bytes);
    }

    void everyCodePointComesBack()
    {
        for (std::uint32_t c = 0; c < 0x110000; ++c) {
            const std::string text = escapedWhole(utf8(c));
            if (unescaped(text) != utf8(c) || !isValidUtf8(text))
                QFAIL(qPrintable(QString::number(c, 16)));
        }
    }

    void anyBytesBecomeValidTextAndComeBack()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 20000; ++round) {
            std::string bytes(random() % 24, '\0');
            for (char& c : bytes)
                c = "\\xu0aF\xe2\x80\xae\xed\xa0\xf0\x9f\x98\xff\n"[random() % 17];
            const std::string text = escapedWhole(bytes);
            QVERIFY(isValidUtf8(text));
            QCOMPARE(unescaped(text), bytes);
        }
    }

    void cutsAtTheLimitAndNeverInsideAnEscape()
    {
        QCOMPARE(escaped("abcdef", 6), std::string("abcdef"));
        QCOMPARE(escaped("abcdefg", 6), std::string("abc..."));
        QCOMPARE(escaped("ab\xff\xff", 8), std::string("ab..."));
        QCOMPARE(escaped("\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6", 4), std::string("\xc3\xb6..."));
        QCOMPARE(escaped("abc", 2), std::string(".."));
        QCOMPARE(escaped(std::string(1000, 'x')).size(), std::size_t(300));
    }

    void numbersForPeople()
    {
        QCOMPARE(grouped(24600000), std::string("24,600,000"));
        QCOMPARE(grouped(999), std::string("999"));
        QCOMPARE(grouped(-1000), std::string("-1,000"));
        QCOMPARE(grouped(std::numeric_limits<std::int64_t>::min()), std::string("-9,223,372,036,854,775,808"));
        QCOMPARE(sizeText(1), std::string("1 byte"));
        QCOMPARE(sizeText(999), std::string("999 bytes"));
        QCOMPARE(sizeText(1200000), std::string("1.2 MB"));
        QCOMPARE(sizeText(999999), std::string("1.0 MB"));
        QCOMPARE(sizeText(100LL << 30), std::string("107.4 GB"));
    }

    void shortestReadsBack_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("tenth") << 0.1 << QByteArray("0.1");
        QTest::newRow("-0") << -0.0 << QByteArray("-0.0");
        QTest::newRow("0") << 0.0 << QByteArray("0");
        QTest::newRow("whole") << 100000.0 << QByteArray("100000");
        QTest::newRow("large") << 1e30 << QByteArray("1e+30");
        QTest::newRow("1e16") << 1e16 << QByteArray("1e+16");
        QTest::newRow("below 1e16") << 1234567890123456.0 << QByteArray("1234567890123456");
        QTest::newRow("small") << 0.0001 << QByteArray("0.0001");
        QTest::newRow("smaller") << 0.00001234 << QByteArray("1.234e-05");
        QTest::newRow("smallest") << 5e-324 << QByteArray("5e-324");
        QTest::newRow("inf") << -std::numeric_limits<double>::infinity() << QByteArray("-inf");
        QTest::newRow("nan") << std::numeric_limits<double>::quiet_NaN() << QByteArray("nan");
    }
    void shortestReadsBack()
    {
        QFETCH(double, value);
        QFETCH(QByteArray, text);
        QCOMPARE(QByteArray::fromStdString(shortest(value)), text);
        QVERIFY(std::isnan(value) || text.toDouble() == value);
    }
};

QTEST_GUILESS_MAIN(TestText)
#include "tst_text.moc"
