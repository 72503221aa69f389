// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands.h"

#include <QDockWidget>
#include <QLineEdit>
#include <QUndoStack>
#include <QUndoView>

#include "app/actions.h"
#include "app/clipboard.h"
#include "app/comparecommands.h"
#include "app/figurecommands.h"
#include "app/fileinfo.h"
#include "app/findcommands.h"
#include "app/inspectcommands.h"
#include "app/keysheet.h"
#include "app/lanecommands.h"
#include "app/layouts.h"
#include "app/lessoncommands.h"
#include "app/lookcommands.h"
#include "app/mainwindow.h"
#include "app/palette.h"
#include "app/saveflow.h"
#include "app/torchinfo.h"
#include "items/comparison.h"
#include "items/session.h"
#include "widgets/anomalypane.h"
#include "widgets/bookmarkpane.h"
#include "widgets/comparisonpane.h"
#include "widgets/editpanel.h"
#include "widgets/heatpane.h"
#include "widgets/histogramview.h"
#include "widgets/lessonpane.h"
#include "widgets/offsetmap.h"
#include "widgets/slicebox.h"
#include "widgets/treepane.h"
#include "widgets/valuepane.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

void fileCommands(MainWindow& w, Actions& a)
{
    a.beginGroup(MainWindow::tr("File"));
    a.add(u"file.open"_s, MainWindow::tr("&Open…"), { QKeySequence::Open }, [&w] { w.askForFile(); });
    a.add(u"file.reload"_s, MainWindow::tr("&Reload"), { QKeySequence(Qt::Key_F5) },
        [&w] { w.saveFlow().beforeLosingEdits([&w] { w.session().reload(); }); });
    a.add(u"file.save"_s, MainWindow::tr("&Save"), { QKeySequence::Save }, [&w] { w.saveFlow().save(); });
    a.add(u"file.saveAs"_s, MainWindow::tr("Save &As…"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S) }, [&w] { w.saveFlow().saveAs(); });
    a.add(u"file.info"_s, MainWindow::tr("File &Information"), { QKeySequence(Qt::CTRL | Qt::Key_I) }, [&w] { showFileInformation(w.session(), &w); });
    a.add(u"file.quit"_s, MainWindow::tr("&Quit"), { QKeySequence(Qt::CTRL | Qt::Key_Q) }, [&w] { w.close(); });
}

void editCommands(MainWindow& w, Actions& a)
{
    QUndoStack* stack = w.session().undoStack();
    a.beginGroup(MainWindow::tr("Edit"));
    a.add(u"edit.undo"_s, MainWindow::tr("&Undo"), { QKeySequence::Undo }, [stack] { stack->undo(); });
    a.add(u"edit.redo"_s, MainWindow::tr("&Redo"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y) },
        [stack] { stack->redo(); });
    a.add(u"edit.copy"_s, MainWindow::tr("&Copy Numbers"), { QKeySequence::Copy }, [&w] { copyNumbers(w.session()); });
    a.add(u"edit.copyPython"_s, MainWindow::tr("Copy as &Python"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C) }, [&w] { copyPython(w.session()); });
    a.add(u"edit.apply"_s, MainWindow::tr("&Apply Edit"), { QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter) },
        [&w] { w.panes().edit->apply(); });
}

void selectCommands(MainWindow& w, Actions& a)
{
    Session& session = w.session();
    a.beginGroup(MainWindow::tr("Select"));
    a.add(u"select.all"_s, MainWindow::tr("&All"), { QKeySequence::SelectAll },
        [&session] { session.selection()->select(wholeSelection(*session.document()->layout())); });
    a.add(u"select.none"_s, MainWindow::tr("&Nothing"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A) }, [&session] { session.selection()->select({}); });
    a.add(u"select.slice"_s, MainWindow::tr("&Slice…"), { QKeySequence(Qt::CTRL | Qt::Key_L) }, [&w] { w.panes().slice->take(); });
    a.add(u"select.offset"_s, MainWindow::tr("&Go to Offset…"), { QKeySequence(Qt::CTRL | Qt::Key_G) }, [&w] {
        w.panes().slice->takeOffset();
    });
    a.add(u"select.filter"_s, MainWindow::tr("&Filter Parameters…"), { QKeySequence::Find }, [&w] {
        w.panes().treeDock->show();
        w.panes().treeDock->raise();
        w.panes().tree->filterEdit()->setFocus(Qt::ShortcutFocusReason);
        w.panes().tree->filterEdit()->selectAll();
    });
}

