// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/lessonshapes.h"
#include "items/lessontables.h"
#include "items/treemodel.h"
#include "widgets/answerrow.h"
#include "widgets/heatpane.h"
#include "widgets/heatplot.h"
#include "widgets/lessonpages.h"
#include "widgets/lessonpane.h"
#include "widgets/lessonpicture.h"
#include "widgets/offsetmap.h"
#include "widgets/questiontable.h"
#include "windowfixture.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QSlider>
#include <QTabBar>

using namespace ravel;
using namespace Qt::StringLiterals;
using List = std::vector<std::int64_t>;

namespace {

// bias (5,) 100..104; counting (2, 3, 4) 0..23; turned (3, 4) a transposed view of (4, 3) counting; one () ; none (0, 3); kernels (6, 2, 3, 3) counting
std::vector<std::byte> fileBytes()
{
    std::vector<float> bias { 100, 101, 102, 103, 104 };
    return safetensorsBytes({ storageOf(Dtype::Float32, bias), countingStorage(Dtype::Float32, 24), storageOf<float>(Dtype::Float32, { 3.25f }),
                                storageOf<float>(Dtype::Float32, {}), countingStorage(Dtype::Float32, 108) },
        { { "bias", 0, { 5 }, {} }, { "counting", 1, { 2, 3, 4 }, {} }, { "one", 2, {}, {} }, { "none", 3, { 0, 3 }, {} }, { "kernels", 4, { 6, 2, 3, 3 }, {} } });
}

} // namespace

// The lesson in the real window, without LibTorch: tests/torch has the steps that it answers.
class TestLesson : public QObject, WindowFixture {
    Q_OBJECT
    LessonPane& pane() { return *panes().lesson; }
    Lesson& lesson() { return pane().lesson(); }
    LessonPicture& picture() { return *pane().picture(); }
    LessonPage& page() { return *pane().page(lesson().step()); }
    void typeAnswer(const char* text)
    {
        type(page().answer()->edit(), text);
        QTest::keyClick(page().answer()->edit(), Qt::Key_Return);
    }
    void click(const QRect& cell) { QTest::mouseClick(&picture(), Qt::LeftButton, {}, cell.center()); }
    bool read()
    {
        return QTest::qWaitFor([&] { return picture().complete(); }, 20000);
    }

private Q_SLOTS:
    void initTestCase()
    {
        useOwnSettings("ravel-test-lesson");
        writeBytes(m_folder.filePath(u"ravel_torch.so"_s).toStdString(), {}); // found first, and no library
        qputenv("RAVEL_PLUGIN_PATH", m_folder.path().toUtf8());
    }
    void init()
    {
        QSettings().clear();
        const QString path = m_folder.filePath(u"lesson.safetensors"_s);
        writeBytes(path.toStdString(), fileBytes());
        QVERIFY(openWindow(path, { 1600, 1000 }));
        m_window->resize(1600, 1000);      // the screen is smaller
        QCoreApplication::processEvents(); // the docks are where a file puts them first
        trigger("layout.teach");
        trigger("pane.lesson");
        QVERIFY(pane().isVisible());
        QVERIFY2(QTest::qWaitFor([&] { return picture().width() > 450; }), qPrintable(QString::number(picture().width())));
    }
    void cleanup() { m_window.reset(); }

