// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/windowfixture.h"
#include "items/lessonshapes.h"
#include "items/lessontables.h"
#include "widgets/lessonpages.h"
#include "widgets/lessonpane.h"
#include "widgets/lessonpicture.h"
#include "widgets/questiontable.h"

#include <QComboBox>
#include <QLineEdit>
#include <QSlider>

using namespace ravel;
using namespace Qt::StringLiterals;
using List = std::vector<std::int64_t>;

// The steps of the lesson that LibTorch itself answers, in the real window.
class TestTorchLesson : public QObject, WindowFixture {
    Q_OBJECT
    LessonPane& pane() { return *panes().lesson; }
    Lesson& lesson() { return pane().lesson(); }
    LessonPage& page() { return *pane().page(lesson().step()); }
    bool answered(TableTask& task)
    {
        return QTest::qWaitFor([&] { return !task.asking() && !task.questions().empty() && task.questions().front().right >= 0; }, 30000);
    }
    void predict(int question, int choice) { Q_EMIT page().table()->chooser(question)->activated(1 + choice); }

private Q_SLOTS:
    void initTestCase() { useOwnSettings("ravel-test-torchlesson"); }
    void init()
    {
        QSettings().clear();
        QVERIFY(openWindow(writeSample(m_folder), { 1600, 1000 }));
        m_window->resize(1600, 1000); // the screen is smaller
        QCoreApplication::processEvents();
        trigger("layout.teach");
        trigger("pane.lesson");
        QVERIFY(QTest::qWaitFor([&] { return pane().picture()->width() > 450; }));
    }
    void cleanup() { m_window.reset(); }