void viewCommands(MainWindow& w, Actions& a)
{
    OffsetMap* map = w.panes().map;
    a.beginGroup(MainWindow::tr("View"));
    a.add(u"view.fitSelection"_s, MainWindow::tr("Zoom to &Selection"), { QKeySequence(Qt::CTRL | Qt::Key_E) }, [map] { map->fitSelection(); });
    a.add(u"view.fitAll"_s, MainWindow::tr("Zoom to &All"), { QKeySequence(Qt::CTRL | Qt::Key_0) }, [map] { map->fitAll(); });
    a.add(u"view.back"_s, MainWindow::tr("&Back"), { QKeySequence(Qt::ALT | Qt::Key_Left) }, [map] { map->back(); });
    a.add(u"view.forward"_s, MainWindow::tr("&Forward"), { QKeySequence(Qt::ALT | Qt::Key_Right) }, [map] { map->forward(); });
    a.addCheckable(u"view.fullRange"_s, MainWindow::tr("Show Every &Extreme"), {}, false,
        [map](bool on) { map->setValueExtent(on ? ValueExtent::Full : ValueExtent::Typical); });
    a.addCheckable(u"view.logValues"_s, MainWindow::tr("&Logarithmic Values"), {}, false,
        [map](bool on) { map->setValueScale(on ? ValueScale::SymmetricLog : ValueScale::Linear); });
    a.addCheckable(u"view.wheelScrolls"_s, MainWindow::tr("&Wheel Scrolls"), {}, false, [map](bool on) { map->setWheelScrolls(on); });
    a.addCheckable(u"view.repeatAliases"_s, MainWindow::tr("&Repeat Aliases"), {}, false, [&w](bool on) {
        if (!w.session().document())
            return;
        LayoutSpec spec = w.session().document()->layout()->spec();
        spec.aliases = on ? Aliases::Repeat : Aliases::Once;
        if (spec != w.session().document()->layout()->spec())
            w.session().setLayout(spec);
    });
    a.add(u"view.arrange"_s, MainWindow::tr("Arrange &Panes"), {}, [&w] { w.arrange(); });
}

void paneCommands(MainWindow& w, Actions& a)
{
    const Panes& p = w.panes();
    a.beginGroup(MainWindow::tr("Panes"));
    struct Pane {
        QString id, text;
        Qt::Key key;
        QDockWidget* dock;
        QWidget* focus;
    };
    const Pane panes[] { { u"pane.parameters"_s, MainWindow::tr("&Parameters"), Qt::Key_1, p.treeDock, p.tree->findChild<QWidget*>(u"tree"_s) },
        { u"pane.map"_s, MainWindow::tr("&Offset Map"), Qt::Key_2, nullptr, p.map }, { u"pane.histogram"_s, MainWindow::tr("&Histogram"), Qt::Key_3, p.histogramDock, p.histogram },
        { u"pane.values"_s, MainWindow::tr("&Values"), Qt::Key_4, p.valuesDock, p.values }, { u"pane.heat"_s, MainWindow::tr("Hea&t Map"), Qt::Key_5, p.heatDock, p.heat },
        { u"pane.lesson"_s, MainWindow::tr("&Lesson"), Qt::Key_6, p.lessonDock, p.lesson },
        { u"pane.comparison"_s, MainWindow::tr("&Comparison"), Qt::Key_D, p.comparisonDock, p.comparisonPane },
        { u"pane.edit"_s, MainWindow::tr("&Edit"), Qt::Key_7, p.editDock, p.edit },
        { u"pane.history"_s, MainWindow::tr("H&istory"), Qt::Key_8, p.historyDock, p.history },
        { u"pane.anomalies"_s, MainWindow::tr("&Anomalies"), Qt::Key_9, p.anomaliesDock, p.anomalies }, { u"pane.bookmarks"_s, MainWindow::tr("&Bookmarks"), Qt::Key_0, p.bookmarksDock, p.bookmarks } };
    QList<QWidget*> order;
    for (const Pane& pane : panes) {
        QWidget* focus = pane.focus ? pane.focus : p.tree;
        order << focus;
        a.add(pane.id, pane.text, { QKeySequence(Qt::ALT | pane.key) }, [dock = pane.dock, focus] {
            if (dock) {
                dock->show();
                dock->raise();
            }
            focus->setFocus(Qt::ShortcutFocusReason);
        });
    }
    const auto step = [&w, order](int by) {
        qsizetype at = -1;
        for (qsizetype i = 0; i < order.size(); ++i)
            if (w.focusWidget() && (order[i] == w.focusWidget() || order[i]->isAncestorOf(w.focusWidget())))
                at = i;
        for (qsizetype tried = 0; tried < order.size(); ++tried) {
            at = (at + by + order.size()) % order.size();
            if (order[at]->isVisible()) {
                order[at]->setFocus(Qt::TabFocusReason);
                return;
            }
        }
    };
    a.add(u"pane.next"_s, MainWindow::tr("&Next Pane"), { QKeySequence(Qt::Key_F6) }, [step] { step(1); });
    a.add(u"pane.previous"_s, MainWindow::tr("Pre&vious Pane"), { QKeySequence(Qt::SHIFT | Qt::Key_F6) }, [step] { step(-1); });
}

