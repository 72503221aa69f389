// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/lessoncommands.h"

#include <QDockWidget>
#include <QMenu>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "app/samples.h"
#include "items/lesson.h"
#include "items/session.h"
#include "widgets/lessonpane.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::array stepIds { "lesson.index", "lesson.flatten", "lesson.contiguity", "lesson.batch", "lesson.unflatten", "lesson.templates" };
static_assert(stepIds.size() == allLessonSteps.size());

void showPane(MainWindow& w)
{
    w.panes().lessonDock->show();
    w.panes().lessonDock->raise();
}

void step(MainWindow& w, int by)
{
    Lesson& lesson = w.panes().lesson->lesson();
    const int count = static_cast<int>(allLessonSteps.size()), next = (static_cast<int>(lesson.step()) + by + count) % count;
    showPane(w);
    lesson.setStep(allLessonSteps[static_cast<std::size_t>(next)]);
}

void update(MainWindow& w)
{
    Actions& a = w.actions();
    const Lesson& lesson = w.panes().lesson->lesson();
    const bool open = w.session().document() != nullptr;
    for (const Actions::Command& command : a.all())
        if (command.id.startsWith(u"lesson."_s))
            a.setEnabled(command.id, open, MainWindow::tr("nothing is open"));
    a.setEnabled(u"lesson.reveal"_s, open && lesson.predicts(), open ? MainWindow::tr("everything is shown") : MainWindow::tr("nothing is open"));
    a.setEnabled(u"lesson.startOver"_s, open && lesson.doneCount() > 0, open ? MainWindow::tr("no step is done") : MainWindow::tr("nothing is open"));
    a[u"lesson.predicts"_s]->setChecked(lesson.predicts());
}

} // namespace

void registerLessonCommands(MainWindow& w)
{
    Actions& a = w.actions();
    LessonPane& pane = *w.panes().lesson;
    Lesson& lesson = pane.lesson();
    a.beginGroup(MainWindow::tr("Lesson"));
    for (std::size_t i = 0; i < stepIds.size(); ++i)
        a.add(QString::fromLatin1(stepIds[i]), MainWindow::tr("Lesson: %1").arg(lesson.task(allLessonSteps[i]).title()), {}, [&w, &lesson, i] {
            showPane(w);
            lesson.setStep(allLessonSteps[i]);
        });
    a.add(u"lesson.next"_s, MainWindow::tr("Lesson: &Next Step"), {}, [&w] { step(w, 1); });
    a.add(u"lesson.previous"_s, MainWindow::tr("Lesson: &Previous Step"), {}, [&w] { step(w, -1); });
    a.add(u"lesson.reveal"_s, MainWindow::tr("Lesson: &Reveal the Answer"), {}, [&w, &lesson] {
        showPane(w);
        if (lesson.subject())
            lesson.task().reveal();
    });
    a.add(u"lesson.another"_s, MainWindow::tr("Lesson: &Another Question"), {}, [&w, &lesson] {
        showPane(w);
        if (lesson.subject())
            lesson.task().another();
    });
    a.addCheckable(u"lesson.predicts"_s, MainWindow::tr("Lesson: Predict &First"), {}, lesson.predicts(), [&lesson](bool on) { lesson.setPredicts(on); });
    a.add(u"lesson.startOver"_s, MainWindow::tr("Lesson: &Start Over"), {}, [&lesson] { lesson.startOver(); });
    QObject::connect(&lesson, &Lesson::predictsChanged, &w, [&w] { update(w); });
    QObject::connect(&lesson, &Lesson::doneChanged, &w, [&w] { update(w); });
    QObject::connect(&w.session(), &Session::layoutChanged, &w, [&w] { update(w); });
    update(w);
}

void fillLearnMenu(QMenu& menu, MainWindow& w)
{
    const Actions& a = w.actions();
    menu.setToolTipsVisible(true);
    menu.addAction(a[u"pane.lesson"_s]);
    for (const char* id : stepIds)
        menu.addAction(a[QString::fromLatin1(id)]);
    menu.addSeparator();
    for (const auto& id : { u"lesson.reveal"_s, u"lesson.another"_s, u"lesson.predicts"_s, u"lesson.startOver"_s })
        menu.addAction(a[id]);
    menu.addSeparator();
    for (const StartPage::Sample& sample : samples()) {
        QAction* action = menu.addAction(MainWindow::tr("Sample: %1").arg(sample.title), &w, [&w, sample] { w.openSample(sample.resource, sample.title); });
        action->setToolTip(sample.words);
    }
}

} // namespace ravel
