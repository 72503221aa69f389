// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "base/sharedtext.h"

#include <thread>
#include <vector>

using namespace ravel;

class TestSharedText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void holdsItsText()
    {
        const SharedText none, empty = "", some = "its shard is missing";
        QVERIFY(none.empty() && empty.empty() && !some.empty());
        QCOMPARE(none.str(), std::string());
        QCOMPARE(some.str(), std::string("its shard is missing"));
        QVERIFY(none == empty && some == "its shard is missing" && !(some == none) && some == std::string("its shard is missing"));
        QCOMPARE("why: " + some + ".", std::string("why: its shard is missing."));
        QCOMPARE(some.find("shard"), std::size_t(4));
        QCOMPARE(sizeof(SharedText), sizeof(void*));
    }

    void copiesShareAndOutliveEachOther()
    {
        SharedText copy, moved;
        {
            SharedText first = std::string(100, 'x');
            copy = first;
            QVERIFY(copy.sharesWith(first));
            moved = std::move(first);
        }
        QVERIFY(moved.sharesWith(copy));
        SharedText& itself = copy;
        copy = itself;
        QCOMPARE(copy.str(), std::string(100, 'x'));
        copy = "y";
        QCOMPARE(copy.str(), std::string("y"));
        QCOMPARE(moved.str(), std::string(100, 'x'));
    }

    void equalTextsOfAPoolShare()
    {
        SharedTexts texts;
        const SharedText a = texts.of("Linear"), b = texts.of("Linear"), c = texts.of("Conv2d");
        QVERIFY(a.sharesWith(b) && !a.sharesWith(c));
        QVERIFY(c == "Conv2d" && texts.of("").empty());
    }

    void copiesMayGoToOtherThreads()
    {
        const SharedText text = std::string(50, 't');
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([text] {
                std::vector<SharedText> many(10'000, text);
                for (SharedText& one : many)
                    one = SharedText();
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(text.str(), std::string(50, 't'));
    }
};

QTEST_GUILESS_MAIN(TestSharedText)
#include "tst_sharedtext.moc"