void mapCommands(MainWindow& w, Actions& a)
{
    OffsetMap* map = w.panes().map;
    a.beginGroup(MainWindow::tr("Offset map (while it has the focus)"), map);
    const auto add = [&](const QString& id, const QString& text, const QList<QKeySequence>& keys, void (OffsetMap::*slot)()) {
        a.add(id, text, keys, [map, slot] { (map->*slot)(); });
    };
    add(u"map.zoomIn"_s, MainWindow::tr("Zoom &In"), { QKeySequence(Qt::Key_W) }, &OffsetMap::zoomIn);
    add(u"map.zoomOut"_s, MainWindow::tr("Zoom &Out"), { QKeySequence(Qt::Key_S) }, &OffsetMap::zoomOut);
    add(u"map.left"_s, MainWindow::tr("Pan &Left"), { QKeySequence(Qt::Key_A) }, &OffsetMap::panLeft);
    add(u"map.right"_s, MainWindow::tr("Pan &Right"), { QKeySequence(Qt::Key_D) }, &OffsetMap::panRight);
    add(u"map.centre"_s, MainWindow::tr("&Centre, Then Fit"), { QKeySequence(Qt::Key_F) }, &OffsetMap::centreOrFit);
    add(u"map.nextTensor"_s, MainWindow::tr("&Next Tensor"), { QKeySequence(Qt::Key_Period) }, &OffsetMap::nextTensor);
    add(u"map.previousTensor"_s, MainWindow::tr("Pre&vious Tensor"), { QKeySequence(Qt::Key_Comma) }, &OffsetMap::previousTensor);
    add(u"map.parent"_s, MainWindow::tr("&Parent Module"), { QKeySequence(Qt::Key_Up) }, &OffsetMap::selectParent);
    add(u"map.child"_s, MainWindow::tr("First C&hild"), { QKeySequence(Qt::Key_Down) }, &OffsetMap::selectChild);
    add(u"map.nextSibling"_s, MainWindow::tr("Next Si&bling"), { QKeySequence(Qt::Key_Right) }, &OffsetMap::selectNextSibling);
    add(u"map.previousSibling"_s, MainWindow::tr("Previous &Sibling"), { QKeySequence(Qt::Key_Left) }, &OffsetMap::selectPreviousSibling);
    add(u"map.giveUp"_s, MainWindow::tr("&Give Up the Drag or the Selection"), { QKeySequence(Qt::Key_Escape) }, &OffsetMap::giveUp);
    a.beginGroup(MainWindow::tr("Help"));
    a.add(u"help.keys"_s, MainWindow::tr("&Keys"), { QKeySequence(Qt::Key_Question) }, [&w] { showKeySheet(w.actions(), &w); });
    a.add(u"help.about"_s, MainWindow::tr("&About Ravel"), {}, [&w] { showAbout(&w, w.torch().text()); });
    auto* palette = new CommandPalette(a, &w);
    a.add(u"tools.palette"_s, MainWindow::tr("Command &Palette…"), { QKeySequence(Qt::CTRL | Qt::Key_K) }, [palette] { palette->open(); });
    a.add(u"tools.cancel"_s, MainWindow::tr("&Cancel What Runs"), { QKeySequence(Qt::CTRL | Qt::Key_Period) }, [&w] { w.session().cancel(); });
    a.add(u"tools.goOn"_s, MainWindow::tr("&Go On With What Was Cancelled"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Period) }, [&w] {
        w.session().goOn();
        w.panes().comparison->goOn();
    });
}

