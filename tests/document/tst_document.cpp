// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/document.h"

#include "support/fixtures.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <cstring>

using namespace ravel;

namespace {

Step step(Operation operation, std::vector<SelectItem> select, double value)
{
    Step made;
    made.operation = operation;
    made.select = std::move(select);
    made.selectIsList = made.select.size() != 1;
    made.value = Number::ofReal(value);
    return made;
}

std::vector<float> floatsOf(const EditedVector& vector, const char* name)
{
    for (TensorOrdinal t = 0; t < vector.checkpoint().tensors.size(); ++t) {
        if (vector.checkpoint().tensors[t].name != name)
            continue;
        std::vector<std::byte> bytes;
        if (!vector.readBox(wholeBox(vector.checkpoint(), t), bytes))
            return {};
        std::vector<float> values(bytes.size() / 4);
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }
    return {};
}

using Floats = std::vector<float>;

} // namespace

class TestDocument : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string m_path;

    std::unique_ptr<Document> opened(const LayoutSpec& spec = {})
    {
        auto document = Document::open(m_path, spec);
        return document ? std::move(*document) : nullptr;
    }

    static bool append(Document& document, const Step& made)
    {
        auto prepared = Document::prepare(made, document.layout(), document.edited(), {});
        if (!prepared)
            return false;
        document.append(prepared->step);
        return true;
    }

