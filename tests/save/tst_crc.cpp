// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/crc32.h"
#include "save/sha256.h"
#include "support/memoryfile.h"
#include "support/words.h"

#include <random>
#include <zlib.h>

using namespace ravel;

namespace {

std::vector<std::byte> noise(std::size_t n, std::mt19937_64& random)
{
    std::vector<std::byte> bytes(n);
    for (auto& byte : bytes)
        byte = static_cast<std::byte>(random());
    return bytes;
}

std::uint32_t zlibCrc(std::span<const std::byte> bytes, std::uint32_t before = 0)
{
    return static_cast<std::uint32_t>(
        crc32_z(before, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

} // namespace

class TestCrc : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalsZlibAtEveryLengthAndAlignment()
    {
        std::mt19937_64 random(1);
        const auto bytes = noise(3000, random);
        for (std::size_t n = 0; n <= 600; ++n)
            for (std::size_t start : { 0, 1, 7, 13 }) {
                const auto part = std::span(bytes).subspan(start, n);
                const auto before = static_cast<std::uint32_t>(random());
                QCOMPARE(crc32Of(part), zlibCrc(part));
                QCOMPARE(crc32Of(part, before), zlibCrc(part, before));
            }
        for (int i = 0; i < 200; ++i) {
            const auto part = std::span(bytes).subspan(random() % 1000, random() % 2000);
            QCOMPARE(crc32Of(part), zlibCrc(part));
        }
        QCOMPARE(crc32Of(textBytes("123456789")), 0xcbf43926u);
    }

    void joinedIsTheCrcOfBoth()
    {
        std::mt19937_64 random(2);
        for (int i = 0; i < 100; ++i) {
            const auto bytes = noise(random() % 500, random);
            const std::size_t cut = bytes.empty() ? 0 : random() % bytes.size();
            const auto second = std::span(bytes).subspan(cut);
            QCOMPARE(crc32Joined(crc32Of(std::span(bytes).first(cut)), crc32Of(second),
                         ByteCount(static_cast<std::int64_t>(second.size()))),
                crc32Of(bytes));
        }
    }

    void mendingByDifferenceEqualsRecomputing()
    {
        std::mt19937_64 random(3);
        for (int i = 0; i < 500; ++i) {
            const auto old = noise(1 + random() % 800, random);
            auto fresh = old;
            std::uint32_t mended = crc32Of(old);
            for (std::size_t runs = random() % 5; runs > 0; --runs) {
                const std::size_t start = random() % old.size();
                const std::size_t n = random() % (old.size() - start + 1);
                const auto run = std::span(fresh).subspan(start, n);
                const std::uint32_t before = crc32Of(run);
                for (auto& byte : run)
                    byte ^= static_cast<std::byte>(random() % 3 == 0 ? random() : 0);
                mended ^= crc32Change(before, crc32Of(run),
                    ByteCount(static_cast<std::int64_t>(old.size() - start - n)));
            }
            QCOMPARE(mended, crc32Of(fresh));
        }
    }

    void mendingReachesAcrossHugeRecords()
    {
        // 64 GiB of zeros and one byte before them, by the linear identity alone.
        std::uint32_t zeros = zlibCrc(std::vector<std::byte>(1 << 20));
        std::int64_t length = 1 << 20;
        for (int i = 0; i < 16; ++i, length *= 2)
            zeros = crc32Joined(zeros, zeros, ByteCount(length));
        const auto a = textBytes("a"), b = textBytes("b");
        QCOMPARE(crc32Joined(crc32Of(a), zeros, ByteCount(length))
                ^ crc32Change(crc32Of(a), crc32Of(b), ByteCount(length)),
            crc32Joined(crc32Of(b), zeros, ByteCount(length)));
    }

    void sha256Vectors_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("digest");
        QTest::newRow("empty") << QByteArray()
            << QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        QTest::newRow("abc") << QByteArray("abc")
            << QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        QTest::newRow("two blocks") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
            << QByteArray("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        QTest::newRow("million") << QByteArray(1'000'000, 'a')
            << QByteArray("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }
    void sha256Vectors()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, digest);
        const auto bytes = textBytes({ text.constData(), static_cast<std::size_t>(text.size()) });
        MemoryFile file(bytes);
        QCOMPARE(sha256Of(file, ByteCount(text.size()), Job()).value(), digest.toStdString());
        for (std::size_t step : { 1, 55, 56, 63, 64, 65, 1000 }) {
            if (text.size() > 100'000 && step < 50)
                continue;
            Sha256 sum;
            for (std::size_t at = 0; at < bytes.size(); at += step)
                sum.add(std::span(bytes).subspan(at, std::min(step, bytes.size() - at)));
            QCOMPARE(sum.finish(), digest.toStdString());
        }
    }
};

QTEST_GUILESS_MAIN(TestCrc)
#include "tst_crc.moc"