// Enables what makes sense now, and says of the rest why it does not.
void update(MainWindow& w)
{
    Session& session = w.session();
    Actions& a = w.actions();
    const Document* document = session.document();
    const QString nothing = MainWindow::tr("nothing is open"), saving = MainWindow::tr("a save is under way");
    for (const Actions::Command& command : a.all())
        if (command.id.startsWith(u"map."_s) || command.id.startsWith(u"select."_s) || command.id.startsWith(u"view.fit"_s)
            || command.id.startsWith(u"pane."_s) || command.id == u"view.arrange"_s) // before a document there are no panes to show
            a.setEnabled(command.id, document, nothing);
    for (const auto& id : { u"file.saveAs"_s, u"file.reload"_s, u"file.info"_s })
        a.setEnabled(id, document && !session.saving(), document ? saving : nothing);
    const bool writable = document && document->checkpoint().writable;
    const QString readOnly = MainWindow::tr("the file is read-only");
    a.setEnabled(u"file.save"_s, document && !session.saving() && document->modified() && writable,
        !document ? nothing : session.saving() ? saving : !writable ? readOnly : MainWindow::tr("there is nothing to save"));
    const QUndoStack* stack = session.undoStack();
    const QString undo = stack->undoText(), redo = stack->redoText();
    a[u"edit.undo"_s]->setText(undo.isEmpty() ? MainWindow::tr("&Undo") : MainWindow::tr("&Undo %1").arg(QString(undo).replace(u'&', u"&&"_s)));
    a[u"edit.redo"_s]->setText(redo.isEmpty() ? MainWindow::tr("&Redo") : MainWindow::tr("&Redo %1").arg(QString(redo).replace(u'&', u"&&"_s)));
    a.setEnabled(u"edit.undo"_s, stack->canUndo() && !session.saving(), session.saving() ? saving : MainWindow::tr("nothing has been edited"));
    a.setEnabled(u"edit.redo"_s, stack->canRedo() && !session.saving(), session.saving() ? saving : MainWindow::tr("nothing has been undone"));
    w.panes().history->setEnabled(!session.saving());
    const bool selected = document && !session.selection()->selection().empty();
    for (const auto& id : { u"edit.copy"_s, u"edit.copyPython"_s, u"view.fitSelection"_s })
        a.setEnabled(id, selected, document ? MainWindow::tr("nothing is selected") : nothing);
    a.setEnabled(u"edit.apply"_s, selected && writable && !session.saving(),
        !document ? nothing : !writable ? readOnly : session.saving() ? saving : MainWindow::tr("nothing is selected"));
    a.setEnabled(u"tools.goOn"_s, session.unfinished() || w.panes().comparison->unfinished() != Comparison::Unfinished::Nothing,
        document ? MainWindow::tr("nothing that was cancelled is left to do") : nothing);
    a.setEnabled(u"view.back"_s, w.panes().map->canGoBack(), MainWindow::tr("no earlier view"));
    a.setEnabled(u"view.forward"_s, w.panes().map->canGoForward(), MainWindow::tr("no later view"));
    updateFindCommands(w);
    a[u"view.repeatAliases"_s]->setChecked(document && document->layout()->spec().aliases == Aliases::Repeat);
}

} // namespace

void registerCommands(MainWindow& w)
{
    Actions& a = w.actions();
    fileCommands(w, a);
    editCommands(w, a);
    selectCommands(w, a);
    viewCommands(w, a);
    paneCommands(w, a);
    mapCommands(w, a);
    registerLaneCommands(w);
    registerFindCommands(w);
    registerInspectCommands(w);
    registerCompareCommands(w);
    registerLessonCommands(w);
    registerFigureCommands(w);
    registerLayoutCommands(w);
    registerLookCommands(w);
    for (const Actions::Command& command : a.all())
        if (command.action->shortcutContext() == Qt::WindowShortcut)
            w.addAction(command.action); // its key works wherever the action is shown, or not
    const auto refresh = [&w] { update(w); };
    Session& session = w.session();
    QObject::connect(&session, &Session::layoutChanged, &w, refresh);
    QObject::connect(&session, &Session::editsChanged, &w, refresh);
    QObject::connect(&session, &Session::savingChanged, &w, refresh);
    QObject::connect(&session, &Session::unfinishedChanged, &w, refresh);
    for (auto signal : { &Comparison::unfinishedChanged, &Comparison::closed })
        QObject::connect(w.panes().comparison, signal, &w, refresh);
    QObject::connect(session.undoStack(), &QUndoStack::indexChanged, &w, refresh);
    QObject::connect(session.selection(), &SelectionModel::changed, &w, refresh);
    QObject::connect(w.panes().map, &OffsetMap::historyChanged, &w, refresh);
    QObject::connect(w.panes().tree, &TreePane::informationWanted, a[u"file.info"_s], &QAction::trigger);
    update(w);
}

} // namespace ravel