private Q_SLOTS:
    void init()
    {
        m_path = m_folder.filePath(QStringLiteral("net.safetensors")).toStdString();
        writeBytes(m_path, safetensorsBytes({ countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Float32, 4), countingStorage(Dtype::Int64, 2) },
                               { { "b.weight", 0, { 2, 3 } }, { "a.weight", 1, { 4 } }, { "steps", 2, { 2 } } }));
    }

    void stepsAreSeenAndTakenBack()
    {
        const auto document = opened();
        QVERIFY(document);
        QVERIFY(!document->modified());
        QVERIFY(append(*document, step(Operation::Multiply, { { "b.weight[1]", false } }, 10)));
        QVERIFY(append(*document, step(Operation::Add, { { "b.weight", false } }, 1)));
        QVERIFY(document->modified());
        QCOMPARE(floatsOf(document->edited(), "b.weight"), Floats({ 1, 2, 3, 31, 41, 51 }));
        document->removeLast();
        QCOMPARE(floatsOf(document->edited(), "b.weight"), Floats({ 0, 1, 2, 30, 40, 50 }));
        document->removeLast();
        QVERIFY(!document->modified());
        document->removeLast();
        QCOMPARE(floatsOf(document->edited(), "b.weight"), Floats({ 0, 1, 2, 3, 4, 5 }));
    }

    void aStepThatDoesNotFitChangesNothing()
    {
        const auto document = opened();
        QVERIFY(!append(*document, step(Operation::Set, { { "steps", false } }, 0.5)));
        QVERIFY(!append(*document, step(Operation::Set, { { "nothing", false } }, 0)));
        QVERIFY(!document->modified());
    }

    void aRecipeAppliesWhollyOrNotAtAll()
    {
        const auto document = opened();
        Recipe recipe { {}, { step(Operation::Set, { { "a.weight", false } }, 7), step(Operation::Set, { { "missing", false } }, 7) } };
        const auto applied = document->apply(recipe, ".", {});
        QVERIFY(!applied);
        QVERIFY(applied.error().message.find("step 2") != std::string::npos);
        QVERIFY(!document->modified());
        recipe.steps.pop_back();
        QVERIFY(document->apply(recipe, ".", {}));
        QCOMPARE(floatsOf(document->edited(), "a.weight"), Floats({ 7, 7, 7, 7 }));
    }

    void whatStillAppliesIsReplayedOnAnotherFile()
    {
        const auto document = opened();
        QVERIFY(append(*document, step(Operation::Set, { { "4:8", true } }, 100))); // b.weight[1, 1:] and a.weight[:2]
        QVERIFY(append(*document, step(Operation::Set, { { "steps", false } }, 300)));
        QVERIFY(append(*document, step(Operation::Add, { { "a.weight", false } }, 1)));
        // a.weight stands first now, b.weight is not there, and the steps are too small for 300.
        const std::string other = m_folder.filePath(QStringLiteral("other.safetensors")).toStdString();
        writeBytes(other, safetensorsBytes({ countingStorage(Dtype::Float32, 4), countingStorage(Dtype::UInt8, 2) }, { { "a.weight", 0, { 4 } }, { "steps", 1, { 2 } } }));
        auto changed = Document::open(other);
        QVERIFY(changed);
        const auto replay = (*changed)->replay(document->namedRecipe(), {});
        QVERIFY(replay);
        QVERIFY(!(*changed)->modified()); // it only says what could be done
        QCOMPARE(replay->steps.size(), std::size_t(1));
        QCOMPARE(replay->refused.size(), std::size_t(2));
        QVERIFY2(replay->refused[0].second.message.find("b.weight") != std::string::npos, replay->refused[0].second.message.c_str());
        QCOMPARE(replay->refused[1].first.operation, Operation::Set);
        (*changed)->append(replay->steps.front());
        QCOMPARE(floatsOf((*changed)->edited(), "a.weight"), Floats({ 1, 2, 3, 4 })); // not the first numbers of the vector
    }

    void theRecipeGivesTheSameEditsAgain_data()
    {
        QTest::addColumn<bool>("changeOrder");
        QTest::newRow("under one layout") << false;
        QTest::newRow("order changed between the steps") << true;
    }
    void theRecipeGivesTheSameEditsAgain()
    {
        QFETCH(bool, changeOrder);
        const auto document = opened();
        QVERIFY(append(*document, step(Operation::Set, { { "4:8", true } }, 100)));
        if (changeOrder) {
            LayoutSpec sorted;
            sorted.order = Order::Sorted;
            QVERIFY(document->setLayout(sorted));
        }
        QVERIFY(append(*document, step(Operation::Add, { { "0:2", true } }, 1)));
        const Recipe recipe = document->recipe();
        QCOMPARE(recipe.steps.size(), std::size_t(2));

        const auto again = opened();
        const auto parsed = parseRecipe(toJson(recipe).dump(), "recipe");
        QVERIFY2(parsed, parsed ? "" : parsed.error().message.c_str());
        QVERIFY(again->apply(*parsed, ".", {}));
        for (const char* name : { "a.weight", "b.weight" })
            QCOMPARE(floatsOf(again->edited(), name), floatsOf(document->edited(), name));
        QCOMPARE(floatsOf(document->edited(), "b.weight"),
            changeOrder ? Floats({ 0, 1, 2, 3, 100, 100 }) : Floats({ 1, 2, 2, 3, 100, 100 }));
    }

    void aChangedLayoutKeepsTheEdits()
    {
        const auto document = opened();
        QVERIFY(append(*document, step(Operation::Set, { { "a.weight[0]", false } }, 9)));
        LayoutSpec spec;
        spec.only = { "b.*" };
        QVERIFY(document->setLayout(spec));
        QCOMPARE(document->layout()->numel(), Count(6));
        QVERIFY(document->modified());
        QCOMPARE(floatsOf(document->edited(), "a.weight"), Floats({ 9, 1, 2, 3 }));
    }

    void savesOverItselfAndOpensAgain()
    {
        const auto document = opened();
        QVERIFY(append(*document, step(Operation::Multiply, { { "a.weight", false } }, 0.5)));
        const auto before = readBytes(m_path);
        const auto receipt = document->saveAs(m_path, {}, {});
        QVERIFY2(receipt, receipt ? "" : receipt.error().message.c_str());
        QCOMPARE(receipt->tensors.size(), std::size_t(1));
        QCOMPARE(receipt->tensors.front().elementsChanged, 3);
        const auto again = opened();
        QVERIFY(!again->modified());
        QCOMPARE(floatsOf(again->edited(), "a.weight"), Floats({ 0, 0.5, 1, 1.5 }));
        QVERIFY(readBytes(m_path) != before);
    }

    void aBrokenFileIsASentence()
    {
        writeBytes(m_path, std::vector<std::byte>(100, std::byte { 7 }));
        const auto document = Document::open(m_path);
        QVERIFY(!document);
        QVERIFY(document.error().message.find("net.safetensors") != std::string::npos);
        QVERIFY(document.error().message.size() <= 300);
    }
};

QTEST_GUILESS_MAIN(TestDocument)
#include "tst_document.moc"