    void everythingIsACommand()
    {
        QCOMPARE(action("pane.lesson")->shortcut(), QKeySequence(Qt::ALT | Qt::Key_6));
        for (const char* id : { "lesson.index", "lesson.flatten", "lesson.contiguity", "lesson.batch", "lesson.unflatten", "lesson.templates", "lesson.next",
                 "lesson.previous", "lesson.reveal", "lesson.another", "lesson.predicts" })
            QVERIFY2(action(id)->isEnabled(), id);
        QVERIFY(!action("lesson.startOver")->isEnabled()); // nothing is done yet
        trigger("lesson.unflatten");
        QCOMPARE(lesson().step(), LessonStep::Unflatten);
        trigger("lesson.next");
        QCOMPARE(lesson().step(), LessonStep::Templates);
        trigger("lesson.next");
        QCOMPARE(lesson().step(), LessonStep::Index);
        QCOMPARE(pane().findChild<QTabBar*>(u"lessonSteps"_s)->currentIndex(), 0);
        const auto menus = m_window->menuBar()->actions();
        const auto learn = std::find_if(menus.begin(), menus.end(), [](QAction* menu) { return menu->text() == u"&Learn"_s; });
        QVERIFY((*learn)->menu()->actions().contains(action("lesson.flatten")));
    }
    void nothingIsOpen()
    {
        m_window = another();
        QVERIFY(!action("lesson.index")->isEnabled());
        QVERIFY(!action("pane.lesson")->isEnabled());
    }
    // With nothing selected there is a lesson all the same; what is selected becomes its subject.
    void itFollowsTheSelection()
    {
        QVERIFY(lesson().subject());
        QCOMPARE(lesson().subject()->name, u"bias"_s);
        slice("counting[1, 2, 3]");
        QCOMPARE(lesson().subject()->name, u"counting"_s);
        QCOMPARE(lesson().subject()->at, (List { 1, 2, 3 }));
        slice("kernels[4]");
        QCOMPARE(lesson().subject()->at, (List { 4, 0, 0, 0 }));
        trigger("select.none");
        QCOMPARE(lesson().subject()->name, u"kernels"_s);
        slice("none");
        QVERIFY(!lesson().subject());
        QVERIFY2(pane().message().contains(u"no elements"_s), qPrintable(pane().message()));
        slice("one");
        QVERIFY(lesson().subject());
        QVERIFY(picture().cellRect({}));
    }
    void aHiddenLessonDoesNothing()
    {
        slice("counting");
        panes().lessonDock->hide();
        slice("kernels");
        QCOMPARE(lesson().subject()->name, u"counting"_s);
        trigger("pane.lesson");
        QCOMPARE(lesson().subject()->name, u"kernels"_s);
    }
    // The picture holds the numbers; the one that is asked for is hidden.
    void gridsAndStripShowTheNumbers()
    {
        slice("counting[1, 2, 3]");
        QVERIFY(read());
        QCOMPARE(picture().cellText({ 0, 1, 2 }), u"6"_s);
        QCOMPARE(picture().cellText({ 1, 2, 3 }), u"?"_s);
        QCOMPARE(picture().stripText(6), u"6"_s);
        page().answer()->edit()->clear();
        trigger("lesson.reveal");
        QVERIFY(read());
        QCOMPARE(picture().cellText({ 1, 2, 3 }), u"23"_s);
        slice("bias[2]");
        QVERIFY(read());
        QCOMPARE(picture().stripText(0), u"100"_s);
    }
    void anEditedNumberIsShownEdited()
    {
        slice("counting[0, 1, 2]");
        QVERIFY(read());
        QVERIFY(edit(Operation::Multiply, "10"));
        QVERIFY(QTest::qWaitFor([&] { return picture().stripText(6) == u"60"_s; }, 20000));
    }
    // Predict, then reveal: neither sum nor strip tells before.
    void aPlaceIsPredicted()
    {
        slice("counting[1, 2, 3]");
        trigger("lesson.index");
        QVERIFY(page().arithmetic().contains(u"<b>?</b>"_s));
        QVERIFY(!page().arithmetic().contains(u"<b>23</b>"_s));
        QVERIFY(!picture().scene().litOnStrip);
        typeAnswer("x");
        QVERIFY(!lesson().done(LessonStep::Index));
        QVERIFY(page().answer()->words().contains(u"no number"_s));
        typeAnswer("11");
        QCOMPARE(lesson().index().state(), Guess::Wrong);
        QVERIFY2(page().answer()->words().contains(u"[0, 2, 3]"_s), qPrintable(page().answer()->words())); // what stands there
        typeAnswer("24");
        QVERIFY(page().answer()->words().contains(u"outside"_s));
        typeAnswer("23");
        QCOMPARE(lesson().index().state(), Guess::Right);
        QVERIFY(lesson().done(LessonStep::Index));
        QVERIFY(page().arithmetic().contains(u"<b>23</b>"_s));
        QVERIFY(page().arithmetic().contains(u"<b>28</b>"_s)); // in the flat vector, behind the five of bias
        QVERIFY(picture().scene().litOnStrip);
        QVERIFY(pane().findChild<QTabBar*>(u"lessonSteps"_s)->tabText(0).startsWith(u"✓"_s));
    }
    void thePlaceInTheWholeVectorIsRightToo()
    {
        slice("counting[1, 2, 3]");
        typeAnswer("28");
        QCOMPARE(lesson().index().state(), Guess::Right);
    }
    // What was shown before it was predicted completes nothing; another element can be asked for.
    void revealingDoesNotComplete()
    {
        slice("counting[1, 2, 3]");
        trigger("lesson.reveal");
        QCOMPARE(lesson().index().state(), Guess::Shown);
        QVERIFY(!lesson().done(LessonStep::Index));
        QVERIFY(!page().answer()->edit()->isEnabled());
        lesson().index().guess(u"23"_s);
        QVERIFY(!lesson().done(LessonStep::Index));
        const List before = lesson().subject()->at;
        trigger("lesson.another");
        QVERIFY(lesson().subject()->at != before);
        QCOMPARE(lesson().index().state(), Guess::None);
        QVERIFY(page().answer()->edit()->isEnabled());
    }
    // An element that is clicked is lit in every pane as soon as it has been answered, and not before.
    void theElementIsLitEverywhere()
    {
        slice("counting[0, 0, 0]");
        QVERIFY(read());
        const auto cell = picture().cellRect({ 1, 1, 2 });
        QVERIFY(cell);
        click(*cell);
        QCOMPARE(lesson().subject()->at, (List { 1, 1, 2 }));
        QCOMPARE(selected(), u"counting[0, 0, 0]"_s);
        typeAnswer("18");
        QCOMPARE(selected(), u"counting[1, 1, 2]"_s);
        QCOMPARE(panes().heat->view()->at[0], 1); // the heat map has turned to it
        const FlatCover cover = flatCover(*session().document()->layout(), selection().selection(), 4);
        QCOMPARE(cover.ranges.front().begin, FlatIndex(5 + 18));
        // Where nothing is asked of it, at once.
        click(*picture().cellRect({ 1, 0, 0 }));
        QCOMPARE(selected(), u"counting[1, 1, 2]"_s);
        trigger("lesson.flatten");
        QCOMPARE(selected(), u"counting[1, 0, 0]"_s);
        QVERIFY(read());
        const auto next = picture().cellRect({ 0, 2, 1 });
        QVERIFY(next);
        click(*next);
        QCOMPARE(selected(), u"counting[0, 2, 1]"_s);
    }
    void thePointerIsSharedWithTheMap()
    {
        slice("counting[0, 0, 0]");
        trigger("lesson.reveal");
        moveTo(picture(), picture().cellRect({ 1, 0, 1 })->center());
        QCOMPARE(selection().hovered(), std::optional(FlatIndex(5 + 13)));
        moveTo(picture(), picture().stripRect(3)->center());
        QCOMPARE(selection().hovered(), std::optional(FlatIndex(5 + 3)));
    }
    // A pixel of the lit cell has another colour than its neighbour, in the grid and on the strip.
    void theLitCellIsSeen()
    {
        slice("counting[0, 1, 2]");
        trigger("lesson.reveal");
        QVERIFY(read());
        const QImage image = picture().grab().toImage();
        const auto ground = [&image](const QRect& cell) { return image.pixelColor(cell.topLeft() + QPoint(4, 4)); };
        QVERIFY(ground(*picture().cellRect({ 0, 1, 2 })) != ground(*picture().cellRect({ 0, 1, 1 })));
        QVERIFY(ground(*picture().stripRect(6)) != ground(*picture().stripRect(5)));
        QCOMPARE(ground(*picture().cellRect({ 0, 1, 1 })), ground(*picture().stripRect(5)));                  // one row, one shade
        QVERIFY(ground(*picture().cellRect({ 0, 0, 1 })) != ground(*picture().cellRect({ 0, 1, 1 })));
    }
    void arrowsMoveInTheGrids()
    {
        slice("counting[0, 0, 0]");
        trigger("pane.lesson");
        QVERIFY(picture().hasFocus());
        for (const Qt::Key key : { Qt::Key_Right, Qt::Key_Down, Qt::Key_Down, Qt::Key_PageDown, Qt::Key_Left, Qt::Key_Left })
            QTest::keyClick(&picture(), key);
        QCOMPARE(lesson().subject()->at, (List { 1, 2, 0 }));
        QVERIFY2(picture().accessibleDescription().contains(u"[1, 2, 0]"_s), qPrintable(picture().accessibleDescription()));
    }
    void aShapeIsPredicted()
    {
        slice("counting[1, 2, 3]");
        trigger("lesson.flatten");
        QCOMPARE(lesson().flatten().start(), 0);
        QCOMPARE(lesson().flatten().end(), 1);
        QCOMPARE(picture().scene().shape, (List { 2, 3, 4 }));
        typeAnswer("(2, 12)");
        QVERIFY(page().answer()->words().contains(u"other dimensions"_s));
        typeAnswer("5 4");
        QVERIFY(page().answer()->words().contains(u"do not hold"_s));
        typeAnswer("(6, 4)");
        QVERIFY(lesson().done(LessonStep::Flatten));
        QVERIFY(page().arithmetic().contains(u"[5, 3]"_s)); // where the element stands then
        QCOMPARE(picture().scene().shape, (List { 6, 4 }));
        QCOMPARE(picture().scene().at, (List { 5, 3 }));
        // The sliders open another question.
        page().findChild<QSlider*>(u"lessonStart"_s)->setValue(1);
        page().findChild<QSlider*>(u"lessonEnd"_s)->setValue(2);
        QCOMPARE(lesson().flatten().state(), Guess::None);
        typeAnswer("(2, 12)");
        QCOMPARE(lesson().flatten().state(), Guess::Right);
    }
    // One dimension alone leaves everything as it is: that is right, and no lesson.
    void oneDimensionAloneIsNotDone()
    {
        slice("bias");
        trigger("lesson.flatten");
        typeAnswer("(5,)");
        QCOMPARE(lesson().flatten().state(), Guess::Right);
        QVERIFY(!lesson().done(LessonStep::Flatten));
    }
    void anIndexIsPredicted()
    {
        slice("counting[0, 0, 0]");
        trigger("lesson.unflatten");
        QVERIFY(read());
        const auto place = picture().stripRect(6);
        QVERIFY(place);
        click(*place);
        for (const char* line : { "bias", "<b>counting</b>", "<b>(2, 3, 4)</b>", "11 − 5" }) // the template, and the place in the whole vector
            QVERIFY2(page().arithmetic().contains(QString::fromUtf8(line)), qPrintable(page().arithmetic()));
        QCOMPARE(picture().stripText(6), u"?"_s);
        QVERIFY(!picture().scene().litInGrid);
        typeAnswer("[1, 2]");
        QVERIFY(page().answer()->words().contains(u"3 dimension"_s));
        typeAnswer("[0, 2, 1]");
        QVERIFY2(page().answer()->words().contains(u"place 9"_s), qPrintable(page().answer()->words()));
        typeAnswer("[0, 3, 1]");
        QVERIFY(page().answer()->words().contains(u"outside"_s));
        typeAnswer("[0, 1, 2]");
        QVERIFY(lesson().done(LessonStep::Unflatten));
        QCOMPARE(selected(), u"counting[0, 1, 2]"_s);
        QVERIFY(picture().scene().litInGrid);
        QVERIFY(page().arithmetic().contains(u"[0, 1, 2]"_s));
    }
    // Each way in which a template is wrong is predicted; the verdicts are those of the program's own readers.
    void templatesArePredicted()
    {
        slice("counting[1, 0, 2]");
        trigger("lesson.templates");
        TemplateTask& task = lesson().templates();
        QVERIFY(QTest::qWaitFor([&] { return !task.asking(); }, 20000));
        QVERIFY(task.questions().size() >= 10);
        QVERIFY(!picture().isVisible());
        int seen[4] {}, asked = 0;
        for (std::size_t i = 0; i < task.questions().size(); ++i) {
            if (!task.questions()[i].possible)
                continue;
            ++asked;
            const int right = task.questions()[i].right;
            QVERIFY(right >= 0 && right < 4);
            ++seen[right];
            QVERIFY(page().table()->words(static_cast<int>(i)).isEmpty()); // nothing is told before
            QComboBox* choice = page().table()->chooser(static_cast<int>(i));
            if (asked == 1) { // a wrong prediction leaves the answer hidden
                choice->setCurrentIndex(1 + (right + 1) % 4);
                Q_EMIT choice->activated(1 + (right + 1) % 4);
                QVERIFY(task.questions()[i].open());
                QVERIFY(page().table()->words(static_cast<int>(i)).startsWith(u"✗"_s));
            }
            QVERIFY(!lesson().done(LessonStep::Templates));
            Q_EMIT choice->activated(1 + right);
            QVERIFY(!task.questions()[i].open());
            QCOMPARE(page().table()->words(static_cast<int>(i)), task.questions()[i].words);
        }
        QVERIFY(lesson().done(LessonStep::Templates));
        QVERIFY(seen[0] >= 1 && seen[1] >= 5 && seen[3] >= 1); // some are right, most are refused, some go unnoticed
        bool quoted = false;
        for (const LessonQuestion& question : task.questions())
            quoted |= question.words.contains(u"counting"_s);
        QVERIFY(quoted);
    }
    // Without LibTorch its steps say so, and can't be done; the others are as they were.
    void withoutLibTorchItIsSaid()
    {
        slice("counting[1, 0, 2]");
        trigger("lesson.contiguity");
        QVERIFY(QTest::qWaitFor([&] { return !lesson().contiguity().trouble().isEmpty(); }, 20000));
        QVERIFY2(lesson().contiguity().trouble().contains(u"LibTorch"_s), qPrintable(lesson().contiguity().trouble()));
        lesson().contiguity().guess(0, 2);
        QVERIFY(lesson().contiguity().questions()[0].open());
        // What needs no LibTorch is there: the transposed strides, and the walk over memory.
        QCOMPARE(picture().scene().stride, (List { 12, 1, 4 }));
        QVERIFY(picture().scene().memory);
        QCOMPARE(picture().cellText({ 0, 1, 2 }), u"9"_s); // its place in memory
    }
    void nothingIsHiddenWhereNothingIsPredicted()
    {
        slice("counting[1, 2, 3]");
        trigger("lesson.predicts");
        QVERIFY(!pane().findChild<QCheckBox*>()->isChecked());
        QVERIFY(page().arithmetic().contains(u"<b>23</b>"_s));
        QVERIFY(!action("lesson.reveal")->isEnabled());
        click(*picture().cellRect({ 1, 2, 2 }));
        QCOMPARE(selected(), u"counting[1, 2, 2]"_s);
        QVERIFY(page().arithmetic().contains(u"<b>22</b>"_s));
        QCOMPARE(lesson().doneCount(), 0);
        trigger("lesson.predicts");
        QVERIFY(page().arithmetic().contains(u"<b>?</b>"_s));
    }
    void startingOverHidesNothingThen()
    {
        slice("counting[1, 2, 3]");
        typeAnswer("23");
        trigger("lesson.predicts");
        trigger("lesson.startOver");
        QVERIFY(page().arithmetic().contains(u"<b>23</b>"_s));
        slice("bias");
        trigger("lesson.flatten");
        slice("counting");
        trigger("lesson.another");
        QVERIFY(lesson().flatten().state() == Guess::Shown);
    }
    // Pointing at the element that is asked for does not tell where it stands; nor does what a screen reader hears.
    void pointingDoesNotTell()
    {
        slice("counting[0, 0, 0]");
        click(*picture().cellRect({ 1, 1, 2 }));
        moveTo(picture(), picture().cellRect({ 1, 1, 1 })->center());
        QCOMPARE(selection().hovered(), std::optional(FlatIndex(5 + 17)));
        moveTo(picture(), picture().cellRect({ 1, 1, 2 })->center());
        QCOMPARE(selection().hovered(), std::nullopt);
        QVERIFY(!picture().accessibleDescription().contains(u"18"_s));
        trigger("lesson.unflatten");
        QVERIFY(!picture().accessibleDescription().contains(u"[1, 1, 2]"_s));
        typeAnswer("[1, 1, 2]");
        QVERIFY(picture().accessibleDescription().contains(u"[1, 1, 2]"_s));
        moveTo(picture(), picture().cellRect({ 1, 1, 2 })->center());
        QCOMPARE(selection().hovered(), std::optional(FlatIndex(5 + 18)));
    }
    // Edited, undone and opened anew while nobody looks.
    void whatHappensWhileItIsHidden()
    {
        slice("counting[0, 1, 2]");
        trigger("lesson.templates");
        QVERIFY(QTest::qWaitFor([&] { return !lesson().templates().asking(); }, 20000));
        panes().lessonDock->hide();
        QVERIFY(edit(Operation::Multiply, "10"));
        QVERIFY(lesson().templates().questions().empty());
        trigger("pane.lesson");
        QVERIFY(QTest::qWaitFor([&] { return !lesson().templates().asking() && !lesson().templates().questions().empty(); }, 20000));
        QVERIFY(page().table()->chooser(0)->isVisible());
        panes().lessonDock->hide();
        trigger("edit.undo");
        const QString path = m_folder.filePath(u"few.safetensors"_s);
        writeBytes(path.toStdString(), safetensorsBytes({ countingStorage(Dtype::Float32, 6) }, { { "w", 0, { 2, 3 }, {} } }));
        QVERIFY(open(*m_window, path));
        QVERIFY(!lesson().subject()); // nothing of the old file stays, though nobody looks
        QVERIFY(!picture().cellRect({ 0, 1, 2 }));
        slice("w[1, 1]");
        QVERIFY(edit(Operation::Multiply, "10"));
        trigger("pane.lesson");
        trigger("lesson.index");
        trigger("lesson.reveal");
        QVERIFY(QTest::qWaitFor([&] { return picture().cellText({ 1, 1 }) == u"40"_s; }, 20000));
    }
    // A tensor outside the layout has no template: nothing can be predicted, so nothing is done.
    void aTensorOutsideTheLayout()
    {
        LayoutSpec spec = session().document()->layout()->spec();
        spec.only = { "counting" };
        QSignalSpy laidOut(&session(), &Session::layoutChanged);
        session().setLayout(spec);
        QVERIFY(waitFor(laidOut));
        slice("kernels");
        QCOMPARE(lesson().subject()->name, u"kernels"_s);
        QVERIFY(!lesson().subject()->offset);
        trigger("lesson.templates");
        QVERIFY(QTest::qWaitFor([&] { return !lesson().templates().asking(); }, 20000));
        QVERIFY(!lesson().done(LessonStep::Templates));
    }
    // A place is read as it is shown, with the locale's groups; and it is shown whole.
    void largePlaces()
    {
        const QString path = m_folder.filePath(u"large.safetensors"_s);
        writeBytes(path.toStdString(), safetensorsBytes({ countingStorage(Dtype::Float32, 4'000'000) }, { { "w", 0, { 2000, 2000 }, {} } }));
        QVERIFY(open(*m_window, path));
        slice("w[1234, 567]");
        typeAnswer("2,468,567");
        QCOMPARE(lesson().index().state(), Guess::Right);
        trigger("lesson.contiguity");
        const QFontMetrics metrics(picture().font());
        QVERIFY(picture().stripRect(2'468'567));
        QVERIFY(picture().stripRect(2'468'567)->width() > metrics.horizontalAdvance(u"2,468,567"_s) * 8 / 10); // in the small font
    }
    void everyDimensionIsReachedByKey()
    {
        slice("kernels[0, 1, 0, 0]");
        trigger("pane.lesson");
        QTest::keyClick(&picture(), Qt::Key_PageDown);
        QCOMPARE(lesson().subject()->at, (List { 1, 0, 0, 0 }));
        QTest::keyClick(&picture(), Qt::Key_PageUp);
        QTest::keyClick(&picture(), Qt::Key_PageUp);
        QTest::keyClick(&picture(), Qt::Key_PageUp);
        QCOMPARE(lesson().subject()->at, (List { 0, 0, 0, 0 }));
        trigger("lesson.reveal");
        QTest::keyClick(&picture(), Qt::Key_End);
        QVERIFY(picture().stripRect(107));
        QTest::keyClick(&picture(), Qt::Key_Home);
        QVERIFY(picture().stripRect(0));
    }
    void whatIsDoneIsKept()
    {
        slice("counting[1, 2, 3]");
        typeAnswer("23");
        m_window = another();
        QVERIFY(open(*m_window, m_folder.filePath(u"lesson.safetensors"_s)));
        QVERIFY(lesson().done(LessonStep::Index));
        QCOMPARE(lesson().doneCount(), 1);
        QVERIFY(action("lesson.startOver")->isEnabled());
        trigger("lesson.startOver");
        QCOMPARE(lesson().doneCount(), 0);
        QVERIFY(!action("lesson.startOver")->isEnabled());
    }
    // 100 GB that are nearly all hole: what is in view is all that is read.
    void aHugeTensor()
    {
        const QString path = m_folder.filePath(u"huge.safetensors"_s);
        const std::int64_t side = 160'000;
        const std::string header = R"({"w":{"dtype":"F32","shape":[160000,160000],"data_offsets":[0,)" + std::to_string(side * side * 4) + "]}}";
        QByteArray bytes(8, '\0');
        const auto length = static_cast<quint64>(header.size());
        std::memcpy(bytes.data(), &length, 8);
        bytes += QByteArray::fromStdString(header);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.resize(bytes.size() + side * side * 4));
        file.close();
        QVERIFY(open(*m_window, path));
        slice("w[159999, 159998]");
        QVERIFY(read());
        QVERIFY(picture().cellRect({ 159999, 159998 }));
        typeAnswer("25599999998");
        QCOMPARE(lesson().index().state(), Guess::Right);
        QVERIFY(read());
        QCOMPARE(picture().cellText({ 159999, 159998 }), u"0"_s);
        trigger("lesson.templates");
        QVERIFY(QTest::qWaitFor([&] { return !lesson().templates().asking(); }, 20000));
        QVERIFY(!lesson().templates().questions().empty());
        m_window.reset();
        QFile::remove(path);
    }
    // Another file under the same name of a tensor: nothing of the old one stays.
    void anotherFile()
    {
        slice("counting[1, 2, 3]");
        trigger("lesson.contiguity");
        const QString path = m_folder.filePath(u"other.safetensors"_s);
        writeBytes(path.toStdString(), safetensorsBytes({ countingStorage(Dtype::Float32, 6) }, { { "counting", 0, { 6 }, {} } }));
        QVERIFY(open(*m_window, path));
        QVERIFY(lesson().subject());
        QCOMPARE(lesson().subject()->shape, (List { 6 }));
        QCOMPARE(picture().scene().shape, (List { 6 }));
        for (const LessonStep step : allLessonSteps)
            lesson().setStep(step);
    }
};

QTEST_MAIN(TestLesson)
#include "tst_lesson.moc"
