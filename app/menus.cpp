// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/menus.h"

#include <QDockWidget>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>
#include <QStyle>
#include <QToolBar>

#include "app/actions.h"
#include "app/findcommands.h"
#include "app/icons.h"
#include "app/inspectcommands.h"
#include "app/lanecommands.h"
#include "app/layouts.h"
#include "app/lessoncommands.h"
#include "app/lookcommands.h"
#include "app/mainwindow.h"
#include "widgets/slicebox.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

// Ids in order; an empty one is a separator.
void fill(QMenu* menu, const Actions& actions, std::initializer_list<const char*> ids)
{
    menu->setToolTipsVisible(true); // the reason why a command is disabled
    for (const char* id : ids) {
        if (*id)
            menu->addAction(actions[QString::fromLatin1(id)]);
        else
            menu->addSeparator();
    }
}

void fillRecent(QMenu* menu, MainWindow& w)
{
    menu->clear();
    const QStringList paths = w.recent().paths();
    int number = 1;
    for (const QString& path : paths) {
        const QString name = QFileInfo(path).fileName().replace(u'&', u"&&"_s);
        const QString folder = QFileInfo(path).absolutePath().replace(u'&', u"&&"_s);
        QAction* action = menu->addAction(u"&%1  %2  —  %3"_s.arg(number++ % 10).arg(name, folder), &w, [&w, path] { w.open(path); });
        action->setData(path);
    }
    if (!paths.isEmpty()) {
        menu->addSeparator();
        menu->addAction(MainWindow::tr("&Clear"), &w.recent(), &RecentFiles::clear);
    }
    menu->setEnabled(!paths.isEmpty());
}

void fileMenu(MainWindow& w, const Actions& a)
{
    QMenu* menu = w.menuBar()->addMenu(MainWindow::tr("&File"));
    fill(menu, a, { "file.open" });
    QMenu* recent = menu->addMenu(MainWindow::tr("Open Re&cent"));
    recent->setObjectName(u"recentMenu"_s);
    fillRecent(recent, w);
    QObject::connect(&w.recent(), &RecentFiles::changed, recent, [recent, &w] { fillRecent(recent, w); });
    fill(menu, a, { "file.reload", "", "compare.open", "compare.saved" });
    QMenu* comparison = menu->addMenu(MainWindow::tr("Com&parison"));
    fill(comparison, a, { "compare.next", "compare.previous", "", "compare.a", "compare.b", "compare.difference", "", "compare.match", "compare.copy",
        "", "compare.reload", "compare.close" });
    fill(menu, a, { "", "file.save", "file.saveAs", "", "figure.export", "", "file.info", "", "file.quit" });
}

void viewMenu(MainWindow& w, const Actions& a)
{
    QMenu* menu = w.menuBar()->addMenu(MainWindow::tr("&View"));
    fill(menu, a, { "view.fitAll", "view.fitSelection", "view.back", "view.forward", "", "map.zoomIn", "map.zoomOut", "", "view.fullRange",
        "view.logValues", "view.wheelScrolls", "view.repeatAliases", "" });
    fillLaneMenu(*menu->addMenu(MainWindow::tr("&Lanes")), w);
    QMenu* heat = menu->addMenu(MainWindow::tr("Heat &Map"));
    fillInspectMenus(*heat, *menu->addMenu(MainWindow::tr("H&istogram")), w);
    QMenu* go = menu->addMenu(MainWindow::tr("&Go to Pane"));
    fill(go, a, { "pane.parameters", "pane.map", "pane.histogram", "pane.values", "pane.heat", "pane.lesson", "pane.comparison", "pane.edit", "pane.history", "pane.anomalies", "pane.bookmarks", "", "pane.next", "pane.previous" });
    fillColumnMenu(w, menu);
    QMenu* shown = menu->addMenu(MainWindow::tr("&Panes"));
    for (QDockWidget* dock : w.panes().docks())
        shown->addAction(dock->toggleViewAction());
    fillLayoutMenu(*menu->addMenu(MainWindow::tr("La&youts")), w);
    fillThemeMenu(*menu->addMenu(MainWindow::tr("&Theme")), w);
}

void toolBar(MainWindow& w, const Actions& a)
{
    QToolBar* bar = w.addToolBar(MainWindow::tr("Tools"));
    bar->setObjectName(u"toolBar"_s);
    bar->setMovable(false);
    bar->setIconSize(QSize(20, 20));
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    const struct {
        const char* id;
        QIcon icon;
        QString text;
    } tools[] { { "file.open", w.style()->standardIcon(QStyle::SP_DialogOpenButton), MainWindow::tr("Open") },
        { "file.save", w.style()->standardIcon(QStyle::SP_DialogSaveButton), MainWindow::tr("Save") }, {},
        { "edit.undo", undoIcon(), MainWindow::tr("Undo") }, { "edit.redo", redoIcon(), MainWindow::tr("Redo") }, {},
        { "view.back", backIcon(), MainWindow::tr("Back") }, { "view.forward", forwardIcon(), MainWindow::tr("Fwd") }, {} };
    for (const auto& tool : tools) {
        if (!tool.id) {
            bar->addSeparator();
            continue;
        }
        QAction* action = a[QString::fromLatin1(tool.id)];
        action->setIcon(tool.icon);
        action->setIconText(tool.text); // the menus keep the long text
        action->setIconVisibleInMenu(false);
        bar->addAction(action);
    }
    bar->addWidget(w.panes().slice);
}

} // namespace

void fillMenus(MainWindow& w)
{
    const Actions& a = w.actions();
    fileMenu(w, a);
    fill(w.menuBar()->addMenu(MainWindow::tr("&Edit")), a, { "edit.undo", "edit.redo", "", "edit.copy", "edit.copyPython", "edit.copyTable", "figure.copy", "", "edit.apply" });
    viewMenu(w, a);
    QMenu* select = w.menuBar()->addMenu(MainWindow::tr("&Select"));
    fill(select, a,
        { "select.all", "select.none", "", "select.slice", "select.offset", "select.filter", "", "map.nextTensor", "map.previousTensor", "map.parent",
            "map.child" });
    fillFindMenu(w, select);
    fill(w.menuBar()->addMenu(MainWindow::tr("&Tools")), a, { "tools.palette", "", "tools.cancel", "tools.goOn", "", "tools.preferences" });
    fillLearnMenu(*w.menuBar()->addMenu(MainWindow::tr("&Learn")), w);
    fill(w.menuBar()->addMenu(MainWindow::tr("&Help")), a, { "help.keys", "", "help.about" });
    toolBar(w, a);
}

} // namespace ravel