    void aTransposedTensorHasNoView()
    {
        slice("counting");
        trigger("lesson.contiguity");
        ContiguityTask& task = lesson().contiguity();
        QVERIFY(answered(task));
        QVERIFY2(task.trouble().isEmpty(), qPrintable(task.trouble()));
        QCOMPARE(task.contiguous(), std::optional(false));
        QCOMPARE(task.shape(), (List { 2, 4, 3 }));
        QVERIFY(page().table()->words(0).isEmpty()); // predict, then reveal
        predict(0, 0);
        QVERIFY(task.questions()[0].open());
        predict(0, 2);
        QVERIFY(!task.questions()[0].open());
        QVERIFY2(page().table()->words(0).startsWith(u"view size is not compatible with input tensor's size and stride"_s), qPrintable(page().table()->words(0)));
        QVERIFY(!lesson().done(LessonStep::Contiguity));
        predict(1, 1);
        predict(2, 1);
        QVERIFY(page().table()->words(2).contains(u"copied"_s));
        QVERIFY(lesson().done(LessonStep::Contiguity));
        // A shape that keeps the transposed strides can be viewed: (2, 4, 3) as (2, 4, 3, 1).
        QVERIFY(task.setTarget(u"2, 4, 3, 1"_s));
        QVERIFY(answered(task));
        predict(0, 0);
        QCOMPARE(task.questions()[0].state(), Guess::Right);
        QVERIFY(!task.setTarget(u"two"_s));
        QVERIFY(task.setTarget(u"5, 5"_s));
        QVERIFY(answered(task));
        task.reveal();
        QVERIFY2(page().table()->words(1).contains(u"invalid for input of size 24"_s), qPrintable(page().table()->words(1)));
    }
    // Where the transposed tensor is contiguous all the same, right predictions show nothing of what is to be learned.
    void aContiguousOneDoesNotCount()
    {
        slice("half");
        trigger("lesson.contiguity");
        ContiguityTask& task = lesson().contiguity();
        QVERIFY(answered(task));
        QCOMPARE(task.contiguous(), std::optional(true));
        for (int i = 0; i < 3; ++i)
            predict(i, 0);
        for (const LessonQuestion& question : task.questions())
            QCOMPARE(question.state(), Guess::Right);
        QVERIFY(!lesson().done(LessonStep::Contiguity));
    }
    void aBatchOfOneIsATrap()
    {
        slice("counting");
        trigger("lesson.batch");
        BatchTask& task = lesson().batch();
        QVERIFY(answered(task));
        const auto rights = [&task] {
            std::vector<int> all;
            for (const LessonQuestion& question : task.questions())
                all.push_back(question.right);
            return all;
        };
        enum { Rows, OneRow, Other, Fails };
        QCOMPARE(rights(), (std::vector<int> { Rows, OneRow, Other, OneRow }));
        for (int i = 0; i < 4; ++i)
            predict(i, rights()[static_cast<std::size_t>(i)]);
        QVERIFY(!lesson().done(LessonStep::Batch));
        QVERIFY(task.why().isEmpty());
        page().findChild<QSlider*>(u"lessonBatch"_s)->setValue(2);
        QVERIFY(answered(task));
        QCOMPARE(pane().picture()->scene().shape, (List { 2, 2, 3, 4 }));
        QCOMPARE(rights(), (std::vector<int> { Rows, OneRow, Rows, Fails })); // the same lines, other results
        for (int i = 0; i < 4; ++i)
            predict(i, rights()[static_cast<std::size_t>(i)]);
        QVERIFY(lesson().done(LessonStep::Batch));
        QVERIFY(!task.why().isEmpty());
        QVERIFY(page().table()->words(3).contains(u"view size is not compatible"_s));
        QVERIFY(QTest::qWaitFor([&] { return pane().picture()->complete(); }, 20000));
        QCOMPARE(pane().picture()->stripText(24 + 7), u"7"_s); // the second of the batch is the tensor again
    }
    // Asked about two before one was answered: one is asked again when it comes back.
    void aFastSlider()
    {
        slice("counting");
        trigger("lesson.batch");
        BatchTask& task = lesson().batch();
        task.setBatch(2);
        task.setBatch(3);
        task.setBatch(1);
        QVERIFY(answered(task));
        task.setBatch(2);
        QVERIFY(answered(task));
    }
    void typedTextStaysWhenAnswersCome()
    {
        slice("counting");
        trigger("lesson.contiguity");
        QComboBox* target = nullptr;
        for (QComboBox* box : page().findChildren<QComboBox*>())
            if (box->isEditable())
                target = box;
        QVERIFY(target);
        target->setEditText(u"6, 4"_s);
        QVERIFY(answered(lesson().contiguity()));
        QCOMPARE(target->currentText(), u"6, 4"_s);
        QTest::keyClick(target->lineEdit(), Qt::Key_Return);
        QCOMPARE(lesson().contiguity().target(), u"6, 4"_s);
    }
    void flattenIsAnsweredByLibTorch()
    {
        slice("counting");
        trigger("lesson.flatten");
        FlattenTask& task = lesson().flatten();
        QVERIFY(QTest::qWaitFor([&] { return !task.torch().isEmpty(); }, 30000));
        QVERIFY2(task.torch().startsWith(u"shape (6, 4), stride (4, 1); the same storage"_s), qPrintable(task.torch()));
        task.setDims(2, 0); // the wrong way round
        QVERIFY(QTest::qWaitFor([&] { return !task.torch().isEmpty(); }, 30000));
        QVERIFY2(task.torch().contains(u"start_dim cannot come after end_dim"_s), qPrintable(task.torch()));
        task.guess(u"(6, 4)"_s);
        QCOMPARE(task.state(), Guess::None); // there is nothing to predict
    }
    // Each step on tensors of other kinds: a number, a vector, a half.
    void everyStepTakesEveryTensor()
    {
        for (const char* name : { "step", "half", "encoder.layers.0.weight" }) {
            slice(name);
            for (const LessonStep step : allLessonSteps) {
                lesson().setStep(step);
                if (auto* table = dynamic_cast<TableTask*>(&lesson().task())) {
                    QVERIFY2(QTest::qWaitFor([&] { return !table->asking(); }, 30000), name);
                    QVERIFY2(table->trouble().isEmpty(), qPrintable(table->trouble()));
                    for (const LessonQuestion& question : table->questions())
                        QVERIFY2(question.right >= 0 || !question.possible, qPrintable(question.call));
                }
                lesson().task().reveal();
                lesson().task().another();
                QVERIFY(QTest::qWaitFor([&] { return pane().picture()->complete(); }, 20000));
            }
        }
    }
};

QTEST_MAIN(TestTorchLesson)
#include "tst_torchlesson.moc"
